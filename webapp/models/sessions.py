"""Appointments, and what the client wants to talk about in them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of


class Session(HasId, OfClient, Base):
    """An appointment of a client with a care-team member. "Since last session" counts from the last held one."""

    __tablename__ = "sessions"
    __table_args__ = (
        one_of("status", ("planned", "held", "cancelled")),
        Index("ix_sessions_care_team_id_starts_at", "care_team_id", "starts_at"),
        Index("ix_sessions_client_id_starts_at", "client_id", "starts_at"),
    )

    care_team_id: Mapped[PersonRef]
    starts_at: Mapped[datetime]
    minutes: Mapped[int] = mapped_column(default=50)
    status: Mapped[str] = mapped_column(default="planned")
    place: Mapped[str | None]
    created_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]


class AgendaItem(HasId, OfClient, Base):
    """Something the client wants to talk about next time."""

    __tablename__ = "agenda_items"

    text: Mapped[str]
    substance_use: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
