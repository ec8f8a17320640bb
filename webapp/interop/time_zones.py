"""Time zones as calendar programs read them: a VTIMEZONE of RFC 5545, for some years.

The library's own makes the spring change an hour late (its onset is told on the new clock instead of the old) and
passes over a change that is undone within two months, as Morocco's may be.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


class Observance(NamedTuple):
    """How a zone's clocks stand from some onset on, and how they stood before."""

    before: timedelta
    after: timedelta
    name: str
    summer: bool


@lru_cache(maxsize=1024)
def vtimezone(name: str, first_year: int, last_year: int) -> "Timezone":
    """Describe a zone (IANA name) from the start of one year up to the start of another. Hand it on unchanged."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    zone = ZoneInfo(name)
    begin, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first_year, last_year))
    offset = _offset(begin, zone)
    onsets: defaultdict[Observance, list[datetime]] = defaultdict(list)
    onsets[_observance(begin, zone, offset)].append((begin + offset).replace(tzinfo=None))
    for instant, before in _changes(zone, begin, end):
        onsets[_observance(instant, zone, before)].append((instant + before).replace(tzinfo=None))
    made = Timezone()
    made.add("tzid", name)
    for seen, (first, *more) in onsets.items():
        part = TimezoneDaylight() if seen.summer else TimezoneStandard()
        part.DTSTART, part.TZOFFSETFROM, part.TZOFFSETTO = first, seen.before, seen.after
        part.add("tzname", seen.name)
        if more:
            part.add("rdate", more)
        made.add_component(part)
    return made


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Yield each instant from which the clocks stand differently, and how they stood before; looks at each day."""
    day = begin
    while day < end:
        before = _offset(day, zone)
        if _offset(day + DAY, zone) != before:
            low, high = day, day + DAY
            while high - low > SECOND:
                middle = low + (high - low) // 2
                low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
            yield high.replace(microsecond=0), before
        day += DAY


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _observance(instant: datetime, zone: ZoneInfo, before: timedelta) -> Observance:
    local = instant.astimezone(zone)
    return Observance(before, _offset(instant, zone), local.tzname() or "", bool(local.dst()))
