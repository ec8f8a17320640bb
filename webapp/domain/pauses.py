"""Pauses: stretches of days on which nothing is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause from `start` up to `end` (exclusive); without `end` it lasts until it is lifted."""

    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether `day` lies inside the pause."""
        return self.start <= day and (self.end is None or day < self.end)


def is_paused(day: date, pauses: Iterable[Pause]) -> bool:
    """Tell whether any pause covers `day`."""
    return any(pause.covers(day) for pause in pauses)


def paused_days(first: date, last: date, pauses: Iterable[Pause]) -> int:
    """Count the days from `first` up to `last` (exclusive) that are paused; overlaps count once."""
    total, seen = 0, first
    for pause in sorted(pauses, key=lambda p: p.start):
        start = max(pause.start, seen)
        end = last if pause.end is None else min(pause.end, last)
        if end > start:
            total += (end - start).days
            seen = end
    return total


def resumes_on(day: date, pauses: Iterable[Pause]) -> date | None:
    """Return the first day from `day` on that is not paused, or None while a pause has no end."""
    for pause in sorted(pauses, key=lambda p: p.start):
        if pause.covers(day):
            if pause.end is None:
                return None
            day = pause.end
    return day
