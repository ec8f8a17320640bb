"""Which keys closed the secret fields of a PostgreSQL database, and which rows an older key still holds."""

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, String, Table, and_, func, or_, select, type_coerce

from webapp.models import Base, Person
from webapp.models.sealing import secrets_of
from webapp.models.secret import key_of, keyring


def tables() -> list[Table]:
    """Every table with something secret in it."""
    return [table for table in Base.metadata.sorted_tables if secrets_of(table)]


def counts(connection: Connection) -> dict[str, int]:
    """Count the fields that each key closed. Reads every row of every table."""
    found: Counter[str] = Counter()
    for table in tables():
        for name in secrets_of(table):
            number = func.split_part(_stored(table, name), ":", 1).label("number")
            closed = select(number, func.count()).where(_stored(table, name).is_not(None)).group_by(number)
            found.update({key: many for key, many in connection.execute(closed)})
    return dict(found)


def left(connection: Connection) -> int:
    """Count the rows that an older key still holds something of."""
    stale = (select(func.count()).select_from(table).where(_is_stale(table, connection)) for table in tables())
    return sum(connection.execute(one).scalar_one() for one in stale)


def some_stale(connection: Connection, table: Table, most: int) -> list[Row[Any]]:
    """Open rows that an older key still holds something of, the first ones, and keep others from changing them."""
    columns = [key_of(table), *(table.c[name] for name in secrets_of(table))]
    rows: Select[Any] = select(*columns).where(_is_stale(table, connection)).order_by(key_of(table)).limit(most)
    return list(connection.execute(rows.with_for_update()))


def a_person(connection: Connection) -> Row[str, str] | None:
    """Somebody's address and the hash by which they are found: enough to see whether the keys belong here.

    Whoever has left has no address, and is found by none.
    """
    hashed = type_coerce(Person.email_key, String).label("hash")
    here = select(Person.email, hashed).where(Person.left_at.is_(None))
    return connection.execute(here.order_by(Person.id).limit(1)).first()


def _stored(table: Table, name: str) -> ColumnElement[str]:
    return type_coerce(table.c[name], String)


def _is_stale(table: Table, connection: Connection) -> ColumnElement[bool]:
    newest = f"{keyring(connection.dialect).newest}:%"
    stored = [_stored(table, name) for name in sorted(secrets_of(table))]
    return or_(*(and_(one.is_not(None), one.not_like(newest)) for one in stored))
