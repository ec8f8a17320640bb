"""What stands on a client's Today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, String, and_, bindparam, literal, or_, select, union_all

from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.coping import Use, help_order
from webapp.domain.pauses import Pause, is_paused
from webapp.domain.scores import Outcome
from webapp.domain.today import LONG_BACK, Place, look_back, places
from webapp.domain.wall_time import start_of_day
from webapp.domain.weeks import WeekStart
from webapp.models import (
    ActionStep,
    BadDay,
    CadenceVersion,
    CarePlan,
    Commitment,
    CopingStrategy,
    CopingUse,
    Person,
    Session,
    SupporterLink,
    TeamMember,
)
from webapp.models import Pause as PauseRow
from webapp.models.base import Id
from webapp.queries import cadences, check_ins
from webapp.queries.check_ins import Said

TOP = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A step as Today needs it; `words` are the person's own where there are any.

    `owner` names the supporter who promised it; `promise` is the state of that promise, None when nobody
    was asked through Cairn.
    """

    id: int
    words: str
    plan_words: str | None
    owner: str | None
    promise: str | None
    purpose: str | None
    how_to: str | None
    cue: str | None
    smallest: str | None
    time_of_day: str | None
    intervention: str | None
    versions: tuple[Cadence, ...]
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One thing on Today: a step at one of its places."""

    step: Step
    place: Place
    cadence: Cadence | None


@dataclass(frozen=True, slots=True)
class Appointment:
    """A session with somebody of the care team today."""

    starts_at: datetime
    minutes: int
    place: str | None
    called: str
    discipline: str | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who said yes to an invitation and waits until the client says that it is them."""

    person_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the screen; `strategies` only on a bad day. `resting` are the words of steps that rest today.

    `days_kept`: on how many days of late something was done, as far as this page had to look back anyway.
    """

    cards: tuple[Card, ...]
    resting: tuple[str, ...]
    appointments: tuple[Appointment, ...]
    bad_day: bool
    strategies: tuple[tuple[int, str], ...]
    days_kept: int
    joined: tuple[Joined, ...]


_CLIENT = bindparam("client_id", type_=Id)
_STEPS: Select[*tuple[Any, ...]] = (
    select(
        ActionStep.id,
        ActionStep.text,
        ActionStep.own_words,
        ActionStep.actor_kind,
        ActionStep.purpose,
        ActionStep.how_to,
        ActionStep.cue,
        ActionStep.smallest,
        ActionStep.time_of_day,
        ActionStep.intervention,
        TeamMember.name,
        TeamMember.relation,
        Person.called,
        Commitment.state,
        PauseRow.id.label("pause_id"),
        PauseRow.starts_on,
        PauseRow.ends_on,
        *cadences.COLUMNS,
    )
    .join(CarePlan, and_(CarePlan.id == ActionStep.plan_id, CarePlan.ended_at.is_(None)))
    .outerjoin(CadenceVersion, CadenceVersion.step_id == ActionStep.id)
    .outerjoin(TeamMember, TeamMember.id == ActionStep.team_member_id)
    .outerjoin(Person, Person.id == TeamMember.person_id)
    .outerjoin(Commitment, and_(Commitment.step_id == ActionStep.id, Commitment.state != "ended"))
    .outerjoin(
        PauseRow,
        and_(
            PauseRow.client_id == ActionStep.client_id,
            or_(PauseRow.step_id.is_(None), PauseRow.step_id == ActionStep.id),
            or_(PauseRow.ends_on.is_(None), PauseRow.ends_on > bindparam("pauses_since")),
        ),
    )
    .where(
        ActionStep.client_id == _CLIENT,
        ActionStep.status == "active",
        ActionStep.actor_kind != "professional",
    )
    .order_by(ActionStep.position, ActionStep.id, CadenceVersion.valid_from)
)
_STEP = _STEPS.where(ActionStep.id == bindparam("step_id", type_=Id))
_BAD_DAY = select(BadDay.id).where(
    BadDay.client_id == _CLIENT, BadDay.day == bindparam("day"), BadDay.ended_at.is_(None)
)
_JOINED = (
    select(Person.id, Person.name)
    .join(SupporterLink, SupporterLink.supporter_id == Person.id)
    .where(
        SupporterLink.client_id == _CLIENT,
        SupporterLink.ended_at.is_(None),
        SupporterLink.confirmed_at.is_(None),
        Person.deactivated_at.is_(None),
    )
)
# Two small questions in one query: Today has few to spare. A union reads its columns as the first part has them, and
# names may be secret.
_ASIDE = union_all(_JOINED, _BAD_DAY.add_columns(literal(None, String).label("name")))
_APPOINTMENTS = (
    select(Session.starts_at, Session.minutes, Session.place, Person.name, Person.discipline)
    .join(Person, Person.id == Session.care_team_id)
    .where(
        Session.client_id == _CLIENT,
        Session.starts_at >= bindparam("since"),
        Session.starts_at < bindparam("until"),
        Session.status != "cancelled",
    )
    .order_by(Session.starts_at)
)
_STRATEGIES = (
    select(CopingStrategy.id, CopingStrategy.text, CopingStrategy.position)
    .add_columns(CopingUse.before, CopingUse.after, CopingUse.helped, CopingUse.id.label("use_id"))
    .outerjoin(CopingUse, CopingUse.strategy_id == CopingStrategy.id)
    .where(CopingStrategy.client_id == _CLIENT, CopingStrategy.retired_at.is_(None))
)
UNPROMISED = frozenset({"declined"})
KEPT = frozenset({Outcome.DONE, Outcome.SOME})


def page(
    connection: Connection, client_id: int, day: date, week_start: WeekStart, zone: ZoneInfo, turns_at: int
) -> Today:
    """Everything on Today for the client's `day`. Four queries, five on a bad day."""
    steps = _steps(connection.execute(_STEPS, _parameters(client_id, day)))
    aside = list(connection.execute(_ASIDE, {"client_id": client_id, "day": day}))
    bad = any(row.name is None for row in aside)
    bounds = {
        "client_id": client_id,
        "since": start_of_day(day, zone, turns_at),
        "until": start_of_day(day + timedelta(days=1), zone, turns_at),
    }
    said = check_ins.since(connection, client_id, _since(steps, day, week_start), _once(steps)) if steps else {}
    return Today(
        cards=tuple(_cards(steps, said, day, week_start)),
        resting=tuple(one.words for one in steps if version_on(one.versions, day) and is_paused(day, one.pauses)),
        appointments=tuple(Appointment(*row) for row in connection.execute(_APPOINTMENTS, bounds)),
        bad_day=bad,
        strategies=_top_strategies(connection, client_id) if bad else (),
        joined=tuple(Joined(*row) for row in aside if row.name is not None),
        days_kept=len({one.day for told in said.values() for one in told if one.outcome in KEPT}),
    )


