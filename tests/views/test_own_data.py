"""Everything about oneself as a file, and leaving, from the settings; and what others meet then."""

import io
import json
import zipfile
from datetime import timedelta

import html5lib
import pytest
from flask.testing import FlaskClient

from jobs.own_data import own_data as nightly
from tests.conftest import As
from tests.support.cast import NOW, Cast
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.domain.own_data import GRACE
from webapp.domain.people import LEFT
from webapp.models import AgendaItem, CheckIn, ClientInformation, Person
from webapp.services import looks

PAGE = "/settings/own-data"


def archive(browser: FlaskClient) -> tuple[str, dict[str, object]]:
    answer = browser.post(f"{PAGE}/download")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.namelist() == ["my-data.html", "my-data.json"]
        return packed.read("my-data.html").decode(), json.loads(packed.read("my-data.json"))


@pytest.fixture
def told(database: Database, cast: Cast) -> Cast:
    with database.writing() as session:
        session.add(ClientInformation(client_id=cast.clara, history="<b>a hard winter</b>"))
        session.add(AgendaItem(client_id=cast.otto, text="canary of otto", created_at=NOW))
        for by, note in ((cast.clara, "rain on the river"), (cast.sam, "we sang all the way")):
            session.add(CheckIn(client_id=cast.clara, step_id=cast.ride if by == cast.sam else cast.walk, by_id=by,
                                op_id=note, day=NOW.date(), outcome="done", note=note, at=NOW))  # fmt: skip
        looks.looked(session, cast.theo, cast.clara, "before_session", NOW)
    return cast


def test_the_file_holds_a_page_to_read_and_every_row(browse: As, told: Cast) -> None:
    page, data = archive(browse(told.clara))
    for words in ("&lt;b&gt;a hard winter&lt;/b&gt;", "rain on the river", "we sang all the way", "Theo Lindqvist",
                  "opened the page before the session", "Slow breathing", "Walk by the river"):  # fmt: skip
        assert words in page
    for words in ("canary of otto", "sam@example.test", "theo@example.test", "token_hash", "<script", "http"):
        assert words not in page
    assert "canary of otto" not in json.dumps(data)
    assert data["about_you"]["client_information"][0]["history"] == "<b>a hard winter</b>"  # type: ignore[index]
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page)
    assert '<html lang="en" dir="ltr">' in page
    assert "<style>:root" in page


def test_a_supporter_is_handed_their_own_words_and_nothing_of_the_plan(browse: As, told: Cast) -> None:
    page, data = archive(browse(told.sam))
    assert "we sang all the way" in page
    for words in ("rain on the river", "Clara", "Drive Clara to choir", "hard winter"):
        assert words not in page
        assert words not in json.dumps(data)


@pytest.mark.parametrize("who", ["theo", "ada"])
def test_staff_are_handed_their_own_rows(browse: As, told: Cast, who: str) -> None:
    page, _ = archive(browse(getattr(told, who)))
    assert f"{who}@example.test" in page
    for words in ("Clara", "river", "hard winter"):
        assert words not in page


def test_the_page_is_in_its_readers_language(browse: As, database: Database, told: Cast) -> None:
    with database.writing() as session:
        session.get_one(Person, told.clara).language = "es"
    page, _ = archive(browse(told.clara))
    assert '<html lang="es"' in page
    assert "Who looked" not in page


def test_leaving_needs_a_tick_and_signs_out_at_once(browse: As, database: Database, told: Cast) -> None:
    clara = browse(told.clara)
    page = clara.get(PAGE).text
    assert "Thursday, December 3" in page, "when the account goes"
    assert "The last that Cairn keeps is gone by Saturday, January 30." in page
    refused = clara.post(f"{PAGE}/delete")
    assert (refused.status_code, "Please tick that you have read this." in refused.text) == (422, True)
    done = clara.post(f"{PAGE}/delete", data={"sure": "yes"}, follow_redirects=True)
    assert done.request.path == "/sign-in"
    assert "Your account will be deleted on Thursday, December 3." in done.text
    assert clara.get("/today").status_code == 303
    sams = browse(told.sam).get("/promises").text
    assert "Drive Clara to choir" not in sams, "whoever is leaving asks nothing of anybody any more"
    theo = browse(told.theo).get(f"/clients/{told.clara}/before-session").text
    assert "hard winter" not in theo
    assert "rain on the river" not in theo


def test_signing_in_again_shows_it_first_and_one_tap_keeps_the_account(
    browse: As, config: Config, database: Database, told: Cast
) -> None:
    browse(told.clara).post(f"{PAGE}/delete", data={"sure": "yes"})
    clara = browse(told.clara)
    assert clara.get("/").headers["Location"].endswith(PAGE)
    for path in ("/today", "/settings", PAGE):
        page = clara.get(path).text
        assert "Your account will be deleted on Thursday, December 3." in page
        assert "Keep my account" in page
    kept = clara.post(f"{PAGE}/keep", follow_redirects=True)
    assert "Your account stays. Nothing was deleted." in kept.text
    assert "will be deleted on" not in clara.get("/today").text
    assert "Drive Clara to choir" in browse(told.sam).get("/promises").text
    with clock.standing_at(NOW + GRACE):
        nightly(config, database)
    assert browse(told.clara).get("/today").status_code == 200


def test_who_works_with_clients_and_the_only_admin_read_what_has_to_happen_first(browse: As, told: Cast) -> None:
    theo, ada = browse(told.theo), browse(told.ada)
    assert "You work with 1 client. An admin has to give them to somebody else first." in theo.get(PAGE).text
    assert "You are the only admin." in ada.get(PAGE).text
    for browser in (theo, ada):
        assert browser.post(f"{PAGE}/delete", data={"sure": "yes"}).status_code == 422
        assert browser.get(PAGE).status_code == 200


def test_who_has_left_is_named_nowhere_and_what_they_said_stays(
    browse: As, config: Config, database: Database, told: Cast
) -> None:
    with database.writing() as session:
        looks.looked(session, told.sam, told.clara, "promises", NOW)
    browse(told.sam).post(f"{PAGE}/delete", data={"sure": "yes"})
    with clock.standing_at(NOW + GRACE):
        nightly(config, database)
    clara, ada = browse(told.clara), browse(told.ada)
    page = clara.get("/people/looks").text
    assert "Somebody who has left" in page
    for path in ("/people", "/people/looks", "/today", "/plan", "/progress"):
        answer = clara.get(path)
        assert answer.status_code == 200
        assert "sam@example.test" not in answer.text
    assert LEFT not in clara.get("/people/looks").text
    assert "sam@example.test" not in ada.get("/admin").text
    assert ada.get(f"/admin/people/{told.sam}").status_code == 404
    assert "we sang all the way" in archive(clara)[0]


def test_the_oldest_look_is_reached_page_by_page(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        for hour in range(450):
            looks.looked(session, cast.theo, cast.clara, "care_plan", NOW - timedelta(hours=450 - hour))
    clara = browse(cast.clara)
    page, pages = clara.get("/people/looks"), 1
    while "Earlier ones" in page.text:
        seq = page.text.split("before=")[-1].split('"')[0]
        page, pages = clara.get(f"/people/looks?before={seq}"), pages + 1
    assert pages == 3
    assert "Sat, Oct 31" in page.text
    assert "The newest" in page.text
    assert clara.get("/people/looks?before=nonsense").status_code == 200
