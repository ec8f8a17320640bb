"""What an admin sees: accounts and who works with whom. Nothing here touches a plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from webapp.domain.people import Actor, Role, by_name
from webapp.models import (
    ActionStep,
    Assignment,
    Delivery,
    Endpoint,
    Organisation,
    Person,
    Reminder,
    ReminderOccurrence,
)
from webapp.queries.privacy import PRIVATE


@dataclass(frozen=True, slots=True)
class Member:
    """One account. `state` is "active", "invited" or "deactivated"."""

    id: int
    name: str
    email: str
    roles: tuple[Role, ...]
    discipline: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Working:
    """A care-team member who works with a client now."""

    client_id: int
    care_team_id: int
    name: str


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Sending:
    """How sending went lately, in numbers alone: addresses that are off, and messages by what became of them."""

    addresses_on: int
    addresses_off: int
    sent: int
    in_doubt: int
    not_sent: int


LOOKS_AFTER_CAIRN = (
    Person.is_admin,
    Person.joined_at.is_not(None),
    Person.deactivated_at.is_(None),
    Person.leaves_at.is_(None),
)
"""What holds of an admin who is here and stays."""

LATELY = timedelta(days=7)

_FLAGS = (
    (Role.CLIENT, Person.is_client),
    (Role.SUPPORTER, Person.is_supporter),
    (Role.CARE_TEAM, Person.is_care_team),
    (Role.ADMIN, Person.is_admin),
)
_MEMBERS = (
    select(
        Person.id,
        Person.name,
        Person.email,
        Person.discipline,
        Person.joined_at,
        Person.deactivated_at,
        *(column.label(role) for role, column in _FLAGS),
    )
    .where(Person.organisation_id == bindparam("organisation_id"), Person.left_at.is_(None))
    .order_by(Person.id)
)
_MEMBER = _MEMBERS.where(Person.id == bindparam("person_id"))
_ASSIGNMENTS = (
    select(Assignment.client_id, Assignment.care_team_id, Person.name)
    .join(Person, Person.id == Assignment.care_team_id)
    .where(Person.organisation_id == bindparam("organisation_id"), Assignment.ended_at.is_(None))
    .order_by(Person.id)
)
_ORGANISATION = select(Organisation.name, Organisation.country).where(Organisation.id == bindparam("id"))
_ADDRESSES = (
    select(func.count(), func.count(Endpoint.off_at))
    .join(Person, Person.id == Endpoint.person_id)
    .where(Person.organisation_id == bindparam("organisation_id"), Endpoint.channel == "email")
)
# A record about substance use changes nothing anywhere, not even a number.
_SENDING = (
    select(Delivery.state, func.count())
    .join(Person, Person.id == Delivery.person_id)
    .outerjoin(ReminderOccurrence, ReminderOccurrence.id == Delivery.occurrence_id)
    .outerjoin(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .outerjoin(ActionStep, ActionStep.id == Reminder.step_id)
    .where(
        PRIVATE.is_not(True),
        Person.organisation_id == bindparam("organisation_id"),
        Delivery.due_at >= bindparam("since"),
        Delivery.state.in_(("sent", "unknown", "failed")),
    )
    .group_by(Delivery.state)
)


def members(connection: Connection, organisation_id: int) -> tuple[Member, ...]:
    """List every account by name."""
    rows = connection.execute(_MEMBERS, {"organisation_id": organisation_id})
    return tuple(sorted((_member(row._mapping) for row in rows), key=lambda member: by_name(member.name)))


def member(connection: Connection, actor: Actor, ids: Mapping[str, int], now: datetime) -> Member | None:
    """One account of the actor's organisation (a loader for views/policies.py)."""
    found = {"organisation_id": actor.organisation_id, "person_id": ids["person_id"]}
    row = connection.execute(_MEMBER, found).one_or_none()
    return _member(row._mapping) if row else None


def assignments(connection: Connection, organisation_id: int) -> tuple[Working, ...]:
    """List who works with which client."""
    found = (Working(*row) for row in connection.execute(_ASSIGNMENTS, {"organisation_id": organisation_id}))
    return tuple(sorted(found, key=lambda one: by_name(one.name)))


def organisation(connection: Connection, organisation_id: int) -> OrganisationFacts:
    return OrganisationFacts(*connection.execute(_ORGANISATION, {"id": organisation_id}).one())


def sending(connection: Connection, organisation_id: int, now: datetime) -> Sending:
    """Count mail addresses, and what became of the messages of the last week. Two queries."""
    every, off = connection.execute(_ADDRESSES, {"organisation_id": organisation_id}).one()
    rows = connection.execute(_SENDING, {"organisation_id": organisation_id, "since": now - LATELY})
    states = {state: number for state, number in rows}
    return Sending(every - off, off, states.get("sent", 0), states.get("unknown", 0), states.get("failed", 0))


def _member(row: Any) -> Member:
    state = "deactivated" if row["deactivated_at"] else "active" if row["joined_at"] else "invited"
    return Member(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        roles=tuple(role for role, _ in _FLAGS if row[role]),
        discipline=row["discipline"],
        state=state,
    )
