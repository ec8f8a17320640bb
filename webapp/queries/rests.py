"""When a client rests: pauses, of everything or of a step, and the days they asked to be small."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Boolean, CompoundSelect, Connection, bindparam, cast, literal, null, select, union_all

from webapp.domain.pauses import Pause
from webapp.models import BadDay
from webapp.models import Pause as PauseRow
from webapp.models.base import Id
from webapp.queries.cadences import Pauses


@dataclass(frozen=True, slots=True)
class Rests:
    """All pauses, and the small days that were not taken back."""

    pauses: Pauses
    small_days: frozenset[date]


_CLIENT = bindparam("client_id", type_=Id)
_RESTS: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(PauseRow.step_id, PauseRow.starts_on, PauseRow.ends_on, literal(False, Boolean).label("small")).where(
        PauseRow.client_id == _CLIENT
    ),
    select(cast(null(), Id), BadDay.day, BadDay.day, literal(True, Boolean)).where(
        BadDay.client_id == _CLIENT, BadDay.ended_at.is_(None), BadDay.day >= bindparam("since")
    ),
)


def since(connection: Connection, client_id: int, first: date) -> Rests:
    """All pauses of a client, and their small days from `first` on. One query."""
    by_step: defaultdict[int | None, list[Pause]] = defaultdict(list)
    small: set[date] = set()
    for row in connection.execute(_RESTS, {"client_id": client_id, "since": first}):
        if row.small:
            small.add(row.starts_on)
        else:
            by_step[row.step_id].append(Pause(row.starts_on, row.ends_on))
    everything = tuple(by_step.pop(None, ()))
    by_id = {step: tuple(found) for step, found in by_step.items() if step is not None}
    return Rests(Pauses(everything, by_id), frozenset(small))
