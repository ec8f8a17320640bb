"""Deliveries: what is true at the moment of sending, and the ledger their owner reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, or_, select
from sqlalchemy.orm import aliased

from webapp.domain.check_ins import marks
from webapp.domain.deliveries import SendFacts
from webapp.domain.last_look import counted_from, day_meant, left_to_say
from webapp.models import (
    ActionStep,
    BadDay,
    Delivery,
    Endpoint,
    Person,
    Reminder,
    ReminderOccurrence,
)
from webapp.queries import check_ins, reminders
from webapp.queries.steps import WORDS

_DUE = select(Delivery.id).where(Delivery.state == "pending", Delivery.due_at <= bindparam("now")).limit(1)
_OVERDUE_LEASE = (
    select(Delivery.id)
    .where(Delivery.state.in_(("claimed", "sending")), Delivery.lease_until < bindparam("now"))
    .limit(1)
)
_DUE_REMINDER = select(Reminder.id).where(Reminder.next_at <= bindparam("now"), Reminder.ended_at.is_(None)).limit(1)


@dataclass(frozen=True, slots=True)
class ToSend:
    """One claimed delivery: the facts for the verdict, and what a message needs.

    `own`: it is about a step of the reader's own plan, not about a promise. `words` are the step's own, to
    be used only where the person chose plain wording (`plain_words`).
    """

    id: int
    reminder_id: int
    occurrence_id: int
    endpoint_id: int
    channel: str
    address: str
    language: str
    own: bool
    words: str
    plain_words: bool
    attempts: int
    message_id: str | None
    expires_at: datetime
    facts: SendFacts


_TO_SEND = (
    select(
        Delivery.id,
        Delivery.client_id,
        Delivery.person_id,
        Delivery.occurrence_id,
        Delivery.endpoint_id,
        Delivery.attempts,
        Delivery.message_id,
        ReminderOccurrence.reminder_id,
        ReminderOccurrence.day,
        ReminderOccurrence.expires_at,
        ReminderOccurrence.zone,
        Reminder.step_id,
        Reminder.plain_words,
        Reminder.ended_at,
        WORDS.label("words"),
        ActionStep.status,
        Endpoint.channel,
        Endpoint.address,
        Endpoint.off_at,
        Person.language,
        BadDay.id.label("bad_day"),
    )
    .join(ReminderOccurrence, ReminderOccurrence.id == Delivery.occurrence_id)
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    .join(Person, Person.id == Delivery.person_id)
    .outerjoin(
        BadDay,
        (BadDay.client_id == Delivery.client_id)
        & (BadDay.client_id == Delivery.person_id)
        & (BadDay.day == bindparam("today"))
        & BadDay.ended_at.is_(None),
    )
    .where(Delivery.id == bindparam("delivery_id"))
)
_REMINDER_OF = (
    select(ReminderOccurrence.reminder_id)
    .join(Delivery, Delivery.occurrence_id == ReminderOccurrence.id)
    .where(Delivery.id == bindparam("delivery_id"))
)


def work_waits(connection: Connection, now: datetime) -> tuple[bool, bool, bool]:
    """Say whether reminders are due, deliveries are due, and leases have run out. Three look-ups in indexes."""
    reminder, delivery, lease = (
        connection.execute(statement, {"now": now}).first() is not None
        for statement in (_DUE_REMINDER, _DUE, _OVERDUE_LEASE)
    )
    return reminder, delivery, lease


def to_send(connection: Connection, delivery_id: int, now: datetime) -> ToSend:
    """Look once more at everything that may speak against sending. Six queries."""
    reminder_id = connection.execute(_REMINDER_OF, {"delivery_id": delivery_id}).scalar_one()
    (basis,) = reminders.bases(connection, [reminder_id], now)
    row = connection.execute(_TO_SEND, {"delivery_id": delivery_id, "today": basis.today}).one()
    day = day_meant(basis.versions, row.day, basis.today)
    first = counted_from(basis.versions, day, basis.week_start)
    said = check_ins.of_step_since(connection, row.step_id, first or day, whole_record=first is None)
    left = left_to_say(
        basis.versions,
        basis.pauses,
        marks(said, basis.versions),
        day,
        basis.today,
        basis.at,
        basis.week_start,
    )
    facts = SendFacts(
        now=now,
        expires_at=row.expires_at,
        zone=row.zone,
        zone_now=basis.zone_now,
        done=left.done,
        quota_met=left.quota_met,
        paused=left.paused or row.bad_day is not None or row.status == "on_hold",
        ended=left.ended or row.ended_at is not None or row.status not in ("active", "on_hold"),
        endpoint_on=row.off_at is None,
        granted=basis.allowed or row.status != "active",
        quiet=basis.quiet,
        even_when_quiet=basis.even_when_quiet,
    )
    return ToSend(
        id=row.id,
        reminder_id=row.reminder_id,
        occurrence_id=row.occurrence_id,
        endpoint_id=row.endpoint_id,
        channel=row.channel,
        address=row.address,
        language=row.language,
        own=row.person_id == row.client_id,
        words=row.words,
        plain_words=row.plain_words,
        attempts=row.attempts,
        message_id=row.message_id,
        expires_at=row.expires_at,
        facts=facts,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger: a reminder that was due, and what became of it.

    `words` are the step's; None for a promise that ended, whose words are no longer the reader's to see.
    `state` is the delivery's, or "expired" where nothing was even tried. `because` is a verdict, "address_off",
    or what the mail server said. `called` is the client's name where the step is a promise to somebody else.
    """

    due_at: datetime
    words: str | None
    called: str | None
    channel: str | None
    address: str | None
    state: str
    because: str | None
    sent_at: datetime | None


_CLIENT = aliased(Person)
_LEDGER = (
    select(
        ReminderOccurrence.due_at,
        case(
            (
                or_(Reminder.client_id == Reminder.person_id, reminders.STILL_PROMISED),
                WORDS,
            ),
        ).label("words"),
        _CLIENT.called,
        Reminder.client_id,
        Endpoint.channel,
        Endpoint.address,
        Delivery.state,
        Delivery.because,
        Delivery.sent_at,
    )
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(_CLIENT, _CLIENT.id == Reminder.client_id)
    .outerjoin(Delivery, Delivery.occurrence_id == ReminderOccurrence.id)
    .outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)
    .where(Reminder.person_id == bindparam("person_id"), ReminderOccurrence.due_at >= bindparam("since"))
    .order_by(ReminderOccurrence.due_at.desc(), ReminderOccurrence.id.desc(), Delivery.seq.desc())
    .limit(bindparam("most"))
)
SHOWN = timedelta(days=60)


def ledger(connection: Connection, person_id: int, now: datetime, most: int = 60) -> tuple[Line, ...]:
    """What became of somebody's reminders in the last two months, newest first. One query."""
    rows = connection.execute(_LEDGER, {"person_id": person_id, "since": now - SHOWN, "most": most})
    return tuple(
        Line(
            due_at=row.due_at,
            words=row.words,
            called=None if row.client_id == person_id else row.called,
            channel=row.channel,
            address=row.address,
            state=row.state or "expired",
            because=row.because,
            sent_at=row.sent_at,
        )
        for row in rows
        if row.because != "rekeyed"
    )
