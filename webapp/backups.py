"""Backups of the embedded database: a whole, encrypted copy, made while Cairn goes on writing.

`VACUUM INTO` copies one consistent state and keeps nobody from writing; the copy is encrypted with the same key.
(SQLite's own backup function begins anew whenever another process writes, and so may never end.)
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher

from webapp.config import Config
from webapp.db import Database
from webapp.domain import backups as rules


class Damaged(Exception):
    """A copy can't be read whole with its key; it was not kept."""


def folder(config: Config) -> Path:
    """Where backups are kept."""
    return config.data / "backups"


def newest(config: Config, now: datetime) -> date | None:
    """Return the night of the newest backup, None when there is none; nights still to come are no backup's."""
    return max((night for night in _nights(folder(config)) if night <= tonight(now)), default=None)


def tonight(now: datetime) -> date:
    """Return the night whose backup is due, by this machine's own clock. `now` is aware."""
    return rules.night_of(now.astimezone())


def nightly(database: Database, config: Config, now: datetime) -> Path | None:
    """Make the backup that is due and let go of old ones; None when it is there, or somebody else is at it.

    Several processes may do this at once. PostgreSQL is backed up with its own tools. Raises what `copy` raises.
    """
    place = folder(config)
    target = place / rules.name_of(tonight(now))
    if not database.embedded or target.exists():
        return None
    place.mkdir(mode=0o700, exist_ok=True)
    with _alone(place) as alone:
        if not alone or target.exists():
            return None
        for left in place.glob(".cairn-*"):  # by a process that was killed: whoever is alive would hold the lock
            left.unlink()
        copy(database, config, target)
        _let_go(place, tonight(now))
    return target


def copy(database: Database, config: Config, target: Path) -> None:
    """Write an encrypted copy of the embedded database to `target`, whole and read back, or not at all.

    Raises Damaged, OSError, and sqlcipher3's errors where the disk is full or the database can't be read.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    draft.touch(0o600, exist_ok=False)
    try:
        with closing(database.engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(draft),))
        verify(draft, config.database_key)
        _on_disk(draft)
        draft.rename(target)
        _on_disk(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def verify(path: Path, key: str) -> None:
    """Read a copy from end to end. Raises Damaged when a page or an index of it is wrong, or its key another one."""
    with closing(sqlcipher.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
        try:
            pages = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            rest = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlcipher.DatabaseError as error:
            raise Damaged(f"{path.name}: {error}") from error
    if pages or rest != [("ok",)]:
        raise Damaged(f"{path.name}: {(pages or rest)[0][0]}")


def _nights(place: Path) -> list[date]:
    return [night for path in place.glob("*.db") if (night := rules.night_named(path.name))]


def _let_go(place: Path, tonight: date) -> None:
    nights = _nights(place)
    for night in set(nights) - rules.kept(nights, tonight):
        (place / rules.name_of(night)).unlink()


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Say whether nobody else makes a backup here; until the block ends nobody does. A killed process lets go."""
    with open(os.open(place / ".lock", os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _on_disk(path: Path) -> None:
    """Have a file, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
