"""Backups: when one is made, by whom, and that it is whole. Always encrypted, and made while Cairn goes on writing.

    embedded    a copy of the embedded database, with its own key
    server      the tables of PostgreSQL at one instant, with a key derived from the newest field key (sealed)
    departures  which accounts were deleted, so that no backup brings them back
    restoring   put one in the place of what is here, checked, or not at all

Elsewhere: names and how many are kept (domain), the wish for one and how far it is (services, queries), the admin's
page (views), the timetable (jobs).
"""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TextIO

import psycopg
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy.exc import SQLAlchemyError

from webapp.backups import embedded, sealed, server
from webapp.backups.problems import Damaged
from webapp.config import Config
from webapp.db import Database
from webapp.disk import on_disk
from webapp.domain import backups as rules
from webapp.domain.backups import Progress, Stage, Tell
from webapp.keyring import parse
from webapp.queries import backups as queries
from webapp.services import backups as services


class Busy(Exception):
    """Another process makes a backup just now."""


RESTORING, LONG = ".restoring-", timedelta(days=1)
"""What the folder of a draft is called while a backup is restored; and how long none takes."""

NOT_MADE = (Damaged, OSError, sqlcipher.Error, SQLAlchemyError, psycopg.Error)
"""What may be wrong when there is no backup in the end."""


def folder(config: Config) -> Path:
    """Where backups are kept."""
    return config.backups


def unheard(_stage: Stage, _done: int, _of: int) -> None:
    """Tell nobody."""


def newest(config: Config, now: datetime) -> date | None:
    """Return the night of the newest backup, None when there is none; nights still to come are no backup's."""
    return max((night for night in _nights(folder(config)) if night <= tonight(now)), default=None)


def tonight(now: datetime) -> date:
    """Return the night whose backup is due, by this machine's own clock. `now` is aware."""
    return rules.night_of(now.astimezone())


def nightly(database: Database, config: Config, now: datetime) -> Path | None:
    """Make the backup that is due and let go of old ones; None when it is there, or somebody else is at it.

    Several processes may do this at once; each folder gets one. Raises what `copy` raises.
    """
    place = folder(config)
    target = place / rules.name_of(tonight(now))
    if target.exists():
        return None
    place.mkdir(mode=0o700, exist_ok=True)
    with _alone(place) as alone:
        if not alone or target.exists():
            return None
        _clear_away(place)
        copy(database, config, target)
        _let_go(place, tonight(now))
        _let_go_of_before(config.data, now)
    return target


def wanted(database: Database, config: Config, now: datetime) -> Path | None:
    """Make the backup that somebody asked for on the admin's page, and write down how far it is; None without one."""
    place = folder(config)
    asked = queries.progress(place)
    if asked is None or asked.stage is not Stage.WANTED:
        return None

    def tell(stage: Stage, done: int = 0, of: int = 0) -> None:
        services.tell(place, Progress(stage, now, done, of))

    try:
        return at_once(database, config, now, tell=tell)
    except Busy:
        return None  # it is still wanted: soon


def at_once(
    database: Database, config: Config, now: datetime, target: Path | None = None, tell: Tell = unheard
) -> Path:
    """Make a backup now, beside those of the nights or at `target`. Raises Busy, and what `copy` raises."""
    place = folder(config)
    place.mkdir(mode=0o700, exist_ok=True)
    target = target or place / rules.name_asked_for(now.astimezone())
    with _alone(place) as alone:
        if not alone:
            raise Busy
        # How it ended is told before the lock is free: whoever looks in between would take it for stopped.
        try:
            _clear_away(place)
            copy(database, config, target, tell)
            for name in rules.let_go(path.name for path in place.glob("*.db")):
                (place / name).unlink()
        except NOT_MADE as error:
            with suppress(OSError):  # a full disk may have no room for this either
                tell(ending_of(error), 0, 0)
            raise
        tell(Stage.MADE, 0, 0)
    return target


def ending_of(error: BaseException) -> Stage:
    """Name why there is no backup in the end."""
    return Stage.FULL if is_full(error) else Stage.DAMAGED if isinstance(error, Damaged) else Stage.STOPPED


def is_full(error: BaseException) -> bool:
    """Whether there was no room left on the disk."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or "disk is full" in str(error)


def copy(database: Database, config: Config, target: Path, tell: Tell = unheard) -> None:
    """Write an encrypted copy of the database to `target`, whole and read back, or not at all.

    Raises Damaged, OSError, and the database's own errors where the disk is full or it can't be read.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    draft.touch(0o600, exist_ok=False)
    try:
        if database.embedded:
            embedded.write(database, draft, tell)
        else:
            with open(draft, "wb") as file:
                server.write(database, file, tell)
        tell(Stage.CHECKING, 0, 0)
        verify(draft, config)
        on_disk(draft)
        draft.rename(target)
        on_disk(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def verify(path: Path, config: Config) -> dict[str, int]:
    """Read a backup of either kind from end to end, and count the rows of each table.

    Raises Damaged when any part of it is wrong, or its key another one.
    """
    if not sealed.is_sealed(path):
        return embedded.read_through(path, config.database_key)
    if not config.field_keys:
        raise Damaged(f"{path.name} is a backup of PostgreSQL and needs CAIRN_FIELD_KEYS.")
    return server.read_through(path, parse(config.field_keys)).rows


def _clear_away(place: Path) -> None:
    for left in place.glob(".cairn-*"):  # by a process that was killed: whoever is alive would hold the lock
        left.unlink()


def _nights(place: Path) -> list[date]:
    return [night for path in place.glob("*.db") if (night := rules.night_named(path.name))]


def _let_go(place: Path, tonight: date) -> None:
    nights = _nights(place)
    for night in set(nights) - rules.kept(nights, tonight):
        (place / rules.name_of(night)).unlink()
    for name in rules.too_old((path.name for path in place.glob("*.db")), tonight):
        (place / name).unlink()


def _let_go_of_before(folder: Path, now: datetime) -> None:
    """Let go of what restored backups took the place of, and of drafts whose process was killed in the middle."""
    for name in rules.too_old((path.name for path in folder.glob("cairn-before-*")), tonight(now)):
        (folder / name).unlink(missing_ok=True)
    for left in folder.glob(f"{RESTORING}*"):
        if left.stat().st_mtime < (now - LONG).timestamp():
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Say whether nobody else makes a backup here; until the block ends nobody does. A killed process lets go."""
    with open(os.open(place / queries.LOCK, os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        yield any(_taken(lock, pause) for pause in (0.0, 0.05, 0.1))  # whoever only looks has it for a moment


def _taken(lock: TextIO, pause: float) -> bool:
    time.sleep(pause)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
