"""The database of the matrix: everybody of oracle.py, and a record for each client in which every word is a canary.

A canary names what it is and whose ("zqnoteqclaraz"), so that an answer tells by itself what leaked. Each record
holds the same, so that none is safer than another by being empty.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from tests.access.oracle import PEOPLE, TIES, Tie, Words, gone, is_a
from tests.support.cast import NOW, START, TODAY
from webapp.models import (
    ActionStep,
    AgendaItem,
    Assignment,
    CadenceVersion,
    CalendarFeed,
    CarePlan,
    CheckIn,
    ClientInformation,
    Commitment,
    CommitmentEvent,
    Contact,
    CopingStrategy,
    CopingUse,
    Endpoint,
    Goal,
    Invitation,
    Monitoring,
    Objective,
    Op,
    Organisation,
    Passkey,
    Pause,
    Person,
    PlanChange,
    PlanLine,
    ProofLink,
    Reminder,
    ReminderOccurrence,
    SharingGrant,
    Sign,
    SignIn,
    SignInLink,
    StepProgress,
    StrategySign,
    Support,
    SupporterLink,
    TeamMember,
)
from webapp.models import Session as Appointment
from webapp.services import passwords, sign_ins
from webapp.services.tokens import token_hash

PASSWORD = "three quiet herons at noon"
THEN, DAY = NOW - timedelta(days=20), timedelta(days=1)
LISTED = ("strength", "preference", "concern", "crisis_step", "review")
PUSH = "https://web.push.apple.com/"
CANARY = re.compile(r"zq([a-z]+)q([a-z]+)z")
OWNERS = [name for name in PEOPLE if is_a(name, "client") and "elsewhere" not in PEOPLE[name]]
TOTALS = (26, 25, 23, 22, 20, 19, 17, 16, 14, 13, 11, 10, 8, 7, 5, 4)
STRONG = {name: f"{total / 3:.1f}" for name, total in zip(OWNERS, TOTALS, strict=True)}
"""How strong distress was, on average: a number of each client's own, as words can't stand there."""
FIRST_RUN = ("clara", "sam")

Ids = dict[str, Any]


def canary(kind: str, owner: str) -> str:
    return f"zq{kind}q{owner}z"


def canaries_in(text: str) -> Words:
    """The canaries that stand in an answer."""
    return frozenset((kind, owner) for kind, owner in CANARY.findall(text))


class Unknown(defaultdict[str, Any]):
    """Ids of a record that never was."""

    def __missing__(self, key: str) -> Any:
        return str(UUID(int=7)) if key in ("op", "use", "ride_op") else 999_999_999


class World:
    """Ids by whose and what, and each person's token."""

    def __init__(self) -> None:
        self.ids: dict[str, Ids] = {"unknown": Unknown()}
        self.tokens: dict[str, str] = {}
        self.links: dict[str, dict[str, str]] = {}

    def id(self, person: str) -> int:
        return int(self.ids[person]["id"])


def build(session: Session) -> World:
    """Write everybody, every record and every tie."""
    world = World()
    here, elsewhere = (Organisation(name=name, country="US", created_at=THEN) for name in ("Riverside", "Hillside"))
    session.add_all((here, elsewhere))
    session.flush()
    password = passwords.hash_new(PASSWORD)
    for name, what in PEOPLE.items():
        organisation = elsewhere if "elsewhere" in what else here
        world.ids[name] = {"id": _add(session, _person(name, organisation.id, password))}
    for name in OWNERS:
        _Record(session, world, name).write()
    for tie in TIES:
        _tie(session, world, tie)
    for name in PEOPLE:
        _account(session, world, name)
    _links(session, world)
    _over(session, world)
    return world


def _add(session: Session, record: Any) -> int:
    session.add(record)
    session.flush()
    return int(record.id)


