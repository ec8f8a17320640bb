"""An invitation is good once and for 7 days, and changes nothing for anybody who has not said yes."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from tests.support.second_factor import give_app
from webapp.db import Database
from webapp.domain.people import Role
from webapp.domain.sharing import Scope
from webapp.models import (
    Assignment,
    CalendarFeed,
    Endpoint,
    Invitation,
    Passkey,
    Person,
    RecoveryCode,
    SecondFactor,
    SharingGrant,
    SignIn,
    SupporterLink,
)
from webapp.models import Session as Appointment
from webapp.queries import access
from webapp.queries import invitations as read
from webapp.services import (
    admin,
    calendar_feeds,
    endpoints,
    invitations,
    passwords,
    recovery_codes,
    sessions,
    sign_ins,
)
from webapp.services.invitations import AlreadyHere, Answers, NoLongerGood, OwnAddress, SignInFirst
from webapp.services.passwords import WeakPassword
from webapp.services.tokens import token_hash

GOOD = "walk by the river twice"
YES = Answers(called="Mary", password=GOOD, time_zone="America/Chicago", language="es", shares=frozenset({Scope.STEPS}))


def _client(session: Session, cast: Cast, **more: object) -> invitations.Invited:
    values = {"name": "Mary Lou", "email": "Mary@Example.test", "session_at": None, "now": NOW} | more
    return invitations.invite_client(session, acting(cast.theo, Role.CARE_TEAM), **values)  # type: ignore[arg-type]


def _supporter(session: Session, cast: Cast, email: str = "ed@example.test") -> invitations.Invited:
    return invitations.invite_supporter(session, acting(cast.clara), "Edythe Lou", email, "sister", "Hi!", NOW)


def _sees(session: Session, client: int, person: int) -> set[str]:
    grants = select(SharingGrant.scope).where(
        SharingGrant.client_id == client, SharingGrant.person_id == person, SharingGrant.withdrawn_at.is_(None)
    )
    return set(session.scalars(grants))


def test_a_new_client_has_an_account_nobody_can_enter_yet(cast: Cast, session: Session) -> None:
    made = _client(session, cast, session_at=NOW + timedelta(days=3))
    person = session.get_one(Person, made.person_id)
    assert (person.is_client, person.password_hash, person.joined_at, person.called) == (True, None, None, "Mary")
    assert _sees(session, person.id, cast.theo) == {"plan"}
    planned = session.scalars(select(Appointment.starts_at).where(Appointment.client_id == person.id)).all()
    assert planned == [NOW + timedelta(days=3)]


def test_the_therapist_reaches_the_new_clients_plan_before_the_client_joins(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        made = _client(session, cast)
    with database.reading() as connection:
        actor = acting(cast.theo, Role.CARE_TEAM)
        assert access.assigned_plan(connection, actor, {"client_id": made.person_id}, NOW)


def test_accepting_opens_the_account_with_the_clients_own_choices(cast: Cast, session: Session) -> None:
    made = _client(session, cast)
    assert invitations.accept(session, made.token, YES, None, NOW) == made.person_id
    person = session.get_one(Person, made.person_id)
    assert (person.called, person.time_zone, person.language, person.joined_at) == (
        "Mary",
        "America/Chicago",
        "es",
        NOW,
    )
    # The plan was not ticked, so the grant it began with is over.
    assert _sees(session, person.id, cast.theo) == {"steps"}
    assert session.scalars(select(Endpoint.address).where(Endpoint.person_id == person.id)).one() == person.email


@pytest.mark.parametrize("later", [timedelta(days=7), timedelta(days=30)])
def test_an_invitation_is_good_for_seven_days(cast: Cast, session: Session, later: timedelta) -> None:
    made = _client(session, cast)
    with pytest.raises(NoLongerGood):
        invitations.accept(session, made.token, YES, None, NOW + later)


def test_an_invitation_is_good_until_its_last_second_and_once(cast: Cast, session: Session) -> None:
    made = _client(session, cast)
    then = NOW + timedelta(days=7, seconds=-1)
    invitations.accept(session, made.token, YES, None, then)
    with pytest.raises(NoLongerGood):
        invitations.accept(session, made.token, YES, None, then)


def test_a_token_nobody_made_opens_nothing(cast: Cast, session: Session) -> None:
    with pytest.raises(NoLongerGood):
        invitations.accept(session, "made up", YES, None, NOW)


def test_reading_an_invitation_changes_nothing(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        made = _supporter(session, cast)
    for _ in range(3):
        with database.reading() as connection:
            opened = read.opened(connection, token_hash(made.token), NOW)
            assert opened is not None
            assert (opened.state, opened.in_use, opened.by_called) == ("open", False, "Clara")
    with database.writing() as session:
        assert session.get_one(Person, made.person_id).joined_at is None
        assert invitations.accept(session, made.token, Answers(), None, NOW) == made.person_id


def test_a_weak_password_leaves_the_invitation_open(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        made = _client(session, cast)
    with pytest.raises(WeakPassword), database.writing() as session:
        invitations.accept(session, made.token, Answers(password="too short"), None, NOW)
    with database.writing() as session:
        assert invitations.accept(session, made.token, YES, None, NOW) == made.person_id


def test_a_supporter_joins_without_a_password_and_belongs_to_the_circle_only_then(cast: Cast, session: Session) -> None:
    made = _supporter(session, cast)
    link = select(SupporterLink).where(SupporterLink.supporter_id == made.person_id)
    assert session.scalar(link) is None
    invitations.accept(session, made.token, Answers(), None, NOW)
    joined = session.scalars(link).one()
    assert (joined.client_id, joined.relation, joined.ended_at) == (cast.clara, "sister", None)
    assert session.get_one(Person, made.person_id).password_hash is None
    assert _sees(session, cast.clara, made.person_id) == set()


def test_a_supporter_who_left_can_come_back(cast: Cast, session: Session) -> None:
    link = session.scalars(select(SupporterLink).where(SupporterLink.supporter_id == cast.nora)).one()
    link.ended_at = NOW - timedelta(days=1)
    made = _supporter(session, cast, "nora@example.test")
    invitations.accept(session, made.token, Answers(), cast.nora, NOW)
    session.refresh(link)
    assert (link.ended_at, link.joined_at, link.relation) == (None, NOW, "friend")


def test_an_account_in_use_is_not_touched_until_its_owner_says_yes(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        made = invitations.invite_supporter(session, acting(cast.otto), "T.", "TESS@example.test", None, None, NOW)
        assert made.person_id == cast.tess
        tess = session.get_one(Person, cast.tess)
        assert (tess.name, tess.is_supporter) == ("Tess Marlowe", False)
    for somebody_else in (None, cast.otto):
        with pytest.raises(SignInFirst), database.writing() as session:
            invitations.accept(session, made.token, Answers(), somebody_else, NOW)
    with database.writing() as session:
        invitations.accept(session, made.token, Answers(called="Nobody"), cast.tess, NOW)
        tess = session.get_one(Person, cast.tess)
        assert (tess.called, tess.is_supporter, tess.is_care_team) == ("Tess", True, True)


def test_what_the_inviter_reads_back_is_what_they_wrote(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        made = invitations.invite_supporter(session, acting(cast.otto), "T.", "TESS@example.test", None, None, NOW)
    with database.reading() as connection:
        sent = read.sent(connection, acting(cast.otto), {"invitation_id": made.id}, NOW)
        assert sent is not None
        assert (sent.name, sent.email, sent.open) == ("T.", "TESS@example.test", True)
        assert read.sent(connection, acting(cast.clara), {"invitation_id": made.id}, NOW) is None


def test_another_therapist_gets_no_way_to_a_client_who_is_here_already(cast: Cast, session: Session) -> None:
    actor = acting(cast.tess, Role.CARE_TEAM)
    made = invitations.invite_client(session, actor, "Clara Reyes", "clara@example.test", NOW, NOW)
    working = select(func.count()).select_from(Assignment).where(Assignment.care_team_id == cast.tess)
    assert session.scalar(working.where(Assignment.client_id == cast.clara)) == 0
    assert _sees(session, cast.clara, cast.tess) == set()
    invitations.accept(session, made.token, Answers(shares=frozenset({Scope.AGENDA})), cast.clara, NOW)
    assert session.scalar(working.where(Assignment.client_id == cast.clara)) == 1
    assert _sees(session, cast.clara, cast.tess) == {"agenda"}


def test_joining_signs_the_account_out_everywhere_else(cast: Cast, session: Session) -> None:
    sign_ins.begin(session, cast.sam, "somewhere", NOW)
    made = invitations.invite_supporter(session, acting(cast.otto), "Sam", "sam@example.test", None, None, NOW)
    invitations.accept(session, made.token, Answers(), cast.sam, NOW)
    assert all(session.scalars(select(SignIn.ended_at).where(SignIn.person_id == cast.sam)))


def test_sending_again_ends_the_old_link_and_gives_seven_more_days(cast: Cast, session: Session) -> None:
    made = _supporter(session, cast)
    later = NOW + timedelta(days=8)
    again = invitations.send_again(session, acting(cast.clara), made.id, later)
    with pytest.raises(NoLongerGood):
        invitations.accept(session, made.token, Answers(), None, later)
    assert invitations.accept(session, again.token, Answers(), None, later) == made.person_id
    with pytest.raises(NoLongerGood):
        invitations.send_again(session, acting(cast.clara), made.id, later)


def test_a_withdrawn_invitation_opens_nothing(cast: Cast, session: Session) -> None:
    made = _supporter(session, cast)
    with pytest.raises(NoLongerGood):
        invitations.withdraw(session, acting(cast.otto), made.id, NOW)
    invitations.withdraw(session, acting(cast.clara), made.id, NOW)
    with pytest.raises(NoLongerGood):
        invitations.accept(session, made.token, Answers(), None, NOW)


def test_inviting_twice_leaves_one_open_link(cast: Cast, session: Session) -> None:
    first, second = _supporter(session, cast), _supporter(session, cast)
    assert first.person_id == second.person_id
    with pytest.raises(NoLongerGood):
        invitations.accept(session, first.token, Answers(), None, NOW)
    open_ones = select(func.count()).select_from(Invitation).where(Invitation.withdrawn_at.is_(None))
    assert session.scalar(open_ones) == 1


def test_nobody_invites_themselves_or_somebody_who_is_there(cast: Cast, session: Session) -> None:
    with pytest.raises(OwnAddress):
        _supporter(session, cast, " CLARA@example.test ")
    with pytest.raises(AlreadyHere):
        _supporter(session, cast, "sam@example.test")
    with pytest.raises(AlreadyHere):
        _client(session, cast, email="clara@example.test")


def test_the_invitation_of_a_closed_account_opens_nothing(cast: Cast, session: Session) -> None:
    made = _client(session, cast)
    admin.deactivate(session, acting(cast.ada, Role.ADMIN), cast.theo, NOW)
    with pytest.raises(NoLongerGood):
        invitations.accept(session, made.token, YES, None, NOW)


@pytest.mark.parametrize("role", [Role.CARE_TEAM, Role.ADMIN, Role.CLIENT])
def test_an_admin_invites_staff_and_clients(cast: Cast, session: Session, role: Role) -> None:
    actor = acting(cast.ada, Role.ADMIN)
    made = invitations.invite_member(session, actor, "Pat Doe", "pat@example.test", role, "nurse", NOW)
    invitations.accept(session, made.token, Answers(called="Pat", password=GOOD), None, NOW)
    person = session.get_one(Person, made.person_id)
    held = {Role.CARE_TEAM: person.is_care_team, Role.ADMIN: person.is_admin, Role.CLIENT: person.is_client}
    assert held == {each: each is role for each in held}
    with pytest.raises(AlreadyHere):
        invitations.invite_member(session, actor, "Pat Doe", "pat@example.test", role, None, NOW)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CARE_TEAM, Role.CLIENT])
def test_one_persons_link_never_opens_what_another_prepared(cast: Cast, session: Session, role: Role) -> None:
    ada = acting(cast.ada, Role.ADMIN)
    earlier = _supporter(session, cast, "pat@example.test")  # Clara knows this link
    prepared = invitations.invite_member(session, ada, "Pat Doe", "pat@example.test", role, None, NOW)
    assert not prepared.by_hand
    assert invitations.accept(session, earlier.token, Answers(), None, NOW) == prepared.person_id
    pat = session.get_one(Person, prepared.person_id)
    assert (pat.is_supporter, pat.is_admin, pat.is_care_team, pat.is_client) == (True, False, False, False)
    with pytest.raises(SignInFirst), session.begin_nested():
        invitations.accept(session, prepared.token, YES, None, NOW)
    invitations.accept(session, prepared.token, YES, pat.id, NOW)
    assert getattr(pat, f"is_{role}")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CARE_TEAM, Role.CLIENT])
def test_whoever_opened_a_supporters_account_keeps_no_key_to_it_once_it_is_more(
    cast: Cast, session: Session, role: Role
) -> None:
    for person_id in (cast.nora, cast.sam):
        _give_keys(session, person_id)
    kept = session.get_one(Person, cast.nora).password_hash
    made = invitations.invite_member(session, acting(cast.ada), "Nora", "nora@example.test", role, None, NOW)
    with pytest.raises(WeakPassword), session.begin_nested():
        invitations.accept(session, made.token, Answers(), cast.nora, NOW)
    assert _keys(session, cast.nora) == _keys(session, cast.sam) == ALL_KEYS
    invitations.accept(session, made.token, Answers(password=GOOD), cast.nora, NOW)
    assert _keys(session, cast.nora) == set()
    assert session.get_one(Person, cast.nora).password_hash != kept
    assert _keys(session, cast.sam) == ALL_KEYS


ALL_KEYS = {"passkeys", "recovery_codes", "second_factors", "calendar_feeds", "endpoints"}


def _give_keys(session: Session, person_id: int) -> None:
    session.get_one(Person, person_id).password_hash = passwords.hash_new("sing with the choir again")
    give_app(session, person_id)
    recovery_codes.renew(session, person_id, NOW)
    key = Passkey(person_id=person_id, credential=str(person_id).encode(), public_key=b"-", uses=0, name="-")
    key.created_at = NOW
    session.add(key)
    calendar_feeds.begin(session, person_id, True, NOW)
    endpoints.add_ntfy(session, person_id, NOW)


def _keys(session: Session, person_id: int) -> set[str]:
    """The tables that hold something which opens or shows something of a person's."""
    on = {
        Endpoint: (Endpoint.channel == "ntfy") & Endpoint.off_at.is_(None),
        SecondFactor: SecondFactor.secret.is_not(None),
    }
    tables = (Passkey, RecoveryCode, CalendarFeed, Endpoint, SecondFactor)
    held = {each: select(each.person_id).where(each.person_id == person_id, on.get(each, true())) for each in tables}
    return {each.__tablename__ for each, those in held.items() if session.scalars(those).first()}


