"""What a due reminder is about, until when it has anything to say, and what is left of it when it is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from webapp.domain.cadence import Cadence, Kind, Unit, version_on
from webapp.domain.occurrences import next_day, slots_of
from webapp.domain.pauses import Pause, is_paused
from webapp.domain.periods import cadence_period
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reminders import Fire
from webapp.domain.scores import Mark
from webapp.domain.standing import standing
from webapp.domain.wall_time import Zone, local_day
from webapp.domain.weeks import WeekStart


@dataclass(frozen=True, slots=True)
class Left:
    """What a reminder still has to say: nothing once any of these holds."""

    done: bool = False
    quota_met: bool = False
    paused: bool = False
    ended: bool = False


def day_meant(versions: Sequence[Cadence], due_day: date, today: date) -> date:
    """Return the day a reminder is about: its own date for dated steps, else the person's day as it is now.

    A person whose day turns at 3 is still in yesterday at one in the morning, and so is their week.
    """
    version = version_on(versions, due_day)
    return due_day if version is not None and version.kind in (Kind.FIXED, Kind.ONCE) else today


def counted_from(versions: Sequence[Cadence], day: date, week_start: WeekStart = 0) -> date | None:
    """Return the first day whose check-ins matter for a reminder about `day`; None for all there ever were."""
    version = version_on(versions, day)
    if version is None or version.kind is Kind.ONCE:
        return None
    return cadence_period(version, day, week_start).start


def left_to_say(
    versions: Sequence[Cadence],
    pauses: Iterable[Pause],
    marks: Iterable[Mark],
    day: date,
    today: date,
    at: time,
    week_start: WeekStart = 0,
) -> Left:
    """Say what is left of a reminder at the wall time `at` about `day`, seen on the person's day `today`.

    A step with several times a day is done for the slot nearest to the reminder; a step without a number
    is done for the day once anything was recorded; a target is met for its period, or answered for the day.
    """
    versions, pauses, marks = tuple(versions), tuple(pauses), tuple(marks)
    version = version_on(versions, day)
    if version is None or next_day(versions, day, (), week_start) != day:
        return Left(ended=True)
    found = standing(versions, (), marks, day, week_start)
    answers = [mark for mark in marks if mark.day == day]
    done = found.settled_today or (version.kind in (Kind.AS_NEEDED, Kind.ONGOING) and bool(answers))
    if version.kind is Kind.FIXED:
        meant = slot_meant(slots_of(version), at)
        done = done or any(mark.slot == meant for mark in answers)
    return Left(
        done=done,
        quota_met=version.kind is Kind.TARGET and not found.open,
        paused=is_paused(day, pauses) or is_paused(today, pauses),
    )


def slot_meant(slots: Sequence[str], at: time) -> str:
    """Return the slot a reminder is about: the nearest one, of two equally near the earlier."""
    wanted = at.hour * 60 + at.minute
    return min(slots, key=lambda slot: (abs(_minutes(slot) - wanted) if slot else 0, slot))


def _minutes(slot: str) -> int:
    hour, minute = slot.split(":")
    return int(hour) * 60 + int(minute)


def expiry(
    fire: Fire,
    grace: timedelta,
    version: Cadence | None,
    zone: Zone,
    quiet: QuietHours | None,
    next_at: datetime | None,
) -> datetime:
    """Return the instant (UTC) from which a reminder has nothing more to say.

    That is `grace` after it was due. One that waits for quiet hours to end is given its grace from there,
    as long as the same is still asked then: on the same date, or for steps that outlast their day. It
    never outlives the next one.
    """
    ends = fire.at + grace
    if quiet is not None:
        released = quiet.release(fire.at, zone)
        if local_day(released, zone) == fire.day or _outlasts_its_day(version):
            ends = max(ends, released + grace) if released > fire.at else ends
    return ends if next_at is None else min(ends, max(next_at, fire.at))


def _outlasts_its_day(version: Cadence | None) -> bool:
    if version is None or version.kind is Kind.FIXED:
        return False
    return version.kind is not Kind.TARGET or not (version.unit is Unit.DAY and version.interval == 1)
