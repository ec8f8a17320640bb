"""Once at the start and then daily: put away what nobody needs any more."""

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.services.housekeeping import tidy


def housekeeping(database: Database) -> None:
    """Tidy up."""
    written(database, lambda session: tidy(session, clock.now()))
