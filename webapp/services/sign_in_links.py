"""Sign in by mail: a link, good once and for ten minutes. Only its hash is kept."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.models import Person, SignInLink
from webapp.services.passwords import email_key
from webapp.services.tokens import new_token, token_hash

LASTS = timedelta(minutes=10)
NOBODY = 0
"""The number that no account has."""


class NoLongerGood(Exception):
    """The link was used, is too old, or never was."""


def ask(session: Session, email: str, now: datetime) -> str | None:
    """Make a link for the account of an address, ending older ones; None when nobody uses that address.

    The caller must answer alike in both cases.
    """
    person = session.scalar(
        select(Person).where(
            Person.email_key == email_key(email),
            Person.deactivated_at.is_(None),
            Person.joined_at.is_not(None),
        )
    )
    end_all(session, person.id if person else NOBODY, now)
    if person is None:
        return None
    token = new_token()
    session.add(SignInLink(person_id=person.id, token_hash=token_hash(token), created_at=now, expires_at=now + LASTS))
    session.flush()
    return token


def use(session: Session, token: str, now: datetime) -> int:
    """Use a link up and return whose it is. Raises NoLongerGood; of two at once, one gets in."""
    used = (
        update(SignInLink)
        .where(
            SignInLink.token_hash == token_hash(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.person_id)
    )
    person_id = session.execute(used).scalar_one_or_none()
    if person_id is None or session.get_one(Person, person_id).deactivated_at is not None:
        raise NoLongerGood
    return person_id


def end_all(session: Session, person_id: int, now: datetime) -> None:
    """Make every open link of a person worthless."""
    open_ones = update(SignInLink).where(SignInLink.person_id == person_id, SignInLink.used_at.is_(None))
    session.execute(open_ones.values(used_at=now))
