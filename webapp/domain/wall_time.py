"""Wall time and instants: promises are local, instants are UTC.

Zones are IANA names or `ZoneInfo`. An unknown name raises `ZoneInfoNotFoundError`.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

Zone = str | ZoneInfo
DAY = timedelta(days=1)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Tell whether `name` is an IANA zone this machine knows."""
    return name in _names()


def as_zone(zone: Zone) -> ZoneInfo:
    """Return the `ZoneInfo` for a name; a `ZoneInfo` is handed back as it is."""
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)


def to_utc(day: date, at: time, zone: Zone) -> datetime | None:
    """Return the instant (UTC) at which the clocks of `zone` show `at` on `day`.

    A time inside a gap moves forward by the gap; a time that occurs twice means the first; a local
    date that does not exist (Apia, 30 December 2011), or ends beyond the calendar, gives None.
    """
    place = as_zone(zone)
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    try:
        instant = wall.replace(tzinfo=place).astimezone(UTC)
    except OverflowError:
        return None
    shown = instant.astimezone(place).replace(tzinfo=None)
    return None if shown - wall >= DAY else instant


def local_day(instant: datetime, zone: Zone, day_starts_at: int = 0) -> date:
    """Return the person's day at `instant`; their day turns at the hour `day_starts_at`, wall time."""
    wall = instant.astimezone(as_zone(zone)).replace(tzinfo=None)
    return (wall - timedelta(hours=day_starts_at)).date()


def start_of_day(day: date, zone: Zone, day_starts_at: int = 0) -> datetime:
    """Return the instant (UTC) at which the person's `day` begins.

    A local date that does not exist begins, and ends, where the next one begins.
    """
    instant = to_utc(day, time(day_starts_at), zone)
    return start_of_day(day + DAY, zone, day_starts_at) if instant is None else instant
