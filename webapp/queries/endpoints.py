"""Endpoints: in which ways people can be reached, and which of them are used first."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.domain.deliveries import Way, fallback_ways, first_ways
from webapp.domain.people import Actor
from webapp.models import Endpoint, Person
from webapp.models.base import Id
from webapp.models.bulk import among
from webapp.queries import reminders
from webapp.queries.access import Ids
from webapp.queries.reminders import Address

GONE = "gone"
"""Why an endpoint is off that will never be on again."""

ENDED, MOVED, REPLACED, SIGNED_OUT = "ended", "moved", "replaced", "signed_out"
"""Why else one is off: its owner says so · somebody else uses the device · the browser has a newer one · signed out."""

_WAYS = (
    select(Person.id.label("person_id"), Person.mail_use, Endpoint.id, Endpoint.channel, Endpoint.off_at)
    .join(Endpoint, Endpoint.person_id == Person.id)
    .where(among(Person.id, "people"))
    .order_by(Endpoint.id)
)


@dataclass(frozen=True, slots=True)
class Ways:
    """How one person is reached: where a reminder is said first, and what stands in for that."""

    first: tuple[Way, ...] = ()
    fallback: tuple[Way, ...] = ()


_OWN = reminders.ADDRESSES.where(
    Endpoint.id == bindparam("endpoint_id", type_=Id), Endpoint.person_id == bindparam("person_id", type_=Id)
)


def own(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> Address | None:
    """One of the actor's own endpoints, on or off (a loader for views/policies.py)."""
    row = connection.execute(_OWN, {"endpoint_id": ids["endpoint_id"], "person_id": actor.id}).one_or_none()
    return Address(**row._mapping) if row else None


def ways(connection: Connection, people: Collection[int]) -> dict[int, Ways]:
    """How each of these people is reached, everybody included. One query."""
    of: defaultdict[int, list[Way]] = defaultdict(list)
    use: dict[int, str] = {}
    for row in connection.execute(_WAYS, {"people": list(people)}):
        of[row.person_id].append(Way(row.id, row.channel, row.off_at is None))
        use[row.person_id] = row.mail_use
    found = {
        person_id: Ways(tuple(first_ways(known, use[person_id])), tuple(fallback_ways(known, use[person_id])))
        for person_id, known in of.items()
    }
    return {person_id: found.get(person_id, Ways()) for person_id in people}
