"""Accounts are closed and opened, people brought together, and somebody can always do it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.domain.people import Role
from webapp.domain.sharing import Scope
from webapp.models import Organisation, Person
from webapp.queries import access, caseload
from webapp.queries import admin as read
from webapp.services import admin, sharing


def test_the_last_admin_stays(cast: Cast, session: Session) -> None:
    ada = acting(cast.ada, Role.ADMIN)
    with pytest.raises(admin.LastAdmin):
        admin.deactivate(session, ada, cast.ada, NOW)
    tess = session.get_one(Person, cast.tess)
    tess.is_admin, tess.joined_at = True, None
    session.flush()
    with pytest.raises(admin.LastAdmin):  # one who was only invited does not count
        admin.deactivate(session, ada, cast.ada, NOW)
    tess.joined_at = NOW
    session.flush()
    admin.deactivate(session, ada, cast.ada, NOW)
    assert session.get_one(Person, cast.ada).deactivated_at == NOW


def test_assigning_gives_the_client_to_the_therapist_and_no_sight_of_anything(cast: Cast, session: Session) -> None:
    ada, tess = acting(cast.ada, Role.ADMIN), acting(cast.tess, Role.CARE_TEAM)
    for _ in range(2):  # twice is once
        admin.assign(session, ada, cast.tess, cast.clara, NOW)
    connection, clara = session.connection(), {"client_id": cast.clara}
    assert [one.id for one in caseload.clients(connection, cast.tess, NOW)] == [cast.clara, cast.otto]
    assert access.assigned_client(connection, tess, clara, NOW) is None
    sharing.grant(session, acting(cast.clara), cast.tess, Scope.STEPS, NOW)
    assert access.assigned_client(connection, tess, clara, NOW) is not None
    later = NOW + timedelta(minutes=1)
    for verb in (admin.unassign, admin.assign):  # assigned anew, they are shared with anew
        verb(session, ada, cast.tess, cast.clara, later)
        assert access.assigned_client(connection, tess, clara, later) is None


@pytest.mark.parametrize(("care_team", "client"), [("sam", "clara"), ("theo", "sam"), ("clara", "otto")])
def test_only_care_team_and_clients_are_brought_together(
    cast: Cast, session: Session, care_team: str, client: str
) -> None:
    with pytest.raises(admin.NotPossible):
        admin.assign(session, acting(cast.ada), getattr(cast, care_team), getattr(cast, client), NOW)


def test_people_of_another_organisation_are_not_there(cast: Cast, session: Session) -> None:
    other = Organisation(name="Elsewhere", country="GB", created_at=NOW)
    session.add(other)
    session.flush()
    stranger = acting(cast.ada, Role.ADMIN, organisation_id=other.id)
    with pytest.raises(LookupError):
        admin.deactivate(session, stranger, cast.theo, NOW)
    assert read.members(session.connection(), other.id) == ()
    assert read.member(session.connection(), stranger, {"person_id": cast.theo}, NOW) is None


def test_every_account_has_a_state(cast: Cast, session: Session) -> None:
    admin.deactivate(session, acting(cast.ada), cast.otto, NOW)
    session.get_one(Person, cast.nora).joined_at = None
    session.flush()
    states = {member.id: member.state for member in read.members(session.connection(), cast.organisation)}
    assert (states[cast.otto], states[cast.nora], states[cast.clara]) == ("deactivated", "invited", "active")
