"""`make mutants`: put each mistake of the catalogue into a copy of the project, and see which test notices it.

python -m tests.mutants [--only words] [--workers 2]

The working tree is never touched. A mutant runs its near tests, then its part of the matrix, on the embedded
database, and those of row security on PostgreSQL; the first test that fails has caught it. Ends with 1 where one
survives or no longer fits the code.
"""

import argparse
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from tests.mutants.catalogue import MUTANTS, WIDE_OPEN, Mutant

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("webapp", "jobs", "templates", "static", "tests", "scripts", "docs", "pyproject.toml", "README.md")
MATRIX = "tests/access/test_matrix.py"
CAUGHT = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.M)
OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
LONGEST = 600
"""Seconds for one run of tests; longer means that it hangs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: the test that noticed it, None where none did."""

    mutant: Mutant
    caught_by: str | None
    seconds: float


def main() -> int:
    """Try them all, print the table, and return 1 where one survived."""
    asked = argparse.ArgumentParser(description="Make mistakes in the rules of access and see that tests notice.")
    asked.add_argument("--only", default="", help="mutants whose name or file holds these words")
    asked.add_argument("--workers", type=int, default=2)
    given = asked.parse_args()
    chosen = [one for one in MUTANTS if given.only in one.name or given.only in one.file]
    if misfits := [one.name for one in chosen if not fits(one)]:
        print(*(f"no longer fits the code: {name}" for name in misfits), sep="\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="cairn-mutants-") as folder:
        copies: Queue[Path] = Queue()
        for number in range(given.workers):
            copies.put(copied(Path(folder) / str(number)))
        if problem := next(fails_already(copies.queue[0], chosen, bool(given.only)), None):
            print(f"without any mutant, {problem} fails already")
            return 1
        with ThreadPoolExecutor(given.workers) as pool:
            outcomes = list(pool.map(lambda one: _tried(copies, one), chosen))
    return _told(outcomes)


def fails_already(copy: Path, chosen: Sequence[Mutant], some: bool) -> Iterator[str]:
    """Name the tests that fail without a mutant: on each database, with the guard as it is and wide open."""
    for on, guarded in sorted({(one.on, one.guarded) for one in chosen}):
        judged = [one for one in chosen if (one.on, one.guarded) == (on, guarded)]
        routes = ",".join(one.routes for one in judged) if some else ""
        with _opened(copy, judged[0]):
            near = {test for one in judged for test in one.near}
            problem = _survives(copy, on, (*near, *([] if guarded else [MATRIX, f"--matrix-only={routes}"])))
        if problem:
            yield problem


@contextmanager
def _opened(copy: Path, mutant: Mutant) -> Iterator[None]:
    """Open the guard beneath for as long as a mutant above it is judged."""
    if mutant.guarded:
        yield
        return
    with _changed(copy, *WIDE_OPEN):
        yield


@contextmanager
def _changed(copy: Path, name: str, old: str, new: str) -> Iterator[None]:
    file = copy / name
    whole = file.read_text(encoding="utf-8")
    try:
        _write(file, whole.replace(old, new))
        yield
    finally:
        _write(file, whole)


def fits(mutant: Mutant) -> bool:
    """Whether what it changes stands in its file, once."""
    return (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1


def copied(place: Path) -> Path:
    """Copy what the tests need."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(exist_ok=True)
            shutil.copy(source, place / name)
    return place


def _tried(copies: "Queue[Path]", mutant: Mutant) -> Outcome:
    copy, began = copies.get(), time.monotonic()
    try:
        caught = caught_by(copy, mutant)
    finally:
        copies.put(copy)
    outcome = Outcome(mutant, caught, time.monotonic() - began)
    print("." if caught else f"\nSURVIVES: {mutant.name}\n", end="", flush=True)
    return outcome


def caught_by(copy: Path, mutant: Mutant) -> str | None:
    """Make the mistake in a copy and return the first test that fails, None when it survives; then take it back."""
    with _opened(copy, mutant), _changed(copy, mutant.file, mutant.old, mutant.new):
        caught = _survives(copy, mutant.on, mutant.near) if mutant.near else None
        if not (caught or mutant.guarded):
            caught = _survives(copy, mutant.on, (MATRIX, f"--matrix-only={mutant.routes}"))
    return caught


def _survives(copy: Path, on: str, tests: Iterable[str]) -> str | None:
    """Run tests in a copy and return the first that fails, None when all is well.

    Of those that want a database only the ones on this one are run.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:warnings"]
    done = subprocess.run(
        [*command, "-k", f"not {OTHER[on]}", "--tb=no", *tests],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        env=_environment(copy),
    )
    if done.returncode == 0:
        return None
    found = CAUGHT.search(done.stdout)
    if found is None or done.returncode not in (1, 2):
        raise RuntimeError(f"the tests did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found.group(1)


TICKS = itertools.count(1_000_000_000)


def _write(file: Path, text: str) -> None:
    """Write a file with a time that no compiled copy of it can have: two writes within a second look alike."""
    file.write_text(text, encoding="utf-8")
    at = next(TICKS)
    os.utime(file, (at, at))


def _environment(copy: Path) -> dict[str, str]:
    """Keep what is compiled beside the copies: each mutant would compile every library anew."""
    left = re.compile(r"PYTHONDONTWRITEBYTECODE|PYTEST_|COV")
    kept = {name: value for name, value in os.environ.items() if not left.match(name)}
    return kept | {"PYTHONPYCACHEPREFIX": str(copy.parent / "compiled")}


def _told(outcomes: list[Outcome]) -> int:
    print()
    for one in outcomes:
        print(f"{one.mutant.name:75} {one.seconds:5.0f} s  {one.caught_by or 'SURVIVES'}")
    survivors = [one for one in outcomes if one.caught_by is None]
    print(f"\n{len(outcomes)} mutants, {len(outcomes) - len(survivors)} caught, {len(survivors)} survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
