"""Every few minutes: tell people what they are to be told beside reminders, each thing once."""

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.domain.notices import Due
from webapp.queries import due_notices
from webapp.services.notices import MOST, tell


def notices(database: Database) -> None:
    """Make the notices that are due. Looks first, so that an idle run never takes the write lock."""
    with database.reading() as connection:
        due = due_notices.due(connection, clock.now())
    for first in range(0, len(due), MOST):
        _tell(database, due[first : first + MOST])


def _tell(database: Database, due: list[Due]) -> None:
    written(database, lambda session: tell(session, due, clock.now()))