@pytest.mark.parametrize(("who", "role"), [("sam", Role.SUPPORTER), ("clara", Role.CARE_TEAM), ("theo", Role.ADMIN)])
def test_who_does_not_become_more_than_a_supporter_keeps_what_they_sign_in_with(
    cast: Cast, session: Session, who: str, role: Role
) -> None:
    person = session.get_one(Person, getattr(cast, who))
    _give_keys(session, person.id)
    kept = person.password_hash
    by = acting(cast.otto) if role is Role.SUPPORTER else acting(cast.ada, Role.ADMIN)
    if role is Role.SUPPORTER:
        made = invitations.invite_supporter(session, by, "S.", person.email, None, None, NOW)
    else:
        made = invitations.invite_member(session, by, "S.", person.email, role, None, NOW)
    invitations.accept(session, made.token, Answers(), person.id, NOW)
    assert (person.password_hash, _keys(session, person.id)) == (kept, ALL_KEYS)


def test_the_plan_of_a_client_who_has_not_joined_opens_to_no_other_link(cast: Cast, session: Session) -> None:
    _client(session, cast)
    lure = _supporter(session, cast, "mary@example.test")
    assert not lure.by_hand
    mary = session.get_one(Person, invitations.accept(session, lure.token, Answers(), None, NOW))
    assert not mary.is_client


