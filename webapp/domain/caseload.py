"""Caseload: one line of plain counts per client, from what each of them shares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain.adherence import adherence
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.pauses import Pause
from webapp.domain.periods import Period, week_of
from webapp.domain.scores import Mark
from webapp.domain.weeks import DAY, WeekStart

LEAD = timedelta(days=7)
"""A period of up to 7 days that closes in a week began at most so long before it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Kept of asked, in the periods that closed within one week."""

    kept: int = 0
    asked: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(self.kept + other.kept, self.asked + other.asked)


def last_closed_week(today: date, week_start: WeekStart) -> Period:
    """Return the last week that is over on `today`; one that a changed start left too short to ask is passed over."""
    week = week_of(today, week_start)
    while week.end > today or 2 * week.days < week.nominal:
        week = week_of(week.start - DAY, week_start)
    return week


def counts_by_week(version: Cadence) -> bool:
    """Say whether a cadence asks for something within a week; months and single deeds are told elsewhere."""
    if version.kind is Kind.TARGET:
        return version.unit is not Unit.MONTH and version.interval * (7 if version.unit is Unit.WEEK else 1) <= 7
    return version.kind is Kind.FIXED


def week_kept(
    versions: Sequence[Cadence],
    pauses: Iterable[Pause],
    marks: Iterable[Mark],
    week: Period,
    today: date,
    week_start: WeekStart,
) -> Kept:
    """Count a step's kept of asked in a week; nothing where it is not asked by week."""
    if not all(counts_by_week(version) for version in versions):
        return Kept()
    told = adherence(versions, pauses, marks, today, week_start, since=week.start, until=week.end)
    return Kept(told.kept, told.asked)
