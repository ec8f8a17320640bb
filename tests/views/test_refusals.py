"""Every route of the app refuses the same things, whoever wrote it.

The routes come from the app, what each asks for from views/policies.py. A new route is covered as soon as it
has a policy; a parameter that was never in an address before needs a line in `_known` below.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from webapp.db import Database
from webapp.domain.people import Role
from webapp.models import (
    AgendaItem,
    Base,
    CarePlan,
    CheckIn,
    Commitment,
    Contact,
    CopingStrategy,
    CopingUse,
    Endpoint,
    Goal,
    Invitation,
    Monitoring,
    Objective,
    Passkey,
    Pause,
    PlanChange,
    PlanLine,
    Reminder,
    ReminderOccurrence,
    Sign,
    SignIn,
    Support,
    TeamMember,
)
from webapp.models import Session as Appointment
from webapp.services import sign_ins
from webapp.views import policies
from webapp.views.policies import POLICIES, Policy, UnguardedRoute

pytestmark = pytest.mark.unmeasured

UNKNOWN: dict[type, Any] = {int: 999_999_999, UUID: UUID(int=7), str: "unknown"}


@dataclass
class Known:
    """What may stand in an address: `own` by the role that asks (or for all), and somebody else's."""

    own: Any
    foreign: Any
    by_role: dict[Role, Any] = field(default_factory=dict)

    def of(self, role: Role | None) -> Any:
        return self.by_role.get(role, self.own) if role else self.own


@dataclass(frozen=True)
class Route:
    """One way to ask: a method, an address, and the noun in it where the address takes several."""

    endpoint: str
    method: str
    rule: str
    arguments: tuple[str, ...]
    policy: Policy
    noun: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.rule.replace('<noun>', self.noun)} ({self.endpoint})"

    def key(self, name: str) -> str:
        """An `entry_id` is a record of the noun beside it."""
        return f"entry_id of {self.noun}" if name == "entry_id" else name


LISTS = (
    *("strength", "preference", "concern", "crisis_step", "review", "support", "monitoring", "team_member"),
    *("emergency_contact", "crisis_contact", "trigger", "warning_sign", "goal", "objective", "coping_strategy"),
)
"""The lists of a plan that share their addresses."""


