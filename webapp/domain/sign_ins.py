"""How long a sign-in counts, and when a phone asks for its PIN."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SEEN_EVERY = timedelta(minutes=1)
"""`seen_at` moves no more often than this, so it may be behind by as much."""
LOCKS_AFTER = (1, 5, 15, 60)
"""Minutes away, of which one is chosen."""
MOST_WRONG = 5
"""Wrong PINs until the sign-in ends."""
FRESH = timedelta(minutes=10)
"""Whoever signed in so shortly ago need not say the PIN they may have forgotten."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a sign-in counts without being used, and altogether."""

    idle: timedelta
    absolute: timedelta


OWN = Limits(timedelta(days=30), timedelta(days=30))
AT_WORK = Limits(timedelta(minutes=30), timedelta(hours=12))
BORROWED = Limits(timedelta(minutes=30), timedelta(hours=2))


@dataclass(frozen=True, slots=True)
class Use:
    """One sign-in as it is kept. Instants are aware; `expires_at` was set when it began."""

    created_at: datetime
    expires_at: datetime
    seen_at: datetime
    borrowed: bool = False
    locked_at: datetime | None = None


def limits(staff: bool, borrowed: bool = False) -> Limits:
    """Return the limits of a sign-in, the shortest that apply. `staff`: its person is now care team or admin."""
    apply = [OWN] + [AT_WORK] * staff + [BORROWED] * borrowed
    return Limits(min(one.idle for one in apply), min(one.absolute for one in apply))


def ends_at(use: Use, staff: bool) -> datetime:
    """Return the instant from which on a sign-in counts no more, if it is not used again."""
    most = limits(staff, use.borrowed)
    return min(use.expires_at, use.created_at + most.absolute, use.seen_at + most.idle)


def counts(use: Use, staff: bool, now: datetime) -> bool:
    """Tell whether a sign-in still counts."""
    return now < ends_at(use, staff)


def is_worth_noting(use: Use, staff: bool, lock_after: int | None, now: datetime, writes: bool) -> bool:
    """Tell whether a use just now should be written down: once a minute.

    What `writes` has enough to do: where no minutes matter it is noted after a quarter of the limit, no sooner.
    """
    rests = limits(staff, use.borrowed).idle / 4 if writes and lock_after is None else SEEN_EVERY
    return now - use.seen_at >= rests


def is_locked(use: Use, lock_after: int | None, now: datetime) -> bool:
    """Tell whether the PIN is asked: after `lock_after` minutes away (None: never), or because it was locked by hand.

    What `seen_at` may be behind is given on top, so that nobody is asked who was here just now.
    """
    if lock_after is None:
        return False
    return use.locked_at is not None or now - use.seen_at >= timedelta(minutes=lock_after) + SEEN_EVERY


def is_fresh(use: Use, now: datetime) -> bool:
    """Tell whether somebody signed in just now, with all that it takes."""
    return now - use.created_at < FRESH
