"""Once at the start and then daily: put away what nobody needs any more, and wake what rests and should not."""

import threading

from jobs.calmly import written
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.notify import outbox
from webapp.services.housekeeping import SWEEPS, Sweep
from webapp.services.reminders import recompute_resting

BREATH = 0.05
"""Seconds between two transactions in which others write: SQLite has one writer, who would else be us again."""


def housekeeping(config: Config, database: Database) -> None:
    """Tidy up, in short transactions, and in the folder of mails."""
    outbox.forget(config.outbox, clock.now())
    for sweep in SWEEPS:
        while _swept(database, sweep):
            _breathe()
    last: int | None = 0
    while last is not None:
        last = _woken(database, last)
        _breathe()


def _swept(database: Database, sweep: Sweep) -> int:
    return written(database, lambda session: sweep(session, clock.now()))


def _woken(database: Database, after: int) -> int | None:
    return written(database, lambda session: recompute_resting(session, clock.now(), after))


def _breathe() -> None:
    threading.Event().wait(BREATH)
