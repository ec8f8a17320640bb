"""Every page there is, as each person meets it: what links lead to from where they begin, and what no link leads to.

Pages come one of a kind: a kind is a route, the list it is about and the names in its query. `stroll` opens them in
a page of the caller's, `wrong_forms` sends every form on them with nonsense in it, so that its page with errors is
seen, too. Whoever walks asks `unseen` at the end which routes were not met; there must be none.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from tests.support.people import acting
from webapp.db import Database
from webapp.domain.ops import Tap
from webapp.domain.people import Role
from webapp.models import (
    ActionStep,
    Commitment,
    CopingStrategy,
    Passkey,
    Person,
    Reminder,
    ReminderOccurrence,
    SignIn,
)
from webapp.services import coping, invitations, proofs, sign_in_links, sign_ins
from webapp.services.tokens import token_hash
from webapp.views.policies import POLICIES

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Response

NO_PAGES = frozenset(
    {
        *("home.page", "before_session.client"),
        *(
            "static",
            "health.healthz",
            "endpoints.key",
            "service_worker.script",
            "calendar_feeds.feed",
            "offline.whoami",
            "install.manifest",
            "backups.page",
            "welcome.page",
            "lock.page",  # only while a phone is locked, when it is every page: see tests/browser/test_leaving.py
        ),
    }
)
"""Routes that only lead on to a page or give a part of one, and routes for programs."""

BEGIN: Mapping[Role | None, tuple[str, ...]] = {
    Role.CLIENT: ("/today", "/no-such-page"),
    Role.SUPPORTER: ("/promises", "/no-such-page"),
    Role.CARE_TEAM: ("/caseload", "/no-such-page"),
    Role.ADMIN: ("/admin", "/no-such-page"),
    None: (
        "/sign-in",
        "/styleguide",
        "/offline",
        "/offline/using",
        "/units?amount=5&unit=mi",
        "/no-such-page",
        "/sign-out",
    ),
}

LINKS = "links => links.map(link => link.href)"
FORMS = """() => [...document.forms].map((form, place) => ({
    place, method: form.method, action: form.action,
    typed: [...form.elements].some(one => one.name && one.matches('textarea, select, input:not([type=hidden])')),
})).filter(form => form.method === 'post' && form.typed)"""
SPOIL = """place => {
    const form = document.forms[place];
    for (const one of form.elements) {
        if (one.matches('select') && one.options.length) one.options[0].value = 'nonsense', one.selectedIndex = 0;
        else if (one.matches('input[type=file]')) continue;
        else if (one.matches('[type=radio], [type=checkbox]')) one.checked = false;
        else if (one.matches('[type=email], [type=password], [type=text], textarea, input:not([type])')) one.value = '';
        else if (one.matches('[type=date]')) one.value = '1066-10-14';
        else if (one.matches('[type=datetime-local]')) one.value = '1066-10-14T09:00';
        else if (one.matches('[type=number]')) one.value = '99999999';
    }
    HTMLFormElement.prototype.submit.call(form);
}"""
"""Empty what asks for words, put nonsense that a browser would send elsewhere, and send it past all checks."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A page that is open now, and how the server answered."""

    who: str
    path: str
    kind: str
    status: int
    html: str


