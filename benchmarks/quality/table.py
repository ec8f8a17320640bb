"""One row for each goal: what, how much was asked for, what was measured."""

import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RUNS = int(os.environ.get("RUNS", "5"))
"""Every measurement is the median of so many; fewer are for a quick look."""


@dataclass(frozen=True, slots=True)
class Row:
    """A goal, and whether it was reached."""

    what: str
    goal: str
    measured: str
    reached: bool

    def __str__(self) -> str:
        return f"{self.what:50}{self.goal:>12}{self.measured:>26}  {'reached' if self.reached else 'NOT REACHED'}"


HEAD = f"{'what':50}{'goal':>12}{'measured':>26}"


def at_most(what: str, most: float, measured: Sequence[float], unit: str = "") -> Row:
    """A goal that the median stays at or under."""
    value = statistics.median(measured)
    return Row(what, f"≤ {most:g}{unit}", f"{_plain(value)}{unit}{_span(measured)}", value <= most)


def at_least(what: str, least: float, measured: Sequence[float]) -> Row:
    """A goal that the median comes up to."""
    value = statistics.median(measured)
    return Row(what, f"≥ {least:g}", f"{_plain(value)}{_span(measured)}", value >= least)


def none(what: str, found: Iterable[str]) -> Row:
    """A goal of nothing found; what was is printed at once."""
    every = list(found)
    for line in every:
        print(f"  {what}: {line}")
    return Row(what, "0", str(len(every)), not every)


def _plain(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _span(measured: Sequence[float]) -> str:
    return f" ({_plain(min(measured))}–{_plain(max(measured))})" if len(set(measured)) > 1 else ""
