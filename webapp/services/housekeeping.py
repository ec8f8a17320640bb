"""Put away what nobody needs any more, a thousand rows at a time, so that whoever writes never waits long.

Nothing goes that a page still shows: the ledger tells of two months, and *Before the session* of eight weeks.
What a client recorded, and who looked at it, is never put away.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.commitments import State
from webapp.domain.deliveries import Channel
from webapp.domain.ops import LONGEST_WAIT
from webapp.domain.people import Role
from webapp.models import (
    ActionStep,
    AgendaItem,
    Assignment,
    CarePlan,
    ClientInformation,
    Commitment,
    Contact,
    CopingStrategy,
    Delivery,
    Endpoint,
    HalfSignIn,
    Invitation,
    Notice,
    Op,
    Person,
    ProofLink,
    ReminderOccurrence,
    Sign,
    SignIn,
    SignInLink,
    SupporterLink,
    Throttle,
    UsedChallenge,
)
from webapp.models import Session as Appointment
from webapp.queries.endpoints import GONE
from webapp.services import commitments

MOST, PAIRS = 1000, 50
"""Rows of one transaction; and who asked whom, each of whom has some rows."""

SIGN_INS_KEPT = timedelta(days=30)
LINKS_KEPT = timedelta(days=1)
INVITATIONS_KEPT = timedelta(days=30)
STRANGERS_KEPT = timedelta(days=90)
THROTTLES_KEPT = timedelta(days=2)
LEDGER_KEPT = timedelta(days=396)
"""Thirteen months: a question about the same season last year can still be answered."""
OFF_KEPT = timedelta(days=60)
"""Longer than a sign-in lasts: a device that was ended hears so, before this is forgotten, or is signed out."""

WRITTEN: tuple[Any, ...] = (
    CarePlan,
    ActionStep,
    Commitment,
    CopingStrategy,
    Sign,
    Contact,
    ClientInformation,
    AgendaItem,
)
"""What is written for a client; with any of it the account stays, though nobody joined it."""

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


def asked_in_vain(session: Session, now: datetime) -> int:
    """Let go of what was asked of people who never came, a month after their invitation ran out.

    Else a step would wait for their answer for ever and could be asked of nobody else.
    """
    belongs = exists().where(
        SupporterLink.client_id == Commitment.client_id,
        SupporterLink.supporter_id == Commitment.supporter_id,
        SupporterLink.ended_at.is_(None),
    )
    expected = exists().where(
        Invitation.client_id == Commitment.client_id,
        Invitation.person_id == Commitment.supporter_id,
        Invitation.withdrawn_at.is_(None),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at >= now - INVITATIONS_KEPT,
    )
    asked = select(Commitment.client_id, Commitment.supporter_id).where(Commitment.state != State.ENDED)
    pairs = asked.where(~belongs, ~expected).distinct().order_by(Commitment.client_id, Commitment.supporter_id)
    found = session.execute(pairs.limit(PAIRS)).all()
    for client_id, supporter_id in found:
        commitments.end_all(session, client_id, supporter_id, client_id, now)
    return len(found)


def invitations(session: Session, now: datetime) -> int:
    """Delete invitations that ran out a month ago; of somebody who never joined they go with the account."""
    joined = exists().where(Person.id == Invitation.person_id, Person.joined_at.is_not(None))
    over = (Invitation.expires_at < now - INVITATIONS_KEPT) & Invitation.accepted_at.is_(None)
    return _delete(session, Invitation.id, over & joined)


def never_joined(session: Session, now: datetime) -> int:
    """Let accounts be deleted within the hour that nobody joined, once their last invitation is over for three months.

    A client for whom something was written stays, and so does who was assigned to somebody by an admin: whoever did
    that still waits for them. Staff who never came signed for nothing, so that their names go, too.
    """
    found = select(Person.id).where(_never_came(now), Person.left_at.is_(None), Person.leaves_at.is_(None))
    found = found.limit(MOST).with_for_update(skip_locked=True)
    leaving = update(Person).where(Person.id.in_(found)).values(leaves_at=now, is_care_team=False, is_admin=False)
    return len(session.execute(leaving.returning(Person.id), execution_options={"synchronize_session": False}).all())


def is_awaited_again(session: Session, person_id: int, now: datetime) -> bool:
    """Say whether an account that nobody joined has something to do with somebody by now, and let it stay then."""
    person = session.scalars(select(Person).where(Person.id == person_id).with_for_update()).one()
    never_came = select(Person.id).where(Person.id == person_id, _never_came(now))
    if person.joined_at is not None or session.scalar(never_came) is not None:
        return False
    person.leaves_at = None
    session.flush()
    return True


def _never_came(now: datetime) -> ColumnElement[bool]:
    return and_(
        Person.joined_at.is_(None),
        Person.created_at < now - STRANGERS_KEPT,
        ~exists().where(Invitation.person_id == Person.id, Invitation.expires_at >= now - STRANGERS_KEPT),
        ~_is_assigned(),
        *(~exists().where(table.client_id == Person.id) for table in WRITTEN),
        ~exists().where(
            Appointment.client_id == Person.id, or_(Appointment.status == "held", Appointment.starts_at >= now)
        ),
    )


def _is_assigned() -> ColumnElement[bool]:
    """Whether a person works with anybody, or anybody with them but for having invited them."""
    invited = exists().where(
        Invitation.person_id == Assignment.client_id,
        Invitation.invited_by_id == Assignment.care_team_id,
        Invitation.role == Role.CLIENT,
        Invitation.created_at == Assignment.assigned_at,
    )
    works = (Assignment.care_team_id == Person.id) | ((Assignment.client_id == Person.id) & ~invited)
    return exists().where(Assignment.ended_at.is_(None), works)


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
    asked_in_vain,
    invitations,
    never_joined,
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
