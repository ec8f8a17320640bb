"""Weeks: the weekday on which a person's weeks start, and those on which they started before."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks start on the weekday `start` (0 = Monday); before that as `earlier` says, oldest first.

    Each earlier one is the first day on which it no longer held, and its weekday.
    """

    start: int = 0
    earlier: tuple[tuple[date, int], ...] = ()

    def start_on(self, day: date) -> int:
        """Return the weekday on which weeks started as it stood on `day`."""
        return next((start for until, start in self.earlier if day < until), self.start)

    def changed(self, start: int, first_day: date) -> "Weeks":
        """Let weeks start on `start` from `first_day` on; what was planned for then or later is let go."""
        kept = tuple(one for one in self.earlier if one[0] < first_day)
        before = self.start_on(first_day - DAY)
        return Weeks(start, kept if before == start else (*kept, (first_day, before)))

    def changing_on(self, day: date) -> tuple[date, date] | None:
        """Return the short week of a change that is under way on `day` or to come: its first day, and its end.

        The end is the first day of the first week that starts as the person chose.
        """
        until = self.earlier[-1][0] if self.earlier else date.min
        end = until + timedelta(days=(self.start - until.weekday()) % 7)
        return (until, end) if day < end else None


WeekStart = int | Weeks
"""What rules take for the start of weeks: a weekday that always held, or a person's `Weeks`."""


def as_weeks(week_start: WeekStart) -> Weeks:
    """Return the `Weeks` of a weekday that always held; `Weeks` are handed back as they are."""
    return week_start if isinstance(week_start, Weeks) else Weeks(week_start)
