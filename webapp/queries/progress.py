"""How a client's steps went, week by week, and what helped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, select

from webapp.domain.adherence import adherence
from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.check_ins import AHEAD, marks
from webapp.domain.kept_weeks import CalendarWeek, Shown, calendar, of_week
from webapp.domain.periods import Period, cadence_period, last_weeks
from webapp.domain.progress import Record, Week, best_first, record
from webapp.domain.weeks import WeekStart
from webapp.models import ActionStep, CarePlan, CopingStrategy, CopingUse, Person, TeamMember
from webapp.models.base import Id
from webapp.queries import cadences, check_ins, rests
from webapp.queries.check_ins import Said
from webapp.queries.rests import Rests
from webapp.queries.steps import WORDS

YEAR = 53
"""weeks"""


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One step's record, and the mark of each of its weeks; `owner` names the supporter who promised it.

    `current`: it stands in the plan that is in force.
    """

    id: int
    words: str
    owner: str | None
    current: bool
    cadence: Cadence | None
    record: Record
    shown: tuple[Shown, ...]

    @property
    def weeks(self) -> Iterable[tuple[Week, Shown]]:
        """Its weeks, each with its mark."""
        return zip(self.record.weeks, self.shown, strict=True)


@dataclass(frozen=True, slots=True)
class Helped:
    """A coping strategy that was used: how often, and how often it helped at least a little.

    `before` and `after` are mean distress (0 to 10) over the `measured` uses that have both.
    """

    words: str
    uses: int
    helped: int
    measured: int
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything on the screen, seen from `since` on; what was kept best comes first.

    The calendar also holds the weeks of steps that are no longer in the plan: what was done stays done.
    """

    since: date
    calendar: tuple[CalendarWeek, ...]
    steps: tuple[StepProgress, ...]
    helped: tuple[Helped, ...]


_CLIENT = bindparam("client_id", type_=Id)
_STEPS: Select[*tuple[Any, ...]] = (
    select(
        ActionStep.id,
        WORDS.label("words"),
        ActionStep.actor_kind,
        func.coalesce(Person.called, TeamMember.name, TeamMember.relation).label("owner"),
        and_(
            CarePlan.ended_at.is_(None),
            ActionStep.status.in_(("active", "on_hold", "completed")),
        ).label("current"),
    )
    .join(CarePlan, CarePlan.id == ActionStep.plan_id)
    .outerjoin(TeamMember, TeamMember.id == ActionStep.team_member_id)
    .outerjoin(Person, Person.id == TeamMember.person_id)
    .where(
        ActionStep.client_id == _CLIENT,
        ActionStep.actor_kind != "professional",
        ActionStep.status != "suggested",
    )
    .order_by(ActionStep.position, ActionStep.id)
)
_MEASURED = CopingUse.before.is_not(None) & CopingUse.after.is_not(None)
_HELPED: Select[*tuple[Any, ...]] = (
    select(
        CopingStrategy.text,
        func.count(CopingUse.id).label("uses"),
        func.count(CopingUse.id).filter(CopingUse.helped.in_(("yes", "a_little"))).label("helped"),
        func.count(CopingUse.id).filter(_MEASURED).label("measured"),
        func.sum(CopingUse.before).filter(_MEASURED).label("before"),
        func.sum(CopingUse.after).filter(_MEASURED).label("after"),
    )
    .join(CopingUse, CopingUse.strategy_id == CopingStrategy.id)
    .where(CopingStrategy.client_id == _CLIENT, CopingUse.day >= bindparam("since"))
    .group_by(CopingStrategy.id, CopingStrategy.text)
    .order_by(func.count(CopingUse.id).filter(CopingUse.helped.in_(("yes", "a_little"))).desc(), CopingStrategy.id)
)


def page(connection: Connection, client_id: int, day: date, week_start: WeekStart, weeks: int = YEAR) -> Progress:
    """The last `weeks` weeks, that of `day` among them, or as many as there are. Five queries."""
    versions = cadences.of_client(connection, client_id)
    found = _weeks(versions, day, week_start, weeks)
    since = found[0].start
    told = told_since(connection, client_id, versions, since, day, week_start)
    shown = ((week, shown) for step in told.steps for week, shown in step.weeks)
    return Progress(
        since=since,
        calendar=calendar(found, shown, told.resting.small_days),
        steps=tuple(sorted((one for one in told.steps if one.current), key=lambda one: best_first(one.record))),
        helped=_helped(connection, client_id, since),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """Every step a client has had, with its record; what was said, by step id; who said it; and when they rested."""

    steps: tuple[StepProgress, ...]
    said: Said
    called: Mapping[int, str]
    resting: Rests


def told_since(
    connection: Connection,
    client_id: int,
    versions: Mapping[int, tuple[Cadence, ...]],
    since: date,
    day: date,
    week_start: WeekStart,
) -> Told:
    """All steps' periods that close after `since`, as they stand on `day`. Three queries."""
    resting = rests.since(connection, client_id, since)
    first, once = _first(versions, since, week_start), _once(versions)
    said, called = check_ins.since_by_name(connection, client_id, first, once, day + AHEAD)
    steps = tuple(
        _step(row, versions.get(row.id, ()), resting, said, day, week_start, since)
        for row in connection.execute(_STEPS, {"client_id": client_id})
    )
    return Told(steps, said, called, resting)


def _weeks(
    versions: Mapping[int, tuple[Cadence, ...]], day: date, week_start: WeekStart, weeks: int
) -> tuple[Period, ...]:
    """The weeks to show: none before the first step began."""
    began = min((made[0].valid_from for made in versions.values()), default=day)
    return tuple(week for week in last_weeks(day, weeks, week_start) if week.end > min(began, day))


def _step(
    row: Row[Any],
    made: tuple[Cadence, ...],
    resting: Rests,
    said: Said,
    day: date,
    week_start: WeekStart,
    since: date,
) -> StepProgress:
    told, paused = marks(said.get(row.id, ()), made), resting.pauses.of(row.id)
    found = record(adherence(made, paused, told, day, week_start, since), week_start)
    owner = None if row.actor_kind == "self" else row.owner
    shown = tuple(of_week(week, paused, told) for week in found.weeks)
    return StepProgress(row.id, row.words, owner, row.current, version_on(made, day), found, shown)


def _helped(connection: Connection, client_id: int, since: date) -> tuple[Helped, ...]:
    return tuple(
        Helped(
            row.text,
            row.uses,
            row.helped,
            row.measured,
            row.before / row.measured if row.measured else None,
            row.after / row.measured if row.measured else None,
        )
        for row in connection.execute(_HELPED, {"client_id": client_id, "since": since})
    )


def _first(versions: Mapping[int, tuple[Cadence, ...]], since: date, week_start: WeekStart) -> date:
    """The first day whose check-ins count towards a period that closes after `since`."""
    starts = (cadence_period(one, since, week_start).start for made in versions.values() for one in made)
    return min(starts, default=since)


def _once(versions: Mapping[int, tuple[Cadence, ...]]) -> list[int]:
    return [step_id for step_id, made in versions.items() if any(one.kind is Kind.ONCE for one in made)]
