"""Every quarter of a minute: say that the jobs are alive, for /healthz and `cairn check`."""

from jobs.calmly import written
from webapp import clock
from webapp.db import Database
from webapp.services.heartbeats import beat


def heartbeat(database: Database) -> None:
    """Write the time."""
    written(database, lambda session: beat(session, "jobs", clock.now()))
