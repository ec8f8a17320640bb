"""Only pages of ours may change anything, and every answer says what the browser may do with it."""

import brotli
import pytest
from flask import Flask

from tests.conftest import As
from tests.support.cast import Cast
from webapp.views import assets


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_change_asked_for_by_another_site_or_by_nobody_is_refused(app: Flask, headers: dict[str, str]) -> None:
    assert app.test_client().post("/sign-in", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_a_change_asked_for_by_a_page_of_ours_is_let_through(app: Flask, headers: dict[str, str]) -> None:
    assert app.test_client().post("/sign-in", headers=headers).status_code != 403


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page", "/help-now", "/healthz"])
def test_every_answer_carries_the_headers_that_keep_it_private(browse: As, cast: Cast, path: str) -> None:
    headers = browse(None).get(path).headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_static_files_with_a_fingerprint_are_kept_for_a_year(browse: As, cast: Cast) -> None:
    answer = browse(None).get("/static/vendor/htmx.min.js?v=0")
    assert "immutable" in answer.headers["Cache-Control"]
    assert browse(None).get("/static/vendor/htmx.min.js").headers["Cache-Control"] == "no-cache"


def test_text_is_sent_as_brotli_where_the_browser_takes_it(browse: As, cast: Cast) -> None:
    plain = browse(None).get("/help-now")
    packed = browse(None).get("/help-now", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert len(packed.data) < len(plain.data) / 2


def whole(text: str, path: str) -> str:
    """Ours come without what is written for readers of the source."""
    ours = path.startswith(("/static/css/", "/static/js/"))
    return assets.bare(text, path[path.rindex(".") :]) if ours else text


@pytest.mark.parametrize("path", ["/static/css/cairn.css", "/static/js/app.js", "/static/vendor/htmx.min.js", "/sw.js"])
def test_files_are_sent_as_brotli_too_and_only_while_they_are_new(browse: As, cast: Cast, path: str) -> None:
    plain = browse(None).get(path)
    packed = browse(None).get(path, headers={"Accept-Encoding": "br"})
    assert brotli.decompress(packed.data).decode() == whole(plain.text, path)
    assert (packed.headers["Content-Encoding"], "Accept-Encoding" in packed.headers["Vary"]) == ("br", True)
    again = browse(None).get(path, headers={"Accept-Encoding": "br", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [
        (".css", "/* Why:\n   so. */\na {\n  b: c; /* d */\n}\n", "a {\nb: c;\n}"),
        (
            ".js",
            "// Why.\nconst a = 'http://b'; // d\n\n  // e's\n  f(`a // b`);\n",
            "const a = 'http://b';\nf(`a // b`);",
        ),
    ],
)
def test_what_is_written_for_readers_of_the_source_stays_there(kind: str, text: str, left: str) -> None:
    assert assets.bare(text, kind) == left


def test_pictures_and_parts_of_files_are_sent_as_they_are(browse: As, cast: Cast) -> None:
    whole = browse(None).get("/static/css/cairn.css").data
    part = browse(None).get("/static/css/cairn.css", headers={"Accept-Encoding": "br", "Range": "bytes=0-999"})
    assert (part.status_code, part.data) == (206, whole[:1000])
    picture = browse(None).get("/static/icons/icon-192.png", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in picture.headers
