"""The people a client can turn to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.domain.people import Actor
from webapp.models import Contact


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Somebody to turn to; `how` is the plan's own wording."""

    id: int
    name: str
    relation: str | None
    phone: str | None
    how: str | None
    emergency: bool


_OF_CLIENT = (
    select(Contact.id, Contact.name, Contact.relation, Contact.phone, Contact.how, Contact.emergency)
    .where(Contact.client_id == bindparam("client_id"))
    .order_by(Contact.position, Contact.id)
)
_ONE = _OF_CLIENT.where(Contact.id == bindparam("contact_id"))


def of_client(connection: Connection, client_id: int) -> tuple[ContactCard, ...]:
    """All contacts in the client's order. One query."""
    return tuple(ContactCard(*row) for row in connection.execute(_OF_CLIENT, {"client_id": client_id}))


def own_contact(connection: Connection, actor: Actor, ids: Mapping[str, int], now: datetime) -> ContactCard | None:
    """A contact of the actor's own; a loader for the table of policies."""
    row = connection.execute(_ONE, {"contact_id": ids["contact_id"], "client_id": actor.id}).one_or_none()
    return ContactCard(*row) if row else None
