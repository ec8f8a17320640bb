"""What changed in a client's plan, and what was suggested, as far as the reader may see it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Boolean, Connection, Select, and_, bindparam, case, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from webapp.domain.sharing import Rights, Scope
from webapp.models import ActionStep, CopingStrategy, Goal, Objective, Person, PlanChange
from webapp.models.base import Id
from webapp.queries.privacy import PRIVATE, is_left_out

C = TypeVar("C", bound=Any)
"""A change, here or beside a session."""

COPING_NOUNS = ("coping_strategy", "trigger", "warning_sign")
STEP = "step"
STILL_OPEN = "suggested"
IMPORTED = "imported"
"""That a plan was taken in everybody may know who sees the plan; what the one before it said is told to nobody."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: who, when, what, why (perhaps), and the values before and after."""

    id: int
    at: datetime
    by_id: int
    by_name: str
    noun: str
    noun_id: int | None
    what: str
    why: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


_CLIENT = bindparam("client_id", type_=Id)
_ALL = (
    select(
        PlanChange.id,
        PlanChange.at,
        PlanChange.by_id,
        Person.name,
        PlanChange.noun,
        PlanChange.noun_id,
        PlanChange.what,
        PlanChange.why,
        PlanChange.before,
        PlanChange.after,
    )
    .join(Person, Person.id == PlanChange.by_id)
    .where(PlanChange.client_id == _CLIENT)
    .order_by(PlanChange.at.desc(), PlanChange.id.desc())
)


# Which step a change is about; that a suggestion was settled is about the step it was made for.
_SAID = aliased(PlanChange, name="said")
_OF_SUGGESTION = (
    select(_SAID.noun_id)
    .where(_SAID.id == PlanChange.noun_id, _SAID.noun == STEP)
    .correlate(PlanChange)
    .scalar_subquery()
)
_STEP_ID = case((PlanChange.noun == STEP, PlanChange.noun_id), (PlanChange.noun == "suggestion", _OF_SUGGESTION))


def _private(noun: str, model: Any) -> Any:
    """Changes of what is about substance use now, although they weren't when they were made."""
    ids = select(model.id).where(model.client_id == _CLIENT, model.substance_use)
    return (PlanChange.noun == noun) & PlanChange.noun_id.in_(ids)


_OF_PRIVATE_GOALS = (
    select(Objective.id)
    .join(Goal, Goal.id == Objective.goal_id)
    .where(Objective.client_id == _CLIENT, Goal.substance_use)
)
_PRIVATE_STEPS = select(ActionStep.id).where(ActionStep.client_id == _CLIENT, PRIVATE)
ABOUT_SUBSTANCE_USE = or_(
    and_(PlanChange.substance_use, PlanChange.what != IMPORTED),
    func.coalesce(_STEP_ID.in_(_PRIVATE_STEPS), false()),
    _private("goal", Goal),
    (PlanChange.noun == "objective") & PlanChange.noun_id.in_(_OF_PRIVATE_GOALS),
    _private("coping_strategy", CopingStrategy),
)
"""For SELECTs of changes along with something else; they bind `client_id`."""
_NARROW = bindparam("narrow", type_=Boolean)
_STEP_LEFT_OUT = and_(_STEP_ID.is_not(None), is_left_out(_STEP_ID, _NARROW))
_TAKES = exists().where(ActionStep.team_member_id == PlanChange.noun_id).correlate_except(ActionStep)
_UNSEEN = or_(
    and_(PRIVATE, ~bindparam("private", type_=Boolean)),
    is_left_out(ActionStep.id, _NARROW),
)
_ONLY_UNSEEN = and_(PlanChange.noun == "team_member", _TAKES, ~_TAKES.where(~_UNSEEN))
LEFT_OUT = or_(_STEP_LEFT_OUT, _ONLY_UNSEEN)
"""A change of a step that is not shared with the reader, or of somebody who takes only such steps.

Binds what `reach_parameters` gives.
"""
_OPEN_ONLY = _ALL.where(~ABOUT_SUBSTANCE_USE)
_RECENT = {
    private: statement.where(~LEFT_OUT, PlanChange.noun.not_in(bindparam("hidden", expanding=True))).limit(
        bindparam("most")
    )
    for private, statement in {True: _ALL, False: _OPEN_ONLY}.items()
}
_SETTLED = select(PlanChange.noun_id).where(PlanChange.client_id == _CLIENT, PlanChange.noun == "suggestion")
_SUGGESTED = {
    private: statement.where(
        ~LEFT_OUT, PlanChange.what == STILL_OPEN, PlanChange.noun == "step", PlanChange.id.not_in(_SETTLED)
    )
    for private, statement in {True: _ALL, False: _OPEN_ONLY}.items()
}


def recent(connection: Connection, client_id: int, rights: Rights, most: int = 20) -> tuple[Change, ...]:
    """The latest changes of the client's plans, newest first. One query."""
    hidden = [] if rights.sees(Scope.COPING) else list(COPING_NOUNS)
    values = {"client_id": client_id, "most": most, "hidden": hidden} | reach_parameters(rights)
    return _read(connection, _RECENT[rights.sees(Scope.PLAN, substance_use=True)], values)


def suggestions(connection: Connection, client_id: int, rights: Rights) -> tuple[Change, ...]:
    """What the client suggested for steps of others and nobody has answered yet. One query."""
    values = {"client_id": client_id} | reach_parameters(rights)
    return _read(connection, _SUGGESTED[rights.sees(Scope.PLAN, substance_use=True)], values)


def reach_parameters(rights: Rights) -> dict[str, Any]:
    """What `LEFT_OUT` binds."""
    reach = rights.reach(Scope.PLAN)
    steps = list(reach.steps)
    return {
        "narrow": not reach.new,
        "left_out": steps if reach.new else [],
        "chosen": [] if reach.new else steps,
        "private": rights.sees(Scope.PLAN, substance_use=True),
    }


def _read(connection: Connection, statement: Select[Any], values: dict[str, Any]) -> tuple[Change, ...]:
    return tuple(as_told(Change(*row)) for row in connection.execute(statement, values))


def as_told(change: C) -> C:
    """Leave out what a plan said before another was taken in: that is kept, hidden steps and all, but not shown."""
    told: C = replace(change, before=None) if change.what == IMPORTED else change
    return told
