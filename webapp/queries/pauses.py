"""A client's pauses that are running or still to come."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select

from webapp.domain.people import Actor
from webapp.models import Pause
from webapp.models.base import Id
from webapp.queries.access import Ids


@dataclass(frozen=True, slots=True)
class Resting:
    """One pause: of a step, or of everything when `step_id` is empty. `ends_on` is exclusive."""

    id: int
    step_id: int | None
    starts_on: date
    ends_on: date | None
    reason: str | None


_COLUMNS: tuple[Any, ...] = (Pause.id, Pause.step_id, Pause.starts_on, Pause.ends_on, Pause.reason)
_OWN: Select[*tuple[Any, ...]] = select(*_COLUMNS).where(
    Pause.id == bindparam("pause_id", type_=Id), Pause.client_id == bindparam("client_id", type_=Id)
)
_CURRENT: Select[*tuple[Any, ...]] = (
    select(*_COLUMNS)
    .where(
        Pause.client_id == bindparam("client_id", type_=Id),
        or_(Pause.ends_on.is_(None), (Pause.ends_on > bindparam("day")) & (Pause.ends_on > Pause.starts_on)),
    )
    .order_by(Pause.starts_on, Pause.id)
)


def own_pause(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> Resting | None:
    """A pause of the actor's own."""
    row = connection.execute(_OWN, {"pause_id": ids["pause_id"], "client_id": actor.id}).one_or_none()
    return Resting(*row) if row else None


def current(connection: Connection, client_id: int, day: date) -> tuple[Resting, ...]:
    """The pauses running on `day` or planned after it, of steps and of everything. One query."""
    return tuple(Resting(*row) for row in connection.execute(_CURRENT, {"client_id": client_id, "day": day}))
