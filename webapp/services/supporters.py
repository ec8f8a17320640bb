"""End a supporter's place in the circle."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.models import Invitation, SupporterLink
from webapp.services import commitments, sharing


def end(session: Session, actor: Actor, supporter_id: int, now: datetime) -> None:
    """Take a supporter out of the actor's circle: link, grants, promises and open invitations end together.

    From the next request on they see nothing. What they said stays in the client's record.
    """
    link = session.scalar(
        select(SupporterLink).where(
            SupporterLink.client_id == actor.id,
            SupporterLink.supporter_id == supporter_id,
            SupporterLink.ended_at.is_(None),
        )
    )
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
