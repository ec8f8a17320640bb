"""What every answer says of itself, whoever asks for what, and whatever went wrong."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import exc
from werkzeug.test import TestResponse

from tests.conftest import As, settings
from tests.support.cast import Cast
from tests.views.test_refusals import ROLES, World, _known
from webapp import db
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.domain.people import Role
from webapp.views import headers

ENDS = ("sign_in.out", "sign_in.out_everywhere", "offline.forget")
"""What signs somebody out is asked for last."""
CODES = (400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503)
PRIVATE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}


@pytest.fixture
def config(migrated_sqlite: Path, tmp_path: Path) -> Config:
    """As in production, behind https."""
    shutil.copy(migrated_sqlite, tmp_path / "cairn.db")
    return settings(tmp_path, mode="production", origin="https://cairn.example")


@pytest.fixture
def app(config: Config, database: Database) -> Flask:
    app = create_app(config, database)
    app.testing = True
    app.config |= {"SERVER_NAME": "cairn.example", "PREFERRED_URL_SCHEME": "https", "PROPAGATE_EXCEPTIONS": False}
    return app


def wrong_with(answer: TestResponse, file: bool = False) -> Iterator[str]:
    """Say what an answer should have said. A file of ours is the same for everybody, and may be kept."""
    for name, value in PRIVATE.items():
        if answer.headers.getlist(name) != [value]:
            yield f"{name} {answer.headers.getlist(name)}"
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    if rules["default-src"] != "'none'" or {rules["frame-ancestors"], rules["base-uri"]} != {"'none'"}:
        yield f"policy {rules}"
    if any(words not in ("'self'", "'none'", "'self' data:") for words in rules.values()):
        yield f"policy {rules}"
    (never,) = answer.headers.getlist("Permissions-Policy")
    for feature in ("camera", "microphone", "geolocation", "usb", "serial", "bluetooth", "clipboard-read",
                    "display-capture", "interest-cohort", "browsing-topics"):  # fmt: skip
        if f"{feature}=()" not in never.split(", "):
            yield f"{feature} is not forbidden"
    if not file and answer.headers.getlist("Cache-Control") != ["no-store"]:
        yield f"kept: {answer.headers.getlist('Cache-Control')}"
    for cookie in answer.headers.getlist("Set-Cookie"):
        words = [word.strip() for word in cookie.split(";")]
        if not (words[0].startswith("__Host-") and {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {*words}):
            yield f"cookie {words[1:]}"


def headers_missing(answer: TestResponse) -> list[str]:
    """What an answer at home, without https, should have said."""
    return [words for words in wrong_with(answer) if not words.startswith(("Strict-Transport", "cookie"))]


def every_route(world: World) -> Iterator[tuple[str, TestResponse, bool]]:
    """Ask for every route as a stranger, as somebody it is for and as somebody it is not for, in every way there is."""
    stranger = world.browse(None)
    for route in world.routes(public=True):
        if route.endpoint in ENDS:
            continue
        mine = next((role for role in ROLES if role in route.policy.roles), Role.CLIENT)
        address, others = world.address(route, mine), world.who(Role.ADMIN if mine is not Role.ADMIN else Role.CLIENT)
        yield f"{route} for {mine}", world.who(mine).open(address, method=route.method), route.endpoint in headers.KEPT
        yield f"{route} for another", others.open(address, method=route.method), route.endpoint in headers.KEPT
        for method in (route.method, "OPTIONS", "DELETE"):
            yield f"{route} as {method}", stranger.open(address, method=method), route.endpoint in headers.KEPT
    for path in ("/static/css/cairn.css?v=1", "/static/css/cairn.css", "/static/no-such-file", "/static/../app.py",
                 "/plan//changes", "/sw.js", "/manifest.webmanifest", "/today", "/sign-in/"):  # fmt: skip
        for more in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"Accept-Encoding": "br"}):
            yield f"{path} {more}", stranger.get(path, headers=more), True
    yield "language", stranger.post("/language", data={"language": "en"}), False
    for route in world.routes():
        if route.endpoint in ENDS:
            browser = world.browse(world.cast.clara)
            yield str(route), browser.open(world.address(route), method=route.method), False


def every_error(
    app: Flask, stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[int, TestResponse]]:
    """Let one page end in every way there is to go wrong, as people, htmx and the worker ask for it."""

    def ends(error: Exception | int) -> None:
        def view() -> str:
            raise error if isinstance(error, Exception) else abort(error)

        monkeypatch.setitem(app.view_functions, "sign_in.page", view)

    troubles: list[tuple[int, Exception | int]] = [(code, code) for code in CODES]
    troubles += [(500, KeyError("x")), (500, exc.IntegrityError("x", None, Exception())), (500, OSError(2, "x"))]
    troubles += [(503, exc.OperationalError("x", None, Exception())), (503, db.DatabaseDown()), (503, OSError(28, "x"))]
    troubles += [(503, exc.DatabaseError("x", None, Exception())), (503, exc.TimeoutError())]
    for code, trouble in troubles:
        ends(trouble)
        for asks in ({}, {"HX-Request": "true"}, {"Accept": "application/json"}):
            answer = stranger.get("/sign-in", headers=asks)
            assert answer.status_code == code, trouble
            assert answer.text.strip(), trouble
            yield code, answer
    app.testing = False
    monkeypatch.setattr("webapp.views.errors.render_template", lambda *_, **__: 1 / 0)
    answer = stranger.get("/sign-in")  # its page of an error can't be made, either
    assert (answer.status_code, answer.data) == (500, headers.LAST_WORDS)
    yield 500, answer


def test_every_answer_keeps_what_it_says_private_errors_and_files_included(
    app: Flask, browse: As, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, wrong = World(app, browse, cast, _known(cast, database)), []
    seen: set[int] = set()
    for asked, answer, file in every_route(world):
        seen.add(answer.status_code)
        wrong += [f"{asked}: {answer.status_code} {words}" for words in wrong_with(answer, file)]
    big = browse(cast.clara).post("/settings", data={"called": "x" * 3_000_000})
    nul, foreign = browse(None).get("/sign-in?next=%00"), browse(None).get("/", headers={"Host": "evil.example"})
    assert (big.status_code, nul.status_code, foreign.status_code) == (413, 400, 400)
    for answer in (big, nul, foreign):
        wrong += wrong_with(answer)
    for code, answer in every_error(app, browse(None), monkeypatch):
        wrong += [f"error {code}: {words}" for words in wrong_with(answer)]
    assert wrong == []
    assert seen >= {200, 206, 303, 304, 400, 401, 404, 405, 422}


@pytest.mark.parametrize(("mode", "origin"), [("embedded", "http://localhost"), ("embedded", "https://cairn.example")])
def test_only_production_ties_a_name_to_https_for_years(tmp_path: Path, mode: str, origin: str) -> None:
    said = dict(headers.always(settings(tmp_path, mode=mode, origin=origin)))
    assert "Strict-Transport-Security" not in said
    assert said["X-Frame-Options"] == "DENY"
