"""Action steps, their versioned cadence, and pauses."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of, partial_index


class ActionStep(HasId, OfClient, Base):
    """A step of the plan. `text` is the plan's wording; `own_words` win on every screen of the client.

    `duration` keeps how the plan states its span ("for 12 to 16 weeks"); the dates it works out to
    stand in the cadence. `own` marks a step the client added.
    """

    __tablename__ = "action_steps"
    __table_args__ = (
        one_of("actor_kind", ("self", "natural_supporter", "professional")),
        one_of("status", ("active", "completed", "on_hold", "retired", "suggested")),
    )

    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plans.id"), index=True)
    goal_id: Mapped[int | None] = mapped_column(ForeignKey("goals.id"), index=True)
    actor_kind: Mapped[str]
    team_member_id: Mapped[int | None] = mapped_column(ForeignKey("team_members.id"), index=True)
    text: Mapped[str]
    own_words: Mapped[str | None]
    intervention: Mapped[str | None]
    purpose: Mapped[str | None]
    how_to: Mapped[str | None]
    cue: Mapped[str | None]
    smallest: Mapped[str | None]
    time_of_day: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    own: Mapped[bool] = mapped_column(default=False)
    substance_use: Mapped[bool] = mapped_column(default=False)
    duration: Mapped[dict[str, Any] | None]
    ref: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[PersonRef]
    created_at: Mapped[datetime]


class CadenceVersion(HasId, OfClient, Base):
    """How often a step is promised, from a day on; versions of a step never overlap.

    Fields as in domain.cadence.Cadence; weekdays are Monday 0; times "HH:MM" local; `valid_to` exclusive.
    `time_words` keeps a time of day as the plan worded it.
    """

    __tablename__ = "cadences"
    __table_args__ = (
        UniqueConstraint("step_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="span"),
        one_of("kind", ("target", "fixed", "once", "as_needed", "ongoing")),
        one_of("bound", ("at_least", "exactly", "at_most", "about")),
        partial_index("ix_cadences_valid_to", "valid_to", where="valid_to IS NOT NULL"),
    )

    step_id: Mapped[int] = mapped_column(ForeignKey("action_steps.id"))
    kind: Mapped[str]
    bound: Mapped[str] = mapped_column(default="at_least")
    target_min: Mapped[int | None]
    target_max: Mapped[int | None]
    per_unit: Mapped[str | None]
    interval: Mapped[int] = mapped_column(default=1)
    weekdays: Mapped[list[int]] = mapped_column(default=list)
    monthday: Mapped[int | None]
    nth: Mapped[int | None]
    times: Mapped[list[str]] = mapped_column(default=list)
    time_words: Mapped[str | None]
    minutes: Mapped[int | None]
    minutes_max: Mapped[int | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    anchor: Mapped[date]
    due: Mapped[date | None]
    tz_mode: Mapped[str] = mapped_column(default="floating")
    tz: Mapped[str | None]
    created_by_id: Mapped[PersonRef]
    created_at: Mapped[datetime]


class StepProgress(HasId, OfClient, Base):
    """A dated remark on a step in the plan itself (not a check-in)."""

    __tablename__ = "step_progress"

    step_id: Mapped[int] = mapped_column(ForeignKey("action_steps.id"), index=True)
    on: Mapped[date | None]
    text: Mapped[str]
    facts: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=0)


class Pause(HasId, OfClient, Base):
    """Days on which nothing is asked: of one step, or of everything (`step_id` empty). `ends_on` exclusive."""

    __tablename__ = "pauses"
    __table_args__ = (Index("ix_pauses_client_id_starts_on", "client_id", "starts_on"),)

    step_id: Mapped[int | None] = mapped_column(ForeignKey("action_steps.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]


class BadDay(HasId, OfClient, Base):
    """A day the client asked to be small and quiet."""

    __tablename__ = "bad_days"
    __table_args__ = (UniqueConstraint("client_id", "day"),)

    day: Mapped[date]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
