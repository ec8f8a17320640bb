"""What was typed is not lost when the sign-in ran out meanwhile, and lands with nobody else."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.counting import counting
from tests.support.second_factor import code, give_app
from webapp import clock
from webapp.db import Database
from webapp.models import AgendaItem, SignIn
from webapp.services import settings, sign_ins
from webapp.views.policies import POLICIES

WORDS = "The <b>night</b> shifts\nare too much"
TICK = {"outcome": "done", "day": "2026-11-19", "slot": "08:00", "op_id": "3b241101-e2bb-4255-8caf-4136c566a962"}
ROOT = Path(__file__).parents[2]
PASSKEY = ROOT / "templates" / "components" / "passkey.html"
LATER = NOW + timedelta(days=31)


def fields(page: str) -> dict[str, str]:
    form = re.search(r'<form method="post" action="/agenda".*?</form>', page, re.S)
    assert form, page
    return {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form[0])}


def test_words_that_met_a_sign_in_that_ran_out_stand_there_to_be_sent_again(
    cast: Cast, browse: As, database: Database
) -> None:
    clara = browse(cast.clara)
    with clock.standing_at(LATER):
        answer = clara.post("/agenda", data={"text": WORDS, "op_sent": "x"})
        assert answer.status_code == 401
        assert "The &lt;b&gt;night&lt;/b&gt; shifts" in answer.text
        assert 'href="/sign-in" target="_blank"' in answer.text
        kept = fields(answer.text)
        assert (kept["text"], set(kept)) == (WORDS, {"text", "op_for"})
        otto = browse(cast.otto)
        assert otto.post("/agenda", data=kept).status_code == 409, "another person's sign-in takes nothing of hers"
        back = browse(cast.clara)
        assert back.post("/agenda", data=kept).status_code == 303
    with database.writing() as session:
        assert [(row.client_id, row.text) for row in session.query(AgendaItem)] == [(cast.clara, WORDS)]


def test_a_locked_phone_gives_them_back_too(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    clara.post("/settings/privacy/lock", data={"pin": "4071", "again": "4071", "after": "1"})
    clara.post("/lock")
    answer = clara.post("/agenda", data={"text": WORDS})
    assert (answer.status_code, 'href="/unlock" target="_blank"' in answer.text) == (401, True)
    clara.post("/unlock", data={"pin": "4071"})
    assert clara.post("/agenda", data=fields(answer.text)).status_code == 303


def test_secrets_files_and_what_is_no_form_are_never_given_back(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    with clock.standing_at(LATER):
        for path, sent in (
            ("/settings/password", {"data": {"present": "my secret words", "new": "other secret words"}}),
            ("/settings/privacy/lock", {"data": {"pin": "4071", "again": "4071", "after": "5"}}),
            ("/agenda", {"json": {"text": "my secret words"}}),
            ("/agenda", {"data": {"text": "secret " * 10_000}}),
            ("/sign-out", {}),
        ):
            answer = clara.post(path, **sent)
            assert answer.status_code == 401, path
            assert "secret" not in answer.text.replace("/settings", ""), path
            assert "4071" not in answer.text
            assert 'class="button" href="/sign-in"' in answer.text


def secret_fields() -> set[str]:
    """The names of all fields, on any page, for something that only one person knows or has."""
    typed = r"""type=["']password|autocomplete=["'](one-time-code|\w+-password)"""
    found: set[str] = set()
    for path in (ROOT / "webapp" / "views").glob("*.py"):
        found |= set(re.findall(r"(\w+) = PasswordField\(", path.read_text()))
    for path in (ROOT / "templates").rglob("*.html"):
        fields = re.findall(r"<input[^>]*>|\bfield\(.*?\) \}\}", path.read_text())
        way_in = path.parent.name == "second_step"
        secret = [one for one in fields if re.search(typed, one) or (way_in and one.startswith("field"))]
        found |= {name for one in secret for name in re.findall(r'(?: name="|^field\(\w+\.)(\w+)', one)}
    return found | set(re.findall(r'type="hidden" name="(\w+)"', PASSKEY.read_text()))


def test_no_field_for_a_secret_is_ever_given_back(cast: Cast, browse: As) -> None:
    names = secret_fields()
    assert {"password", "prove_password", "new", "pin", "code", "prove_code", "recovery", "credential"} <= names
    clara = browse(cast.clara)
    with clock.standing_at(LATER):
        for name in sorted(names):
            answer = clara.post("/agenda", data={"text": "my words", name: "secret"})
            assert (answer.status_code, "secret" in answer.text, "my words" in answer.text) == (401, False, False), name


def test_what_is_sent_on_the_way_in_is_never_given_back(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        settings.choose_password(session, cast.theo, "a short sentence about rivers", NOW)
        give_app(session, cast.theo)
    theo = browse(None)
    theo.post("/sign-in", data={"email": "theo@example.test", "password": "a short sentence about rivers"})
    paths = {
        str(rule)
        for rule in theo.application.url_map.iter_rules()
        if POLICIES[rule.endpoint].on_the_way_in and "POST" in (rule.methods or ())
    }
    assert {"/sign-in/second-step", "/settings/sign-in/app", "/settings/passkeys/new"} <= paths
    with clock.standing_at(NOW + timedelta(minutes=11)):
        for path in sorted(paths):
            answer = theo.post(path, data={"offered": "secret", "whatever is asked there one day": "secret"})
            assert (answer.status_code, "secret" in answer.text) == (401, False), path


def test_the_sign_in_page_says_why_it_is_there_and_leads_back(cast: Cast, browse: As) -> None:
    clara, said = browse(cast.clara), "You were signed out to keep this private."
    with clock.standing_at(LATER):
        led = clara.get("/plan/changes")
        assert led.location == "/sign-in?next=/plan/changes"
        assert said in clara.get(led.location).text
    assert said not in browse(None).get("/sign-in?next=/plan/changes").text
    clara.post("/sign-out")
    assert said not in clara.get("/sign-in?next=/plan/changes").text


def test_use_is_noted_once_a_minute_by_people_and_never_by_pages_alone(
    cast: Cast, browse: As, database: Database
) -> None:
    theo = browse(cast.theo)

    def seen() -> float:
        with database.writing() as session:
            return ((session.query(SignIn).one().seen_at or NOW) - NOW).total_seconds()

    for seconds, path, headers, noted in (
        (59, "/caseload", {}, 0),
        (60, "/whoami", {}, 0),
        (61, "/caseload", {"Cairn-Ahead": "1"}, 0),
        (62, "/static/js/app.js", {}, 0),
        (63, "/caseload", {}, 63),
        (122, "/caseload", {}, 63),
        (123, "/no-such-page", {}, 123),
    ):
        with clock.standing_at(NOW + timedelta(seconds=seconds)):
            theo.get(path, headers=headers)
        assert seen() == noted, (seconds, path)
    with clock.standing_at(NOW + timedelta(minutes=32)):
        assert theo.get("/caseload").status_code == 200
    with clock.standing_at(NOW + timedelta(minutes=62)):
        assert theo.get("/caseload").status_code == 303


def test_noting_it_costs_today_and_a_tick_no_query_too_many(cast: Cast, browse: As, database: Database) -> None:
    clara = browse(cast.clara)
    for minutes, noted, ask in (
        (2, True, lambda: clara.get("/today")),
        (4, False, lambda: clara.post(f"/steps/{cast.pills}/check-ins", data=TICK, headers={"HX-Request": "true"})),
    ):
        with clock.standing_at(NOW + timedelta(minutes=minutes)), counting(database.engine) as counted:
            assert ask().status_code == 200
        assert ("sign_ins SET seen_at" in str(counted)) is noted, str(counted)
        assert len(counted) <= 6, str(counted)


def test_a_database_that_can_not_be_written_keeps_nobody_from_reading(
    cast: Cast, browse: As, database: Database, monkeypatch: object
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("disk full"))

    clara = browse(cast.clara)
    monkeypatch.setattr(sign_ins, "seen", full)  # type: ignore[attr-defined]
    with clock.standing_at(NOW + timedelta(minutes=5)):
        assert clara.get("/today").status_code == 200


def test_the_cookie_ends_with_the_sign_in_however_late_it_is_written_again(
    cast: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        settings.choose_password(session, cast.theo, "a short sentence about rivers", NOW)
        give_app(session, cast.theo)
    theo = browse(None)
    form = {"email": "theo@example.test", "password": "a short sentence about rivers"}
    theo.post("/sign-in", data=form)
    theo.post("/sign-in/second-step", data={"code": code()})
    assert _lasts(theo) == timedelta(hours=12)
    with clock.standing_at(NOW + timedelta(minutes=20)):
        theo.post("/settings/devices/end-others")  # it says so on the next page, by the cookie
        assert _lasts(theo) == timedelta(hours=11, minutes=40)


def _lasts(browser: FlaskClient) -> timedelta:
    """How long a browser keeps the cookie that it was given just now, to the minute."""
    cookie = browser.get_cookie("cairn")
    assert cookie is not None
    assert cookie.expires is not None
    return timedelta(minutes=round((cookie.expires - datetime.now(UTC)) / timedelta(minutes=1)))
