"""A client's pauses: running, still to come, and lately over."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from webapp.domain.people import Actor
from webapp.models import ActionStep, Pause
from webapp.models.base import Id
from webapp.queries.access import Ids


@dataclass(frozen=True, slots=True)
class Resting:
    """One pause: of a step, which `words` name, or of everything. `ends_on` is exclusive."""

    id: int
    step_id: int | None
    starts_on: date
    ends_on: date | None
    reason: str | None
    words: str | None


LATELY = timedelta(days=60)
_PAUSES: Select[*tuple[Any, ...]] = (
    select(
        Pause.id,
        Pause.step_id,
        Pause.starts_on,
        Pause.ends_on,
        Pause.reason,
        func.coalesce(ActionStep.own_words, ActionStep.text).label("words"),
    )
    .outerjoin(ActionStep, ActionStep.id == Pause.step_id)
    .where(Pause.client_id == bindparam("client_id", type_=Id))
    .order_by(Pause.starts_on, Pause.id)
)
_OWN = _PAUSES.where(Pause.id == bindparam("pause_id", type_=Id))
_OF_STEPS_IN_USE = or_(Pause.step_id.is_(None), ActionStep.status.in_(("active", "on_hold")))
_CURRENT = _PAUSES.where(
    or_(Pause.ends_on.is_(None), (Pause.ends_on > bindparam("day")) & (Pause.ends_on > Pause.starts_on)),
    _OF_STEPS_IN_USE,
)
# One that was taken back ends on the day it began.
_OVER = _PAUSES.where(
    Pause.ends_on <= bindparam("day"),
    Pause.ends_on > bindparam("since"),
    Pause.ends_on > Pause.starts_on,
    _OF_STEPS_IN_USE,
)


def own_pause(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> Resting | None:
    """A pause of the actor's own."""
    row = connection.execute(_OWN, {"pause_id": ids["pause_id"], "client_id": actor.id}).one_or_none()
    return Resting(*row) if row else None


def current(connection: Connection, client_id: int, day: date) -> tuple[Resting, ...]:
    """The pauses running on `day` or planned after it, of steps and of everything. One query."""
    return tuple(Resting(*row) for row in connection.execute(_CURRENT, {"client_id": client_id, "day": day}))


def over(connection: Connection, client_id: int, day: date) -> tuple[Resting, ...]:
    """The pauses that ended by `day`, in the two months before it, oldest first. One query."""
    parameters = {"client_id": client_id, "day": day, "since": day - LATELY}
    return tuple(Resting(*row) for row in connection.execute(_OVER, parameters))
