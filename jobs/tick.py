"""Every few seconds: turn reminders that are due into deliveries."""

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.queries import deliveries
from webapp.services.materialise import MOST, materialise

ROUNDS = 20
"""Batches of one run; whatever is left waits for the next one a few seconds later."""


def tick(database: Database) -> None:
    """Materialise what is due, batch by batch. Looks first, so that an idle tick never takes the write lock."""
    with database.reading() as connection:
        due = deliveries.reminders_due(connection, clock.now())
    for _ in range(ROUNDS if due else 0):
        if written(database, lambda session: materialise(session, clock.now())) < MOST:
            return
