"""Somebody who is signed in shows again that it is they, before something that matters."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.models import ProofLink, SignIn
from webapp.queries import second_factor as queries
from webapp.services.tokens import new_token, token_hash

LASTS = timedelta(minutes=10)


class NoLongerGood(Exception):
    """The link was used, is too old, or never was."""


def note(session: Session, sign_in_id: int | None, now: datetime) -> None:
    """Note that whoever is signed in there has just shown that it is they."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(proved_at=now))


def ask(session: Session, sign_in_id: int, now: datetime) -> str:
    """Make a link that proves one sign-in, good once; older ones for it end."""
    older = update(ProofLink).where(ProofLink.sign_in_id == sign_in_id, ProofLink.used_at.is_(None))
    session.execute(older.values(used_at=now))
    token = new_token()
    made = ProofLink(sign_in_id=sign_in_id, token_hash=token_hash(token), created_at=now, expires_at=now + LASTS)
    session.add(made)
    session.flush()
    return token


def use(session: Session, token: str, now: datetime) -> None:
    """Use a link up: the sign-in it was asked from is proved. Raises NoLongerGood; of two at once, one counts.

    It is not good, either, once its owner has a password or an app for codes to show.
    """
    good = (ProofLink.token_hash == token_hash(token), ProofLink.used_at.is_(None), ProofLink.expires_at > now)
    used = update(ProofLink).where(*good).values(used_at=now).returning(ProofLink.sign_in_id)
    sign_in_id = session.execute(used).scalar_one_or_none()
    if sign_in_id is None or not queries.owner_of(session.connection(), sign_in_id).proves_by_mail:
        raise NoLongerGood
    note(session, sign_in_id, now)
