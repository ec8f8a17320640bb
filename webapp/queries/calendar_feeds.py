"""Calendar feeds: whose an address is, and what stands in their calendar."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from webapp.domain.cadence import Cadence
from webapp.domain.pauses import Pause
from webapp.domain.weeks import Weeks
from webapp.models import ActionStep, CalendarFeed, CarePlan, Commitment, Person
from webapp.models import Session as Appointment
from webapp.models.base import Id
from webapp.queries import cadences, weeks
from webapp.queries.access import belongs, promise
from webapp.queries.privacy import is_told_to, may_know
from webapp.queries.steps import WORDS


@dataclass(frozen=True, slots=True)
class Standing:
    """An address that is in use, as its owner is told of it."""

    token_hash: str
    plain_words: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose dates an address shows. `neutral_name`: by another name than Cairn."""

    person_id: int
    time_zone: str
    language: str
    neutral_name: bool
    plain_words: bool


@dataclass(frozen=True, slots=True)
class Dated:
    """A step that the reader takes or promised to take. The weeks and the pauses are its client's.

    `by_law`: its words need a notice that a calendar does not carry.
    """

    step_id: int
    words: str
    by_law: bool
    week_start: Weeks
    versions: tuple[Cadence, ...]
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment of the reader's with their care team."""

    id: int
    starts_at: datetime
    minutes: int


_STANDING = select(CalendarFeed.token_hash, CalendarFeed.plain_words, CalendarFeed.created_at).where(
    CalendarFeed.person_id == bindparam("person_id")
)
_READER = (
    select(CalendarFeed.person_id, Person.time_zone, Person.language, Person.neutral_name, CalendarFeed.plain_words)
    .join(Person, Person.id == CalendarFeed.person_id)
    .where(CalendarFeed.token_hash == bindparam("token_hash"), Person.deactivated_at.is_(None))
)
_BY_LAW = is_told_to(bindparam("person_id", type_=Id))
_IN_USE: Select[*tuple[Any, ...]] = (
    select(ActionStep.id, ActionStep.client_id, WORDS.label("words"), _BY_LAW.label("by_law"), *weeks.COLUMNS)
    .join(CarePlan, CarePlan.id == ActionStep.plan_id)
    .join(Person, Person.id == ActionStep.client_id)
    .where(ActionStep.status == "active", CarePlan.ended_at.is_(None), Person.deactivated_at.is_(None))
)
_OWN = _IN_USE.where(ActionStep.client_id == bindparam("person_id"), ActionStep.actor_kind == "self")
# What was promised stands there while the promise does and its giver belongs to the circle and may know of it.
_PROMISED = _IN_USE.join(Commitment, promise(ActionStep.id, bindparam("person_id"))).where(
    belongs(ActionStep.client_id, Commitment.supporter_id), may_know(Commitment.supporter_id)
)
_STEPS = _OWN.union_all(_PROMISED)
_MEETINGS = (
    select(Appointment.id, Appointment.starts_at, Appointment.minutes)
    .where(
        Appointment.client_id == bindparam("person_id"),
        Appointment.status != "cancelled",
        Appointment.starts_at >= bindparam("since"),
        Appointment.starts_at < bindparam("until"),
    )
    .order_by(Appointment.starts_at, Appointment.id)
)


def standing(connection: Connection, person_id: int) -> Standing | None:
    """The address somebody has, if they have one. One query."""
    row = connection.execute(_STANDING, {"person_id": person_id}).one_or_none()
    return Standing(*row) if row else None


def reader(connection: Connection, token_hash: str) -> Reader | None:
    """Whose address this is; None when it is nobody's (any more), or its owner's account is closed. One query."""
    row = connection.execute(_READER, {"token_hash": token_hash}).one_or_none()
    return Reader(*row) if row else None


def steps(connection: Connection, person_id: int, now: datetime) -> tuple[Dated, ...]:
    """What somebody takes, and what they promised to others, in a fixed order. Two queries, and one per client."""
    rows = sorted(connection.execute(_STEPS, {"person_id": person_id, "now": now}), key=lambda row: row.id)
    versions = cadences.of_steps(connection, [row.id for row in rows]) if rows else {}
    pauses = {client: cadences.pauses(connection, client) for client in {row.client_id for row in rows}}
    return tuple(
        Dated(
            row.id,
            row.words,
            row.by_law,
            weeks.from_columns(row.week_starts_on, row.earlier_weeks),
            versions.get(row.id, ()),
            pauses[row.client_id].of(row.id),
        )
        for row in rows
    )


def meetings(connection: Connection, person_id: int, since: datetime, until: datetime) -> tuple[Meeting, ...]:
    """Somebody's appointments from `since` up to `until` that were not cancelled. One query."""
    parameters = {"person_id": person_id, "since": since, "until": until}
    return tuple(Meeting(*row) for row in connection.execute(_MEETINGS, parameters))
