"""Signing in: sessions as rows, links and invitations by mail, and the throttle."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId, PersonRef, one_of


class SignIn(HasId, Base):
    """One device signed in. Only a hash of its token is kept; an ended row lets nobody in.

    `both`: two things were shown, or a passkey, which is two; without it a row lets in no care team and no admin.
    `proved_at`: when its owner last showed that it is they.
    `seen_at` is when it was last used, to the minute; empty: not since it began. `locked_at` was set by hand, or by
    the page that nobody used for a while. `wrong_pins` counts those in a row.
    """

    __tablename__ = "sign_ins"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    both: Mapped[bool] = mapped_column(default=False)
    proved_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    borrowed: Mapped[bool] = mapped_column(default=False)
    locked_at: Mapped[datetime | None]
    wrong_pins: Mapped[int] = mapped_column(default=0)


class SignInLink(HasId, Base):
    """A mailed link that signs a supporter in once; opening it changes nothing, a button does."""

    __tablename__ = "sign_in_links"

    person_id: Mapped[PersonRef]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitation(HasId, Base):
    """An invitation by mail, good once and for 7 days. `person_id` is the account it opens.

    `name` and `email` are as the inviter wrote them: whoever invites is not told what an account
    that was there before says about itself.
    """

    __tablename__ = "invitations"
    __table_args__ = (one_of("role", ("client", "supporter", "care_team", "admin")),)

    role: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    email: Mapped[str]
    relation: Mapped[str | None]
    message: Mapped[str | None]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by_id: Mapped[PersonRef]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Throttle(Base):
    """Unsuccessful sign-ins of one account or one address; `key` is a keyed hash, never the thing itself."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    since: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
