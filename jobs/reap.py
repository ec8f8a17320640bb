"""Now and then: settle what a process that is gone had claimed."""

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.queries import deliveries
from webapp.services.reap import reap as settle


def reap(database: Database) -> None:
    """Settle leases that ran out. Looks first, so that an idle run never takes the write lock."""
    with database.reading() as connection:
        over = deliveries.leases_over(connection, clock.now())
    if over:
        written(database, lambda session: settle(session, clock.now()))
