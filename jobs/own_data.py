"""Every hour: delete the accounts whose grace is over, and those that nobody ever joined."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.calmly import written
from webapp import clock
from webapp.backups import departures
from webapp.config import Config
from webapp.db import Database
from webapp.models import Person
from webapp.notify import outbox
from webapp.queries.own_data import due
from webapp.services.housekeeping import is_awaited_again
from webapp.services.own_data import leave

log = logging.getLogger("cairn.jobs")


def own_data(config: Config, database: Database) -> None:
    """Delete each account in a transaction of its own. Looks first, so that an idle run never takes the write lock."""
    with database.reading() as connection:
        leaving = due(connection, clock.now())
    for person_id in leaving:
        address = written(database, lambda session, number=person_id: _gone(session, config, number, clock.now()))  # type: ignore[misc]
        if address is None:
            log.warning("account %d stays for now: somebody has to take over first, or waits for them again", person_id)
            continue
        log.info("deleted, as its owner asked or because nobody joined it: account %d", person_id)
        outbox.forget_all_to(config.outbox, address)


def _gone(session: Session, config: Config, person_id: int, now: datetime) -> str | None:
    """Delete an account and note it for whoever restores an older backup; return where it was reached.

    None while it stays. Raises OSError; it stays then, too, for now.
    """
    address = session.get_one(Person, person_id).email
    if is_awaited_again(session, person_id, now):
        return None
    made = leave(session, person_id, now)
    if made is None:
        return None
    departures.note(config, person_id, made, now)
    return address