def _routes(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                arguments = tuple(sorted(rule.arguments))
                for noun in LISTS if "noun" in arguments else ("",):
                    yield Route(rule.endpoint, method, rule.rule, arguments, POLICIES[rule.endpoint], noun)


def _known(cast: Cast, database: Database) -> dict[str, Known]:
    """Name every parameter of an address: Clara's (or of whoever asks), and Otto's."""
    then = NOW - timedelta(days=1)
    with database.writing() as session:

        def add(record: Any) -> Any:
            session.add(record)
            session.flush()
            return record

        def invitation(by: int, token: str) -> int:
            made = Invitation(
                role="supporter",
                person_id=cast.nora,
                client_id=by,
                name="Nora",
                email="nora@example.test",
                token_hash=token,
                invited_by_id=by,
                created_at=then,
                expires_at=NOW + timedelta(days=5),
            )
            return int(add(made).id)

        def device(person_id: int) -> int:
            sign_ins.begin(session, person_id, "device", NOW)
            return int(session.scalars(select(SignIn.id).where(SignIn.person_id == person_id)).all()[-1])

        def passkey(person_id: int) -> int:
            key = Passkey(person_id=person_id, credential=bytes([person_id]), public_key=b"", uses=0, name="phone",
                          created_at=then)  # fmt: skip
            return int(add(key).id)

        def meeting(client: int, by: int) -> int:
            made = Appointment(client_id=client, care_team_id=by, starts_at=NOW + timedelta(days=3), created_at=then)
            return int(add(made).id)

        def strategy(client: int) -> int:
            made = CopingStrategy(client_id=client, text="Humming", created_by_id=client, created_at=then)
            return int(add(made).id)

        def use(client: int, which: int) -> UUID:
            made = uuid4()
            add(CopingUse(client_id=client, strategy_id=which, op_id=str(made), at=then, day=TODAY))
            return made

        def check_in(client: int, step: int) -> int:
            made = CheckIn(
                client_id=client, step_id=step, by_id=client, op_id=str(uuid4()), day=TODAY, outcome="done", at=then
            )
            return int(add(made).id)

        def pause(client: int) -> int:
            return int(add(Pause(client_id=client, starts_on=TODAY, created_at=then)).id)

        def reminder(client: int, step: int) -> int:
            made = Reminder(
                client_id=client,
                step_id=step,
                person_id=client,
                at_time="18:00",
                zone="America/New_York",
                created_at=then,
            )
            return int(add(made).id)

        def came_due(client: int, step: int) -> int:
            made = ReminderOccurrence(
                client_id=client, reminder_id=reminder(client, step), occ_key="k", day=TODAY, due_at=then,
                expires_at=NOW, zone="America/New_York",
            )  # fmt: skip
            return int(add(made).id)

        def mail(person_id: int) -> int:
            address = f"{person_id}@example.test"
            return int(add(Endpoint(person_id=person_id, channel="email", address=address, created_at=then)).id)

        def line(kind: str) -> Known:
            clara, otto = (
                add(PlanLine(client_id=client, plan_id=plan, kind=kind, text="x")).id
                for client, plan in ((cast.clara, cast.plan), (cast.otto, otto_plan))
            )
            return Known(clara, otto)

        def each(make: Callable[[int, int], Any]) -> Known:
            return Known(add(make(cast.clara, cast.plan)).id, add(make(cast.otto, otto_plan)).id)

        otto_plan = session.scalars(select(CarePlan.id).where(CarePlan.client_id == cast.otto)).one()
        promise = Commitment(
            client_id=cast.otto, step_id=cast.otto_step, supporter_id=cast.nora, created_at=then, changed_at=then
        )
        otto_strategy = strategy(cast.otto)
        otto_goal = add(Goal(client_id=cast.otto, plan_id=otto_plan, statement="x")).id

        def suggestion(client: int, plan: int, step: int) -> int:
            made = PlanChange(
                client_id=client, plan_id=plan, by_id=client, at=then, noun="step", noun_id=step, what="suggested",
                after={"text": "x", "words": "y"},
            )  # fmt: skip
            return int(add(made).id)

        entries = {kind: line(kind) for kind in LISTS[:5]} | {
            "support": each(lambda client, plan: Support(client_id=client, plan_id=plan, name="x")),
            "monitoring": each(lambda client, plan: Monitoring(client_id=client, plan_id=plan, what="x")),
            "team_member": each(
                lambda client, plan: TeamMember(client_id=client, plan_id=plan, kind="professional", name="x")
            ),
            "emergency_contact": each(lambda client, _plan: Contact(client_id=client, name="x", emergency=True)),
            "crisis_contact": each(lambda client, _plan: Contact(client_id=client, name="x")),
            "trigger": each(lambda client, _plan: Sign(client_id=client, kind="trigger", text="x")),
            "warning_sign": each(lambda client, _plan: Sign(client_id=client, kind="warning_sign", text="x")),
            "goal": Known(cast.goal, otto_goal),
            "objective": Known(
                add(Objective(client_id=cast.clara, goal_id=cast.goal, statement="x")).id,
                add(Objective(client_id=cast.otto, goal_id=otto_goal, statement="x")).id,
            ),
            "coping_strategy": Known(cast.breathing, otto_strategy),
        }
        return {f"entry_id of {noun}": known for noun, known in entries.items()} | {
            "client_id": Known(cast.clara, cast.otto),
            "person_id": Known(
                cast.theo, cast.otto, {Role.ADMIN: cast.sam, Role.SUPPORTER: cast.clara, Role.CARE_TEAM: cast.clara}
            ),
            "supporter_id": Known(cast.sam, cast.tess),
            "step_id": Known(cast.walk, cast.otto_step),
            "plan_id": Known(cast.plan, otto_plan),
            "goal_id": Known(cast.goal, otto_goal),
            "noun": Known("goal", "no-such-list"),
            "change_id": Known(
                suggestion(cast.clara, cast.plan, cast.walk), suggestion(cast.otto, otto_plan, cast.otto_step)
            ),
            "commitment_id": Known(cast.promise, add(promise).id),
            "strategy_id": Known(cast.breathing, otto_strategy),
            "op_id": Known(use(cast.clara, cast.breathing), use(cast.otto, otto_strategy)),
            "session_id": Known(cast.next_session, meeting(cast.otto, cast.tess)),
            "contact_id": Known(
                session.scalars(select(Contact.id).where(Contact.client_id == cast.clara)).first(),
                add(Contact(client_id=cast.otto, name="Uncle Max", phone="555-0100")).id,
            ),
            "item_id": Known(
                add(AgendaItem(client_id=cast.clara, text="Sleep", created_at=then)).id,
                add(AgendaItem(client_id=cast.otto, text="Work", created_at=then)).id,
            ),
            "invitation_id": Known(invitation(cast.clara, "clara"), invitation(cast.otto, "otto")),
            "sign_in_id": Known(device(cast.clara), device(cast.otto)),
            "check_in_id": Known(check_in(cast.clara, cast.walk), check_in(cast.otto, cast.otto_step)),
            "pause_id": Known(pause(cast.clara), pause(cast.otto)),
            "occurrence_id": Known(came_due(cast.clara, cast.walk), came_due(cast.otto, cast.otto_step)),
            "endpoint_id": Known(mail(cast.clara), mail(cast.otto)),
            "day": Known(TODAY.isoformat(), "no-such-day"),
            "token": Known("made-up", "made-up"),
            "screen": Known("name", "no-such-screen"),
            "passkey_id": Known(passkey(cast.clara), passkey(cast.otto)),
        }


EVERYBODYS = {"person_id"}
"""An admin looks after every account of the organisation: none is foreign to them."""

ROLES = (Role.CLIENT, Role.SUPPORTER, Role.CARE_TEAM, Role.ADMIN)


@dataclass
class World:
    app: Flask
    browse: As
    cast: Cast
    known: dict[str, Known]
    browsers: dict[Role | None, FlaskClient] = field(default_factory=dict)

    def who(self, role: Role | None) -> FlaskClient:
        if role not in self.browsers:
            self.browsers[role] = self.browse(self._person(role))
        return self.browsers[role]

    def _person(self, role: Role | None) -> int:
        people = {
            Role.CLIENT: self.cast.clara,
            Role.SUPPORTER: self.cast.sam,
            Role.CARE_TEAM: self.cast.theo,
            Role.ADMIN: self.cast.ada,
            None: self.cast.clara,
        }
        return people[role]

    def routes(self, public: bool = False) -> list[Route]:
        """The routes asked; one whose parameters are not known fails its own test below, and only that."""
        every = [route for route in _routes(self.app) if {*map(route.key, route.arguments)} <= {*self.known}]
        return [route for route in every if public or not route.policy.public]

    def address(self, route: Route, role: Role | None = None, **other: Any) -> str:
        values = {name: self.known[route.key(name)].of(role) for name in route.arguments} | other
        if route.noun and "noun" not in other:
            values["noun"] = route.noun
        with self.app.test_request_context():
            return self.app.url_for(route.endpoint, _method=route.method, **values)

    def ask(self, browser: FlaskClient, route: Route, address: str, **more: Any) -> TestResponse:
        return browser.open(address, method=route.method, **more)


@pytest.fixture
def world(app: Flask, browse: As, cast: Cast, database: Database) -> World:
    return World(app, browse, cast, _known(cast, database))


def _role(route: Route) -> Role | None:
    return next((role for role in ROLES if role in route.policy.roles), None)


def _unknown(world: World, route: Route, name: str) -> Any:
    return UNKNOWN[type(world.known[route.key(name)].own)]


def test_every_route_has_a_policy_and_every_policy_a_route(app: Flask) -> None:
    assert set(POLICIES) - set(app.view_functions) == set(), "policies without a route"
    assert set(app.view_functions) - set(POLICIES) == set(), "routes without a policy"


def test_a_route_without_a_policy_stops_the_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "forgotten.page", lambda: "hello")
    with pytest.raises(UnguardedRoute, match=r"forgotten\.page"):
        policies.init_app(app)


