"""Only pages of ours may change anything, and every answer says what the browser may do with it."""

from collections.abc import Callable
from dataclasses import replace

import brotli
import pytest

from tests.conftest import As
from tests.support.cast import Cast
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.views import assets

Ask = Callable[..., int]


OURS = "https://cairn.example"
FOREIGN = (
    *("null", "", "https://elsewhere.example", "https://sub.cairn.example", "https://example", "http://cairn.example"),
    *(
        "https://cairn.example:8443",
        "https://cairn.example.evil.example",
        "https://cairn.exampl\u0435",
        "cairn.example",
    ),
    *("https://cairn.example, https://elsewhere.example", "https://CAIRN.example/", "https://me@cairn.example", "*"),
)


@pytest.fixture
def ask(config: Config, database: Database) -> Ask:
    """ask(headers, method=…, host=…) asks a Cairn behind https for a change; the status that it answers."""
    app = create_app(replace(config, mode="production", origin=OURS), database)

    def ask(headers: dict[str, str], method: str = "POST", host: str = "cairn.example", path: str = "/sign-in") -> int:
        sent = {"Host": host, "X-Forwarded-Proto": "http"} | headers
        return app.test_client().open(path, method=method, headers=sent).status_code

    return ask


def test_a_change_asked_for_by_another_site_or_by_nobody_is_refused(ask: Ask) -> None:
    wrong: list[dict[str, str]] = [{}, {"Referer": OURS}, {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}]
    sites = ("cross-site", "same-site", "none", "", "same-origin, cross-site", "Same-Origin")
    wrong += [{"Sec-Fetch-Site": site} for site in sites]
    wrong += [{"Sec-Fetch-Site": site, "Origin": OURS} for site in sites]
    wrong += [{"Origin": origin} for origin in FOREIGN]
    wrong += [{"Origin": origin, "Sec-Fetch-Site": "same-origin"} for origin in FOREIGN]
    assert [headers for headers in wrong if ask(headers) != 403] == []
    assert [verb for verb in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE") if ask({}, verb) != 403] == []


def test_a_change_asked_for_by_a_page_of_ours_is_let_through(ask: Ask) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": OURS}):
        assert ask(headers) == ask(headers | {"Origin": OURS}) == 422


def test_at_home_the_name_that_was_typed_is_as_good_as_the_one_that_is_set(config: Config, database: Database) -> None:
    client = create_app(replace(config, origin="http://127.0.0.1:8000"), database).test_client()
    same = {
        "http://localhost:8000": "localhost:8000",
        "http://[::1]:9": "[::1]:9",
        "http://127.0.0.1:8000": "127.0.0.1",
    }
    for origin, host in same.items():
        assert client.post("/sign-in", headers={"Origin": origin, "Host": host}).status_code == 422
    for origin, host in (("http://localhost:8001", "localhost:8000"), ("https://localhost:8000", "localhost:8000")):
        assert client.post("/sign-in", headers={"Origin": origin, "Host": host}).status_code == 403


STRANGE_HOSTS = (
    *(
        "evil.example",
        "cairn.example.evil.example",
        "evil.example:443",
        "cairn.example:8443",
        "cairn.example@evil.example",
    ),
    *(
        "cairn.example/x",
        "cairn.example\\@evil",
        "",
        "127.0.0.1",
        "localhost",
        "[::1]",
        "sub.cairn.example",
        "[::1",
        ":",
    ),
    *(
        "cairn.example.",
        "xn--80ak6aa92e.com",
        "cairn.example,evil.example",
        "cairn.exampl\xe9",
        "a" * 5000,
        "%00",
        "a..b",
    ),
)


def test_only_our_own_name_is_answered_to_and_no_other_reaches_a_link(ask: Ask) -> None:
    for host in STRANGE_HOSTS:
        for path in ("/", "/sign-in", "/help-now", "/plan//changes", "/static/css/cairn.css", "/nothing"):
            assert ask({}, "GET", host, path) == 400, (host, path)
        assert ask({"Sec-Fetch-Site": "same-origin"}, "POST", host) == 400, host
    for host in ("cairn.example", "cairn.example:443", "Cairn.Example"):
        assert ask({"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}, "GET", host) == 200
    assert ask({}, "GET", "10.0.0.7:8000", "/healthz") == 503  # monitors may; no jobs run here


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_whoever_asks_under_another_name_is_told_ours(config: Config, database: Database) -> None:
    client = create_app(replace(config, mode="production", origin=OURS), database).test_client()
    said = client.get("/", headers={"Host": "evil.example"}).text
    assert "Cairn has another address" in said
    assert f"Open it at {OURS}." in said
    assert "evil" not in said


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_a_name_that_a_trusted_proxy_passes_on_is_looked_at_too_and_stands_in_no_mail(
    config: Config, database: Database, cast: Cast
) -> None:
    config = replace(config, mode="production", origin=OURS, proxies=1)
    client = create_app(config, database).test_client()
    ours = {"Host": "10.0.0.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "cairn.example", "Origin": OURS}
    asked = {"email": "clara@example.test"}
    for poison in ({"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Host": "cairn.example, evil.example"}):
        assert client.post("/sign-in/link", data=asked, headers=ours | poison).status_code == 400
    more = {
        "X-Forwarded-Host": "evil.example, cairn.example",
        "X-Original-Host": "evil.example",
        "Forwarded": "host=evil",
    }
    assert client.post("/sign-in/link", data=asked, headers=ours | more).status_code == 200
    (mail,) = config.outbox.glob("*.eml")
    assert f"{OURS}/sign-in/link/" in mail.read_text()
    assert "evil" not in mail.read_text()


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
