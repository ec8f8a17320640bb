"""A day the client asks to be small and quiet, until tomorrow."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.models import BadDay


def begin(session: Session, client_id: int, day: date, now: datetime) -> None:
    """Make `day` small; asked for twice, or again after it was taken back, it is one bad day."""
    found = _on(session, client_id, day)
    if found is not None:
        found.ended_at = None
        session.flush()
        return
    try:
        with session.begin_nested():
            session.add(BadDay(client_id=client_id, day=day, created_at=now))
    except IntegrityError:
        # Another device asked at the same moment; what was wanted is there.
        return


def end(session: Session, client_id: int, day: date, now: datetime) -> None:
    """Take it back: the day is as long as any other."""
    found = _on(session, client_id, day)
    if found is not None and found.ended_at is None:
        found.ended_at = now
        session.flush()


def _on(session: Session, client_id: int, day: date) -> BadDay | None:
    return session.scalars(select(BadDay).where(BadDay.client_id == client_id, BadDay.day == day)).one_or_none()
