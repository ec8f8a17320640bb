"""Today: what is asked, what is settled, in how many queries."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.conftest import As
from tests.support.cast import NOW, START, TODAY, Cast
from tests.support.counting import counting
from webapp import clock
from webapp.db import Database
from webapp.models import (
    ActionStep,
    BadDay,
    CadenceVersion,
    CheckIn,
    Commitment,
    CopingStrategy,
    Pause,
    Person,
)
from webapp.models import Session as Appointment


def text(page: str) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def add_step(session: Session, cast: Cast, words: str, **more: Any) -> int:
    cadence = {key: more.pop(key) for key in list(more) if key in CadenceVersion.__table__.c}
    values = {"actor_kind": "self", "created_by_id": cast.theo, "created_at": NOW} | more
    step = ActionStep(client_id=cast.clara, plan_id=cast.plan, text=words, **values)
    session.add(step)
    session.flush()
    dated = {"kind": "target", "valid_from": START, "anchor": START, "created_at": NOW} | cadence
    session.add(CadenceVersion(client_id=cast.clara, step_id=step.id, created_by_id=cast.theo, **dated))
    session.flush()
    return step.id


def check_in(session: Session, cast: Cast, step: int, day: date = TODAY, **more: Any) -> int:
    values = {"by_id": cast.clara, "outcome": "done", "at": NOW} | more
    row = CheckIn(client_id=cast.clara, step_id=step, op_id=str(uuid4()), day=day, **values)
    session.add(row)
    session.flush()
    return row.id


def test_today_greets_by_the_name_to_be_called_by_and_says_the_date(cast: Cast, browse: As) -> None:
    page = browse(cast.clara).get("/today").text
    assert "Good afternoon, Clara" in page
    assert "Thursday, November 19" in page


def test_own_steps_and_a_supporters_stand_there_with_where_they_are(cast: Cast, browse: As) -> None:
    page = text(browse(cast.clara).get("/today").text)
    assert "0 of 2 this week, 4 days left" in page
    assert "today, at 8:00 AM" in page
    assert "Drive Clara to choir" in page
    assert "Sam" in page
    assert "Ring my sponsor" in page


def test_professional_steps_are_not_ticked_here(cast: Cast, browse: As) -> None:
    assert "Talking therapy" not in browse(cast.clara).get("/today").text


def test_an_appointment_of_today_is_shown_and_one_of_tomorrow_is_not(
    cast: Cast, database: Database, browse: As
) -> None:
    client = browse(cast.clara)
    assert "Theo Lindqvist" not in client.get("/today").text
    with database.writing() as session:
        at = NOW + timedelta(hours=3)
        session.add(Appointment(client_id=cast.clara, care_team_id=cast.theo, starts_at=at, created_at=NOW))
    assert "today, 3:00\xa0PM" in client.get("/today").text


def test_the_persons_own_words_win(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.get_one(ActionStep, cast.walk).own_words = "Out with Bruno"
    page = browse(cast.clara).get("/today").text
    assert "Out with Bruno" in page
    assert "Walk by the river" not in page


def test_what_is_done_stays_visible_with_undo(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        done = check_in(session, cast, cast.pills, slot="08:00", note="With <b>toast</b>")
    page = browse(cast.clara).get("/today").text
    settled = page[page.index("Settled today") :]
    assert "Take the morning pills" in settled
    assert f'action="/check-ins/{done}/undo"' in settled
    assert "With &lt;b&gt;toast&lt;/b&gt;" in settled


def test_what_the_supporter_said_stands_there_and_cannot_be_taken_back_by_the_client(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        said = check_in(session, cast, cast.ride, by_id=cast.sam)
    page = browse(cast.clara).get("/today").text
    assert "Sam: it happened" in page
    assert f"/check-ins/{said}/undo" not in page


def test_a_promise_moved_to_today_is_on_today(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.execute(update(CadenceVersion).where(CadenceVersion.step_id == cast.ride).values(weekdays=[1]))
        check_in(
            session, cast, cast.ride, TODAY - timedelta(days=2), by_id=cast.sam, outcome="not_today", moved_to=TODAY
        )
    assert "moved to today" in browse(cast.clara).get("/today").text


@pytest.mark.parametrize(("state", "there"), [("proposed", True), ("declined", False), ("active", True)])
def test_what_somebody_declined_is_not_asked(
    cast: Cast, database: Database, browse: As, state: str, there: bool
) -> None:
    with database.writing() as session:
        session.get_one(Commitment, cast.promise).state = state
    page = browse(cast.clara).get("/today").text
    assert ("Drive Clara to choir" in page) is there
    assert ("has not said yes yet" in page) is (state == "proposed")


def test_a_paused_step_rests_and_a_retired_one_is_gone(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.add(Pause(client_id=cast.clara, step_id=cast.pills, starts_on=TODAY, created_at=NOW))
        session.get_one(ActionStep, cast.walk).status = "retired"
    page = browse(cast.clara).get("/today").text
    assert f"step-{cast.pills}" not in page
    assert "Resting: Take the morning pills." in page
    assert "Walk by the river" not in page
    assert "Ring my sponsor" in page


def test_a_pause_of_everything_empties_today_kindly(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.add(Pause(client_id=cast.clara, starts_on=TODAY, created_at=NOW))
    page = browse(cast.clara).get("/today").text
    assert "You are resting. Nothing is asked of you, and nothing is counted." in page
    assert 'href="/pauses"' in page
    assert "article" not in page
    assert "Resting: " not in page


def test_the_day_turns_at_the_persons_own_hour(cast: Cast, database: Database, browse: As) -> None:
    """Half past one at night still belongs to Thursday; at three it is Friday."""
    client = browse(cast.clara)
    with clock.standing_at(NOW + timedelta(hours=13, minutes=30)):
        page = client.get("/today").text
        assert "Thursday, November 19" in page
        assert "Good evening" in page
    with clock.standing_at(NOW + timedelta(hours=15)):
        assert "Friday, November 20" in client.get("/today").text


def test_the_first_thing_of_the_day_is_marked_as_next(cast: Cast, browse: As) -> None:
    page = browse(cast.clara).get("/today").text
    assert page.count("is-next") == 1
    assert re.search(rf'is-next" id="step-{cast.pills}-0800"', page)


def test_a_bad_day_shrinks_to_the_smallest_versions_and_what_helps(cast: Cast, database: Database, browse: As) -> None:
    client = browse(cast.clara)
    assert client.post("/bad-day").status_code == 303
    page = text(client.get("/today").text)
    front, wait = page.split("Everything else can wait")
    assert "Put on my shoes" in front
    assert "Slow breathing" in front
    assert "Take the morning pills" in wait
    assert client.post("/bad-day/undo").status_code == 303
    assert "Everything else can wait" not in client.get("/today").text
    with database.reading() as connection:
        (row,) = connection.execute(BadDay.__table__.select())
    assert (row.day, row.ended_at) == (TODAY, NOW)


def test_medicine_stays_in_sight_on_a_bad_day(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.get_one(ActionStep, cast.pills).intervention = "medication"
    client = browse(cast.clara)
    client.post("/bad-day")
    front, _ = client.get("/today").text.split("Everything else can wait")
    assert "Take the morning pills" in front


def test_a_bad_day_asked_for_twice_is_one_and_ends_by_itself(cast: Cast, database: Database, browse: As) -> None:
    client = browse(cast.clara)
    client.post("/bad-day")
    client.post("/bad-day")
    with database.reading() as connection:
        assert len(connection.execute(BadDay.__table__.select()).all()) == 1
    with clock.standing_at(NOW + timedelta(days=1)):
        assert "Everything else can wait" not in client.get("/today").text


def test_doing_the_smallest_version_says_did_some(cast: Cast, browse: As) -> None:
    client = browse(cast.clara)
    client.post("/bad-day")
    page = client.get("/today").text
    card = page[page.index(f'id="step-{cast.walk}"') :]
    assert 'name="outcome" value="some"' in card[: card.index("</form>")]


def test_today_speaks_spanish_dates_to_a_spanish_reader(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.get_one(Person, cast.clara).language = "es"
    page = browse(cast.clara).get("/today").text
    assert "jueves, 19 de noviembre" in page
    assert '<html lang="es"' in page


def test_today_takes_six_queries_however_much_there_is(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        for n in range(20):
            step = add_step(session, cast, f"Step {n}", target_min=3, per_unit="week")
            session.add(Pause(client_id=cast.clara, step_id=step, starts_on=TODAY + timedelta(days=2), created_at=NOW))
            for ago in range(10):
                check_in(session, cast, step, TODAY - timedelta(days=ago))
            session.add(
                CopingStrategy(client_id=cast.clara, text=f"Strategy {n}", created_by_id=cast.clara, created_at=NOW)
            )
        session.add(BadDay(client_id=cast.clara, day=TODAY, created_at=NOW))
    client = browse(cast.clara)
    with counting(database.engine) as counted:
        assert client.get("/today").status_code == 200
    assert len(counted) <= 6, str(counted)


def test_otto_sees_his_own_day(cast: Cast, browse: As) -> None:
    page = browse(cast.otto).get("/today").text
    assert "Otto&#39;s own step" in page
    assert "Walk by the river" not in page


def test_the_day_on_which_the_clocks_change_is_a_day_like_any_other(cast: Cast, database: Database, browse: As) -> None:

    with database.writing() as session:
        at = datetime.combine(date(2026, 11, 1), time(20), tzinfo=NOW.tzinfo)
        session.add(Appointment(client_id=cast.clara, care_team_id=cast.theo, starts_at=at, created_at=NOW))
    client = browse(cast.clara)
    with clock.standing_at(at - timedelta(hours=2)):
        page = client.get("/today").text
    assert "Sunday, November 1" in page
    assert "Theo Lindqvist" in page
