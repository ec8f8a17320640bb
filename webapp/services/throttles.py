"""Count tries per account and per address. Keys are keyed hashes: the table names nobody."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.throttle import NO_WAIT, Rule, Tries, after_a_try, wait, without_one
from webapp.models import Throttle
from webapp.models.base import insert_into

Watched = dict[str, Rule]
"""Keys (tokens.keyed_hash) with the rule for each."""


def try_once(session: Session, watched: Watched, now: datetime) -> timedelta:
    """Count one try under every key, and return zero; or return how long to wait, and count nothing.

    Counted before it is known how the try ends, so that many at once do not slip past.
    """
    rows = [_row(session, one, now) for one in sorted(watched)]
    longest = max(wait(_tries(row), now) for row in rows)
    if longest > NO_WAIT:
        return longest
    for row in rows:
        _keep(row, after_a_try(watched[row.key], _tries(row), now))
    session.flush()
    return NO_WAIT


def give_back(session: Session, watched: Watched, now: datetime) -> None:
    """Take one try back under every key: it led somewhere."""
    for one in sorted(watched):
        row = _row(session, one, now)
        _keep(row, without_one(watched[one], _tries(row)))
    session.flush()


def forget(session: Session, one: str) -> None:
    """Forget all tries under a key."""
    row = session.get(Throttle, one)
    if row is not None:
        session.delete(row)
        session.flush()


def _row(session: Session, one: str, now: datetime) -> Throttle:
    """Load the row of a key, locked; make it first when there is none, whoever else does so just now."""
    session.execute(
        insert_into(session.get_bind().dialect, Throttle).values(key=one, tries=0, since=now).on_conflict_do_nothing()
    )
    return session.scalars(select(Throttle).where(Throttle.key == one).with_for_update()).one()


def _tries(row: Throttle) -> Tries:
    return Tries(row.tries, row.since, row.blocked_until)


def _keep(row: Throttle, tries: Tries) -> None:
    row.tries, row.since, row.blocked_until = tries.count, tries.since, tries.blocked_until
