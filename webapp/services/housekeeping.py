"""Put away what nobody needs any more, a thousand rows at a time, so that whoever writes never waits long.

Nothing goes that a page still shows: the ledger tells of two months, and *Before the session* of eight weeks.
What a client recorded, and who looked at it, is never put away.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from webapp.domain.deliveries import Channel
from webapp.domain.ops import LONGEST_WAIT
from webapp.domain.people import Role
from webapp.models import (
    Delivery,
    Endpoint,
    HalfSignIn,
    Invitation,
    Notice,
    Op,
    ProofLink,
    ReminderOccurrence,
    SignIn,
    SignInLink,
    SupporterLink,
    Throttle,
    UsedChallenge,
)
from webapp.queries.endpoints import GONE
from webapp.services import commitments

MOST = 1000
"""Rows of one transaction."""

SIGN_INS_KEPT = timedelta(days=30)
LINKS_KEPT = timedelta(days=1)
INVITATIONS_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=2)
LEDGER_KEPT = timedelta(days=396)
"""Thirteen months: a question about the same season last year can still be answered."""
OFF_KEPT = timedelta(days=60)
"""Longer than a sign-in lasts: a device that was ended hears so, before this is forgotten, or is signed out."""

Sweep = Callable[[Session, datetime], int]


def sign_ins(session: Session, now: datetime) -> int:
    """Delete sign-ins that ended a month ago."""
    long_ago = now - SIGN_INS_KEPT
    return _delete(session, SignIn.id, or_(SignIn.expires_at < long_ago, SignIn.ended_at < long_ago))


def sign_in_links(session: Session, now: datetime) -> int:
    """Delete mailed links that ran out yesterday."""
    return _delete(session, SignInLink.id, SignInLink.expires_at < now - LINKS_KEPT)


def proof_links(session: Session, now: datetime) -> int:
    """Delete likewise those that prove a sign-in."""
    return _delete(session, ProofLink.id, ProofLink.expires_at < now - LINKS_KEPT)


def half_sign_ins(session: Session, now: datetime) -> int:
    """Delete sign-ins that nobody finished in time."""
    return _delete(session, HalfSignIn.id, HalfSignIn.expires_at < now)


def used_challenges(session: Session, now: datetime) -> int:
    """Forget what passkeys signed once it would be too late to bring it again."""
    return _delete(session, UsedChallenge.hash, UsedChallenge.expires_at < now)


def throttles(session: Session, now: datetime) -> int:
    """Delete counts of tries that hold nobody back any more."""
    free = or_(Throttle.blocked_until.is_(None), Throttle.blocked_until < now)
    return _delete(session, Throttle.key, (Throttle.since < now - THROTTLES_KEPT) & free)


def invitations(session: Session, now: datetime) -> int:
    """Delete invitations that ran out a month ago, and let go of what was asked of people who never came.

    Else a step would wait for their answer for ever and could be asked of nobody else.
    """
    over = (Invitation.expires_at < now - INVITATIONS_KEPT) & Invitation.accepted_at.is_(None)
    found = session.scalars(select(Invitation).where(over).limit(MOST).with_for_update(skip_locked=True)).all()
    for one in found:
        asked = one.role == Role.SUPPORTER and one.withdrawn_at is None
        if asked and one.client_id is not None and not _expected(session, one, now):
            commitments.end_all(session, one.client_id, one.person_id, one.invited_by_id, now)
        session.delete(one)
    session.flush()
    return len(found)


def _expected(session: Session, gone: Invitation, now: datetime) -> bool:
    """Whether they belong to the client's circle after all, or have another invitation that is open."""
    belongs = exists().where(
        SupporterLink.client_id == gone.client_id,
        SupporterLink.supporter_id == gone.person_id,
        SupporterLink.ended_at.is_(None),
    )
    invited = exists().where(
        Invitation.client_id == gone.client_id,
        Invitation.person_id == gone.person_id,
        Invitation.withdrawn_at.is_(None),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at >= now - INVITATIONS_KEPT,
    )
    return session.scalar(select(or_(belongs, invited))) is True


def deliveries(session: Session, now: datetime) -> int:
    """Delete what the ledger says of more than a year ago."""
    return _delete_oldest(session, Delivery, Delivery.due_at < now - LEDGER_KEPT)


def occurrences(session: Session, now: datetime) -> int:
    """Delete occurrences of more than a year ago, once nothing in the ledger is about them."""
    told = exists().where(Delivery.occurrence_id == ReminderOccurrence.id)
    return _delete_oldest(session, ReminderOccurrence, (ReminderOccurrence.due_at < now - LEDGER_KEPT) & ~told)


def notices(session: Session, now: datetime) -> int:
    """Delete notices of more than a year ago, likewise."""
    told = exists().where(Delivery.notice_id == Notice.id)
    return _delete_oldest(session, Notice, (Notice.due_at < now - LEDGER_KEPT) & ~told)


def endpoints(session: Session, now: datetime) -> int:
    """Delete what was off for two months, whatever the reason, and stands in no line of the ledger any more.

    Mail addresses stay, unless they are gone for good: their owners see why they are off, and use them again.
    """
    told = exists().where(Delivery.endpoint_id == Endpoint.id)
    over = or_(Endpoint.channel != Channel.EMAIL, Endpoint.off_because == GONE) & (Endpoint.off_at < now - OFF_KEPT)
    return _delete(session, Endpoint.id, over & ~told)


def ops(session: Session, now: datetime) -> int:
    """Delete what phones sent three months ago, by which time none sends it again. What it recorded stays."""
    return _delete_oldest(session, Op, Op.received_at < now - LONGEST_WAIT)


SWEEPS: tuple[Sweep, ...] = (
    proof_links,
    half_sign_ins,
    used_challenges,
    sign_ins,
    sign_in_links,
    throttles,
    invitations,
    deliveries,
    occurrences,
    notices,
    endpoints,
    ops,
)
"""In this order: what refers to others goes before them. Each is one transaction, again until it finds nothing."""


def _delete(session: Session, key: Any, which: ColumnElement[bool]) -> int:
    """Delete up to a thousand rows; those that somebody else is at are left to them."""
    return _gone(session, key, select(key).where(which).limit(MOST).with_for_update(skip_locked=True))


def _delete_oldest(session: Session, table: Any, which: ColumnElement[bool]) -> int:
    """Likewise, looking only at the thousand rows written first, however many follow."""
    first = select(table.id).order_by(table.id).limit(MOST).scalar_subquery()
    return _gone(
        session, table.id, select(table.id).where(table.id.in_(first), which).with_for_update(skip_locked=True)
    )


def _gone(session: Session, key: Any, found: Select[Any]) -> int:
    deleted = delete(key.class_).where(key.in_(found)).returning(key)
    return len(session.execute(deleted, execution_options={"synchronize_session": False}).all())
