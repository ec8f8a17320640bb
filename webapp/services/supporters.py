"""Confirm a supporter, and end their place in the circle."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.models import Invitation, SupporterLink
from webapp.services import commitments, reminders, sharing


def confirm(session: Session, actor: Actor, supporter_id: int, now: datetime) -> bool:
    """Say that somebody who joined the actor's circle is who they were invited as; from now on all goes by itself.

    False: nobody of that kind waits for it.
    """
    link = _link(session, actor.id, supporter_id)
    if link is None or link.confirmed_at is not None:
        return False
    link.confirmed_at = now
    session.flush()
    reminders.recompute_for_person(session, supporter_id, now)
    return True


def ask_again(session: Session, actor: Actor, supporter_id: int, now: datetime) -> None:
    """Take a confirmation back: they see nothing until it is given anew. Grants go with it."""
    link = _link(session, actor.id, supporter_id)
    if link is not None and link.confirmed_at is not None:
        link.confirmed_at = None
        sharing.withdraw_all(session, actor, supporter_id, now)
        reminders.recompute_for_person(session, supporter_id, now)


def end(session: Session, actor: Actor, supporter_id: int, now: datetime) -> None:
    """Take a supporter out of the actor's circle: link, grants, promises and open invitations end together.

    From the next request on they see nothing. What they said stays in the client's record.
    """
    link = _link(session, actor.id, supporter_id)
    if link is not None:
        link.ended_at = now
    sharing.withdraw_all(session, actor, supporter_id, now)
    commitments.end_all(session, actor.id, supporter_id, actor.id, now)
    session.execute(
        update(Invitation)
        .where(
            Invitation.client_id == actor.id,
            Invitation.person_id == supporter_id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )
    session.flush()


def _link(session: Session, client_id: int, supporter_id: int) -> SupporterLink | None:
    """The place in the circle that stands, locked: what is shared is granted before it ends, or not at all."""
    return session.scalar(
        select(SupporterLink)
        .where(
            SupporterLink.client_id == client_id,
            SupporterLink.supporter_id == supporter_id,
            SupporterLink.ended_at.is_(None),
        )
        .with_for_update()
    )
