"""A client's current plan, whole, as far as the reader may see it: for the editor and the client's own page.

The number of queries is the same for every plan. What is about substance use is left out without its own
scope, as if it weren't there, and with any step that is left out whoever takes no other; coping strategies and
their signs need the scope for coping.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from webapp.domain.cadence import Cadence, version_on
from webapp.domain.notices import last_day_soon
from webapp.domain.people import by_name
from webapp.domain.sharing import Rights, Scope
from webapp.models import (
    ActionStep,
    Assignment,
    CarePlan,
    ClientInformation,
    Commitment,
    Contact,
    CopingStrategy,
    Goal,
    Monitoring,
    Objective,
    Person,
    PlanLine,
    Sign,
    StepProgress,
    StrategySign,
    Support,
    SupporterLink,
    TeamMember,
)
from webapp.models.base import Id
from webapp.queries import cadences
from webapp.queries.access import CONFIRMED
from webapp.queries.privacy import PRIVATE


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a plain list of the plan; `values` are its fields by name."""

    id: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody named in the plan. `reachable`: has an account here."""

    id: int
    kind: str
    name: str | None
    role: str | None
    relation: str | None
    person_id: int | None

    @property
    def reachable(self) -> bool:
        return self.person_id is not None


@dataclass(frozen=True, slots=True)
class Remark:
    """A dated remark on a step in the plan itself."""

    on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class StepCard:
    """A step as the plan says it. `cadence` holds now; `coming` is the version that follows it, if any.

    `ends` is its last day, of a step in use that ends soon.
    """

    id: int
    goal_id: int | None
    actor_kind: str
    member: Member | None
    text: str
    own_words: str | None
    intervention: str | None
    purpose: str | None
    how_to: str | None
    cue: str | None
    smallest: str | None
    time_of_day: str | None
    status: str
    own: bool
    substance_use: bool
    duration: dict[str, Any] | None
    created_by_id: int
    cadence: Cadence | None
    coming: Cadence | None
    ends: date | None
    promise: str | None
    remarks: tuple[Remark, ...]

    @property
    def words(self) -> str:
        """The words the client reads: their own win."""
        return self.own_words or self.text

    @property
    def who(self) -> str | None:
        """The name of whoever takes it, or what they are; None for the client."""
        return (self.member.name or self.member.relation or self.member.role) if self.member else None

    @property
    def over(self) -> bool:
        return self.status in ("completed", "retired")


@dataclass(frozen=True, slots=True)
class GoalCard:
    """A goal with its objectives and steps."""

    id: int
    statement: str
    own_words: str | None
    status: str
    priority: str | None
    target_date: date | None
    importance: int | None
    confidence: int | None
    attainment_scale: dict[str, Any] | None
    substance_use: bool
    objectives: tuple[Item, ...]
    steps: tuple[StepCard, ...]

    @property
    def words(self) -> str:
        return self.own_words or self.statement


@dataclass(frozen=True, slots=True)
class StrategyLine:
    """A coping strategy with the triggers and warning signs it is for."""

    id: int
    text: str
    category: str | None
    use_when: str
    cue: str | None
    how_to: str | None
    own: bool
    substance_use: bool
    sign_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The plan itself."""

    id: int
    client_id: int
    vision: str | None
    starts_on: date | None
    ends_on: date | None
    review_on: date | None
    note: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CarePlanView:
    """All of it. `coping_shared` says whether strategies and signs are the reader's to see."""

    head: Head
    information: dict[str, Any]
    lists: dict[str, tuple[Item, ...]]
    team: tuple[Member, ...]
    goals: tuple[GoalCard, ...]
    unlinked: tuple[StepCard, ...]
    strategies: tuple[StrategyLine, ...]
    coping_shared: bool

    @property
    def steps(self) -> tuple[StepCard, ...]:
        return tuple(step for goal in self.goals for step in goal.steps) + self.unlinked

    @property
    def ending(self) -> tuple[StepCard, ...]:
        """Steps that end soon, the first to end first."""
        return tuple(sorted((step for step in self.steps if step.ends), key=lambda step: step.ends or date.max))

    def step(self, step_id: int) -> StepCard | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def goal(self, goal_id: int | None) -> GoalCard | None:
        return next((goal for goal in self.goals if goal.id == goal_id), None)


