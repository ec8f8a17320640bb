"""What a client shares with a supporter: the weeks of their steps, and the plan. Nothing without a grant.

A part is None when it is not shared. Steps and goals about substance use need that scope besides; steps may be
chosen one by one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from webapp.domain.adherence import PeriodScore, State, adherence
from webapp.domain.cadence import Cadence, version_on
from webapp.domain.sharing import Scope
from webapp.domain.wall_time import local_day
from webapp.models import ActionStep, CarePlan, Goal
from webapp.queries import cadences, check_ins
from webapp.queries.access import ClientAccess
from webapp.queries.privacy import PRIVATE
from webapp.queries.steps import WORDS

WINDOW = timedelta(weeks=8)


@dataclass(frozen=True, slots=True)
class SharedStep:
    """A step of the client's own with its closed periods of the last eight weeks, oldest first."""

    text: str
    cadence: Cadence | None
    kept: int
    asked: int
    periods: tuple[PeriodScore, ...]


@dataclass(frozen=True, slots=True)
class SharedGoal:
    statement: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedPlan:
    """The plan in outline; `loose` are steps that belong to no goal."""

    vision: str | None
    review_on: date | None
    goals: tuple[SharedGoal, ...]
    loose: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """What one supporter sees of one client beyond their own promises."""

    steps: tuple[SharedStep, ...] | None
    plan: SharedPlan | None

    @property
    def anything(self) -> bool:
        return self.steps is not None or self.plan is not None


_STEPS = (
    select(
        ActionStep.id,
        ActionStep.goal_id,
        ActionStep.actor_kind,
        PRIVATE.label("substance_use"),
        WORDS.label("text"),
    )
    .join(CarePlan, CarePlan.id == ActionStep.plan_id)
    .where(ActionStep.client_id == bindparam("client_id"), ActionStep.status == "active", CarePlan.ended_at.is_(None))
    .order_by(ActionStep.position, ActionStep.id)
)
_PLAN = (
    select(CarePlan.id, CarePlan.vision, CarePlan.review_on)
    .where(CarePlan.client_id == bindparam("client_id"), CarePlan.ended_at.is_(None))
    .order_by(CarePlan.id.desc())
)
_GOALS = (
    select(Goal.id, Goal.substance_use, func.coalesce(Goal.own_words, Goal.statement).label("statement"))
    .where(Goal.plan_id == bindparam("plan_id"), Goal.status == "active")
    .order_by(Goal.position, Goal.id)
)


def shared(connection: Connection, access: ClientAccess, now: datetime) -> Shared:
    """Gather what these rights let a supporter see. No query when nothing is shared, at most seven."""
    return Shared(_steps(connection, access, now), _plan(connection, access))


def _steps(connection: Connection, access: ClientAccess, now: datetime) -> tuple[SharedStep, ...] | None:
    if not access.rights.sees(Scope.STEPS):
        return None
    today = local_day(now, access.time_zone, access.day_starts_at)
    versions = cadences.of_client(connection, access.client_id)
    pauses = cadences.pauses(connection, access.client_id)
    # A period that closed inside the window may have begun before it.
    since = today - WINDOW - timedelta(days=366)
    marks = check_ins.marks_of_client(connection, access.client_id, since, today + timedelta(days=1), versions)
    found = []
    for row in connection.execute(_STEPS, {"client_id": access.client_id}):
        if row.actor_kind == "self" and access.rights.sees(Scope.STEPS, row.substance_use, row.id):
            line = versions.get(row.id, ())
            told = adherence(
                line, pauses.of(row.id), marks.get(row.id, ()), today, access.week_starts_on, since=today - WINDOW
            )
            closed = tuple(period for period in told.periods if period.state is not State.OPEN)
            found.append(SharedStep(row.text, version_on(line, today), told.kept, told.asked, closed))
    return tuple(found)


def _plan(connection: Connection, access: ClientAccess) -> SharedPlan | None:
    if not access.rights.sees(Scope.PLAN):
        return None
    plan = connection.execute(_PLAN, {"client_id": access.client_id}).first()
    if plan is None:
        return SharedPlan(None, None, (), ())
    steps = [
        row
        for row in connection.execute(_STEPS, {"client_id": access.client_id})
        if access.rights.sees(Scope.PLAN, row.substance_use, row.id)
    ]
    goals = [
        row
        for row in connection.execute(_GOALS, {"plan_id": plan.id})
        if access.rights.sees(Scope.PLAN, row.substance_use)
    ]
    shown = {goal.id for goal in goals}
    return SharedPlan(
        vision=plan.vision,
        review_on=plan.review_on,
        goals=tuple(
            SharedGoal(goal.statement, tuple(step.text for step in steps if step.goal_id == goal.id)) for goal in goals
        ),
        loose=tuple(step.text for step in steps if step.goal_id not in shown),
    )
