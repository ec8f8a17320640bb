"""The client writes down what to talk about; it works without a script and with one."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.cast import NOW, Cast
from webapp.db import Database
from webapp.models import AgendaItem
from webapp.services import agenda

As = Callable[[int | None], FlaskClient]
HTMX = {"HX-Request": "true"}


def items(database: Database) -> list[tuple[str, bool]]:
    with database.writing() as session:
        return [(item.text, item.settled_at is not None) for item in session.query(AgendaItem).order_by(AgendaItem.id)]


def item(database: Database, client: int, text: str = "Sleep") -> int:
    with database.writing() as session:
        return agenda.add(session, client, text, NOW)


def test_what_is_written_stands_on_the_list(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    answer = clara.post("/agenda", data={"text": "  How to sleep again "})
    assert (answer.status_code, answer.location) == (303, "/agenda")
    page = clara.get("/agenda").text
    assert "How to sleep again" in page
    assert "tomorrow, 12:00\xa0PM with Theo Lindqvist" in page
    assert items(database) == [("How to sleep again", False)]


def test_an_empty_list_says_who_will_see_it(browse: As, cast: Cast) -> None:
    assert "seen only by the people you share it with" in browse(cast.clara).get("/agenda").text


@pytest.mark.parametrize(("text", "sentence"), [("  ", "Write a few words"), ("x" * 501, "longer than 500")])
def test_what_cannot_be_kept_is_said_and_stays_typed(
    browse: As, database: Database, cast: Cast, text: str, sentence: str
) -> None:
    answer = browse(cast.clara).post("/agenda", data={"text": text})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert text.strip() in answer.text
    assert items(database) == []


def test_an_item_is_settled_and_put_back(browse: As, database: Database, cast: Cast) -> None:
    made, clara = item(database, cast.clara), browse(cast.clara)
    assert clara.post(f"/agenda/{made}/settled").status_code == 303
    assert items(database) == [("Sleep", True)]
    assert "Talked about" in clara.get("/agenda").text
    assert clara.post(f"/agenda/{made}/open").status_code == 303
    assert items(database) == [("Sleep", False)]


def test_an_item_is_taken_off(browse: As, database: Database, cast: Cast) -> None:
    made = item(database, cast.clara)
    assert browse(cast.clara).post(f"/agenda/{made}/removed").status_code == 303
    assert items(database) == []


def test_what_is_marked_as_about_substance_use_stays_marked_also_when_it_is_put_back(
    browse: As, database: Database, cast: Cast
) -> None:
    clara, marked = browse(cast.clara), {"substance_use": "y"}
    assert re.search(r'value="y"[^>]*checked', clara.post("/agenda", data=marked | {"text": " "}).text)
    for _ in range(2):
        clara.post("/agenda", data=marked | {"text": "Sleep"})
        assert "</svg>substance use</span>" in clara.get("/agenda").text
        with database.writing() as session:
            made = session.query(AgendaItem).one()
            assert made.substance_use
        fragment = clara.post(f"/agenda/{made.id}/removed", headers=HTMX).text
        assert 'name="substance_use" value="y"' in fragment
    clara.post("/agenda", data={"text": "Sleep"})
    assert "</svg>substance use</span>" not in clara.get("/agenda").text


def test_htmx_gets_the_list_alone(browse: As, database: Database, cast: Cast) -> None:
    made = item(database, cast.clara)
    answer = browse(cast.clara).post(f"/agenda/{made}/settled", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<div id="agenda"')
    assert "<html" not in answer.text


@pytest.mark.parametrize("verb", ["settled", "open", "removed"])
def test_an_item_of_somebody_else_is_not_there(browse: As, database: Database, cast: Cast, verb: str) -> None:
    made = item(database, cast.otto)
    for item_id in (made, 10**9):
        assert browse(cast.clara).post(f"/agenda/{item_id}/{verb}").status_code == 404
    assert items(database) == [("Sleep", False)]


def test_what_was_taken_off_can_be_put_back_in_one_tap(browse: As, database: Database, cast: Cast) -> None:
    made, clara = item(database, cast.clara, "Sleep & <rest>"), browse(cast.clara)
    fragment = clara.post(f"/agenda/{made}/removed", headers=HTMX).text
    assert 'name="text" value="Sleep &amp; &lt;rest&gt;"' in fragment
    made = item(database, cast.clara)
    clara.post(f"/agenda/{made}/removed")
    page = clara.get("/agenda").text
    assert "It is off the list." in page
    assert 'name="text" value="Sleep"' in page
    clara.post("/agenda", data={"text": "Sleep"})
    assert items(database) == [("Sleep", False)]
