"""Somebody has shown one thing and is to show, or set up, a second: for ten minutes, and for nothing else."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from webapp.models import HalfSignIn
from webapp.services.tokens import new_token, token_hash

LASTS = timedelta(minutes=10)


class Over(Exception):
    """It was finished, is too old, or never was."""


def begin(session: Session, person_id: int, now: datetime) -> str:
    """Note that a person showed one thing, and return the token for their cookie; only its hash is kept."""
    token = new_token()
    half = HalfSignIn(person_id=person_id, token_hash=token_hash(token), created_at=now, expires_at=now + LASTS)
    session.add(half)
    session.flush()
    return token


def finish(session: Session, token: str, now: datetime) -> int:
    """End a half sign-in and return whose it was. Raises Over; of two at once, one gets in."""
    finished = delete(HalfSignIn).where(HalfSignIn.token_hash == token_hash(token), HalfSignIn.expires_at > now)
    person_id = session.execute(finished.returning(HalfSignIn.person_id)).scalar_one_or_none()
    if person_id is None:
        raise Over
    return person_id


def end_all(session: Session, person_id: int) -> None:
    """End all of a person's: what they showed counts no more."""
    session.execute(delete(HalfSignIn).where(HalfSignIn.person_id == person_id))
