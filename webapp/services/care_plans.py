"""Change what stands in a plan beside the steps: add, change, retire, each remembered with what it was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.models import (
    ActionStep,
    CarePlan,
    ClientInformation,
    Contact,
    Goal,
    Monitoring,
    Objective,
    PlanLine,
    Sign,
    StrategySign,
    Support,
    TeamMember,
)
from webapp.queries.care_plans import PRIVATE_HISTORY
from webapp.services import plan_changes


class InUse(Exception):
    """Somebody still has steps in the plan and can't be taken out of the team."""


@dataclass(frozen=True, slots=True)
class Noun:
    """A list of the plan: its table, the fields a form may set, and what is fixed for its rows."""

    model: Any
    fields: tuple[str, ...]
    fixed: tuple[tuple[str, Any], ...] = ()


NOUNS: dict[str, Noun] = {
    "strength": Noun(PlanLine, ("text", "substance_use"), (("kind", "strength"),)),
    "preference": Noun(PlanLine, ("text", "substance_use"), (("kind", "preference"),)),
    "concern": Noun(PlanLine, ("text", "substance_use"), (("kind", "concern"),)),
    "crisis_step": Noun(PlanLine, ("text", "substance_use"), (("kind", "crisis_step"),)),
    "review": Noun(PlanLine, ("text", "on", "substance_use"), (("kind", "review"),)),
    "support": Noun(Support, ("name", "kind", "relation", "substance_use")),
    "monitoring": Noun(Monitoring, ("what", "who", "how_often", "substance_use")),
    "team_member": Noun(TeamMember, ("kind", "name", "role", "relation")),
    "emergency_contact": Noun(Contact, ("name", "relation", "phone", "how"), (("emergency", True),)),
    "crisis_contact": Noun(Contact, ("name", "relation", "phone", "how"), (("emergency", False),)),
    "trigger": Noun(Sign, ("text", "substance_use"), (("kind", "trigger"),)),
    "warning_sign": Noun(Sign, ("text", "substance_use"), (("kind", "warning_sign"),)),
    "goal": Noun(
        Goal,
        (
            "statement",
            "own_words",
            "status",
            "priority",
            "target_date",
            "importance",
            "confidence",
            "substance_use",
        ),
    ),
    "objective": Noun(Objective, ("statement", "by", "measure")),
}
PLAN_FIELDS = ("vision", "starts_on", "ends_on", "review_on")
OF_CLIENT = (Contact, Sign)
OPEN_HISTORY = ("history", "earlier_treatment")
PARAGRAPH = "\n\n"


def begin(session: Session, by_id: int, client_id: int, now: datetime, starts_on: date) -> CarePlan:
    """Begin a plan for a client who has none; one they have is returned as it is."""
    try:
        return plan_changes.current(session, client_id)
    except plan_changes.NoPlan:
        plan = CarePlan(client_id=client_id, starts_on=starts_on, created_by_id=by_id, created_at=now, version=0)
        session.add(plan)
        session.flush()
        plan_changes.remember(session, plan, by_id, "plan", plan.id, "added", None, {}, now)
        return plan


def add(
    session: Session,
    client_id: int,
    noun: str,
    by_id: int,
    values: Mapping[str, Any],
    now: datetime,
    why: str | None = None,
    goal_id: int | None = None,
) -> int:
    """Add one to a list of the plan and return its id. `goal_id` is for objectives.

    Raises NoPlan, and LookupError for a goal that isn't the plan's.
    """
    plan, spec = plan_changes.current(session, client_id), NOUNS[noun]
    more: dict[str, Any] = dict(spec.fixed)
    if spec.model is Objective:
        more["goal_id"] = _own(session, plan, "goal", goal_id or 0).id
    elif spec.model is not Contact or noun == "crisis_contact":
        more["plan_id"] = plan.id
    row = spec.model(client_id=client_id, position=_next(session, spec, client_id, plan.id, more), **more)
    _set(row, spec.fields, values)
    session.add(row)
    session.flush()
    _remember(session, plan, by_id, noun, row, "added", None, _told(row, spec.fields), now, why)
    return int(row.id)


