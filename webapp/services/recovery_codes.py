"""Ten codes on paper for the day the phone is gone. Each works once; only hashes are kept."""

import secrets
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from webapp.domain.second_factor import ALPHABET, GROUP, GROUPS, MANY, grouped, read_recovery_code
from webapp.models import RecoveryCode
from webapp.services.tokens import token_hash


def renew(session: Session, person_id: int, now: datetime) -> tuple[str, ...]:
    """Make a new set, to be shown this once; every code of the old one ends."""
    made = tuple("".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)) for _ in range(MANY))
    keep(session, person_id, made, now)
    return tuple(grouped(signs) for signs in made)


def keep(session: Session, person_id: int, codes: tuple[str, ...], now: datetime) -> None:
    """Keep these codes, and no others, as a person's set."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    for code in codes:
        session.add(RecoveryCode(person_id=person_id, code_hash=_hash(person_id, code), created_at=now))
    session.flush()


def first(session: Session, person_id: int, now: datetime) -> tuple[str, ...]:
    """Make a set for somebody who has no code left, else none: the codes on their paper still work."""
    left = exists().where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return () if session.scalar(select(left)) else renew(session, person_id, now)


def use(session: Session, person_id: int, typed: str, now: datetime) -> bool:
    """Use a code up, and tell whether it was good. Of the same code twice at once, one counts."""
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_hash == _hash(person_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    return session.execute(used).scalar_one_or_none() is not None


def _hash(person_id: int, code: str) -> str:
    return token_hash(f"recovery code {person_id} {read_recovery_code(code)}")
