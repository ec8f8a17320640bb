"""Many rows in one statement whose text never changes, in the words of the database at hand.

A list travels as one parameter: PostgreSQL takes arrays, SQLite reads JSON. Statements with one parameter per
value are parsed anew for every length; with 500 reminders at a time that cost more than the work itself.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, Boolean, Connection, Insert, Select, Table, Text, Update, bindparam, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import CursorResult, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from webapp.models.base import Id, insert_into

Rows = Sequence[Mapping[str, Any]]


class _Ids(TypeDecorator[Collection[int]]):
    """A list of ids as one parameter."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.ARRAY(Id) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        ids = list(value or ())
        return ids if dialect.name == "postgresql" else json.dumps(ids)


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()
    name = "among"

    def self_group(self, against: Any = None) -> "_Among":
        """Stand in a WHERE as it is: SQLAlchemy would add "= 1" for SQLite, which then reads whole tables."""
        return self


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: Any, **named: Any) -> str:
    column, ids = (compiler.process(part, **named) for part in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(_Among, "sqlite")
def _each(element: _Among, compiler: Any, **named: Any) -> str:
    column, ids = (compiler.process(part, **named) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 (both parts are compiled)


def table_of(model: Any) -> Table:
    """Return the table behind a model, for statements without the ORM."""
    return cast(Table, model.__table__)


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Say that a column is one of the ids handed in under `name`, however many they are."""
    return _Among(column, bindparam(name, type_=_Ids))


class Inserting:
    """INSERT of many rows with the same columns; `on_conflict` and `returning` are added by `shape`."""

    def __init__(self, table: Any, *columns: str, shape: Any = lambda write: write) -> None:
        self._table = table_of(table)
        self._columns = columns
        self._shape = shape
        self._made: dict[str, Insert] = {}

    def __call__(self, connection: Connection, rows: Rows) -> CursorResult[Any]:
        """Write the rows; there must be at least one."""
        arrays = connection.dialect.name == "postgresql"
        if connection.dialect.name not in self._made:
            self._make(connection.dialect, arrays)
        given = _by_column(rows, self._columns) if arrays else list(rows)
        return connection.execute(self._made[connection.dialect.name], given)

    def _make(self, dialect: Dialect, arrays: bool) -> None:
        write = insert_into(dialect, self._table)
        if arrays:
            write = write.from_select(self._columns, _unnested(self._table, self._columns), include_defaults=False)
        self._made[dialect.name] = self._shape(write)


class Updating:
    """UPDATE of many rows by their id, each with values of its own."""

    def __init__(self, table: Any, *columns: str) -> None:
        self._table = table_of(table)
        self._columns = columns
        self._made: dict[str, Update] = {}

    def __call__(self, connection: Connection, rows: Rows) -> None:
        """Change the rows; each names its `id`. There must be at least one."""
        arrays = connection.dialect.name == "postgresql"
        if connection.dialect.name not in self._made:
            self._make(connection.dialect, arrays)
        statement = self._made[connection.dialect.name]
        if arrays:
            connection.execute(statement, _by_column(rows, ("id", *self._columns)))
        else:
            connection.execute(statement, [{f"new_{name}": value for name, value in row.items()} for row in rows])

    def _make(self, dialect: Dialect, arrays: bool) -> None:
        change = update(self._table)
        if arrays:
            new = _unnested(self._table, ("id", *self._columns)).subquery("new")
            change = change.where(self._table.c.id == new.c.id).values({name: new.c[name] for name in self._columns})
        else:
            change = change.where(self._table.c.id == bindparam("new_id")).values(
                {name: bindparam(f"new_{name}") for name in self._columns}
            )
        self._made[dialect.name] = change


def _unnested(table: Table, columns: Sequence[str]) -> Select[Any]:
    arrays = [bindparam(f"all_{name}", type_=ARRAY(table.c[name].type)) for name in columns]
    return select(func.unnest(*arrays).table_valued(*columns).render_derived())


def _by_column(rows: Rows, columns: Sequence[str]) -> dict[str, list[Any]]:
    return {f"all_{name}": [row[name] for row in rows] for name in columns}