@dataclass(frozen=True, slots=True)
class InCircle:
    """Somebody who works with or supports the client, with what they are."""

    person_id: int
    name: str
    kind: str
    role: str | None
    relation: str | None


_CLIENT = bindparam("client_id", type_=Id)
_PLAN_ID = bindparam("plan_id", type_=Id)
PRIVATE_HISTORY = "substance_use_history"
INFORMATION = (
    *("born", "address", "stage_of_change", "cultural_preferences", "history", "earlier_treatment"),
    PRIVATE_HISTORY,
)
_HEAD = (
    select(
        CarePlan.id,
        CarePlan.client_id,
        CarePlan.vision,
        CarePlan.starts_on,
        CarePlan.ends_on,
        CarePlan.review_on,
        CarePlan.note,
        CarePlan.created_at,
    )
    .where(CarePlan.client_id == _CLIENT, CarePlan.ended_at.is_(None))
    .order_by(CarePlan.id.desc())
    .limit(1)
)
_INFORMATION = select(*(getattr(ClientInformation, name) for name in INFORMATION)).where(
    ClientInformation.client_id == _CLIENT
)


def _listed(model: Any, *columns: Any) -> Select[*tuple[Any, ...]]:
    return select(model.id, *columns).where(model.plan_id == _PLAN_ID).order_by(model.position, model.id)


_LINES = _listed(PlanLine, PlanLine.kind, PlanLine.text, PlanLine.on, PlanLine.substance_use)
_SUPPORTS = _listed(Support, Support.name, Support.kind, Support.relation, Support.substance_use)
_MONITORING = _listed(Monitoring, Monitoring.what, Monitoring.who, Monitoring.how_often, Monitoring.substance_use)
_TEAM = _listed(
    TeamMember, TeamMember.kind, TeamMember.name, TeamMember.role, TeamMember.relation, TeamMember.person_id
)
_CONTACTS = (
    select(Contact.id, Contact.name, Contact.relation, Contact.phone, Contact.how, Contact.emergency, Contact.plan_id)
    .where(Contact.client_id == _CLIENT)
    .order_by(Contact.position, Contact.id)
)
_GOALS = _listed(
    Goal,
    Goal.statement,
    Goal.own_words,
    Goal.status,
    Goal.priority,
    Goal.target_date,
    Goal.importance,
    Goal.confidence,
    Goal.attainment_scale,
    Goal.substance_use,
)
_OBJECTIVES = (
    select(Objective.id, Objective.goal_id, Objective.statement, Objective.by, Objective.measure)
    .join(Goal, Goal.id == Objective.goal_id)
    .where(Goal.plan_id == _PLAN_ID)
    .order_by(Objective.position, Objective.id)
)
_STEPS = _listed(
    ActionStep,
    ActionStep.goal_id,
    ActionStep.actor_kind,
    ActionStep.team_member_id,
    ActionStep.text,
    ActionStep.own_words,
    ActionStep.intervention,
    ActionStep.purpose,
    ActionStep.how_to,
    ActionStep.cue,
    ActionStep.smallest,
    ActionStep.time_of_day,
    ActionStep.status,
    ActionStep.own,
    ActionStep.substance_use,
    ActionStep.duration,
    ActionStep.created_by_id,
    PRIVATE.label("private"),
)
_REMARKS = (
    select(StepProgress.step_id, StepProgress.on, StepProgress.text)
    .join(ActionStep, ActionStep.id == StepProgress.step_id)
    .where(ActionStep.plan_id == _PLAN_ID)
    .order_by(StepProgress.position, StepProgress.id)
)
_PROMISES = select(Commitment.step_id, Commitment.state).where(
    Commitment.client_id == _CLIENT, Commitment.state != "ended"
)
_STRATEGIES = (
    select(
        CopingStrategy.id,
        CopingStrategy.text,
        CopingStrategy.category,
        CopingStrategy.use_when,
        CopingStrategy.cue,
        CopingStrategy.how_to,
        CopingStrategy.own,
        CopingStrategy.substance_use,
    )
    .where(CopingStrategy.client_id == _CLIENT, CopingStrategy.retired_at.is_(None))
    .order_by(CopingStrategy.position, CopingStrategy.id)
)
_SIGNS = (
    select(Sign.id, Sign.kind, Sign.text, Sign.substance_use)
    .where(Sign.client_id == _CLIENT)
    .order_by(Sign.position, Sign.id)
)
_LINKS = (
    select(StrategySign.strategy_id, StrategySign.sign_id, Sign.substance_use)
    .join(Sign, Sign.id == StrategySign.sign_id)
    .where(Sign.client_id == _CLIENT)
)
_WORKS = (
    select(Person.id, Person.name, Person.discipline)
    .join(Assignment, Assignment.care_team_id == Person.id)
    .where(Assignment.client_id == _CLIENT, Assignment.ended_at.is_(None), Person.deactivated_at.is_(None))
    .order_by(Person.id)
)
_SUPPORTERS = (
    select(Person.id, Person.name, SupporterLink.relation)
    .join(SupporterLink, SupporterLink.supporter_id == Person.id)
    .where(SupporterLink.client_id == _CLIENT, CONFIRMED, Person.deactivated_at.is_(None))
    .order_by(Person.id)
)


