"""End a plan when another takes its place. What it said is kept whole; what helps the person stays theirs.

Whoever ends it ends what they may see of it. The rest goes on as it was, in the plan that follows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.sharing import Rights, Scope
from webapp.models import (
    ActionStep,
    CarePlan,
    ClientInformation,
    CopingStrategy,
    Goal,
    Monitoring,
    Objective,
    PlanLine,
    Reminder,
    Sign,
    Support,
    TeamMember,
)
from webapp.queries.privacy import PRIVATE
from webapp.services import cadences, commitments, plan_export

LISTED = (PlanLine, Support, Monitoring)
"""What a plan lists beside goals and steps, and leaves behind with it."""
MARKED = (Goal, ActionStep, CopingStrategy, Sign, *LISTED)
"""What can be about substance use, each by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A plan that was ended: what it said, whether any of it is about substance use, and what of it goes on."""

    plan_id: int
    facts: dict[str, Any]
    substance_use: bool
    hidden_goals: tuple[Goal, ...]
    hidden_steps: tuple[ActionStep, ...]
    hidden_entries: tuple[Any, ...]


def end_current(
    session: Session, client_id: int, by_id: int, rights: Rights, today: date, now: datetime
) -> Ended | None:
    """End the client's current plan, if there is one, from `today` (the client's day) on.

    Steps that `rights` don't let one see are not let go; `carry_over` puts them into the next plan.
    """
    plans = session.scalars(
        select(CarePlan).where(CarePlan.client_id == client_id, CarePlan.ended_at.is_(None)).with_for_update()
    ).all()
    if not plans:
        return None
    facts = plan_export.facts(session.connection(), client_id)
    information = session.get(ClientInformation, client_id)
    private = bool(information and information.substance_use_history) or any(
        session.scalars(select(model.id).where(model.client_id == client_id, model.substance_use)).first()
        for model in MARKED
    )
    ids = [plan.id for plan in plans]
    newest = max(ids)
    seen, hidden = _split_steps(session, ids, rights)
    for plan in plans:
        plan.ended_at = now
    _let_go(session, seen, by_id, today, now)
    for model in (CopingStrategy, Sign):
        since = update(model).where(model.client_id == client_id, model.plan_id.is_(None)).values(plan_id=newest)
        session.execute(since.execution_options(synchronize_session=False))
    session.flush()
    return Ended(
        newest,
        facts,
        private,
        tuple(_hidden(session, Goal, ids, rights)),
        tuple(hidden),
        tuple(entry for model in LISTED for entry in _hidden(session, model, ids, rights)),
    )


def carry_over(session: Session, ended: Ended, plan_id: int) -> None:
    """Put what whoever ended a plan may not see into the one that follows, with whoever takes the steps.

    Names that a file had for them (`ref`) are dropped, for the file of the next plan may use the same.
    """
    for goal in ended.hidden_goals:
        goal.plan_id, goal.ref = plan_id, None
    for entry in ended.hidden_entries:
        entry.plan_id = plan_id
    carried = {goal.id for goal in ended.hidden_goals}
    for objective in session.scalars(select(Objective).where(Objective.goal_id.in_(carried))):
        objective.ref = None
    for step in ended.hidden_steps:
        step.plan_id, step.ref = plan_id, None
        step.goal_id = step.goal_id if step.goal_id in carried else None
    session.flush()
    for member_id in sorted({step.team_member_id for step in ended.hidden_steps if step.team_member_id}):
        _carry_member(session, member_id, plan_id)
    session.flush()


def _carry_member(session: Session, member_id: int, plan_id: int) -> None:
    """Move somebody to the next plan; whoever takes steps that stay behind as well is named in both."""
    member = session.get_one(TeamMember, member_id)
    steps = session.scalars(select(ActionStep).where(ActionStep.team_member_id == member_id)).all()
    if all(step.plan_id == plan_id for step in steps):
        member.plan_id, member.ref = plan_id, None
        return
    again = TeamMember(plan_id=plan_id, client_id=member.client_id, person_id=member.person_id, kind=member.kind,
                       name=member.name, role=member.role, relation=member.relation,
                       facts=member.facts, position=member.position)  # fmt: skip
    session.add(again)
    session.flush()
    for step in steps:
        if step.plan_id == plan_id:
            step.team_member_id = again.id


def _split_steps(
    session: Session, plan_ids: Collection[int], rights: Rights
) -> tuple[list[ActionStep], list[ActionStep]]:
    """The steps that `rights` let one see, and the others."""
    seen: list[ActionStep] = []
    hidden: list[ActionStep] = []
    found = select(ActionStep, PRIVATE).where(ActionStep.plan_id.in_(plan_ids)).order_by(ActionStep.id)
    for step, private in session.execute(found):
        (seen if rights.sees(Scope.PLAN, private, step.id) else hidden).append(step)
    return seen, hidden


def _hidden(session: Session, model: Any, plan_ids: Collection[int], rights: Rights) -> Sequence[Any]:
    """Goals, or entries of a list, that `rights` don't let one see."""
    if rights.sees(Scope.PLAN, substance_use=True):
        return ()
    return session.scalars(select(model).where(model.plan_id.in_(plan_ids), model.substance_use)).all()


def _let_go(session: Session, steps: Collection[ActionStep], by_id: int, today: date, now: datetime) -> None:
    ids = [step.id for step in steps]
    for step in steps:
        cadences.end(session, step.id, today)
        if step.status not in ("completed", "retired"):
            step.status = "retired"
    session.execute(
        update(Reminder)
        .where(Reminder.step_id.in_(ids), Reminder.ended_at.is_(None))
        .values(ended_at=now, next_at=None)
        .execution_options(synchronize_session=False)
    )
    commitments.end_on_steps(session, ids, by_id, now)
