"""Cadence: how often a step is promised, and what may be wrong with what was entered."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import StrEnum

from webapp.domain.pauses import Pause
from webapp.domain.wall_time import is_zone

__all__ = [
    "Bound",
    "Cadence",
    "Kind",
    "Pause",
    "Problem",
    "TzMode",
    "Unit",
    "plus_months",
    "problems",
    "timeline",
    "version_on",
    "version_or_last",
]

MOST_TIMES, MOST_INTERVAL, MOST_MINUTES = 100, 366, 1440


class Kind(StrEnum):
    """Which sort of promise it is."""

    TARGET = "target"
    FIXED = "fixed"
    ONCE = "once"
    AS_NEEDED = "as_needed"
    ONGOING = "ongoing"


class Bound(StrEnum):
    """How a target's number is meant."""

    AT_LEAST = "at_least"
    EXACTLY = "exactly"
    AT_MOST = "at_most"
    ABOUT = "about"


class Unit(StrEnum):
    """The calendar unit a cadence repeats by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class TzMode(StrEnum):
    """Whether times follow the person or stay with the place of an appointment."""

    FLOATING = "floating"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Cadence:
    """One version of a step's cadence, in force from `valid_from` up to `valid_to` (exclusive).

    Weekdays count from 0 = Monday. `nth` is 1 to 5, or -1 for the last, with exactly one weekday.
    `times` are wall times. `anchor` is the first day of the step: every-n counts from it.
    """

    kind: Kind
    bound: Bound = Bound.AT_LEAST
    target_min: int | None = None
    target_max: int | None = None
    per_unit: Unit | None = None
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    monthday: int | None = None
    nth: int | None = None
    times: tuple[time, ...] = ()
    minutes: int | None = None
    minutes_max: int | None = None
    valid_from: date = field(kw_only=True)
    valid_to: date | None = None
    anchor: date | None = None
    due: date | None = None
    tz_mode: TzMode = TzMode.FLOATING
    tz: str | None = None

    @property
    def target(self) -> int:
        """The number a period asks for; the limit when the bound is at most."""
        pair = (self.target_min, self.target_max)
        wanted, other = reversed(pair) if self.bound is Bound.AT_MOST else pair
        return wanted if wanted is not None else other if other is not None else 1

    @property
    def first_day(self) -> date:
        """The day every-n counts from: the anchor, or without one the version's first day."""
        return self.anchor or self.valid_from

    @property
    def unit(self) -> Unit:
        """The unit the cadence repeats by; read from the other fields where it was not said."""
        if self.per_unit is not None:
            return self.per_unit
        if self.monthday is not None or self.nth is not None:
            return Unit.MONTH
        return Unit.WEEK if self.weekdays or self.kind is not Kind.FIXED else Unit.DAY

    def in_force(self, day: date) -> bool:
        """Tell whether this version is in force on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def plus_months(day: date, months: int) -> date:
    """Return `day` moved by whole calendar months, clamped back to the month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def timeline(versions: Iterable[Cadence]) -> tuple[Cadence, ...]:
    """Cut the versions of one step, given in the order they were made, so that none overlap.

    A later edit wins from its first day on and replaces whatever was planned after that day. A version
    that was ended before it began is left out. Every version gets the step's own anchor, so that editing
    never shifts an every-n rhythm by accident.
    """
    kept: list[Cadence] = []
    versions = tuple(versions)
    if len(versions) == 1 and versions[0].anchor is not None and versions[0].valid_to is None:
        return versions  # the most common case by far, asked for many times over when reminders are due
    for version in versions:
        kept = [old for old in kept if old.valid_from < version.valid_from]
        if kept and (kept[-1].valid_to is None or kept[-1].valid_to > version.valid_from):
            kept[-1] = replace(kept[-1], valid_to=version.valid_from)
        kept.append(version)
    return tuple(
        replace(version, anchor=version.anchor or kept[0].first_day)
        for version in kept
        if version.valid_to is None or version.valid_from < version.valid_to
    )


def version_on(versions: Iterable[Cadence], day: date) -> Cadence | None:
    """Return the version in force on `day`, if there is one."""
    return next((version for version in timeline(versions) if version.in_force(day)), None)


