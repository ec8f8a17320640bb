"""The matrix: every route, as everybody, about everybody's records. The oracle says what must come of it.

Each answer is looked through for canaries (world.py): what stands there must be what this person may read now. A
refusal looks like an address that does not exist, and changes nothing; what is allowed changes what it says, and no
row of anybody else. Reading is tried on both databases, changing on the embedded one.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from werkzeug.test import TestResponse

from tests.access import oracle
from tests.access.conftest import Stage, Watch
from tests.access.forms import form
from tests.access.oracle import LINKS, PEOPLE, ROUTES, SEEN, Words, is_a, may_read
from tests.access.requests import ASKING, Ask, arguments, asks
from tests.access.world import STRONG, canaries_in

pytestmark = pytest.mark.unmeasured

TRACES = frozenset({"looks", "look_chains", "sign_ins"})
"""What reading may write: who looked, and when a device was last seen."""
STRENGTH = re.compile(r"(?:how strong it was: from |>)(\d\.\d) (?:to|→) ")
WHOSE = {number: name for name, number in STRONG.items()}
ON_SQLITE = pytest.mark.parametrize("stage", ["sqlite"], indirect=True, scope="module")


def _words(answer: TestResponse) -> Words:
    """Everything of anybody's record that an answer tells, in its text or in its headers."""
    text = _unpacked(answer.data) if answer.mimetype == "application/zip" else answer.get_data(as_text=True)
    strong = {("distress", WHOSE[number]) for number in STRENGTH.findall(text)}
    return canaries_in(f"{text} {answer.headers}") | strong


def _unpacked(archive: bytes) -> str:
    with ZipFile(BytesIO(archive)) as opened:
        return " ".join(opened.read(name).decode() for name in opened.namelist())


