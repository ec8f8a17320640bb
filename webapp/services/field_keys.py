"""Close the secret fields of a PostgreSQL database anew with the newest key, some rows at a time."""

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from webapp.models.secret import key_of
from webapp.queries import field_keys as queries

AT_ONCE = 500
"""Rows in one transaction: nobody waits long for them, and a stop loses little."""


def rotate_some(session: Session, table: Table) -> int:
    """Close some rows of a table anew, and return how many; 0 when nothing is left. Called again, it goes on."""
    connection = session.connection()
    rows = queries.some_stale(connection, table, AT_ONCE)
    if rows:
        key = key_of(table)
        opened = [{"at": row[0]} | dict(zip(row._fields[1:], row[1:], strict=True)) for row in rows]
        connection.execute(update(table).where(key == bindparam("at", type_=key.type)), opened)
    return len(rows)
