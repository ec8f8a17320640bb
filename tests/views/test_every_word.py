"""No screen says a word that is in no catalogue, to anybody: not in a title, a label, an error or an answer."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from flask import Flask
from sqlalchemy import String, select, update
from werkzeug.test import TestResponse

from tests.conftest import As, settings
from tests.support.brackets import Brackets, outside, words_of
from tests.support.cast import Cast
from tests.views.test_refusals import World, _known, _role
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.domain.people import Role
from webapp.interop import crisis_lines
from webapp.models import Base, Person
from webapp.services import demo
from webapp.views import translate
from webapp.views.zones import zones

pytestmark = pytest.mark.unmeasured

WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = set(WORD.findall("Cairn ntfy English Español JavaScript sms tel example org https localhost json lines test"))
UNREAD = {"styleguide.page", "service_worker.script", "calendar_feeds.feed", "health.healthz"}
"""For whoever develops Cairn, or for machines."""
FREE = ("device", "relation", "role", "discipline", "category", "priority", "how_often")
"""Columns whose single small words are somebody's own, too."""


@pytest.fixture
def config(tmp_path: Path, migrated_sqlite: Path) -> Config:
    """What is said does not depend on the database."""
    (tmp_path / "cairn.db").write_bytes(migrated_sqlite.read_bytes())
    return settings(tmp_path)


