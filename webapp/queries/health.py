"""Is the database there, and when did the jobs last say that they are."""

from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.models import Heartbeat


class DatabaseDown(Exception):
    """The database did not answer."""


_LAST = select(func.max(Heartbeat.at))


def last_heartbeat(connection: Connection) -> datetime | None:
    """Return when a jobs process was last seen, None if never. Raises DatabaseDown."""
    try:
        return connection.execute(_LAST).scalar_one()
    except SQLAlchemyError as error:
        raise DatabaseDown from error
