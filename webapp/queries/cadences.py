"""The cadence versions and pauses of a client's steps, as the domain knows them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit
from webapp.domain.pauses import Pause
from webapp.models import CadenceVersion
from webapp.models import Pause as PauseRow

COLUMNS = tuple(column for column in CadenceVersion.__table__.c if column.name not in ("id", "created_by_id"))
"""What `from_row` needs; for SELECTs that fetch cadences along with something else."""

_OF_CLIENT = (
    select(*COLUMNS)
    .where(CadenceVersion.client_id == bindparam("client_id"))
    .order_by(CadenceVersion.step_id, CadenceVersion.valid_from)
)
_OF_STEPS = (
    select(*COLUMNS)
    .where(CadenceVersion.step_id.in_(bindparam("step_ids", expanding=True)))
    .order_by(CadenceVersion.step_id, CadenceVersion.valid_from)
)
_PAUSES = select(PauseRow.step_id, PauseRow.starts_on, PauseRow.ends_on).where(
    PauseRow.client_id == bindparam("client_id")
)


@dataclass(frozen=True, slots=True)
class Pauses:
    """A client's pauses: of everything, and of single steps."""

    everything: tuple[Pause, ...]
    by_step: dict[int, tuple[Pause, ...]]

    def of(self, step_id: int) -> tuple[Pause, ...]:
        return self.everything + self.by_step.get(step_id, ())


def from_row(row: Row[Any]) -> Cadence:
    """Turn a row of `cadences` into the domain's Cadence."""
    return Cadence(
        kind=Kind(row.kind),
        bound=Bound(row.bound),
        target_min=row.target_min,
        target_max=row.target_max,
        per_unit=Unit(row.per_unit) if row.per_unit else None,
        interval=row.interval,
        weekdays=frozenset(row.weekdays),
        monthday=row.monthday,
        nth=row.nth,
        times=tuple(time.fromisoformat(text) for text in row.times),
        minutes=row.minutes,
        minutes_max=row.minutes_max,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        anchor=row.anchor,
        due=row.due,
        tz_mode=TzMode(row.tz_mode),
        tz=row.tz,
    )


def of_client(connection: Connection, client_id: int) -> dict[int, tuple[Cadence, ...]]:
    """All cadence versions of a client's steps, oldest first, by step id. One query."""
    return _by_step(connection.execute(_OF_CLIENT, {"client_id": client_id}))


def of_steps(connection: Connection, step_ids: Collection[int]) -> dict[int, tuple[Cadence, ...]]:
    """All cadence versions of some steps, whosever they are, oldest first, by step id. One query."""
    return _by_step(connection.execute(_OF_STEPS, {"step_ids": list(step_ids)}))


def _by_step(rows: Iterable[Row[Any]]) -> dict[int, tuple[Cadence, ...]]:
    versions: defaultdict[int, list[Cadence]] = defaultdict(list)
    for row in rows:
        versions[row.step_id].append(from_row(row))
    return {step_id: tuple(found) for step_id, found in versions.items()}


def pauses(connection: Connection, client_id: int) -> Pauses:
    """All pauses of a client. One query."""
    by_step: defaultdict[int | None, list[Pause]] = defaultdict(list)
    for row in connection.execute(_PAUSES, {"client_id": client_id}):
        by_step[row.step_id].append(Pause(row.starts_on, row.ends_on))
    everything = tuple(by_step.pop(None, ()))
    return Pauses(everything, {step: tuple(found) for step, found in by_step.items() if step is not None})
