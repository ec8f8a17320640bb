"""What people are told beside reminders: the right ones, once, in their own evening or calm hour."""

import threading
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from jobs import notices as job
from tests.support.cast import NOW, Cast
from tests.support.counting import counting
from tests.support.engine import Engine
from tests.support.notices import Notices, utc
from tests.support.smtp import MailServer
from webapp import clock
from webapp.db import Database
from webapp.models import (
    ActionStep,
    Assignment,
    BadDay,
    CadenceVersion,
    CarePlan,
    Delivery,
    Endpoint,
    Notice,
    Pause,
    SharingGrant,
)
from webapp.models import Session as Appointment

SIX = "2026-11-19T23:00:00"
"""Six in the evening before Theo's session with Clara."""
WEEK_BEFORE = "2026-11-30T15:00:00"
"""Ten in the morning, a week before the plans are to be looked at again."""
ENDS = date(2026, 11, 25)
BEFORE_ENDS = "2026-11-19T17:00:00"


@pytest.fixture
def told(database: Database, cast: Cast) -> Notices:
    return Notices(database)


def meets(cast: Cast, starts_at: str, **more: Any) -> Appointment:
    values = {"client_id": cast.clara, "care_team_id": cast.theo, "created_at": NOW - timedelta(days=9)} | more
    return Appointment(starts_at=utc(starts_at), **values)


def ends(told: Notices, step_id: int, last_day: date = ENDS) -> None:
    with told.database.writing() as session:
        change = update(CadenceVersion).where(CadenceVersion.step_id == step_id)
        session.execute(change.values(valid_to=last_day + timedelta(days=1)))


# Sessions


def test_the_evening_before_a_session_its_care_team_member_is_told_once(told: Notices, cast: Cast) -> None:
    assert told.look_at("2026-11-19T22:59:00") == []
    assert told.look_at(SIX) == [(cast.theo, "sessions", "2026-11-20")]
    assert told.look_at("2026-11-20T02:00:00") == []
    (mail,) = told.mails()
    assert (mail.kind, mail.channel, mail.state, mail.client_id) == ("notice", "email", "pending", None)
    assert (mail.address, mail.due_at, mail.expires_at) == ("theo@example.test", utc(SIX), utc("2026-11-20T05:00:00"))


def test_several_sessions_are_one_mail_and_one_that_is_planned_later_makes_no_second(told: Notices, cast: Cast) -> None:
    told.add(meets(cast, "2026-11-20T20:00:00"))
    assert len(told.look_at(SIX)) == 1
    told.add(meets(cast, "2026-11-20T22:00:00", created_at=utc("2026-11-20T01:00:00")))
    assert told.look_at("2026-11-20T01:05:00") == []


def test_whoever_plans_a_session_late_in_the_evening_is_not_told_of_it(told: Notices, cast: Cast) -> None:
    told.change(Appointment, cast.next_session, created_at=utc("2026-11-20T00:30:00"))
    assert told.look_at("2026-11-20T00:35:00") == []


@pytest.mark.parametrize(
    ("changed", "values"),
    [
        ("person", {"digest": False}),
        ("person", {"deactivated_at": NOW}),
        ("person", {"joined_at": None}),
        ("person", {"is_care_team": False}),
        ("session", {"status": "cancelled"}),
        ("session", {"starts_at": utc("2026-11-21T05:00:00")}),
        ("session", {"starts_at": utc("2026-11-20T04:59:00")}),
        ("client", {"deactivated_at": NOW}),
    ],
)
def test_of_no_session_tomorrow_or_to_somebody_who_does_not_want_it_nothing_is_told(
    told: Notices, cast: Cast, changed: str, values: dict[str, object]
) -> None:
    if changed == "session":
        told.change(Appointment, cast.next_session, **values)
    else:
        told.person(cast.theo if changed == "person" else cast.clara, **values)
    assert told.look_at(SIX) == []


def test_a_session_with_somebody_one_no_longer_works_with_is_not_told(told: Notices, cast: Cast) -> None:
    with told.database.writing() as session:
        session.execute(update(Assignment).values(ended_at=NOW))
    assert told.look_at(SIX) == []


def test_the_evening_is_the_care_teams_own_wherever_the_client_is(told: Notices, cast: Cast) -> None:
    told.person(cast.clara, time_zone="America/Los_Angeles")
    told.person(cast.theo, time_zone="Asia/Kathmandu")
    # 17:00 UTC on the 20th is 22:45 in Kathmandu: the evening before is that of the 19th there.
    assert told.look_at("2026-11-19T12:14:00") == []
    assert told.look_at("2026-11-19T12:15:00") == [(cast.theo, "sessions", "2026-11-20")]


