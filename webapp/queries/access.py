"""Load and authorise in one call: each returns the record if it is the actor's to touch, else None.

Every loader has the same shape, so that the table in views/policies.py can name it:
`(connection, actor, ids from the address, now)`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, SQLColumnExpression, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from webapp.domain.commitments import IN_FORCE
from webapp.domain.people import Actor
from webapp.domain.sharing import Grant, Reach, Rights, Scope, drawing_up, rights
from webapp.domain.wall_time import DAY, local_day
from webapp.domain.weeks import Weeks
from webapp.models import ActionStep, Assignment, Commitment, CopingStrategy, Person, SharingGrant, SupporterLink
from webapp.queries import weeks
from webapp.queries.privacy import may_know

Ids = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a client signed for records about substance use: what for, where they said it, and the last day, if any."""

    purpose: str | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class ClientAccess:
    """A client whom the actor works with or supports, and what they may see of them now.

    `agreed` while records about substance use are shared; `joined` unless the client has yet to use an invitation.
    """

    client_id: int
    name: str
    called: str
    time_zone: str
    day_starts_at: int
    week_starts_on: Weeks
    rights: Rights
    agreed: Agreed | None = None
    joined: bool = True


@dataclass(frozen=True, slots=True)
class StepRef:
    """A step and what decides who may change it."""

    id: int
    client_id: int
    plan_id: int
    actor_kind: str
    status: str
    own: bool
    substance_use: bool


@dataclass(frozen=True, slots=True)
class StrategyRef:
    id: int
    client_id: int
    own: bool


@dataclass(frozen=True, slots=True)
class CommitmentRef:
    id: int
    client_id: int
    step_id: int
    supporter_id: int
    state: str


_Of = SQLColumnExpression[int]
_HERE = aliased(Person)


def promise(step_id: _Of, supporter_id: _Of) -> ColumnElement[bool]:
    """Say of a commitment that it is this supporter's, on this step, and in force."""
    return and_(Commitment.step_id == step_id, Commitment.supporter_id == supporter_id, Commitment.state.in_(IN_FORCE))


CONFIRMED = and_(SupporterLink.ended_at.is_(None), SupporterLink.confirmed_at.is_not(None))
"""A supporter belongs to the circle, and the client said that it is them."""
IS_HERE = and_(Person.deactivated_at.is_(None), Person.leaves_at.is_(None))
"""A client's account is open, and they are not just leaving: then they share nothing any more."""


def belongs(client_id: _Of, supporter_id: _Of) -> ColumnElement[bool]:
    """Say whether a supporter belongs to the circle of a client, who confirmed it, is here, and is not just leaving."""
    link = exists().where(SupporterLink.client_id == client_id, SupporterLink.supporter_id == supporter_id)
    stands = link.where(CONFIRMED, _HERE.id == client_id, _HERE.deactivated_at.is_(None), _HERE.leaves_at.is_(None))
    return stands.correlate_except(SupporterLink, _HERE)


def still_promised(step_id: _Of, client_id: _Of, supporter_id: _Of) -> ColumnElement[bool]:
    """Say whether a supporter may see the words of a client's step: they promised it, and belong to the circle."""
    promised = exists().where(promise(step_id, supporter_id)).correlate_except(Commitment)
    return and_(promised, belongs(client_id, supporter_id))


_STEP = select(
    ActionStep.id,
    ActionStep.client_id,
    ActionStep.plan_id,
    ActionStep.actor_kind,
    ActionStep.status,
    ActionStep.own,
    ActionStep.substance_use,
).where(ActionStep.id == bindparam("step_id"), ActionStep.client_id == bindparam("client_id"))

_STRATEGY: Select[*tuple[Any, ...]] = select(CopingStrategy.id, CopingStrategy.client_id, CopingStrategy.own).where(
    CopingStrategy.id == bindparam("strategy_id"),
    CopingStrategy.client_id == bindparam("client_id"),
)
_LISTED_STRATEGY = _STRATEGY.where(CopingStrategy.retired_at.is_(None))

_COMMITMENT = select(
    Commitment.id, Commitment.client_id, Commitment.step_id, Commitment.supporter_id, Commitment.state
).where(Commitment.id == bindparam("commitment_id"))

_PROMISED = (
    _COMMITMENT.join(
        SupporterLink,
        (SupporterLink.client_id == Commitment.client_id) & (SupporterLink.supporter_id == Commitment.supporter_id),
    )
    .join(Person, Person.id == Commitment.client_id)
    .join(ActionStep, ActionStep.id == Commitment.step_id)
    .where(
        Commitment.supporter_id == bindparam("actor_id"),
        CONFIRMED,
        IS_HERE,
        may_know(Commitment.supporter_id),
    )
)


GRANTED: tuple[Any, ...] = (
    SharingGrant.scope,
    SharingGrant.starts_at,
    SharingGrant.ends_at,
    SharingGrant.new_steps,
    SharingGrant.steps,
    SharingGrant.purpose,
)
"""What of a grant that was not withdrawn decides; beside a client, for `granted`."""


def _client_with_grants() -> Select[*tuple[Any, ...]]:
    return select(
        Person.id,
        Person.name,
        Person.called,
        Person.time_zone,
        Person.day_starts_at,
        *weeks.COLUMNS,
        Person.joined_at,
        *GRANTED,
    ).outerjoin(
        SharingGrant,
        (SharingGrant.client_id == Person.id)
        & (SharingGrant.person_id == bindparam("actor_id"))
        & SharingGrant.withdrawn_at.is_(None),
    )