def test_what_is_ticked_for_a_new_therapist_changes_nothing_for_the_others(cast: Cast, session: Session) -> None:
    admin.unassign(session, acting(cast.ada, Role.ADMIN), cast.tess, cast.otto, NOW)
    before = _sees(session, cast.clara, cast.theo)
    tess = acting(cast.tess, Role.CARE_TEAM)
    made = invitations.invite_client(session, tess, "Clara", "clara@example.test", None, NOW)
    invitations.accept(session, made.token, Answers(shares=frozenset({Scope.AGENDA})), cast.clara, NOW)
    assert _sees(session, cast.clara, cast.tess) == {"agenda"}
    assert _sees(session, cast.clara, cast.theo) == before


# The plan of a client who has not joined


def _by_tess(session: Session, cast: Cast) -> invitations.Invited:
    tess = acting(cast.tess, Role.CARE_TEAM)
    return invitations.invite_client(session, tess, "Mary", "mary@example.test", NOW, NOW)


def _work(session: Session, client: int) -> dict[int, set[str]]:
    """Who works with a client, and what each sees."""
    works = select(Assignment.care_team_id).where(Assignment.client_id == client, Assignment.ended_at.is_(None))
    sees = select(SharingGrant.person_id).where(SharingGrant.client_id == client, SharingGrant.withdrawn_at.is_(None))
    found = {one: _sees(session, client, one) for one in session.scalars(works)}
    assert set(session.scalars(sees)) <= found.keys()
    return found


