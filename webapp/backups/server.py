"""Backups of PostgreSQL: every table as it was at one instant, as `COPY` writes it, encrypted piece by piece.

One transaction (REPEATABLE READ) sees one state and keeps nobody from writing. The first piece says which tables,
how many rows and where the sequences stood; each further one is a table's number and some of its rows, compressed.
It needs no program beside Cairn, and no role but one that may read (and, to restore, make) all tables.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, text

from webapp import migrations
from webapp.backups.problems import Damaged
from webapp.backups.sealed import Writer, pieces
from webapp.db import Database
from webapp.domain.backups import Stage, Tell
from webapp.guard import row_security
from webapp.keyring import Keyring
from webapp.models import Base
from webapp.models.secret import keyring

PIECE = 1024 * 1024
"""Bytes of rows in a piece, before they are compressed."""


_OUR_FUNCTIONS = text(
    "SELECT CAST(CAST(oid AS regprocedure) AS text) FROM pg_proc "
    "WHERE pronamespace = CAST(current_schema() AS regnamespace) AND starts_with(proname, 'cairn_')"
)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a backup holds: its migration, and each table with its columns, its rows and where its sequence stood."""

    revision: str
    columns: dict[str, list[str]]
    rows: dict[str, int]
    sequences: dict[str, int]


def write(database: Database, file: IO[bytes], tell: Tell) -> None:
    """Write all tables, as they are now, to `file`."""
    with database.surveying() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        inventory = _take_inventory(connection)
        writer = Writer(file, keyring(connection.dialect))
        writer.piece(json.dumps([getattr(inventory, name) for name in Inventory.__slots__]).encode())
        of, every, done = _size(connection), sum(inventory.rows.values()), 0
        tell(Stage.COPYING, 0, of)
        for number, table in enumerate(inventory.columns):
            for some, rows in _copied(connection, table, inventory.columns[table]):
                writer.piece(number.to_bytes(2) + zlib.compress(some, 1))
                done += rows
                tell(Stage.COPYING, of * done // max(1, every), of)
        writer.piece(b"", last=True)
        tell(Stage.COPYING, of, of)


def read_through(path: Path, keys: Keyring) -> Inventory:
    """Read a backup from end to end and count its rows. Raises Damaged."""
    inventory, rest = _begun(path, keys)
    rows = dict.fromkeys(inventory.columns, 0)
    for table, some in rest:
        rows[table] += some.count(b"\n")  # a line break in a text is written as two other letters
    if rows != inventory.rows:
        raise Damaged(f"{path.name} does not hold the rows that it says.")
    return inventory


def fill(connection: Connection, path: Path, keys: Keyring) -> None:
    """Put the rows of a backup into the empty tables of its own migration. Raises Damaged.

    The policies are away afterwards, until the database is brought up to date: nothing is copied into tables that have
    some. Meanwhile the triggers that add rows, or refuse them, stay silent.
    """
    inventory, rest = _begun(path, keys)
    row_security.expose(connection)
    for table in inventory.columns:
        connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
    for table, some in rest:
        with _driver(connection).cursor().copy(_copy(table, inventory.columns[table], "FROM STDIN")) as copy:
            copy.write(some)
    for table in inventory.columns:
        connection.execute(text(f'ALTER TABLE "{table}" ENABLE TRIGGER USER'))
    for sequence, value in inventory.sequences.items():
        connection.execute(text("SELECT setval(CAST(:name AS regclass), :value)"), {"name": sequence, "value": value})


def count(connection: Connection, tables: dict[str, list[str]]) -> dict[str, int]:
    """Count the rows of the named tables."""
    return {table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one() for table in tables}  # noqa: S608


def empty(connection: Connection) -> None:
    """Take all tables away, and what their triggers call, so that those of a backup's migration can be made."""
    tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).all()
    for table in tables:
        connection.execute(text(f'DROP TABLE "{table}" CASCADE'))
    for function in connection.scalars(_OUR_FUNCTIONS).all():
        connection.execute(text(f"DROP FUNCTION {function}"))


def _take_inventory(connection: Connection) -> Inventory:
    columns = {table.name: [column.name for column in table.columns] for table in Base.metadata.sorted_tables}
    sequences = connection.execute(
        text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()")
    )
    stood = {name: value for name, value in sequences if value is not None}
    return Inventory(migrations.revision(connection), columns, count(connection, columns), stood)


def _begun(path: Path, keys: Keyring) -> tuple[Inventory, Iterator[tuple[str, bytes]]]:
    opened = pieces(path, keys)
    inventory = Inventory(*json.loads(next(opened)))
    tables = list(inventory.columns)
    return inventory, ((tables[int.from_bytes(one[:2])], zlib.decompress(one[2:])) for one in opened if one)


def _copied(connection: Connection, table: str, columns: list[str]) -> Iterator[tuple[bytes, int]]:
    some, rows = bytearray(), 0
    with _driver(connection).cursor().copy(_copy(table, columns, "TO STDOUT")) as copy:
        for row in copy:
            some += row
            rows += 1
            if len(some) >= PIECE:
                yield bytes(some), rows
                some, rows = bytearray(), 0
    if some:
        yield bytes(some), rows


def _copy(table: str, columns: list[str], direction: str) -> str:
    listed = ", ".join(f'"{name}"' for name in columns)
    return f'COPY "{table}" ({listed}) {direction}'


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _size(connection: Connection) -> int:
    """About how many bytes there are to be copied."""
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
