"""The last look before a notice is sent: whatever speaks against it since it was made keeps it silent."""

from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.counting import counting
from tests.support.notices import Notices, utc
from webapp.db import Database
from webapp.domain.quiet_hours import QuietHours
from webapp.models import ActionStep, Assignment, BadDay, CadenceVersion, CarePlan, Pause, SharingGrant
from webapp.models import Session as Appointment
from webapp.queries.notices import Wishes, still_wanted, wishes

SIX, LATER = "2026-11-19T23:00:00", "2026-11-20T01:00:00"
MONDAY, NOON = "2026-11-23T15:00:00", "2026-11-23T17:00:00"
ENDS = date(2026, 11, 25)


@pytest.fixture
def told(database: Database, cast: Cast) -> Notices:
    return Notices(database)


def all_four(told: Notices, cast: Cast) -> None:
    """On Monday the 23rd: Clara's look back, a review for her and Theo, what ends, and Theo's sessions."""
    told.person(cast.clara, look_back=True)
    told.change(CarePlan, cast.plan, review_on=date(2026, 11, 26))
    ends(told, cast.walk)
    told.look_at(MONDAY)


def ends(told: Notices, step_id: int) -> None:
    with told.database.writing() as session:
        change = update(CadenceVersion).where(CadenceVersion.step_id == step_id)
        session.execute(change.values(valid_to=ENDS + timedelta(days=1)))


def wanted(told: Notices, instant: str = NOON) -> set[tuple[int, str]]:
    return {(one.person_id, str(one.kind)) for one in told.facts(instant) if one.wanted}


def test_what_nobody_spoke_against_is_wanted_and_leads_to_a_page_of_its_readers_own(
    told: Notices, cast: Cast, browse: As, app: Flask
) -> None:
    all_four(told, cast)
    told.change(Appointment, cast.next_session, starts_at=utc("2026-11-24T17:00:00"))
    told.look_at("2026-11-23T23:00:00")
    facts = told.facts("2026-11-23T23:30:00")
    assert {(one.person_id, str(one.kind), one.link) for one in facts} == {
        (cast.clara, "look_back", "/progress"),
        (cast.clara, "review", "/plan"),
        (cast.clara, "ending", "/plan"),
        (cast.theo, "review", f"/clients/{cast.clara}/plan"),
        (cast.theo, "sessions", "/caseload"),
    }
    assert all(one.wanted and one.language == "en" and one.zone == "America/New_York" for one in facts)
    for one in facts:
        assert browse(one.person_id).get(one.link).status_code == 200


def test_the_reader_is_told_with_their_quiet_hours_and_until_when_it_is_of_use(told: Notices, cast: Cast) -> None:
    told.look_at(SIX)
    told.person(cast.theo, quiet_from=time(21), quiet_to=time(7), language="es", time_zone="America/Chicago")
    (one,) = told.facts(LATER)
    assert (one.quiet, one.language, one.zone) == (QuietHours(time(21), time(7)), "es", "America/Chicago")
    assert one.expires_at == utc("2026-11-20T05:00:00")


@pytest.mark.parametrize(
    "values", [{"digest": False}, {"is_care_team": False}, {"deactivated_at": NOW}, {"joined_at": None}]
)
def test_a_digest_somebody_turned_off_or_that_finds_nobody_is_not_sent(
    told: Notices, cast: Cast, values: dict[str, object]
) -> None:
    told.look_at(SIX)
    assert told.wanted(LATER) == [True]
    told.person(cast.theo, **values)
    assert told.wanted(LATER) == [False]


@pytest.mark.parametrize(
    "values", [{"status": "cancelled"}, {"starts_at": utc("2026-11-21T17:00:00")}, {"status": "held"}]
)
def test_a_digest_without_a_session_left_is_not_sent(told: Notices, cast: Cast, values: dict[str, object]) -> None:
    told.look_at(SIX)
    told.change(Appointment, cast.next_session, **values)
    assert told.wanted(LATER) == [False]


def test_a_digest_is_not_sent_once_they_no_longer_work_together_or_tomorrow_is_another_day(
    told: Notices, cast: Cast
) -> None:
    told.look_at(SIX)
    told.person(cast.theo, time_zone="Pacific/Auckland")
    assert told.wanted(LATER) == [False]
    told.person(cast.theo, time_zone="America/New_York")
    with told.database.writing() as session:
        session.execute(update(Assignment).values(ended_at=NOW))
    assert told.wanted(LATER) == [False]


