"""Reminders, their occurrences, notices, and the ledger of tries to deliver them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.deliveries import Channel, DeliveryKind, DeliveryState
from webapp.domain.notices import NoticeKind
from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of, partial_index
from webapp.models.secret import Sealed

LEASED = "state IN ('claimed', 'sending')"


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
    """A reminder that came due, once: `occ_key` is its local date and slot.

    `answer` is what its owner said to it (the last word counts), be it in the message or on the page behind it.
    """

    __tablename__ = "reminder_occurrences"
    __table_args__ = (
        UniqueConstraint("reminder_id", "occ_key"),
        CheckConstraint("answer IN ('done', 'later', 'not_today')", name="answer"),
    )

    reminder_id: Mapped[int] = mapped_column(ForeignKey("reminders.id"))
    occ_key: Mapped[str]
    day: Mapped[date]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    zone: Mapped[str]
    state: Mapped[str] = mapped_column(default="due")
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class Notice(HasId, Base):
    """Something other than a reminder that one person is to be told, once: `key` says which one of its kind.

    `client_id` is whose record it is about, where it is about one. The text follows from the kind alone.
    """

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("person_id", "kind", "key"), one_of("kind", tuple(NoticeKind)))

    person_id: Mapped[PersonRef]
    client_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str]
    key: Mapped[str]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]


def _same_as_address(context: Any) -> str:
    address = context.get_current_parameters()["address"]
    return address.value if isinstance(address, Sealed) else address  # type: ignore[no-any-return]


class Endpoint(HasId, Base):
    """Where a person can be reached on one channel. Three refused mails in a row switch an address off.

    `address` is a mail address, the URL of a push subscription (`keys` holds its p256dh and auth), or an ntfy
    topic; by `address_key` it is found. `device` is how its owner knows it; `sign_in_id` the device signed in there
    when it was added. An endpoint that is gone for good keeps neither address nor keys, only its place in the ledger.
    A browser that people share belongs to one of them at a time.
    """

    __tablename__ = "endpoints"
    __table_args__ = (
        one_of("channel", tuple(Channel)),
        UniqueConstraint("person_id", "channel", "address_key", name="uq_endpoints_person_id_channel_address"),
        partial_index("uq_endpoints_push", "address_key", where="channel = 'push' AND off_at IS NULL", unique=True),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str]
    address_key: Mapped[str] = mapped_column(default=_same_as_address)
    address: Mapped[str]
    keys: Mapped[dict[str, Any] | None]
    device: Mapped[str | None]
    sign_in_id: Mapped[int | None] = mapped_column(ForeignKey("sign_ins.id", ondelete="SET NULL"), index=True)
    refused: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    off_at: Mapped[datetime | None]
    off_because: Mapped[str | None]


class Delivery(HasId, Base):
    """One try to deliver one occurrence or one notice at one endpoint; the row is the job, and the ledger.

    `seq` counts what is said again on the same endpoint: a follow-up, or the reminder after "later".
    `channel` is the endpoint's, so that each channel's senders find their work without a join.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "endpoint_id", "seq"),
        UniqueConstraint("notice_id", "endpoint_id", "seq"),
        CheckConstraint("(occurrence_id IS NULL) <> (notice_id IS NULL)", name="about"),
        one_of("channel", tuple(Channel)),
        one_of("kind", tuple(DeliveryKind)),
        one_of("state", tuple(DeliveryState)),
        partial_index("ix_deliveries_pending", "channel", "due_at", "id", where="state = 'pending'"),
        partial_index("ix_deliveries_leased", "lease_until", where=LEASED),
        Index("ix_deliveries_person_id_due_at", "person_id", "due_at"),
    )

    client_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    occurrence_id: Mapped[int | None] = mapped_column(ForeignKey("reminder_occurrences.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("endpoints.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str]
    kind: Mapped[str] = mapped_column(default="first")
    seq: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="pending")
    due_at: Mapped[datetime]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    because: Mapped[str | None]


class CalendarFeed(HasId, Base):
    """The secret address at which a calendar program reads somebody's dates; nobody has two. Only a hash is kept.

    Turning it off deletes the row. That the address was read is not written down: reading changes nothing.
    `plain_words`: the person chose that the entries say what they are about.
    """

    __tablename__ = "calendar_feeds"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    plain_words: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Heartbeat(Base):
    """When a background process was last seen alive."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


IS_LEASED = text(f"deliveries.{LEASED}")
"""Somebody is at it. In these very words, because SQLite finds a partial index by them."""
