"""How a client's steps went, week by week, and what helped."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from webapp.domain.adherence import adherence
from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.check_ins import marks
from webapp.domain.periods import cadence_period, last_weeks
from webapp.domain.progress import Record, best_first, record
from webapp.domain.weeks import WeekStart
from webapp.models import ActionStep, CarePlan, CopingStrategy, CopingUse, Person, TeamMember
from webapp.models.base import Id
from webapp.queries import cadences, check_ins
from webapp.queries.steps import WORDS


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One step's record; `owner` names the supporter who promised it."""

    id: int
    words: str
    owner: str | None
    cadence: Cadence | None
    record: Record


@dataclass(frozen=True, slots=True)
class Helped:
    """A coping strategy that was used: how often, and how often it helped at least a little."""

    words: str
    uses: int
    helped: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything on the screen, seen from `since` on; what was kept best comes first."""

    since: date
    steps: tuple[StepProgress, ...]
    helped: tuple[Helped, ...]


_CLIENT = bindparam("client_id", type_=Id)
_STEPS: Select[*tuple[Any, ...]] = (
    select(
        ActionStep.id,
        WORDS.label("words"),
        ActionStep.actor_kind,
        func.coalesce(Person.called, TeamMember.name, TeamMember.relation).label("owner"),
    )
    .join(CarePlan, and_(CarePlan.id == ActionStep.plan_id, CarePlan.ended_at.is_(None)))
    .outerjoin(TeamMember, TeamMember.id == ActionStep.team_member_id)
    .outerjoin(Person, Person.id == TeamMember.person_id)
    .where(
        ActionStep.client_id == _CLIENT,
        ActionStep.actor_kind != "professional",
        ActionStep.status.in_(("active", "on_hold", "completed")),
    )
    .order_by(ActionStep.position, ActionStep.id)
)
_HELPED: Select[*tuple[Any, ...]] = (
    select(
        CopingStrategy.text,
        func.count(CopingUse.id).label("uses"),
        func.count(CopingUse.id).filter(CopingUse.helped.in_(("yes", "a_little"))).label("helped"),
    )
    .join(CopingUse, CopingUse.strategy_id == CopingStrategy.id)
    .where(CopingStrategy.client_id == _CLIENT, CopingUse.day >= bindparam("since"))
    .group_by(CopingStrategy.id, CopingStrategy.text)
    .order_by(func.count(CopingUse.id).filter(CopingUse.helped.in_(("yes", "a_little"))).desc(), CopingStrategy.id)
)


def page(connection: Connection, client_id: int, day: date, week_start: WeekStart, weeks: int = 12) -> Progress:
    """The last `weeks` weeks before the one around `day`, and that one. Five queries."""
    since = last_weeks(day, weeks + 1, week_start)[0].start
    versions = cadences.of_client(connection, client_id)
    pauses = cadences.pauses(connection, client_id)
    once = [step_id for step_id, made in versions.items() if any(one.kind is Kind.ONCE for one in made)]
    said = check_ins.since(connection, client_id, _first(versions, since, week_start), once)
    steps = []
    for row in connection.execute(_STEPS, {"client_id": client_id}):
        made = versions.get(row.id, ())
        told = marks(said.get(row.id, ()), made)
        scored = adherence(made, pauses.of(row.id), told, day, week_start, since)
        owner = None if row.actor_kind == "self" else row.owner
        steps.append(StepProgress(row.id, row.words, owner, version_on(made, day), record(scored, week_start)))
    helped = connection.execute(_HELPED, {"client_id": client_id, "since": since})
    return Progress(
        since=since,
        steps=tuple(sorted(steps, key=lambda one: best_first(one.record))),
        helped=tuple(Helped(*row) for row in helped),
    )


def _first(versions: dict[int, tuple[Cadence, ...]], since: date, week_start: WeekStart) -> date:
    """The first day whose check-ins count towards a period that closes after `since`."""
    starts = (cadence_period(one, since, week_start).start for made in versions.values() for one in made)
    return min(starts, default=since)