class _Judge:
    """Asks, compares with the oracle, and keeps what was wrong."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.wrong: list[str] = []
        self.read: dict[str | None, set[tuple[str, str]]] = defaultdict(set)
        ways = [(who, brief) for who in ASKING for brief in (False, True)]
        self.nothing = {way: stage.ask(way[0], "/no/such/page", "GET", brief=way[1]).data for way in ways}

    def ask(self, one: Ask, method: str) -> tuple[TestResponse, str]:
        """Send one request and look at the answer: its status, and whose words stand on it."""
        names = self.stage.app.url_map._rules_by_endpoint[one.endpoint][0].arguments
        path = self.stage.path(one.endpoint, method, **arguments(one, names))
        if method == "GET" and one.ids.get("noun") == "objective" and one.endpoint == "care_plan.new_item":
            path += f"?goal_id={one.ids['goal']}"
        data = form(one.endpoint, one.ids) if method == "POST" else None
        brief = method == "POST" and not one.may  # a refusal in a piece is drawn in a tenth of the time
        answer = self.stage.ask(one.actor, path, method, data, brief)
        what = f"{one.actor or 'a stranger'}: {method} {one.endpoint} [{one.label}]"
        expected = self._expected(one, method)
        if answer.status_code not in expected:
            self.wrong.append(f"{what} answered {answer.status_code}, not {expected}")
        elif (
            not one.may
            and one.route.about != "link"
            and answer.status_code == 404
            and answer.data != self.nothing[one.actor, brief]
        ):
            self.wrong.append(f"{what} looks other than a page that does not exist")
        elif not one.may and answer.status_code == 303 and not answer.headers["Location"].startswith("/sign-in?"):
            self.wrong.append(f"{what} leads to {answer.headers['Location']}")
        words = _words(answer)
        self.read[one.actor] |= words
        if leaked := sorted(words - one.words):
            self.wrong.append(f"{what} LEAKS {leaked}")
        return answer, what

    def _expected(self, one: Ask, method: str) -> tuple[int, ...]:
        if not one.may and one.route.about == "link":
            return (404, 410)
        if not one.may:
            return (int(one.route.other) if one.enters else oracle.refusal(one.actor, method),)
        if one.idle and method == "POST":
            return (200, 303, 404, 410)
        return tuple(int(code) for code in (one.route.get if method == "GET" else one.route.post).split())


def test_the_oracle_knows_every_route_and_its_methods(stage: Stage) -> None:
    offered = defaultdict(set)
    for rule in stage.app.url_map.iter_rules():
        offered[rule.endpoint] |= (rule.methods or set()) - {"HEAD", "OPTIONS"}
    told = {endpoint: set(route.methods.split()) for endpoint, route in ROUTES.items()}
    assert dict(offered) == told, "a route needs a line in tests/access/oracle.py, and a form in forms.py"


def test_nobody_reads_what_the_rules_keep_from_them_and_everybody_what_they_give(stage: Stage, watch: Watch) -> None:
    judge = _Judge(stage)
    for one in _each(stage, "GET"):
        judge.ask(one, "GET")
    assert judge.wrong == []
    assert watch.changes().keys() <= TRACES
    if stage.only != ("",):
        return  # not all was read, so that not all can have been seen
    unseen = {who: sorted(kind for kind, _ in _records(who) - judge.read[who]) for who in ASKING}
    assert {who: words for who, words in unseen.items() if words} == {}, "may be read, and stands nowhere"


def _each(stage: Stage, method: str) -> Iterator[Ask]:
    """Every request; on PostgreSQL, which changes nothing in who may enter where, those of people it is for."""
    for endpoint, route in ROUTES.items():
        if method in route.methods.split() and endpoint.startswith(stage.only):
            yield from (one for one in asks(stage.world, endpoint) if one.enters or stage.database.embedded)


ON_NO_PAGE = frozenset(
    (
        *("strength", "preference", "concern", "crisisstep", "review", "support", "monitoring"),
        *("sustrength", "supreference", "suconcern", "sucrisisstep", "sureview", "susupport", "sumonitoring"),
        *("address", "culture", "history", "suhistory", "treatment"),
    )
)
"""What a client's own pages leave to the care team's: they find it in *Download everything*."""


def _records(who: str | None) -> Words:
    """The words of records that somebody may read, and so finds on some page."""
    hidden = ON_NO_PAGE if who and is_a(who, "client") else frozenset()
    return frozenset((kind, owner) for kind, owner in may_read(who) if kind in SEEN and kind not in hidden)


@ON_SQLITE
@pytest.mark.parametrize("whose", ["client", "care team", "others"])
def test_what_is_refused_changes_nothing_and_what_is_allowed_changes_ones_own(
    stage: Stage, watch: Watch, whose: str
) -> None:
    judge = _Judge(stage)
    for who in ASKING:
        if who and is_a(who, "supporter"):  # a page that comes back with a form was open, and is no look of its own
            for path in ("/promises", "/reminders"):
                stage.ask(who, path, "GET")
    watch.keep()
    watch.put_back()
    alike: dict[tuple[str, str | None], set[Any]] = defaultdict(set)
    for one in _each(stage, "POST"):
        if whose != (one.route.who if one.route.who in ("client", "care team") else "others"):
            continue
        answer, what = judge.ask(one, "POST")
        touched = watch.touched()
        judge.wrong += [f"{what}: {it}" for it in _wrongly_changed(stage, one, watch.changes() if touched else {})]
        if touched:
            watch.put_back()
        if one.alike and one.idle:
            alike[one.endpoint, one.actor].add((answer.status_code, answer.data, answer.headers.get("Location")))
    assert judge.wrong == []
    assert [key for key, answers in alike.items() if len(answers) > 1] == [], "somebody else's tap shows"


@ON_SQLITE
def test_a_link_opens_only_what_it_is_for_and_only_while_it_is_good(stage: Stage, watch: Watch) -> None:
    watch.keep()
    watch.put_back()
    wrong = []
    for endpoint, states in LINKS.items():
        for state, expected in states.items():
            token = stage.world.links[endpoint][state]
            answer = stage.ask(None, stage.path(endpoint, "GET", token=token), "GET")
            leaked = _words(answer) - (OPENED[endpoint] if state == "good" else WHOM_TO_ASK)
            if answer.status_code != expected or leaked or watch.touched():
                wrong.append(f"{endpoint} {state}: {answer.status_code} {sorted(leaked)}")
            for who, post in PRESSED.get((endpoint, state), {}).items():
                pressed = stage.ask(who, stage.path(endpoint, "GET", token=token), "POST")
                if pressed.status_code != post or watch.touched() is not (state == "good" and post in (200, 303)):
                    wrong.append(f"{who} presses {endpoint} {state}: {pressed.status_code}")
                watch.put_back()
    assert wrong == []


OPENED = {
    "sign_in.link": frozenset({("called", "sam"), ("name", "sam"), ("email", "sam")}),
    "proving.link": frozenset(),
    "invitations.open": frozenset(
        {("message", "otto"), ("name", "otto"), ("called", "otto"), ("called", "nora"), ("email", "nora")}
    ),
    "calendar_feeds.feed": may_read("clara"),
}
"""Whose words an open link may show to whoever holds it."""
WHOM_TO_ASK: Words = frozenset({("called", "otto")})
"""An invitation that is over says whom to ask for another."""
PRESSED = {
    ("sign_in.link", "good"): {None: 303},
    ("sign_in.link", "used"): {None: 410, "otto": 410},
    ("sign_in.link", "over"): {None: 410},
    ("proving.link", "good"): {None: 410},  # its owner has a password by now
    ("proving.link", "used"): {None: 410, "sam": 410},
    ("proving.link", "over"): {None: 410},
    ("invitations.open", "good"): {"nora": 303, "sam": 409},
    ("invitations.open", "used"): {None: 410, "nora": 410},
    ("invitations.open", "withdrawn"): {"nora": 410},
    ("invitations.open", "over"): {"nora": 410},
}
"""What the button behind a link answers; an invitation is for one account, whoever holds it."""


def test_a_sign_in_that_was_ended_or_ran_out_is_a_strangers(stage: Stage) -> None:
    for token in ("ended", "run out"):
        for path in ("/today", "/settings", "/people"):
            answer = stage.ask(token, path, "GET")
            assert (answer.status_code, answer.headers["Location"][:9]) == (303, "/sign-in?"), (token, path)
            assert _words(answer) == frozenset()


@ON_SQLITE
def test_a_method_that_a_route_does_not_have_is_refused_and_does_nothing(stage: Stage, watch: Watch) -> None:
    watch.keep()
    watch.put_back()
    routes, wrong = stage.app.url_map.bind("localhost"), []
    for rule in stage.app.url_map.iter_rules() if stage.only == ("",) else ():
        values = {name: VALUES.get(name, 1) for name in rule.arguments}
        path = stage.path(rule.endpoint, next(iter(rule.methods or ())), **values)
        others = {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(routes.allowed_methods(path))
        wrong += [(method, path) for method in others if stage.ask("clara", path, method).status_code != 405]
    assert wrong == []
    assert not watch.touched()


VALUES = {"noun": "goal", "token": "x", "day": "2026-11-19", "screen": "name", "filename": "x", "op_id": UUID(int=7)}


OWNER = ("client_id", "person_id", "supporter_id", "care_team_id")


def _wrongly_changed(stage: Stage, one: Ask, changed: dict[str, list[dict[str, Any]]]) -> list[str]:
    if not one.may:
        return [f"refused, and changed {sorted(changed)}"] if changed.keys() - TRACES else []
    missing = set(one.route.changes.split()) - changed.keys()
    wrong = [f"changed only {sorted(changed)}, not {sorted(missing)}"] if missing and not one.idle else []
    others = {stage.world.id(name): name for name in PEOPLE if name not in one.touches}
    for table, rows in changed.items():
        whose = {others[owner] for row in rows if (owner := _owner(table, row, others)) in others}
        if whose:
            wrong.append(f"changed {table} of {sorted(whose)}")
    return wrong


def _owner(table: str, row: dict[str, Any], others: dict[int, str]) -> Any:
    """Whose a row is: who it is about. A reminder is its client's, and of whoever is reminded."""
    if table == "people":
        return row["id"]
    if table == "reminders" and row["client_id"] in others:
        return row["person_id"]
    return next((row[name] for name in OWNER if row.get(name) is not None), None)
