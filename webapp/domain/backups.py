"""Backups: which night is due, what files are called, which are kept, and how far one is that is being made."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

BEGINS = time(3, 30)
"""Wall time at which a night's backup is due. A machine that was off makes it when it is on again."""
NIGHTS, SUNDAYS, ASKED_FOR = 14, 8, 5
SUNDAY = 6
_AT_ANY_TIME = r"cairn-(?:before-)?(\d{4}-\d\d-\d\d)-at-\d{6}(?:-and)*\.db(?:-wal|-shm)?"


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


def name_asked_for(wall: datetime) -> str:
    """Name the file of a backup that somebody asked for at a wall time; it takes no night's place."""
    return wall.strftime("cairn-%Y-%m-%d-at-%H%M%S.db")


def is_asked_for(name: str) -> bool:
    """Tell whether a file is a backup that somebody asked for."""
    return bool(re.fullmatch(r"cairn-\d{4}-\d\d-\d\d-at-\d{6}\.db", name))


def let_go(names: Iterable[str]) -> frozenset[str]:
    """Choose which backups that were asked for are let go of: all but the last five."""
    return frozenset(sorted(filter(is_asked_for, names), reverse=True)[ASKED_FOR:])


def name_put_aside(wall: datetime) -> str:
    """Name the file of what stood here before a backup was restored at a wall time."""
    return wall.strftime("cairn-before-%Y-%m-%d-at-%H%M%S.db")


def too_old(names: Iterable[str], tonight: date) -> frozenset[str]:
    """Choose what was asked for or put aside and is let go of because of its age: none of it outlives the Sundays.

    Whoever had their account deleted is told when the last backup that holds it is gone.
    """
    oldest = tonight - timedelta(weeks=SUNDAYS)
    days = ((name, re.fullmatch(_AT_ANY_TIME, name)) for name in names)
    return frozenset(name for name, day in days if day and day[1] < oldest.isoformat())


class Stage(StrEnum):
    """Where a backup is: asked for, being copied, being read back, made, or given up."""

    WANTED = "wanted"
    COPYING = "copying"
    CHECKING = "checking"
    MADE = "made"
    FULL = "full"
    DAMAGED = "damaged"
    STOPPED = "stopped"

    @property
    def under_way(self) -> bool:
        """Whether somebody is at it, or is to be."""
        return self in (Stage.WANTED, Stage.COPYING, Stage.CHECKING)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the newest backup is, and since when it has been there (aware). `done` of about `of` are bytes."""

    stage: Stage
    at: datetime
    done: int = 0
    of: int = 0


Tell = Callable[[Stage, int, int], None]
"""Is told how far a copy is: copying so many bytes of about so many, or checking."""
