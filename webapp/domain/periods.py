"""Periods: the days, weeks and months in which a target is counted."""

from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain.cadence import Cadence, Kind, Unit, plus_months

# Where every-n counts from when nothing says otherwise: a Monday, the first of a month and of a year.
ORIGIN = date(2001, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` up to `end` (exclusive)."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Its length in days."""
        return (self.end - self.start).days

    def covers(self, day: date) -> bool:
        """Tell whether `day` lies inside the period."""
        return self.start <= day < self.end


def start_of_week(day: date, week_start: int = 0) -> date:
    """Return the first day of the week around `day`; weeks start on `week_start` (0 = Monday)."""
    return day - timedelta(days=(day.weekday() - week_start) % 7)


def period_of(day: date, unit: Unit, interval: int = 1, week_start: int = 0, anchor: date | None = None) -> Period:
    """Return the period of `interval` units around `day`.

    Every n weeks stays anchored to the week of `anchor`, every n months to its month, every n days to
    itself. Without an anchor the counting is from a fixed day, the same for everyone.
    """
    origin = anchor or ORIGIN
    if unit is Unit.MONTH:
        first = origin.replace(day=1)
        months = (day.year - first.year) * 12 + day.month - first.month
        start = plus_months(first, months - months % interval)
        return Period(start, plus_months(start, interval))
    length = interval if unit is Unit.DAY else 7 * interval
    first = origin if unit is Unit.DAY else start_of_week(origin, week_start)
    start = day - timedelta(days=(day - first).days % length)
    return Period(start, start + timedelta(days=length))


def periods_between(
    first: date,
    last: date,
    unit: Unit,
    interval: int = 1,
    week_start: int = 0,
    anchor: date | None = None,
) -> list[Period]:
    """Return, in order, the whole periods that hold any day from `first` up to `last` (exclusive)."""
    found: list[Period] = []
    while first < last:
        found.append(period_of(first, unit, interval, week_start, anchor))
        first = found[-1].end
    return found


def cadence_period(cadence: Cadence, day: date, week_start: int = 0) -> Period:
    """Return the period in which a cadence counts `day`: a target's own, or else the week."""
    if cadence.kind is not Kind.TARGET:
        return period_of(day, Unit.WEEK, 1, week_start)
    return period_of(day, cadence.unit, cadence.interval, week_start, cadence.first_day)


def next_period_start(cadence: Cadence, today: date, week_start: int = 0) -> date:
    """Return the day from which an edit holds unless the person asks for today.

    That is the next period for a target or a fixed cadence; the others have no period to protect, so
    their edits hold at once.
    """
    if cadence.kind in (Kind.TARGET, Kind.FIXED):
        return cadence_period(cadence, today, week_start).end
    return today
