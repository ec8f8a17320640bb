"""The client's circle: who belongs to it, what each may see, who looked."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, literal, null, select, text, union_all

from webapp.domain.commitments import State
from webapp.domain.sharing import Grant, Scope
from webapp.models import (
    ActionStep,
    Assignment,
    Commitment,
    Look,
    Person,
    SharingGrant,
    SupporterLink,
)
from webapp.queries.steps import WORDS


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a client's circle; `kind` is "care_team" or "supporter", `as_what` a discipline or relation."""

    id: int
    name: str
    called: str
    kind: str
    as_what: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant as it was given; `grant.withdrawn_at` says when it stopped."""

    person_id: int
    grant: Grant
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Glance:
    """One look at the client's record."""

    by_id: int
    name: str
    at: datetime
    page: str


@dataclass(frozen=True, slots=True)
class AskableStep:
    """A supporter's step in use that nobody has been asked for."""

    id: int
    text: str


_CARE_TEAM = (
    select(
        Person.id,
        Person.name,
        Person.called,
        literal("care_team").label("kind"),
        Person.discipline.label("as_what"),
        Assignment.assigned_at.label("since"),
    )
    .join(Assignment, Assignment.care_team_id == Person.id)
    .where(
        Assignment.client_id == bindparam("client_id"),
        Assignment.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
)
_SUPPORTERS = (
    select(
        Person.id,
        Person.name,
        Person.called,
        literal("supporter").label("kind"),
        SupporterLink.relation.label("as_what"),
        SupporterLink.joined_at.label("since"),
    )
    .join(SupporterLink, SupporterLink.supporter_id == Person.id)
    .where(
        SupporterLink.client_id == bindparam("client_id"),
        SupporterLink.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
)
_CIRCLE = union_all(_CARE_TEAM, _SUPPORTERS).order_by(text("kind, since, 1"))  # 1: the id
_THIS_ONE = Person.id == bindparam("person_id")
_MEMBER = union_all(_CARE_TEAM.where(_THIS_ONE), _SUPPORTERS.where(_THIS_ONE)).order_by(text("kind"))

_GRANTS = (
    select(
        SharingGrant.person_id,
        SharingGrant.scope,
        SharingGrant.starts_at,
        SharingGrant.ends_at,
        SharingGrant.withdrawn_at,
        SharingGrant.purpose,
    )
    .where(SharingGrant.client_id == bindparam("client_id"))
    .order_by(SharingGrant.granted_at.desc(), SharingGrant.id.desc())
)

_RAN_OUT = (
    select(SharingGrant.id)
    .where(SharingGrant.withdrawn_at.is_(None), SharingGrant.ends_at <= bindparam("now"))
    .limit(1)
)

_LOOKS = (
    select(Look.by_id, Person.name, Look.at, Look.page)
    .join(Person, Person.id == Look.by_id)
    .where(Look.client_id == bindparam("client_id"))
    .order_by(Look.at.desc(), Look.id.desc())
    .limit(bindparam("most"))
)

_ASKABLE = (
    select(ActionStep.id, WORDS)
    .outerjoin(Commitment, (Commitment.step_id == ActionStep.id) & (Commitment.state != State.ENDED))
    .where(
        ActionStep.client_id == bindparam("client_id"),
        ActionStep.actor_kind == "natural_supporter",
        ActionStep.status.in_(("active", "on_hold")),
        Commitment.id.is_(null()),
    )
    .order_by(ActionStep.position, ActionStep.id)
)


def circle(connection: Connection, client_id: int) -> tuple[Member, ...]:
    """The care-team members who work with a client, then their supporters, longest first."""
    return tuple(Member(*row) for row in connection.execute(_CIRCLE, {"client_id": client_id}))


def member(connection: Connection, client_id: int, person_id: int) -> Member | None:
    """One person of the client's circle, or None."""
    row = connection.execute(_MEMBER, {"client_id": client_id, "person_id": person_id}).first()
    return Member(*row) if row else None


def grants(connection: Connection, client_id: int) -> dict[int, tuple[Granted, ...]]:
    """Every grant a client ever gave, newest first, by the person it was given to."""
    found: defaultdict[int, list[Granted]] = defaultdict(list)
    for row in connection.execute(_GRANTS, {"client_id": client_id}):
        grant = Grant(Scope(row.scope), row.starts_at, row.ends_at, row.withdrawn_at)
        found[row.person_id].append(Granted(row.person_id, grant, row.purpose))
    return {person_id: tuple(given) for person_id, given in found.items()}


def any_grant_ran_out(connection: Connection, now: datetime) -> bool:
    """Say whether the time of a grant is over and nobody has ended it. One look into an index."""
    return connection.execute(_RAN_OUT, {"now": now}).first() is not None


def looks(connection: Connection, client_id: int, most: int) -> tuple[Glance, ...]:
    """The latest looks at a client's record, newest first."""
    return tuple(Glance(*row) for row in connection.execute(_LOOKS, {"client_id": client_id, "most": most}))


def askable(connection: Connection, client_id: int) -> tuple[AskableStep, ...]:
    """Supporters' steps in the client's plan that nobody has been asked for."""
    return tuple(AskableStep(*row) for row in connection.execute(_ASKABLE, {"client_id": client_id}))
