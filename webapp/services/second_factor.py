"""Codes of an app: set one up, use a code, take it away."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial

import pyotp
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain import second_factor
from webapp.domain.people import Role
from webapp.models import Passkey, Person, RecoveryCode, SecondFactor
from webapp.models.base import insert_into
from webapp.queries import second_factor as queries
from webapp.services import sealing, sign_ins
from webapp.services.passwords import email_key
from webapp.services.tokens import new_handle

OFFER_LASTS = timedelta(hours=1)
KEPT, OFFERED = "code app", "code app offered"


class OfferOver(Exception):
    """The secret on the page is too old, or was not made for this person; another has to be shown."""


class WrongCode(Exception):
    """The code is not the one of the moment, or was used already."""


class LastOne(Exception):
    """Care team and admin keep at least one."""


def offer(key: str, person_id: int, now: datetime) -> str:
    """Make a secret to show to a person, sealed so that it can travel in the form and come back as it was."""
    plain = f"{int((now + OFFER_LASTS).timestamp())} {pyotp.random_base32()}"
    return urlsafe_b64encode(sealing.seal(key, OFFERED, person_id, plain.encode())).decode()


def offered_secret(key: str, person_id: int, offered: str, now: datetime) -> str:
    """Read the secret (base32) out of what `offer` made. Raises OfferOver."""
    try:
        sealed = urlsafe_b64decode(offered.encode("ascii"))
        until, secret = sealing.unseal(key, OFFERED, person_id, sealed).decode().split()
    except (sealing.Broken, ValueError) as error:
        raise OfferOver from error
    if now.timestamp() >= int(until):
        raise OfferOver
    return secret


def address_of(secret: str, email: str) -> str:
    """Write the address that apps for codes read from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Cairn")


def set_up(session: Session, key: str, person_id: int, offered: str, typed: str, now: datetime) -> None:
    """Keep the offered secret once its app shows the right code, which is used with that; it replaces another.

    Raises OfferOver, WrongCode.
    """
    secret = offered_secret(key, person_id, offered, now)
    step = second_factor.accepted_step(typed, _codes(secret), None, now)
    if step is None:
        raise WrongCode
    keep(session, key, person_id, secret, step, now)


def keep(session: Session, key: str, person_id: int, secret: str, step: int | None, now: datetime) -> None:
    """Keep a secret (base32), sealed; the code of `step`, and those before it, count no more."""
    row = own_row(session, person_id)
    row.secret = sealing.seal(key, KEPT, person_id, secret.encode())
    row.last_step, row.added_at = step, now
    session.flush()


def use_code(session: Session, key: str, person_id: int, typed: str, now: datetime) -> bool:
    """Use a code up, and tell whether it was right. Of the same code twice at once, one counts."""
    row = session.get(SecondFactor, person_id, with_for_update=True)
    if row is None or row.secret is None:
        return False
    try:
        secret = sealing.unseal(key, KEPT, person_id, row.secret).decode()
    except sealing.Broken:  # the app's key is another than it was: a recovery code still helps
        return False
    step = second_factor.accepted_step(typed, _codes(secret), row.last_step, now)
    if step is None:
        return False
    earlier = or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step)
    used = update(SecondFactor).where(SecondFactor.person_id == person_id, earlier).values(last_step=step)
    return session.execute(used.returning(SecondFactor.person_id)).scalar_one_or_none() is not None


def remove(session: Session, person_id: int, roles: Collection[Role]) -> None:
    """Forget a person's app for codes. Raises LastOne."""
    row = own_row(session, person_id)
    if row.secret is not None and not second_factor.may_go(
        roles, queries.many_passkeys(session.connection(), person_id)
    ):
        raise LastOne
    row.secret = row.last_step = row.added_at = None
    session.flush()


def forget_all(session: Session, email: str, now: datetime) -> bool:
    """Forget all that the owner of an address shows beside a password, and sign them out everywhere.

    For somebody who lost everything, after others made sure who they are. Tells whether there is such an account.
    """
    person = session.scalar(select(Person).where(Person.email_key == email_key(email)))
    if person is None:
        return False
    forget_keys(session, person.id)
    sign_ins.end_everywhere(session, person.id, now)
    return True


def forget_keys(session: Session, person_id: int) -> None:
    """Forget a person's passkeys, app for codes and recovery codes, be they the last or not."""
    row = own_row(session, person_id)
    row.secret = row.last_step = row.added_at = None
    for table in (Passkey, RecoveryCode):
        session.execute(delete(table).where(table.person_id == person_id))
    session.flush()


def own_row(session: Session, person_id: int) -> SecondFactor:
    """Load what a person has beside a password, made first where there is nothing yet; locked."""
    empty = insert_into(session.get_bind().dialect, SecondFactor).values(person_id=person_id, handle=new_handle())
    session.execute(empty.on_conflict_do_nothing())
    return session.get_one(SecondFactor, person_id, with_for_update=True, populate_existing=True)


def code_of(secret: str, step: int) -> str:
    """Return the six digits of a step."""
    return pyotp.TOTP(secret).generate_otp(step)


def _codes(secret: str) -> second_factor.CodeAt:
    return partial(code_of, secret)
