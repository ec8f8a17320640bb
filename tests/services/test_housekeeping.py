"""What ended a while ago is put away; what may still be needed stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from webapp.domain.commitments import State
from webapp.domain.people import LEFT, Role
from webapp.models import (
    ActionStep,
    Assignment,
    CarePlan,
    Commitment,
    Delivery,
    Endpoint,
    HalfSignIn,
    Invitation,
    Notice,
    Person,
    ProofLink,
    Reminder,
    ReminderOccurrence,
    SharingGrant,
    SignIn,
    SignInLink,
    SupporterLink,
    Throttle,
    UsedChallenge,
)
from webapp.models import Session as Appointment
from webapp.services import admin, commitments, housekeeping, invitations, own_data
from webapp.services.housekeeping import LEDGER_KEPT


def tidy(session: Session) -> None:
    for sweep in housekeeping.SWEEPS:
        while sweep(session, NOW):
            pass


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
            HalfSignIn(person_id=cast.theo, token_hash="half way", created_at=LATELY, expires_at=AHEAD),
            HalfSignIn(person_id=cast.theo, token_hash="given up", created_at=LATELY, expires_at=LATELY),
            UsedChallenge(hash="just now", expires_at=AHEAD),
            UsedChallenge(hash="earlier", expires_at=LATELY),
            Throttle(key="fresh", tries=1, since=LATELY),
            Throttle(key="old", tries=1, since=LONG_AGO),
            Throttle(key="old but waiting", tries=9, since=LONG_AGO, blocked_until=AHEAD),
        ]
    )
    session.flush()
    for name in ("ended long ago", "open"):  # what proves a sign-in goes before it
        whose = session.scalars(select(SignIn.id).where(SignIn.token_hash == name)).one()
        expires_at = AHEAD if name == "open" else LONG_AGO
        session.add(ProofLink(sign_in_id=whose, token_hash=name, created_at=LONG_AGO, expires_at=expires_at))
    session.flush()
    tidy(session)
    assert set(session.scalars(select(ProofLink.token_hash))) == {"open"}
    assert set(session.scalars(select(HalfSignIn.token_hash))) == {"half way"}
    assert set(session.scalars(select(UsedChallenge.hash))) == {"just now"}
    assert set(session.scalars(select(SignIn.token_hash))) == {"open", "ended lately"}
    assert set(session.scalars(select(SignInLink.token_hash))) == {"fresh"}
    assert set(session.scalars(select(Invitation.token_hash))) == {"accepted", "lately"}
    assert set(session.scalars(select(Throttle.key))) == {"fresh", "old but waiting"}
    tidy(session)
    assert session.scalar(select(func.count()).select_from(SignIn)) == 2


# The ledger

OLD = NOW - LEDGER_KEPT - timedelta(days=1)
YOUNG = NOW - LEDGER_KEPT + timedelta(days=1)


def reminded(session: Session, cast: Cast, *due: datetime) -> None:
    """Clara was reminded at these instants, with a mail each."""
    reminder = Reminder(client_id=cast.clara, step_id=cast.pills, person_id=cast.clara, at_time="08:00",
                        zone="America/New_York", created_at=OLD)  # fmt: skip
    session.add(reminder)
    session.flush()
    for at in due:
        occurrence = ReminderOccurrence(client_id=cast.clara, reminder_id=reminder.id, occ_key=at.isoformat(),
                                        day=TODAY, due_at=at, expires_at=at, zone="America/New_York")  # fmt: skip
        session.add(occurrence)
        session.flush()
        session.add(mail(session, cast.clara, at, occurrence_id=occurrence.id))
    session.flush()


def noticed(session: Session, cast: Cast, *due: datetime) -> None:
    for at in due:
        notice = Notice(person_id=cast.clara, client_id=cast.clara, kind="look_back", key=at.isoformat(), due_at=at,
                        expires_at=at, created_at=at)  # fmt: skip
        session.add(notice)
        session.flush()
        session.add(mail(session, cast.clara, at, notice_id=notice.id, kind="notice"))
    session.flush()


def mail(session: Session, person_id: int, at: datetime, **more: object) -> Delivery:
    endpoint = session.scalars(select(Endpoint.id).where(Endpoint.person_id == person_id)).first()
    values = {"endpoint_id": endpoint, "person_id": person_id, "channel": "email", "state": "sent"} | more
    return Delivery(due_at=at, sent_at=at, **values)


def left(session: Session, table: type) -> list[datetime]:
    return list(session.scalars(select(table.due_at).order_by(table.due_at)))  # type: ignore[attr-defined]


def test_the_ledger_keeps_thirteen_months_and_nothing_older(cast: Cast, session: Session) -> None:
    reminded(session, cast, OLD, YOUNG, NOW)
    noticed(session, cast, OLD, YOUNG, NOW)
    tidy(session)
    assert left(session, Delivery) == [YOUNG, YOUNG, NOW, NOW]
    assert left(session, ReminderOccurrence) == left(session, Notice) == [YOUNG, NOW]


def test_what_the_ledger_still_tells_of_keeps_its_occurrence_and_notice(cast: Cast, session: Session) -> None:
    reminded(session, cast, OLD)
    noticed(session, cast, OLD)
    for delivery in session.scalars(select(Delivery)):
        delivery.due_at = YOUNG  # said again later
    session.flush()
    tidy(session)
    assert left(session, ReminderOccurrence) == left(session, Notice) == [OLD]


def test_old_rows_go_in_batches_though_younger_ones_stand_between(
    cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "MOST", 2)
    reminded(session, cast, OLD, YOUNG, *[OLD - timedelta(minutes=n) for n in range(1, 6)])
    assert housekeeping.deliveries(session, NOW) == 1
    tidy(session)
    assert left(session, Delivery) == left(session, ReminderOccurrence) == [YOUNG]


def test_endpoints_that_were_off_for_two_months_leave_once_nothing_tells_of_them(cast: Cast, session: Session) -> None:
    def endpoint(name: str, channel: str = "push", **more: object) -> Endpoint:
        return Endpoint(person_id=cast.theo, channel=channel, address=name, created_at=LONG_AGO, **more)

    off_at, reasons = NOW - timedelta(days=61), ("gone", "ended", "moved", "replaced", "signed_out")
    refused = {"off_because": "mail server answered 550", "off_at": off_at}
    session.add_all(
        [
            *(endpoint(why, off_because=why, off_at=off_at) for why in reasons),
            *(endpoint(f"{why} lately", off_because=why, off_at=NOW - timedelta(days=59)) for why in reasons),
            endpoint("topic", "ntfy", off_because="ended", off_at=off_at),
            endpoint("topic in use", "ntfy"),
            endpoint("a mail address refused", "email", **refused),
            endpoint("told of", off_because="ended", off_at=off_at),
            endpoint("on"),
        ]
    )
    noticed(session, cast, NOW)
    session.scalars(select(Delivery)).one().endpoint_id = session.scalars(
        select(Endpoint.id).where(Endpoint.address_key == "told of")
    ).one()
    session.flush()
    before = set(session.scalars(select(Endpoint.address)))
    tidy(session)
    assert before - set(session.scalars(select(Endpoint.address))) == {*reasons, "topic"}


# What was asked of people who never came


def asked(session: Session, cast: Cast) -> tuple[Commitment, Invitation]:
    """Clara invites Ed and asks him for a step, forty days ago."""
    then = NOW - timedelta(days=40)
    step = ActionStep(client_id=cast.clara, plan_id=cast.plan, actor_kind="natural_supporter", text="Walk with me",
                      created_by_id=cast.clara, created_at=then)  # fmt: skip
    session.add(step)
    session.flush()
    made = invitations.invite_supporter(session, acting(cast.clara), "Ed Lou", "ed@example.test", None, None, then)
    promise = commitments.propose(session, cast.clara, step.id, made.person_id, cast.clara, then)
    return promise, session.get_one(Invitation, made.id)


def test_what_was_asked_of_somebody_who_never_came_is_let_go_a_month_later(cast: Cast, session: Session) -> None:
    promise, _ = asked(session, cast)
    tidy(session)
    assert promise.state == State.ENDED
    other = commitments.propose(session, cast.clara, promise.step_id, cast.nora, cast.clara, NOW)
    assert other.state == State.PROPOSED


def test_what_was_asked_of_somebody_invited_again_or_here_by_now_stays(cast: Cast, session: Session) -> None:
    promise, first = asked(session, cast)
    again = invitations.invite_supporter(session, acting(cast.clara), "Ed Lou", "ed@example.test", None, None, NOW)
    first.withdrawn_at = None  # two at once, as a slip
    session.flush()
    tidy(session)
    assert promise.state == State.PROPOSED
    open_one = session.get_one(Invitation, again.id)
    open_one.expires_at = LONG_AGO
    session.add(SupporterLink(supporter_id=promise.supporter_id, client_id=cast.clara, joined_at=NOW))
    session.flush()
    tidy(session)
    assert promise.state == State.PROPOSED


# Accounts that nobody joined

LAPSED = NOW - timedelta(days=98)
"""Whoever was invited then had until ninety-one days ago to come."""


def invited(session: Session, cast: Cast, role: str, then: datetime = LAPSED) -> invitations.Invited:
    if role == "client":
        theo = acting(cast.theo, Role.CARE_TEAM)
        return invitations.invite_client(session, theo, "Mary Lou", "mary@example.test", then, then)
    if role == "supporter":
        return invitations.invite_supporter(session, acting(cast.clara), "Ed", "ed@example.test", "son", "Hi!", then)
    ada = acting(cast.ada, Role.ADMIN)
    return invitations.invite_member(session, ada, "Pat Doe", "pat@example.test", Role(role), "nurse", then)


def leaving(session: Session) -> list[int]:
    tidy(session)
    session.expire_all()
    return list(session.scalars(select(Person.id).where(Person.leaves_at <= NOW)))


@pytest.mark.parametrize("role", ["client", "supporter", "care_team", "admin"])
def test_an_account_that_nobody_joined_is_gone_three_months_after_its_last_invitation(
    cast: Cast, session: Session, role: str
) -> None:
    made = invited(session, cast, role)
    if role == "supporter":
        promise = commitments.propose(session, cast.clara, cast.ride, made.person_id, cast.clara, LAPSED)
    assert leaving(session) == [made.person_id]
    assert own_data.leave(session, made.person_id, NOW)
    person = session.get_one(Person, made.person_id)
    assert (person.name, person.email, person.discipline) == (LEFT, "", None)
    for table in (Invitation, Assignment, SharingGrant, Appointment):
        path = table.person_id if table is Invitation else table.client_id  # type: ignore[attr-defined]
        assert session.scalars(select(table).where(path == made.person_id)).all() == []
    if role == "supporter":
        assert session.get_one(Commitment, promise.id).state == State.ENDED
    assert leaving(session) == [], "once"


def _plan(session: Session, cast: Cast, made: invitations.Invited) -> None:
    session.add(CarePlan(client_id=made.person_id, created_by_id=cast.theo, created_at=LONG_AGO))


def _assigned(session: Session, cast: Cast, made: invitations.Invited) -> None:
    admin.assign(session, acting(cast.ada, Role.ADMIN), cast.tess, made.person_id, LONG_AGO)


def _meets(session: Session, cast: Cast, made: invitations.Invited) -> None:
    session.add(Appointment(client_id=made.person_id, care_team_id=cast.theo, starts_at=AHEAD, created_at=LONG_AGO))


def _sent_again(session: Session, cast: Cast, made: invitations.Invited) -> None:
    invitations.send_again(session, acting(cast.theo, Role.CARE_TEAM), made.id, NOW - timedelta(days=96))


def _came(session: Session, cast: Cast, made: invitations.Invited) -> None:
    session.get_one(Person, made.person_id).joined_at = LONG_AGO
    session.get_one(Person, cast.nora).created_at = LAPSED


@pytest.mark.parametrize("because", [_plan, _assigned, _meets, _sent_again, _came])
def test_whoever_is_waited_for_or_has_something_written_for_them_stays(
    cast: Cast, session: Session, because: Callable[[Session, Cast, invitations.Invited], None]
) -> None:
    because(session, cast, invited(session, cast, "client"))
    session.flush()
    assert leaving(session) == []


def test_whoever_is_invited_again_at_the_last_moment_stays(cast: Cast, session: Session) -> None:
    made = invited(session, cast, "supporter")
    assert leaving(session) == [made.person_id]
    assert invited(session, cast, "supporter", NOW).person_id == made.person_id
    assert own_data.leave(session, made.person_id, NOW) is None
    assert leaving(session) == []


def _link_again(session: Session, cast: Cast, made: invitations.Invited) -> None:
    invitations.send_again(session, acting(cast.theo, Role.CARE_TEAM), made.id, NOW)


def _assigned_after_all(session: Session, cast: Cast, made: invitations.Invited) -> None:
    """By the admin, to the very one who had invited them and taken it back."""
    invitations.withdraw(session, acting(cast.theo, Role.CARE_TEAM), made.id, NOW)
    admin.assign(session, acting(cast.ada, Role.ADMIN), cast.theo, made.person_id, NOW)


@pytest.mark.parametrize("because", [_link_again, _assigned_after_all, _plan])
def test_an_account_that_was_to_go_stays_when_somebody_has_to_do_with_it_within_the_hour(
    cast: Cast, session: Session, because: Callable[[Session, Cast, invitations.Invited], None]
) -> None:
    made = invited(session, cast, "client")
    assert leaving(session) == [made.person_id]
    assert not housekeeping.is_awaited_again(session, made.person_id, NOW)
    because(session, cast, made)
    session.flush()
    assert housekeeping.is_awaited_again(session, made.person_id, NOW)
    assert own_data.leave(session, made.person_id, NOW) is None
    assert leaving(session) == []


def test_whoever_joins_at_the_last_moment_is_to_go_no_more(cast: Cast, session: Session) -> None:
    made = invited(session, cast, "client", NOW)
    session.get_one(Person, made.person_id).leaves_at = NOW
    invitations.accept(session, made.token, invitations.Answers(password="walk by the river twice"), None, NOW)
    assert session.get_one(Person, made.person_id).leaves_at is None
