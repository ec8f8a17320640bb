"""Connections: one engine, reads on plain connections, writes in one ORM session at a time."""

import fcntl
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from webapp import keyring
from webapp.config import Config, ConfigurationError
from webapp.models import sealing

OLDEST_SQLITE = (3, 51, 3)
"""Earlier releases can corrupt a database when a WAL is reset (sqlite.org, release notes of 3.51.3)."""


PATIENCE = 10.0
"""Seconds to wait for one's turn to write; a process that is frozen in its own must not hold up the others for ever."""

REST = 0.002
"""Seconds of standing back: longer than others wait before they look again, and nothing to one with much to do."""


# Whoever asks SQLAlchemy to log everything gets statements, but no rows: those hold what people wrote.
logging.getLogger("sqlalchemy.engine.Engine").addFilter(lambda record: not str(record.msg).startswith("Row "))


class DatabaseDown(Exception):
    """The database does not answer."""


class Turn:
    """A queue of those who want to write to SQLite: threads by a lock, processes by a lock on a file.

    SQLite itself lets writers poll, with longer and longer pauses, and whoever writes on and on always comes first:
    a tap in the web waited for three seconds while ten thousand reminders were worked off. `rest` are seconds of
    standing back after each turn.
    """

    def __init__(self, path: str) -> None:
        self._path, self._file = path, -1
        self._threads = threading.Lock()
        self.rest = 0.0

    def __enter__(self) -> None:
        until = time.monotonic() + PATIENCE
        if not self._threads.acquire(timeout=PATIENCE):
            raise DatabaseDown("others write and do not come to an end")
        try:
            if self._file < 0:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            while not self._taken():
                if time.monotonic() > until:
                    raise DatabaseDown("another process writes and does not come to an end")
                time.sleep(REST / 2)
        except BaseException:
            self._threads.release()
            raise

    def _taken(self) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN)
        if self.rest:
            time.sleep(self.rest)
        self._threads.release()


class Database:
    """Hand out connections for reading and sessions for writing."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.embedded = engine.dialect.name == "sqlite"
        self._writers = engine.execution_options(cairn_writes=True)
        self._turn: Turn | nullcontext[None] = Turn(f"{engine.url.database}-turn") if self.embedded else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for SELECTs; whatever it did is rolled back. Raises DatabaseDown."""
        with self._connected() as connection:
            yield connection

    def _connected(self) -> Connection:
        try:
            return self.engine.connect()
        except DBAPIError as error:
            raise DatabaseDown(str(error.orig)) from error

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose work is committed when the block ends well, else rolled back.

        On SQLite the transaction begins IMMEDIATE: a deferred one that turns to writing is refused
        at once when another writer came first, whatever the busy timeout.
        """
        with self._turn, Session(self._writers, expire_on_commit=False) as session, session.begin():
            yield session

    def stand_back(self) -> None:
        """Let other processes write in between, for one that has much to write and can wait."""
        if isinstance(self._turn, Turn):
            self._turn.rest = REST

    def dispose(self) -> None:
        self.engine.dispose()


def connect(config: Config) -> Database:
    """Open the configured database: PostgreSQL where a URL is given, else the embedded encrypted one.

    Raises ConfigurationError for a URL of another kind or an SQLite too old to be safe.
    """
    if config.database_url is None:
        return Database(_embedded(config.data / "cairn.db", config.database_key))
    if not config.database_url.startswith("postgresql+psycopg://"):
        raise ConfigurationError("CAIRN_DATABASE_URL: it should begin with postgresql+psycopg://")
    return Database(_server(config.database_url, config.field_keys))


def _server(url: str, field_keys: str) -> Engine:
    try:
        keys = keyring.parse(field_keys)
    except ValueError as error:
        raise ConfigurationError(f"CAIRN_FIELD_KEYS: {error}") from error
    # No value is ever part of an error's text, and so of no log.
    engine = create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=8, hide_parameters=True)
    engine.dialect.cairn_keyring = keys  # type: ignore[attr-defined]
    sealing.watch(engine)
    return engine


def _embedded(path: Path, key: str) -> Engine:
    if sqlcipher.sqlite_version_info < OLDEST_SQLITE:
        raise ConfigurationError(f"SQLite {sqlcipher.sqlite_version} is too old to be safe; 3.51.3 is needed.")
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise ConfigurationError("The database key should be 64 hexadecimal digits (256 bits).")
    if path.parent.is_dir() and os.access(path.parent, os.W_OK):
        path.touch(0o600)  # SQLite gives its log the rights of the file, and would make the file readable to all
    # Eight threads read at once; the pool holds a connection for each and some for a burst.
    engine = create_engine(f"sqlite:///{path}", module=sqlcipher, pool_size=8, max_overflow=16, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are ours to begin, below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA key = \"x'{key}'\"")
        for pragma in (
            "busy_timeout = 10000",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("cairn_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
