"""Every few minutes: end what was shared for a while only, once that while is over.

Nobody sees anything by such a grant in the meantime: every look asks whether it still counts.
"""

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.queries import people
from webapp.services.sharing import MOST, end_what_ran_out


def expiry(database: Database) -> None:
    """End the grants that ran out. Looks first, so that an idle run never takes the write lock."""
    with database.reading() as connection:
        some = people.any_grant_ran_out(connection, clock.now())
    while some:
        some = written(database, lambda session: end_what_ran_out(session, clock.now(), MOST)) == MOST
