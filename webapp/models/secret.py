"""Fields that PostgreSQL keeps encrypted, each bound to its table, column, row and key (AES-GCM).

Writing: `sealing` puts a value beside the id of its row before it reaches the driver; a value without one is refused,
so nothing secret is stored by a way that was forgotten. Reading: the database hands a field over with the id of the
row where it stands, and only there it opens. Thus no field of one row can stand in for another's.

It does not protect from somebody who writes to the database and puts an older state of a field back into its own row,
empties it, or gives a whole row to another client by changing what is open (fields.py). How long a text is shows.
In SQL a secret can be selected, also through coalesce(), case() and a scalar subquery; it can't be compared, searched
or sorted there. That is refused on PostgreSQL when the statement runs.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, MetaData, String, Table, Text, TypeDecorator, case, event, func, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy import literal_column as literally
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import Case, ColumnElement, Label, Null
from sqlalchemy.sql.functions import coalesce
from sqlalchemy.sql.selectable import ScalarSelect
from sqlalchemy.types import TypeEngine

from webapp.models.fields import hashed_places, secret_places


class NotSealed(Exception):
    """A secret column was written or compared without saying for which row; the message names the column."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value on its way into a row."""

    row: int
    value: Any = field(repr=False)


class Secret(TypeDecorator[Any]):
    """Text that is encrypted where it stands; `place` is "table.column"."""

    impl = String
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None or (isinstance(value, Sealed) and value.value is None):
            return None
        if not isinstance(value, Sealed):
            raise NotSealed(f"{self.place} is secret: it is written with its row, and never compared")
        return str(keyring(dialect).close(self.place, value.row, self.written(value.value)))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        row, place, stored = value.split(":", 2)
        return self.read(keyring(dialect).open(place, row, stored))

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return type_coerce(_handed_over(column), self)

    def written(self, value: Any) -> str:
        return str(value)

    def read(self, text: str) -> Any:
        return text


class SecretJson(Secret):
    """What would be JSON, encrypted as its text."""

    impl = Text
    cache_ok = True

    def written(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def read(self, text: str) -> Any:
        return json.loads(text)


class Hashed(TypeDecorator[str]):
    """An address by which a row is found: a keyed hash, in the row and in what is compared with it."""

    impl = String
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(keyring(dialect).hash(self.place, value))


def keyring(dialect: Dialect) -> Any:
    """The keys that were handed to this engine (db.py)."""
    return dialect.cairn_keyring  # type: ignore[attr-defined]


def secret_type(column: ColumnElement[Any]) -> Secret | None:
    """The type behind a secret column, None for any other."""
    found = column.type._variant_mapping.get("postgresql")
    return found if isinstance(found, Secret) else None


def key_of(table: Any) -> Column[int]:
    """The one column that names a row."""
    (key,) = table.primary_key
    return key  # type: ignore[no-any-return]


def _handed_over(element: ColumnElement[Any]) -> ColumnElement[Any]:
    """Say in SQL: the row's id, the place, and what is stored there, such as "12:people.name:1:Zm9v…"."""
    if isinstance(element, Label):
        return _handed_over(element.element)
    if isinstance(element, Null):
        return element
    if isinstance(element, coalesce):
        return func.coalesce(*(_handed_over(one) for one in element.clauses))
    if isinstance(element, Case):
        whens = [(condition, _handed_over(then)) for condition, then in element.whens]
        return case(*whens, else_=None if element.else_ is None else _handed_over(element.else_))
    if isinstance(element, ScalarSelect):
        inner: Any = element.element
        (only,) = inner.selected_columns
        return inner.with_only_columns(_handed_over(only)).scalar_subquery()  # type: ignore[no-any-return]
    secret, table = secret_type(element), getattr(element, "table", None)
    if secret is None or table is None or len(table.primary_key) != 1:
        raise NotSealed(f"A secret can't be read through {type(element).__name__}: its row is not known there.")
    place: ColumnElement[str] = literally(f"':{secret.place}:'")
    return sql_cast(key_of(table), String).concat(place).concat(type_coerce(element, String))


@event.listens_for(Table, "after_parent_attach")
def _make_secret(table: Table, _metadata: MetaData) -> None:
    """Give the columns of a new table the types that fields.py asks for, on PostgreSQL alone."""
    for column in table.columns:
        place = f"{table.name}.{column.name}"
        variant: TypeEngine[Any] | None = None
        if place in secret_places():
            variant = SecretJson(place) if isinstance(column.type, JSON) else Secret(place)
        elif place in hashed_places():
            variant = Hashed(place)
        if variant is not None:
            plain = JSON() if isinstance(column.type, JSON) else column.type
            column.type = plain.with_variant(variant, "postgresql")
