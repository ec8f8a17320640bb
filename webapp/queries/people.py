"""The client's circle: who belongs to it, and what each may see."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, String, bindparam, literal, null, select, text, true, union_all

from webapp.domain.commitments import State
from webapp.domain.sharing import Consent, Grant, Reach, Scope
from webapp.models import (
    ActionStep,
    Assignment,
    CarePlan,
    Commitment,
    Invitation,
    Organisation,
    Person,
    SharingGrant,
    SupporterLink,
)
from webapp.queries.privacy import PRIVATE
from webapp.queries.steps import WORDS


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a client's circle; `kind` is "care_team" or "supporter", `as_what` a discipline or relation.

    `confirmed`: the client said that it is them, which only supporters need. `invited_as` is the address that the
    client invited them by.
    """

    id: int
    name: str
    called: str
    kind: str
    as_what: str | None
    since: datetime
    time_zone: str
    day_starts_at: int
    confirmed: bool
    invited_as: str | None


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant as it was given, and when; `grant.withdrawn_at` says when it stopped."""

    person_id: int
    granted_at: datetime
    grant: Grant
    purpose: str | None
    consent: Consent | None


@dataclass(frozen=True, slots=True)
class StepChoice:
    """A step in use that can be shared by itself; `private`: it is about substance use."""

    id: int
    text: str
    actor_kind: str
    private: bool


@dataclass(frozen=True, slots=True)
class AskableStep:
    """A supporter's step in use that nobody has been asked for; `private`: it is about substance use."""

    id: int
    text: str
    private: bool


_CARE_TEAM = (
    select(
        Person.id,
        Person.name,
        Person.called,
        literal("care_team").label("kind"),
        Person.discipline.label("as_what"),
        Assignment.assigned_at.label("since"),
        Person.time_zone,
        Person.day_starts_at,
        true().label("confirmed"),
        literal(None, String).label("invited_as"),
    )
    .join(Assignment, Assignment.care_team_id == Person.id)
    .where(
        Assignment.client_id == bindparam("client_id"),
        Assignment.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
)
_INVITED_AS = (
    select(Invitation.email)
    .where(Invitation.client_id == SupporterLink.client_id, Invitation.person_id == SupporterLink.supporter_id)
    .order_by(Invitation.id.desc())
    .limit(1)
    .correlate(SupporterLink)
    .scalar_subquery()
)
_SUPPORTERS = (
    select(
        Person.id,
        Person.name,
        Person.called,
        literal("supporter").label("kind"),
        SupporterLink.relation.label("as_what"),
        SupporterLink.joined_at.label("since"),
        Person.time_zone,
        Person.day_starts_at,
        SupporterLink.confirmed_at.is_not(None).label("confirmed"),
        _INVITED_AS.label("invited_as"),
    )
    .join(SupporterLink, SupporterLink.supporter_id == Person.id)
    .where(
        SupporterLink.client_id == bindparam("client_id"),
        SupporterLink.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
)
# A union reads its columns as the first part has them: the one in which every secret is a column comes first.
_CIRCLE: CompoundSelect[*tuple[Any, ...]] = union_all(_SUPPORTERS, _CARE_TEAM).order_by(
    text("kind, since, 1")
)  # 1: the id
_THIS_ONE = Person.id == bindparam("person_id")
_MEMBER: CompoundSelect[*tuple[Any, ...]] = union_all(
    _SUPPORTERS.where(_THIS_ONE), _CARE_TEAM.where(_THIS_ONE)
).order_by(text("kind"))

_GRANTS = (
    select(
        SharingGrant.person_id,
        SharingGrant.granted_at,
        SharingGrant.scope,
        SharingGrant.starts_at,
        SharingGrant.ends_at,
        SharingGrant.withdrawn_at,
        SharingGrant.purpose,
        SharingGrant.new_steps,
        SharingGrant.steps,
        SharingGrant.consent,
    )
    .where(SharingGrant.client_id == bindparam("client_id"))
    .order_by(SharingGrant.granted_at.desc(), SharingGrant.id.desc())
)

_RAN_OUT = (
    select(SharingGrant.id)
    .where(SharingGrant.withdrawn_at.is_(None), SharingGrant.ends_at <= bindparam("now"))
    .limit(1)
)

_ORGANISATION = select(Organisation.name).where(Organisation.id == bindparam("organisation_id"))
_CHOICES = (
    select(ActionStep.id, WORDS, ActionStep.actor_kind, PRIVATE)
    .join(CarePlan, CarePlan.id == ActionStep.plan_id)
    .where(
        ActionStep.client_id == bindparam("client_id"),
        ActionStep.status.in_(("active", "on_hold")),
        CarePlan.ended_at.is_(None),
    )
    .order_by(ActionStep.position, ActionStep.id)
)
_ASKABLE = (
    select(ActionStep.id, WORDS, PRIVATE)
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
        reach = Reach(row.new_steps, frozenset(row.steps))
        grant = Grant(Scope(row.scope), row.starts_at, row.ends_at, row.withdrawn_at, reach)
        signed = Consent(**row.consent) if row.consent else None
        found[row.person_id].append(Granted(row.person_id, row.granted_at, grant, row.purpose, signed))
    return {person_id: tuple(given) for person_id, given in found.items()}


def any_grant_ran_out(connection: Connection, now: datetime) -> bool:
    """Say whether the time of a grant is over and nobody has ended it. One look into an index."""
    return connection.execute(_RAN_OUT, {"now": now}).first() is not None


def organisation(connection: Connection, organisation_id: int) -> str:
    """What an organisation is called. One query."""
    return connection.execute(_ORGANISATION, {"organisation_id": organisation_id}).scalar_one()


def choices(connection: Connection, client_id: int) -> tuple[StepChoice, ...]:
    """The steps of a client's plan that can be shared one by one. One query."""
    return tuple(StepChoice(*row) for row in connection.execute(_CHOICES, {"client_id": client_id}))


def askable(connection: Connection, client_id: int) -> tuple[AskableStep, ...]:
    """Supporters' steps in the client's plan that nobody has been asked for."""
    return tuple(AskableStep(*row) for row in connection.execute(_ASKABLE, {"client_id": client_id}))
