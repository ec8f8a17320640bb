"""What people say happened."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of, partial_index


class CheckIn(HasId, OfClient, Base):
    """A record on a step for a local date, by the client or by the supporter whose promise it is.

    `op_id` is a UUID made on the device: the same tick sent twice is one row. `slot` is the "HH:MM"
    of a timed occurrence, else "". Undoing keeps the row. A supporter's "it moved" is `not_today`
    with `moved_to`. `at` is when it was tapped, or when the same was said last. `seq` counts, on dated steps only,
    what the same person said before about the same slot: two devices at the same moment can't both say it.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        UniqueConstraint("by_id", "op_id"),
        one_of("outcome", ("done", "some", "not_today")),
        Index("ix_check_ins_step_id_day", "step_id", "day"),
        Index("ix_check_ins_client_id_day", "client_id", "day"),
        partial_index(
            "uq_check_ins_dated", "step_id", "by_id", "day", "slot", "seq", where="seq IS NOT NULL", unique=True
        ),
    )

    step_id: Mapped[int] = mapped_column(ForeignKey("action_steps.id"))
    by_id: Mapped[PersonRef]
    op_id: Mapped[str]
    day: Mapped[date]
    slot: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    moved_to: Mapped[date | None]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    seq: Mapped[int | None]
