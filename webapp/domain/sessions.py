"""Sessions: when one may be marked as held, and what becomes of a wall time that the clocks skip."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from webapp.domain.wall_time import Zone, as_zone, to_utc

EARLY = timedelta(hours=1)


def may_be_held(starts_at: datetime, now: datetime) -> bool:
    """Say whether a session can be marked as held: from an hour before it was to start."""
    return now >= starts_at - EARLY


@dataclass(frozen=True, slots=True)
class Placed:
    """An instant (UTC) for a wall time; `moved`: the clocks skip that time, so it starts later by the gap;
    `twice`: the clocks show it twice, and the first is meant."""

    at: datetime
    moved: bool
    twice: bool


def place(day: date, at: time, zone: Zone) -> Placed | None:
    """Find the instant at which a session starts; None on a local date that does not exist."""
    instant = to_utc(day, at, zone)
    if instant is None:
        return None
    wall = datetime.combine(day, at)
    here = as_zone(zone)
    shown = instant.astimezone(here).replace(tzinfo=None)
    first, second = (wall.replace(tzinfo=here, fold=fold).utcoffset() for fold in (0, 1))
    return Placed(instant, moved=shown != wall, twice=shown == wall and first != second)
