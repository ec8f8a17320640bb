"""Who may see what."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.sharing import Scope
from webapp.models.base import Base, HasId, OfClient, PersonRef, one_of, partial_index


class SharingGrant(HasId, OfClient, Base):
    """The client lets one named person see one kind of record, until withdrawn or `ends_at`.

    With `new_steps` it is about all steps but `steps`, also those yet to come; without it only about `steps` (ids).
    `consent` are the elements that were signed, of a grant about substance use (domain.sharing.Consent).
    """

    __tablename__ = "sharing_grants"
    __table_args__ = (
        one_of("scope", tuple(Scope)),
        partial_index(
            "uq_sharing_grants_open",
            "client_id",
            "person_id",
            "scope",
            where="withdrawn_at IS NULL",
            unique=True,
        ),
        partial_index("ix_sharing_grants_ends_at", "ends_at", where="withdrawn_at IS NULL AND ends_at IS NOT NULL"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    scope: Mapped[str]
    purpose: Mapped[str | None]
    new_steps: Mapped[bool] = mapped_column(default=True)
    steps: Mapped[list[int]] = mapped_column(default=list)
    consent: Mapped[dict[str, Any] | None]
    granted_by_id: Mapped[PersonRef]
    granted_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
