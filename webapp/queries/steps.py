"""One step with everything its own page tells about it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from webapp.domain.cadence import Cadence, version_on
from webapp.domain.standing import Standing, standing
from webapp.domain.weeks import WeekStart
from webapp.models import ActionStep, Goal, Person, TeamMember
from webapp.models.base import Id
from webapp.queries import cadences, check_ins, pauses
from webapp.queries.check_ins import Recent
from webapp.queries.pauses import Resting

LATELY = 14

WORDS = func.coalesce(ActionStep.own_words, ActionStep.text)
"""What a step is called on every screen: the words people chose for themselves win over the plan's."""


@dataclass(frozen=True, slots=True)
class StepPage:
    """A step of the client's plan. `cadence` is the version in force, or the next to come."""

    id: int
    words: str
    plan_words: str | None
    actor_kind: str
    owner: str | None
    status: str
    own: bool
    goal: str | None
    purpose: str | None
    how_to: str | None
    cue: str | None
    smallest: str | None
    cadence: Cadence | None
    standing: Standing
    recent: tuple[Recent, ...]
    resting: tuple[Resting, ...]


_STEP: Select[*tuple[Any, ...]] = (
    select(
        ActionStep.id,
        ActionStep.text,
        ActionStep.own_words,
        ActionStep.actor_kind,
        ActionStep.status,
        ActionStep.own,
        ActionStep.purpose,
        ActionStep.how_to,
        ActionStep.cue,
        ActionStep.smallest,
        Goal.statement,
        Goal.own_words.label("goal_own_words"),
        TeamMember.name,
        TeamMember.role,
        TeamMember.relation,
        Person.called,
    )
    .outerjoin(Goal, Goal.id == ActionStep.goal_id)
    .outerjoin(TeamMember, TeamMember.id == ActionStep.team_member_id)
    .outerjoin(Person, Person.id == TeamMember.person_id)
    .where(ActionStep.id == bindparam("step_id", type_=Id), ActionStep.client_id == bindparam("client_id", type_=Id))
)


def page(connection: Connection, client_id: int, step_id: int, day: date, week_start: WeekStart) -> StepPage:
    """Everything on a step's page, seen on the client's `day`. Six queries. The step must be the client's."""
    row = connection.execute(_STEP, {"step_id": step_id, "client_id": client_id}).one()
    versions = cadences.of_client(connection, client_id).get(step_id, ())
    paused = cadences.pauses(connection, client_id).of(step_id)
    recent = check_ins.recent(connection, client_id, step_id, LATELY)
    marks = check_ins.marks_of_client(connection, client_id, date.min, date.max, {step_id: versions})
    resting = pauses.current(connection, client_id, day)
    coming = versions[-1] if versions and versions[-1].valid_from > day else None
    return StepPage(
        id=row.id,
        words=row.own_words or row.text,
        plan_words=row.text if row.own_words and row.own_words != row.text else None,
        actor_kind=row.actor_kind,
        owner=row.called or row.name or row.relation or row.role if row.actor_kind != "self" else None,
        status=row.status,
        own=row.own,
        goal=row.goal_own_words or row.statement,
        purpose=row.purpose,
        how_to=row.how_to,
        cue=row.cue,
        smallest=row.smallest,
        cadence=version_on(versions, day) or coming,
        standing=standing(versions, paused, marks.get(step_id, ()), day, week_start),
        recent=recent,
        resting=tuple(one for one in resting if one.step_id in (step_id, None)),
    )
