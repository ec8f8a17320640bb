"""Which backups there are, and how far one is that is being made. Both stand in files beside each other."""

import fcntl
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from webapp.domain.backups import Progress, Stage, is_asked_for, night_named

LOCK, STATE = ".lock", ".state"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup that was made. `size` is in bytes, `asked_for` tells it from those of the nights."""

    name: str
    at: datetime
    size: int
    asked_for: bool


def all_of(folder: Path) -> tuple[Backup, ...]:
    """The backups in a folder, the newest first."""
    found = []
    for path in folder.glob("*.db"):
        if night_named(path.name) or is_asked_for(path.name):
            with suppress(FileNotFoundError):  # let go of just now
                told = path.stat()
                at = datetime.fromtimestamp(told.st_mtime, UTC)
                found.append(Backup(path.name, at, told.st_size, is_asked_for(path.name)))
    return tuple(sorted(found, key=lambda one: (one.at, one.name), reverse=True))


def progress(folder: Path) -> Progress | None:
    """How far the newest backup is that was asked for or made; None where there was none yet.

    One that somebody was at and no longer is was stopped halfway: its process is gone.
    """
    try:
        told = json.loads((folder / STATE).read_text())
        found = Progress(Stage(told["stage"]), datetime.fromisoformat(told["at"]), told["done"], told["of"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    begun = found.stage.under_way and found.stage is not Stage.WANTED
    return Progress(Stage.STOPPED, found.at) if begun and not being_made(folder) else found


def being_made(folder: Path) -> bool:
    """Whether some process makes a backup in this folder just now: it holds the lock."""
    try:
        with open(folder / LOCK) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
