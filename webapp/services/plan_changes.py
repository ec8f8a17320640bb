"""Remember every change of a plan: who, when, why, and what it was before."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.models import CarePlan, PlanChange


class NoPlan(Exception):
    """The client has no plan now."""


def current(session: Session, client_id: int) -> CarePlan:
    """The client's plan, locked so that its changes come one after the other. Raises NoPlan."""
    plan = session.scalars(
        select(CarePlan)
        .where(CarePlan.client_id == client_id, CarePlan.ended_at.is_(None))
        .order_by(CarePlan.id.desc())
        .limit(1)
        .with_for_update()
    ).first()
    if plan is None:
        raise NoPlan
    return plan


def remember(
    session: Session,
    plan: CarePlan,
    by_id: int,
    noun: str,
    noun_id: int | None,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: datetime,
    why: str | None = None,
    substance_use: bool = False,
) -> None:
    """Write one change and count the plan's version up. `what` is added, changed, retired, … (views/plan_words)."""
    plan.version += 1
    session.add(
        PlanChange(
            client_id=plan.client_id,
            plan_id=plan.id,
            by_id=by_id,
            at=now,
            noun=noun,
            noun_id=noun_id,
            what=what,
            why=why or None,
            before=before,
            after=after,
            substance_use=substance_use,
        )
    )
    session.flush()


def hide(session: Session, plan: CarePlan, noun: str, noun_id: int | None) -> None:
    """What was told so far of something is about substance use, too, also once it is off the plan.

    What stood under that number before and was let go is something else.
    """
    of_noun = (PlanChange.client_id == plan.client_id, PlanChange.noun == noun, PlanChange.noun_id == noun_id)
    gone = session.scalar(select(func.max(PlanChange.id)).where(*of_noun, PlanChange.what == "retired")) or 0
    session.execute(update(PlanChange).where(*of_noun, PlanChange.id > gone).values(substance_use=True))
