"""Whatever is sent, nobody gets a 5xx: what can't be read is refused with a sentence, and nothing falls over.

The requests are drawn at random from a fixed seed, so that a run can be repeated: every route, every role,
forms that are right but for a field or three, and addresses, bodies and headers that are not.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.domain.test_endpoints import AUTH, KEY
from tests.support.cast import TODAY, Cast
from tests.views.test_refusals import ROLES, Route, World, _known
from webapp.db import Database
from webapp.domain.people import Role
from webapp.domain.sharing import Scope

pytestmark = pytest.mark.unmeasured

SEED, NUMBER = 20261119, 700
HUGE = "9" * 30
NASTY: tuple[Any, ...] = (
    *("", " ", "\0", "a\0b", "\ud800", "\udcff", "𝔘𝔫𝔦\u202e\u200b", "\x1b[0m\x7f", "%00", "%ff", "'; --", "{{ 7*7 }}"),
    *("-1", "0", "2147483648", "9223372036854775807", "9223372036854775808", HUGE, "-" + HUGE, "9" * 5000),
    *("1e9", "0x10", "١٢", "1_0", "nan", "None", "true", "²"),
    *("0000-00-00", "0001-01-01", "9999-12-31", "99999-01-01", "2026-02-30", "2026-W01-1", "20261119", "-1-1-1"),
    *("25:61", "24:00", "00:00:00.5", "12", HUGE + ":00", "8:" + HUGE, ":", "::", "1.5", "²:³"),
    *("0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59:59", "2026-11-26T24:00"),
    *("00000000-0000-0000-0000-000000000000", "not-a-uuid", "{}", "[]", "x" * 20_000, "\U0001f9d7" * 3000),
    *("//evil.example", "/\\evil.example", "javascript:alert(1)", "../../etc", "member:" + HUGE, "person:0", "new:"),
)
BODIES: tuple[tuple[str | None, bytes], ...] = (
    (None, b"text=x"),
    ("application/json", b"{"),
    ("application/json", b"[" * 5000),
    ("text/plain", b"text=x"),
    ("multipart/form-data", b"--x"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'),
    ("multipart/form-data; boundary=x", b"--x\r\nnonsense\r\n\r\n\xff\xfe\r\n--x--\r\n"),
    ("application/x-www-form-urlencoded", b"text=\xff\xfe&day=%ff%fe&\xe2\x28=1"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"text=\x00a\x00b"),
    ("application/x-www-form-urlencoded", b"%zz=%zz&&&===&text"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(3000))),
    ("\xff/\xfe", b"\0\0\0"),
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"HX-Request": "true"},
    {"Accept": "application/json"},
    {"Accept-Language": "xx-ZZ;q=9,*;q=nan"},
    {"Cookie": "cairn=.eJx\xff; cairn=a.b.c"},
    {"Range": "bytes=9-1", "If-Modified-Since": "never"},
    {"X-Forwarded-For": "::1, \xff, 1.2.3.4.5", "User-Agent": "\xff" * 500},
    {"Content-Encoding": "gzip", "Accept-Encoding": "br;q=x, *;q=-1"},
)


@pytest.fixture
def world(app: Flask, browse: As, cast: Cast, database: Database) -> World:
    return World(app, browse, cast, _known(cast, database))


def _fields(world: World) -> dict[str, str]:
    """A form that most routes would take: what every one of them asks for, in one."""
    cast = world.cast
    words = "text how_to cue smallest purpose own_words note why vision history address statement measure by"
    words += " what who_watches how_often relation place words message other called name role_words discipline"
    fields = dict.fromkeys(words.split(), "Some words")
    fields |= {
        name: TODAY.isoformat()
        for name in ["day", "starts_on", "ends_on", "review_on", "due", "target_date", "born", "on"]
    }
    fields |= {name: "2026-11-26" for name in ("until", "moved_to", "last_day")}
    fields |= {name: "09:30" for name in ("at", "slot", "quiet_from", "quiet_to", "times")}
    fields |= {name: str(cast.goal) for name in ("goal_id",)}
    fields |= {
        name: "2" for name in ["count", "interval", "fixed_interval", "before", "after", "importance", "confidence"]
    }
    for step in (cast.walk, cast.ride):
        fields |= {f"remind-{step}-{name}": "09:30" for name in ("first", "second", "third")}
    return fields | {
        **{"kind": "target", "per_unit": "week", "fixed_unit": "month", "monthday": "3", "nth": "1", "weekdays": "3"},
        **{"minutes": "50", "minutes_max": "60", "count_max": "3", "bound": "at_least", "from_when": "today"},
        **{"stays": "y", "tz": "Europe/Berlin"},
        **{"op_id": str(uuid4()), "outcome": "done", "reason": "no_time", "helped": "yes", "verb": "end"},
        **{"step_id": str(cast.ride), "person_id": str(cast.sam), "scope": Scope.STEPS, "understood": "yes"},
        **{"who": "self", "status": "active", "use_when": "everyday", "time_of_day": "morning", "priority": "1"},
        **{"email": "somebody@example.test", "password": "a sentence of my own", "role": "client", "country": "US"},
        **{"session_at": "2026-11-26T14:30", "phone": "555-0117", "care_team_id": str(cast.tess)},
        **{"endpoint": "https://web.push.apple.com/x", "p256dh": KEY, "auth": AUTH, "repair": "", "answer": "done"},
        **{"follow_up": "60", "mail_use": "unanswered", "mail_after": "60"},
        **{"time_zone": "America/New_York", "language": "en", "day_starts_at": "3", "week_starts_on": "0"},
        **{"signs": "1", "sign_ids": "1", "shares": "plan", "next": "/today", "back": "step", "purpose": "why"},
        **{"stage_of_change": "action", "intervention": "", "category": "x", "new_name": "Ana", "new_what": "aunt"},
    }


class Listening(ImmutableMultiDict[str, str]):
    """A form that tells which of its fields were asked for."""

    asked: set[str] = set()

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        self.asked.add(key)
        return super().getlist(key, type)

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)


CHOICES = {
    "kind": ("target", "fixed", "once", "professional", "family"),
    "outcome": ("done", "some", "not_today", "happened", "moved", "did_not"),
    "verb": ("accept", "suggest", "ask_again", "agree"),
    "answer": ("done", "later", "not_today", "undo"),
    "fixed_unit": ("day", "week", "month", "year"),
    "scope": tuple(Scope),
    "role": ("client", "care_team"),
}
"""Fields that decide which others are read."""


def _form(chance: random.Random, plain: Mapping[str, str], bend: Sequence[str]) -> bytes:
    """Encode a form with up to three of the fields in `bend` bent."""
    form = {name: chance.choice(CHOICES[name]) if name in CHOICES else value for name, value in plain.items()}
    form |= {name: chance.choice(NASTY) for name in chance.sample(bend, min(len(bend), chance.choice((1, 1, 2, 3))))}
    if "email" not in bend or form["email"] == plain["email"]:
        form["email"] = f"n{chance.random()}@example.test"
    pairs = list(form.items())
    if chance.random() < 0.1:  # the same field once more
        pairs.append((chance.choice(pairs)[0], chance.choice(NASTY)))
    return urlencode(pairs, errors="surrogatepass").encode()


LEFT_FOR_LAST = ("people.end", "admin.deactivate", "admin.unassign", "care_plan.retire_step", "plan.retire_step")
"""What they do well takes what the others are asked about away."""
MAKE_HASHES = ("sign_in.sign_in", "settings.password")
"""They take long by design; some tries are enough."""


def _routes(chance: random.Random, world: World) -> Iterator[Route]:
    """Draw routes: every one, and then those that take forms more often."""
    every: dict[tuple[str, str], list[Route]] = {}
    for route in world.routes(public=True):
        if route.endpoint not in NOT_ASKED:
            every.setdefault((route.endpoint, route.method), []).append(route)
    usual = [key for key in every if key[0] not in (*LEFT_FOR_LAST, *MAKE_HASHES)]
    posts = [key for key in usual if key[1] == "POST"]
    for _ in range(NUMBER - len(every)):
        yield chance.choice(every[chance.choice(posts if chance.random() < 0.8 else usual)])
    for routes in every.values():
        yield chance.choice(routes)


def _asked(chance: random.Random, world: World) -> Iterator[tuple[Route, str, dict[str, Any]]]:
    """Draw requests: a route, its address and what is sent along."""
    plain, read = _fields(world), dict[str, set[str]]()
    for route in _routes(chance, world):
        role = next((role for role in ROLES if role in route.policy.roles), None)
        address = world.address(route, role)
        if chance.random() < 0.08:
            bent = quote(chance.choice(NASTY)[:300] or "x", safe="/", errors="surrogatepass")
            address = re.sub(r"\d+", bent, address, count=1)
        if chance.random() < 0.2:
            address += "?" + _form(chance, {**dict.fromkeys(QUERY, "1"), "email": ""}, QUERY).decode()
        more: dict[str, Any] = {"headers": chance.choice(HEADERS)} if chance.random() < 0.2 else {}
        if route.method == "POST" and chance.random() < 0.05:
            kind, body = chance.choice(BODIES)
            more |= {"data": body} | ({"content_type": kind} if kind else {})
        elif route.method == "POST":
            known = read.setdefault(f"{route.endpoint} {route.noun}", set())
            bend = [name for name in plain if name in known]
            more |= {"data": _form(chance, plain, bend), "content_type": "application/x-www-form-urlencoded"}
            Listening.asked = known
        yield route, address, more


def _person(chance: random.Random, route: Route) -> Role | None:
    fitting = [role for role in ROLES if role in route.policy.roles] or list(ROLES)
    return chance.choice(fitting) if chance.random() < 0.93 else chance.choice((*ROLES, None))


ENDS_A_SESSION = ("sign_in.", "settings.", "invitations.accept", "admin.")
QUERY = ("next", "goal_id", "open", "retired", "clocks", "shown")
NOT_ASKED = ("health.healthz",)
"""It answers 503 on purpose while no jobs run."""


def _ask(world: World, role: Role | None, route: Route, address: str, more: dict[str, Any]) -> TestResponse:
    """Ask as somebody with that role, signed in anew after what may have signed them out."""
    browser = world.browse(None) if role is None else world.who(role)
    response = browser.open(address, method=route.method, **more)
    if route.method == "POST" and route.endpoint.startswith(ENDS_A_SESSION):
        world.browsers.clear()
    return response


def test_no_request_however_malformed_makes_the_server_fail(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, wrong = random.Random(SEED), []
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(Request, "parameter_storage_class", Listening)
    for route, address, more in _asked(chance, world):
        caplog.clear()
        response = _ask(world, _person(chance, route), route, address, more)
        if response.status_code >= 500:
            why = [repr(said.exc_info[1])[:300] for said in caplog.records if said.exc_info]
            wrong.append(f"{response.status_code} at {route}, {address[:100]}: {why}")
    assert wrong == []
