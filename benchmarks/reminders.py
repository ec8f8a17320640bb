"""What reminders cost: rates, lateness, and what a burst does to the web (`make bench-reminders`).

Everything is real: encryption, HTTP to a receiver in a process of its own, durable commits. SQLite has one worker,
PostgreSQL 1, 2 and 4, each a process. Read the rates beside each other: one run, one machine, two cores shared by
sender, receiver and database.

    python -m benchmarks.reminders [--only rates|lateness|burst|sizes] [--database sqlite|postgresql] [--most 1000000]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import delete, func, select, update

from tests.chaos.season import receiver
from tests.conftest import settings
from tests.support.crowd import EVERYONE, fill
from tests.support.people import acting
from tests.support.postgres import Cluster
from webapp import db, setup
from webapp.config import Config
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.models import Delivery, Reminder, ReminderOccurrence
from webapp.services import check_ins

ROOT = Path(__file__).resolve().parents[1]

WORKERS = {
    "materialise": """
        from webapp.services.materialise import materialise
        while n := written(database, lambda session: materialise(session, clock.now())): done += n
    """,
    "claim": """
        from webapp.services import dispatch
        from webapp.services.dispatch import Result
        while ids := written(database, lambda s: dispatch.claim(s, owner, "push", clock.now(), 400)):
            done += len(ids)
    """,
    "claim, look once more, record": """
        from webapp.services import dispatch
        from webapp.services.dispatch import Result
        while ids := written(database, lambda s: dispatch.claim(s, owner, "push", clock.now(), 400)):
            for n in range(0, len(ids), 50):
                ready = written(database, lambda s: dispatch.begin(s, config, ids[n:n+50], owner, clock.now()))
                results = [Result(what) for what, _ in ready]
                done += len(written(database, lambda s: dispatch.record(s, results, owner, clock.now())))
    """,
    "dispatch encrypted pushes": """
        import threading
        from jobs.dispatch import dispatch
        dispatch(config, database, owner, threading.Event(), "push")
    """,
}
FRAME = """
import json, os, sys, time
from jobs.calmly import written
from webapp import clock, db
from tests.support.crowd import EVERYONE
from webapp.config import from_environment
config = from_environment()
database = db.connect(config).within(EVERYONE)
owner, done = str(os.getpid()), 0
with database.reading() as connection: pass
print("ready", flush=True)
sys.stdin.readline()
if True:
%s
print(done, flush=True)
"""


@contextmanager
def place(kind: str) -> Iterator[Config]:
    """Give a new database of one kind, its tables made."""
    cluster = Cluster.start(os.getpid(), durable=True) if kind == "postgresql" else None
    with tempfile.TemporaryDirectory() as folder:
        config = settings(Path(folder), cluster.url if cluster else None)
        database = db.connect(config).within(EVERYONE)
        setup.prepare(database, config)
        database.dispose()
        try:
            yield config
        finally:
            if cluster:
                cluster.stop()


def environment(config: Config, ports: dict[str, int]) -> dict[str, str]:
    return {
        **os.environ,
        "CAIRN_DATA": str(config.data),
        "CAIRN_CONFIG": str(config.config),
        "CAIRN_DATABASE_KEY": config.database_key,
        "CAIRN_DATABASE_URL": config.database_url or "",
        "CAIRN_FIELD_KEYS": config.field_keys,
        "CAIRN_SECRET_KEY": config.secret_key,
        "CAIRN_VAPID_KEY": config.vapid_key,
        "CAIRN_PUSH_HOSTS": f"127.0.0.1:{ports['push']}",
        "PYTHONPATH": str(ROOT),
    }


def together(config: Config, ports: dict[str, int], work: str, workers: int) -> float:
    """Let workers begin at the same moment and return the seconds until the last has nothing left to do."""
    code = FRAME % WORKERS[work]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment(config, ports),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.wait()
    return time.perf_counter() - began


def rates(kind: str, number: int = 10_000) -> None:
    """Rows a second of each stage, a database of its own for each number of workers."""
    for workers in (1,) if kind == "sqlite" else (1, 2, 4):
        with place(kind) as config, receiver() as ports:
            database = db.connect(config).within(EVERYONE)
            due = _minute(-1)
            fill(database, number, due, f"http://127.0.0.1:{ports['push']}/push")
            print(f"{kind}, {workers} worker{'s' * (workers > 1)}", flush=True)
            _line("materialise", number / together(config, ports, "materialise", workers))
            _line("claim", number / together(config, ports, "claim", workers))
            for work in ("claim, look once more, record", "dispatch encrypted pushes"):
                with database.writing() as session:
                    session.execute(update(Delivery).values(state="pending", lease_owner=None, lease_until=None))
                _line(work, number / together(config, ports, work, workers))
            with database.reading() as connection:
                sent = connection.execute(select(func.count()).where(Delivery.state == "sent")).scalar_one()
            seen = _seen(ports)
            assert sent == len(seen["pushes"]) == number, (sent, len(seen["pushes"]))
            database.dispose()


def lateness(kind: str, seconds: int = 30) -> None:
    """From due to received, with the jobs as they are run, at 100 and 300 reminders a second."""
    for rate in (100, 300):
        with place(kind) as config, receiver() as ports:
            database = db.connect(config).within(EVERYONE)
            begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=20 + rate * seconds // 2500)
            url = f"http://127.0.0.1:{ports['push']}/push"
            for second in range(seconds):
                fill(database, rate, begin + timedelta(seconds=second), url, start=second * rate)
            with _jobs(config, ports):
                _wait(partial(_all_seen, ports, rate * seconds), 120)
            at = {int(name.split(" ")[0].rsplit("/", 1)[1]): when for name, when in _seen(ports)["last"].items()}
            late = sorted(when - begin.timestamp() - (n - 1) // rate for n, when in at.items())
            print(
                f"{kind}, {rate} a second: late p50 {_part(late, 50):.2f} s, p99 {_part(late, 99):.2f} s, "
                f"most {late[-1]:.2f} s ({len(late)} of {rate * seconds})",
                flush=True,
            )
            database.dispose()


def burst(kind: str, number: int = 50_000) -> None:
    """Ticks from the web while `number` reminders that are due at once are worked off."""
    with place(kind) as config, receiver() as ports:
        database = db.connect(config).within(EVERYONE)
        fill(database, number, _minute(-1), f"http://127.0.0.1:{ports['push']}/push")
        calm = _ticks(database, 3, lambda: False)
        with _jobs(config, ports):
            _wait(partial(_all_seen, ports, 100), 60)
            began = time.perf_counter()
            busy = _ticks(database, 120, partial(_all_seen, ports, number))
            took = time.perf_counter() - began
        print(
            f"{kind}, {number} due at once: worked off in {took:.0f} s; a web write took p50 {_part(busy, 50):.1f} ms, "
            f"p99 {_part(busy, 99):.1f} ms, most {busy[-1]:.0f} ms, of {len(busy)} "
            f"(in calm p50 {_part(calm, 50):.1f}, p99 {_part(calm, 99):.1f})",
            flush=True,
        )
        database.dispose()


def sizes(kind: str, most: int) -> None:
    """One tick of 500 due reminders among more and more that are not."""
    with place(kind) as config:
        database = db.connect(config).within(EVERYONE)
        there = 0
        for size in (1_000, 100_000, 1_000_000):
            if size > most:
                break
            fill(database, size - there, _minute(60 * 24), "http://127.0.0.1:1/push", start=there)
            there = size
            took = []
            for n in range(5):
                first = n * 500 % 1000 + 1
                now = datetime.now(UTC)
                with database.writing() as session:
                    for table in (Delivery, ReminderOccurrence):  # so that every round makes 500 of each
                        session.execute(delete(table))
                    session.execute(
                        update(Reminder)
                        .where(Reminder.id.between(first, first + 499))
                        .values(next_at=now - timedelta(minutes=1), at_time=_local(now - timedelta(minutes=1)))
                    )
                from jobs.tick import tick

                began = time.perf_counter()
                tick(database)
                took.append((time.perf_counter() - began) * 1000)
            print(f"{kind}, {size:>9,} reminders: a tick of 500 took {statistics.median(took):.0f} ms", flush=True)
        database.dispose()


def _ticks(database: Database, seconds: float, over: Callable[[], bool]) -> list[float]:
    """Check in about 50 times a second, as the web process does, and return milliseconds in order."""
    took: list[float] = []
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end:
        n += 1
        now = datetime.now(UTC)
        began = time.perf_counter()
        with database.writing() as session:
            entry = Entry(f"{n:08}-{int(began * 1e6):016}", now.date())
            check_ins.check_in(session, acting(n % 1000 + 1), n % 1000 + 1, n % 1000 + 1, entry, now)
        took.append((time.perf_counter() - began) * 1000)
        if n % 50 == 0 and over():
            break
        time.sleep(0.02)
    return sorted(took)


@contextmanager
def _jobs(config: Config, ports: dict[str, int]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs"], env=environment(config, ports), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.5)


def _seen(ports: dict[str, int]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.load(urllib.request.urlopen(f"http://127.0.0.1:{ports['push']}/seen"))
    return found


def _all_seen(ports: dict[str, int], number: int) -> bool:
    return len(_seen(ports)["pushes"]) >= number


def _minute(minutes: int) -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=minutes)


def _local(instant: datetime) -> str:
    from zoneinfo import ZoneInfo

    from tests.support.crowd import ZONE

    return f"{instant.astimezone(ZoneInfo(ZONE)):%H:%M:%S}"


def _part(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else float("nan")


def _line(what: str, rate: float) -> None:
    print(f"  {what:32}{rate:9,.0f} a second", flush=True)


def main() -> None:
    """Print everything, or what was asked for."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--only", choices=("rates", "lateness", "burst", "sizes"))
    asked.add_argument("--database", choices=("sqlite", "postgresql"))
    asked.add_argument("--most", type=int, default=1_000_000)
    given = asked.parse_args()
    for kind in ("sqlite", "postgresql") if given.database is None else (given.database,):
        for part in (rates, lateness, burst):
            if given.only in (None, part.__name__):
                part(kind)
        if given.only in (None, "sizes"):
            sizes(kind, given.most)


if __name__ == "__main__":
    main()
