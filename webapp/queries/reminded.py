"""One reminder that came due, for the page on which its owner answers it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from webapp.domain.cadence import Kind, version_on
from webapp.domain.check_ins import marks
from webapp.domain.commitments import IN_FORCE
from webapp.domain.last_look import Left, counted_from, day_meant, left_to_say, slot_meant
from webapp.domain.occurrences import slots_of
from webapp.domain.people import Actor
from webapp.domain.wall_time import local_day
from webapp.models import ActionStep, Commitment, Person, Reminder, ReminderOccurrence, SupporterLink
from webapp.models.base import Id
from webapp.queries import check_ins, reminders
from webapp.queries.access import Ids
from webapp.queries.steps import WORDS

_OWN: Select[*tuple[Any, ...]] = (
    select(
        ReminderOccurrence.id,
        ReminderOccurrence.reminder_id,
        ReminderOccurrence.day,
        ReminderOccurrence.due_at,
        ReminderOccurrence.expires_at,
        ReminderOccurrence.answer,
        ReminderOccurrence.answered_at,
        Reminder.person_id,
        Reminder.client_id,
        Reminder.step_id,
        Reminder.grace_minutes,
        ActionStep.status,
        WORDS.label("words"),
        Person.called,
        Person.time_zone,
        Person.day_starts_at,
        Commitment.id.label("commitment_id"),
    )
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(Person, Person.id == Reminder.client_id)
    .outerjoin(
        Commitment,
        (Commitment.step_id == Reminder.step_id)
        & (Commitment.supporter_id == Reminder.person_id)
        & Commitment.state.in_(IN_FORCE),
    )
    .outerjoin(
        SupporterLink,
        (SupporterLink.client_id == Reminder.client_id)
        & (SupporterLink.supporter_id == Reminder.person_id)
        & SupporterLink.ended_at.is_(None),
    )
    .where(
        ReminderOccurrence.id == bindparam("occurrence_id", type_=Id),
        ReminderOccurrence.state == "due",
        Reminder.person_id == bindparam("person_id", type_=Id),
        or_(Reminder.client_id == Reminder.person_id, and_(Commitment.id.is_not(None), SupporterLink.id.is_not(None))),
    )
)


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that came due. `day` and `slot` are what it is about, `called` is the client where it is a promise.

    `left` tells what it still has to say; `ended` that its step is no longer in use. `next_at` is when the same
    reminder is due again. Instants are aware UTC.
    """

    id: int
    person_id: int
    client_id: int
    step_id: int
    commitment_id: int | None
    words: str
    called: str | None
    day: date
    slot: str
    due_at: datetime
    expires_at: datetime
    grace: timedelta
    next_at: datetime | None
    answer: str | None
    answered_at: datetime | None
    left: Left
    ended: bool


def own(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> Reminded | None:
    """A reminder of the actor's own that came due, while its step is theirs to see. Five queries."""
    row = connection.execute(_OWN, {"occurrence_id": ids["occurrence_id"], "person_id": actor.id}).one_or_none()
    if row is None:
        return None
    (basis,) = reminders.bases(connection, [row.reminder_id], now)
    then = local_day(row.due_at, row.time_zone, row.day_starts_at)
    day = day_meant(basis.versions, row.day, then)
    version = version_on(basis.versions, day)
    first = counted_from(basis.versions, day, basis.week_start)
    said = check_ins.of_steps_since(connection, {row.step_id: first}).get(row.step_id, [])
    told = marks(said, basis.versions)
    return Reminded(
        id=row.id,
        person_id=row.person_id,
        client_id=row.client_id,
        step_id=row.step_id,
        commitment_id=row.commitment_id,
        words=row.words,
        called=None if row.client_id == row.person_id else row.called,
        day=day,
        slot=slot_meant(slots_of(version), basis.at) if version and version.kind is Kind.FIXED else "",
        due_at=row.due_at,
        expires_at=row.expires_at,
        grace=timedelta(minutes=row.grace_minutes),
        next_at=basis.next_at,
        answer=row.answer,
        answered_at=row.answered_at,
        left=left_to_say(basis.versions, basis.pauses, told, day, basis.today, basis.at, basis.week_start),
        ended=row.status != "active",
    )
