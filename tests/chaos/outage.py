"""The database is gone for a while and comes back, with the jobs in the middle of their work all the time."""

import random
import threading
import time

from sqlalchemy import text

from tests.chaos.season import Season, Told, receiver
from tests.support.crowd import EVERYONE
from tests.support.postgres import Cluster
from webapp import db
from webapp.config import Config
from webapp.db import Database

REMINDERS = 2_000


def outage(config: Config, cluster: Cluster | None, seconds: float, seed: int, reminders: int = REMINDERS) -> Told:
    """Let reminders fall due, take the database away for `seconds`, and see that all comes right without a restart.

    PostgreSQL is cut off as in a crash. SQLite's file is held by somebody else for as long, past every busy timeout.
    """
    began = time.monotonic()
    database = db.connect(config).within(EVERYONE)
    with receiver() as ports:
        one = Season(config, ports, random.Random(seed))
        one.fill(database, reminders)
        one.wake(database, 1, reminders // 2)
        process = one.start()
        try:
            one.wait_for_the_first()
            _away(database, cluster, seconds)
            one.wake(database, reminders // 2 + 1, reminders)
            time.sleep(1)
            if process.poll() is None:
                one.settle(database, workers=0)
            else:
                one.told.problems.append("the jobs ended when the database was gone")
        finally:
            process.kill()
            process.wait()
        told = one.count(database)
    database.dispose()
    told.seconds = time.monotonic() - began
    return told


def _away(database: Database, cluster: Cluster | None, seconds: float) -> None:
    if cluster is None:
        with database.writing() as session:
            session.execute(text("SELECT 1"))
            time.sleep(seconds)
        return
    cluster.halt()
    database.dispose()
    threading.Event().wait(seconds)
    cluster.launch()