@dataclass
class Walk:
    """A walk over the app at `url`. A thorough one spoils the form of each list in a plan, too."""

    app: Flask
    url: str
    thorough: bool = False
    seen: set[str] = field(default_factory=set)

    def stroll(self, who: str, page: "Page", begin: Iterable[str]) -> Iterator[Stop]:
        """Open what links lead to. When the walker has done what it likes with the page, the next is opened."""
        begin = tuple(begin)
        waiting, met = deque(begin), set[str]()
        while waiting:
            path = waiting.popleft()
            kind = self.kind(path)
            if kind is None or path in met or (kind in met and path not in begin):
                continue
            met |= {kind, path}
            answer = page.goto(self.url + path)
            assert answer is not None
            if urlsplit(page.url).path != urlsplit(path).path:
                continue  # it led on, as a page does that asks a stranger to sign in
            yield self._stop(who, path, kind, answer)
            waiting += [found for link in page.locator("a[href]").evaluate_all(LINKS) if (found := self._ours(link))]

    def wrong_forms(self, who: str, page: "Page", paths: Iterable[str]) -> Iterator[Stop]:
        """Send each kind of form on these pages with nonsense in it, and stop where it is refused on a page."""
        met: set[str] = set()
        for path in paths:
            page.goto(self.url + path)
            for form in page.evaluate(FORMS):
                kind = self.kind(urlsplit(form["action"]).path, "POST")
                kind = kind if self.thorough else kind and kind.split(" ")[0]
                if kind is None or kind in met:
                    continue
                met.add(kind)
                page.goto(self.url + path)
                with page.expect_navigation() as sent:
                    page.evaluate(SPOIL, form["place"])
                answer = sent.value
                if answer.status >= 400:
                    yield self._stop(who, f"{path} wrong", kind, answer)

    def kind(self, path: str, method: str = "GET") -> str | None:
        """Name the kind of page an address shows; None where no page is."""
        address = urlsplit(path)
        try:
            endpoint, arguments = self._routes().match(address.path, method=method)
        except RequestRedirect:
            return None
        except HTTPException:
            return f"nothing here ({method} {address.path})"
        if endpoint in NO_PAGES:
            return None
        return " ".join([endpoint, str(arguments.get("noun", "")), *sorted(parse_qs(address.query))]).strip()

    def unseen(self, role: Role | None) -> set[str]:
        """Routes with pages for this role (None: for anybody at all) that the walk did not meet.

        What is for whoever is signed in is expected of clients. Pages of a sign-in that is half done have a test of
        their own (tests/browser/test_passkeys.py): whoever is signed in never meets them.
        """
        gets = {rule.endpoint for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())} - NO_PAGES
        policies = {endpoint: POLICIES[endpoint] for endpoint in gets & POLICIES.keys()}
        meant = {
            endpoint
            for endpoint, policy in policies.items()
            if (role is None and policy.public)
            or role in policy.roles
            or (role is Role.CLIENT and not policy.roles and not policy.public and not policy.half)
        }
        return meant - self.seen

    def _routes(self) -> MapAdapter:
        return self.app.url_map.bind("localhost")

    def _ours(self, link: str) -> str | None:
        address = urlsplit(link)
        if not link.startswith(self.url + "/"):
            return None
        return address.path + (f"?{address.query}" if address.query else "")

    def _stop(self, who: str, path: str, kind: str, answer: "Response") -> Stop:
        if answer.request.method == "GET" and answer.status == 200:
            self.seen.add(kind.split(" ")[0])
        return Stop(who, path, kind, answer.status, answer.text())


def sign_in(app: Flask, database: Database, context: "BrowserContext", url: str, person_id: int, now: datetime) -> None:
    """Sign a person in without the form."""
    with database.writing() as session:
        token = sign_ins.begin(session, person_id, "test", now, both=True)
    signed = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
    context.add_cookies([{"name": app.config["SESSION_COOKIE_NAME"], "value": signed, "url": url}])


