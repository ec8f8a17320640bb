"""A supporter's promise on a step, and all that was said about it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of, partial_index


class Commitment(HasId, OfClient, Base):
    """One supporter is asked to take one step. `suggestion` is the change they would rather promise."""

    __tablename__ = "commitments"
    __table_args__ = (
        one_of("state", ("proposed", "accepted", "change_suggested", "declined", "active", "ended")),
        partial_index("uq_commitments_open", "step_id", "supporter_id", where="state <> 'ended'", unique=True),
    )

    step_id: Mapped[int] = mapped_column(ForeignKey("action_steps.id"), index=True)
    supporter_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[str] = mapped_column(default="proposed")
    suggestion: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CommitmentEvent(HasId, OfClient, Base):
    """What was said about a commitment, by whom and when. Only ever added to."""

    __tablename__ = "commitment_events"

    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id"), index=True)
    by_id: Mapped[PersonRef]
    at: Mapped[datetime]
    verb: Mapped[str]
    words: Mapped[str | None]