@pytest.mark.parametrize(
    ("starts_at", "told_at", "key"),
    [
        # the night in which clocks go forward in Berlin: the last minute of the 23 hours, and the first after them
        ("2026-03-29T21:59:00", "2026-03-28T17:00:00", "2026-03-29"),
        ("2026-03-29T22:00:00", "2026-03-29T16:00:00", "2026-03-30"),
        # ... and back, 25 hours
        ("2026-10-25T22:59:00", "2026-10-24T16:00:00", "2026-10-25"),
        ("2026-10-25T23:00:00", "2026-10-25T17:00:00", "2026-10-26"),
    ],
)
def test_tomorrow_is_a_day_of_the_calendar_though_the_clocks_change(
    told: Notices, cast: Cast, starts_at: str, told_at: str, key: str
) -> None:
    told.person(cast.theo, time_zone="Europe/Berlin")
    told.change(Appointment, cast.next_session, starts_at=utc(starts_at), created_at=utc(starts_at) - timedelta(days=9))
    assert told.look_at(told_at) == [(cast.theo, "sessions", key)]


# The look back


def test_a_client_who_asked_for_it_is_offered_a_look_back_once_a_week(told: Notices, cast: Cast) -> None:
    assert told.look_at("2026-11-23T15:00:00") == []
    told.person(cast.clara, look_back=True)
    told.person(cast.theo, look_back=True)  # not a client
    assert told.look_at("2026-11-23T14:59:00") == []
    assert told.look_at("2026-11-23T15:00:00") == [(cast.clara, "look_back", "2026-11-23")]
    assert told.look_at("2026-11-24T15:00:00") == []
    assert told.look_at("2026-11-30T15:00:00")[0] == (cast.clara, "look_back", "2026-11-30")
    mail = told.mails()[0]
    assert (mail.client_id, mail.expires_at) == (cast.clara, utc("2026-11-25T08:00:00"))


def test_the_week_is_the_clients_own_and_quiet_hours_are_waited_for(told: Notices, cast: Cast) -> None:
    told.person(cast.clara, look_back=True, week_starts_on=6, time_zone="Asia/Kathmandu")
    told.person(cast.clara, quiet_from=time(9), quiet_to=time(13))
    assert told.look_at("2026-11-22T04:14:00") == []
    assert told.look_at("2026-11-22T04:15:00") == [(cast.clara, "look_back", "2026-11-22")]
    assert told.mails()[0].due_at == utc("2026-11-22T07:15:00")


@pytest.mark.parametrize("rests", ["pause", "bad day"])
def test_a_client_who_rests_is_left_alone_and_told_when_they_are_back(told: Notices, cast: Cast, rests: str) -> None:
    told.person(cast.clara, look_back=True)
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    told.add(
        Pause(client_id=cast.clara, starts_on=monday, ends_on=tuesday, created_at=NOW)
        if rests == "pause"
        else BadDay(client_id=cast.clara, day=monday, created_at=NOW)
    )
    assert told.look_at("2026-11-23T15:00:00") == []
    assert told.look_at("2026-11-24T15:00:00") == [(cast.clara, "look_back", "2026-11-23")]


def test_a_pause_of_one_step_and_a_bad_day_that_was_taken_back_keep_nothing_away(told: Notices, cast: Cast) -> None:
    told.person(cast.clara, look_back=True)
    told.add(
        Pause(client_id=cast.clara, step_id=cast.walk, starts_on=date(2026, 11, 1), created_at=NOW),
        Pause(client_id=cast.clara, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 23), created_at=NOW),
        BadDay(client_id=cast.clara, day=date(2026, 11, 23), created_at=NOW, ended_at=NOW),
        BadDay(client_id=cast.clara, day=date(2026, 11, 22), created_at=NOW),
    )
    assert told.look_at("2026-11-23T15:00:00") == [(cast.clara, "look_back", "2026-11-23")]


# Reviews


def test_a_week_before_a_review_client_and_care_team_are_told_once(told: Notices, cast: Cast) -> None:
    assert told.look_at("2026-11-30T14:59:00") == []
    key = f"2026-12-07 {cast.plan}"
    found = told.look_at(WEEK_BEFORE)
    assert {one for one in found if one[2] == key} == {(cast.clara, "review", key), (cast.theo, "review", key)}
    assert told.look_at("2026-12-01T15:00:00") == []
    assert {mail.client_id for mail in told.mails() if mail.person_id == cast.theo} == {cast.clara}


def test_a_review_whose_date_changes_is_told_anew(told: Notices, cast: Cast) -> None:
    told.look_at(WEEK_BEFORE)
    told.change(CarePlan, cast.plan, review_on=date(2026, 12, 9))
    assert (cast.clara, "review", f"2026-12-09 {cast.plan}") in told.look_at("2026-12-02T15:00:00")