def prepare(database: Database, now: datetime, client: str, care_team: str, admin: str) -> dict[Role | None, list[str]]:
    """Write what pages without a link to them need, and say where each role finds them; people by their addresses."""
    with database.writing() as session:
        whose = _person(session, client)
        record = f"/clients/{whose.id}"
        promise = session.scalars(select(Commitment).where(Commitment.client_id == whose.id).limit(1)).one()
        steps = select(ActionStep.id).where(ActionStep.client_id == whose.id, ActionStep.actor_kind == "self")
        own_step = session.scalars(steps.limit(1)).one()
        as_client = acting(whose.id, Role.CLIENT, whose.organisation_id)
        whose.first_run = "name"
        supporter = session.scalars(select(Person).where(Person.id == promise.supporter_id)).one()
        supporter.first_run = "name"
        somebody = invitations.invite_supporter(session, as_client, "Ben Ode", "ben@example.test", None, None, now)
        return {
            Role.CLIENT: [
                *(_reminded(session, whose.id, whose.id, own_step, now), _using(session, whose, now)),
                *("/plan/changes", "/people/looks", f"/invitations/sent/{somebody.id}"),
                *("/welcome/name", "/welcome/day"),
            ],
            Role.SUPPORTER: [
                _reminded(session, whose.id, promise.supporter_id, promise.step_id, now),
                f"/invitations/{somebody.token}",  # for somebody else than who is signed in
                "/welcome/name",
            ],
            Role.CARE_TEAM: [f"{record}/sessions", f"{record}/plan/changes"],
            Role.ADMIN: [],
            None: [
                *_invited(session, client, care_team, admin, now),
                _link(session, client, now),
                "/sign-in/link/over",
                *(_proof_link(session, whose, now), "/confirm/link/over"),
            ],
        }


def _person(session: Session, email: str) -> Person:
    return session.scalars(select(Person).where(Person.email_key == email)).one()


def _reminded(session: Session, client: int, person_id: int, step_id: int, now: datetime) -> str:
    """A reminder that came due just now, for a client or for whoever promised one of their steps."""
    reminder = session.scalars(
        select(Reminder).where(Reminder.step_id == step_id, Reminder.person_id == person_id).limit(1)
    ).one_or_none()
    if reminder is None:
        reminder = Reminder(client_id=client, step_id=step_id, person_id=person_id, at_time="18:00", zone="UTC")
        reminder.created_at = now - timedelta(days=3)
        session.add(reminder)
        session.flush()
    due = ReminderOccurrence(client_id=client, reminder_id=reminder.id, occ_key="walk", day=now.date(), zone="UTC")
    due.due_at, due.expires_at = now, now + timedelta(hours=6)
    session.add(due)
    session.flush()
    return f"/reminded/{due.id}"


def _using(session: Session, client: Person, now: datetime) -> str:
    strategy = session.scalars(select(CopingStrategy.id).where(CopingStrategy.client_id == client.id).limit(1)).one()
    op_id = str(uuid4())
    coping.start_use(session, client.id, strategy, Tap(op_id, now), 7, now.date(), now)
    return f"/coping/uses/{op_id}"


def _invited(session: Session, client: str, care_team: str, admin: str, now: datetime) -> list[str]:
    """An open invitation of each kind, and one that never was."""
    who = {
        role: acting(person.id, role, person.organisation_id)
        for role, person in (
            (Role.CLIENT, _person(session, client)),
            (Role.CARE_TEAM, _person(session, care_team)),
            (Role.ADMIN, _person(session, admin)),
        )
    }
    made = (
        invitations.invite_supporter(session, who[Role.CLIENT], "Kim Yao", "kim@example.test", "friend", "Hi", now),
        invitations.invite_client(session, who[Role.CARE_TEAM], "Lou Berg", "lou@example.test", None, now),
        invitations.invite_member(session, who[Role.ADMIN], "Rae Song", "rae@example.test", Role.CARE_TEAM, None, now),
        invitations.invite_member(session, who[Role.ADMIN], "Uma Holt", "uma@example.test", Role.ADMIN, None, now),
    )
    return [*(f"/invitations/{each.token}" for each in made), "/invitations/never-was"]


def _proof_link(session: Session, whose: Person, now: datetime) -> str:
    """A link by which a client who is signed in, and has a passkey, shows that it is they."""
    session.add(Passkey(person_id=whose.id, credential=b"walked", public_key=b"", uses=0, name="Phone", created_at=now))
    token = sign_ins.begin(session, whose.id, "test", now)
    sign_in = session.scalars(select(SignIn.id).where(SignIn.token_hash == token_hash(token))).one()
    return f"/confirm/link/{proofs.ask(session, sign_in, now)}"


def _link(session: Session, email: str, now: datetime) -> str:
    return f"/sign-in/link/{sign_in_links.ask(session, email, now)}"
