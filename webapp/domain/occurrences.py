"""Occurrences: the dated instances of a fixed or once cadence, computed directly from the date."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from webapp.domain.cadence import Cadence, Kind, Unit, plus_months, timeline
from webapp.domain.pauses import Pause, is_paused, resumes_on
from webapp.domain.periods import period_of
from webapp.domain.weeks import WeekStart, as_weeks

# The longest rhythms there are still find their next day: every 366 months, and a Monday that is 29 February, which
# comes after 40 years where a century has no leap day.
LOOK_AHEAD = timedelta(days=366 * 41)


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One instance: its local date and its slot, the wall time "HH:MM" or "" when untimed."""

    day: date
    slot: str = ""


def slot_of(at: time) -> str:
    """Return the slot of a wall time, "HH:MM"."""
    return f"{at:%H:%M}"


def times_of(cadence: Cadence) -> tuple[str, ...]:
    """Return the wall times of one day in order, or the one "" of an untimed cadence."""
    return tuple(sorted({slot_of(at) for at in cadence.times})) or ("",)


def slots_of(cadence: Cadence) -> tuple[str, ...]:
    """Return the slots of one day in order: its times, but what is done only once has the one slot ""."""
    return ("",) if cadence.kind is Kind.ONCE else times_of(cadence)


def occurs_on(cadence: Cadence, day: date, week_start: WeekStart = 0) -> bool:
    """Tell whether a fixed or once cadence has an occurrence on `day`; other kinds never do."""
    return any(days(cadence, day, day + timedelta(days=1), week_start))


def occurrences(
    versions: Sequence[Cadence],
    first: date,
    last: date,
    pauses: Iterable[Pause] = (),
    week_start: WeekStart = 0,
) -> list[Occurrence]:
    """List the occurrences from `first` up to `last` (exclusive), paused days left out, in order."""
    pauses = tuple(pauses)
    return [
        Occurrence(day, slot)
        for version in timeline(versions)
        for day in days(version, first, last, week_start)
        if not is_paused(day, pauses)
        for slot in slots_of(version)
    ]


def days(cadence: Cadence, first: date, last: date, week_start: WeekStart = 0) -> Iterator[date]:
    """Yield the days of a cadence from `first` up to `last` (exclusive) that lie inside its validity.

    A fixed cadence that names no weekday or day of the month takes that of its first day. An undated
    once has no day. A fifth weekday is left out of months that have only four, as iCalendar does.
    """
    first = max(first, cadence.valid_from)
    last = last if cadence.valid_to is None else min(last, cadence.valid_to)
    if first >= last:
        return
    if cadence.kind is Kind.ONCE and cadence.due is not None and first <= cadence.due < last:
        yield cadence.due
    if cadence.kind is Kind.FIXED:
        walk = {Unit.DAY: _by_day, Unit.WEEK: _by_week, Unit.MONTH: _by_month}[cadence.unit]
        yield from (day for day in walk(cadence, first, last, week_start) if first <= day < last)


def next_day(
    versions: Iterable[Cadence], first: date, pauses: Iterable[Pause] = (), week_start: WeekStart = 0
) -> date | None:
    """Return the first day from `first` on at which a step can be asked for, or None if there is none.

    That is the next occurrence of a fixed or dated once, and for the other kinds any day in force. It is
    found by jumping from one occurrence to the next, at most `LOOK_AHEAD` ahead.
    """
    pauses = tuple(pauses)
    for version in timeline(versions):
        for day in _askable(version, first, pauses, week_start):
            if not is_paused(day, pauses):
                return day
    return None


def _askable(c: Cadence, first: date, pauses: Sequence[Pause], week_start: WeekStart) -> Iterator[date]:
    start = resumes_on(max(first, c.valid_from), pauses)
    if start is None or not c.in_force(start):
        return
    if c.kind is Kind.FIXED or (c.kind is Kind.ONCE and c.due is not None):
        yield from days(c, start, start + LOOK_AHEAD, week_start)
    else:
        yield start


def _by_day(c: Cadence, first: date, last: date, week_start: WeekStart) -> Iterator[date]:
    day = first + timedelta(days=(c.first_day - first).days % c.interval)
    while day < last:
        if not c.weekdays or day.weekday() in c.weekdays:
            yield day
        day += timedelta(days=c.interval)


def _by_week(c: Cadence, first: date, last: date, week_start: WeekStart) -> Iterator[date]:
    weekdays = c.weekdays or {c.first_day.weekday()}
    # The weeks of the first day: somebody who changes the start of theirs does not move an appointment.
    began = as_weeks(week_start).start_on(c.first_day)
    offsets = sorted((weekday - began) % 7 for weekday in weekdays)
    start = period_of(first, Unit.WEEK, c.interval, began, c.first_day).start
    while start < last:
        yield from (start + timedelta(days=offset) for offset in offsets)
        start += timedelta(weeks=c.interval)


def _by_month(c: Cadence, first: date, last: date, week_start: WeekStart) -> Iterator[date]:
    start = period_of(first, Unit.MONTH, c.interval, week_start, c.first_day).start
    while start < last:
        yield from _in_month(c, start)
        start = plus_months(start, c.interval)


def _in_month(c: Cadence, month: date) -> Iterator[date]:
    """Yield the days within the month that begins on `month`; the 29th to 31st clamp back."""
    following = plus_months(month, 1)
    if not c.weekdays:
        number = c.monthday or c.first_day.day
        yield min(month + timedelta(days=number - 1), following - timedelta(days=1))
        return
    length = (following - month).days
    matching = [day for n in range(length) if (day := month + timedelta(days=n)).weekday() in c.weekdays]
    index = None if c.nth is None else c.nth - 1 if c.nth > 0 else c.nth
    if index is None:
        yield from matching
    elif index < len(matching):
        yield matching[index]