def care_plan(connection: Connection, client_id: int, rights: Rights, today: date) -> CarePlanView | None:
    """The client's current plan as these rights let one see it on `today` (the client's day), None without one."""
    row = connection.execute(_HEAD, {"client_id": client_id}).one_or_none()
    if row is None:
        return None
    head = Head(*row)
    read = _Reader(connection, {"client_id": client_id, "plan_id": head.id})
    everybody = tuple(Member(*row) for row in read(_TEAM))
    private = rights.sees(Scope.PLAN, substance_use=True)
    coping = rights.sees(Scope.COPING)
    rows = tuple(read(_STEPS))
    seen = tuple(row for row in rows if rights.sees(Scope.PLAN, row.private, row.id))
    steps = _steps(connection, read, client_id, everybody, seen, today)
    row = connection.execute(_INFORMATION, {"client_id": client_id}).one_or_none()
    information = dict(row._mapping) if row else dict.fromkeys(INFORMATION)
    return CarePlanView(
        head=head,
        information=information if private else information | {PRIVATE_HISTORY: None},
        lists=_lists(read, private, coping),
        team=_team(everybody, rows, seen),
        goals=_goals(read, steps, private),
        unlinked=tuple(steps[None]),
        strategies=_strategies(read, private) if coping else (),
        coping_shared=coping,
    )


def circle(connection: Connection, client_id: int) -> tuple[InCircle, ...]:
    """Everybody with an account who works with or supports the client now."""
    ids = {"client_id": client_id}
    works = [InCircle(*row[:2], "professional", row.discipline, None) for row in connection.execute(_WORKS, ids)]
    supports = [
        InCircle(*row[:2], "natural_supporter", None, row.relation) for row in connection.execute(_SUPPORTERS, ids)
    ]
    return tuple(sorted(works, key=_name) + sorted(supports, key=_name))


def _name(one: InCircle) -> str:
    return by_name(one.name)


class _Reader:
    """Runs the statements of one plan."""

    def __init__(self, connection: Connection, ids: dict[str, int]) -> None:
        self.connection, self.ids = connection, ids

    def __call__(self, statement: Select[*tuple[Any, ...]]) -> Iterable[Any]:
        return self.connection.execute(statement, self.ids)


