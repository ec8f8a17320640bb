"""Kept weeks: what a calendar shows of a week and of a day. A blank is no record, and rest is never a blank.

Nothing is added up to a grade: a week shows one mark for each step that asked for something or was done.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.check_ins import BACK, CheckIn, counted
from webapp.domain.occurrences import occurs_on
from webapp.domain.pauses import Pause, is_paused, paused_days
from webapp.domain.periods import Period
from webapp.domain.progress import Week
from webapp.domain.scores import Mark, Outcome, State
from webapp.domain.weeks import WeekStart


class Shown(StrEnum):
    """One mark. Begun and open are not judged; extra was done though nothing was asked; blank is no record."""

    KEPT = "kept"
    PART = "part"
    EXTRA = "extra"
    BEGUN = "begun"
    OPEN = "open"
    NOT_TODAY = "not_today"
    BLANK = "blank"
    REST = "rest"
    NOTHING = "nothing"


ORDER = tuple(Shown)
JUDGED = {State.KEPT: Shown.KEPT, State.PART: Shown.PART, State.NONE: Shown.BLANK}


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """One week of the calendar: a mark for each step, ordered by kind, and how many of its days were small."""

    days: Period
    shown: tuple[Shown, ...]
    small_days: int
    now: bool

    def count(self, what: Shown) -> int:
        """How many of its marks are of this kind."""
        return self.shown.count(what)


def of_week(week: Week, pauses: Iterable[Pause], marks: Iterable[Mark]) -> Shown:
    """Say what to show of a step's week: a pause or a day nobody could help is rest, where nothing was asked."""
    if week.state in JUDGED:
        return JUDGED[week.state]
    if week.asked:
        return Shown.BEGUN if week.count else Shown.OPEN
    if week.count:
        return Shown.EXTRA
    paused = paused_days(week.period.start, week.period.end, pauses)
    excused = any(mark.excused and week.period.covers(mark.day) for mark in marks)
    return Shown.REST if paused or excused else Shown.NOTHING


def calendar(
    weeks: Sequence[Period], told: Iterable[tuple[Week, Shown]], small_days: Collection[date]
) -> tuple[CalendarWeek, ...]:
    """Lay steps' weeks out by calendar week: each stands where it ends, the open ones in the last.

    Nothing is lost: what begins before the first of `weeks` and ends in it stands there.
    """
    starts = [week.start for week in weeks]
    found: list[list[Shown]] = [[] for _ in weeks]
    for week, shown in told:
        if shown is not Shown.NOTHING:
            at = len(weeks) if week.state is State.OPEN else max(1, bisect_right(starts, week.stands_in))
            found[at - 1].append(shown)
    return tuple(
        CalendarWeek(
            days=week,
            shown=tuple(sorted(shown, key=ORDER.index)),
            small_days=sum(week.covers(day) for day in small_days),
            now=week is weeks[-1],
        )
        for week, shown in zip(weeks, found, strict=True)
    )


@dataclass(frozen=True, slots=True)
class StepDay:
    """One day of one step. `open`: it can be told about now."""

    day: date
    shown: Shown
    open: bool


def step_days(
    weeks: Iterable[Period],
    today: date,
    said: Iterable[CheckIn],
    versions: Sequence[Cadence],
    pauses: Collection[Pause],
    small_days: Collection[date] = (),
    week_start: WeekStart = 0,
) -> tuple[tuple[StepDay, ...], ...]:
    """Say what to show of each day of some weeks, week by week, seen on `today`."""
    standing = counted(said, versions)
    by_day = {day: list(told) for day, told in groupby(standing, key=lambda one: one.day)}

    def of_day(day: date) -> StepDay:
        version = version_on(versions, day)
        shown = _said(by_day.get(day, []), version)
        if shown is None and (is_paused(day, pauses) or day in small_days):
            shown = Shown.REST
        if shown is None:
            due = version is not None and occurs_on(version, day, week_start)
            shown = Shown.NOTHING if not due else Shown.BLANK if day < today else Shown.OPEN
        return StepDay(day, shown, today - BACK <= day <= today)

    return tuple(tuple(of_day(day) for day in week.each_day()) for week in weeks)


def _said(told: Sequence[CheckIn], version: Cadence | None) -> Shown | None:
    """Say what was recorded on a day; of several times a day, not all of them are a part."""
    done = [one for one in told if one.counts]
    if done:
        times = len(version.times) if version is not None and version.kind is Kind.FIXED else 1
        full = sum(one.outcome is Outcome.DONE for one in done) >= max(times, 1)
        return Shown.KEPT if full else Shown.PART
    if any(one.excused for one in told):
        return Shown.REST
    return Shown.NOT_TODAY if told else None
