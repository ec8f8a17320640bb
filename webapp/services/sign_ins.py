"""Begin and end sessions; each is a row, so ending it counts at the very next request."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.domain.sign_ins import SEEN_EVERY, limits
from webapp.models import Endpoint, Person, SignIn
from webapp.services import endpoints, half_sign_ins, passwords, sign_in_links
from webapp.services.tokens import new_token, token_hash

QUIETLY = {"synchronize_session": False}


class Overtaken(Exception):
    """The password was changed, or the account closed, while somebody's password was being checked."""


def begin(
    session: Session, person_id: int, device: str, now: datetime, borrowed: bool = False, *, both: bool = False
) -> str:
    """Sign a person in and return the token for their cookie; only its hash is kept.

    `both`: they showed two things, or a passkey; without that it opens nothing to care team and admin.
    How long it counts stands in domain/sign_ins.py.
    """
    person = session.get_one(Person, person_id)
    token = new_token()
    lasts = limits(person.is_care_team or person.is_admin, borrowed).absolute
    session.add(
        SignIn(
            person_id=person.id,
            token_hash=token_hash(token),
            device=device[:200],
            created_at=now,
            expires_at=now + lasts,
            both=both,
            proved_at=now,
            seen_at=now,
            borrowed=borrowed,
        )
    )
    session.flush()
    return token


def seen(session: Session, sign_in_id: int, now: datetime) -> None:
    """Note that a sign-in was used just now, unless that was noted within the last minute or it is over."""
    used = update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
    moves = or_(SignIn.seen_at.is_(None), SignIn.seen_at <= now - SEEN_EVERY)
    session.execute(used.where(moves).values(seen_at=now), execution_options=QUIETLY)


def still_right(session: Session, person_id: int, kept: str | None, password: str) -> None:
    """Make sure that a password found right against `kept` still is, and keep it with today's parameters.

    The row is locked: a change at the same time either came before and is seen, or comes after and ends the sign-in.
    Raises Overtaken.
    """
    person = session.get_one(Person, person_id, with_for_update=True)
    if kept is None or person.password_hash != kept or person.deactivated_at is not None:
        raise Overtaken
    if anew := passwords.rehashed(kept, password):
        person.password_hash = anew
        session.flush()


def begin_anew(
    session: Session,
    actor: Actor,
    person_id: int,
    device: str,
    now: datetime,
    borrowed: bool = False,
    *,
    both: bool = False,
) -> str:
    """Sign a person in on a device where the actor is, which ends; the same person keeps its notifications."""
    token = begin(session, person_id, device, now, borrowed, both=both)
    if actor.id == person_id and actor.sign_in_id is not None:
        anew = session.scalars(select(SignIn.id).where(SignIn.token_hash == token_hash(token))).one()
        endpoints.hand_over(session, actor.sign_in_id, anew)
    end(session, actor, now)
    return token


def carry_over(session: Session, actor: Actor, token: str) -> None:
    """Let a sign-in last as long as the one the actor came by, and be proved as lately as that was."""
    if actor.use is not None:
        kept = {"created_at": actor.use.created_at, "expires_at": actor.use.expires_at, "proved_at": actor.proved_at}
        anew = update(SignIn).where(SignIn.token_hash == token_hash(token))
        session.execute(anew.values(kept), execution_options=QUIETLY)


def begin_after(
    session: Session,
    before: str,
    person_id: int,
    device: str,
    now: datetime,
    borrowed: bool = False,
    *,
    both: bool = False,
) -> str:
    """Sign a person in on a device where the sign-in with the token `before` is over.

    A sign-in that runs out silences nothing, but once it is somebody else's device it tells its former owner no more.
    """
    over = select(SignIn.id).where(SignIn.token_hash == token_hash(before)).scalar_subquery()
    endpoints.signed_out(session, (Endpoint.sign_in_id == over) & (Endpoint.person_id != person_id), now)
    return begin(session, person_id, device, now, borrowed, both=both)


def end(session: Session, actor: Actor, now: datetime) -> None:
    """Sign out this device; every copy of its cookie is worthless from now on."""
    _end(session, SignIn.id == actor.sign_in_id, Endpoint.sign_in_id == actor.sign_in_id, now)


def left_quickly(session: Session, actor: Actor, unsent: int, now: datetime) -> None:
    """Sign out this device by a quick exit, and remember how many changes that deleted, until it is said."""
    end(session, actor, now)
    session.get_one(Person, actor.id).unsent_lost += unsent
    session.flush()


def lost_was_said(session: Session, person_id: int) -> None:
    session.get_one(Person, person_id).unsent_lost = 0
    session.flush()


def end_one(session: Session, person_id: int, sign_in_id: int, now: datetime) -> None:
    """Sign a person out on one device."""
    its_own = (Endpoint.person_id == person_id) & (Endpoint.sign_in_id == sign_in_id)
    _end(session, and_(SignIn.person_id == person_id, SignIn.id == sign_in_id), its_own, now)


def end_others(session: Session, actor: Actor, now: datetime) -> None:
    """Sign the actor out everywhere but here, also where somebody is only on the way in."""
    _end_on_the_way(session, actor.id, now)
    elsewhere = or_(Endpoint.sign_in_id.is_(None), Endpoint.sign_in_id != actor.sign_in_id)
    others = and_(SignIn.person_id == actor.id, SignIn.id != actor.sign_in_id)
    _end(session, others, (Endpoint.person_id == actor.id) & elsewhere, now)


def end_everywhere(session: Session, person_id: int, now: datetime) -> None:
    """Sign a person out on every device, also where somebody is only on the way in."""
    _end_on_the_way(session, person_id, now)
    _end(session, SignIn.person_id == person_id, Endpoint.person_id == person_id, now)


def _end_on_the_way(session: Session, person_id: int, now: datetime) -> None:
    """End mailed links and half sign-ins, before sign-ins: what one becomes at the same time is then among those."""
    sign_in_links.end_all(session, person_id, now)
    half_sign_ins.end_all(session, person_id)


def _end(session: Session, which: ColumnElement[bool], devices: ColumnElement[bool], now: datetime) -> None:
    """End sessions, and with them what those devices were told by push."""
    endpoints.signed_out(session, devices, now)
    session.execute(update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=now))
