"""Every hour: delete the accounts whose grace is over."""

import logging

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.queries.own_data import due
from webapp.services.own_data import leave

log = logging.getLogger("cairn.jobs")


def own_data(database: Database) -> None:
    """Delete each account in a transaction of its own. Looks first, so that an idle run never takes the write lock."""
    with database.reading() as connection:
        leaving = due(connection, clock.now())
    for person_id in leaving:
        if written(database, lambda session, number=person_id: leave(session, number, clock.now())):  # type: ignore[misc]
            log.info("deleted, as its owner asked: account %d", person_id)
        else:
            log.warning("account %d is to be deleted, but somebody has to take over first", person_id)
