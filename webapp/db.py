"""Connections: one engine, reads on plain connections, writes in one ORM session at a time.

Each is lent for a scope (`webapp/domain/scopes.py`), beneath which `webapp/guard` lies. Without one it serves for what
is nobody's. The owner's own way in, for migrations and backups, is apart from that.
"""

import fcntl
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from copy import copy
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from webapp import guard, keyring
from webapp.config import Config, ConfigurationError
from webapp.domain.scopes import Scope, everyone
from webapp.models import sealing

OLDEST_SQLITE = (3, 51, 3)
"""Earlier releases can corrupt a database when a WAL is reset (sqlite.org, release notes of 3.51.3)."""


PATIENCE = 10.0
"""Seconds to wait for one's turn to write; a process that is frozen in its own must not hold up the others for ever."""

REST = 0.002
"""Seconds of standing back: longer than others wait before they look again, and nothing to one with much to do."""


OUR_MISTAKES = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""What a database says about a statement, and not about itself."""

OUT_OF_REACH = (DatabaseError, InterfaceError, NoneFree)
"""What else it says, our mistakes apart: gone, full, read-only, broken, or all connections in use."""

# Whoever asks SQLAlchemy to log everything gets statements, but no rows: those hold what people wrote.
logging.getLogger("sqlalchemy.engine.Engine").addFilter(lambda record: not str(record.msg).startswith("Row "))


class DatabaseDown(Exception):
    """The database does not answer."""


TROUBLE = (DatabaseDown, DBAPIError)
"""What goes wrong with a database, for whoever can do without it."""


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
                self._file = _opened(self._path)
            while not self._taken():
                if time.monotonic() > until:
                    raise DatabaseDown("another process writes and does not come to an end")
                time.sleep(REST / 2)
        except BaseException:
            self._threads.release()
            raise

    def close(self) -> None:
        """Let go of the file of the queue, unless it is this process's turn just now."""
        if self._threads.acquire(blocking=False):
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            self._threads.release()

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


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseDown(f"nothing can be written beside the database ({error.strerror})") from error


class Database:
    """Hand out connections for reading and sessions for writing.

    `scope` is what they are lent for where a caller names none. The web has no such default: who asks differs with
    every request. `owner` is an engine without guard, as the role that owns the tables.
    """

    scope: Scope | None = None

    def __init__(self, engine: Engine, owner: Engine) -> None:
        self.engine, self.owner = engine, owner
        self.embedded = engine.dialect.name == "sqlite"
        self._writers = engine.execution_options(cairn_writes=True)
        self._turn: Turn | nullcontext[None] = Turn(f"{engine.url.database}-turn") if self.embedded else nullcontext()
        guard.watch(engine)

    @property
    def role(self) -> str:
        """The role that asks and writes; empty in the embedded database."""
        return self.engine.url.username or ""

    def within(self, scope: Scope | None) -> "Database":
        """Give the same database, for a piece of work that always has the same scope; or, for the web, none."""
        other = copy(self)
        other.scope = scope
        return other

    @contextmanager
    def reading(self, scope: Scope | None = None) -> Iterator[Connection]:
        """Give a connection for SELECTs; whatever it did is rolled back. Raises DatabaseDown."""
        with self._connected() as connection:
            if (scope := scope or self.scope) is not None:
                guard.make_ready(connection, scope, writes=False)
                connection.begin()
                guard.enter(connection, scope)
            yield connection

    def change(self, connection: Connection, scope: Scope | None) -> None:
        """Put a connection that is in use into another scope, or into none."""
        guard.enter(connection, scope)

    def _connected(self) -> Connection:
        try:
            return self.engine.connect()
        except DBAPIError as error:
            raise DatabaseDown(str(error.orig)) from error

    @contextmanager
    def writing(self, scope: Scope | None = None) -> Iterator[Session]:
        """Give a session whose work is committed when the block ends well, else rolled back.

        On SQLite the transaction begins IMMEDIATE: a deferred one that turns to writing is refused
        at once when another writer came first, whatever the busy timeout.
        """
        scope = scope or self.scope
        with self._turn, self._writers.connect() as connection:
            if scope is not None:
                guard.make_ready(connection, scope, writes=True)
            with Session(connection, expire_on_commit=False) as session, session.begin():
                if scope is not None:
                    guard.enter(session.connection(), scope)
                yield session

    @contextmanager
    def owning(self) -> Iterator[Session]:
        """Give a session of the owner's, in its turn: it changes the database's shape, and no guard is beneath it."""
        with self._turn, Session(self.owner.execution_options(cairn_writes=True)) as session, session.begin():
            self._unveil(session.connection())
            yield session

    @contextmanager
    def surveying(self) -> Iterator[Connection]:
        """Give a connection of the owner's that reads everything as it was at one instant; nobody waits for it."""
        level = {} if self.embedded else {"isolation_level": "REPEATABLE READ"}
        with self.owner.connect().execution_options(**level) as connection, connection.begin() as transaction:
            self._unveil(connection)
            yield connection
            transaction.rollback()

    def _unveil(self, connection: Connection) -> None:
        """Open all rows to the owner: row security binds even one who owns the tables."""
        if not self.embedded:
            guard.enter(connection, everyone("the owner makes, moves and copies whole tables"))

    def stand_back(self) -> None:
        """Let other processes write in between, for one that has much to write and can wait."""
        if isinstance(self._turn, Turn):
            self._turn.rest = REST

    def dispose(self) -> None:
        """Let go of every connection, and of the place in the queue; both come back when they are asked for."""
        self.engine.dispose()
        self.owner.dispose()
        if isinstance(self._turn, Turn):
            self._turn.close()