def change(
    session: Session,
    client_id: int,
    noun: str,
    item_id: int,
    by_id: int,
    values: Mapping[str, Any],
    now: datetime,
    why: str | None = None,
) -> None:
    """Change one; the same values again change nothing. Raises NoPlan, and LookupError for what isn't the plan's."""
    plan, fields = plan_changes.current(session, client_id), NOUNS[noun].fields
    row = _own(session, plan, noun, item_id)
    before, private = _told(row, fields), _private(session, row)
    _set(row, fields, values)
    session.flush()
    if isinstance(row, Goal) and row.substance_use:
        _hide_steps(session, row)
    elif not private and _private(session, row):
        plan_changes.hide(session, plan, noun, item_id)
    if _told(row, fields) != before:
        _remember(session, plan, by_id, noun, row, "changed", before, _told(row, fields), now, why, private)


def retire(session: Session, client_id: int, noun: str, item_id: int, by_id: int, now: datetime) -> dict[str, Any]:
    """Take one out of the plan and return what it said: a goal is ended, the rest is taken off its list.

    Raises NoPlan, LookupError, and InUse for a team member with steps.
    """
    plan, fields = plan_changes.current(session, client_id), NOUNS[noun].fields
    row = _own(session, plan, noun, item_id)
    before, private = _told(row, fields), _private(session, row)
    if isinstance(row, TeamMember) and _has_steps(session, row):
        raise InUse
    if isinstance(row, Sign):
        session.execute(delete(StrategySign).where(StrategySign.sign_id == row.id))
    if isinstance(row, Goal):
        row.status = "ended"
    else:
        session.delete(row)
    session.flush()
    _remember(session, plan, by_id, noun, row, "retired", before, None, now, None, private)
    return before


def change_head(
    session: Session, client_id: int, by_id: int, values: Mapping[str, Any], now: datetime, why: str | None = None
) -> None:
    """Change vision, start, end and review date. Raises NoPlan."""
    plan = plan_changes.current(session, client_id)
    before = _told(plan, PLAN_FIELDS)
    _set(plan, PLAN_FIELDS, values)
    if _told(plan, PLAN_FIELDS) != before:
        after = _told(plan, PLAN_FIELDS)
        plan_changes.remember(session, plan, by_id, "plan", plan.id, "changed", before, after, now, why)


def change_information(
    session: Session,
    client_id: int,
    by_id: int,
    values: Mapping[str, Any],
    now: datetime,
    why: str | None = None,
    private: bool = True,
) -> None:
    """Change what the plan says about the client. Raises NoPlan.

    Without `private` whoever changes it did not see the history about substance use: what they write there is added
    to it. Where there is any, all that was told of what leaves the open history is hidden: it may have moved there.
    """
    plan, fields = plan_changes.current(session, client_id), tuple(name for name in values if name != PRIVATE_HISTORY)
    row = session.get(ClientInformation, client_id)
    if row is None:
        row = ClientInformation(client_id=client_id)
        session.add(row)
        session.flush()
    apart = _change_private_history(session, plan, row, by_id, values, now, why, private)
    before = _told(row, fields)
    _set(row, fields, values)
    session.flush()
    after = _told(row, fields)
    moved = row.substance_use_history and any(before.get(name) != after.get(name) for name in OPEN_HISTORY)
    if after != before:
        reason = None if apart else why  # it may be about what is written apart
        plan_changes.remember(session, plan, by_id, "information", None, "changed", before, after, now, reason)
    if moved:
        plan_changes.hide(session, plan, "information", None)