def test_a_session_moved_within_the_day_is_still_told(told: Notices, cast: Cast) -> None:
    told.look_at(SIX)
    told.change(Appointment, cast.next_session, starts_at=utc("2026-11-20T22:00:00"))
    assert told.wanted(LATER) == [True]


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"look_back": False}, {"review", "ending"}),
        ({"plan_dates": False}, {"look_back"}),
        ({"is_client": False}, set()),
        ({"deactivated_at": NOW}, set()),
    ],
)
def test_what_a_client_turned_off_since_is_not_sent(
    told: Notices, cast: Cast, values: dict[str, object], left: set[str]
) -> None:
    all_four(told, cast)
    told.person(cast.clara, **values)
    assert {kind for person, kind in wanted(told) if person == cast.clara} == left


@pytest.mark.parametrize("rests", ["pause", "bad day"])
def test_a_client_who_rests_since_is_left_alone_and_the_care_team_is_not(told: Notices, cast: Cast, rests: str) -> None:
    all_four(told, cast)
    monday = date(2026, 11, 23)
    told.add(
        Pause(client_id=cast.clara, starts_on=monday, created_at=NOW)
        if rests == "pause"
        else BadDay(client_id=cast.clara, day=monday, created_at=NOW)
    )
    assert wanted(told) == {(cast.theo, "review")}


def test_a_care_team_member_who_is_on_leave_as_a_client_still_has_sessions(told: Notices, cast: Cast) -> None:
    told.look_at(SIX)
    told.add(Pause(client_id=cast.theo, starts_on=date(2026, 11, 1), created_at=NOW))
    assert told.wanted(LATER) == [True]


@pytest.mark.parametrize(
    "values", [{"review_on": date(2026, 11, 27)}, {"review_on": None}, {"ended_at": NOW}, {"review_on": NOW.date()}]
)
def test_a_review_on_another_day_is_not_told(told: Notices, cast: Cast, values: dict[str, object]) -> None:
    all_four(told, cast)
    told.change(CarePlan, cast.plan, **values)
    assert not {kind for _, kind in wanted(told)} & {"review"}


def test_a_review_is_the_care_teams_only_while_it_works_with_the_client_and_may_see_the_plan(
    told: Notices, cast: Cast
) -> None:
    all_four(told, cast)
    assert (cast.theo, "review") in wanted(told)
    for record, values in (
        (SharingGrant, {"withdrawn_at": NOW}),
        (SharingGrant, {"withdrawn_at": None, "ends_at": NOW}),
        (SharingGrant, {"ends_at": None, "starts_at": utc("2026-12-01T00:00:00")}),
    ):
        with told.database.writing() as session:
            session.execute(update(record).values(**values))
        assert (cast.theo, "review") not in wanted(told)
    with told.database.writing() as session:
        session.execute(update(SharingGrant).values(starts_at=NOW))
    assert (cast.theo, "review") in wanted(told)
    told.person(cast.theo, plan_dates=False)
    assert (cast.theo, "review") not in wanted(told)
    told.person(cast.theo, plan_dates=True, is_care_team=False)
    assert (cast.theo, "review") not in wanted(told)
    told.person(cast.theo, is_care_team=True)
    with told.database.writing() as session:
        session.execute(update(Assignment).values(ended_at=NOW))
    assert (cast.theo, "review") not in wanted(told)
    with told.database.writing() as session:
        session.execute(update(Assignment).values(ended_at=None))
    assert (cast.theo, "review") in wanted(told)
    told.person(cast.clara, deactivated_at=NOW)
    assert wanted(told) == set()


def test_what_no_longer_ends_is_not_told(told: Notices, cast: Cast) -> None:
    all_four(told, cast)
    told.change(ActionStep, cast.walk, status="retired")
    assert (cast.clara, "ending") not in wanted(told)
    told.change(CarePlan, cast.plan, ends_on=ENDS)
    assert (cast.clara, "ending") in wanted(told)
    told.change(CarePlan, cast.plan, ends_on=ENDS + timedelta(days=8))
    assert (cast.clara, "ending") not in wanted(told)
    ends(told, cast.pills)
    assert (cast.clara, "ending") in wanted(told)


def test_any_number_of_notices_takes_two_queries_and_none_takes_one(told: Notices, cast: Cast) -> None:
    all_four(told, cast)
    with counting(told.database.engine) as counted:
        assert len(told.facts(NOON)) == 4
    assert len(counted) == 3  # the first only asks which there are
    with told.database.reading() as connection, counting(told.database.engine) as counted:
        assert still_wanted(connection, [], NOW) == {}
        assert still_wanted(connection, [10**6], NOW) == {}
    assert len(counted) == 2


def test_everybody_chooses_about_the_mails_they_could_get(database: Database, cast: Cast) -> None:
    with database.reading() as connection:
        found = [wishes(connection, who) for who in (cast.clara, cast.theo, cast.sam, cast.ada)]
    nothing = Wishes(look_back=None, digest=None, plan_dates=None)
    assert found == [Wishes(False, None, True), Wishes(None, True, True), nothing, nothing]
