"""How long a backup takes: made, read through, restored and checked (`python -m benchmarks.restoring`).

A practice of 500 clients with half a year of daily check-ins, every third with a note of some twenty words, and 50,000
looks. The disk's share is in it: files are written and flushed as they are in use.

    python -m benchmarks.restoring [--database sqlite|postgresql] [--clients 500] [--days 180]
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from benchmarks.reminders import place
from tests.support.crowd import EVERYONE, fill, record
from webapp import backups, db
from webapp.backups import restoring
from webapp.config import Config
from webapp.services import looks

NOW = datetime(2026, 6, 11, 12, tzinfo=UTC)
LOOKS_EACH = 100
Result = TypeVar("Result")


def main() -> None:
    """Print one table for each database."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--database", choices=("sqlite", "postgresql"))
    asked.add_argument("--clients", type=int, default=500)
    asked.add_argument("--days", type=int, default=180)
    given = asked.parse_args()
    for kind in ("sqlite", "postgresql") if given.database is None else (given.database,):
        with place(kind) as config:
            _print(kind, config, given.clients, given.days)


def _print(kind: str, config: Config, clients: int, days: int) -> None:
    database = db.connect(config).within(EVERYONE)
    fill(database, clients, NOW, None)
    record(database, clients, clients * days, NOW)
    for hour in range(LOOKS_EACH):
        with database.writing() as session:
            looks.looked_at_each(session, 1, range(1, clients + 1), "care_plan", NOW + timedelta(hours=hour))
    made = _timed(f"{kind}: made and read back", lambda: backups.at_once(database, config, NOW))
    database.dispose()
    rows = _timed("read through", lambda: backups.verify(made, config))
    wish = restoring.Wish(over_people=True)
    _timed("restored and checked", lambda: restoring.restore(config, made, NOW + timedelta(minutes=1), wish))
    print(f"{sum(rows.values()):>35,} rows{made.stat().st_size / 1e6:>10.1f} MB\n", flush=True)


def _timed(what: str, work: Callable[[], Result]) -> Result:
    began = time.perf_counter()
    done = work()
    print(f"{what:>35}{time.perf_counter() - began:>10.1f} s", flush=True)
    return done


if __name__ == "__main__":
    main()
