"""Requests as no browser sends them: nobody gets a 5xx, and whoever is refused reads a sentence.

With the forms of test_malformed.py these are ten thousand, drawn from a fixed seed: every route, as everybody, bent in
its method, path, query, headers, cookies or body. They are handed to the app as a server would, past all politeness of
a test client.
"""

import io
import json
import random
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import brotli
import pytest
from flask import Flask

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.views.test_malformed import LEFT_FOR_LAST, MAKE_HASHES, NUMBER
from tests.views.test_refusals import ROLES, World, _known
from webapp.db import Database
from webapp.domain.people import Role
from webapp.services import sign_ins

pytestmark = pytest.mark.unmeasured

SEED = 20261126
RAW = (5000 - NUMBER) // 2
"""How many in each half, on each of the two databases, beside the forms."""
MARK = "<svg/onload=alert(1)>"
"""Never comes back as it was sent."""

WORDS: tuple[bytes, ...] = (
    *(
        b"\0",
        b"a\0b",
        b"\xff\xfe",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xf0\x9f",
        b"\xe2\x80\xae",
        b"\x1b[31m",
        b"\r\nX: y",
    ),
    *(b"9" * 400, b"-1", b"0", b"9223372036854775808", b"1e309", b"nan", b"0x1f", b"\xc2\xb2", b"1_000", b"+1", b" 1 "),
    *(b"00000000-0000-0000-0000-00000000000", b"{00000000-0000-0000-0000-000000000000}", b"urn:uuid:x", b"g" * 36),
    *(b"../../etc/passwd", b"..%2f..%2f", b"%2e%2e/", b"//evil.example", b"a" * 9000, b"%", b"%zz", b"%u0041", b"%00"),
    *(
        MARK.encode(),
        b"'\"><",
        b"{{7*7}}",
        b"${7*7}",
        b"' OR 1=1 --",
        b"'; DROP TABLE people; --",
        b"%n%s%d",
        b"|cat x",
    ),
)
METHODS = (
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "CONNECT",
    "OPTIONS",
    "HEAD",
    "PROPFIND",
    "get",
    "GE T",
    "X" * 3000,
    "",
    "\xff",
)
TYPES = (
    *(
        "",
        "x",
        "/",
        "text/plain",
        "application/json",
        "application/json; charset=utf-7",
        "application/xml",
        "\xff/\xfe",
    ),
    *("application/x-www-form-urlencoded; charset=\xff", "application/x-www-form-urlencoded; charset=utf-16"),
    *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "a" * 5000),
    *("multipart/form-data; boundary=" + "y" * 300, "multipart/mixed; boundary=x", "application/x-www-form-urlencoded"),
)
BODIES: tuple[bytes, ...] = (
    *(
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a": ' + b"9" * 100_000 + b"}",
        b'{"a": 1e999999}',
        b"{",
        b"\xff\xfe{\0}\0",
    ),
    *(
        b'["\\ud800"]',
        b"nul",
        b"[1,]",
        b'{"op_id": {"$ne": null}}',
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>",
    ),
    *(
        b"&".join(b"a%d=1" % n for n in range(1500)),
        b"day=1&" * 900,
        b"=&=&=&",
        b"a" * 60_000,
        b"text=\xff&day=%ff",
        b"",
    ),
    *(b"--x\r\n\r\n--x--", b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\0\r\n--x--\r\n', b"--x" * 5000),
    *(
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../a\0b"\r\n\r\n{"a":\r\n--x--\r\n',
        b"\x1f\x8b\0\0",
    ),
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="p.json"\r\n\r\n' + b"[" * 50_000 + b"\r\n--x--\r\n",
)
HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("CONTENT_LENGTH", ("-1", "abc", "99999999999999", "1e3", "\xff", "0", "5")),
    ("HTTP_HOST", ("", "evil.example", "[", "a..b", "\xff", "localhost:99999999", "x" * 300, "localhost@evil")),
    ("HTTP_ACCEPT", ("*/*;q=nan", "text/html;q=2;q=x", "a" * 5000, ",;,;", "\xff", "application/json;q=0.0000001")),
    ("HTTP_ACCEPT_LANGUAGE", ("xx;q=\xff", "-", "es-419-u-ca-\xff", ",".join(["de"] * 4000), "*;q=-1", "en_US.UTF-8")),
    ("HTTP_ACCEPT_ENCODING", ("br;q=nan", "\xff", "br, br, br", "*;q=0", "identity;q=0, *;q=0")),
    ("HTTP_RANGE", ("bytes=", "bytes=9-1", "bytes=0-0,1-1,2-2", "lines=1-2", "bytes=-9" + "9" * 40, "\xff")),
    ("HTTP_IF_MODIFIED_SINCE", ("never", "Thu, 99 Foo 9999 99:99:99 GMT", "\xff", "0")),
    ("HTTP_IF_NONE_MATCH", ("*", '"', 'W/"\xff"', ",".join(['"a"'] * 2000))),
    ("HTTP_IF_RANGE", ("x", "Thu, 99 Foo 9999 99:99:99 GMT")),
    ("HTTP_USER_AGENT", ("", "\xff" * 4000, MARK, "\0")),
    ("HTTP_ORIGIN", ("null", "\xff", "https://localhost", "//localhost", "a" * 4000)),
    ("HTTP_SEC_FETCH_SITE", ("same-origin, same-origin", "\xff", "")),
    ("HTTP_REFERER", ("javascript:alert(1)", "\xff", MARK)),
    ("HTTP_HX_REQUEST", ("true", "TRUE", "\xff")),
    ("HTTP_HX_CURRENT_URL", ("\xff", MARK)),
    ("HTTP_X_FORWARDED_FOR", ("::1, \xff", "1.2.3.4.5", MARK)),
    ("HTTP_X_FORWARDED_HOST", ("evil.example",)),
    ("HTTP_X_HTTP_METHOD_OVERRIDE", ("DELETE", "\xff")),
    ("HTTP_AUTHORIZATION", ("Basic \xff", "Basic " + "=" * 50, "Bearer", "Digest x=y,")),
    ("HTTP_CONTENT_ENCODING", ("gzip", "\xff")),
    ("HTTP_CAIRN_AHEAD", ("1", "\xff")),
    ("HTTP_EXPECT", ("100-continue", "x")),
    ("HTTP_X_BIG", ("z" * 60_000,)),
    ("HTTP_COOKIE", ("cairn=", "cairn=.eJx\xff; cairn=a.b.c", "cairn=" + "a." * 4000, "; ; =; \0", "language=\xff")),
    ("SERVER_PROTOCOL", ("HTTP/0.9", "\xff")),
    ("REMOTE_ADDR", ("", "\xff", "unix:", "::ffff:1.2.3.4%eth0")),
)  # fmt: skip


