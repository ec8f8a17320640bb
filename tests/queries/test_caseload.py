"""A caseload is by next session, counts only what is shared, and costs the same however long it is."""

from datetime import date, timedelta

import pytest

from tests.support.cast import NOW, Cast
from tests.support.clara import live_two_weeks, says
from tests.support.counting import counting
from webapp.db import Database
from webapp.domain.caseload import Kept
from webapp.domain.sharing import Scope
from webapp.models import Assignment, Pause, Person, SharingGrant
from webapp.models import Session as Appointment
from webapp.queries.caseload import CaseloadLine, clients, lines


def look(database: Database, member: int) -> tuple[CaseloadLine, ...]:
    with database.reading() as connection:
        return lines(connection, clients(connection, member, NOW), NOW)


def more_clients(database: Database, cast: Cast, number: int, session_in: timedelta | None = None) -> list[int]:
    with database.writing() as session:
        made = []
        for place in range(number):
            email = f"more{place}-{number}@example.test"
            person = Person(
                organisation_id=cast.organisation,
                name=f"More {place}",
                called="More",
                email=email,
                email_key=email,
                is_client=True,
                created_at=NOW,
            )
            session.add(person)
            session.flush()
            made.append(person.id)
            session.add(Assignment(care_team_id=cast.theo, client_id=person.id, assigned_at=NOW))
            session.add(
                SharingGrant(
                    client_id=person.id,
                    person_id=cast.theo,
                    scope="steps",
                    granted_by_id=person.id,
                    granted_at=NOW,
                    starts_at=NOW,
                )
            )
            if session_in:
                starts = NOW + session_in
                session.add(Appointment(client_id=person.id, care_team_id=cast.theo, starts_at=starts, created_at=NOW))
        return made


@pytest.fixture
def lived(database: Database, cast: Cast) -> Cast:
    with database.writing() as session:
        live_two_weeks(session, cast)
    return cast


def test_a_line_counts_the_last_closed_week_of_own_steps(database: Database, lived: Cast) -> None:
    (clara,) = look(database, lived.theo)
    assert (clara.id, clara.name, clara.joined, clara.plan_shared, clara.steps_shared) == (
        lived.clara,
        "Clara Reyes",
        True,
        True,
        True,
    )
    assert clara.week == Kept(1 + 3, 2 + 6)  # the walk, and the pills less the day she was not well
    assert (clara.quiet_days, clara.recorded) == (2, True)
    assert (clara.last_at, clara.next_at) == (NOW - timedelta(days=14), NOW + timedelta(days=1))


def test_a_paused_week_asks_for_nothing(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        session.add(
            Pause(client_id=lived.clara, starts_on=date(2026, 11, 9), ends_on=date(2026, 11, 16), created_at=NOW)
        )
    assert look(database, lived.theo)[0].week == Kept(0, 0)


def test_without_steps_nothing_of_them_is_there(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        session.query(SharingGrant).filter_by(person_id=lived.theo, scope=Scope.STEPS).delete()
    (clara,) = look(database, lived.theo)
    assert (clara.steps_shared, clara.week, clara.quiet_days, clara.recorded) == (False, None, None, False)


def test_a_record_about_substance_use_is_not_even_a_date(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        says(session, cast, cast.walk, date(2026, 11, 10))
        says(session, cast, cast.hotline, date(2026, 11, 18))
    assert look(database, cast.theo)[0].quiet_days == 9
    with database.writing() as session:
        session.add(
            SharingGrant(
                client_id=cast.clara,
                person_id=cast.theo,
                scope="substance_use",
                granted_by_id=cast.clara,
                granted_at=NOW,
                starts_at=NOW,
            )
        )
    assert look(database, cast.theo)[0].quiet_days == 1


def test_a_supporters_word_or_one_taken_back_is_no_record_of_the_client(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        says(session, cast, cast.ride, date(2026, 11, 19), by=cast.sam)
        says(session, cast, cast.walk, date(2026, 11, 19), undone_at=NOW)
    (clara,) = look(database, cast.theo)
    assert (clara.quiet_days, clara.recorded) == (None, False)


def test_a_record_for_a_day_to_come_is_as_new_as_today(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        says(session, cast, cast.pills, date(2026, 11, 20))
    assert look(database, cast.theo)[0].quiet_days == 0


def test_the_next_session_comes_first_and_those_without_one_last(database: Database, cast: Cast) -> None:
    without = more_clients(database, cast, 1)
    soon = more_clients(database, cast, 2, timedelta(hours=2))
    assert [line.id for line in look(database, cast.theo)] == [*soon, cast.clara, *without]


def test_a_session_under_way_is_still_the_next(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Appointment, cast.next_session).starts_at = NOW - timedelta(minutes=30)
    assert look(database, cast.theo)[0].next_at == NOW - timedelta(minutes=30)


def test_cancelled_sessions_and_those_with_others_do_not_count(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Appointment, cast.next_session).status = "cancelled"
        session.add(
            Appointment(
                client_id=cast.clara, care_team_id=cast.tess, starts_at=NOW + timedelta(hours=1), created_at=NOW
            )
        )
    assert look(database, cast.theo)[0].next_at is None


def test_only_those_assigned_now_are_there(database: Database, cast: Cast) -> None:
    assert [line.id for line in look(database, cast.tess)] == [cast.otto]
    with database.writing() as session:
        session.query(Assignment).filter_by(care_team_id=cast.tess).update({"ended_at": NOW})
    assert look(database, cast.tess) == ()


def test_thirty_clients_cost_as_many_queries_as_three(database: Database, cast: Cast) -> None:
    more_clients(database, cast, 2)
    with counting(database.engine) as three:
        look(database, cast.theo)
    more_clients(database, cast, 27)
    with counting(database.engine) as thirty:
        assert len(look(database, cast.theo)) == 30
    assert len(three) == len(thirty) <= 6, str(thirty)
