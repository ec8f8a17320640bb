"""`make chaos`: the jobs are killed a hundred times on each database while 20,000 reminders fall due, and the web a
hundred times while people tick off steps.

python -m tests.chaos [--part web|jobs] [--reminders 20000] [--kills 100] [--seed N] [--only sqlite|postgresql]
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos import web
from tests.chaos.outage import outage
from tests.chaos.season import Told, season
from tests.conftest import settings
from tests.support.postgres import Cluster, free_port


def main() -> int:
    """Run the seasons and the outages, print what came of them, and return 1 where something did not hold."""
    asked = argparse.ArgumentParser(description="Kill the jobs over and over and count what arrives.")
    asked.add_argument("--reminders", type=int, default=20_000)
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--away", type=float, default=60, help="seconds for which the database is gone")
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked.add_argument("--part", choices=("web", "jobs"))
    asked.add_argument("--only", choices=("sqlite", "postgresql"))
    given = asked.parse_args()
    print(f"seed {given.seed}", flush=True)
    well = True
    for name in ("sqlite", "postgresql") if given.only is None else (given.only,):
        if given.part != "jobs":
            well &= _tell_web(name, _web(name, given))
        if given.part != "web":
            well &= _jobs(name, given)
    return 0 if well else 1


def _web(name: str, given: argparse.Namespace) -> web.WebTold:
    cluster = Cluster.start(os.getpid(), durable=True) if name == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory() as folder:
            config = settings(Path(folder), cluster.url if cluster else None)
            return web.season(config, given.kills, given.seed, free_port(), cluster)
    finally:
        if cluster:
            cluster.stop()


def _jobs(name: str, given: argparse.Namespace) -> bool:
    cluster = Cluster.start(os.getpid(), durable=True) if name == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory() as folder:
            config = settings(Path(folder), cluster.url if cluster else None)
            well = _tell(name, season(config, given.reminders, given.kills, given.seed, freezes=3))
        if cluster:
            cluster.stop()
            cluster = Cluster.start(os.getpid(), durable=True)
        with tempfile.TemporaryDirectory() as folder:
            config = settings(Path(folder), cluster.url if cluster else None)
            away = outage(config, cluster, given.away, given.seed)
            return _tell(f"{name}, gone for {given.away:.0f} s", away) and well
    finally:
        if cluster:
            cluster.stop()


def _tell_web(name: str, told: web.WebTold) -> bool:
    print(f"\n{name}, web: {len(told.acknowledged)} check-ins acknowledged in {told.seconds:.0f} s")
    print(f"  sent {told.sent}, never answered {told.unanswered}, asked to wait {told.asked_to_wait}, rows {told.rows}")
    return _tell_kills_and_problems(told.kills, told.problems)


def _tell(name: str, told: Told) -> bool:
    print(f"\n{name}: {told.reminders} reminders in {told.seconds:.0f} s")
    print(f"  pushes {told.pushes}, of them said twice (and shown once) {told.pushed_again}")
    print(f"  mails that came {told.mails}, in doubt {len(told.in_doubt)}, of which {told.arrived_in_doubt} came")
    print(f"  listed as in doubt: deliveries {', '.join(map(str, told.in_doubt)) or 'none'}")
    return _tell_kills_and_problems(told.kills, told.problems)


def _tell_kills_and_problems(kills: dict[str, int], problems: list[str]) -> bool:
    for point, times in sorted(kills.items()):
        print(f"  {point:32}{times:5}")
    for problem in problems[:20]:
        print(f"  DID NOT HOLD: {problem}")
    print("  everything held" if not problems else f"  {len(problems)} problems", flush=True)
    return not problems


if __name__ == "__main__":
    sys.exit(main())
