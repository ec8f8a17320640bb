"""Notices: what people are told beside reminders, each once.

A key says which notice of its kind one is, so that it is made once however many look at the same time. Rules are
in the person's own days (`today`); a notice waits for their quiet hours, and is of use until an instant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from webapp.domain.cadence import Cadence, Kind, timeline
from webapp.domain.periods import start_of_week
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.wall_time import DAY, Zone, local_day, start_of_day
from webapp.domain.weeks import WeekStart

EVENING = 18
"""Hour from which tomorrow's sessions are told, wall time."""
CALM_FROM, CALM_UNTIL = 10, 20
"""Hours between which the other notices are made, wall time: after an outage nobody gets one at night."""
LEAD = timedelta(days=7)
"""How long before its day a review, or the end of a step, is told."""
IN_ONE = timedelta(days=7)
"""What ends so soon after the first end is told along with it, and never again."""
SOON = LEAD + IN_ONE
"""What ends so soon is marked in the plan: everything a notice may be about."""


class NoticeKind(StrEnum):
    """What a notice is about.

    sessions: the care team's sessions of tomorrow · look_back: the client's own week · review: the plan is due
    for a review · ending: a step ends soon.
    """

    SESSIONS = "sessions"
    LOOK_BACK = "look_back"
    REVIEW = "review"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be told something; their zone, the hour at which their day turns, when to leave them alone."""

    id: int
    zone: Zone
    day_starts_at: int = 0
    week_starts_on: WeekStart = 0
    quiet: QuietHours | None = None

    def today(self, now: datetime) -> date:
        """Return the reader's day at `now`."""
        return local_day(now, self.zone, self.day_starts_at)

    def end_of(self, day: date) -> datetime:
        """Return the instant (UTC) at which one of the reader's days is over."""
        return start_of_day(day + DAY, self.zone, self.day_starts_at)


@dataclass(frozen=True, slots=True)
class Due:
    """One notice to make, about a client's record where there is one; instants are UTC."""

    kind: NoticeKind
    person_id: int
    client_id: int | None
    key: str
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """A local day, told the evening before: from `evening` on, until the day begins. `ends` is exclusive."""

    day: date
    evening: datetime
    begins: datetime
    ends: datetime

    def covers(self, instant: datetime) -> bool:
        """Tell whether an instant lies in that day."""
        return self.begins <= instant < self.ends


def tomorrow(zone: Zone, now: datetime) -> Tomorrow:
    """Return the day after this one in a zone, by the calendar; a date that does not exist is passed over."""
    today = local_day(now, zone)
    begins = start_of_day(today + DAY, zone)
    day = local_day(begins, zone)
    return Tomorrow(day, start_of_day(today, zone, EVENING), begins, start_of_day(day + DAY, zone))


def is_calm(zone: Zone, now: datetime) -> bool:
    """Tell whether it is an hour at which a notice may come, whatever somebody's quiet hours are."""
    today = local_day(now, zone)
    return start_of_day(today, zone, CALM_FROM) <= now < start_of_day(today, zone, CALM_UNTIL)


def sessions(reader: Reader, now: datetime) -> Due | None:
    """Tell of sessions tomorrow, this evening; of use until the day begins, because it says "tomorrow"."""
    day = tomorrow(reader.zone, now)
    if not day.evening <= now:
        return None
    return _due(NoticeKind.SESSIONS, reader, None, day.day.isoformat(), now, day.begins)


def look_back(reader: Reader, now: datetime) -> Due | None:
    """Offer a look back on the first day of a week, or the second when the first was not calm or all rested."""
    first = week_of(reader, now)
    if reader.today(now) - first > DAY or not is_calm(reader.zone, now):
        return None
    return _due(NoticeKind.LOOK_BACK, reader, reader.id, first.isoformat(), now, reader.end_of(first + DAY))


def week_of(reader: Reader, now: datetime) -> date:
    """Return the first day of the reader's present week."""
    return start_of_week(reader.today(now), reader.week_starts_on)


def review(reader: Reader, client_id: int, plan_id: int, on: date, now: datetime) -> Due | None:
    """Tell that a plan's review is near. Another date is another notice."""
    if not _near(on, reader, now):
        return None
    return _due(NoticeKind.REVIEW, reader, client_id, review_key(plan_id, on), now, reader.end_of(on))


def review_key(plan_id: int, on: date) -> str:
    """Name one review of one plan."""
    return f"{on.isoformat()} {plan_id}"


def ending(reader: Reader, last_days: Iterable[date], now: datetime) -> Due | None:
    """Tell that steps end soon, by their last days. One notice stands for all that ends in the week from the first.

    Steps that end together are told together, and nobody is told two days running for each of a handful.
    """
    first = min((day for day in last_days if _near(day, reader, now)), default=None)
    if first is None:
        return None
    return _due(NoticeKind.ENDING, reader, reader.id, first.isoformat(), now, reader.end_of(first))


def stands_for(key: str, last_day: date) -> bool:
    """Tell whether the notice of this key, about steps that end, is about this last day too."""
    first = date.fromisoformat(key)
    return first <= last_day <= first + IN_ONE


def last_day_soon(versions: Sequence[Cadence], today: date) -> date | None:
    """Return the last day of a step that ends soon, None for others. What is done once has no end beside its day."""
    in_line = timeline(versions)
    last = in_line[-1] if in_line else None
    if last is None or last.valid_to is None or last.kind is Kind.ONCE:
        return None
    day = last.valid_to - DAY
    return day if today <= day <= today + SOON else None


def link(kind: NoticeKind, person_id: int, client_id: int | None) -> str:
    """Return the path of the page a notice leads to; the same for everybody but for a number."""
    if kind is NoticeKind.REVIEW and person_id != client_id:
        return f"/clients/{client_id}/plan"
    return {NoticeKind.SESSIONS: "/caseload", NoticeKind.LOOK_BACK: "/progress"}.get(kind, "/plan")


def left_alone(kind: NoticeKind, own: QuietHours | None) -> QuietHours | None:
    """Return when a notice that is made already has to wait: in the reader's own quiet hours, else out of calm ones.

    A digest can't wait for the morning: it speaks of tomorrow.
    """
    if own is not None or kind is NoticeKind.SESSIONS:
        return own
    return QuietHours(time(CALM_UNTIL), time(CALM_FROM))


def _near(day: date, reader: Reader, now: datetime) -> bool:
    today = reader.today(now)
    return today <= day <= today + LEAD and is_calm(reader.zone, now)


def _due(
    kind: NoticeKind, reader: Reader, client_id: int | None, key: str, now: datetime, expires_at: datetime
) -> Due | None:
    """Let it wait for the reader's quiet hours; what would come too late is not made."""
    due_at = reader.quiet.release(now, reader.zone) if reader.quiet else now
    return Due(kind, reader.id, client_id, key, due_at, expires_at) if due_at < expires_at else None
