"""Ops: what a phone kept without a network and sends late, twice, or after something newer from another device."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

CLOSE = timedelta(minutes=1)
"""Times this near can't be told apart: a slow request takes a while to arrive, which adds to its time."""

LONGEST_WAIT = timedelta(days=90)
"""Nothing waits longer on a phone; whoever says so has a clock that was set in between. Ops are remembered as long."""

NO_WAIT = timedelta(0)


class OpKind(StrEnum):
    """What an op does."""

    CHECK_IN = "check_in"
    NOTE = "note"
    REASON = "reason"
    LATER = "later"
    USE = "use"
    USE_ENDED = "use_ended"
    BAD_DAY = "bad_day"


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap: its name, a UUID made on the phone, and when it was by our clock (aware UTC)."""

    id: str
    at: datetime


def instant_of(text: str | None) -> datetime | None:
    """Read an instant as JavaScript writes it (2026-11-26T09:30:00.000Z), aware UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def tapped_at(now: datetime, by_phone: datetime | None, sent_by_phone: datetime | None) -> datetime:
    """Return when something was tapped (aware UTC), by our clock `now` and the phone's two readings of its own.

    Only their difference counts, so that a phone whose clock is a day off is right all the same. What can't be,
    or was not said, waited for no time.
    """
    if by_phone is None or sent_by_phone is None:
        return now
    waited = sent_by_phone - by_phone
    return now - waited if NO_WAIT <= waited <= LONGEST_WAIT else now


def place(at: datetime, newest: datetime | None) -> datetime | None:
    """Return the time at which something that arrives now takes its place; None: it is older than the `newest`.

    What is too close to call goes by the order of arrival, which is the order of the taps on one phone.
    """
    if newest is None or at > newest:
        return at
    return newest if newest - at <= CLOSE else None