@pytest.fixture
def world(app: Flask, browse: As, cast: Cast, database: Database) -> World:
    app.testing = False
    return World(app, browse, cast, _known(cast, database))


def _cookies(world: World, database: Database) -> dict[Role | None, str]:
    """What each role's browser would send."""
    serializer = world.app.session_interface.get_signing_serializer(world.app)  # type: ignore[attr-defined]
    found: dict[Role | None, str] = {None: ""}
    for role in ROLES:
        with database.writing() as session:
            token = sign_ins.begin(session, world._person(role), "test", NOW)
        found[role] = f"cairn={serializer.dumps({'_user_id': token, '_fresh': True})}"
    return found


def _asked(chance: random.Random, world: World, cookies: dict[Role | None, str]) -> Iterator[dict[str, Any]]:
    """Draw requests, as a server hands them over."""
    kept_out = (
        *LEFT_FOR_LAST,
        *MAKE_HASHES,
        "sign_in.out",
        "sign_in.out_everywhere",
        "offline.forget",
        "health.healthz",
    )
    routes = [route for route in world.routes(public=True) if route.endpoint not in kept_out]
    for _ in range(RAW):
        route = chance.choice(routes)
        fitting = [role for role in ROLES if role in route.policy.roles] or [*ROLES, None]
        role = chance.choice(fitting) if chance.random() < 0.9 else chance.choice([*ROLES, None])
        asked = {
            "REQUEST_METHOD": route.method,
            "PATH_INFO": world.address(route, role).partition("?")[0],
            "QUERY_STRING": "",
            "HTTP_COOKIE": cookies[role],
            "HTTP_SEC_FETCH_SITE": "same-origin",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "body": b"",
        }
        if chance.random() < 0.8:
            asked["HTTP_ACCEPT"] = "application/json"
        for bend in chance.sample(BENDS, chance.choice((1, 1, 2))):
            bend(chance, asked)
        yield asked


