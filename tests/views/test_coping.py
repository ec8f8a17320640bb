"""What helps: using it now, before and after, and the client's own list."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.support.cast import NOW, TODAY, Cast
from tests.support.taps import tap
from webapp import clock
from webapp.db import Database
from webapp.domain.coping import IN_HAND
from webapp.models import CopingStrategy, CopingUse, Sign, StrategySign
from webapp.services import coping

As = Callable[[int | None], FlaskClient]


def uses(database: Database) -> list[CopingUse]:
    with database.writing() as session:
        return session.query(CopingUse).order_by(CopingUse.id).all()


def strategies(database: Database) -> list[tuple[str, str, bool]]:
    with database.writing() as session:
        found = session.query(CopingStrategy).order_by(CopingStrategy.id)
        return [(made.text, made.use_when, made.retired_at is None) for made in found]


def test_using_a_strategy_from_before_to_after(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    page = clara.get("/coping").text
    op_id = re.search(r'name="op_id" value="([0-9a-f-]{36})"', page)
    assert op_id
    answer = clara.post(f"/coping/strategies/{cast.breathing}/uses", data={"op_id": op_id[1], "before": "7"})
    assert (answer.status_code, answer.location) == (303, f"/coping/uses/{op_id[1]}")
    assert "It was 7 when you started." in clara.get(answer.location).text
    finished = clara.post(answer.location, data={"after": "4", "helped": "yes", "note": "on the porch"})
    assert finished.status_code == 303
    (use,) = uses(database)
    assert (use.before, use.after, use.helped, use.note, use.day) == (7, 4, "yes", "on the porch", TODAY)
    assert (use.at, use.ended_at) == (NOW, NOW)
    assert "used once, helped once, how strong it was: from 7 to 4" in clara.get("/coping").text


def test_every_number_and_word_may_be_left_out(browse: As, database: Database, cast: Cast) -> None:
    clara, op_id = browse(cast.clara), str(uuid4())
    clara.post(f"/coping/strategies/{cast.breathing}/uses", data={"op_id": op_id})
    assert clara.post(f"/coping/uses/{op_id}", data={}).status_code == 303
    (use,) = uses(database)
    assert (use.before, use.after, use.helped, use.note) == (None, None, None, None)


def test_the_same_start_sent_twice_is_one_use(browse: As, database: Database, cast: Cast) -> None:
    clara, op_id = browse(cast.clara), str(uuid4())
    for _ in range(2):
        answer = clara.post(f"/coping/strategies/{cast.breathing}/uses", data={"op_id": op_id.upper(), "before": "10"})
        assert answer.status_code == 303
    assert [use.before for use in uses(database)] == [10]


@pytest.mark.parametrize(
    "data",
    [
        {"op_id": "x"},
        {},
        {"op_id": str(uuid4()), "before": "11"},
        {"op_id": str(uuid4()), "before": "-1"},
        {"op_id": str(uuid4()), "before": "٣"},
    ],
)
def test_a_start_no_button_sends_is_refused(browse: As, database: Database, cast: Cast, data: dict[str, str]) -> None:
    assert browse(cast.clara).post(f"/coping/strategies/{cast.breathing}/uses", data=data).status_code == 400
    assert uses(database) == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("after", "11", "a number from 0 to 10"),
        ("helped", "perhaps", "yes, a little or no"),
        ("note", "x" * 1001, "longer than 1,000"),
    ],
)
def test_an_ending_that_cannot_be_used_is_said_and_kept(
    browse: As, database: Database, cast: Cast, field: str, value: str, sentence: str
) -> None:
    clara, op_id = browse(cast.clara), str(uuid4())
    clara.post(f"/coping/strategies/{cast.breathing}/uses", data={"op_id": op_id})
    data = {"after": "3", "helped": "yes", "note": "kept-words"} | {field: value}
    answer = clara.post(f"/coping/uses/{op_id}", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert ("kept-words" in answer.text) != (field == "note")
    assert uses(database)[0].ended_at is None


def test_a_use_of_somebody_else_is_not_there(browse: As, database: Database, cast: Cast) -> None:
    op_id = str(uuid4())
    with database.writing() as session:
        coping.start_use(session, cast.clara, cast.breathing, tap(op_id=op_id), 5, TODAY, NOW)
    otto = browse(cast.otto)
    for unknown in (op_id, str(uuid4())):
        assert otto.get(f"/coping/uses/{unknown}").status_code == 404
        assert otto.post(f"/coping/uses/{unknown}", data={"after": "1"}).status_code == 404
    assert uses(database)[0].after is None


def test_something_that_helps_is_added_with_its_signs(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        sign = Sign(client_id=cast.clara, kind="trigger", text="Paydays")
        session.add(sign)
        session.flush()
        sign_id = sign.id
    clara = browse(cast.clara)
    assert "Paydays" in clara.get("/coping/strategies/new").text
    data = {"text": " Sing in the car ", "use_when": "crisis", "cue": "", "how_to": "Loudly.", "signs": str(sign_id)}
    assert clara.post("/coping/strategies", data=data).status_code == 303
    assert ("Sing in the car", "crisis", True) in strategies(database)
    page = clara.get("/coping").text
    assert "Loudly." in page
    assert "Paydays" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("text", " ", "Write what helps"),
        ("text", "x" * 301, "Write what helps"),
        ("use_when", "never", "Choose when it helps"),
        ("cue", "x" * 301, "longer than 300"),
        ("how_to", "x" * 2001, "longer than 2,000"),
        ("signs", "x", "Choose from the list"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    browse: As, database: Database, cast: Cast, field: str, value: str, sentence: str
) -> None:
    data = {"text": "Typed-title", "use_when": "crisis", "how_to": "Typed-how"} | {field: value}
    for place in ("/coping/strategies", f"/coping/strategies/{cast.breathing}"):
        answer = browse(cast.clara).post(place, data=data)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert ("Typed-how" if field != "how_to" else "Typed-title") in answer.text
    assert strategies(database) == [("Slow breathing", "early_signs", True)]


def test_a_strategy_is_changed(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    assert 'value="Slow breathing"' in clara.get(f"/coping/strategies/{cast.breathing}").text
    data = {"text": "Breathe out slowly", "use_when": "everyday"}
    assert clara.post(f"/coping/strategies/{cast.breathing}", data=data).status_code == 303
    assert strategies(database) == [("Breathe out slowly", "everyday", True)]


def test_signs_taken_off_are_gone(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        sign = Sign(client_id=cast.clara, kind="warning_sign", text="Late nights")
        session.add(sign)
        session.flush()
        session.add(StrategySign(strategy_id=cast.breathing, sign_id=sign.id))
    browse(cast.clara).post(f"/coping/strategies/{cast.breathing}", data={"text": "x", "use_when": "everyday"})
    with database.writing() as session:
        assert session.query(StrategySign).count() == 0


def test_a_strategy_taken_off_comes_back_with_one_tap(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    answer = clara.post(f"/coping/strategies/{cast.breathing}/retired", follow_redirects=True)
    assert "Taken off your list" in answer.text
    assert f"/coping/strategies/{cast.breathing}/back" in answer.text
    assert strategies(database) == [("Slow breathing", "early_signs", False)]
    assert clara.get(f"/coping/strategies/{cast.breathing}").status_code == 404
    clara.post(f"/coping/strategies/{cast.breathing}/back")
    assert strategies(database) == [("Slow breathing", "early_signs", True)]


def test_nobody_brings_back_what_is_not_theirs(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        coping.retire_strategy(session, cast.clara, cast.breathing, cast.clara, NOW)
    assert browse(cast.otto).post(f"/coping/strategies/{cast.breathing}/back").status_code == 404
    assert strategies(database) == [("Slow breathing", "early_signs", False)]


def test_a_use_that_was_begun_and_left_has_a_way_back_until_it_is_told(browse: As, cast: Cast) -> None:
    clara, op_id = browse(cast.clara), str(uuid4())
    back = f'href="/coping/uses/{op_id}"'
    assert "You are using this now" not in clara.get("/coping").text
    clara.post(f"/coping/strategies/{cast.breathing}/uses", data={"op_id": op_id})
    assert back in clara.get("/coping").text
    assert back not in browse(cast.otto).get("/coping").text
    with clock.standing_at(NOW + IN_HAND + timedelta(minutes=1)):
        assert back not in clara.get("/coping").text
    clara.post(f"/coping/uses/{op_id}", data={"helped": "yes"})
    assert "You are using this now" not in clara.get("/coping").text


def test_an_empty_list_says_what_it_is_for(browse: As, cast: Cast) -> None:
    page = browse(cast.otto).get("/coping").text
    assert "Begin with one thing that has helped before." in page


def test_a_long_description_is_cut_on_the_card_and_whole_when_used(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        coping.edit_strategy(
            session, cast.clara, cast.breathing, cast.clara, now=NOW, how_to="Breathe out. " * 30 + "THE-END"
        )
    clara, op_id = browse(cast.clara), str(uuid4())
    assert "THE-END" not in clara.get("/coping").text
    clara.post(f"/coping/strategies/{cast.breathing}/uses", data={"op_id": op_id})
    assert "THE-END" in clara.get(f"/coping/uses/{op_id}").text
