"""What shows, beside a password, who somebody is; and sign-ins that still wait for it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, HasId


class SecondFactor(Base):
    """What one person has for all passkeys and for the app that makes codes.

    `handle` is a random name by which passkeys know the person. `secret` is sealed with a key that is not in the
    database; `last_step` is the newest time step of which a code was used.
    """

    __tablename__ = "second_factors"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    handle: Mapped[bytes] = mapped_column(unique=True)
    secret: Mapped[bytes | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    added_at: Mapped[datetime | None]


class Passkey(HasId, Base):
    """A key that a person's device or key ring holds. We keep its public half and how often it says it was used."""

    __tablename__ = "passkeys"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    credential: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    uses: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(HasId, Base):
    """One of ten codes on paper; it works once. A new set takes the place of the old."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_person_id_code_hash", "person_id", "code_hash", unique=True),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UsedChallenge(Base):
    """What a passkey was asked to sign and signed; nobody gets in with the same again."""

    __tablename__ = "used_challenges"

    hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class HalfSignIn(HasId, Base):
    """Somebody has shown one thing and is to show, or set up, a second. It opens nothing else."""

    __tablename__ = "half_sign_ins"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ProofLink(HasId, Base):
    """A mailed link that lets nobody in: it says of one sign-in that its owner is there. Only a hash is kept."""

    __tablename__ = "proof_links"

    sign_in_id: Mapped[int] = mapped_column(ForeignKey("sign_ins.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
