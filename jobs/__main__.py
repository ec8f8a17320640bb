"""The timetable: background work on one screen. `python -m jobs` or `cairn jobs` runs it until told to stop.

A handful of fixed jobs, never one per reminder. Any number of processes may run the same timetable beside each
other on PostgreSQL; on SQLite they take turns. What has to survive a crash is in the database.
"""

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from jobs import audit, backup, calmly, dispatch, expiry, heartbeat, housekeeping, notices, own_data, reap, tick
from webapp import clock
from webapp.config import Config, ConfigurationError, from_environment
from webapp.db import Database, connect
from webapp.domain.scopes import everyone
from webapp.notify import CHANNELS

log = logging.getLogger("cairn.jobs")

PATIENCE = 10
"""Seconds that work in hand gets to finish once we are told to stop."""

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


def run(config: Config, database: Database) -> None:
    """Run the timetable until SIGTERM or Ctrl-C, then finish what is being sent and return."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    database = database.within(everyone("the timetable works for everybody at once"))
    database.stand_back()
    scheduler = timetable(config, database, stopping)
    scheduler.start()
    log.info("jobs run")
    stopping.wait()
    _finish(scheduler, database)


def timetable(config: Config, database: Database, stopping: threading.Event) -> BackgroundScheduler:
    """Lay out the jobs: what, how often (seconds), and what each is handed."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    scheduler = BackgroundScheduler(
        timezone="UTC",
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(12)},
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
    )
    work: list[tuple[str, float, Callable[..., None], tuple[object, ...]]] = [
        ("heartbeat", 15, heartbeat.heartbeat, (database,)),
        ("tick", 1, tick.tick, (database,)),
        *((f"dispatch {to}", 1, dispatch.dispatch, (config, database, owner, stopping, to)) for to in CHANNELS),
        ("reap", 15, reap.reap, (database,)),
        ("notices", 5 * MINUTE, notices.notices, (database,)),
        ("expiry", 10 * MINUTE, expiry.expiry, (database,)),
        ("audit", HOUR, audit.audit, (config, database)),
        ("backup", HOUR, backup.backup, (config, database)),
        ("backup asked for", 2, backup.wanted, (config, database)),
        ("own data", HOUR, own_data.own_data, (config, database)),
        ("housekeeping", DAY, housekeeping.housekeeping, (config, database)),
    ]
    for name, seconds, job, arguments in work:
        scheduler.add_job(
            calmly.calmly(job), "interval", arguments, id=name, seconds=seconds, next_run_time=clock.now()
        )
    return scheduler


def _finish(scheduler: BackgroundScheduler, database: Database) -> None:
    """Wait for work in hand, but not for a mail server that hangs: its delivery will be told as in doubt."""
    ending = threading.Thread(target=scheduler.shutdown, daemon=True)
    ending.start()
    ending.join(PATIENCE)
    if ending.is_alive():
        log.warning("stopped in the middle of sending")
        logging.shutdown()
        os._exit(0)
    database.dispose()
    log.info("jobs stopped")


def main() -> None:
    """Read the configuration, open the database and run."""
    from webapp import setup

    try:
        config = from_environment()
        database = connect(config)
        setup.prepare(database, config)
    except (ConfigurationError, setup.DatabaseProblem) as error:
        raise SystemExit(str(error)) from error
    run(config, database)


if __name__ == "__main__":
    main()
