"""Cairn goes by another name where others may look, for whoever wants that, and on their devices."""

import json
import re
from pathlib import Path
from struct import unpack

from flask import Flask
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import Cast
from tests.views.test_offline import told_by
from webapp.config import Config
from webapp.db import Database
from webapp.models import Endpoint
from webapp.notify import wording

CHOSEN = {"name": "notes"}


def test_titles_icons_and_manifest_follow_the_choice_on_every_device_and_stay_when_signed_out(
    cast: Cast, browse: As
) -> None:
    here, there, sam = browse(cast.clara), browse(cast.clara), browse(cast.sam)
    assert here.post("/settings/privacy/name", data=CHOSEN).status_code == 303
    for browser in (here, there):
        page = browser.get("/today").text
        assert "<title>Today · Notes</title>" in page
        assert 'aria-label="Notes"' in page
        assert 'content="Notes"' in page
        assert 'href="/manifest.webmanifest?lang=en&amp;name=notes"' in page
        assert "icons/notes-favicon.svg" in page
        assert "icons/notes-apple-touch-180.png" in page
        assert "Cairn" not in re.sub(r"data-[\w-]+=\"[^\"]*\"", "", page.split("<main")[0])
        browser.post("/sign-out")
        assert "<title>Sign in · Notes</title>" in browser.get("/sign-in").text
        assert browser.get_cookie("name").value == "notes"  # type: ignore[union-attr]
    assert "<title>My promises · Cairn</title>" in sam.get("/promises").text
    assert sam.get_cookie("name") is None


def test_a_device_remembers_the_name_of_whoever_used_it_last(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    clara.post("/settings/privacy/name", data=CHOSEN)
    clara.get("/today")
    clara.post("/settings/privacy/name", data={"name": "cairn"})
    assert "· Cairn</title>" in clara.get("/today").text
    assert clara.get_cookie("name") is None


def test_on_a_borrowed_phone_no_cookie_stays(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    clara.post("/settings/privacy/name", data=CHOSEN)
    lent = browse(cast.clara)
    with lent.session_transaction() as cookie:
        cookie["borrowed"] = True
    assert "· Notes</title>" in lent.get("/today").text
    assert lent.get_cookie("name") is None


def test_the_manifest_has_the_name_its_address_asks_for_and_shows_nothing_else(app: Flask, browse: As) -> None:
    told = json.loads(browse(None).get("/manifest.webmanifest?lang=es&name=notes").get_data())
    assert (told["id"], told["name"], told["short_name"], told["screenshots"]) == ("/", "Notas", "Notas", [])
    assert [one["url"] for one in told["shortcuts"]] == ["/today"]
    assert "cairn" not in json.dumps(told).lower()
    for one in told["icons"]:
        file = Path(app.static_folder or "") / one["src"].removeprefix("/static/").partition("?")[0]
        assert "notes-" in file.name
        assert "{}x{}".format(*unpack(">II", file.read_bytes()[16:24])) == one["sizes"]


def test_the_worker_has_the_name_for_what_it_shows_by_itself(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    before = told_by(clara.get("/sw.js").text)
    clara.post("/settings/privacy/name", data=CHOSEN)
    told = told_by(clara.get("/sw.js").text)
    assert (before["name"], told["name"], told["release"]) == ("Cairn", "Notes", before["release"])
    assert "notes-icon" in told["icon"]
    assert "notes-badge" in told["badge"]
    for address in [one for one in told["shell"] if "lang=" in one]:
        assert "<title>" in (page := browse(None).get(address).text)
        assert "Cairn</title>" not in page, address


def test_a_test_message_comes_under_it_too(cast: Cast, browse: As, config: Config, database: Database) -> None:
    clara = browse(cast.clara)
    clara.post("/settings/privacy/name", data=CHOSEN)
    with database.reading() as connection:
        number = connection.execute(select(Endpoint.id).where(Endpoint.person_id == cast.clara)).scalar_one()
    clara.post(f"/reminders/devices/{number}/test")
    (mail,) = config.outbox.glob("*.eml")
    assert "Subject: Notes: this is a test message" in mail.read_text()


def test_messages_come_under_the_other_name_and_leave_a_persons_own_words_alone() -> None:
    for language, name in (("en", "Notes"), ("es", "Notas")):
        for text in (wording.reminder(language, "Read Cairn"), wording.test_message(language)):
            said = wording.by_other_name(text, language)
            assert said.title.startswith(f"{name}: ")
            assert "Cairn" not in said.title + said.footer + said.lead
            assert said.body == text.body
