"""Reminders: when one fires next, and what is left to say after an outage.

Everything is computed directly from the date with a bounded look-ahead; nothing here reads a clock.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from webapp.domain import occurrences
from webapp.domain.cadence import Cadence, TzMode
from webapp.domain.deliveries import (
    Answer,
    Channel,
    DeliveryState,
    ErrorClass,
    Retry,
    SendFacts,
    Verdict,
    address_off,
    lease_expired,
    retry_after,
    verdict,
)
from webapp.domain.pauses import Pause
from webapp.domain.wall_time import DAY, Zone, local_day, to_utc
from webapp.domain.weeks import WeekStart

__all__ = [
    "Answer",
    "Channel",
    "DeliveryState",
    "ErrorClass",
    "Fire",
    "Fired",
    "Retry",
    "SendFacts",
    "Verdict",
    "address_off",
    "catch_up",
    "follow_up_at",
    "lease_expired",
    "next_fire",
    "occurrence_key",
    "retry_after",
    "snoozed_until",
    "verdict",
    "zone_for",
]

# The days on which a reminder is wanted: the versions of its step, or any rule on dates.
Wanted = Callable[[date], bool] | Sequence[Cadence]

# One zone for all days, or the zone of each: a new version of a cadence may move it.
ZoneOrRule = Zone | Callable[[date], Zone]

LOOK_AHEAD_DAYS = 800
LOOK_BACK = timedelta(days=62)


class Fire(NamedTuple):
    """One due instant (UTC) and the local date it belongs to."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Fired:
    """What comes of a reminder that is due: at most one fire, the keys let go, and the next one."""

    latest: Fire | None
    expired: tuple[str, ...]
    next: Fire | None

    @property
    def next_at(self) -> datetime | None:
        """The instant (UTC) at which the reminder is due again; None when it rests."""
        return self.next.at if self.next else None


def occurrence_key(day: date, slot: str = "") -> str:
    """Return the key of an occurrence: its local date and slot; no zone, so that moving cannot repeat it."""
    return f"{day.isoformat()} {slot}".rstrip()


def zone_for(cadence: Cadence, person_zone: str) -> str:
    """Return the zone a cadence's times are in: the person's, or an appointment's own."""
    return cadence.tz if cadence.tz_mode is TzMode.FIXED and cadence.tz else person_zone


def next_fire(
    wanted: Wanted,
    at: time,
    zone: ZoneOrRule,
    after: datetime,
    *,
    pauses: Iterable[Pause] = (),
    week_start: WeekStart = 0,
    last_day: date | None = None,
) -> Fire | None:
    """Return the first fire later than `after`, or None within the look-ahead.

    `last_day` is the local date of the last fire, which never fires again whatever the zone is now; leave
    it out to re-key one that is still pending. Targets, as needed and ongoing steps, and a once without a
    date, want every day in force: whether there is still something to say is decided when sending.
    Where the zone moves from one day to the next by more than a day (Niue to Kiritimati), the later day's
    fire comes before the earlier's and is passed over.
    """
    pauses = tuple(pauses)
    # No zone's date is more than one day from that of UTC.
    first = local_day(after, "UTC") - 2 * DAY if callable(zone) else local_day(after, zone) - DAY
    if last_day is not None:
        first = max(first, last_day + DAY)
    while (day := _wanted_from(wanted, first, pauses, week_start)) is not None:
        instant = to_utc(day, at, zone(day) if callable(zone) else zone)
        if instant is not None and instant > after:
            return Fire(instant, day)
        first = day + DAY
    return None


def _wanted_from(wanted: Wanted, first: date, pauses: Sequence[Pause], week_start: WeekStart) -> date | None:
    if not callable(wanted):
        return occurrences.next_day(wanted, first, pauses, week_start)
    days = (first + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS))
    return next((day for day in days if wanted(day) and not any(p.covers(day) for p in pauses)), None)


def catch_up(
    wanted: Wanted,
    at: time,
    zone: ZoneOrRule,
    last_next_at: datetime,
    now: datetime,
    grace: timedelta,
    *,
    slot: str | None = None,
    pauses: Iterable[Pause] = (),
    week_start: WeekStart = 0,
) -> Fired:
    """Settle a reminder whose `next_at` was `last_next_at`: after an outage one nudge, never a burst.

    Of everything due by `now` only the latest fires, and only within `grace`; the rest is expired, as far
    back as two months. Before it is due nothing happens and `next_at` stays, so that a clock set back
    repeats nothing. The slot in the keys is the wall time unless another is given.
    """
    slot = occurrences.slot_of(at) if slot is None else slot
    pauses = tuple(pauses)
    from_then = max(last_next_at, now - LOOK_BACK) - timedelta(microseconds=1)
    due: list[Fire] = []
    fire = next_fire(wanted, at, zone, from_then, pauses=pauses, week_start=week_start)
    while fire is not None and fire.at <= now:
        due.append(fire)
        fire = next_fire(wanted, at, zone, fire.at, pauses=pauses, week_start=week_start, last_day=fire.day)
    latest = due.pop() if due and now - due[-1].at <= grace else None
    return Fired(latest, tuple(occurrence_key(missed.day, slot) for missed in due), fire)


def snoozed_until(now: datetime, wait: timedelta, next_at: datetime | None, day_ends: datetime) -> datetime | None:
    """Return when a snooze ends, or None when the next occurrence or the day's end comes first."""
    until = now + wait
    return None if until >= day_ends or (next_at is not None and until >= next_at) else until


def follow_up_at(sent_at: datetime, wait: timedelta, follow_ups: int, expires_at: datetime) -> datetime | None:
    """Return when to follow up, or None: there is at most one, and none once the reminder has expired."""
    again = sent_at + wait
    return again if follow_ups == 0 and again < expires_at else None
