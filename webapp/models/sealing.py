"""Before a statement reaches PostgreSQL: put each secret value beside the id of the row it is written to.

A new row's id is taken from its sequence ahead of the INSERT, which costs one more statement where something secret
is written. A changed row must be named by its id in the WHERE of the UPDATE.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, text
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, Null
from sqlalchemy.sql.operators import and_, eq

from webapp.models.base import Base
from webapp.models.secret import NotSealed, Sealed, key_of, secret_type

Values = dict[str, Any]


def watch(engine: Engine) -> None:
    """Seal whatever an engine writes."""
    event.listen(engine, "before_execute", _seal, retval=True)


def secrets_of(table: Table) -> frozenset[str]:
    """The names of a table's secret columns."""
    found = table.info.get("secrets")
    if found is None:
        found = table.info["secrets"] = frozenset(one.name for one in table.columns if secret_type(one) is not None)
    return frozenset(found)


@event.listens_for(Base, "before_insert", propagate=True)
def _name_row(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    """Let a new object know its id before anything secret of it is written."""
    if connection.dialect.name != "postgresql" or getattr(target, "id", True) is not None:
        return
    table = mapper.local_table
    if any(getattr(target, name) is not None for name in secrets_of(table)):  # type: ignore[arg-type]
        target.id = _new_ids(connection, table, 1)[0]  # type: ignore[arg-type]


def _seal(connection: Connection, statement: Any, many: Any, one: Any, _options: Any) -> tuple[Any, Any, Any]:
    if not isinstance(statement, Insert | Update):
        return statement, many, one
    table: Table = statement.table  # type: ignore[assignment]
    names = secrets_of(table)
    if not names:
        return statement, many, one
    if isinstance(statement, Insert):
        return _insert(connection, statement, table, names, many, one)
    return _update(statement, table, names, many, one)


def _insert(
    connection: Connection, statement: Insert, table: Table, names: frozenset[str], many: Any, one: Any
) -> tuple[Any, Any, Any]:
    _refuse_what_is_not_seen(statement, table, names)
    own = _own_values(statement, table)
    rows: list[Values] = [own | row for row in (many or [one or {}])]
    if not any(_secrets_in(row, names) for row in rows):
        return statement, many, one
    key = key_of(table).name
    nameless = [row for row in rows if row.get(key) is None]
    if nameless:
        for row, new in zip(nameless, _new_ids(connection, table, len(nameless)), strict=True):
            row[key] = new
    rows = [_sealed(row, names, row[key]) for row in rows]
    if not own:
        return statement, rows if many else [], {} if many else rows[0]
    if many:
        raise NotSealed(f"{table.name}: values stand in the statement or in its parameters, not in both")
    return statement.values(rows[0]), [], {}


def _update(statement: Update, table: Table, names: frozenset[str], many: Any, one: Any) -> tuple[Any, Any, Any]:
    own = _own_values(statement, table)
    row_of = _row_named(statement, table)
    rows = [dict(row) for row in (many or [one or {}])]
    if _secrets_in(own, names):
        if len(rows) > 1 or row_of is None:
            raise NotSealed(f"{table.name}: an UPDATE that writes a secret names its row by its id")
        sealed = _sealed(own, names, _value(row_of, rows[0]))
        statement = statement.values({name: sealed[name] for name in own if name in names})
    for number, row in enumerate(rows):
        if _secrets_in(row, names):
            if row_of is None:
                raise NotSealed(f"{table.name}: an UPDATE that writes a secret names its row by its id")
            rows[number] = _sealed(row, names, _value(row_of, row))
    return (statement, rows, {}) if many else (statement, [], rows[0])


def _sealed(values: Mapping[str, Any], names: frozenset[str], row: int) -> Values:
    return {
        name: Sealed(row, value) if name in names and value is not None and not isinstance(value, Sealed) else value
        for name, value in values.items()
    }


def _secrets_in(values: Mapping[str, Any], names: frozenset[str]) -> bool:
    return any(name in names and value is not None for name, value in values.items())


def _own_values(statement: Insert | Update, table: Table) -> Values:
    """What `.values(…)` put into a statement, as far as it is plain values; a secret must be."""
    found: Values = {}
    for column, element in (statement._values or {}).items():
        name = column if isinstance(column, str) else column.key
        if isinstance(element, BindParameter):
            found[name] = element.effective_value
        elif name in secrets_of(table) and not isinstance(element, Null):
            raise NotSealed(f"{table.name}.{name} is secret: SQL can't make it up")
    return found


def _refuse_what_is_not_seen(statement: Insert, table: Table, names: frozenset[str]) -> None:
    """Refuse the ways of an INSERT that are not looked into, where they would write a secret."""
    written: set[str] = set(statement._select_names or ()) if statement.select is not None else set()
    for row in (one for block in statement._multi_values for one in block):
        written |= {column if isinstance(column, str) else column.key for column in row}
    conflict = getattr(statement, "_post_values_clause", None)
    written |= {str(getattr(name, "key", name)) for name in dict(getattr(conflict, "update_values_to_set", None) or ())}
    if written & names:
        raise NotSealed(f"{table.name}: a secret is written by INSERT with one row of parameters for each row")


def _row_named(statement: Update, table: Table) -> BindParameter[Any] | None:
    """Find the id in the WHERE of an UPDATE: `id = …`, alone or with other conditions."""
    key = key_of(table)
    waiting = list(statement._where_criteria)
    while waiting:
        element = waiting.pop()
        if isinstance(element, BooleanClauseList) and element.operator is and_:
            waiting += element.clauses
        elif isinstance(element, BinaryExpression) and element.operator is eq:
            left, right = element.left, element.right
            if isinstance(right, BindParameter) and key.shares_lineage(left):
                return right
    return None


def _value(parameter: BindParameter[Any], given: Mapping[str, Any]) -> int:
    found: Any = given.get(parameter.key, parameter.effective_value)
    return int(found)


def _new_ids(connection: Connection, table: Table, number: int) -> list[int]:
    """Take ids from a table's sequence; it keeps its name from the first migration on."""
    names = text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :number)")
    return list(connection.scalars(names, {"sequence": f"{table.name}_{key_of(table).name}_seq", "number": number}))