_ASSIGNED = (
    _client_with_grants()
    .join(Assignment, Assignment.client_id == Person.id)
    .where(
        Person.id == bindparam("client_id"),
        Assignment.care_team_id == bindparam("actor_id"),
        Assignment.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
)

_IN_CIRCLE = (
    _client_with_grants()
    .join(SupporterLink, SupporterLink.client_id == Person.id)
    .where(
        SupporterLink.supporter_id == bindparam("actor_id"),
        CONFIRMED,
        IS_HERE,
    )
    .order_by(SupporterLink.joined_at, Person.id)
)

_SUPPORTED = _IN_CIRCLE.where(Person.id == bindparam("client_id"))
_ASKED_FIRST = (
    select(Person.id)
    .join(SupporterLink, SupporterLink.client_id == Person.id)
    .where(
        SupporterLink.supporter_id == bindparam("actor_id"),
        SupporterLink.ended_at.is_(None),
        SupporterLink.confirmed_at.is_(None),
        IS_HERE,
    )
    .limit(1)
)


def own_step(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> StepRef | None:
    """A step of the actor's own plan, whoever takes it."""
    row = connection.execute(_STEP, {"step_id": ids["step_id"], "client_id": actor.id}).one_or_none()
    return StepRef(*row) if row else None


def own_strategy(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> StrategyRef | None:
    """A coping strategy on the actor's own list."""
    return _strategy(connection, _LISTED_STRATEGY, actor, ids)


def own_strategy_ever(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> StrategyRef | None:
    """A coping strategy of the actor's own, on the list or taken off it since a phone was tapped."""
    return _strategy(connection, _STRATEGY, actor, ids)


def _strategy(connection: Connection, which: Select[*tuple[Any, ...]], actor: Actor, ids: Ids) -> StrategyRef | None:
    row = connection.execute(which, {"strategy_id": ids["strategy_id"], "client_id": actor.id}).one_or_none()
    return StrategyRef(*row) if row else None


def promised(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> CommitmentRef | None:
    """A commitment asked of the actor as a supporter, while they belong to the client's circle and may know of it."""
    parameters = {"commitment_id": ids["commitment_id"], "actor_id": actor.id, "now": now}
    row = connection.execute(_PROMISED, parameters).one_or_none()
    return CommitmentRef(*row) if row else None


def own_commitment(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> CommitmentRef | None:
    """A commitment somebody made to the actor as a client."""
    row = connection.execute(_COMMITMENT, {"commitment_id": ids["commitment_id"]}).one_or_none()
    return CommitmentRef(*row) if row and row.client_id == actor.id else None


def assigned_client(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> ClientAccess | None:
    """A client the actor is assigned to and who shares something with them: an assignment alone opens nothing."""
    return seen_by(connection, ids["client_id"], actor.id, "care_team", now)


def seen_by(connection: Connection, client_id: int, person_id: int, kind: str, now: datetime) -> ClientAccess | None:
    """What a client lets one "care_team" member or "supporter" see: the same as that person's own request finds.

    None for a care-team member who sees nothing, and for a supporter whom the client has not confirmed.
    """
    select_client = _ASSIGNED if kind == "care_team" else _SUPPORTED
    rows = list(connection.execute(select_client, {"client_id": client_id, "actor_id": person_id}))
    found = _access(rows, now)
    return found if found and (kind != "care_team" or found.rights.any) else None


def assigned_plan(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> ClientAccess | None:
    """A client the actor is assigned to and whose plan they may see, and so edit."""
    found = assigned_client(connection, actor, ids, now)
    return found if found and found.rights.sees(Scope.PLAN) else None


def supported_clients(connection: Connection, supporter_id: int, now: datetime) -> tuple[ClientAccess, ...]:
    """Every client whose circle a supporter belongs to, longest first, with what each lets them see."""
    rows = list(connection.execute(_IN_CIRCLE, {"actor_id": supporter_id}))
    by_client = [list(found) for _, found in groupby(rows, key=attrgetter("id"))]
    return tuple(access for found in by_client if (access := _access(found, now)))


def is_asked_first(connection: Connection, supporter_id: int) -> bool:
    """Whether a client whom a supporter has joined has still to say that it is them."""
    return connection.execute(_ASKED_FIRST, {"actor_id": supporter_id}).first() is not None


def granted(rows: Iterable[Row[Any]]) -> tuple[Grant, ...]:
    """Read the grants of one client to one person from rows with `GRANTED`; a row without a grant is none."""
    return tuple(
        Grant(Scope(row.scope), row.starts_at, row.ends_at, reach=Reach(row.new_steps, frozenset(row.steps)))
        for row in rows
        if row.scope
    )


def _agreed(rows: Iterable[Row[Any]], now: datetime) -> Agreed | None:
    """Read what was signed for records about substance use, while they are shared."""
    signed = [row for row in rows if row.scope == Scope.SUBSTANCE_USE and granted([row])[0].holds(now)]
    return next((Agreed(row.purpose, _last_day(row)) for row in signed), None)


def _last_day(row: Row[Any]) -> date | None:
    return local_day(row.ends_at, row.time_zone, row.day_starts_at) - DAY if row.ends_at else None


def _access(rows: list[Row[Any]], now: datetime) -> ClientAccess | None:
    if not rows:
        return None
    first, found = rows[0], rights(granted(rows), now)
    return ClientAccess(
        client_id=first.id,
        name=first.name,
        called=first.called,
        time_zone=first.time_zone,
        day_starts_at=first.day_starts_at,
        week_starts_on=weeks.from_columns(first.week_starts_on, first.earlier_weeks),
        rights=found if first.joined_at else drawing_up(found),
        agreed=_agreed(rows, now),
        joined=first.joined_at is not None,
    )