def _change_private_history(
    session: Session,
    plan: CarePlan,
    row: ClientInformation,
    by_id: int,
    values: Mapping[str, Any],
    now: datetime,
    why: str | None,
    replaces: bool,
) -> bool:
    """Say whether anything was written to it."""
    before, written = row.substance_use_history, values.get(PRIVATE_HISTORY)
    after = written
    if PRIVATE_HISTORY not in values:
        return False
    if not replaces and before:
        after = with_added(before, written or "")
    if after == before:
        return False
    row.substance_use_history = after
    session.flush()
    told = {PRIVATE_HISTORY: before}, {PRIVATE_HISTORY: after}
    plan_changes.remember(session, plan, by_id, "history", None, "changed", *told, now, why, substance_use=True)
    return True


def with_added(text: str, more: str) -> str:
    """Add to a text those paragraphs of another that it lacks."""
    there = text.split(PARAGRAPH)
    return PARAGRAPH.join([*there, *(one for one in more.split(PARAGRAPH) if one and one not in there)])


def add_member(
    session: Session,
    plan: CarePlan,
    by_id: int,
    kind: str,
    name: str | None,
    what: str | None,
    person_id: int | None,
    now: datetime,
) -> TeamMember:
    """Name somebody in the plan; `what` is a professional's role or a supporter's relation."""
    supporter = kind == "natural_supporter"
    position = _next(session, NOUNS["team_member"], plan.client_id, plan.id, {})
    row = TeamMember(
        client_id=plan.client_id,
        plan_id=plan.id,
        person_id=person_id,
        kind=kind,
        name=name,
        role=None if supporter else what,
        relation=what if supporter else None,
        position=position,
    )
    session.add(row)
    session.flush()
    told = _told(row, NOUNS["team_member"].fields)
    _remember(session, plan, by_id, "team_member", row, "added", None, told, now)
    return row


def _own(session: Session, plan: CarePlan, noun: str, item_id: int) -> Any:
    """Load a row of this plan (or, of what belongs to the client, of this client)."""
    spec = NOUNS[noun]
    row = session.get(spec.model, item_id)
    if row is None or row.client_id != plan.client_id:
        raise LookupError(item_id)
    if any(getattr(row, name) != value for name, value in spec.fixed):
        raise LookupError(item_id)
    home = session.get_one(Goal, row.goal_id) if isinstance(row, Objective) else row
    if spec.model not in OF_CLIENT and home.plan_id != plan.id:
        raise LookupError(item_id)
    return row


def _next(session: Session, spec: Noun, client_id: int, plan_id: int, more: Mapping[str, Any]) -> int:
    """The position after the last; the plan's own lists are counted by plan, others by client."""
    model = spec.model
    within = model.client_id == client_id
    if "goal_id" in more:
        within = model.goal_id == more["goal_id"]
    elif model not in OF_CLIENT:
        within = model.plan_id == plan_id
    last = session.scalar(select(func.max(model.position)).where(within))
    return 0 if last is None else int(last) + 1


def _set(row: Any, fields: tuple[str, ...], values: Mapping[str, Any]) -> None:
    for name in fields:
        if name in values:
            setattr(row, name, values[name])


def _told(row: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in fields}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _private(session: Session, row: Any) -> bool:
    if isinstance(row, Objective):
        return session.get_one(Goal, row.goal_id).substance_use
    return bool(getattr(row, "substance_use", False))


def _has_steps(session: Session, member: TeamMember) -> bool:
    return session.scalars(select(ActionStep.id).where(ActionStep.team_member_id == member.id)).first() is not None


def _hide_steps(session: Session, goal: Goal) -> None:
    """What belongs to a goal about substance use is about it too."""
    for step in session.scalars(select(ActionStep).where(ActionStep.goal_id == goal.id)):
        step.substance_use = True
    session.flush()


def _remember(
    session: Session,
    plan: CarePlan,
    by_id: int,
    noun: str,
    row: Any,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: datetime,
    why: str | None = None,
    private: bool = False,
) -> None:
    private = private or _private(session, row)
    plan_changes.remember(session, plan, by_id, noun, row.id, what, before, after, now, why, private)
