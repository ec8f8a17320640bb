"""Everybody chooses which mails they get beside reminders, from what there could be for them."""

import re

import pytest

from tests.conftest import As
from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import Person

SWITCH = re.compile(r'<input type="checkbox" name="(\w+)" value="yes"( checked)?>')


def chosen(database: Database, person_id: int) -> tuple[bool, bool, bool]:
    with database.writing() as session:
        person = session.get_one(Person, person_id)
        return person.look_back, person.digest, person.plan_dates


@pytest.mark.parametrize(
    ("who", "switches"),
    [
        ("clara", [("look_back", ""), ("plan_dates", " checked")]),
        ("theo", [("digest", " checked"), ("plan_dates", " checked")]),
        ("sam", []),
        ("ada", []),
    ],
)
def test_the_settings_show_the_mails_one_could_get(
    browse: As, cast: Cast, who: str, switches: list[tuple[str, str]]
) -> None:
    page = browse(getattr(cast, who)).get("/settings").text
    assert SWITCH.findall(page) == switches
    assert ("Other mails" in page) is bool(switches)


def test_a_switch_is_kept_and_shown(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    answer = clara.post("/settings/mails", data={"look_back": "yes"})
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert chosen(database, cast.clara) == (True, True, False)
    page = clara.get("/settings").text
    assert SWITCH.findall(page) == [("look_back", " checked"), ("plan_dates", "")]
    assert "Saved." in page
    clara.post("/settings/mails", data={})
    assert chosen(database, cast.clara) == (False, True, False)


def test_a_switch_that_was_not_shown_cannot_be_turned(browse: As, cast: Cast, database: Database) -> None:
    browse(cast.theo).post("/settings/mails", data={"look_back": "yes", "digest": "yes"})
    assert chosen(database, cast.theo) == (False, True, False)
    browse(cast.sam).post("/settings/mails", data={"look_back": "yes", "plan_dates": "yes"})
    assert chosen(database, cast.sam) == (False, True, True)


def test_the_care_team_is_not_offered_what_only_clients_are_told(browse: As, cast: Cast) -> None:
    words = "or a part of it ends"
    assert words in browse(cast.clara).get("/settings").text
    theirs = browse(cast.theo).get("/settings").text
    assert words not in theirs
    assert "The review of a client’s plan" in theirs
