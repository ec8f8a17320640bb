"""Accounts, what a client's record begins with, and who works with whom."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.deliveries import MailUse
from webapp.domain.first_run import Screen
from webapp.domain.sign_ins import LOCKS_AFTER
from webapp.models.base import Base, HasId, PersonRef, one_of, partial_index


class Organisation(HasId, Base):
    """The practice or clinic; its country decides which crisis lines are shown."""

    __tablename__ = "organisations"

    name: Mapped[str]
    country: Mapped[str]
    created_at: Mapped[datetime]


class Person(HasId, Base):
    """One account; it may hold several roles. A supporter may have no password.

    `email` is as typed; `email_key` is its folded form and is unique.
    `week_starts_on` is a weekday with Monday 0; `day_starts_at` an hour. `earlier_weeks` is how weeks started
    before, oldest first: [["2026-11-30", 0], ...], each a weekday and the first day on which it no longer held.

    `follow_up_after`: minutes after which an unanswered reminder is said once more; empty: never.
    `mail_use`: when a reminder comes by mail to somebody whose phone or other device is reached, and
    `mail_after` the minutes to wait for an answer there. `look_back`: a weekly look back is wanted;
    `digest`: a mail the evening before sessions; `plan_dates`: a mail when a review is near or steps end soon.
    `first_run` is the screen a new account is asked next; empty once all was answered or left out.
    `lock_after`: minutes away until a phone asks for the PIN; empty: never. `neutral_name`: Cairn goes by another name
    where others may look. `unsent_lost`: changes that a quick exit deleted from a phone, until that was said.
    `leaves_at` is when the account will be deleted, because its owner asked for it, or because nobody ever joined it.
    What stays then is the number and what domain/own_data.py says; `left_at` tells since when.
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("day_starts_at BETWEEN 0 AND 23", name="day_starts_at"),
        CheckConstraint("week_starts_on BETWEEN 0 AND 6", name="week_starts_on"),
        CheckConstraint("follow_up_after BETWEEN 5 AND 720", name="follow_up_after"),
        CheckConstraint("mail_after BETWEEN 5 AND 720", name="mail_after"),
        one_of("mail_use", tuple(MailUse)),
        one_of("first_run", tuple(Screen)),
        CheckConstraint(f"lock_after IN {LOCKS_AFTER}", name="lock_after"),
        # Each database knows a yes by its own spelling; the few who are to be told are found without all the rest.
        Index(
            "ix_people_digest",
            "time_zone",
            sqlite_where=text("digest = 1 AND is_care_team = 1"),
            postgresql_where=text("digest AND is_care_team"),
        ),
        partial_index("ix_people_leaves_at", "leaves_at", where="leaves_at IS NOT NULL"),
        Index(
            "ix_people_look_back",
            "time_zone",
            sqlite_where=text("look_back = 1"),
            postgresql_where=text("look_back"),
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    called: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    is_client: Mapped[bool] = mapped_column(default=False)
    is_supporter: Mapped[bool] = mapped_column(default=False)
    is_care_team: Mapped[bool] = mapped_column(default=False)
    is_admin: Mapped[bool] = mapped_column(default=False)
    discipline: Mapped[str | None]
    phone: Mapped[str | None]
    time_zone: Mapped[str] = mapped_column(default="America/New_York")
    language: Mapped[str] = mapped_column(default="en")
    day_starts_at: Mapped[int] = mapped_column(default=3)
    week_starts_on: Mapped[int] = mapped_column(default=0)
    earlier_weeks: Mapped[list[list[Any]]] = mapped_column(default=list)
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    follow_up_after: Mapped[int | None]
    mail_use: Mapped[str] = mapped_column(default="unreached")
    mail_after: Mapped[int] = mapped_column(default=60)
    look_back: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[bool] = mapped_column(default=True)
    plan_dates: Mapped[bool] = mapped_column(default=True)
    first_run: Mapped[str | None]
    pin_hash: Mapped[str | None]
    lock_after: Mapped[int | None]
    neutral_name: Mapped[bool] = mapped_column(default=False)
    unsent_lost: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    deactivated_at: Mapped[datetime | None]
    leaves_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]


class ClientInformation(Base):
    """What a plan says about the client beyond the account.

    `substance_use_history` is history and earlier treatment about substance use, kept apart from the rest of it.
    """

    __tablename__ = "client_information"

    client_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    born: Mapped[date | None]
    address: Mapped[str | None]
    stage_of_change: Mapped[str | None]
    cultural_preferences: Mapped[str | None]
    history: Mapped[str | None]
    earlier_treatment: Mapped[str | None]
    substance_use_history: Mapped[str | None]
    reasons_for_living: Mapped[str | None]


class Contact(HasId, Base):
    """Somebody the client can turn to: shown on *Help now* when there is a way to reach them.

    `emergency` marks the contacts the care team calls; `how` is the plan's own wording.
    """

    __tablename__ = "contacts"

    client_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    relation: Mapped[str | None]
    phone: Mapped[str | None]
    how: Mapped[str | None]
    emergency: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("care_plans.id"))
    facts: Mapped[dict[str, Any] | None]


class Assignment(HasId, Base):
    """A care-team member works with a client, from an instant until it is ended."""

    __tablename__ = "assignments"
    __table_args__ = (
        partial_index("uq_assignments_active", "care_team_id", "client_id", where="ended_at IS NULL", unique=True),
    )

    care_team_id: Mapped[PersonRef]
    client_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SupporterLink(HasId, Base):
    """A supporter belongs to a client's circle. Until the client confirmed them they see nothing at all."""

    __tablename__ = "supporter_links"
    __table_args__ = (UniqueConstraint("supporter_id", "client_id"),)

    supporter_id: Mapped[PersonRef]
    client_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    relation: Mapped[str | None]
    joined_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