def _lists(read: _Reader, private: bool, coping: bool) -> dict[str, tuple[Item, ...]]:
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for row in _open(read(_LINES), private):
        found[row.kind].append(Item(row.id, _values(row)))
    for noun, statement in (("support", _SUPPORTS), ("monitoring", _MONITORING)):
        for row in _open(read(statement), private):
            found[noun].append(Item(row.id, _values(row)))
    for row in read(_CONTACTS):
        # The client's own people are theirs to show: only the plan's are listed here.
        if row.emergency or row.plan_id == read.ids["plan_id"]:
            found["emergency_contact" if row.emergency else "crisis_contact"].append(Item(row.id, _values(row)))
    for row in _open(read(_SIGNS), private) if coping else ():
        found[row.kind].append(Item(row.id, _values(row)))
    return {noun: tuple(items) for noun, items in found.items()}


def _open(rows: Iterable[Any], private: bool) -> Iterable[Any]:
    """Leave out what is about substance use for somebody who may not see that."""
    return (row for row in rows if private or not row.substance_use)


def _values(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "id"}


def _goals(read: _Reader, steps: dict[int | None, list[StepCard]], private: bool) -> tuple[GoalCard, ...]:
    objectives: defaultdict[int, list[Item]] = defaultdict(list)
    for row in read(_OBJECTIVES):
        objectives[row.goal_id].append(Item(row.id, _values(row)))
    return tuple(
        GoalCard(**row._mapping, objectives=tuple(objectives[row.id]), steps=tuple(steps[row.id]))
        for row in _open(read(_GOALS), private)
    )


def _team(everybody: Iterable[Member], rows: Iterable[Any], seen: Iterable[Any]) -> tuple[Member, ...]:
    """Leave out whoever takes only steps that the reader doesn't see: they would tell that there are such steps."""
    shown = {row.team_member_id for row in seen}
    hidden = {row.team_member_id for row in rows} - shown
    return tuple(member for member in everybody if member.id not in hidden)


def _steps(
    connection: Connection, read: _Reader, client_id: int, team: Iterable[Member], rows: Iterable[Any], today: date
) -> defaultdict[int | None, list[StepCard]]:
    members = {member.id: member for member in team}
    versions = cadences.of_client(connection, client_id)
    promises = {row.step_id: row.state for row in read(_PROMISES)}
    remarks: defaultdict[int, list[Remark]] = defaultdict(list)
    for row in read(_REMARKS):
        remarks[row.step_id].append(Remark(row.on, row.text))
    found: defaultdict[int | None, list[StepCard]] = defaultdict(list)
    for row in rows:
        now, coming = now_and_coming(versions.get(row.id, ()), today)
        values = _values(row)
        del values["private"]
        member = members.get(values.pop("team_member_id"))
        card = StepCard(
            id=row.id,
            member=member,
            cadence=now,
            coming=coming,
            ends=last_day_soon(versions.get(row.id, ()), today) if row.status == "active" else None,
            promise=promises.get(row.id),
            remarks=tuple(remarks[row.id]),
            **values,
        )
        found[row.goal_id].append(card)
    return found


def now_and_coming(versions: tuple[Cadence, ...], today: date) -> tuple[Cadence | None, Cadence | None]:
    """Split versions into the one to show and the next: before the first begins, or after the last, that one."""
    now = version_on(versions, today)
    later = [version for version in versions if version.valid_from > today]
    if now is None and versions:
        return (later[0], None) if later else (versions[-1], None)
    return now, later[0] if later else None


def _strategies(read: _Reader, private: bool) -> tuple[StrategyLine, ...]:
    links: defaultdict[int, list[int]] = defaultdict(list)
    for row in _open(read(_LINKS), private):
        links[row.strategy_id].append(row.sign_id)
    return tuple(
        StrategyLine(**row._mapping, sign_ids=tuple(links[row.id])) for row in _open(read(_STRATEGIES), private)
    )
