"""`make chaos`: the jobs are killed a hundred times on each database while 20,000 reminders fall due.

python -m tests.chaos [--reminders 20000] [--kills 100] [--seed N] [--only sqlite|postgresql]
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.outage import outage
from tests.chaos.season import Told, season
from tests.conftest import settings
from tests.support.postgres import Cluster


def main() -> int:
    """Run the seasons and the outages, print what came of them, and return 1 where something did not hold."""
    asked = argparse.ArgumentParser(description="Kill the jobs over and over and count what arrives.")
    asked.add_argument("--reminders", type=int, default=20_000)
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--away", type=float, default=60, help="seconds for which the database is gone")
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked.add_argument("--only", choices=("sqlite", "postgresql"))
    given = asked.parse_args()
    print(f"seed {given.seed}", flush=True)
    well = True
    for name in ("sqlite", "postgresql") if given.only is None else (given.only,):
        cluster = Cluster.start(os.getpid(), durable=True) if name == "postgresql" else None
        try:
            with tempfile.TemporaryDirectory() as folder:
                config = settings(Path(folder), cluster.url if cluster else None)
                well &= _tell(name, season(config, given.reminders, given.kills, given.seed, freezes=3))
            if cluster:
                cluster.stop()
                cluster = Cluster.start(os.getpid(), durable=True)
            with tempfile.TemporaryDirectory() as folder:
                config = settings(Path(folder), cluster.url if cluster else None)
                well &= _tell(f"{name}, gone for {given.away:.0f} s", outage(config, cluster, given.away, given.seed))
        finally:
            if cluster:
                cluster.stop()
    return 0 if well else 1


def _tell(name: str, told: Told) -> bool:
    print(f"\n{name}: {told.reminders} reminders in {told.seconds:.0f} s")
    for point, times in sorted(told.kills.items()):
        print(f"  {point:32}{times:5}")
    print(f"  pushes {told.pushes}, of them said twice (and shown once) {told.pushed_again}")
    print(f"  mails that came {told.mails}, in doubt {len(told.in_doubt)}, of which {told.arrived_in_doubt} came")
    print(f"  listed as in doubt: deliveries {', '.join(map(str, told.in_doubt)) or 'none'}")
    for problem in told.problems[:20]:
        print(f"  DID NOT HOLD: {problem}")
    print("  everything held" if not told.problems else f"  {len(told.problems)} problems", flush=True)
    return not told.problems


if __name__ == "__main__":
    sys.exit(main())
