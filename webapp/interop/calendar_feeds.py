"""Calendar feeds as calendar programs read them: iCalendar (RFC 5545, and RFC 7986 for what is said of the whole)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.calendar_feeds import Series
from webapp.domain.periods import Period
from webapp.domain.wall_time import DAY, start_of_day, to_utc
from webapp.interop.time_zones import vtimezone

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
USUAL = timedelta(minutes=15)
"""How long an entry is where nobody said."""
ASK_AGAIN = timedelta(hours=1)
"""How often a calendar program may ask; they do as they like."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar, and how it repeats.

    `start` is a day, wall time in a `ZoneInfo`, or an instant in UTC; a day lasts the whole of it. `without` are
    those of its repetitions that are left out.
    """

    uid: str
    title: str
    start: date | datetime
    lasts: timedelta | None = None
    rule: Mapping[str, Any] | None = None
    without: tuple[date | datetime, ...] = ()


def repeated(uid: str, title: str, series: Series, slot: str, zone: str) -> Entry:
    """Make the entry for one slot of a series: wall time "HH:MM" in `zone`, or "" for all day."""
    cadence, repeats = series.cadence, series.cadence.kind is Kind.FIXED
    at = time.fromisoformat(slot) if slot else None

    def place(day: date) -> date | datetime:
        return datetime.combine(day, at, ZoneInfo(zone)) if at else day

    return Entry(
        uid=uid,
        title=title,
        start=place(series.first),
        lasts=(timedelta(minutes=cadence.minutes) if cadence.minutes else USUAL) if at else None,
        rule=rule(cadence, series.week_start) | _until(cadence.valid_to, at, zone) if repeats else None,
        without=tuple(map(place, series.without)),
    )


def rule(c: Cadence, week_start: int) -> dict[str, Any]:
    """Say a fixed cadence as a recurrence rule, to be counted from any day on which it occurs.

    RFC 7529, which says how the 29th to 31st clamp back, is known to few programs: the last of the days that a
    month has, up to the one meant, is the same.
    """
    named = [WEEKDAYS[day] for day in sorted(c.weekdays)]
    told: dict[str, Any] = {"freq": "DAILY", "interval": c.interval}
    if c.unit is Unit.DAY:
        # Some programs know weekdays only in weeks.
        told |= {"freq": "WEEKLY"} if named and c.interval == 1 else {}
        return told | ({"byday": named} if named else {})
    if c.unit is Unit.WEEK:
        byday = named or [WEEKDAYS[c.first_day.weekday()]]
        return told | {"freq": "WEEKLY", "byday": byday, "wkst": WEEKDAYS[week_start]}
    told |= {"freq": "MONTHLY"}
    if named:
        return told | {"byday": [f"{c.nth or ''}{day}" for day in named]}
    number = c.monthday or c.first_day.day
    if number in (29, 30):
        return told | {"bymonthday": list(range(28, number + 1)), "bysetpos": -1}
    return told | {"bymonthday": -1 if number > 30 else number}


def _until(end: date | None, at: time | None, zone: str) -> dict[str, date | datetime]:
    """The last moment of a series that ends: a day for days, and an instant in UTC for times."""
    if end is None:
        return {}
    last = end - DAY
    return {"until": (to_utc(last, at, zone) or start_of_day(end, zone)) if at else last}


def write(entries: Iterable[Entry], name: str, home: str, stamp: date, years: Period) -> bytes:
    """Write a feed. It is the same, byte for byte, whenever it says the same on the same day.

    `name` is what the calendar is called; who made it (PRODID) is shown to nobody. `home` is where an entry leads,
    `stamp` the day on which it is written. Few programs agree on which of an entry's stamps tells them that it
    changed, and not everything a date follows from has one: so each entry is said to be revised every day.
    LAST-MODIFIED is left out: some that find it look at nothing else.
    """
    from icalendar import Calendar, vDuration

    calendar = Calendar()
    calendar.add("prodid", "-//Cairn//Cairn//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for called in ("name", "x-wr-calname"):
        calendar.add(called, name)
    for often in ("refresh-interval", "x-published-ttl"):
        calendar[often] = vDuration(ASK_AGAIN)
    calendar["refresh-interval"].params["VALUE"] = "DURATION"
    events = [_event(entry, home, stamp) for entry in entries]
    # An instant in UTC names no zone, nor does a day.
    for zone in sorted({event["dtstart"].params.get("TZID", "") for event in events} - {""}):
        calendar.add_component(vtimezone(zone, years.start.year, years.end.year))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(entry: Entry, home: str, stamp: date) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", start_of_day(stamp, "UTC"))
    event.add("sequence", stamp.toordinal())
    event.add("summary", CONTROL.sub(" ", entry.title).strip())
    event.add("dtstart", entry.start)
    if entry.lasts is not None:
        event.add("duration", entry.lasts)
    if entry.rule is not None:
        event.add("rrule", dict(entry.rule))
    if entry.without:
        event.add("exdate", list(entry.without))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("url", home)
    return event
