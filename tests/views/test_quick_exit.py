"""Quick exit: away at once, to a page without a sign of Cairn, and going back leads nowhere."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import As, settings
from tests.support.cast import NOW, Cast
from webapp import clock, db
from webapp.app import create_app
from webapp.db import Database
from webapp.models import Person, SignIn
from webapp.services import settings as accounts
from webapp.views.policies import POLICIES

PASSWORD = "a short sentence about rivers"
TYPED = {"Sec-Fetch-Site": "none"}
WORKER = {"Accept": "application/json"}


def sign_in(browser: FlaskClient, database: Database, person_id: int) -> None:
    with database.writing() as session:
        accounts.choose_password(session, person_id, PASSWORD, NOW)
    form = {"email": "clara@example.test", "password": PASSWORD}
    assert browser.post("/sign-in", data=form).status_code == 303


def test_one_tap_signs_out_and_leads_away_for_good(cast: Cast, browse: As, database: Database) -> None:
    clara, thief = browse(cast.clara), browse(None)
    with clara.session_transaction() as cookie, thief.session_transaction() as copy:
        copy.update(cookie)
    answer = clara.post("/quick-exit")
    assert (answer.status_code, answer.location) == (303, "/units")
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert clara.get_cookie("cairn") is None
    assert thief.get("/settings").location.startswith("/sign-in"), "every copy of the cookie is worthless"
    for path in ("/today", "/help-now", "/sign-in", "/settings/privacy", "/sign-in/link"):
        assert clara.get(path).location == "/units", f"going back to {path}"
    assert clara.get("/today", headers=TYPED).location == "/units", "where the app began"
    assert clara.get("/whoami").json == {"user": ""}, "the worker asks whether it was heard"
    # Whoever comes by the address comes on purpose, and from then on finds everything as always.
    assert clara.get("/", headers=TYPED).location == "/sign-in"
    assert clara.get("/sign-in", headers=TYPED).status_code == 200
    assert clara.get("/help-now").status_code == 200
    assert clara.get("/today").location == "/sign-in?next=/today"
    sign_in(clara, database, cast.clara)
    assert "left quickly" not in clara.get("/today").text


def test_the_worker_leaves_without_a_page_and_says_what_it_had_to_delete(
    cast: Cast, browse: As, database: Database
) -> None:
    clara = browse(cast.clara)
    answer = clara.post("/quick-exit?unsent=2", headers=WORKER)
    assert (answer.json, answer.headers["Clear-Site-Data"]) == ({"ok": True}, '"cache"')
    for other in ("?unsent=2&keep=1", "?unsent=-1", "?unsent=٣", "?unsent=99999999", "?unsent="):
        assert clara.post(f"/quick-exit{other}", headers=WORKER).json == {"ok": True}, "said twice it changes nothing"
    by_page = clara.post("/quick-exit", headers=WORKER)
    assert by_page.headers["Clear-Site-Data"] == '"cache", "storage"', "no worker is there to do it"
    with database.writing() as session:
        assert session.get_one(Person, cast.clara).unsent_lost == 2
        assert session.scalars(select(SignIn.ended_at)).one() == NOW
    said = "When you left quickly, 2 changes could not be sent."
    sign_in(clara, database, cast.clara)
    assert said in clara.get("/today").text
    assert said not in clara.get("/today").text
    clara.post("/sign-out")
    sign_in(clara, database, cast.clara)
    assert said not in clara.get("/today").text


def test_it_works_where_nobody_is_signed_in_any_more(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    with clock.standing_at(NOW + timedelta(days=31)):
        assert clara.post("/quick-exit").location == "/units"
    assert browse(None).post("/quick-exit").location == "/units"


def test_it_leads_away_though_no_database_answers(tmp_path: object) -> None:
    config = settings(tmp_path, "postgresql+psycopg://cairn@127.0.0.1:9/cairn?connect_timeout=2")  # type: ignore[arg-type]
    browser = create_app(config, db.connect(config)).test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "some-token"
    answer = browser.post("/quick-exit", headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.location, browser.get_cookie("cairn")) == (303, "/units", None)
    assert browser.get("/units?amount=1&unit=kg").status_code == 200


def test_another_site_can_not_sign_anybody_out_by_it(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    assert clara.post("/quick-exit", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert clara.get("/today").status_code == 200


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_it_stands_first_on_every_page_of_a_clients_and_on_help_now(app: Flask, cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments}
    pages = 0
    for path in sorted({*rules, f"/steps/{cast.walk}", "/no-such-page"} - {"/units", "/styleguide"}):
        answer = clara.get(path)
        if answer.mimetype != "text/html" or answer.status_code == 303:
            continue
        pages += 1
        main = re.search(r'(<header class="top">\s*<form[^>]*id="quick-exit".*?</form>)', answer.text, re.S)
        assert main, path
        assert 'action="/quick-exit"' in main[1]
    assert pages > 15
    for stranger in ("/help-now", "/offline", "/sign-in"):
        assert 'id="quick-exit"' in browse(None).get(stranger).text, stranger
    for who, path in ((cast.theo, "/caseload"), (cast.ada, "/admin")):
        assert 'id="quick-exit"' not in browse(who).get(path).text
    assert POLICIES["quick_exit.leave"].public


def test_the_page_it_leads_to_works_and_says_nothing_of_cairn(cast: Cast, browse: As) -> None:
    for who in (None, cast.clara):
        page = browse(who).get("/units?amount=2,5&unit=km").text
        assert "2,500" in page
        assert page.count("miles</") == 2
        assert "1.553" in page
        told = re.sub(r"\?v=\w+", "", page)
        assert set(re.findall(r'(?:href|src|action)="([^"]+)"', told)) == {
            "/static/css/units.css", "/static/icons/units.svg", "/units",
        }  # fmt: skip
        assert not re.search("cairn|clara|help|manifest|script", told, re.I)
    for amount, words in (("ten", "Type a number"), ("1e99", "Type a number"), ("", "Convert")):
        page = browse(None).get("/units", query_string={"amount": amount, "unit": "km"}).text
        assert words in page
        assert "<table" not in page
    assert "&lt;b&gt;" in browse(None).get("/units?amount=<b>&unit=<i>").text
    assert "Convertidor" in browse(None).get("/units?lang=es").text
