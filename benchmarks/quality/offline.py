"""The tests that take the network away, ten times in a row: a case that holds nine times out of ten does not hold."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.served import Served
from benchmarks.quality.table import Row

ROOT = Path(__file__).parent.parent.parent
RUNS = 10


def measure(_served: Served) -> Iterator[Row]:
    """Run tests/browser/test_offline_* ten times; what went wrong is printed."""
    files = sorted(str(path) for path in (ROOT / "tests" / "browser").glob("test_offline*.py"))
    if not files:
        yield Row("offline: the tests, ten times in a row", "10", "no tests found", reached=False)
        return
    well = 0
    for run in range(1, RUNS + 1):
        command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "-n", "2", "--dist", "worksteal", *files]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
        well += told.returncode == 0
        lines = [line for line in told.stdout.splitlines() if line.startswith(("FAILED", "ERROR", str(ROOT)))]
        print(f"  run {run}: {told.stdout.splitlines()[-1] if told.stdout else told.returncode}", *lines, sep="\n    ")
    yield Row("offline: the tests, ten times in a row", str(RUNS), str(well), well == RUNS)
