"""Every way to ask: for each route and person, whose record the address or the form names, and whether they may.

The oracle says which routes there are and who may; here stands only how an address is filled in for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.access import oracle
from tests.access.oracle import PEOPLE, ROUTES, TIES, Route, Words, is_a, may_read, shared
from tests.access.world import FIRST_RUN, Unknown, World
from tests.support.cast import TODAY

PARAMETERS = {
    "step_id": "step",
    "check_in_id": "check_in",
    "contact_id": "contact",
    "item_id": "item",
    "pause_id": "pause",
    "strategy_id": "strategy",
    "op_id": "use",
    "change_id": "suggestion",
    "sign_in_id": "device",
    "invitation_id": "invitation",
    "endpoint_id": "push",
    "passkey_id": "passkey",
    "occurrence_id": "occurrence",
    "commitment_id": "commitment",
    "session_id": "session",
    "client_id": "id",
    "person_id": "id",
    "entry_id": "entry",
    "noun": "noun",
    "day": "today",
    "screen": "screen",
    "filename": "file",
    "token": "token",
}
"""Which of a record's ids a parameter of an address names."""
INSTEAD = {
    "over": {"step_id": "over"},
    "new": {"step_id": "new"},
    "settled": {"item_id": "settled"},
    "retired": {"strategy_id": "retired"},
    "cancelled": {"session_id": "cancelled session"},
    "off": {"endpoint_id": "mail"},
    "mail": {"endpoint_id": "email_on"},
}
"""Verbs that fit only a record in that state."""

STRANGERS = (None, "dora")
ASKING = (None, "clara", "otto", "sam", "nora", "uma", "theo", "lena", "tess", "dora", "ada")
COPING_LISTS = ("trigger", "warning_sign", "coping_strategy")
LISTS = (
    *("strength", "preference", "concern", "crisis_step", "review", "support", "monitoring", "team_member"),
    *("emergency_contact", "crisis_contact", *COPING_LISTS, "goal", "objective"),
)
ONE = ("coping_strategy", "objective")
"""Lists that stand for all the others; Clara's are all tried, and more of those where the scopes differ most."""
PRIVATE = {noun: f"su{noun}" for noun in LISTS if noun not in ("team_member", "emergency_contact", "crisis_contact")}
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ask:
    """One request. `owner`: whose record it is about; `label` tells it apart in a report.

    `may`: the oracle lets this person. `words` is what may then stand on the answer, where it is less than they may
    read elsewhere. `touches`: everybody whose rows a change may alter.
    """

    actor: str | None
    endpoint: str
    route: Route
    label: str
    ids: Mapping[str, Any]
    may: bool
    words: Words
    owner: str | None = None
    idle: bool = False
    """Allowed, but in a state in which there is nothing to change."""
    enters: bool = False
    """The route is for people like this one, whatever comes of the record."""
    alike: bool = False
    """Answered the same whether the record is somebody else's or never was, and touches nothing of others."""
    touches: frozenset[str] = field(default_factory=frozenset)


def asks(world: World, endpoint: str) -> Iterator[Ask]:
    """All requests to one route, by everybody.

    Whoever the route is not for at all tries it with one record that is there and with one that never was; the others
    with their own, with those of everybody they have to do with, and with a stranger's.
    """
    route = ROUTES[endpoint]
    for actor in ASKING:
        yield from _Asking(world, endpoint, route, actor).each()


