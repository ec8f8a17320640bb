"""What changed in a client's plan, and what was suggested, as far as the reader may see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select

from webapp.domain.sharing import Rights, Scope
from webapp.models import ActionStep, CopingStrategy, Goal, Objective, Person, PlanChange
from webapp.models.base import Id

COPING_NOUNS = ("coping_strategy", "trigger", "warning_sign")
STILL_OPEN = "suggested"


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


def _private(noun: str, model: Any) -> Any:
    """Changes of what is about substance use now, although they weren't when they were made."""
    ids = select(model.id).where(model.client_id == _CLIENT, model.substance_use)
    return (PlanChange.noun == noun) & PlanChange.noun_id.in_(ids)


_OF_PRIVATE_GOALS = (
    select(Objective.id)
    .join(Goal, Goal.id == Objective.goal_id)
    .where(Objective.client_id == _CLIENT, Goal.substance_use)
)
ABOUT_SUBSTANCE_USE = or_(
    PlanChange.substance_use,
    _private("step", ActionStep),
    _private("goal", Goal),
    (PlanChange.noun == "objective") & PlanChange.noun_id.in_(_OF_PRIVATE_GOALS),
    _private("coping_strategy", CopingStrategy),
)
"""For SELECTs of changes along with something else; they bind `client_id`."""
_OPEN_ONLY = _ALL.where(~ABOUT_SUBSTANCE_USE)
_RECENT = {True: _ALL.limit(bindparam("most")), False: _OPEN_ONLY.limit(bindparam("most"))}
_SETTLED = select(PlanChange.noun_id).where(PlanChange.client_id == _CLIENT, PlanChange.noun == "suggestion")
_SUGGESTED = {
    private: statement.where(PlanChange.what == STILL_OPEN, PlanChange.noun == "step", PlanChange.id.not_in(_SETTLED))
    for private, statement in {True: _ALL, False: _OPEN_ONLY}.items()
}


def recent(connection: Connection, client_id: int, rights: Rights, most: int = 20) -> tuple[Change, ...]:
    """The latest changes of the client's plans, newest first. One query."""
    statement = _RECENT[rights.sees(Scope.PLAN, substance_use=True)]
    return _read(connection, statement, {"client_id": client_id, "most": most}, rights)


def suggestions(connection: Connection, client_id: int, rights: Rights) -> tuple[Change, ...]:
    """What the client suggested for steps of others and nobody has answered yet. One query."""
    return _read(connection, _SUGGESTED[rights.sees(Scope.PLAN, substance_use=True)], {"client_id": client_id}, rights)


def _read(connection: Connection, statement: Select[Any], values: dict[str, int], rights: Rights) -> tuple[Change, ...]:
    hidden = () if rights.sees(Scope.COPING) else COPING_NOUNS
    found = (Change(*row) for row in connection.execute(statement, values))
    return tuple(change for change in found if change.noun not in hidden)
