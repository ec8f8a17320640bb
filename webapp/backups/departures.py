"""Whose account was deleted, outside of the database: so that no backup brings back anybody who left.

A line names nobody: it holds the number of the account, when it was deleted, and a keyed hash of the number and of
when the account was made. Whoever has that number in another database, or had it at another time, is somebody else.
The file stands beside the backups and goes along where their folder is copied; lines are only ever added.
"""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.config import Config
from webapp.disk import on_disk
from webapp.domain.looks import keyed
from webapp.queries import own_data as queries
from webapp.services import own_data as services

FILE = "left"


@dataclass(frozen=True, slots=True)
class Again:
    """How many accounts were deleted again, and how many will be once somebody has taken over from them."""

    deleted: int = 0
    waiting: int = 0


def note(config: Config, person_id: int, made: datetime, now: datetime) -> None:
    """Write down that an account is deleted. Raises OSError.

    It is on the disk before the deletion is committed: what was deleted is never missing here, and what could not be
    is tried again within the hour.
    """
    config.backups.mkdir(mode=0o700, exist_ok=True)
    line = json.dumps({"at": now.isoformat(), "account": person_id, "mark": _mark(config.audit_key, person_id, made)})
    path = config.backups / FILE
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = file.read()
        cut = before and not before.endswith("\n")  # whoever wrote it was killed in the middle
        file.write(("\n" if cut else "") + line + "\n")
        file.flush()
        os.fsync(file.fileno())
    on_disk(config.backups)


def leave_again(session: Session, config: Config, beside: Path, now: datetime) -> Again:
    """Delete what a restored backup holds of accounts that are noted here or in the folder of the backup.

    Whoever is noted and has left in the backup, too, is another row there: nothing is done about them.
    """
    noted = _read(config.backups / FILE, beside / FILE)
    back = [
        person_id
        for person_id, made in queries.still_here(session.connection(), sorted(noted))
        if _mark(config.audit_key, person_id, made) in noted[person_id]
    ]
    held = [person_id for person_id in back if not services.leave_again(session, person_id, now)]
    # A client who has left in the meantime is in nobody's way any more.
    waiting = [person_id for person_id in held if not services.leave(session, person_id, now)]
    return Again(len(back) - len(waiting), len(waiting))


def _read(*paths: Path) -> dict[int, set[str]]:
    """Read the marks of each number. A line cut short is one whose writer was killed, and nothing was deleted."""
    noted: dict[int, set[str]] = defaultdict(set)
    for line in _lines(paths):
        try:
            said = json.loads(line)
            noted[int(said["account"])].add(str(said["mark"]))
        except (ValueError, KeyError, TypeError):
            continue
    return noted


def _lines(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        if path.exists():
            yield from path.read_text(errors="replace").splitlines()


def _mark(key: str, person_id: int, made: datetime) -> str:
    return keyed(key, f"account\n{person_id}\n{made.astimezone(UTC).isoformat(timespec='microseconds')}")