class _Asking:
    """One person at one route."""

    def __init__(self, world: World, endpoint: str, route: Route, actor: str | None) -> None:
        self.world, self.endpoint, self.route, self.actor = world, endpoint, route, actor
        self.about, _, self.state = route.about.partition(" ")
        self.enters = oracle.may_enter(actor, route)

    def each(self) -> Iterator[Ask]:
        if self.about in ("client", "plan"):
            yield from self._of_clients()
        elif self.about == "promise":
            yield from self._promises()
        elif self.about == "reminder":
            yield from self._reminders()
        elif self.about == "circle":
            yield from self._circle()
        elif self.about == "account":
            yield from self._accounts()
        elif self.about == "link":
            yield self._ask(UNKNOWN, UNKNOWN, False)
        elif self.about == "":
            asked = "welcome" not in self.endpoint or self.actor in FIRST_RUN
            tied = {one.client for one in TIES if one.who == self.actor} if "delete" in self.endpoint else set()
            more = {"screen": "name", "today": TODAY.isoformat(), "touches": tied}
            beside = {"caseload.page": oracle.on_caseload, "own_data.download": oracle.downloaded}.get(self.endpoint)
            words = beside(self.actor) if beside and self.enters else None
            yield self._ask("", self.actor or "clara", True, words, idle=not asked, **more)
        else:
            yield from self._owned()

    def _ask(self, label: str, owner: str, may: bool, words: Words | None = None, **more: Any) -> Ask:
        ids: dict[str, Any] = {"name": owner, "file": "css/cairn.css", "token": UNKNOWN}
        ids |= self.world.ids[owner] if owner != UNKNOWN else {}
        ids |= {name: value for name, value in more.items() if name not in ("idle", "alike", "touches")}
        alike = more.get("alike", False)
        touches = {*([] if alike else [owner]), *([self.actor] if self.actor else []), *more.get("touches", ())}
        return Ask(
            actor=self.actor,
            endpoint=self.endpoint,
            route=self.route,
            label=label,
            ids=ids if owner != UNKNOWN else _unknown(ids),
            may=self.enters and may,
            enters=self.enters,
            words=may_read(self.actor) if words is None else words,
            owner=owner if owner != UNKNOWN else None,
            idle=more.get("idle", False),
            alike=alike,
            touches=frozenset(touches - {UNKNOWN}),
        )

    def _owned(self) -> Iterator[Ask]:
        """One's own records and nobody else's; `named` accounts are whoever's the form says."""
        if self.about == "named":
            idle = self.endpoint == "endpoints.left" and self.actor == "clara"
            yield self._ask("clara", "clara", True, may_read(self.actor) | {("email", "clara")}, idle=idle)
            return
        others = ("clara", "otto", "wanda", "sam", "theo") if self.about == "personal" else ("clara", "otto", "wanda")
        others = others if self.enters else others[:1]
        tap = self.about == "tap"  # answered alike whosever it is, and it touches only one's own
        for owner in dict.fromkeys((*others, *([self.actor] if self.actor and self._has_records() else []))):
            mine = owner == self.actor and self._is_there(owner)
            yield self._ask(owner, owner, mine or tap, alike=tap, idle=tap and not mine, **self._others(owner))
        yield self._ask(UNKNOWN, UNKNOWN, tap, alike=tap, idle=tap, helper=self.world.id("nora"))

    def _has_records(self) -> bool:
        return self.actor is not None and (self.about == "personal" or is_a(self.actor, "client"))

    def _is_there(self, owner: str) -> bool:
        """Somebody promised them something, where that is what the route is about."""
        return not self.endpoint.startswith("commitments.") or "commitment of sam" in self.world.ids[owner]

    def _others(self, owner: str) -> dict[str, Any]:
        """What others have to do with the record: who promised, and whom one might ask."""
        commitment = self.world.ids[owner].get("commitment of sam", 999_999)
        return {"helper": self.world.id("nora"), "commitment": commitment, "touches": ("sam", "nora")}

    def _of_clients(self) -> Iterator[Ask]:
        """Clients somebody works with, and whether the plan is shared; entries besides by their own scopes."""
        theirs = [one.client for one in TIES if one.who == self.actor and self.enters]
        for client in dict.fromkeys(("clara", "otto", "wanda", *theirs)) if self.enters else ("clara",):
            ids = self.world.ids[client]
            session = {
                "session": ids.get(f"session of {self.actor}", ids.get("session of theo", 999_999)),
                "cancelled session": ids.get(f"cancelled session of {self.actor}", 999_999),
            }
            may = self.actor is not None and oracle.meets(self.actor, client)
            scopes = shared(self.actor, client) if self.actor else frozenset()
            if self.about == "plan":
                may = may and "plan" in scopes
            for label, more, needs in self._entries(client, may):
                yield self._ask(f"{client}{label}", client, may and scopes >= needs, **session, **more)
        yield from self._crossed()
        yield self._ask(UNKNOWN, UNKNOWN, False, noun="goal")

    def _entries(self, client: str, may: bool) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
        """What of a plan an address names: each list, an open entry of it, and one about substance use.

        Where the plan is not theirs to open, one list stands for all.
        """
        ids = self.world.ids[client]
        if self.state in ("list", "entry"):
            for noun in _lists(client) if may else ONE[-1:]:
                coping = {"coping"} if noun in COPING_LISTS else set()
                yield f" {noun}", {"noun": noun, "entry": ids[noun]}, coping
                if noun in PRIVATE and self.state == "entry":
                    private = {"noun": noun, "entry": ids[PRIVATE[noun]]}
                    yield f" private {noun}", private, coping | {"substance_use"}
        elif self.state == "step":
            yield "", {}, set()
            yield " private", {"step": ids["sustep"]}, {"substance_use"}
        elif self.state == "retired":
            yield "", {}, {"coping"}
        else:
            yield "", {}, set()

    def _crossed(self) -> Iterator[Ask]:
        """The right client, and a record of somebody else's; a colleague's session with the same client."""
        if self.actor not in ("theo", "lena"):
            return
        foreign = {key: value for key, value in self.world.ids["otto"].items() if key != "id"}
        for noun in LISTS if self.state == "entry" else ("goal",):
            if self.state in ("entry", "step", "over", "new", "retired", "suggestion") or "session_id" in self._named():
                crossed = foreign | {"noun": noun, "entry": foreign[noun], "session": foreign["session of tess"]}
                crossed["cancelled session"] = foreign["cancelled session of tess"]
                yield self._ask(f"clara, {noun} of otto", "clara", False, **crossed)
        if "session_id" in self._named():
            whose = "lena" if self.actor == "theo" else "theo"
            ids = self.world.ids["clara"]
            session = {"session": ids[f"session of {whose}"], "cancelled session": ids[f"cancelled session of {whose}"]}
            yield self._ask(f"clara, session of {whose}", "clara", False, **session)

    def _named(self) -> tuple[str, ...]:
        return ("session_id",) if self.endpoint in SESSIONS else ()

    def _promises(self) -> Iterator[Ask]:
        for tie in TIES:
            if tie.promise is not None and (self.enters or tie.client == "clara"):
                ids = self.world.ids[tie.client]
                mine = tie.who == self.actor and oracle.knows(tie.who, tie.client)
                more = {"by": tie.who, "commitment": ids[f"commitment of {tie.who}"]}
                more |= {"check_in": ids[f"check-in of {tie.who}"], "ride_op": ids[f"op of {tie.who}"]}
                idle, tap = tie.promise != "active", self.state == "tap"
                more |= {"touches": (tie.client,)} if mine else {}
                idle = idle or (tap and not mine)
                yield self._ask(f"{tie.client} to {tie.who}", tie.client, mine or tap, idle=idle, alike=tap, **more)
        tap = self.state == "tap"
        yield self._ask(UNKNOWN, UNKNOWN, tap, by=UNKNOWN, idle=tap, alike=tap)

    def _reminders(self) -> Iterator[Ask]:
        for client in ("clara", "otto", "wanda") if self.enters else ("clara",):
            yield self._ask(client, client, client == self.actor)
        for tie in TIES:
            if tie.promise is not None and self.enters:
                mine = tie.who == self.actor and oracle.promised(tie.who, tie.client)
                occurrence = self.world.ids[tie.client][f"occurrence of {tie.who}"]
                yield self._ask(f"{tie.client} to {tie.who}", tie.client, mine, occurrence=occurrence)
        yield self._ask(UNKNOWN, UNKNOWN, False)

    def _circle(self) -> Iterator[Ask]:
        """Whom the client's own circle holds."""
        for person in CIRCLE if self.enters else CIRCLE[:1]:
            may = self.actor is not None and is_a(self.actor, "client") and oracle.belongs(person, self.actor)
            may = may and self._is_meant(person)
            if self.endpoint == "people.grant":
                may = may and self.actor is not None and oracle.is_known(person, self.actor)
            words = oracle.seen_as(self.actor, person) if may and self.actor and "seen" in self.endpoint else None
            found = oracle.tie(person, self.actor) if self.actor else None
            idle = {
                "people.withdraw": self.actor is None or "plan" not in _given(person, self.actor),
                "people.confirm": found is None or found.confirmed,
                "people.ask_again": True,
                "people.share_again": True,
            }
            yield self._ask(person, person, may, words, idle=idle.get(self.endpoint, False))
        yield self._ask(UNKNOWN, UNKNOWN, False)

    def _is_meant(self, person: str) -> bool:
        """Whether the route is about people like this one of the circle."""
        if self.state == "supporter":
            return is_a(person, "supporter")
        if self.state in ("worker", "planner"):
            given = shared(person, self.actor or "")
            return is_a(person, "care team") and bool(given) and (self.state == "worker" or "plan" in given)
        return True

    def _accounts(self) -> Iterator[Ask]:
        """Accounts of the admin's own organisation."""
        people = ("del",) if self.state == "closed" else ("clara", "sam")
        for person in (*people, "zoe"):
            more = {"helper": self.world.id("tess"), "worker": self.world.id("theo"), "touches": ("theo", "tess")}
            may = "elsewhere" not in PEOPLE[person]
            may = may and (self.endpoint != "admin.assign" or is_a(person, "client"))
            yield self._ask(person, person, may, idle=not is_a(person, "client"), **more)
        yield self._ask(UNKNOWN, UNKNOWN, False, helper=self.world.id("tess"), worker=self.world.id("theo"))


def _lists(client: str) -> tuple[str, ...]:
    if client == "clara":
        return LISTS
    return (*COPING_LISTS, *PRIVATE) if client in ("bea", "pia") else ONE


CIRCLE = ("sam", "nora", "uma", "theo", "lena", "tess", "dora", "otto", "ada", "zoe")
SESSIONS = ("sessions.edit", "sessions.move", "sessions.hold", "sessions.cancel", "sessions.restore", "sessions.review")


def _given(person: str, client: str) -> frozenset[str]:
    found = oracle.tie(person, client)
    return frozenset(found.gives.split()) if found and found.when != "withdrawn" else frozenset()


def _unknown(ids: dict[str, Any]) -> Mapping[str, Any]:
    return Unknown(None, ids)


def arguments(ask: Ask, names: frozenset[str] | set[str]) -> dict[str, Any]:
    """Fill in the parameters of an address."""
    _, _, state = ask.route.about.partition(" ")
    keys = PARAMETERS | INSTEAD.get(state, {})
    return {name: ask.ids[keys[name]] for name in names}
