"""Who looked, in a chain for each client, and which accounts were deleted."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, OfClient


class Look(HasId, OfClient, Base):
    """Somebody else looked at a client's record. Only ever added to: triggers refuse the rest (migration 0008).

    `seq` counts a client's looks from 1, `mac` seals the row and the one before it (domain/looks.py). `by_id` is
    empty for whoever runs the server.
    """

    __tablename__ = "looks"
    __table_args__ = (UniqueConstraint("client_id", "seq"), Index("ix_looks_client_id_at", "client_id", "at"))

    seq: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    page: Mapped[str]
    mac: Mapped[str]


class LookChain(Base):
    """Where the chain of looks at somebody's record ends. Made with the account, moved on with each look: by triggers.

    Its row is what those wait for who look at the same record at the same moment.
    """

    __tablename__ = "look_chains"

    client_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    mac: Mapped[str] = mapped_column(default="")


class Departure(Base):
    """An account that was deleted: its number, when, and where its chain of looks ended, sealed.

    Its row is what lets the looks of a deleted account go, and nothing else does.
    """

    __tablename__ = "departures"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    left_at: Mapped[datetime]
    seq: Mapped[int]
    head: Mapped[str]
    mac: Mapped[str]
