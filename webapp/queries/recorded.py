"""What was recorded in one week, day by day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from webapp.domain.check_ins import CheckIn
from webapp.domain.kept_weeks import Shown
from webapp.domain.pauses import is_paused
from webapp.domain.periods import Period, week_of
from webapp.domain.progress import Week
from webapp.domain.scores import State
from webapp.domain.weeks import DAY, WeekStart
from webapp.models import CopingStrategy, CopingUse
from webapp.models.base import Id
from webapp.queries import cadences
from webapp.queries.progress import Told, told_since


@dataclass(frozen=True, slots=True)
class StepWeek:
    """What came of one step in a week."""

    id: int
    words: str
    owner: str | None
    week: Week
    shown: Shown


@dataclass(frozen=True, slots=True)
class SaidOf:
    """One check-in and the step it is about; `by` names who said it, where that was not the client."""

    step_id: int
    words: str
    by: str | None
    check_in: CheckIn


@dataclass(frozen=True, slots=True)
class Used:
    """One use of a coping strategy."""

    words: str
    before: int | None
    after: int | None
    helped: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class DayRecord:
    """What was recorded on one day; `small` is a day the client asked to be small, `rests` a pause of everything."""

    day: date
    said: tuple[SaidOf, ...]
    uses: tuple[Used, ...]
    small: bool
    rests: bool


@dataclass(frozen=True, slots=True)
class WeekRecord:
    """One week: the steps that asked for something or were done, and its days up to today."""

    period: Period
    steps: tuple[StepWeek, ...]
    days: tuple[DayRecord, ...]


_USES: Select[*tuple[Any, ...]] = (
    select(
        CopingUse.day,
        CopingStrategy.text,
        CopingUse.before,
        CopingUse.after,
        CopingUse.helped,
        CopingUse.note,
    )
    .join(CopingStrategy, CopingStrategy.id == CopingUse.strategy_id)
    .where(
        CopingUse.client_id == bindparam("client_id", type_=Id),
        CopingUse.day.between(bindparam("since"), bindparam("last")),
    )
    .order_by(CopingUse.at, CopingUse.id)
)


def week(connection: Connection, client_id: int, day: date, today: date, week_start: WeekStart) -> WeekRecord:
    """What was recorded in the week around `day`, seen on `today`. Five queries."""
    period = week_of(day, week_start)
    # A period of a few days that reaches into a week beside it stands in one of the two.
    since, seen = week_of(period.start - DAY, week_start).start, min(today, week_of(period.end, week_start).end)
    versions = cadences.of_client(connection, client_id)
    told = told_since(connection, client_id, versions, since, seen, week_start)
    steps = (
        StepWeek(step.id, step.words, step.owner, week, shown)
        for step in told.steps
        for week, shown in step.weeks
        if shown is not Shown.NOTHING and _stands_in(week, period, today)
    )
    used = _used(connection, client_id, period)
    return WeekRecord(
        period,
        tuple(steps),
        tuple(_day(day, client_id, told, used[day]) for day in period.each_day() if day <= today),
    )


def _stands_in(week: Week, period: Period, today: date) -> bool:
    if week.state is State.OPEN:
        return period.covers(today)
    return week.stands_in == period.start


def _used(connection: Connection, client_id: int, period: Period) -> defaultdict[date, list[Used]]:
    found: defaultdict[date, list[Used]] = defaultdict(list)
    parameters = {"client_id": client_id, "since": period.start, "last": period.end - DAY}
    for day, words, before, after, helped, note in connection.execute(_USES, parameters):
        found[day].append(Used(words, before, after, helped, note))
    return found


def _day(day: date, client_id: int, told: Told, used: list[Used]) -> DayRecord:
    said = (
        SaidOf(step.id, step.words, None if one.voice == client_id else told.called[one.voice], one)
        for step in told.steps
        for one in told.said.get(step.id, ())
        if one.day == day
    )
    return DayRecord(
        day=day,
        said=tuple(sorted(said, key=lambda one: (one.check_in.at, one.check_in.id))),
        uses=tuple(used),
        small=day in told.resting.small_days,
        rests=is_paused(day, told.resting.pauses.everything),
    )
