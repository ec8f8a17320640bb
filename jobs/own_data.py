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
from webapp.services.own_data import leave

log = logging.getLogger("cairn.jobs")


def own_data(config: Config, database: Database) -> None:
    """Delete each account in a transaction of its own. Looks first, so that an idle run never takes the write lock."""
    with database.reading() as connection:
        leaving = due(connection, clock.now())
    for person_id in leaving:
        if written(database, lambda session, number=person_id: _gone(session, config, number, clock.now())):  # type: ignore[misc]
            log.info("deleted, as its owner asked or because nobody joined it: account %d", person_id)
        else:
            log.warning("account %d is to be deleted, but somebody has to take over first", person_id)


def _gone(session: Session, config: Config, person_id: int, now: datetime) -> bool:
    """Delete an account and note it for whoever restores an older backup. Raises OSError; it stays then, for now."""
    address = session.get_one(Person, person_id).email
    made = leave(session, person_id, now)
    if made is not None:
        departures.note(config, person_id, made, now)
        outbox.forget_all_to(config.outbox, address)
    return made is not None
