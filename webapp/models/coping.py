"""What helps, when to use it, and each use."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.coping import MOMENTS
from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of


class CopingStrategy(HasId, OfClient, Base):
    """Something that helps this person. `use_when` is the moment it is for; `cue` the plan's own words for it.

    `plan_id`, here and on signs and contacts: the plan that brought it; empty, it was added since.
    """

    __tablename__ = "coping_strategies"
    __table_args__ = (one_of("use_when", MOMENTS),)

    text: Mapped[str]
    category: Mapped[str | None]
    use_when: Mapped[str] = mapped_column(default="everyday")
    cue: Mapped[str | None]
    how_to: Mapped[str | None]
    own: Mapped[bool] = mapped_column(default=False)
    substance_use: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[PersonRef]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("care_plans.id"))
    facts: Mapped[dict[str, Any] | None]


class Sign(HasId, OfClient, Base):
    """A trigger or a warning sign, in words the person knows it by."""

    __tablename__ = "signs"
    __table_args__ = (one_of("kind", ("trigger", "warning_sign")),)

    kind: Mapped[str]
    text: Mapped[str]
    substance_use: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("care_plans.id"))


class StrategySign(Base):
    """This strategy helps with that trigger or warning sign."""

    __tablename__ = "strategy_signs"

    strategy_id: Mapped[int] = mapped_column(ForeignKey("coping_strategies.id"), primary_key=True)
    sign_id: Mapped[int] = mapped_column(ForeignKey("signs.id"), primary_key=True)


class CopingUse(HasId, OfClient, Base):
    """One use of a strategy: distress 0–10 before and after, and whether it helped."""

    __tablename__ = "coping_uses"
    __table_args__ = (
        UniqueConstraint("client_id", "op_id"),
        CheckConstraint("before BETWEEN 0 AND 10", name="before"),
        CheckConstraint("after BETWEEN 0 AND 10", name="after"),
        CheckConstraint("helped IN ('yes', 'a_little', 'no')", name="helped"),
        Index("ix_coping_uses_client_id_at", "client_id", "at"),
    )

    strategy_id: Mapped[int] = mapped_column(ForeignKey("coping_strategies.id"), index=True)
    op_id: Mapped[str]
    at: Mapped[datetime]
    day: Mapped[date]
    before: Mapped[int | None]
    after: Mapped[int | None]
    helped: Mapped[str | None]
    note: Mapped[str | None]
    ended_at: Mapped[datetime | None]
