"""Backups: which night is due, what its file is called, and which nights are kept."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

BEGINS = time(3, 30)
"""Wall time at which a night's backup is due. A machine that was off makes it when it is on again."""
NIGHTS, SUNDAYS = 14, 8
SUNDAY = 6


def night_of(wall: datetime) -> date:
    """Return the night whose backup is due at a wall time: this one from half past three on, else the last."""
    return (wall - timedelta(hours=BEGINS.hour, minutes=BEGINS.minute)).date()


def name_of(night: date) -> str:
    """Name the file of a night."""
    return f"cairn-{night.isoformat()}.db"


def night_named(name: str) -> date | None:
    """Return the night of a file, None for a file of another kind."""
    try:
        night = date.fromisoformat(name.removeprefix("cairn-").removesuffix(".db"))
    except ValueError:
        return None
    return night if name == name_of(night) else None


def kept(nights: Iterable[date], tonight: date) -> frozenset[date]:
    """Choose which nights to keep: the last 14, and the last 8 Sundays.

    Nights later than tonight stay beside these and stand in for none: a clock ran ahead, or is behind now.
    """
    newest = sorted(set(nights), reverse=True)
    later = [night for night in newest if night > tonight]
    past = newest[len(later) :]
    sundays = [night for night in past if night.weekday() == SUNDAY]
    return frozenset(later + past[:NIGHTS] + sundays[:SUNDAYS])
