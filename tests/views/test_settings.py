"""Everybody keeps their own account as they like it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import NOW, Cast
from webapp import clock
from webapp.db import Database
from webapp.models import Person, SignIn
from webapp.services import passwords, sign_ins
from webapp.views.translate import offered

GOOD, OTHER = "walk by the river twice", "sing with the choir again"
FORM = {
    "called": "Clarita",
    "time_zone": "Europe/Madrid",
    "language": "en",
    "day_starts_at": "5",
    "week_starts_on": "6",
}


@pytest.mark.parametrize("who", ["clara", "sam", "theo", "ada"])
def test_everybody_has_settings(cast: Cast, browse: As, who: str) -> None:
    page = browse(getattr(cast, who)).get("/settings")
    assert page.status_code == 200
    assert f'value="{who.capitalize()}"' in page.text


def test_preferences_are_kept_and_shown(cast: Cast, browse: As, database: Database) -> None:
    clara = browse(cast.clara)
    assert clara.post("/settings", data=FORM).status_code == 303
    with database.writing() as session:
        kept = session.get_one(Person, cast.clara)
        assert (kept.called, kept.time_zone, kept.day_starts_at, kept.week_starts_on) == (
            "Clarita",
            "Europe/Madrid",
            5,
            6,
        )
    page = clara.get("/settings").text
    assert re.search(r'<option selected value="Europe/Madrid">', page)
    assert page.count("<option selected") == 3 + (len(offered()) > 1)  # a language alone is not asked about


def test_the_page_says_from_when_changed_weeks_hold_until_they_do(cast: Cast, browse: As) -> None:
    clara, told = browse(cast.clara), "The new weeks begin on Sunday, November 29."
    assert "A change holds from next week." in clara.get("/settings").text
    page = clara.post("/settings", data=FORM, follow_redirects=True).text
    assert page.count(told) == 2  # once as news, once beside the field
    assert "The days from Monday, November 23 until then are a short week." in page
    assert clara.post("/settings", data=FORM | {"called": "Clara"}, follow_redirects=True).text.count(told) == 1
    with clock.standing_at(NOW + timedelta(days=9)):
        assert told in clara.get("/settings").text
    with clock.standing_at(NOW + timedelta(days=10)):
        assert "The new weeks begin" not in clara.get("/settings").text


def test_changing_back_leaves_nothing_to_say(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    clara.post("/settings", data=FORM, follow_redirects=True)
    page = clara.post("/settings", data=FORM | {"week_starts_on": "0"}, follow_redirects=True).text
    assert "The new weeks begin" not in page


def test_a_zone_that_is_not_in_the_list_stays_chosen(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        session.get_one(Person, cast.clara).time_zone = "UTC"
    assert '<option selected value="UTC">' in browse(cast.clara).get("/settings").text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("called", " ", "the name you want to be called"),
        ("called", "x" * 61, "60 letters"),
        ("time_zone", "Mars/Base", "Choose a place"),
        ("time_zone", "../../etc/passwd", "Choose a place"),
        ("language", "xx", "one of the languages"),
        ("day_starts_at", "24", "an hour"),
        ("day_starts_at", "noon", "an hour"),
        ("week_starts_on", "7", "a day of the week"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_changes(
    cast: Cast, browse: As, database: Database, field: str, value: str, words: str
) -> None:
    response = browse(cast.clara).post("/settings", data=FORM | {field: value})
    assert response.status_code == 422
    assert words in response.text
    if field != "called":
        assert 'value="Clarita"' in response.text
    with database.writing() as session:
        assert session.get_one(Person, cast.clara).called == "Clara"


def test_a_supporter_sets_a_first_password(cast: Cast, browse: As, database: Database) -> None:
    here, there = browse(cast.sam), browse(cast.sam)
    assert 'name="present"' not in here.get("/settings").text
    assert here.post("/settings/password", data={"new": GOOD}).status_code == 303
    assert (here.get("/settings").status_code, there.get("/settings").status_code) == (200, 303)
    assert 'name="present"' in here.get("/settings").text


def test_changing_a_password_asks_for_the_present_one_and_says_what_is_needed(
    cast: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        session.get_one(Person, cast.clara).password_hash = passwords.hash_new(GOOD)
    clara = browse(cast.clara)
    wrong = clara.post("/settings/password", data={"present": "something else", "new": OTHER})
    assert (wrong.status_code, "not your current password" in wrong.text) == (422, True)
    weak = clara.post("/settings/password", data={"present": GOOD, "new": "short"})
    assert (weak.status_code, "15 characters" in weak.text) == (422, True)
    assert OTHER not in wrong.text
    assert clara.post("/settings/password", data={"present": GOOD, "new": OTHER}).status_code == 303


def test_one_device_is_signed_out_from_another(cast: Cast, browse: As, database: Database) -> None:
    here, lost = browse(cast.clara), browse(cast.clara)
    with database.writing() as session:
        rows = session.scalars(select(SignIn.id).where(SignIn.person_id == cast.clara).order_by(SignIn.id)).all()
    assert here.get("/settings").text.count("this one") == 1
    assert here.post(f"/settings/devices/{rows[1]}/end").status_code == 303
    assert (here.get("/settings").status_code, lost.get("/settings").status_code) == (200, 303)


def test_devices_say_when_they_were_last_used_and_all_others_are_ended_at_once(
    cast: Cast, browse: As, database: Database
) -> None:
    here = browse(cast.clara)
    assert "Sign out all others" not in here.get("/settings").text
    there, sams = browse(cast.clara), browse(cast.sam)
    with database.writing() as session:
        sign_ins.begin(session, cast.clara, "Firefox, Windows", NOW, borrowed=True)
    with clock.standing_at(NOW + timedelta(minutes=10)):
        there.get("/today")
    with clock.standing_at(NOW + timedelta(minutes=25)):
        page = here.get("/settings").text
        devices = re.findall(r"<li class=\"item\">.*?</li>", page.split('id="devices"')[1], re.S)
        said = [" ".join(re.sub("<[^>]+>", " ", one).split()) for one in devices]
        assert [one.split(" since")[0] for one in said] == ["test", "Firefox, Windows · borrowed", "test"]
        used = [re.search(r"last used today, ([\d:]+)", one) for one in said]
        assert [found and found[1] for found in used] == ["12:10", "12:00", None]
        assert ["this one" in one for one in said] == [False, False, True]
        assert here.post("/settings/devices/end-others").status_code == 303
        statuses = [browser.get("/settings").status_code for browser in (here, there, sams)]
        assert statuses == [200, 303, 200]
        assert "Firefox, Windows" not in here.get("/settings").text


def test_nobody_ends_the_device_of_somebody_else(cast: Cast, browse: As, database: Database) -> None:
    otto = browse(cast.otto)
    with database.writing() as session:
        theirs = session.scalars(select(SignIn.id).where(SignIn.person_id == cast.otto)).one()
    assert browse(cast.clara).post(f"/settings/devices/{theirs}/end").status_code == 404
    assert otto.get("/settings").status_code == 200


def test_what_a_device_calls_itself_is_shown_as_text(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        sign_ins.begin(session, cast.clara, "<script>", NOW)
    assert "&lt;script&gt;" in browse(cast.clara).get("/settings").text
