"""A therapist plans, moves, holds and cancels sessions in their own time zone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.support.cast import NOW, Cast
from webapp.db import Database
from webapp.models import AgendaItem, Person, SharingGrant
from webapp.models import Session as Appointment
from webapp.services import agenda

As = Callable[[int | None], FlaskClient]
FORM = {"day": "2026-12-03", "at": "14:30", "minutes": "50", "place": "Room 2"}


def address(cast: Cast, rest: str = "") -> str:
    return f"/clients/{cast.clara}/sessions{rest}"


def newest(database: Database) -> Appointment:
    with database.writing() as session:
        return session.query(Appointment).order_by(Appointment.id.desc()).first()  # type: ignore[return-value]


def test_a_planned_session_starts_at_the_therapists_wall_time(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    answer = theo.post(address(cast), data=FORM)
    assert (answer.status_code, answer.location) == (303, address(cast))
    made = newest(database)
    assert (made.starts_at, made.minutes, made.place) == (datetime(2026, 12, 3, 19, 30, tzinfo=UTC), 50, "Room 2")
    page = theo.get(address(cast)).text
    assert "Dec 3, 2:30\xa0PM" in page
    assert "Room 2" in page


def test_a_therapist_elsewhere_types_their_own_time(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Person, cast.theo).time_zone = "Europe/Berlin"
    browse(cast.theo).post(address(cast), data=FORM)
    assert newest(database).starts_at == datetime(2026, 12, 3, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "instant", "sentence"),
    [
        ("2027-03-14", "02:30", datetime(2027, 3, 14, 7, 30, tzinfo=UTC), "The clocks skip that time"),
        ("2027-11-07", "01:30", datetime(2027, 11, 7, 5, 30, tzinfo=UTC), "has this time twice"),
    ],
)
def test_a_time_the_clocks_skip_or_repeat_is_said(
    browse: As, database: Database, cast: Cast, day: str, at: str, instant: datetime, sentence: str
) -> None:
    answer = browse(cast.theo).post(address(cast), data=FORM | {"day": day, "at": at}, follow_redirects=True)
    assert newest(database).starts_at == instant
    assert sentence in answer.text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("day", "soon", "Choose a day"),
        ("day", "", "Choose a day"),
        ("at", "25:00", "Choose a time"),
        ("minutes", "0", "from 5 to 480"),
        ("minutes", "much", "from 5 to 480"),
        ("place", "x" * 201, "longer than 200"),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_field_and_kept(
    browse: As, cast: Cast, field: str, value: str, sentence: str
) -> None:
    answer = browse(cast.theo).post(address(cast), data=FORM | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="{field}-error"' in answer.text
    assert f'value="{value or "14:30"}"' in answer.text


def test_a_date_that_does_not_exist_is_refused_plainly(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Person, cast.theo).time_zone = "Pacific/Apia"
    answer = browse(cast.theo).post(address(cast), data=FORM | {"day": "2011-12-30"})
    assert answer.status_code == 422
    assert "does not exist where you are" in answer.text


def test_a_session_moves(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    page = theo.get(address(cast, f"/{cast.next_session}"))
    assert 'value="2026-11-20"' in page.text
    assert 'value="12:00"' in page.text
    assert theo.post(address(cast, f"/{cast.next_session}"), data=FORM).status_code == 303
    with database.writing() as session:
        assert session.get_one(Appointment, cast.next_session).starts_at == datetime(2026, 12, 3, 19, 30, tzinfo=UTC)


def test_a_move_to_nowhere_keeps_what_was_typed(browse: As, cast: Cast) -> None:
    answer = browse(cast.theo).post(address(cast, f"/{cast.next_session}"), data=FORM | {"day": "never"})
    assert answer.status_code == 422
    assert 'value="never"' in answer.text


def test_a_held_session_settles_what_the_therapist_was_shown(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Appointment, cast.next_session).starts_at = NOW - timedelta(hours=1)
        agenda.add(session, cast.clara, "Sleep", NOW)
    assert browse(cast.theo).post(address(cast, f"/{cast.next_session}/held")).status_code == 303
    with database.writing() as session:
        assert session.get_one(Appointment, cast.next_session).status == "held"
        assert session.query(AgendaItem).one().session_id == cast.next_session


def test_what_the_therapist_was_not_shown_stays_open(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.query(SharingGrant).filter_by(scope="agenda").delete()
        session.get_one(Appointment, cast.next_session).starts_at = NOW - timedelta(hours=1)
        agenda.add(session, cast.clara, "Sleep", NOW)
    browse(cast.theo).post(address(cast, f"/{cast.next_session}/held"))
    with database.writing() as session:
        assert session.query(AgendaItem).one().settled_at is None


def test_a_session_to_come_cannot_be_held_yet(browse: As, cast: Cast) -> None:
    theo = browse(cast.theo)
    assert "It was held" not in theo.get(address(cast)).text
    answer = theo.post(address(cast, f"/{cast.next_session}/held"))
    assert answer.status_code == 422
    assert "has not begun yet" in answer.text


def test_a_cancelled_session_can_be_planned_again(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    theo.post(address(cast, f"/{cast.next_session}/cancelled"))
    assert "Plan it again" in theo.get(address(cast)).text
    theo.post(address(cast, f"/{cast.next_session}/planned"))
    with database.writing() as session:
        assert session.get_one(Appointment, cast.next_session).status == "planned"


def test_the_client_sees_the_next_session_and_the_receipt_on_their_plan(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    before = clara.get("/plan").text
    assert "Next session: tomorrow, 12:00\xa0PM with Theo Lindqvist" in before
    assert "read your weeks" not in before
    browse(cast.theo).post(address(cast, f"/{cast.next_session}/reviewed"))
    assert "Theo Lindqvist read your weeks today, 12:00\xa0PM." in clara.get("/plan").text


def test_without_sessions_the_page_says_what_it_is_for(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.query(Appointment).delete()
    assert "will stand here" in browse(cast.theo).get(address(cast)).text


@pytest.mark.parametrize("verb", ["", "/held", "/cancelled", "/planned", "/reviewed"])
def test_a_session_of_another_client_or_therapist_is_not_there(
    browse: As, database: Database, cast: Cast, verb: str
) -> None:
    with database.writing() as session:
        made = Appointment(client_id=cast.otto, care_team_id=cast.tess, starts_at=NOW, created_at=NOW)
        other = Appointment(client_id=cast.clara, care_team_id=cast.tess, starts_at=NOW, created_at=NOW)
        session.add_all([made, other])
        session.flush()
        foreign = (made.id, other.id, 10**9)
    for session_id in foreign:
        assert browse(cast.theo).post(address(cast, f"/{session_id}{verb}"), data=FORM).status_code == 404
        if not verb:
            assert browse(cast.theo).get(address(cast, f"/{session_id}")).status_code == 404


@pytest.mark.parametrize("day", ["2020-12-03", "2062-12-03", "0001-01-01", "9999-12-31"])
def test_a_mistyped_year_is_asked_about_and_nothing_typed_is_lost(
    browse: As, database: Database, cast: Cast, day: str
) -> None:
    before = newest(database).id
    answer = browse(cast.theo).post(address(cast), data=FORM | {"day": day})
    assert answer.status_code == 422
    assert "Is the year right?" in answer.text
    assert day in answer.text
    assert newest(database).id == before