def _person(name: str, organisation: int, password: str) -> Person:
    words = PEOPLE[name]
    email = f"{canary('email', name)}@example.test"
    return Person(
        organisation_id=organisation,
        name=f"{canary('name', name)} Lee",
        called=canary("called", name),
        email=email,
        email_key=email,
        password_hash=password,
        is_client=is_a(name, "client"),
        is_supporter=is_a(name, "supporter"),
        is_care_team=is_a(name, "care team"),
        is_admin=is_a(name, "admin"),
        first_run="name" if name in FIRST_RUN else None,
        created_at=THEN,
        joined_at=None if "not joined" in words else THEN,
        deactivated_at=THEN + DAY if gone(name) else None,
    )


def _account(session: Session, world: World, name: str) -> None:
    """What belongs to an account: where it is signed in, where it is reached, whom it invited."""
    me, ids = world.id(name), world.ids[name]
    world.tokens[name] = sign_ins.begin(session, me, canary("device", name), NOW, both=True)
    sign_ins.begin(session, me, canary("device", name), NOW - timedelta(minutes=5), both=True)
    for spare in ("", " spare"):  # so that the other can be removed by those who need one
        key = Passkey(person_id=me, credential=f"{name}{spare}".encode(), public_key=b"-", uses=0, name="key")
        key.created_at = THEN
        ids[f"passkey{spare}"] = _add(session, key)
    devices = session.query(SignIn.id).where(SignIn.person_id == me).order_by(SignIn.id)
    ids["this"], ids["device"] = (row.id for row in devices)
    for key, channel, off in (("push", "push", None), ("email_on", "email", None), ("mail", "email", NOW - DAY)):
        address = f"{PUSH}{name}" if channel == "push" else f"{canary('email', name)}{key}@example.test"
        made = Endpoint(person_id=me, channel=channel, address=address, created_at=THEN, off_at=off)
        made.device = canary("endpoint", name)
        ids[key] = _add(session, made)
    invited = Invitation(
        role="client" if is_a(name, "care team") else "supporter",
        person_id=world.id("nora"),
        client_id=me if is_a(name, "client") else None,
        name=canary("invited", name),
        email=f"{name}.guest@example.test",
        message=canary("message", name),
        token_hash=token_hash(f"invitation of {name}"),
        invited_by_id=me,
        created_at=THEN,
        expires_at=NOW + DAY,
    )
    ids["invitation"] = _add(session, invited)
    session.add(
        CalendarFeed(person_id=me, token_hash=token_hash(f"calendar of {name}"), plain_words=True, created_at=THEN)
    )


def _tie(session: Session, world: World, tie: Tie) -> None:
    """Write down that two belong together, and what is shared."""
    who, client = world.id(tie.who), world.id(tie.client)
    ended = None if tie.stands else NOW - DAY
    if tie.works:
        session.add(Assignment(care_team_id=who, client_id=client, assigned_at=THEN, ended_at=ended))
        _sessions(session, world, tie.who, tie.client)
    else:
        link = SupporterLink(supporter_id=who, client_id=client, relation="friend", joined_at=THEN, ended_at=ended)
        if hasattr(SupporterLink, "confirmed_at"):
            link.confirmed_at = THEN if tie.confirmed else None
        session.add(link)
    for scope in tie.gives.split():
        grant = SharingGrant(client_id=client, person_id=who, scope=scope, granted_by_id=client, granted_at=THEN)
        grant.purpose = canary("grantpurpose", tie.client)
        grant.starts_at = NOW + DAY if tie.when == "not yet" else THEN
        grant.ends_at = NOW - DAY if tie.when == "over" else None
        grant.withdrawn_at = NOW - timedelta(hours=1) if tie.when == "withdrawn" else None
        session.add(grant)
    if tie.promise:
        _promise(session, world, tie)
    session.flush()


def _sessions(session: Session, world: World, who: str, client: str) -> None:
    for key, starts_at, status in (
        (f"session of {who}", NOW + timedelta(minutes=30), "planned"),
        (f"cancelled session of {who}", NOW + 2 * DAY, "cancelled"),
    ):
        made = Appointment(client_id=world.id(client), care_team_id=world.id(who), starts_at=starts_at, status=status)
        made.place, made.created_at = canary(f"placeof{who}", client), THEN
        world.ids[client][key] = _add(session, made)


