"""Periods: the days, weeks and months in which a target is counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain.cadence import Cadence, Kind, Unit, plus_months
from webapp.domain.weeks import DAY, Weeks, WeekStart, as_weeks

# Where every-n counts from when nothing says otherwise: a Monday, the first of a month and of a year.
ORIGIN = date(2001, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` up to `end` (exclusive).

    `full` is the length in days it would have had, where a changed start of weeks cut it short; else 0.
    """

    start: date
    end: date
    full: int = 0

    @property
    def days(self) -> int:
        """Its length in days."""
        return (self.end - self.start).days

    @property
    def nominal(self) -> int:
        """The length in days that a target is meant for: its own, or that of the whole period it was cut from."""
        return self.full or self.days

    def covers(self, day: date) -> bool:
        """Tell whether `day` lies inside the period."""
        return self.start <= day < self.end

    def each_day(self) -> Iterator[date]:
        """Go through its days in order."""
        return (self.start + timedelta(days=number) for number in range(self.days))


def week_of(day: date, week_start: WeekStart = 0) -> Period:
    """Return the week around `day`."""
    return period_of(day, Unit.WEEK, 1, week_start)


def start_of_week(day: date, week_start: WeekStart = 0) -> date:
    """Return the first day of the week around `day`; weeks start on `week_start` (0 = Monday)."""
    return week_of(day, week_start).start


def last_weeks(day: date, number: int, week_start: WeekStart = 0) -> tuple[Period, ...]:
    """Return so many weeks, oldest first, the last of them around `day`."""
    weeks = [week_of(day, week_start)]
    while len(weeks) < number:
        weeks.append(week_of(weeks[-1].start - DAY, week_start))
    return tuple(reversed(weeks))


def start_from_next_week(weeks: Weeks, start: int, today: date) -> Weeks:
    """Let weeks start on another weekday once the week under way on `today` is over."""
    return weeks.changed(start, week_of(today, weeks).end)


def period_of(
    day: date, unit: Unit, interval: int = 1, week_start: WeekStart = 0, anchor: date | None = None
) -> Period:
    """Return the period of `interval` units around `day`.

    Every n weeks stays anchored to the week of `anchor`, every n months to its month, every n days to
    itself. Without an anchor the counting is from a fixed day, the same for everyone.

    Where the start of weeks changed, the period then under way ends as it would have. From there on periods
    are those of the new start, so that the first of them is cut short: its days count, and its `full` length
    is what its target was meant for. Fewer than half of that ask for nothing, as when a step begins midweek.
    """
    origin = anchor or ORIGIN
    if unit is Unit.MONTH:
        first = origin.replace(day=1)
        months = (day.year - first.year) * 12 + day.month - first.month
        start = plus_months(first, months - months % interval)
        return Period(start, plus_months(start, interval))
    if unit is Unit.DAY:
        return _every(interval, origin, day)
    weeks = as_weeks(week_start)
    began = date.min
    for until, start_then in weeks.earlier:
        # A later change may have come while one long period was still under way: it ends but once.
        end = _weeks_around(until - DAY, interval, start_then, origin).end if until > began else began
        if day < end:
            return _cut(_weeks_around(day, interval, start_then, origin), began)
        began = end
    return _cut(_weeks_around(day, interval, weeks.start, origin), began)


def _every(days: int, first: date, day: date) -> Period:
    start = day - timedelta(days=(day - first).days % days)
    return Period(start, start + timedelta(days=days))


def _weeks_around(day: date, interval: int, start: int, origin: date) -> Period:
    return _every(7 * interval, origin - timedelta(days=(origin.weekday() - start) % 7), day)


def _cut(period: Period, began: date) -> Period:
    return period if period.start >= began else Period(began, period.end, period.days)


def periods_between(
    first: date,
    last: date,
    unit: Unit,
    interval: int = 1,
    week_start: WeekStart = 0,
    anchor: date | None = None,
) -> list[Period]:
    """Return, in order, the whole periods that hold any day from `first` up to `last` (exclusive)."""
    found: list[Period] = []
    while first < last:
        found.append(period_of(first, unit, interval, week_start, anchor))
        first = found[-1].end
    return found


def cadence_period(cadence: Cadence, day: date, week_start: WeekStart = 0) -> Period:
    """Return the period in which a cadence counts `day`: a target's own, or else the week."""
    if cadence.kind is not Kind.TARGET:
        return week_of(day, week_start)
    return period_of(day, cadence.unit, cadence.interval, week_start, cadence.first_day)


def next_period_start(cadence: Cadence, today: date, week_start: WeekStart = 0) -> date:
    """Return the day from which an edit holds unless the person asks for today.

    That is the next period for a target or a fixed cadence; the others have no period to protect, so
    their edits hold at once.
    """
    if cadence.kind in (Kind.TARGET, Kind.FIXED):
        return cadence_period(cadence, today, week_start).end
    return today
