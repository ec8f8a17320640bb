"""Begin and end sessions; each is a row, so ending it counts at the very next request."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, update
from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.models import Person, SignIn
from webapp.services import passwords
from webapp.services.tokens import new_token, token_hash

STAFF_LASTS = timedelta(hours=12)
LASTS = timedelta(days=30)


def begin(session: Session, person_id: int, device: str, now: datetime) -> str:
    """Sign a person in and return the token for their cookie; only its hash is kept.

    Lasts 12 hours for care team and admin, 30 days for everyone else.
    """
    person = session.get_one(Person, person_id)
    token = new_token()
    lasts = STAFF_LASTS if person.is_care_team or person.is_admin else LASTS
    session.add(
        SignIn(
            person_id=person.id,
            token_hash=token_hash(token),
            device=device[:200],
            created_at=now,
            expires_at=now + lasts,
        )
    )
    session.flush()
    return token


def refresh_hash(session: Session, person_id: int, password: str) -> None:
    """Keep a password that was just found right with today's parameters."""
    person = session.get_one(Person, person_id)
    if person.password_hash and (anew := passwords.rehashed(person.password_hash, password)):
        person.password_hash = anew
        session.flush()


def end(session: Session, actor: Actor, now: datetime) -> None:
    """Sign out this device; every copy of its cookie is worthless from now on."""
    _end(session, SignIn.id == actor.sign_in_id, now)


def end_one(session: Session, person_id: int, sign_in_id: int, now: datetime) -> None:
    """Sign a person out on one device."""
    _end(session, and_(SignIn.person_id == person_id, SignIn.id == sign_in_id), now)


def end_others(session: Session, actor: Actor, now: datetime) -> None:
    """Sign the actor out everywhere but here."""
    _end(session, and_(SignIn.person_id == actor.id, SignIn.id != actor.sign_in_id), now)


def end_everywhere(session: Session, person_id: int, now: datetime) -> None:
    """Sign a person out on every device."""
    _end(session, SignIn.person_id == person_id, now)


def _end(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=now))
