"""What ended a while ago is put away; what may still be needed stays."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.models import Invitation, SignIn, SignInLink, Throttle
from webapp.services import housekeeping

LONG_AGO, LATELY, AHEAD = NOW - timedelta(days=60), NOW - timedelta(hours=2), NOW + timedelta(days=2)


def test_old_sign_ins_links_invitations_and_throttles_go_and_the_others_stay(cast: Cast, session: Session) -> None:
    def sign_in(name: str, **more: object) -> SignIn:
        values = {"created_at": LONG_AGO, "expires_at": AHEAD} | more
        return SignIn(person_id=cast.clara, token_hash=name, device="x", **values)

    def link(name: str, expires_at: object) -> SignInLink:
        return SignInLink(person_id=cast.sam, token_hash=name, created_at=LONG_AGO, expires_at=expires_at)

    def invitation(name: str, **more: object) -> Invitation:
        values = {"created_at": LONG_AGO, "expires_at": LONG_AGO} | more
        return Invitation(
            role="supporter", person_id=cast.nora, name="N", email="n@example.test", token_hash=name,
            invited_by_id=cast.clara, **values,
        )  # fmt: skip

    session.add_all(
        [
            sign_in("open"),
            sign_in("ended lately", ended_at=LATELY),
            sign_in("ended long ago", ended_at=LONG_AGO),
            sign_in("over long ago", expires_at=LONG_AGO),
            link("fresh", AHEAD),
            link("old", LONG_AGO),
            invitation("accepted", accepted_at=LONG_AGO),
            invitation("lately", expires_at=LATELY),
            invitation("never used"),
            Throttle(key="fresh", tries=1, since=LATELY),
            Throttle(key="old", tries=1, since=LONG_AGO),
            Throttle(key="old but waiting", tries=9, since=LONG_AGO, blocked_until=AHEAD),
        ]
    )
    session.flush()
    housekeeping.tidy(session, NOW)
    assert set(session.scalars(select(SignIn.token_hash))) == {"open", "ended lately"}
    assert set(session.scalars(select(SignInLink.token_hash))) == {"fresh"}
    assert set(session.scalars(select(Invitation.token_hash))) == {"accepted", "lately"}
    assert set(session.scalars(select(Throttle.key))) == {"fresh", "old but waiting"}
    housekeeping.tidy(session, NOW)
    assert session.scalar(select(func.count()).select_from(SignIn)) == 2
