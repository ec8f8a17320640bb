"""Snoozes: when a reminder comes again after "later", or what comes first."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reminders import snoozed_until
from webapp.domain.wall_time import Zone, as_zone, to_utc

WAITS = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3))
EVENING = time(19)
LEAST, MOST = timedelta(minutes=5), timedelta(hours=12)


class First(StrEnum):
    """What comes before a reminder could come again."""

    NEXT = "next"
    DAY_ENDS = "day_ends"
    QUIET = "quiet"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Again:
    """When it comes again (UTC), or else what comes first."""

    at: datetime | None = None
    first: First | None = None


def again(
    now: datetime,
    wait: timedelta,
    next_at: datetime | None,
    day_ends: datetime,
    quiet: QuietHours | None,
    zone: Zone,
) -> Again:
    """Say when a reminder comes again after `wait`.

    Quiet hours put it off until they are over, or for good where the same reminder's next time, or the end of the
    person's day, comes before that.
    """
    until = snoozed_until(now, wait, next_at, day_ends)
    if until is None:
        return Again(first=First.NEXT if next_at is not None and next_at <= day_ends else First.DAY_ENDS)
    awake = quiet.release(until, zone) if quiet else until
    if snoozed_until(now, awake - now, next_at, day_ends) is None:
        return Again(first=First.QUIET)
    return Again(awake)


def until_evening(now: datetime, zone: Zone) -> timedelta | None:
    """Return how long it is to this evening, where that is later than every other wait that is offered."""
    local = now.astimezone(as_zone(zone))
    evening = to_utc(local.date(), EVENING, zone)
    wait = evening - now if evening is not None else None
    return wait if wait is not None and WAITS[-1] < wait <= MOST else None
