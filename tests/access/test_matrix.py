"""The matrix: every route, as everybody, about everybody's records. The oracle says what must come of it.

Each answer is looked through for canaries (world.py): what stands there must be what this person may read now. A
refusal looks like an address that does not exist, and changes nothing; what is allowed changes what it says, and no
row of anybody else. Reading is tried on both databases, changing on the embedded one.
"""

import re
from collections import defaultdict
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.access import oracle
from tests.access.conftest import Stage, Watch
from tests.access.forms import form
from tests.access.oracle import PEOPLE, ROUTES, SEEN, Words, is_a, may_read
from tests.access.requests import ASKING, Ask, arguments, asks
from tests.access.world import STRONG, canaries_in

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TRACES = frozenset({"looks", "sign_ins"})
"""What reading may write: who looked, and when a device was last seen."""
STRENGTH = re.compile(r"(?:it went from |>)(\d\.\d) (?:to|→) ")
WHOSE = {number: name for name, number in STRONG.items()}
ON_SQLITE = pytest.mark.parametrize("stage", ["sqlite"], indirect=True, scope="module")


def _methods(route: oracle.Route, *kinds: str) -> list[str]:
    return [method for method in route.methods.split() if method in kinds]


def _words(answer: TestResponse) -> Words:
    """Everything of anybody's record that an answer tells, in its text or in its headers."""
    text = answer.get_data(as_text=True)
    strong = {("distress", WHOSE[number]) for number in STRENGTH.findall(text)}
    return canaries_in(f"{text} {answer.headers}") | strong


class _Judge:
    """Asks, compares with the oracle, and keeps what was wrong."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.wrong: list[str] = []
        self.read: dict[str | None, set[tuple[str, str]]] = defaultdict(set)
        self.nothing = {who: stage.ask(who, "/no/such/page", "GET").data for who in ASKING}

    def ask(self, one: Ask, method: str) -> tuple[TestResponse, str]:
        """Send one request and look at the answer: its status, and whose words stand on it."""
        names = self.stage.app.url_map._rules_by_endpoint[one.endpoint][0].arguments
        path = self.stage.path(one.endpoint, method, **arguments(one, names))
        if method == "GET" and one.ids.get("noun") == "objective" and one.endpoint == "care_plan.new_item":
            path += f"?goal_id={one.ids['goal']}"
        data = form(one.endpoint, one.ids) if method == "POST" else None
        answer = self.stage.ask(one.actor, path, method, data)
        what = f"{one.actor or 'a stranger'}: {method} {one.endpoint} [{one.label}]"
        expected = self._expected(one, method)
        if answer.status_code not in expected:
            self.wrong.append(f"{what} answered {answer.status_code}, not {expected}")
        elif (
            not one.may
            and one.route.about != "link"
            and answer.status_code == 404
            and answer.data != self.nothing[one.actor]
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


def _endpoints() -> list[str]:
    return list(ROUTES)


def test_the_oracle_knows_every_route_and_its_methods(stage: Stage) -> None:
    offered = defaultdict(set)
    for rule in stage.app.url_map.iter_rules():
        offered[rule.endpoint] |= (rule.methods or set()) - {"HEAD", "OPTIONS"}
    told = {endpoint: set(route.methods.split()) for endpoint, route in ROUTES.items()}
    assert dict(offered) == told, "a route needs a line in tests/access/oracle.py, and a form in forms.py"


def test_nobody_reads_what_the_rules_keep_from_them_and_everybody_what_they_give(stage: Stage, watch: Watch) -> None:
    judge = _Judge(stage)
    for endpoint, route in ROUTES.items():
        for one in asks(stage.world, endpoint) if _methods(route, "GET") else ():
            judge.ask(one, "GET")
    assert judge.wrong == []
    assert watch.changes().keys() <= TRACES
    unseen = {who: sorted(kind for kind, _ in _records(who) - judge.read[who]) for who in ASKING}
    assert {who: words for who, words in unseen.items() if words} == {}, "may be read, and stands nowhere"


ON_NO_PAGE = frozenset(
    ["strength", "preference", "concern", "crisisstep", "review", "support", "monitoring", "address", "culture", "history", "treatment"]
)
"""What a client's own pages leave to the care team's: they find it in *Download everything*."""


def _records(who: str | None) -> Words:
    """The words of records that somebody may read, and so finds on some page."""
    hidden = ON_NO_PAGE if who and is_a(who, "client") else frozenset()
    return frozenset((kind, owner) for kind, owner in may_read(who) if kind in SEEN and kind not in hidden)


@ON_SQLITE
def test_what_is_refused_changes_nothing_and_what_is_allowed_changes_ones_own(stage: Stage, watch: Watch) -> None:
    judge = _Judge(stage)
    watch.keep()
    watch.put_back()
    for endpoint, route in ROUTES.items():
        unlike: dict[str | None, Any] = {}
        for one in asks(stage.world, endpoint) if _methods(route, "POST") else ():
            answer, what = judge.ask(one, "POST")
            changed = watch.changes() if watch.touched() else {}
            judge.wrong += [f"{what}: {wrong}" for wrong in _wrongly_changed(stage, one, changed)]
            if watch.touched():
                watch.put_back()
    assert judge.wrong == []


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
