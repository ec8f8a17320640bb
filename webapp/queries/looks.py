"""Who looked: for the client to read, newest first; and whole chains, for checking them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from webapp.domain.looks import Head, Sealed
from webapp.models import Departure, Look, LookChain, Person

AT_ONCE = 5000
"""Rows that are fetched at a time when whole chains are read."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One look at the client's record. Nobody's (`by_id` and `name` empty): whoever runs the server."""

    by_id: int | None
    name: str | None
    at: datetime
    page: str
    seq: int


@dataclass(frozen=True, slots=True)
class Left:
    """A deleted account, and where its chain of looks ended."""

    head: Head
    at: datetime
    seal: str


_LATEST: Select[*tuple[Any, ...]] = (
    select(Look.by_id, Person.name, Look.at, Look.page, Look.seq)
    .outerjoin(Person, Person.id == Look.by_id)
    .where(Look.client_id == bindparam("client_id"))
    .order_by(Look.seq.desc())
    .limit(bindparam("most"))
)
_EARLIER = _LATEST.where(Look.seq < bindparam("before"))
_HEADS = select(LookChain.client_id, LookChain.seq, LookChain.mac).order_by(LookChain.client_id)
_LEFT = select(Departure.person_id, Departure.seq, Departure.head, Departure.left_at, Departure.mac)
_CHAINS = select(Look.client_id, Look.seq, Look.by_id, Look.at, Look.page, Look.mac).order_by(Look.client_id, Look.seq)


def latest(connection: Connection, client_id: int, most: int, before: int | None = None) -> tuple[Glance, ...]:
    """The latest looks at a client's record, newest first; those before number `before`, where one is given."""
    values = {"client_id": client_id, "most": most}
    if before is None:
        return tuple(Glance(*row) for row in connection.execute(_LATEST, values))
    return tuple(Glance(*row) for row in connection.execute(_EARLIER, values | {"before": before}))


def heads(connection: Connection) -> dict[int, Head]:
    """Where each chain ends, by client; those at which nobody ever looked too."""
    return {row.client_id: Head(*row) for row in connection.execute(_HEADS)}


def left(connection: Connection) -> dict[int, Left]:
    """The accounts that were deleted, by their number."""
    rows = connection.execute(_LEFT)
    return {row.person_id: Left(Head(row.person_id, row.seq, row.head), row.left_at, row.mac) for row in rows}


def chains(connection: Connection) -> Iterator[tuple[int, Iterable[Sealed]]]:
    """Every chain with looks in it, by client and in order. A part at a time: there may be millions of looks."""
    rows = connection.execute(_CHAINS, execution_options={"yield_per": AT_ONCE})
    for client_id, looks in groupby(rows, key=attrgetter("client_id")):
        yield client_id, (Sealed(*row[1:]) for row in looks)
