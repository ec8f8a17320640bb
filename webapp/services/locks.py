"""The lock of a phone: a PIN, kept like a password, and five tries before the sign-in ends.

A PIN is short, so its keyed hash is what is hashed slowly: whoever has the database alone can't try all of them.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.domain import pins
from webapp.domain.people import Actor
from webapp.domain.pins import PinProblem
from webapp.domain.sign_ins import LOCKS_AFTER, MOST_WRONG
from webapp.models import Person, SignIn
from webapp.services import passwords
from webapp.services.sign_ins import QUIETLY
from webapp.services.tokens import keyed_hash


class WeakPin(Exception):
    """The PIN would be guessed, or is none; `problem` says why."""

    def __init__(self, problem: PinProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def keep(session: Session, actor: Actor, secret: str, pin: str, after: int) -> None:
    """Lock the actor's devices with this PIN from now on, after minutes away. Raises WeakPin, ValueError."""
    if problem := pins.problem(pin):
        raise WeakPin(problem)
    change(session, actor, after)
    person = session.get_one(Person, actor.id)
    person.pin_hash = passwords.hash_short(_keyed(secret, actor.id, pin))
    session.flush()


def change(session: Session, actor: Actor, after: int) -> None:
    """Ask for the PIN after other minutes away than before. Raises ValueError for what is not among the choices."""
    if after not in LOCKS_AFTER:
        raise ValueError(after)
    session.get_one(Person, actor.id).lock_after = after
    session.flush()


def remove(session: Session, actor: Actor) -> None:
    """Ask for no PIN any more."""
    person = session.get_one(Person, actor.id)
    person.pin_hash = person.lock_after = None
    session.flush()


def lock(session: Session, sign_in_id: int, now: datetime) -> None:
    """Ask for the PIN on this device from now on, until it is given."""
    open_one = update(SignIn).where(SignIn.id == sign_in_id, SignIn.locked_at.is_(None))
    session.execute(open_one.values(locked_at=now), execution_options=QUIETLY)


def try_once(session: Session, sign_in_id: int) -> int | None:
    """Count one try before it is known how it ends, so that many at once are not more; return how many are left.

    None: there is none left, not even this one.
    """
    one_more = update(SignIn).where(SignIn.id == sign_in_id, SignIn.wrong_pins < MOST_WRONG, SignIn.ended_at.is_(None))
    counted = session.execute(
        one_more.values(wrong_pins=SignIn.wrong_pins + 1).returning(SignIn.wrong_pins), execution_options=QUIETLY
    ).scalar_one_or_none()
    return None if counted is None else MOST_WRONG - counted


def unlock(session: Session, sign_in_id: int, now: datetime) -> None:
    """Open this device again, with all tries forgotten: the PIN was right."""
    opened = update(SignIn).where(SignIn.id == sign_in_id)
    session.execute(opened.values(locked_at=None, wrong_pins=0, seen_at=now), execution_options=QUIETLY)


def fits(kept: str | None, secret: str, person_id: int, pin: str) -> bool:
    """Tell whether a PIN is the kept one. Takes long, on purpose: no transaction should wait for it."""
    return passwords.matches(kept, _keyed(secret, person_id, pin))


def _keyed(secret: str, person_id: int, pin: str) -> str:
    return keyed_hash(secret, "pin", f"{person_id} {pin}")
