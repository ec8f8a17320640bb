"""What phones sent, so that the same again has no second effect."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.ops import OpKind
from webapp.models.base import Base, HasId, Id, one_of


class Op(HasId, Base):
    """One thing that was tapped, written in the transaction that does it, and put away after 90 days.

    `item` is what it is about ("day-2026-11-26"); of two about the same the newer `at` wins (see domain/ops.py) and
    the older is `superseded`. `taken_back`: so was it, perhaps before it arrived; then it is not done when it does.
    `row_id` is the check-in that it made or found, `answer` what else was answered.
    """

    __tablename__ = "ops"
    __table_args__ = (
        UniqueConstraint("person_id", "op_id"),
        one_of("kind", tuple(OpKind)),
        Index("ix_ops_person_id_item", "person_id", "item"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    op_id: Mapped[str]
    kind: Mapped[str]
    item: Mapped[str]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    superseded: Mapped[bool] = mapped_column(default=False)
    taken_back: Mapped[bool] = mapped_column(default=False)
    row_id: Mapped[int | None] = mapped_column(Id)
    answer: Mapped[dict[str, Any] | None]
