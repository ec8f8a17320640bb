"""Nobody sees anything before the client confirms them; leaving the circle ends everything between two people."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.sharing import Scope
from webapp.models import Commitment, Invitation, Reminder, SharingGrant, SupporterLink
from webapp.queries import access, commitments
from webapp.services import reminders, sharing, supporters


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


def test_a_confirmation_counts_once_and_is_only_of_somebody_who_waits_for_it(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    link = session.query(SupporterLink).filter_by(supporter_id=cast.nora).one()
    link.confirmed_at = None
    session.flush()
    assert not supporters.confirm(session, acting(cast.otto), cast.nora, NOW)
    assert not supporters.confirm(session, clara, cast.otto, NOW)
    assert supporters.confirm(session, clara, cast.nora, NOW)
    assert not supporters.confirm(session, clara, cast.nora, NOW + timedelta(days=1))
    assert link.confirmed_at == NOW


def test_who_is_asked_about_again_sees_nothing_and_is_reminded_of_nothing(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    reminders.set_times(session, cast.ride, cast.sam, ["09:00"], False, False, NOW)
    (reminder,) = session.query(Reminder).filter_by(person_id=cast.sam)
    assert reminder.next_at is not None
    supporters.ask_again(session, clara, cast.sam, NOW)
    session.refresh(reminder)
    assert reminder.next_at is None
    connection = session.connection()
    assert access.supported_clients(connection, cast.sam, NOW) == ()
    assert access.is_asked_first(connection, cast.sam)
    assert commitments.of_supporter(connection, cast.sam, NOW) == ()
    assert all(one.withdrawn_at for one in session.query(SharingGrant).filter_by(person_id=cast.sam))
    supporters.confirm(session, clara, cast.sam, NOW)
    session.refresh(reminder)
    assert reminder.next_at is not None
    supporters.end(session, clara, cast.sam, NOW)
    assert not supporters.confirm(session, clara, cast.sam, NOW)
    supporters.ask_again(session, clara, cast.sam, NOW)


def test_nothing_is_shared_with_somebody_whom_the_client_has_not_confirmed(cast: Cast, session: Session) -> None:
    supporters.ask_again(session, acting(cast.clara), cast.nora, NOW)
    with pytest.raises(sharing.NotInCircle):
        sharing.grant(session, acting(cast.clara), cast.nora, Scope.STEPS, NOW)
