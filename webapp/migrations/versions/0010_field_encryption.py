"""on PostgreSQL, encrypt what people write and where they are reached; on both, find an endpoint by a key of its own.

What was there before stays readable in PostgreSQL's own files until it is overwritten: `VACUUM FULL` afterwards makes
them anew, and older backups and archived logs still hold it (README, "Run it for real").

Which columns are secret is read from today's models. A later migration that renames one, or takes it off that table,
must see to its old name here.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.domain.passwords import normalised
from webapp.models import Base
from webapp.models.fields import FOUND_BY_HASH, SECRET
from webapp.models.secret import SecretJson, keyring, secret_type

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT_ONCE = 1000
"""Rows that are read, encrypted and written together."""
Change = Callable[[Any, str, int, str], str]
"""What becomes of a text: by these keys, at "table.column", in this row."""


def upgrade() -> None:
    op.execute("ALTER TABLE endpoints RENAME COLUMN address TO address_key")
    op.execute("ALTER TABLE endpoints ADD COLUMN address VARCHAR NOT NULL DEFAULT ''")
    op.execute("UPDATE endpoints SET address = address_key")
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE endpoints ALTER COLUMN address DROP DEFAULT")
    for table, columns in _here(SECRET).items():
        for name, kind in columns.items():
            if kind == "jsonb":
                _retype(table, name, "TEXT", f"NULLIF(\"{name}\"::text, 'null')")
    _rewrite(SECRET, lambda keys, place, row, text: keys.close(place, row, text))
    _rewrite(FOUND_BY_HASH, lambda keys, place, _row, text: keys.hash(place, text))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _rewrite(SECRET, lambda keys, place, row, stored: keys.open(place, row, stored))
        op.execute("UPDATE people SET email_key = email")
        _rewrite({"people": "email_key"}, lambda _keys, _place, _row, text: normalised(text).strip().casefold())
        for table, columns in _here(SECRET).items():
            for name in columns:
                if isinstance(secret_type(Base.metadata.tables[table].c[name]), SecretJson):
                    _retype(table, name, "JSONB", f'"{name}"::jsonb')
    op.execute("UPDATE endpoints SET address_key = address")
    op.execute("ALTER TABLE endpoints DROP COLUMN address")
    op.execute("ALTER TABLE endpoints RENAME COLUMN address_key TO address")


def _here(listed: dict[str, str]) -> dict[str, dict[str, str]]:
    """The listed columns that this database has by now, with their types."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        )
    )
    found: dict[str, dict[str, str]] = {}
    for table, name, kind in rows:
        if name in listed.get(table, "").split():
            found.setdefault(table, {})[name] = kind
    return found


def _retype(table: str, name: str, kind: str, using: str) -> None:
    op.execute(f'ALTER TABLE {table} ALTER COLUMN "{name}" TYPE {kind} USING {using}')


def _rewrite(listed: dict[str, str], change: Change) -> None:
    for table, columns in _here(listed).items():
        _rewrite_table(table, list(columns), change)


def _rewrite_table(table: str, names: list[str], change: Change) -> None:
    """Write the named columns of every row anew, some rows at a time."""
    bind = op.get_bind()
    keys = keyring(bind.dialect)
    (key,) = sa.inspect(bind).get_pk_constraint(table)["constrained_columns"]
    listed = ", ".join(f'"{name}"' for name in names)
    read = sa.text(f"SELECT {key}, {listed} FROM {table} WHERE {key} > :after ORDER BY {key} LIMIT {AT_ONCE}")  # noqa: S608
    changed = ", ".join(f'"{name}" = :v{number}' for number, name in enumerate(names))
    write = sa.text(f"UPDATE {table} SET {changed} WHERE {key} = :row")  # noqa: S608
    after = 0
    while rows := bind.execute(read, {"after": after}).all():
        bind.execute(
            write,
            [
                {"row": row[0]}
                | {
                    f"v{number}": None if text is None else change(keys, f"{table}.{name}", row[0], text)
                    for number, (name, text) in enumerate(zip(names, row[1:], strict=True))
                }
                for row in rows
            ],
        )
        after = rows[-1][0]
