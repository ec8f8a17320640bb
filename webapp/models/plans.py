"""The living plan: goals, objectives, the team, and the lists that stand beside the steps."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of, partial_index


class CarePlan(HasId, OfClient, Base):
    """A client's plan. One is current (`ended_at` empty); `source` says where an imported one came from.

    `facts`, here and on the rows of a plan, keeps what a plan file said beyond the columns: interop/kept.py.
    """

    __tablename__ = "care_plans"
    __table_args__ = (
        partial_index("ix_care_plans_review_on", "review_on", where="ended_at IS NULL"),
        partial_index("ix_care_plans_ends_on", "ends_on", where="ended_at IS NULL"),
    )

    vision: Mapped[str | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    review_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    note: Mapped[str | None]
    source: Mapped[dict[str, Any] | None]
    facts: Mapped[dict[str, Any] | None]
    created_by_id: Mapped[PersonRef]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PlanLine(HasId, OfClient, Base):
    """One line of a list in the plan."""

    __tablename__ = "plan_lines"
    __table_args__ = (
        one_of("kind", ("strength", "preference", "concern", "crisis_step", "review")),
        Index("ix_plan_lines_plan_id_kind", "plan_id", "kind"),
    )

    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plans.id"))
    kind: Mapped[str]
    text: Mapped[str]
    on: Mapped[date | None]
    substance_use: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class TeamMember(HasId, OfClient, Base):
    """Somebody named in the plan, with or without an account (`person_id`)."""

    __tablename__ = "team_members"
    __table_args__ = (one_of("kind", ("professional", "natural_supporter")),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plans.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str | None]
    role: Mapped[str | None]
    relation: Mapped[str | None]
    ref: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=0)


class Support(HasId, OfClient, Base):
    """A part of the support system: family, friends, groups, community, hotlines."""

    __tablename__ = "supports"

    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plans.id"), index=True)
    name: Mapped[str | None]
    kind: Mapped[str | None]
    relation: Mapped[str | None]
    substance_use: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=0)


class Monitoring(HasId, OfClient, Base):
    """By which sign progress is judged, by whom, how often (in the plan's words)."""

    __tablename__ = "monitoring"

    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plans.id"), index=True)
    what: Mapped[str]
    who: Mapped[str | None]
    how_often: Mapped[str | None]
    substance_use: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=0)


class Goal(HasId, OfClient, Base):
    """A goal; `own_words` win over the plan's `statement` wherever the client reads it.

    `importance` and `confidence` run 0–10; `attainment_scale` is goal attainment scaling, "-2" to "2".
    """

    __tablename__ = "goals"
    __table_args__ = (one_of("status", ("active", "reached", "on_hold", "ended")),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plans.id"), index=True)
    statement: Mapped[str]
    own_words: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    priority: Mapped[str | None]
    target_date: Mapped[date | None]
    importance: Mapped[int | None]
    confidence: Mapped[int | None]
    attainment_scale: Mapped[dict[str, Any] | None]
    substance_use: Mapped[bool] = mapped_column(default=False)
    ref: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=0)


class Objective(HasId, OfClient, Base):
    """A measurable part of a goal; `by` is in the plan's words."""

    __tablename__ = "objectives"

    goal_id: Mapped[int] = mapped_column(ForeignKey("goals.id"), index=True)
    statement: Mapped[str]
    by: Mapped[str | None]
    measure: Mapped[str | None]
    ref: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=0)


class PlanChange(HasId, OfClient, Base):
    """Who changed what in a plan, when and why, and what it was before. Only ever added to.

    What became about substance use since is marked so, from its first change on.
    """

    __tablename__ = "plan_changes"
    __table_args__ = (Index("ix_plan_changes_client_id_at", "client_id", "at"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plans.id"))
    by_id: Mapped[PersonRef]
    at: Mapped[datetime]
    noun: Mapped[str]
    noun_id: Mapped[int | None]
    what: Mapped[str]
    why: Mapped[str | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    substance_use: Mapped[bool] = mapped_column(default=False)
