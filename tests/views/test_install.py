"""Cairn on a home screen: what browsers are told of it, and the page and the line that say how."""

import json
from datetime import timedelta
from pathlib import Path
from struct import unpack

import pytest
from flask import Flask

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from webapp.db import Database
from webapp.models import CheckIn
from webapp.views import install

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
LINK = "Put Cairn on your home screen"


def test_the_manifest_is_the_same_for_everybody_and_says_nothing_of_anybody(cast: Cast, browse: As) -> None:
    answers = [browse(person).get("/manifest.webmanifest?lang=en") for person in (None, cast.clara, cast.theo)]
    assert len({answer.get_data() for answer in answers}) == 1
    for answer in answers:
        assert answer.mimetype == "application/manifest+json"
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
        assert "Set-Cookie" not in answer.headers
    told = json.loads(answers[0].get_data())
    assert (told["id"], told["scope"], told["name"], told["short_name"]) == ("/", "/", "Cairn", "Cairn")
    assert not any(word in answers[0].text for word in ("recovery", "therap", "health", "sober"))


def test_every_page_names_the_manifest_in_its_reader_s_language(cast: Cast, browse: As) -> None:
    for person, path in ((None, "/sign-in"), (cast.clara, "/today"), (cast.sam, "/promises")):
        page = browse(person).get(path).text
        assert '<link rel="manifest" href="/manifest.webmanifest?lang=en">' in page


@pytest.mark.parametrize(("address", "language"), [("?lang=es", "es"), ("?lang=tlh", "en"), ("", "en")])
def test_it_comes_in_the_language_of_its_address_whoever_asks(
    cast: Cast, browse: As, monkeypatch: pytest.MonkeyPatch, address: str, language: str
) -> None:
    monkeypatch.setattr(install, "offered", lambda: {"en": "English", "es": "Español"})
    for person in (None, cast.clara):
        answer = browse(person).get(f"/manifest.webmanifest{address}", headers={"Accept-Language": "de"})
        assert json.loads(answer.get_data())["lang"] == language


def test_where_it_begins_everybody_comes_to_their_own_first_screen(cast: Cast, browse: As) -> None:
    told = json.loads(browse(None).get("/manifest.webmanifest").get_data())
    homes = {cast.clara: "/today", cast.sam: "/promises", cast.theo: "/caseload", cast.ada: "/admin", None: "/sign-in"}
    for person, home in homes.items():
        answer = browse(person).get(told["start_url"], follow_redirects=True)
        assert (answer.status_code, answer.request.path) == (200, home)
    shortcuts = {one["name"]: one["url"] for one in told["shortcuts"]}
    assert list(shortcuts) == ["Help now", "Today"]
    assert browse(None).get(shortcuts["Help now"]).status_code == 200
    assert browse(cast.clara).get(shortcuts["Today"]).status_code == 200


def test_every_picture_is_there_in_the_size_that_is_told(app: Flask, browse: As) -> None:
    told = json.loads(browse(None).get("/manifest.webmanifest").get_data())
    shortcuts = [icon for shortcut in told["shortcuts"] for icon in shortcut["icons"]]
    for one in (*told["icons"], *told["screenshots"], *shortcuts):
        file = Path(app.static_folder or "") / one["src"].removeprefix("/static/").partition("?")[0]
        width, height = unpack(">II", file.read_bytes()[16:24])
        assert f"{width}x{height}" == one["sizes"]
    assert {one["purpose"] for one in told["icons"]} == {"any", "maskable"}
    assert {one["form_factor"] for one in told["screenshots"]} == {"narrow", "wide"}


@pytest.mark.parametrize(
    ("agent", "first"),
    [(IPHONE, "Open Cairn in Safari."), (ANDROID, "Open Cairn in Chrome."), ("", "Open Cairn in Chrome or Edge.")],
)
def test_the_page_says_first_how_it_is_done_on_the_device_in_hand(
    cast: Cast, browse: As, agent: str, first: str
) -> None:
    page = browse(cast.clara).get("/home-screen", headers={"User-Agent": agent}).text
    ways = ("Open Cairn in Safari.", "Open Cairn in Chrome.", "Open Cairn in Chrome or Edge.")
    assert min(ways, key=page.index) == first


def test_without_a_password_an_iphone_s_way_says_what_comes_first(cast: Cast, browse: As, database: Database) -> None:
    assert "Set a password first." in browse(cast.sam).get("/home-screen").text


def test_it_is_reached_from_settings_by_those_who_use_it_on_a_phone(cast: Cast, browse: As) -> None:
    for person, there in ((cast.clara, True), (cast.sam, True), (cast.theo, False), (cast.ada, False)):
        assert (LINK in browse(person).get("/settings").text) is there


def ticked(database: Database, cast: Cast, days: int, outcome: str = "done") -> None:
    with database.writing() as session:
        for back in range(days):
            session.add(
                CheckIn(
                    client_id=cast.clara, step_id=cast.walk, by_id=cast.clara, op_id=f"{back}", outcome=outcome,
                    day=TODAY - timedelta(days=back), at=NOW - timedelta(days=back),
                )
            )  # fmt: skip


@pytest.mark.parametrize(("days", "outcome", "there"), [(2, "done", False), (3, "some", True), (5, "not_today", False)])
def test_the_line_on_today_waits_for_a_third_day_with_a_tick(
    cast: Cast, browse: As, database: Database, days: int, outcome: str, there: bool
) -> None:
    ticked(database, cast, days, outcome)
    page = browse(cast.clara).get("/today").text
    assert ('id="install" hidden' in page, "js/install.js" in page) == (there, there)


def test_a_day_that_was_asked_to_be_small_holds_no_line(cast: Cast, browse: As, database: Database) -> None:
    ticked(database, cast, 3)
    clara = browse(cast.clara)
    clara.post("/bad-day")
    assert 'id="install"' not in clara.get("/today").text
