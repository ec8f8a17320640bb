"""Backups of the embedded database: a whole copy, encrypted with the same key, made while Cairn goes on writing.

`VACUUM INTO` copies one consistent state and keeps nobody from writing. (SQLite's own backup function begins anew
whenever another process writes, and so may never end.)
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from webapp.backups.problems import Damaged, NotRestored
from webapp.db import Database
from webapp.domain.backups import Stage, Tell

LOOK = 0.25
"""Seconds between two looks at how much has been copied."""


def write(database: Database, draft: Path, tell: Tell) -> None:
    """Write a copy to the empty file `draft`. Raises sqlcipher3's errors."""
    with closing(database.owner.raw_connection()) as connection, _watching(draft, _size(connection), tell):
        connection.cursor().execute("VACUUM INTO ?", (str(draft),))


def read_through(path: Path, key: str) -> dict[str, int]:
    """Read a copy from end to end and count its rows. Raises Damaged for a wrong page or index, or another key."""
    with closing(_opened(path, key, "ro")) as connection:
        try:
            pages = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            rest = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if pages or rest != [("ok",)]:
                raise Damaged(f"{path.name}: {(pages or rest)[0][0]}")
            rows = count(connection)
            if not rows.get("alembic_version"):
                raise Damaged(f"{path.name} is damaged: there is no Cairn in it.")
            return rows
        except sqlcipher.DatabaseError as error:
            raise Damaged(f"{path.name} is damaged, or its key is another one ({error}).") from error


def count(connection: Any) -> dict[str, int]:
    """Count the rows of every table."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for (name,) in tables.fetchall()
    }


def have_to_oneself(path: Path, key: str) -> int:
    """Bring all of a database into its one file, and count the people in it. Raises NotRestored, Damaged.

    It only leaves the mode with a log beside it when nobody else has it open: that is how one finds out.
    """
    try:
        with closing(_opened(path, key, "rw")) as connection:
            connection.execute("PRAGMA busy_timeout = 2000")
            there = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'people'").fetchone()[0]
            people = connection.execute("SELECT count(*) FROM people").fetchone()[0] if there else 0
            if connection.execute("PRAGMA journal_mode = DELETE").fetchone() != ("delete",):
                raise NotRestored("The database is in use. Stop Cairn first; then restore.")
            return int(people)
    except sqlcipher.OperationalError as error:
        if "locked" in str(error):
            raise NotRestored("The database is in use. Stop Cairn first; then restore.") from error
        raise Damaged(f"{path.name}: {error}") from error
    except sqlcipher.DatabaseError as error:
        raise Damaged(f"{path.name}: {error}") from error


def _opened(path: Path, key: str, mode: str) -> Any:
    connection = sqlcipher.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    return connection


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
