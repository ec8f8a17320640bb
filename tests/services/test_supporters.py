"""Leaving the circle ends everything between two people at once, and nothing else."""

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.db import Database
from webapp.models import Commitment, Invitation, SharingGrant, SupporterLink
from webapp.queries import access, commitments
from webapp.services import supporters


def test_ending_a_place_ends_link_grants_promises_and_invitations(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        invitation = Invitation(
            role="supporter",
            person_id=cast.sam,
            client_id=cast.clara,
            name="Sam",
            email="sam@example.test",
            token_hash="x",
            invited_by_id=cast.clara,
            created_at=NOW,
            expires_at=NOW + timedelta(days=7),
        )
        session.add(invitation)
        session.flush()
        supporters.end(session, acting(cast.clara), cast.sam, NOW)
        assert session.get_one(Commitment, cast.promise).state == "ended"
        session.refresh(invitation)
        assert invitation.withdrawn_at == NOW
        assert all(g.withdrawn_at for g in session.query(SharingGrant).filter_by(person_id=cast.sam))
    with database.reading() as connection:
        assert access.supported_clients(connection, cast.sam, NOW) == ()
        assert commitments.of_supporter(connection, cast.sam, NOW) == ()
        assert access.promised(connection, acting(cast.sam), {"commitment_id": cast.promise}, NOW) is None


def test_nobody_else_loses_anything(cast: Cast, session: Session) -> None:
    supporters.end(session, acting(cast.clara), cast.nora, NOW)
    supporters.end(session, acting(cast.otto), cast.sam, NOW)
    assert session.get_one(Commitment, cast.promise).state == "active"
    ended = {link.supporter_id for link in session.query(SupporterLink) if link.ended_at}
    assert ended == {cast.nora}
