"""What the client wants to talk about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.domain.sharing import Rights, Scope
from webapp.models import AgendaItem

SETTLED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to talk about; `settled_at` is empty while it is open."""

    id: int
    text: str
    created_at: datetime
    settled_at: datetime | None
    substance_use: bool


_COLUMNS = (
    AgendaItem.id,
    AgendaItem.text,
    AgendaItem.created_at,
    AgendaItem.settled_at,
    AgendaItem.substance_use,
)
_OF_CLIENT = AgendaItem.client_id == bindparam("client_id")
_OPEN = select(*_COLUMNS).where(_OF_CLIENT, AgendaItem.settled_at.is_(None)).order_by(AgendaItem.id)
_SETTLED = (
    select(*_COLUMNS)
    .where(_OF_CLIENT, AgendaItem.settled_at.is_not(None))
    .order_by(AgendaItem.settled_at.desc(), AgendaItem.id.desc())
    .limit(SETTLED_SHOWN)
)


def open_items(connection: Connection, client_id: int, rights: Rights) -> tuple[Item, ...]:
    """What is still to be talked about, as far as one may see it, oldest first. One query."""
    found = (Item(*row) for row in connection.execute(_OPEN, {"client_id": client_id}))
    return tuple(item for item in found if rights.sees(Scope.AGENDA, item.substance_use))


def settled_items(connection: Connection, client_id: int) -> tuple[Item, ...]:
    """What was talked about last, newest first. One query."""
    return tuple(Item(*row) for row in connection.execute(_SETTLED, {"client_id": client_id}))