def version_or_last(versions: Sequence[Cadence], day: date) -> Cadence | None:
    """Return the version in force on `day`, or else the last one there is."""
    return version_on(versions, day) or (versions[-1] if versions else None)


@dataclass(frozen=True, slots=True)
class Problem:
    """A field and a code for what is wrong with it; the view turns the code into a sentence."""

    field: str
    code: str


def problems(cadence: Cadence) -> tuple[Problem, ...]:
    """List what is wrong with a cadence as entered, in the order of its fields; empty when all is well."""
    found = [*_own_problems(cadence), *_common_problems(cadence)]
    return tuple(Problem(name, code) for name, code in found)


def _own_problems(c: Cadence) -> Iterator[tuple[str, str]]:
    if c.kind is Kind.TARGET:
        yield from _target_problems(c)
    if c.kind is Kind.FIXED:
        yield from _fixed_problems(c)
    if c.kind is Kind.ONCE and c.due is not None:
        if c.due < c.valid_from:
            yield "due", "before_start"
        if c.valid_to is not None and c.due >= c.valid_to:
            yield "due", "after_end"
    if c.kind is Kind.ONCE and c.due is None and c.times:
        yield "due", "needed"


def _target_problems(c: Cadence) -> Iterator[tuple[str, str]]:
    at_most = c.bound is Bound.AT_MOST
    name = "target_max" if at_most else "target_min"
    number = c.target_max if at_most else c.target_min
    if number is None:
        yield name, "needed"
    else:
        yield from _range(name, number, 0 if at_most else 1, MOST_TIMES)
    if not at_most and c.target_max is not None and c.target_min is not None:
        if c.target_max < c.target_min:
            yield "target_max", "below_min"
        elif c.bound is Bound.EXACTLY and c.target_max != c.target_min:
            yield "target_max", "differs"
    if c.per_unit is None:
        yield "per_unit", "needed"


def _fixed_problems(c: Cadence) -> Iterator[tuple[str, str]]:
    if c.per_unit is None and not c.weekdays and c.monthday is None and c.nth is None:
        yield "weekdays", "needed"
    if c.monthday is not None:
        yield from _range("monthday", c.monthday, 1, 31)
        if c.nth is not None or c.weekdays:
            yield "monthday", "either_or"
    if c.nth is not None:
        if c.nth not in (1, 2, 3, 4, 5, -1):
            yield "nth", "out_of_range"
        if len(c.weekdays) != 1:
            yield "weekdays", "exactly_one"
    elif c.unit is Unit.MONTH and c.weekdays and c.monthday is None:
        yield "nth", "needed"
    if c.unit is Unit.DAY and c.weekdays:
        yield "weekdays", "week_needed"
    if (c.monthday is not None or c.nth is not None) and c.unit is not Unit.MONTH:
        yield "per_unit", "month_needed"


def _common_problems(c: Cadence) -> Iterator[tuple[str, str]]:
    yield from _range("interval", c.interval, 1, MOST_INTERVAL)
    if not c.weekdays <= frozenset(range(7)):
        yield "weekdays", "out_of_range"
    yield from _time_problems(c.times)
    for name, minutes in (("minutes", c.minutes), ("minutes_max", c.minutes_max)):
        if minutes is not None:
            yield from _range(name, minutes, 1, MOST_MINUTES)
    if c.minutes_max is not None and (c.minutes is None or c.minutes_max < c.minutes):
        yield ("minutes", "needed") if c.minutes is None else ("minutes_max", "below_min")
    if c.valid_to is not None and c.valid_to <= c.valid_from:
        yield "valid_to", "before_start"
    if c.tz_mode is TzMode.FIXED and c.tz is None:
        yield "tz", "needed"
    if c.tz is not None and not is_zone(c.tz):
        yield "tz", "unknown"


def _time_problems(times: Sequence[time]) -> Iterator[tuple[str, str]]:
    if any(at.second or at.microsecond for at in times):
        yield "times", "whole_minutes"
    if len(set(times)) < len(times):
        yield "times", "twice"


def _range(name: str, number: int, least: int, most: int) -> Iterator[tuple[str, str]]:
    if not least <= number <= most:
        yield name, "too_small" if number < least else "too_large"
