"""Setting the times of reminders, on a step and on a promise."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.people import SIGNED, acting
from tests.support.rows import all_of
from webapp.db import Database
from webapp.domain.sharing import Scope
from webapp.models import ActionStep, Look, Reminder
from webapp.services import sharing

HTMX = {"HX-Request": "true"}


def typed(step_id: int, *times: str, **more: str) -> dict[str, str]:
    names = dict(zip(("first", "second", "third"), times, strict=False)) | more
    return {f"remind-{step_id}-{name}": value for name, value in names.items()}


def standing(database: Database) -> list[tuple[int, str, bool]]:
    with database.reading() as connection:
        rows = connection.execute(
            select(Reminder.person_id, Reminder.at_time, Reminder.plain_words)
            .where(Reminder.ended_at.is_(None))
            .order_by(Reminder.at_time)
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]


def set_on(browser: FlaskClient, step_id: int, *times: str, headers: Any = None, **more: str) -> Any:
    return browser.post(f"/steps/{step_id}/reminders", data=typed(step_id, *times, **more), headers=headers)


def test_a_client_sets_up_to_three_times_and_is_led_back(browse: As, cast: Cast, database: Database) -> None:
    answer = set_on(browse(cast.clara), cast.walk, "20:00", "9:30", "")
    assert answer.status_code == 303
    assert answer.location.endswith(f"/steps/{cast.walk}")
    assert standing(database) == [(cast.clara, "09:30", False), (cast.clara, "20:00", False)]


def test_the_same_again_is_the_same_and_a_change_replaces(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    set_on(clara, cast.walk, "20:00")
    set_on(clara, cast.walk, "20:00")
    set_on(clara, cast.walk, "21:00", plain_words="y")
    assert standing(database) == [(cast.clara, "21:00", True)]
    set_on(clara, cast.walk, "20:00")
    assert standing(database) == [(cast.clara, "20:00", False)]


def test_it_is_turned_off_by_its_button_or_by_empty_fields(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    for off in ({"off": "1"}, {}):
        set_on(clara, cast.walk, "20:00")
        times = ("20:00",) if off else ("", "")
        clara.post(f"/steps/{cast.walk}/reminders", data=typed(cast.walk, *times) | off)
        assert standing(database) == []


def test_what_is_no_time_comes_back_with_a_sentence_and_everything_typed(
    browse: As, cast: Cast, database: Database
) -> None:
    answer = set_on(browse(cast.clara), cast.walk, "after supper", "20:00", plain_words="y")
    assert answer.status_code == 422
    assert "Write a time of day" in answer.text
    assert 'value="after supper"' in answer.text
    assert 'value="20:00"' in answer.text
    assert "Walk by the river" in answer.text
    assert standing(database) == []


@pytest.mark.parametrize("text", ["9" * 30 + ":00", "8:" + "9" * 30, "25:00", "8:61", "-1:00", "8"])
def test_a_time_that_no_clock_shows_is_said_to_be_none(cast: Cast, browse: As, text: str) -> None:
    answer = set_on(browse(cast.clara), cast.walk, text)
    assert answer.status_code == 422
    assert "Write a time of day" in answer.text


def test_a_time_in_quiet_hours_needs_a_yes(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    clara.post("/reminders/settings", data={"quiet_from": "22:00", "quiet_to": "07:00", "follow_up": "off"})
    answer = set_on(clara, cast.walk, "23:00")
    assert answer.status_code == 422
    assert "11:00\xa0PM is in your quiet hours" in answer.text
    assert standing(database) == []
    assert set_on(clara, cast.walk, "23:00", anyway="y").status_code == 303
    assert standing(database) == [(cast.clara, "23:00", False)]


def test_htmx_gets_the_changed_part_alone(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    kept = set_on(clara, cast.walk, "20:00", headers=HTMX)
    assert kept.status_code == 200
    assert f'id="remind-{cast.walk}"' in kept.text
    assert "Next: today, 8:00\xa0PM" in kept.text
    assert "<html" not in kept.text
    wrong = set_on(clara, cast.walk, "late", headers=HTMX)
    assert wrong.status_code == 422
    assert "<html" not in wrong.text


def test_a_supporter_is_reminded_of_their_own_promise_only(browse: As, cast: Cast, database: Database) -> None:
    sam = browse(cast.sam)
    answer = sam.post(f"/promises/{cast.promise}/reminders", data=typed(cast.ride, "12:30"))
    assert answer.status_code == 303
    assert standing(database) == [(cast.sam, "12:30", False)]
    assert (
        browse(cast.nora).post(f"/promises/{cast.promise}/reminders", data=typed(cast.ride, "12:30")).status_code == 404
    )
    assert set_on(sam, cast.walk, "12:30").status_code == 404
    assert set_on(browse(cast.otto), cast.walk, "12:30").status_code == 404


def test_a_promise_that_comes_back_with_a_sentence_is_a_look_and_carries_the_notice_of_the_law(
    browse: As, cast: Cast, database: Database
) -> None:
    with database.writing() as session:
        session.get_one(ActionStep, cast.ride).substance_use = True
        sharing.grant(session, acting(cast.clara), cast.sam, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)
    wrong = browse(cast.sam).post(f"/promises/{cast.promise}/reminders", data=typed(cast.ride, "late"))
    assert wrong.status_code == 422
    assert "Drive Clara to choir" in wrong.text
    assert "42 CFR part 2 prohibits" in wrong.text
    assert [one.by_id for one in all_of(database, Look)] == [cast.sam]


def test_a_promise_is_set_from_its_card(browse: As, cast: Cast) -> None:
    page = browse(cast.sam).get("/promises").text
    assert f'action="/promises/{cast.promise}/reminders"' in page


def test_a_step_is_set_from_its_page_with_what_fits_filled_in(browse: As, cast: Cast) -> None:
    page = browse(cast.clara).get(f"/steps/{cast.pills}").text
    assert f'action="/steps/{cast.pills}/reminders"' in page
    assert 'value="08:00"' in page