def _method(chance: random.Random, asked: dict[str, Any]) -> None:
    asked["REQUEST_METHOD"] = chance.choice(METHODS)


def _path(chance: random.Random, asked: dict[str, Any]) -> None:
    word = chance.choice(WORDS).decode("latin-1")
    parts = asked["PATH_INFO"].split("/")
    place = chance.randrange(len(parts))
    parts[place] = chance.choice((word, parts[place] + word, "", ".", "..", ";" + word))
    asked["PATH_INFO"] = chance.choice(("/", "", "//")) * (chance.random() < 0.1) + "/".join(parts)
    if chance.random() < 0.02:
        asked["PATH_INFO"] = "/a" * 5000


def _query(chance: random.Random, asked: dict[str, Any]) -> None:
    name = chance.choice((b"next", b"goal_id", b"open", b"lang", b"clocks", b"shown", b"week", b"day", b"from", b""))
    words = [name + b"=" + chance.choice(WORDS) for _ in range(chance.choice((1, 2, 3)))]
    asked["QUERY_STRING"] = chance.choice((b"&", b";", b"&&")).join(words).decode("latin-1")


def _form(chance: random.Random, asked: dict[str, Any]) -> None:
    names = (
        b"op_id",
        b"day",
        b"text",
        b"outcome",
        b"op_at",
        b"op_sent",
        b"op_for",
        b"note",
        b"email",
        b"until",
        b"scope",
    )
    words = [chance.choice(names) + b"=" + chance.choice(WORDS) for _ in range(chance.choice((1, 3, 8)))]
    asked["REQUEST_METHOD"], asked["body"] = "POST", b"&".join(words)


def _body(chance: random.Random, asked: dict[str, Any]) -> None:
    asked["REQUEST_METHOD"] = "POST"
    asked["body"], asked["CONTENT_TYPE"] = chance.choice(BODIES), chance.choice(TYPES)


def _headers(chance: random.Random, asked: dict[str, Any]) -> None:
    for name, values in chance.sample(HEADERS, chance.choice((1, 2, 4))):
        asked[name] = chance.choice(values)


BENDS = (_method, _path, _query, _form, _form, _body, _headers, _headers)


def _answer(app: Flask, asked: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    body, told = asked.pop("body"), []
    environ = {
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **asked,
    }
    parts = app(environ, lambda status, headers, _info=None: told.append((status, headers)))
    said = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    status, headers = told[-1]
    return int(status.split(" ")[0]), {name.lower(): value for name, value in headers}, said


SAYS = re.compile(r"<h1[^>]*>\s*[^<]+.*?[.!?]", re.S)


def wrong_with(code: int, headers: dict[str, str], body: bytes, method: str) -> str | None:
    """Say what is not as it should be in an answer, if anything."""
    text = (brotli.decompress(body) if headers.get("content-encoding") == "br" else body).decode(errors="replace")
    if code >= 500:
        return f"answered {code}"
    if MARK in text:
        return "gives back what was sent, as it was sent"
    if "default-src 'none'" not in headers.get("content-security-policy", "") or "cache-control" not in headers:
        return f"{code} without its headers"
    if any(ord(letter) < 32 for value in headers.values() for letter in value):
        return "lets a header be broken"
    if code < 400 or method == "HEAD" or code in (412, 416):
        return None
    said = json.loads(text).get("said", "") if headers.get("content-type") == "application/json" else text
    return None if str(said).rstrip().endswith((".", ">")) and len(str(said)) > 15 else f"{code} without a sentence"


@pytest.mark.parametrize("half", [1, 2])
def test_no_request_however_it_is_made_makes_the_server_fail(
    half: int, world: World, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    chance, wrong, codes = random.Random(SEED + half), [], dict[int, int]()
    for asked in _asked(chance, world, _cookies(world, database)):
        caplog.clear()
        words = {name: str(value)[:60] for name, value in asked.items() if name != "HTTP_COOKIE"}
        code, headers, body = _answer(world.app, asked)
        codes[code] = codes.get(code, 0) + 1
        if problem := wrong_with(code, headers, body, asked["REQUEST_METHOD"]):
            why = [repr(said.exc_info[1])[:200] for said in caplog.records if said.exc_info]
            wrong.append(f"{problem}: {quote(str(words), safe=' {}:,/')} {why}")
    assert wrong[:10] == [], len(wrong)
    assert codes.keys() >= {200, 303, 400, 401, 403, 404, 405, 422}, codes