def _promise(session: Session, world: World, tie: Tie) -> None:
    """What a supporter was asked, what they said of it, and that they are reminded of it."""
    who, client, ids = world.id(tie.who), world.id(tie.client), world.ids[tie.client]
    of, step = {"client_id": client}, ids["suride" if tie.private else "ride"]
    promise = Commitment(**of, step_id=step, supporter_id=who, state=tie.promise, created_at=THEN)
    promise.changed_at = THEN
    ids[f"commitment of {tie.who}"] = _add(session, promise)
    session.add(CommitmentEvent(**of, commitment_id=promise.id, by_id=client, at=THEN, verb="propose"))
    tap = str(uuid4())
    said = CheckIn(**of, step_id=step, by_id=who, op_id=tap, day=TODAY - DAY, outcome="done", at=NOW - DAY)
    said.note = canary(f"rideby{tie.who}", tie.client)
    ids[f"check-in of {tie.who}"] = _add(session, said)
    ids[f"op of {tie.who}"] = tap
    _op(session, who, tap, "check_in", said.id)
    ids[f"occurrence of {tie.who}"] = _came_due(session, client, step, who)


def _came_due(session: Session, client: int, step: int, person: int) -> int:
    of = {"client_id": client, "zone": "America/New_York"}
    reminder = Reminder(**of, step_id=step, person_id=person, at_time="11:00", plain_words=True, created_at=THEN)
    reminder_id = _add(session, reminder)
    due = ReminderOccurrence(**of, reminder_id=reminder_id, occ_key="k", day=TODAY, due_at=NOW - timedelta(minutes=5))
    due.expires_at = NOW + timedelta(hours=3)
    return _add(session, due)


def _op(session: Session, person: int, op_id: str, kind: str, row: int | None = None) -> None:
    item = f"{kind}-{op_id}"
    session.add(Op(person_id=person, op_id=op_id, kind=kind, item=item, at=THEN, received_at=THEN, row_id=row))


