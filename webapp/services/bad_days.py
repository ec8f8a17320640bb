"""A day the client asks to be small and quiet, until tomorrow."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.ops import OpKind, Tap
from webapp.models import BadDay
from webapp.models.base import insert_into
from webapp.services import ops
from webapp.services.ops import Heard


def begin(session: Session, client_id: int, day: date, tap: Tap, now: datetime) -> Heard:
    """Make `day` small; asked for twice, or again after it was taken back, it is one bad day. The newest wish holds."""
    heard = _hear(session, client_id, day, tap, now)
    if heard.counts:
        made = insert_into(session.connection().dialect, BadDay).values(client_id=client_id, day=day, created_at=tap.at)
        again = made.on_conflict_do_update(index_elements=[BadDay.client_id, BadDay.day], set_={"ended_at": None})
        session.execute(again, execution_options=ops.QUIETLY)
    return heard


def end(session: Session, client_id: int, day: date, tap: Tap, now: datetime, undoes: str | None = None) -> Heard:
    """Take it back: the day is as long as any other. What `undoes` names is not done when it only arrives later."""
    if undoes is not None:
        ops.take_back(session, client_id, undoes, OpKind.BAD_DAY, tap.at, now)
    heard = _hear(session, client_id, day, tap, now)
    found = _on(session, client_id, day) if heard.counts else None
    if found is not None and found.ended_at is None:
        found.ended_at = tap.at
        session.flush()
    return heard


def _hear(session: Session, client_id: int, day: date, tap: Tap, now: datetime) -> Heard:
    return ops.hear(session, client_id, tap, OpKind.BAD_DAY, f"day-{day}", now)


def _on(session: Session, client_id: int, day: date) -> BadDay | None:
    return session.scalars(select(BadDay).where(BadDay.client_id == client_id, BadDay.day == day)).one_or_none()
