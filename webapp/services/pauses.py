"""Rest from one step, or from everything, for some days."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from webapp.models import ActionStep, Pause
from webapp.services import reminders


class NoSuchStep(Exception):
    """The step is not one of this client's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Days on which nothing shall be asked: from `starts_on` up to `ends_on` (exclusive), or until it is ended."""

    starts_on: date
    ends_on: date | None = None
    step_id: int | None = None
    reason: str | None = None


def add(session: Session, client_id: int, wish: Wish, now: datetime) -> int:
    """Pause one step, or everything when no step is named; the same pause twice is one. Raises NoSuchStep."""
    if wish.step_id is not None and not _own(session, client_id, wish.step_id):
        raise NoSuchStep
    same = select(Pause.id).where(
        Pause.client_id == client_id,
        Pause.step_id == wish.step_id if wish.step_id is not None else Pause.step_id.is_(None),
        Pause.starts_on == wish.starts_on,
        Pause.ends_on == wish.ends_on if wish.ends_on is not None else Pause.ends_on.is_(None),
    )
    known = session.scalars(same).first()
    if known is not None:
        return known
    pause = Pause(
        client_id=client_id,
        step_id=wish.step_id,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        reason=wish.reason,
        created_at=now,
    )
    session.add(pause)
    session.flush()
    reminders.recompute_for_person(session, client_id, now)
    return pause.id


def end(session: Session, client_id: int, pause_id: int, today: date, now: datetime) -> None:
    """End a pause: from today on things are asked again; the days before stay paused."""
    running = or_(Pause.ends_on.is_(None), Pause.ends_on > today)
    session.execute(
        update(Pause)
        .where(Pause.id == pause_id, Pause.client_id == client_id, running, Pause.starts_on <= today)
        .values(ends_on=today)
        .execution_options(synchronize_session=False)
    )
    _never(session, client_id, pause_id, Pause.starts_on > today)
    reminders.recompute_for_person(session, client_id, now)


def take_back(session: Session, client_id: int, pause_id: int, now: datetime) -> None:
    """Let a pause never have been: its days are asked and counted like any other."""
    _never(session, client_id, pause_id)
    reminders.recompute_for_person(session, client_id, now)


def _never(session: Session, client_id: int, pause_id: int, *which: ColumnElement[bool]) -> None:
    """A pause that ends on the day it starts covers no day."""
    session.execute(
        update(Pause)
        .where(Pause.id == pause_id, Pause.client_id == client_id, *which)
        .values(ends_on=Pause.starts_on)
        .execution_options(synchronize_session=False)
    )


def _own(session: Session, client_id: int, step_id: int) -> bool:
    found = select(ActionStep.id).where(ActionStep.id == step_id, ActionStep.client_id == client_id)
    return session.scalars(found).first() is not None