class _Record:
    """All that a client's record can hold."""

    def __init__(self, session: Session, world: World, name: str) -> None:
        self.session, self.name, self.ids = session, name, world.ids[name]
        self.me, self.by = world.id(name), world.id("theo")
        self.of = {"client_id": self.me}

    def word(self, kind: str) -> str:
        return canary(kind, self.name)

    def add(self, key: str, record: Any) -> int:
        self.ids[key] = _add(self.session, record)
        return int(self.ids[key])

    def write(self) -> None:
        plan = CarePlan(**self.of, vision=self.word("vision"), starts_on=START, created_by_id=self.by, created_at=THEN)
        self.plan = self.of | {"plan_id": self.add("plan", plan)}
        self.lists()
        self.goals_and_steps()
        self.what_was_said()
        self.coping()
        self.changes()
        self.rest()

    def lists(self) -> None:
        for kind in LISTED:
            self.add(kind, PlanLine(**self.plan, kind=kind, text=self.word(kind.replace("_", ""))))
            private = PlanLine(**self.plan, kind=kind, text=self.word(f"su{kind.replace('_', '')}"))
            private.substance_use = True
            self.add(f"su{kind}", private)
        for su in ("", "su"):
            flag = {"substance_use": bool(su)}
            self.add(f"{su}support", Support(**self.plan, **flag, name=self.word(f"{su}support"), kind="friend"))
            self.add(f"{su}monitoring", Monitoring(**self.plan, **flag, what=self.word(f"{su}monitoring")))
        self.add("team_member", TeamMember(**self.plan, kind="professional", name=self.word("teammember")))
        for key, kind, more in (
            ("emergency_contact", "emergency", {"emergency": True, "plan_id": self.ids["plan"]}),
            ("crisis_contact", "crisiscontact", {"plan_id": self.ids["plan"]}),
            ("contact", "contact", {}),
        ):
            self.add(key, Contact(**self.of, name=self.word(kind), phone="555-0117", **more))
        self.session.add(
            ClientInformation(
                **self.of,
                address=self.word("address"),
                cultural_preferences=self.word("culture"),
                history=self.word("history"),
                earlier_treatment=self.word("treatment"),
                substance_use_history=self.word("suhistory"),
                reasons_for_living=self.word("reasons"),
            )
        )

    def step(self, key: str, kind: str, actor_kind: str = "self", **more: Any) -> int:
        made = ActionStep(**self.plan, actor_kind=actor_kind, text=self.word(kind), created_by_id=self.by, **more)
        made.created_at = THEN
        step = self.add(key, made)
        how = {"kind": "target", "target_min": 2, "per_unit": "week", "valid_from": START, "anchor": START}
        self.session.add(CadenceVersion(**self.of, step_id=step, created_by_id=self.by, created_at=THEN, **how))
        return step

    def goals_and_steps(self) -> None:
        for key, private in (("goal", False), ("sugoal", True)):
            goal = Goal(**self.plan, statement=self.word(key), substance_use=private)
            aim = Objective(**self.of, goal_id=self.add(key, goal), statement=self.word(f"{key[:-4]}objective"))
            self.add(f"{key[:-4]}objective", aim)
        words = {name: self.word(name) for name in ("purpose", "cue", "smallest")} | {"how_to": self.word("howto")}
        step = self.step("step", "step", goal_id=self.ids["goal"], **words)
        self.session.add(StepProgress(**self.of, step_id=step, text=self.word("remark")))
        self.step("sustep", "sustep", substance_use=True)
        self.step("over", "oldstep", status="retired", own=True)
        self.step("new", "suggested", "professional", status="suggested", own=True)
        self.step("ride", "ride", "natural_supporter")
        self.step("errand", "ride", "natural_supporter")
        self.step("suride", "suride", "natural_supporter", substance_use=True)
        self.ids["occurrence"] = _came_due(self.session, self.me, step, self.me)

    def said(self, key: str, step: str, day: date, **words: Any) -> None:
        tap = str(uuid4())
        made = CheckIn(**self.of, step_id=self.ids[step], by_id=self.me, op_id=tap, day=day, at=NOW - DAY)
        for name, value in ({"outcome": "done"} | words).items():
            setattr(made, name, value)
        self.add(key, made)
        self.ids[f"op of {key}"] = tap
        _op(self.session, self.me, tap, "check_in", made.id)

    def what_was_said(self) -> None:
        self.said("check_in", "step", TODAY - DAY, note=self.word("note"))
        self.said("no", "step", TODAY - 2 * DAY, outcome="not_today", reason=self.word("reason"))
        self.said("suno", "sustep", TODAY - DAY, note=self.word("sunote"))
        self.said("ridesaid", "ride", TODAY - DAY, note=self.word("ridenote"))
        self.ids["op"] = self.ids["op of check_in"]

    def strategy(self, key: str, kind: str, **more: Any) -> int:
        made = CopingStrategy(**self.of, text=self.word(kind), use_when="crisis", created_by_id=self.me, **more)
        made.created_at = THEN
        return self.add(key, made)

    def coping(self) -> None:
        helps = self.strategy("strategy", "strategy", how_to=self.word("strategyhow"))
        self.ids["coping_strategy"] = helps
        private = self.strategy("sucoping_strategy", "sustrategy", substance_use=True)
        self.strategy("retired", "retired", retired_at=NOW - DAY)
        for kind, key in (("trigger", "trigger"), ("warning_sign", "warning")):
            self.add(kind, Sign(**self.of, kind=kind, text=self.word(key)))
            self.add(f"su{kind}", Sign(**self.of, kind=kind, text=self.word(f"su{key}"), substance_use=True))
        self.session.add(StrategySign(strategy_id=helps, sign_id=self.ids["sutrigger"]))
        total = TOTALS[OWNERS.index(self.name)]
        three = [total // 3 + (place < total % 3) for place in range(3)]
        for place, before in enumerate(three):
            use = self.use(helps, place + 1, before=before, after=1, helped="yes")
            use.note = self.word("usenote")
        self.use(private, 1)
        running = self.use(helps, 0)
        running.at = NOW - timedelta(minutes=5)
        self.session.flush()
        self.ids["use"] = running.op_id
        _op(self.session, self.me, running.op_id, "use")

    def use(self, strategy: int, days: int, **more: Any) -> CopingUse:
        at = NOW - days * DAY
        made = CopingUse(**self.of, strategy_id=strategy, op_id=str(uuid4()), at=at, day=TODAY - days * DAY, **more)
        self.session.add(made)
        return made

    def changes(self) -> None:
        for noun, of, kind, what, private in (
            ("step", "step", "change", "changed", False),
            ("step", "sustep", "suchange", "changed", True),
            ("coping_strategy", "strategy", "copingchange", "added", False),
            ("trigger", "sutrigger", "sucopingchange", "added", True),
            ("step", "ride", "suggested", "suggested", False),
        ):
            made = PlanChange(**self.plan, by_id=self.me, at=NOW - DAY, noun=noun, noun_id=self.ids[of], what=what)
            made.after, made.substance_use = {"text": self.word(kind), "words": self.word(kind)}, private
            made.why = self.word("why") if kind == "change" else None
            self.add(f"change {kind}", made)
        self.ids["suggestion"] = self.ids["change suggested"]

    def rest(self) -> None:
        self.add("item", AgendaItem(**self.of, text=self.word("agenda"), created_at=THEN))
        private = AgendaItem(**self.of, text=self.word("suagenda"), created_at=THEN, substance_use=True)
        self.add("suitem", private)
        done = AgendaItem(**self.of, text=self.word("retired"), created_at=THEN, settled_at=NOW - DAY)
        self.add("settled", done)
        old = Pause(**self.of, starts_on=TODAY - 9 * DAY, ends_on=TODAY - 8 * DAY, created_at=THEN)
        old.reason = self.word("rest")
        self.add("pause over", old)
        coming = Pause(**self.of, starts_on=TODAY + 9 * DAY, ends_on=TODAY + 19 * DAY, created_at=THEN)
        self.add("pause", coming)


def _links(session: Session, world: World) -> None:
    """Addresses that open something by themselves, in every state they can be in."""
    used, over = NOW - timedelta(minutes=1), NOW - timedelta(seconds=1)
    states: Mapping[str, dict[str, Any]] = {
        "good": {},
        "used": {"used_at": used},
        "over": {"expires_at": over},
        "withdrawn": {"withdrawn_at": used},
    }
    for state, how in states.items():
        if state != "withdrawn":
            link = SignInLink(person_id=world.id("sam"), token_hash=token_hash(f"{state} link"), created_at=THEN)
            link.expires_at, link.used_at = how.get("expires_at", NOW + DAY), how.get("used_at")
            session.add(link)
            proof = ProofLink(sign_in_id=world.ids["sam"]["this"], token_hash=token_hash(f"{state} proof"))
            proof.created_at, proof.expires_at = THEN, how.get("expires_at", NOW + DAY)
            proof.used_at = how.get("used_at")
            session.add(proof)
        made = Invitation(role="supporter", person_id=world.id("nora"), name="Nora", email="nora@example.test")
        made.client_id = made.invited_by_id = world.id("otto")
        made.message, made.token_hash = canary("message", "otto"), token_hash(f"{state} invitation")
        made.created_at, made.expires_at = THEN, how.get("expires_at", NOW + DAY)
        made.accepted_at, made.withdrawn_at = how.get("used_at"), how.get("withdrawn_at")
        session.add(made)
    session.flush()
    closed = next(name for name in PEOPLE if gone(name))
    world.links = {
        "sign_in.link": {state: f"{state} link" for state in ("good", "used", "over", "unknown")},
        "proving.link": {state: f"{state} proof" for state in ("good", "used", "over", "unknown")},
        "invitations.open": {state: f"{state} invitation" for state in (*states, "unknown")},
        "calendar_feeds.feed": {
            "good": "calendar of clara",
            "closed": f"calendar of {closed}",
            "unknown": "calendar of nobody",
        },
    }


def _over(session: Session, world: World) -> None:
    """Sign-ins of Clara's that let nobody in any more."""
    for name, ended_at, expires_at in (("ended", NOW - DAY, NOW + DAY), ("run out", None, NOW)):
        token = sign_ins.begin(session, world.id("clara"), "old phone", THEN)
        row = session.query(SignIn).filter_by(token_hash=token_hash(token)).one()
        row.ended_at, row.expires_at = ended_at, expires_at
        world.tokens[name] = token
    session.flush()
