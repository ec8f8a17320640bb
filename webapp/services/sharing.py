"""Let one named person see one kind of record, and stop it; both count at the very next request.

Only the client's own hand does either: the client is always the actor.
"""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.domain.sharing import Scope
from webapp.models import Assignment, SharingGrant, SupporterLink

MOST = 500
"""Grants of one transaction."""


class NotInCircle(Exception):
    """The person neither works with the client nor supports them now."""


class NoticeNotTicked(Exception):
    """Records about substance use need their own explicit tick."""


class AlreadyOver(Exception):
    """The last day of sharing lies in the past."""


def grant(
    session: Session,
    actor: Actor,
    person_id: int,
    scope: Scope,
    now: datetime,
    purpose: str | None = None,
    ends_at: datetime | None = None,
    understood: bool = False,
) -> SharingGrant:
    """Share one kind of the actor's own records with one person, until `ends_at` (aware) or withdrawn.

    Sharing anew makes a new row and ends the old one; the same sent twice changes nothing.
    Raises NotInCircle, AlreadyOver, and NoticeNotTicked for substance use without `understood`.
    """
    if not _in_circle(session, actor.id, person_id):
        raise NotInCircle
    if scope is Scope.SUBSTANCE_USE and not understood:
        raise NoticeNotTicked
    if ends_at is not None and ends_at <= now:
        raise AlreadyOver
    open_now = _open(session, actor.id, person_id, scope)
    if open_now is not None:
        if (open_now.purpose, open_now.ends_at) == (purpose, ends_at):
            return open_now
        open_now.withdrawn_at = _end(open_now, now)
        session.flush()  # the index allows one open row, and new rows are written first
    made = SharingGrant(
        client_id=actor.id,
        person_id=person_id,
        scope=scope,
        purpose=purpose,
        granted_by_id=actor.id,
        granted_at=now,
        starts_at=now,
        ends_at=ends_at,
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


def withdraw_all(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Stop sharing anything with one person."""
    for scope in Scope:
        withdraw(session, actor, person_id, scope, now)


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
    works = select(Assignment.id).where(
        Assignment.client_id == client_id, Assignment.care_team_id == person_id, Assignment.ended_at.is_(None)
    )
    supports = select(SupporterLink.id).where(
        SupporterLink.client_id == client_id, SupporterLink.supporter_id == person_id, SupporterLink.ended_at.is_(None)
    )
    return session.scalar(select(or_(works.exists(), supports.exists()))) is True