def test_the_care_team_is_told_of_a_review_only_while_it_may_see_the_plan(told: Notices, cast: Cast) -> None:
    with told.database.writing() as session:
        mine = update(SharingGrant).where(SharingGrant.person_id == cast.theo, SharingGrant.scope == "plan")
        session.execute(mine.values(ends_at=utc(WEEK_BEFORE)))
    assert cast.theo not in [person for person, *_ in told.look_at(WEEK_BEFORE)]


def test_a_care_team_member_who_no_longer_works_with_a_client_is_not_told_of_a_review(
    told: Notices, cast: Cast
) -> None:
    with told.database.writing() as session:
        session.execute(update(Assignment).values(ended_at=NOW))
    assert {person for person, *_ in told.look_at(WEEK_BEFORE)} == {cast.clara, cast.otto}


@pytest.mark.parametrize(
    ("who", "values"),
    [
        ("clara", {"plan_dates": False}),
        ("clara", {"deactivated_at": NOW}),
        ("theo", {"plan_dates": False}),
        ("theo", {"is_care_team": False}),
    ],
)
def test_whoever_does_not_want_it_or_is_gone_is_not_told_of_a_review(
    told: Notices, cast: Cast, who: str, values: dict[str, object]
) -> None:
    person = getattr(cast, who)
    told.person(person, **values)
    assert person not in [one for one, *_ in told.look_at(WEEK_BEFORE)]


def test_a_client_who_is_gone_is_nobodys_to_review(told: Notices, cast: Cast) -> None:
    told.person(cast.clara, deactivated_at=NOW)
    assert cast.theo not in [one for one, *_ in told.look_at(WEEK_BEFORE)]


def test_a_plan_that_is_over_has_no_review_and_no_end(told: Notices, cast: Cast) -> None:
    ends(told, cast.walk, date(2026, 12, 7))
    told.change(CarePlan, cast.plan, ended_at=NOW, ends_on=date(2026, 12, 7))
    assert {person for person, *_ in told.look_at(WEEK_BEFORE)} == {cast.otto}


def test_each_is_told_in_their_own_calm_hours(told: Notices, cast: Cast) -> None:
    told.person(cast.theo, time_zone="Asia/Kathmandu")
    assert cast.theo in [person for person, *_ in told.look_at("2026-11-30T04:15:00")]
    told_later = [person for person, *_ in told.look_at(WEEK_BEFORE)]
    assert cast.clara in told_later
    assert cast.theo not in told_later


# What ends


def test_steps_that_end_together_are_one_mail_a_week_before(told: Notices, cast: Cast) -> None:
    for step in (cast.walk, cast.pills, cast.therapy, cast.ride, cast.hotline):
        ends(told, step)
    assert told.look_at("2026-11-18T14:00:00") == []
    assert told.look_at("2026-11-18T15:00:00") == [(cast.clara, "ending", "2026-11-25")]
    assert told.look_at("2026-11-18T15:05:00") == []
    assert told.look_at("2026-11-20T15:00:00") == []
    assert told.mails()[0].expires_at == utc("2026-11-26T08:00:00")


def test_a_plan_that_ends_is_told_too(told: Notices, cast: Cast) -> None:
    told.change(CarePlan, cast.plan, ends_on=ENDS)
    assert told.look_at(BEFORE_ENDS) == [(cast.clara, "ending", "2026-11-25")]


def test_a_step_that_goes_on_or_rests_or_was_let_go_does_not_end(told: Notices, cast: Cast) -> None:
    for step in (cast.walk, cast.pills, cast.therapy):
        ends(told, step)
    told.add(
        CadenceVersion(client_id=cast.clara, step_id=cast.walk, created_by_id=cast.theo, created_at=NOW, kind="ongoing",
                       valid_from=date(2026, 11, 26), anchor=date(2026, 10, 5)),
    )  # fmt: skip
    told.change(ActionStep, cast.pills, status="on_hold")
    told.change(ActionStep, cast.therapy, status="retired")
    with told.database.writing() as session:
        once = update(CadenceVersion).where(CadenceVersion.step_id == cast.ride)
        session.execute(once.values(kind="once", valid_to=date(2026, 11, 26)))
    assert told.look_at(BEFORE_ENDS) == []


def test_a_version_that_ended_before_it_began_does_not_prolong_a_step(told: Notices, cast: Cast) -> None:
    ends(told, cast.walk)
    told.add(
        CadenceVersion(client_id=cast.clara, step_id=cast.walk, created_by_id=cast.theo, created_at=NOW, kind="ongoing",
                       valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 26), anchor=date(2026, 10, 5)),
    )  # fmt: skip
    assert told.look_at(BEFORE_ENDS) == [(cast.clara, "ending", "2026-11-25")]