def connect(config: Config) -> Database:
    """Open the configured database: PostgreSQL where a URL is given, else the embedded encrypted one.

    Raises ConfigurationError for a URL of another kind or an SQLite too old to be safe.
    """
    if config.database_url is None:
        path, key = config.data / "cairn.db", config.database_key
        # Eight threads read at once; the pool holds a connection for each and some for a burst.
        engines = _embedded(path, key, pool_size=8, max_overflow=16), _embedded(path, key, poolclass=NullPool)
        return _sealing(engines, config)
    owner = config.database_owner_url or config.database_url
    for name, url in (("CAIRN_DATABASE_URL", config.database_url), ("CAIRN_DATABASE_OWNER_URL", owner)):
        if not url.startswith("postgresql+psycopg://"):
            raise ConfigurationError(f"{name}: it should begin with postgresql+psycopg://")
    engine = _server(config.database_url, config.field_keys, pool_pre_ping=True, pool_size=8, max_overflow=8)
    return _sealing((engine, _server(owner, config.field_keys, poolclass=NullPool)), config)


def _server(url: str, field_keys: str, **pool: Any) -> Engine:
    try:
        keys = keyring.parse(field_keys)
    except ValueError as error:
        raise ConfigurationError(f"CAIRN_FIELD_KEYS: {error}") from error
    # No value is ever part of an error's text, and so of no log.
    engine = create_engine(url, hide_parameters=True, **pool)
    engine.dialect.cairn_keyring = keys  # type: ignore[attr-defined]
    sealing.watch(engine)
    return engine


def _sealing(engines: tuple[Engine, Engine], config: Config) -> Database:
    """Let every connection know the key that seals who looked; it is never sent to the database."""
    for engine in engines:
        engine.update_execution_options(cairn_audit_key=config.audit_key)
    return Database(*engines)


def _embedded(path: Path, key: str, **pool: Any) -> Engine:
    if sqlcipher.sqlite_version_info < OLDEST_SQLITE:
        raise ConfigurationError(f"SQLite {sqlcipher.sqlite_version} is too old to be safe; 3.51.3 is needed.")
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise ConfigurationError("The database key should be 64 hexadecimal digits (256 bits).")
    if path.parent.is_dir() and os.access(path.parent, os.W_OK):
        path.touch(0o600)  # SQLite gives its log the rights of the file, and would make the file readable to all
    known = {"cached_statements": 512}
    engine = create_engine(f"sqlite:///{path}", module=sqlcipher, connect_args=known, hide_parameters=True, **pool)

    @event.listens_for(engine, "do_connect")
    def _make_none(*_: object) -> None:
        """Where it is gone, SQLite would make an empty one in its place."""
        _file(path)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _file(path)
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

    @event.listens_for(engine, "checkout")
    def _same_as_ever(_connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Write to no file that is no longer there under its name: it takes everything, and nobody finds it again."""
        if record.info["file"] != _file(path):
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("cairn_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "handle_error")
    def _let_go(context: ExceptionContext) -> None:
        """Open anew after a write that was not allowed: what was opened on a read-only disk stays so for good."""
        context.is_disconnect = "readonly" in str(context.original_exception)

    return engine


def _file(path: Path) -> tuple[int, int]:
    """Tell the file of the embedded database from any other that had or will have its name."""
    try:
        found = path.stat()
    except OSError as error:
        raise sqlcipher.OperationalError(f"unable to open database file ({error.strerror})") from error
    return found.st_dev, found.st_ino