def is_bad(connection: Connection, client_id: int, day: date) -> bool:
    """Whether the client asked for a small and quiet `day`. One query."""
    return connection.execute(_BAD_DAY, {"client_id": client_id, "day": day}).first() is not None


def step(connection: Connection, client_id: int, step_id: int, day: date, week_start: WeekStart) -> list[Card]:
    """The cards of one step on the client's `day`; empty when it is not on Today. Two queries."""
    steps = _steps(connection.execute(_STEP, {**_parameters(client_id, day), "step_id": step_id}))
    if not steps:
        return []
    first = None if _once(steps) else _since(steps, day, week_start)
    said = check_ins.of_steps_since(connection, {step_id: first})
    return _cards(steps, said, day, week_start)


def _parameters(client_id: int, day: date) -> dict[str, object]:
    return {"client_id": client_id, "pauses_since": day - LONG_BACK}


def _since(steps: list[Step], day: date, week_start: WeekStart) -> date:
    return min(look_back(one.versions, day, week_start) for one in steps)


def _once(steps: list[Step]) -> list[int]:
    return [one.id for one in steps if any(version.kind is Kind.ONCE for version in one.versions)]


def _cards(steps: list[Step], said: Said, day: date, week_start: WeekStart) -> list[Card]:
    return [
        Card(one, place, version_on(one.versions, day))
        for one in steps
        for place in places(one.versions, one.pauses, said.get(one.id, ()), day, week_start, one.time_of_day)
    ]


def _steps(rows: Iterable[Row[Any]]) -> list[Step]:
    """Fold rows that repeat a step for each version, pause and promise."""
    by_step: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_step.setdefault(row.id, []).append(row)
    return [made for told in by_step.values() if (made := _step(told)).promise not in UNPROMISED]


def _step(rows: list[Row[Any]]) -> Step:
    first = rows[0]
    versions = {row.valid_from: row for row in rows if row.valid_from is not None}
    pauses = {row.pause_id: Pause(row.starts_on, row.ends_on) for row in rows if row.pause_id is not None}
    # Where two were asked and one said yes, the yes is what counts today.
    states = {row.state for row in rows if row.state is not None}
    promise = next((state for state in ("active", "accepted", "change_suggested", "proposed") if state in states), None)
    return Step(
        id=first.id,
        words=first.own_words or first.text,
        plan_words=first.text if first.own_words and first.own_words != first.text else None,
        owner=None if first.actor_kind == "self" else first.called or first.name or first.relation or "",
        promise=promise or ("declined" if states else None),
        purpose=first.purpose,
        how_to=first.how_to,
        cue=first.cue,
        smallest=first.smallest,
        time_of_day=first.time_of_day or next((row.time_words for row in rows if row.time_words), None),
        intervention=first.intervention,
        versions=tuple(cadences.from_row(row) for row in versions.values()),
        pauses=tuple(pauses.values()),
    )


def _top_strategies(connection: Connection, client_id: int) -> tuple[tuple[int, str], ...]:
    """The strategies that helped this person most, as (id, words)."""
    uses: dict[tuple[int, str, int], list[Use]] = {}
    for row in connection.execute(_STRATEGIES, {"client_id": client_id}):
        told = uses.setdefault((row.id, row.text, row.position), [])
        if row.use_id is not None:
            told.append(Use(row.before, row.after, row.helped))
    best = sorted(uses, key=lambda key: help_order(uses[key], key[2]))
    return tuple((strategy_id, text) for strategy_id, text, _ in best[:TOP])
