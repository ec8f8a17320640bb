"""Progress: what was kept week by week, without a grade and without a streak."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from webapp.domain.adherence import Adherence
from webapp.domain.periods import Period, start_of_week
from webapp.domain.scores import PeriodScore, State
from webapp.domain.weeks import DAY, WeekStart


@dataclass(frozen=True, slots=True)
class Week:
    """A week, or the longer period a step counts in: what was kept of what was asked, and how often.

    `stands_in` is the first day of the calendar week it is shown in: the one in which it ends.
    """

    period: Period
    kept: int
    asked: int
    count: int
    some: int
    state: State
    stands_in: date


@dataclass(frozen=True, slots=True)
class Record:
    """A step's weeks in order. Sums are over closed ones that asked for something; `now` is the open one."""

    weeks: tuple[Week, ...]
    kept: int
    asked: int
    weeks_kept: int
    weeks_asked: int
    now: Week | None

    @property
    def count(self) -> int:
        """How often it was done, the open week included; for steps that ask for nothing."""
        return sum(week.count for week in self.weeks)

    @property
    def share(self) -> float:
        """Kept over asked; what was never asked comes last in an order by it."""
        return self.kept / self.asked if self.asked else -1.0


def record(scored: Adherence, week_start: WeekStart = 0) -> Record:
    """Put a step's periods into weeks: days of one week together, longer periods as they are."""
    weeks = tuple(_weeks(scored.periods, week_start))
    closed = [week for week in weeks if week.state not in (State.OPEN, State.NEUTRAL)]
    return Record(
        weeks=weeks,
        kept=scored.kept,
        asked=scored.asked,
        weeks_kept=sum(week.state is State.KEPT for week in closed),
        weeks_asked=len(closed),
        now=next((week for week in reversed(weeks) if week.state is State.OPEN), None),
    )


def best_first(one: Record) -> tuple[float, int, int]:
    """Sort key: the largest share kept first, then the longest record, then what was done most."""
    return -one.share, -one.weeks_asked, -one.count


def _weeks(periods: Iterable[PeriodScore], week_start: WeekStart) -> Iterable[Week]:
    def place(told: PeriodScore) -> date:
        return start_of_week(told.period.start, week_start) if told.period.days < 7 else told.period.start

    for first_day, group in groupby(periods, key=place):
        told = list(group)
        ends_in = start_of_week(told[0].period.end - DAY, week_start)
        yield _together(told, ends_in if len(told) == 1 else first_day)


def _together(told: list[PeriodScore], stands_in: date) -> Week:
    kept, asked, count = (sum(getattr(one, name) for one in told) for name in ("kept", "asked", "count"))
    if any(one.state is State.OPEN for one in told):
        state = State.OPEN
    elif not asked:
        state = State.NEUTRAL
    else:
        state = State.KEPT if kept >= asked else State.PART if count else State.NONE
    some = sum(one.some for one in told)
    period = told[0].period if len(told) == 1 else Period(told[0].period.start, told[-1].period.end)
    return Week(period, kept, asked, count, some, state, stands_in)
