"""Put away what nobody needs any more, and wake reminders that rest although they should not."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from webapp.models import Invitation, SignIn, SignInLink, Throttle
from webapp.services import reminders

SIGN_INS_KEPT = timedelta(days=30)
LINKS_KEPT = timedelta(days=1)
INVITATIONS_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=2)


def tidy(session: Session, now: datetime) -> None:
    """Delete sign-ins, links, invitations and throttles that ended some while ago."""
    gone = (
        delete(SignIn).where(or_(SignIn.expires_at < now - SIGN_INS_KEPT, SignIn.ended_at < now - SIGN_INS_KEPT)),
        delete(SignInLink).where(SignInLink.expires_at < now - LINKS_KEPT),
        delete(Invitation).where(Invitation.accepted_at.is_(None), Invitation.expires_at < now - INVITATIONS_KEPT),
        delete(Throttle).where(
            Throttle.since < now - THROTTLES_KEPT,
            or_(Throttle.blocked_until.is_(None), Throttle.blocked_until < now),
        ),
    )
    for statement in gone:
        session.execute(statement, execution_options={"synchronize_session": False})
    reminders.recompute_resting(session, now)