JOINS = Answers(password=GOOD, shares=None)
"""What a new client says on the page they join on."""


@pytest.mark.parametrize("then", ["open", "run out", "taken back"])
def test_whoever_invited_first_has_nothing_of_a_client_who_joins_by_anothers_link(
    cast: Cast, session: Session, then: str
) -> None:
    first = _client(session, cast, now=NOW if then == "open" else NOW - timedelta(days=90))
    if then == "taken back":
        invitations.withdraw(session, acting(cast.theo, Role.CARE_TEAM), first.id, NOW - timedelta(days=89))
    second = _by_tess(session, cast)
    assert not second.by_hand
    assert cast.tess not in _work(session, second.person_id)
    invitations.accept(session, second.token, JOINS, None, NOW)
    assert _work(session, second.person_id) == {cast.tess: {"plan"}}


def test_what_was_begun_with_another_goes_on_only_when_the_client_says_so(cast: Cast, session: Session) -> None:
    first, lure = _client(session, cast), _supporter(session, cast, "mary@example.test")
    mary = invitations.accept(session, lure.token, Answers(), None, NOW)
    assert _work(session, mary) == {}
    chosen = Answers(password=GOOD, shares=frozenset({Scope.AGENDA}))
    invitations.accept(session, first.token, chosen, mary, NOW)
    assert _work(session, mary) == {cast.theo: {"agenda"}}


