"""Every row about a person, by the table in domain/own_data.py; and whose account is to be deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, bindparam, func, not_, select

from webapp.domain.own_data import SECRETS, TIES, Obstacle, Tie, obstacles
from webapp.models import Assignment, Base, Person
from webapp.models.base import Id
from webapp.models.bulk import among
from webapp.queries.admin import LOOKS_AFTER_CAIRN

Row = Mapping[str, Any]
OF_ANOTHER = "in_the_record_of_another"
"""Marks a row that stands in a record of somebody else's, who is not named."""


@dataclass(frozen=True, slots=True)
class OwnData:
    """All that is handed to one person: rows by their table, and the names of those who stand in their record.

    `whole` are rows about the person, `parts` what they wrote or did in somebody else's record.
    """

    whole: Mapping[str, tuple[Row, ...]]
    parts: Mapping[str, tuple[Row, ...]]
    names: Mapping[int, str]


def table(name: str) -> Table:
    return Base.metadata.tables[name]


def hangs(on: Table, path: str) -> ColumnElement[bool]:
    """Say of a row that it hangs on the person `whose` by a path of columns."""
    name, _, rest = path.partition(".")
    column = on.c[name]
    if not rest:
        return column == bindparam("whose", type_=Id)
    target = next(iter(column.foreign_keys)).column.table
    return column.in_(select(target.c.id).where(hangs(target, rest)))


def people_in(on: Table) -> tuple[Column[Any], ...]:
    """The columns of a table that name an account."""
    return tuple(column for column in on.c if any(key.column.table.name == "people" for key in column.foreign_keys))


@cache
def refers(name: str) -> dict[str, str]:
    """Say to which table the columns of a table point."""
    return {one.name: key.column.table.name for one in table(name).c for key in one.foreign_keys}


def _told(on: Table, tie: Tie, earlier: tuple[Tie, ...]) -> Select[Any]:
    secret = SECRETS.get(on.name, frozenset())
    columns = [one for one in on.c if one.name not in secret and (tie.told is None or one.name in tie.told)]
    # A comparison with nothing is neither true nor false: what names nobody was not told yet.
    new = [not_(func.coalesce(hangs(on, one.path), False)) for one in earlier if one.told != ()]
    return select(*columns).where(hangs(on, tie.path), *new).order_by(*on.primary_key)


def _all_told() -> tuple[tuple[str, Tie, Select[Any]], ...]:
    found = []
    for name, ties in TIES.items():
        for place, tie in enumerate(ties):
            if tie.told != ():
                found.append((name, tie, _told(table(name), tie, ties[:place])))
    return tuple(found)


_TOLD = _all_told()
_NAMES = select(Person.id, Person.name).where(Person.id.in_(bindparam("ids", type_=Id, expanding=True)))
_CLIENTS = (
    select(func.count())
    .select_from(Assignment)
    .join(Person, Person.id == Assignment.client_id)
    .where(
        Assignment.care_team_id == bindparam("person_id"),
        Assignment.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
    .scalar_subquery()
)
_OTHER_ADMINS = (
    select(func.count())
    .where(
        *LOOKS_AFTER_CAIRN,
        Person.id != bindparam("person_id"),
        Person.organisation_id == bindparam("organisation_id"),
    )
    .scalar_subquery()
)
_IN_THE_WAY = select(_CLIENTS.label("clients"), _OTHER_ADMINS.label("admins"))
_DUE = (
    select(Person.id)
    .where(Person.leaves_at <= bindparam("now"), Person.leaves_at.is_not(None))
    .order_by(Person.leaves_at, Person.id)
)

_STILL_HERE = (
    select(Person.id, Person.created_at).where(among(Person.id, "ids"), Person.left_at.is_(None)).order_by(Person.id)
)


def everything(connection: Connection, person_id: int) -> OwnData:
    """Read every row about a person, whole or the part that is theirs; secrets are left out."""
    whole: dict[str, tuple[Row, ...]] = {}
    parts: dict[str, tuple[Row, ...]] = {}
    for name, tie, statement in _TOLD:
        found = connection.execute(statement, {"whose": person_id})
        rows = tuple(_without_client(dict(row._mapping), person_id) for row in found)
        if rows:
            kept = whole if tie.told is None else parts
            kept[name] = (*kept.get(name, ()), *rows)
    named = {
        row[column.name]
        for name, rows in whole.items()
        for column in people_in(table(name))
        for row in rows
        if row.get(column.name) is not None and not row.get(OF_ANOTHER)
    }
    names = {row.id: row.name for row in connection.execute(_NAMES, {"ids": sorted(named)})}
    return OwnData(whole, parts, names)


def _without_client(row: dict[str, Any], person_id: int) -> Row:
    """Leave out whose record a row belongs to where that is somebody else: the others are theirs to tell of."""
    if row.get("client_id") in (None, person_id):
        return row
    del row["client_id"]
    return row | {OF_ANOTHER: True}


def in_the_way(
    connection: Connection, person_id: int, organisation_id: int, is_admin: bool
) -> tuple[tuple[Obstacle, ...], int]:
    """What has to happen before somebody can leave, and with how many clients they work."""
    found = connection.execute(_IN_THE_WAY, {"person_id": person_id, "organisation_id": organisation_id}).one()
    return obstacles(found.clients, is_admin, found.admins), found.clients


def due(connection: Connection, now: datetime) -> tuple[int, ...]:
    """Whose accounts are to be deleted by now. One look into an index."""
    return tuple(connection.execute(_DUE, {"now": now}).scalars())


def still_here(connection: Connection, ids: list[int]) -> tuple[tuple[int, datetime], ...]:
    """Which of these accounts are there and were not deleted, and when each was made."""
    return tuple((row.id, row.created_at) for row in connection.execute(_STILL_HERE, {"ids": ids}))