def test_every_parameter_of_every_address_is_known_to_these_tests(app: Flask, world: World) -> None:
    missing = {
        f"{route.key(name)} in {route}"
        for route in _routes(app)
        for name in route.arguments
        if route.key(name) not in world.known
    }
    assert missing == set(), "name Clara's and Otto's record for these in _known()"


def test_a_stranger_is_sent_to_sign_in_and_changes_nothing(world: World) -> None:
    wrong, stranger = [], world.browse(None)
    for route in world.routes():
        response = world.ask(stranger, route, world.address(route, _role(route)))
        expected = (303, "/sign-in") if route.method == "GET" else (401, None)
        place = response.headers.get("Location")
        if (response.status_code, place and place.partition("?")[0]) != expected:
            wrong.append(f"{route}: {response.status_code} {place}")
    assert wrong == []


def test_the_wrong_role_finds_nothing_there(world: World) -> None:
    wrong = []
    for role in ROLES:
        browser = world.who(role)
        nothing = browser.get("/nothing/here")
        assert nothing.status_code == 404
        for route in world.routes():
            if not route.policy.roles or role in route.policy.roles:
                continue
            response = world.ask(browser, route, world.address(route, _role(route)))
            if (response.status_code, response.data) != (404, nothing.data):
                wrong.append(f"{role} at {route}: {response.status_code}")
    assert wrong == []


