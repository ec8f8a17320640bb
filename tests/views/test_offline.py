"""What the server says to the worker: whose page it is, whether to keep it, who is signed in, and when to forget."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.views.test_pages import user_of
from webapp.config import Config
from webapp.db import Database
from webapp.domain.sign_ins import BORROWED, OWN
from webapp.models import Look, Person, SignIn
from webapp.services import settings
from webapp.views import service_worker, translate
from webapp.views.help_now import OWN_FILE
from webapp.views.offline import KEPT

LATER = {"Cairn-Ahead": "1"}
PASSWORD = "a short sentence about rivers"


@pytest.mark.parametrize("path", [path for path in KEPT if path != "/promises"])
def test_a_clients_main_pages_may_be_kept_and_say_whose_they_are_and_from_when(
    browse: As, cast: Cast, path: str
) -> None:
    answer = browse(cast.clara).get(path)
    assert answer.headers["Cairn-Keep"] == "1"
    assert answer.headers["Cairn-User"] == user_of(answer.text) != ""
    assert answer.headers["Cache-Control"] == "no-store", "the browser's own cache keeps nothing"
    assert re.search(r'<p id="kept" hidden .*Thursday, November 19', answer.text)


def test_nothing_about_somebody_elses_record_may_be_kept(browse: As, cast: Cast) -> None:
    theo = browse(cast.theo)
    for path in ("/caseload", f"/clients/{cast.clara}/before-session", "/help-now", "/settings"):
        answer = theo.get(path, follow_redirects=True)
        assert "Cairn-Keep" not in answer.headers, path
        assert "data-keeps" not in answer.text, path
    for path in ("/settings", "/people", f"/steps/{cast.walk}", "/outbox"):
        assert "Cairn-Keep" not in browse(cast.clara).get(path).headers, path


def test_a_strangers_page_says_so_that_what_is_kept_is_thrown_away(browse: As) -> None:
    assert browse(None).get("/sign-in").headers["Cairn-User"] == "-"


def test_an_error_says_nothing_about_who_is_there(
    browse: As, cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.testing = False
    monkeypatch.setitem(app.view_functions, "today.page", lambda: 1 / 0)
    answer = browse(cast.clara).get("/today")
    assert answer.status_code == 500
    assert "Cairn-User" not in answer.headers


def test_who_is_signed_in_is_told_by_the_key_of_the_pages(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    assert clara.get("/whoami").json == {"user": user_of(clara.get("/today").text)}
    assert browse(None).get("/whoami").json == {"user": ""}


def test_a_page_that_says_something_once_is_not_kept_and_a_page_fetched_ahead_says_nothing(
    browse: As, cast: Cast
) -> None:
    clara = browse(cast.clara)
    clara.post("/bad-day/undo")
    ahead = clara.get("/today", headers=LATER)
    assert "Your whole day is back." not in ahead.text
    assert "Cairn-Keep" in ahead.headers
    shown = clara.get("/today")
    assert "Your whole day is back." in shown.text
    assert "Cairn-Keep" not in shown.headers
    assert "Cairn-Keep" not in clara.get("/coping?done=1").headers, "it would thank again without a network"
    assert "Cairn-Keep" in clara.get("/coping").headers


def looks_of(database: Database, person_id: int) -> int:
    with database.reading() as connection:
        return len(connection.execute(select(Look.id).where(Look.by_id == person_id)).all())


def test_reading_promises_ahead_is_the_look_that_was_just_written_down_or_a_look_of_its_own(
    browse: As, cast: Cast, database: Database
) -> None:
    sam = browse(cast.sam)
    sam.get("/promises", headers=LATER)
    sam.get("/promises", headers=LATER)
    assert looks_of(database, cast.sam) == 1
    sam.get("/promises")
    assert looks_of(database, cast.sam) == 2


def test_the_worker_names_its_release_and_what_belongs_to_it(browse: As) -> None:
    told = told_by(browse(None).get("/sw.js").text)
    assert told["pages"] == list(KEPT)
    for address in told["shell"]:
        answer = browse(None).get(address)
        assert answer.status_code == 200, address
        assert "cairn=" not in answer.headers.get("Set-Cookie", ""), address


def told_by(script: str) -> dict[str, Any]:
    return json.loads(script.splitlines()[0].removeprefix("const CAIRN = ").removesuffix(";"))


def test_the_pages_for_everybody_are_kept_in_the_language_of_the_reader(
    browse: As, cast: Cast, database: Database
) -> None:
    clara, theirs = browse(cast.clara), {"Accept-Language": "en"}
    before = clara.get("/sw.js", headers=theirs)
    with database.writing() as session:
        session.get_one(Person, cast.clara).language = "es"
    told = told_by(clara.get("/sw.js", headers=theirs | {"If-None-Match": before.headers["ETag"]}).text)
    assert (told["language"], told["release"]) == ("es", told_by(before.text)["release"])
    for address in told["shell"][: len(service_worker.PAGES)]:
        page = browse(None).get(address, headers=theirs)
        assert page.headers["Content-Language"] == "es", address
        assert 'action="/language"' not in page.text, "a kept page has no form that needs a network"


def test_an_address_may_only_ask_for_a_language_that_is_there_and_only_of_a_stranger(browse: As, cast: Cast) -> None:
    theirs = {"Accept-Language": "en"}
    for who, asked in ((None, "tlh"), (cast.clara, "es")):
        assert browse(who).get(f"/help-now?lang={asked}", headers=theirs).headers["Content-Language"] == "en"
    assert 'action="/language"' in browse(None).get("/help-now", headers=theirs).text


def test_a_changed_file_makes_a_new_release(
    browse: As, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context():
        before = service_worker._release()
        again = Path(app.static_folder or "")
        copy = tmp_path / "static"
        for name in (*service_worker.OFFLINE, service_worker.PUSH, *service_worker._files()):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((again / name).read_bytes())
        (copy / "css/cairn.css").write_text("body { color: red; }")
        monkeypatch.setattr(app, "static_folder", str(copy))
        service_worker._of_files.cache_clear()
        assert service_worker._release() != before
        service_worker._of_files.cache_clear()


@pytest.mark.parametrize("name", ["components/icon.html", "coping/using.html", "es/LC_MESSAGES/messages.po"])
def test_a_changed_template_or_catalogue_makes_a_new_release(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(service_worker, "_of_files", service_worker._of_files.__wrapped__)
    monkeypatch.setattr(app, "template_folder", str(tmp_path))
    monkeypatch.setattr(translate, "FOLDER", tmp_path)
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("as it was")
    with app.test_request_context():
        before = service_worker._release()
        (tmp_path / name).write_text("corrected")
        assert service_worker._release() != before


def test_a_corrected_crisis_line_makes_a_new_release_at_once(app: Flask, config: Config) -> None:
    with app.test_request_context():
        before = service_worker._release()
        own = config.config / OWN_FILE
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text('{"lines": []}')
        assert service_worker._release() != before


def signed_in(browse: As, cast: Cast, database: Database, **form: str) -> FlaskClient:
    with database.writing() as session:
        settings.choose_password(session, cast.clara, PASSWORD, NOW)
    browser = browse(None)
    answer = browser.post("/sign-in", data={"email": "clara@example.test", "password": PASSWORD} | form)
    assert answer.status_code == 303
    return browser


def lasts_until(database: Database) -> datetime:
    with database.reading() as connection:
        return connection.execute(select(SignIn.expires_at).order_by(SignIn.id.desc())).scalars().first()


def test_on_a_borrowed_phone_the_cookie_ends_with_the_browser_and_nothing_may_be_kept(
    browse: As, cast: Cast, database: Database
) -> None:
    browser = signed_in(browse, cast, database, borrowed="1")
    cookie = browser.get_cookie("cairn")
    assert cookie is not None
    assert cookie.expires is None
    page = browser.get("/today")
    assert "Cairn-Keep" not in page.headers
    assert "data-borrowed" in page.text
    assert not re.search("data-keeps|data-push|id=.kept", page.text)
    assert lasts_until(database) == NOW + BORROWED.absolute


def test_a_borrowed_phone_stays_borrowed_when_somebody_else_signs_in_on_it(
    browse: As, cast: Cast, database: Database
) -> None:
    browser = signed_in(browse, cast, database, borrowed="1")
    form = {"email": "clara@example.test", "password": PASSWORD}
    assert browser.post("/sign-in", data=form).status_code == 303
    assert "data-borrowed" in browser.get("/today").text
    assert lasts_until(database) == NOW + BORROWED.absolute


def test_on_a_phone_of_ones_own_the_sign_in_lasts(browse: As, cast: Cast, database: Database) -> None:
    browser = signed_in(browse, cast, database)
    cookie = browser.get_cookie("cairn")
    assert cookie is not None
    assert cookie.expires is not None
    assert "data-keeps" in browser.get("/today").text
    assert lasts_until(database) == NOW + OWN.absolute


def test_deleting_everything_here_signs_out_and_tells_the_browser(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    assert 'action="/phone/forget"' in clara.get("/settings").text
    answer = clara.post("/phone/forget")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert answer.headers["Location"] == "/sign-in"
    assert clara.get("/today").status_code == 303
