"""Measure all of it or some parts, and print one table: `python -m benchmarks.quality [PART …]`.

Ends with 1 when a goal is not reached.
"""

import sys
import time
from collections.abc import Callable, Iterable

from benchmarks.quality import engines, lighthouse, offline, pages, phone, weight
from benchmarks.quality.served import Served, serving
from benchmarks.quality.table import HEAD, Row

PARTS: dict[str, Callable[[Served], Iterable[Row]]] = {
    "weight": weight.measure,
    "phone": phone.measure,
    "pages": pages.measure,
    "lighthouse": lighthouse.measure,
    "offline": offline.measure,
    "engines": engines.measure,
}


def main(wanted: list[str]) -> int:
    """Print the table of the wanted parts, or of all; 1 when something is not reached, 2 for a part there is not."""
    if unknown := set(wanted) - PARTS.keys():
        print(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    rows = []
    for name in wanted or PARTS:
        began = time.monotonic()
        print(f"{name} …", flush=True)
        with serving() as served:
            rows += _measured(name, served)
        print(f"  took {time.monotonic() - began:.0f} s", flush=True)
    print("", HEAD, *rows, sep="\n")
    return 0 if all(row.reached for row in rows) else 1


def _measured(name: str, served: Served) -> list[Row]:
    """A part that breaks is a goal not reached, and the others are measured all the same."""
    try:
        return list(PARTS[name](served))
    except Exception as error:
        print(f"  {type(error).__name__}: {error}")
        return [Row(name, "measured", type(error).__name__, reached=False)]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