def test_by_the_admins_link_stays_who_was_assigned_and_sees_nothing_yet(cast: Cast, session: Session) -> None:
    ada, made = acting(cast.ada, Role.ADMIN), _client(session, cast)
    admin.assign(session, ada, cast.tess, made.person_id, NOW)
    asked = invitations.invite_member(session, ada, "Mary", "mary@example.test", Role.CLIENT, None, NOW)
    invitations.accept(session, asked.token, JOINS, None, NOW)
    assert _work(session, made.person_id) == {cast.tess: set()}


def test_taking_an_invitation_back_ends_the_work_on_the_plan_and_inviting_again_begins_it(
    cast: Cast, session: Session
) -> None:
    theo, made = acting(cast.theo, Role.CARE_TEAM), _client(session, cast)
    meeting = sessions.plan(session, made.person_id, cast.theo, NOW + timedelta(days=3), 50, None, NOW)
    invitations.withdraw(session, theo, made.id, NOW)
    assert _work(session, made.person_id) == {}
    assert session.get_one(Appointment, meeting).status == "cancelled", "nobody is to come to it"
    again = _client(session, cast)
    assert (again.person_id, again.by_hand) == (made.person_id, True)
    assert _work(session, made.person_id) == {cast.theo: {"plan"}}
    invitations.accept(session, again.token, JOINS, None, NOW)
    assert _work(session, made.person_id) == {cast.theo: {"plan"}}


def test_an_invitation_taken_back_ends_no_work_with_a_client_who_is_here(cast: Cast, session: Session) -> None:
    tess, made = acting(cast.tess, Role.CARE_TEAM), _by_tess(session, cast)
    mary = invitations.accept(session, made.token, JOINS, None, NOW)
    admin.unassign(session, acting(cast.ada, Role.ADMIN), cast.tess, mary, NOW)
    asked = _by_tess(session, cast)
    admin.assign(session, acting(cast.ada, Role.ADMIN), cast.tess, mary, NOW)
    invitations.withdraw(session, tess, asked.id, NOW)
    assert _work(session, mary) == {cast.tess: set()}
