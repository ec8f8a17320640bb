"""Reminders, their occurrences, and the ledger of tries to deliver them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, OfClient, one_of, partial_index

DELIVERY_STATES = ("pending", "claimed", "sending", "sent", "unknown", "failed", "cancelled", "suppressed")


class Reminder(HasId, OfClient, Base):
    """One local time of day at which one person is reminded of one step. `next_at` is empty when it rests."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("step_id", "person_id", "at_time"),
        partial_index("ix_reminders_next_at", "next_at", where="next_at IS NOT NULL"),
    )

    step_id: Mapped[int] = mapped_column(ForeignKey("action_steps.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    at_time: Mapped[str]
    next_at: Mapped[datetime | None]
    next_day: Mapped[date | None]
    zone: Mapped[str]
    grace_minutes: Mapped[int] = mapped_column(default=120)
    even_when_quiet: Mapped[bool] = mapped_column(default=False)
    plain_words: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ReminderOccurrence(HasId, OfClient, Base):
    """A reminder that came due, once: `occ_key` is its local date and slot."""

    __tablename__ = "reminder_occurrences"
    __table_args__ = (UniqueConstraint("reminder_id", "occ_key"),)

    reminder_id: Mapped[int] = mapped_column(ForeignKey("reminders.id"))
    occ_key: Mapped[str]
    day: Mapped[date]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    zone: Mapped[str]
    state: Mapped[str] = mapped_column(default="due")


class Endpoint(HasId, Base):
    """Where a person can be reached on one channel. Three refused mails in a row switch an address off."""

    __tablename__ = "endpoints"
    __table_args__ = (one_of("channel", ("email",)), UniqueConstraint("person_id", "channel", "address"))

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str]
    address: Mapped[str]
    refused: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    off_at: Mapped[datetime | None]
    off_because: Mapped[str | None]


class Delivery(HasId, OfClient, Base):
    """One try to deliver one occurrence at one endpoint; the row is the job, and the ledger."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "endpoint_id", "seq"),
        one_of("state", DELIVERY_STATES),
        Index("ix_deliveries_state_due_at", "state", "due_at"),
        Index("ix_deliveries_person_id_due_at", "person_id", "due_at"),
    )

    occurrence_id: Mapped[int] = mapped_column(ForeignKey("reminder_occurrences.id"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("endpoints.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    seq: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="pending")
    due_at: Mapped[datetime]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    because: Mapped[str | None]


class Heartbeat(Base):
    """When a background process was last seen alive."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