@pytest.fixture(autouse=True)
def bracketed(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    said = Brackets()
    monkeypatch.setattr(translate, "catalogue_of", lambda _language: said)
    monkeypatch.setattr(translate, "offered", lambda: translate.LANGUAGES)


def speak_spanish(database: Database) -> None:
    """Dates, names of places and crisis lines are then Spanish, and nothing that we say is."""
    with database.writing() as session:
        session.execute(update(Person).values(language="es"))


def own_words(database: Database) -> list[str]:
    """Everything that somebody wrote: values with a space or a capital in them; the longest first."""
    found = set()
    with database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            for column in table.c:
                if not isinstance(column.type, String):
                    continue
                for value in map(str, connection.execute(select(column).where(column.is_not(None))).scalars()):
                    written = " " in value or "@" in value or value != value.lower()
                    if written or (column.name in FREE and table.name != "invitations"):
                        found |= {" ".join(value.split()), value.lower()}
    return sorted(found, key=len, reverse=True)


def _known_elsewhere() -> set[str]:
    locale = Locale("es", "US")
    found = set(NAMES)
    for width in ("wide", "abbreviated", "short"):
        for style in ("format", "stand-alone"):
            found |= {*locale.days[style][width].values(), *locale.months[style].get(width, {}).values()}
    found |= {"de", "y", "a", "p", "m"}
    for words in (*locale.languages.values(), *(line.name for line in crisis_lines.load(language="es"))):
        found |= set(WORD.findall(str(words)))
    for line in crisis_lines.load(language="es"):
        hours = (channel.hours or "" for channel in line.channels)
        checked = (
            line.seen,
            line.note or "",
            *line.sources,
            line.id,
            line.country,
            *hours,
        )  # an admin reads where it comes from
        for text in (line.what, *checked, *(channel.label for channel in line.channels)):
            found |= {*WORD.findall(text), *WORD.findall(text[:1].upper() + text[1:])}
    return found


def strange(answer: TestResponse, own: list[str], known: set[str]) -> Iterator[str]:
    """Say which words of an answer are neither in brackets nor anybody's own."""
    if answer.status_code in (301, 302, 303):
        return
    if answer.mimetype == "application/json":
        told = answer.get_json()
        said = [(name, str(told[name])) for name in ("said",) if isinstance(told, dict) and name in told]
    else:
        said = list(words_of(answer.text)) if answer.mimetype == "text/html" else []
    for place, text in said:
        left = " ".join(outside(text).split())
        for words in own:
            left = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", " ", left) if words in left else left
        rest = [word for word in WORD.findall(left) if word not in known and word.lower() not in known]
        if rest:
            yield f"{place}: {' '.join(rest)}"


@pytest.fixture
def known(app: Flask) -> set[str]:
    with app.test_request_context(headers={"Accept-Language": "es"}):
        places = {word for group in zones().values() for _name, words in group for word in WORD.findall(words)}
    return _known_elsewhere() | places


def test_nothing_is_said_outside_the_catalogues(
    app: Flask, browse: As, cast: Cast, database: Database, known: set[str]
) -> None:
    world = World(app, browse, cast, _known(cast, database))
    speak_spanish(database)
    own, wrong, seen = own_words(database), [], 0
    routes = [one for one in world.routes(public=True) if one.endpoint not in UNREAD]
    for route in sorted(routes, key=lambda one: one.method):  # what is only read first
        for role in route.policy.roles or ((None,) if route.policy.public else (Role.CLIENT, Role.ADMIN)):
            address = world.address(route, role or _role(route))
            for form, accept in PAGES if route.method == "GET" else FORMS:
                browser = world.browse(world._person(role) if role else None)
                browser.environ_base |= {"HTTP_ACCEPT_LANGUAGE": "es", "HTTP_ACCEPT": accept}
                answer = browser.open(address, method=route.method, data=form, follow_redirects=route.method == "POST")
                seen += answer.mimetype == "text/html"
                wrong += [f"{route} {words}" for words in strange(answer, own, known)]
    assert seen > 150
    assert "\n".join(sorted(set(wrong))) == ""


FIELDS = (
    *("name", "called", "email", "text", "words", "statement", "own_words", "what", "phone", "relation", "message"),
    *("note", "reason", "day", "moved_to", "outcome", "minutes", "count", "times", "starts_on", "ends_on", "kind"),
    *("who", "time_zone", "language", "day_starts_at", "week_starts_on", "present", "new", "password", "first"),
    *("quiet_from", "quiet_to", "purpose", "until", "session_at", "at", "place", "country", "role", "use_when"),
    *("goal_id", "status", "target_date", "priority", "importance", "reasons", "before", "after", "helped", "answer"),
    *("signature", "offered"),
)


PAGES: Any = (({}, "text/html"),)
FORMS: Any = (
    ({}, "text/html"),
    (dict.fromkeys(FIELDS, "x" * 5000), "text/html"),
    ({}, "application/json"),
)
"""What is posted to every address, and which kind of answer is asked for."""


def test_no_script_holds_a_sentence() -> None:
    """What scripts say stands in the page. The worker knows no page, so it has one sentence for what can't be read."""
    static = Path(__file__).parents[2] / "static"
    sentence = re.compile(r"""["'`]([A-Z][a-z]+[^"'`\n<>]* [a-z]{2,}[^"'`\n<>]*)["'`]""")
    scripts = {path.name: path.read_text() for path in [*static.glob("js/*.js"), static / "sw.js"]}
    found = {name: sentence.findall(re.sub(r"//[^\n]*", "", text)) for name, text in scripts.items()}
    assert {name: said for name, said in found.items() if said} == {"sw.js": ["Cairn: you have something for today"]}


@pytest.mark.parametrize("path", ["/nowhere", "/today", "/reminded/x", "/static/none.css", "/invitations/made-up"])
def test_errors_say_nothing_outside_the_catalogues(browse: As, known: set[str], path: str) -> None:
    stranger = browse(None)
    stranger.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    answers = [stranger.get(path), stranger.post("/sign-in"), stranger.delete("/sign-in")]
    assert "\n".join(words for answer in answers for words in strange(answer, [], known)) == ""


@pytest.mark.parametrize("person", ["mary", "edythe", "ruth", "ada", "joe", "john", "lucia"])
def test_the_demo_people_read_nothing_outside_the_catalogues(
    app: Flask, browse: As, database: Database, known: set[str], person: str
) -> None:
    demo.load(database, "US", clock.now())
    speak_spanish(database)
    with database.reading() as connection:
        ids = {email: id for email, id in connection.execute(select(Person.email, Person.id))}
    mary = ids["mary@demo.example"]
    pages = {
        "mary": "/today /coping /plan /plan/changes /progress /people /people/looks /help-now /reminders /settings "
        "/pauses /to-talk-about /people/invite",
        "edythe": "/promises /reminders /settings /help-now",
        "ruth": f"/caseload /clients/new /clients/{mary}/before-session /clients/{mary}/plan "
        f"/clients/{mary}/plan/changes /clients/{mary}/sessions",
        "ada": "/admin /admin/people/new /outbox /crisis-lines",
    }.get(person, "/today /plan /progress /coping")
    browser = browse(ids[f"{person}@demo.example"])
    own, wrong = own_words(database), []
    for page in pages.split():
        answer = browser.get(page)
        assert answer.status_code in (200, 404), page
        wrong += [f"{page} {words}" for words in strange(answer, own, known)]
    assert "\n".join(wrong) == ""
