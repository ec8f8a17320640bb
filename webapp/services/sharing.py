"""Let one named person see one kind of record, and stop it; both count at the very next request.

Only the client's own hand does either: the client is always the actor.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.domain.sharing import EVERY_STEP, PER_STEP, Consent, Reach, Scope, was_just_withdrawn
from webapp.models import ActionStep, Assignment, SharingGrant, SupporterLink

MOST = 500
"""Grants of one transaction."""


class NotInCircle(Exception):
    """The person neither works with the client nor supports them now, confirmed by the client."""


class NotSigned(Exception):
    """Records about substance use need a consent of their own, with all its elements."""


class AlreadyOver(Exception):
    """The last day of sharing lies in the past, or before the first."""


class NoStepChosen(Exception):
    """A grant for some steps only names none, or none of the client's."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What for, from when until when (aware; empty: at once, and until withdrawn), and of which steps."""

    purpose: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reach: Reach = EVERY_STEP


PLAINLY = Terms()


def grant(
    session: Session,
    actor: Actor,
    person_id: int,
    scope: Scope,
    now: datetime,
    terms: Terms = PLAINLY,
    consent: Consent | None = None,
) -> SharingGrant:
    """Share one kind of the actor's own records with one person.

    Sharing anew makes a new row and ends the old one; the same sent twice changes nothing. What is shared already
    goes on from when it began. Raises NotInCircle, AlreadyOver, NoStepChosen, and NotSigned for substance use.
    """
    if not _in_circle(session, actor.id, person_id):
        raise NotInCircle
    if (scope is Scope.SUBSTANCE_USE) and not (consent and consent.whole):
        raise NotSigned
    starts_at = max(terms.starts_at or now, now)
    if terms.ends_at is not None and terms.ends_at <= starts_at:
        raise AlreadyOver
    if not _may_reach(session, actor.id, scope, terms.reach):
        raise NoStepChosen
    open_now = _open(session, actor.id, person_id, scope)
    if open_now is not None:
        if _is_the_same(open_now, terms, starts_at, now):
            return open_now
        open_now.withdrawn_at = _end(open_now, now)
        session.flush()  # the index allows one open row, and new rows are written first
    made = SharingGrant(
        client_id=actor.id,
        person_id=person_id,
        scope=scope,
        purpose=terms.purpose,
        new_steps=terms.reach.new,
        steps=sorted(terms.reach.steps),
        consent=asdict(consent) if consent else None,
        granted_by_id=actor.id,
        granted_at=now,
        starts_at=starts_at,
        ends_at=terms.ends_at,
    )
    session.add(made)
    session.flush()
    return made


def withdraw(session: Session, actor: Actor, person_id: int, scope: Scope, now: datetime) -> None:
    """Stop sharing one kind of record with one person; nothing to stop is fine too."""
    open_now = _open(session, actor.id, person_id, scope)
    if open_now is not None:
        open_now.withdrawn_at = _end(open_now, now)
        session.flush()


def share_again(session: Session, actor: Actor, person_id: int, scope: Scope, now: datetime) -> SharingGrant | None:
    """Undo a withdrawal of just now: the same is shared again from now on, under the same terms. None: too late."""
    last = session.scalar(
        select(SharingGrant)
        .where(
            SharingGrant.client_id == actor.id,
            SharingGrant.person_id == person_id,
            SharingGrant.scope == scope,
        )
        .order_by(SharingGrant.granted_at.desc(), SharingGrant.id.desc())
        .limit(1)
    )
    if last is None or not was_just_withdrawn(last.withdrawn_at, last.ends_at, now):
        return None
    reach = Reach(last.new_steps, frozenset(last.steps))
    terms = Terms(last.purpose, last.starts_at, last.ends_at, reach)
    return grant(session, actor, person_id, scope, now, terms, Consent(**last.consent) if last.consent else None)


def withdraw_all(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Stop sharing anything with one person."""
    end_between(session, actor.id, person_id, now)


def end_between(session: Session, client_id: int, person_id: int, now: datetime) -> None:
    """End all that a client shares with one person, because they no longer have to do with each other."""
    for scope in Scope:
        open_now = _open(session, client_id, person_id, scope)
        if open_now is not None:
            open_now.withdrawn_at = _end(open_now, now)
    session.flush()


def end_what_ran_out(session: Session, now: datetime, most: int = MOST) -> int:
    """End up to `most` grants whose time is over, as of then, and return how many there were.

    They count for nothing already; ended, they make room for a new one. Several processes may do this at once.
    """
    over = (
        select(SharingGrant.id)
        .where(SharingGrant.withdrawn_at.is_(None), SharingGrant.ends_at <= now)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ended = update(SharingGrant).where(SharingGrant.id.in_(over)).values(withdrawn_at=SharingGrant.ends_at)
    return len(session.execute(ended.returning(SharingGrant.id)).all())


def _is_the_same(known: SharingGrant, terms: Terms, starts_at: datetime, now: datetime) -> bool:
    """Whether a grant says all of this already; of one that has begun nobody asks for another beginning."""
    reach = Reach(known.new_steps, frozenset(known.steps))
    begun = max(known.starts_at, now) == starts_at
    return begun and (known.purpose, known.ends_at, reach) == (terms.purpose, terms.ends_at, terms.reach)


def _may_reach(session: Session, client_id: int, scope: Scope, reach: Reach) -> bool:
    """Whether these are steps of the client's, some of them at least, and the kind of record goes by steps."""
    if reach == EVERY_STEP:
        return True
    known = session.scalars(
        select(ActionStep.id).where(ActionStep.client_id == client_id, ActionStep.id.in_(reach.steps))
    ).all()
    return scope in PER_STEP and set(known) == reach.steps and (reach.new or bool(known))


def _end(grant: SharingGrant, now: datetime) -> datetime:
    """When a grant that is ended now stopped to count: earlier, where its time was over before."""
    return now if grant.ends_at is None else min(now, grant.ends_at)


def _open(session: Session, client_id: int, person_id: int, scope: Scope) -> SharingGrant | None:
    return session.scalar(
        select(SharingGrant)
        .where(
            SharingGrant.client_id == client_id,
            SharingGrant.person_id == person_id,
            SharingGrant.scope == scope,
            SharingGrant.withdrawn_at.is_(None),
        )
        .with_for_update()
    )


def _in_circle(session: Session, client_id: int, person_id: int) -> bool:
    """Whether the two have to do with each other; locked, so that an ending comes wholly before a grant or after."""
    works = select(Assignment.id).where(
        Assignment.client_id == client_id, Assignment.care_team_id == person_id, Assignment.ended_at.is_(None)
    )
    supports = select(SupporterLink.id).where(
        SupporterLink.client_id == client_id,
        SupporterLink.supporter_id == person_id,
        SupporterLink.ended_at.is_(None),
        SupporterLink.confirmed_at.is_not(None),
    )
    found = [session.scalar(ties.with_for_update()) for ties in (works, supports)]
    return any(found)
