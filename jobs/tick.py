"""Every second: turn reminders that are due into deliveries."""

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.queries import deliveries
from webapp.services.materialise import materialise

ROUNDS = 40
"""Batches of one run; whatever is left waits for the next one."""

MOST, MOST_EMBEDDED = 500, 80
"""Reminders of one transaction. SQLite has one writer: whoever taps in the web meanwhile waits for one of them."""


def tick(database: Database) -> None:
    """Materialise what is due, batch by batch. Looks first, so that an idle tick never takes the write lock."""
    with database.reading() as connection:
        due = deliveries.reminders_due(connection, clock.now())
    most = MOST_EMBEDDED if database.embedded else MOST
    for _ in range(ROUNDS if due else 0):
        if written(database, lambda session: materialise(session, clock.now(), most)) < most:
            return