def test_the_record_of_somebody_else_looks_like_one_that_does_not_exist(world: World) -> None:
    wrong = []
    for route in world.routes():
        role = _role(route)
        browser = world.who(role)
        for name in route.arguments:
            if role is Role.ADMIN and name in EVERYBODYS:
                continue
            address = world.address(route, role, **{name: world.known[route.key(name)].foreign})
            foreign = world.ask(browser, route, address)
            unknown = world.ask(browser, route, world.address(route, role, **{name: _unknown(world, route, name)}))
            if foreign.status_code != 404 or unknown.status_code != 404 or foreign.data != unknown.data:
                wrong.append(f"{name} in {route}: foreign {foreign.status_code}, unknown {unknown.status_code}")
    assert wrong == []


def test_an_unknown_or_impossible_id_is_nothing_here(world: World) -> None:
    wrong = []
    for route in world.routes():
        for name in route.arguments:
            impossible = 10**30 if isinstance(world.known[route.key(name)].own, int) else _unknown(world, route, name)
            for value in (_unknown(world, route, name), impossible):
                address = world.address(route, _role(route), **{name: value})
                response = world.ask(world.who(_role(route)), route, address)
                if response.status_code != 404:
                    wrong.append(f"{name}={value} in {route}: {response.status_code}")
    assert wrong == []


CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": None, "Origin": "https://elsewhere.example"},
    {"Sec-Fetch-Site": None},
]


@pytest.mark.parametrize("headers", CROSS_SITE, ids=str)
def test_a_change_that_another_site_asks_for_is_refused(world: World, headers: dict[str, str | None]) -> None:
    wrong = []
    for route in world.routes(public=True):
        if route.method in ("GET", "HEAD", "OPTIONS"):
            continue
        browser = world.who(_role(route))
        browser.environ_base.pop("HTTP_SEC_FETCH_SITE", None)
        sent = {name: value for name, value in headers.items() if value}
        response = world.ask(browser, route, world.address(route, _role(route)), headers=sent)
        if response.status_code != 403:
            wrong.append(f"{route}: {response.status_code}")
    assert wrong == []


WRITTEN_BY_LOOKING = {"looks", "look_chains"}
"""Who looked is remembered when a page is opened; that is what it is for."""
LAST_SEEN = {"sign_ins": {"seen_at"}}


def _content(database: Database) -> dict[str, list[str]]:
    """Everything that is kept, but for what looking itself writes."""
    with database.reading() as connection:
        return {
            table.name: sorted(
                str([value for name, value in row.items() if name not in LAST_SEEN.get(table.name, ())])
                for row in connection.execute(table.select()).mappings()
            )
            for table in Base.metadata.sorted_tables
            if table.name not in WRITTEN_BY_LOOKING
        }


def test_opening_any_page_changes_nothing_whoever_opens_it(world: World, database: Database, cast: Cast) -> None:
    people: dict[int | None, Role | None] = {cast.clara: Role.CLIENT, cast.otto: Role.CLIENT, cast.ada: Role.ADMIN}
    people |= {cast.sam: Role.SUPPORTER, cast.nora: Role.SUPPORTER, cast.theo: Role.CARE_TEAM, None: None}
    people[cast.tess] = Role.CARE_TEAM
    browsers = {person: world.browse(person) for person in people}
    gets = [route for route in world.routes(public=True) if route.method == "GET"]
    with_forms = {route.endpoint for route in world.routes(public=True) if route.method == "POST"}
    before, opened, wrong = _content(database), 0, []
    for person, role in people.items():
        for route in gets:
            if route.policy.roles and role not in route.policy.roles:
                continue  # nothing there, as the tests above say
            address = world.address(route, role)
            response = world.ask(browsers[person], route, address)
            opened += response.status_code == 200
            if route.endpoint in with_forms:
                head = browsers[person].head(address)
                if (head.status_code, head.data) != (response.status_code, b""):
                    wrong.append(f"HEAD {route}: {head.status_code}")
            if response.status_code >= 500 and route.endpoint != "health.healthz":
                wrong.append(f"{route}: {response.status_code}")
    assert wrong == []
    assert _content(database) == before
    assert opened > len(gets) / 2
