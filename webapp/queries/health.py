"""Is the database there, and when did the jobs last say that they are."""

from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from webapp.db import DatabaseDown
from webapp.models import Heartbeat

_LAST = select(func.max(Heartbeat.at))


def last_heartbeat(connection: Connection) -> datetime | None:
    """Return when a jobs process was last seen, None if never. Raises DatabaseDown."""
    try:
        return connection.execute(_LAST).scalar_one()
    except DBAPIError as error:
        raise DatabaseDown from error
