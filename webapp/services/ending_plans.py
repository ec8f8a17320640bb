"""End a plan when another takes its place. What it said is kept whole; what helps the person stays theirs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.models import (
    ActionStep,
    CarePlan,
    Contact,
    CopingStrategy,
    Goal,
    Reminder,
    Sign,
)
from webapp.services import cadences, commitments, plan_export


@dataclass(frozen=True, slots=True)
class Ended:
    """What the plan said when it was ended, and whether any of it is about substance use."""

    facts: dict[str, Any]
    substance_use: bool


def end_current(session: Session, client_id: int, by_id: int, today: date, now: datetime) -> Ended | None:
    """End the client's current plan, if there is one, from `today` (the client's day) on."""
    plans = session.scalars(
        select(CarePlan).where(CarePlan.client_id == client_id, CarePlan.ended_at.is_(None)).with_for_update()
    ).all()
    if not plans:
        return None
    facts = plan_export.facts(session.connection(), client_id)
    private = [session.scalars(select(model.id).where(model.client_id == client_id, model.substance_use)).first()
               for model in (Goal, ActionStep, CopingStrategy)]  # fmt: skip
    newest = max(plan.id for plan in plans)
    for plan in plans:
        plan.ended_at = now
        _let_go(session, plan.id, by_id, today, now)
    for model in (CopingStrategy, Sign, Contact):
        since = update(model).where(model.client_id == client_id, model.plan_id.is_(None)).values(plan_id=newest)
        session.execute(since.execution_options(synchronize_session=False))
    session.flush()
    return Ended(facts, any(private))


def _let_go(session: Session, plan_id: int, by_id: int, today: date, now: datetime) -> None:
    steps = session.scalars(select(ActionStep).where(ActionStep.plan_id == plan_id)).all()
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
