"""One step with everything its own page tells about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.check_ins import BACK, CheckIn, marks
from webapp.domain.kept_weeks import StepDay, step_days
from webapp.domain.periods import Period, cadence_period, last_weeks
from webapp.domain.standing import Standing, standing
from webapp.domain.weeks import WeekStart, as_weeks
from webapp.models import ActionStep, Goal, Person, TeamMember
from webapp.models.base import Id
from webapp.queries import cadences, check_ins, pauses, rests
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
    days: tuple[tuple[StepDay, ...], ...]
    """Its last days by week, the newest week first: those that can still be told about."""
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
    rows = _rows(versions, day, week_start)
    rest = rests.since(connection, client_id, rows[0].start)
    paused = rest.pauses.of(step_id)
    recent = check_ins.recent(connection, client_id, step_id, LATELY)
    said = _said(connection, step_id, versions, rows[0].start, day, week_start)
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
        standing=standing(versions, paused, marks(said, versions), day, week_start),
        recent=recent,
        days=step_days(rows, day, said, versions, paused, rest.small_days, week_start)[::-1],
        resting=tuple(one for one in resting if one.step_id in (step_id, None)),
    )


def _rows(versions: Sequence[Cadence], day: date, week_start: WeekStart) -> tuple[Period, ...]:
    """The weeks of a calendar, whole ones, back to the first day that can be told about, or on which the step began."""
    first = max(day - BACK, min(versions[0].valid_from if versions else day, day))
    weeks = last_weeks(day, (day - first).days // 7 + 2, as_weeks(week_start).start_on(day))
    return tuple(week for week in weeks if week.end > first)


def _said(
    connection: Connection, step_id: int, versions: Sequence[Cadence], first: date, day: date, week_start: WeekStart
) -> list[CheckIn]:
    """What was said since `first`, in the periods under way, and ever about a once."""
    starts = [cadence_period(one, day, week_start).start for one in versions]
    once = any(one.kind is Kind.ONCE for one in versions)
    return check_ins.of_steps_since(connection, {step_id: None if once else min([first, *starts])}).get(step_id, [])
