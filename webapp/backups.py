"""Backups of the embedded database: a whole, encrypted copy, made while Cairn goes on writing.

`VACUUM INTO` copies one consistent state and keeps nobody from writing; the copy is encrypted with the same key.
(SQLite's own backup function begins anew whenever another process writes, and so may never end.)
"""

import errno
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import sqlcipher3.dbapi2 as sqlcipher

from webapp.config import Config
from webapp.db import Database
from webapp.domain import backups as rules
from webapp.domain.backups import Progress, Stage
from webapp.queries import backups as queries
from webapp.services import backups as services

Tell = Callable[[Stage, int, int], None]
"""Is told how far a copy is: copying so many bytes of about so many, or checking."""
LOOK = 0.25
"""Seconds between two looks at how much has been copied."""


class Damaged(Exception):
    """A copy can't be read whole with its key; it was not kept."""


class Busy(Exception):
    """Another process makes a backup just now."""


NOT_MADE = (Damaged, OSError, sqlcipher.Error)
"""What may be wrong when there is no backup in the end."""


def folder(config: Config) -> Path:
    """Where backups are kept."""
    return config.backups


def unheard(_stage: Stage, _done: int, _of: int) -> None:
    """Tell nobody."""


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
        _clear_away(place)
        copy(database, config, target)
        _let_go(place, tonight(now))
    return target


def wanted(database: Database, config: Config, now: datetime) -> Path | None:
    """Make the backup that somebody asked for on the admin's page, and write down how far it is; None without one."""
    place = folder(config)
    asked = queries.progress(place) if database.embedded else None
    if asked is None or asked.stage is not Stage.WANTED:
        return None

    def tell(stage: Stage, done: int = 0, of: int = 0) -> None:
        services.tell(place, Progress(stage, now, done, of))

    try:
        return at_once(database, config, now, tell=tell)
    except Busy:
        return None  # it is still wanted: soon


def at_once(
    database: Database, config: Config, now: datetime, target: Path | None = None, tell: Tell = unheard
) -> Path:
    """Make a backup now, beside those of the nights or at `target`. Raises Busy, and what `copy` raises."""
    place = folder(config)
    place.mkdir(mode=0o700, exist_ok=True)
    target = target or place / rules.name_asked_for(now.astimezone())
    with _alone(place) as alone:
        if not alone:
            raise Busy
        # How it ended is told before the lock is free: whoever looks in between would take it for stopped.
        try:
            _clear_away(place)
            copy(database, config, target, tell)
            for name in rules.let_go(path.name for path in place.glob("*.db")):
                (place / name).unlink()
        except NOT_MADE as error:
            with suppress(OSError):  # a full disk may have no room for this either
                tell(ending_of(error), 0, 0)
            raise
        tell(Stage.MADE, 0, 0)
    return target


def ending_of(error: BaseException) -> Stage:
    """Name why there is no backup in the end."""
    return Stage.FULL if is_full(error) else Stage.DAMAGED if isinstance(error, Damaged) else Stage.STOPPED


def is_full(error: BaseException) -> bool:
    """Whether there was no room left on the disk."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or "disk is full" in str(error)


def copy(database: Database, config: Config, target: Path, tell: Tell = unheard) -> None:
    """Write an encrypted copy of the embedded database to `target`, whole and read back, or not at all.

    Raises Damaged, OSError, and sqlcipher3's errors where the disk is full or the database can't be read.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    draft.touch(0o600, exist_ok=False)
    try:
        with closing(database.owner.raw_connection()) as connection, _watching(draft, _size(connection), tell):
            connection.cursor().execute("VACUUM INTO ?", (str(draft),))
        tell(Stage.CHECKING, 0, 0)
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


def _size(connection: Any) -> int:
    """About how many bytes a copy will have: the pages that are in use."""
    told = (connection.cursor().execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
    pages, free = told
    return int(pages - free) * int(connection.cursor().execute("PRAGMA page_size").fetchone()[0])


@contextmanager
def _watching(draft: Path, of: int, tell: Tell) -> Iterator[None]:
    """Tell how much of a copy is on the disk while it is being written: the statement itself says nothing."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            tell(Stage.COPYING, min(draft.stat().st_size, of), of)

    tell(Stage.COPYING, 0, of)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    tell(Stage.COPYING, of, of)


def _clear_away(place: Path) -> None:
    for left in place.glob(".cairn-*"):  # by a process that was killed: whoever is alive would hold the lock
        left.unlink()


def _nights(place: Path) -> list[date]:
    return [night for path in place.glob("*.db") if (night := rules.night_named(path.name))]


def _let_go(place: Path, tonight: date) -> None:
    nights = _nights(place)
    for night in set(nights) - rules.kept(nights, tonight):
        (place / rules.name_of(night)).unlink()
    for name in rules.too_old((path.name for path in place.glob("*.db")), tonight):
        (place / name).unlink()


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Say whether nobody else makes a backup here; until the block ends nobody does. A killed process lets go."""
    with open(os.open(place / queries.LOCK, os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        yield any(_taken(lock, pause) for pause in (0.0, 0.05, 0.1))  # whoever only looks has it for a moment


def _taken(lock: TextIO, pause: float) -> bool:
    time.sleep(pause)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _on_disk(path: Path) -> None:
    """Have a file, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