@pytest.mark.parametrize("values", [{"plan_dates": False}, {"deactivated_at": NOW}, {"is_client": False}])
def test_whoever_does_not_want_it_or_is_gone_is_not_told_what_ends(
    told: Notices, cast: Cast, values: dict[str, object]
) -> None:
    ends(told, cast.walk)
    told.person(cast.clara, **values)
    assert told.look_at(BEFORE_ENDS) == []


def test_a_client_who_rests_is_told_of_an_end_when_they_are_back(told: Notices, cast: Cast) -> None:
    ends(told, cast.walk)
    told.add(Pause(client_id=cast.clara, starts_on=date(2026, 11, 19), ends_on=date(2026, 11, 21), created_at=NOW))
    assert told.look_at(BEFORE_ENDS) == []
    assert told.look_at("2026-11-21T17:00:00") == [(cast.clara, "ending", "2026-11-25")]


# Several at once


def test_four_processes_at_once_make_one_of_each(told: Notices, cast: Cast) -> None:
    told.person(cast.clara, look_back=True)
    ends(told, cast.walk, date(2026, 11, 26))
    told.change(CarePlan, cast.plan, review_on=date(2026, 11, 24))
    told.add(meets(cast, "2026-11-24T16:00:00"))
    ready = threading.Barrier(4)
    wrong: list[BaseException] = []

    def work() -> None:
        try:
            ready.wait(10)
            job.notices(told.database)
        except BaseException as error:
            wrong.append(error)

    for instant in ("2026-11-23T15:00:00", "2026-11-23T23:30:00"):
        with clock.standing_at(utc(instant)):
            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
    assert wrong == []
    key = f"2026-11-24 {cast.plan}"
    assert sorted(told.made()) == sorted(
        [
            (cast.clara, "look_back", "2026-11-23"),
            (cast.clara, "ending", "2026-11-26"),
            (cast.clara, "review", key),
            (cast.theo, "review", key),
            (cast.theo, "sessions", "2026-11-24"),
        ]
    )
    assert len(told.mails()) == 5
    with told.database.reading() as connection:
        theirs = select(func.count()).select_from(Endpoint).where(Endpoint.person_id == cast.theo)
        assert connection.execute(theirs).scalar_one() == 1


def test_more_than_fit_into_one_transaction_are_all_told(
    told: Notices, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "MOST", 1)
    assert {person for person, *_ in told.look_at(WEEK_BEFORE)} == {cast.clara, cast.theo, cast.otto}


def test_looking_costs_the_same_however_many_there_are_and_an_idle_look_writes_nothing(
    told: Notices, cast: Cast
) -> None:
    told.person(cast.clara, look_back=True)
    counts = []
    for instant in ("2026-11-23T15:00:00", "2026-11-23T15:05:00"):
        with counting(told.database.engine) as counted:
            told.look_at(instant)
        counts.append(len([s for s in counted.statements if s.startswith("SELECT")]))
    with told.database.writing():  # whoever wanted to write would wait for this
        assert told.look_at("2026-11-23T15:10:00") == []
    assert counts[1] <= 30
    with told.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Delivery)).scalar_one() == 1
        assert connection.execute(select(Notice.created_at)).scalars().all() == [utc("2026-11-23T15:00:00")]


# Sent like anything else


def test_a_notice_is_mailed_once_says_nothing_of_anybody_and_leads_to_the_right_page(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    told = Notices(engine.database)
    told.look_at(SIX)
    engine.look_at(SIX)
    engine.look_at("2026-11-19T23:05:00")
    (mail,) = mail_server.messages
    assert mail.recipients == ["theo@example.test"]
    assert "What your clients chose to share is ready: http://localhost/caseload" in mail.text
    assert "Clara" not in mail.text
    assert engine.states() == [("sent", None)]


def test_a_notice_that_is_no_longer_wanted_is_let_go(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    told = Notices(engine.database)
    told.look_at(SIX)
    told.person(cast.theo, digest=False)
    engine.look_at(SIX)
    assert mail_server.messages == []
    assert engine.states() == [("cancelled", "revoked")]


def test_a_notice_that_waited_too_long_is_let_go(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    Notices(engine.database).look_at(SIX)
    engine.dispatch_at("2026-11-20T05:00:00")
    assert mail_server.messages == []


def test_a_notice_a_server_refuses_is_told_and_counts_against_the_address(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    told = Notices(engine.database)
    told.look_at(SIX)
    mail_server.answer("550 No such person", to="RCPT")
    engine.look_at(SIX)
    assert engine.states() == [("failed", "mail server answered 550")]
    with engine.database.reading() as connection:
        refused = select(Endpoint.refused).where(Endpoint.person_id == cast.theo)
        assert connection.execute(refused).scalar_one() == 1
