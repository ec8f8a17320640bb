"""SECURITY.md and docs/asvs.md say which test keeps what: each of them is there, and none is left without one."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

from tests.mutants.__main__ import fits
from tests.mutants.catalogue import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
QUOTED = re.compile(r"`([^`]+)`")
PLACE = re.compile(r"(?:webapp|jobs|templates|static|tests|benchmarks)/|[\w-]+\.(?:toml|lock)$")
ITEMS = re.compile(r"(\d+\.\d+)\.(\d+)(?:–\1\.(\d+))?")
MET, NOT_MET, NOT_APPLICABLE = "met", "not met", "n/a"
ASKED = {"1": 70, "2": 183}
"""How many items ASVS 5.0.0 has at each level."""


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the table after a heading, without its head."""
    text = (ROOT / page).read_text(encoding="utf-8").partition(heading)[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.split(" | ")] for line in re.findall(r"^\| (.*) \|$", text, re.M)]
    assert len(cells) > 10, f"no table in {page} after {heading}"
    return cells[1:]


@cache
def named_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def is_there(name: str) -> bool:
    """Whether a file, a folder or a test ("file::name") exists."""
    file, _, test = name.partition("::")
    path = ROOT / file
    return path.exists() and (not test or test in named_in(path))


def test_every_promise_has_a_test_and_every_test_it_names_is_there() -> None:
    promises = {promise: QUOTED.findall(kept) for promise, kept in rows("SECURITY.md", "## Promises")}
    assert [promise for promise, named in promises.items() if not named] == [], "promises without a test"
    missing = [name for named in promises.values() for name in named if "::" not in name or not is_there(name)]
    assert missing == []


def test_every_item_of_the_standard_is_answered_with_a_place_or_a_reason() -> None:
    answered: Counter[str] = Counter()
    wrong = []
    for items, level, _asks, stands, why in rows("docs/asvs.md", "# ASVS"):
        found = ITEMS.fullmatch(items)
        assert found, items
        answered[level] += int(found[3] or found[2]) - int(found[2]) + 1
        places = [name for name in QUOTED.findall(why) if PLACE.match(name)]
        known = stands in (MET, NOT_MET, NOT_APPLICABLE) and why
        if not known or not all(map(is_there, places)) or (stands == MET and not _says_where(why, places)):
            wrong.append(f"{items}: {stands}, {places}")
    assert wrong == []
    assert answered == ASKED


def _says_where(why: str, places: list[str]) -> bool:
    """A met item names its test or place, or one of the documents that say it."""
    return bool(places) or "the same test" in why or any(page in why for page in ("README", "SECURITY.md", "as "))


def test_the_count_in_the_text_is_the_count_of_the_table() -> None:
    stands: Counter[str] = Counter()
    for items, _level, _asks, how, _why in rows("docs/asvs.md", "# ASVS"):
        found = ITEMS.fullmatch(items)
        assert found
        stands[how] += int(found[3] or found[2]) - int(found[2]) + 1
    said = f"{stands[MET]} are met, {stands[NOT_MET]} are not, {stands[NOT_APPLICABLE]} do not apply."
    assert said in (ROOT / "SECURITY.md").read_text(encoding="utf-8"), said


def test_every_mutant_still_fits_the_code() -> None:
    assert [mutant.name for mutant in MUTANTS if not fits(mutant)] == []
    assert len(MUTANTS) >= 20
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
