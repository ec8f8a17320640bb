"""What was said about a client's steps, as the rules see it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, String, and_, bindparam, exists, or_, select

from webapp.domain.cadence import Cadence
from webapp.domain.check_ins import CheckIn, marks
from webapp.domain.ops import OpKind
from webapp.domain.people import Actor
from webapp.domain.scores import Mark, Outcome
from webapp.models import ActionStep, Op, Person
from webapp.models import CheckIn as Table
from webapp.models.base import Id
from webapp.models.bulk import among
from webapp.queries import cadences
from webapp.queries.access import Ids, belongs
from webapp.queries.privacy import may_know

COLUMNS: tuple[Any, ...] = (
    Table.id,
    Table.step_id,
    Table.by_id,
    Table.day,
    Table.outcome,
    Table.at,
    Table.slot,
    Table.reason,
    Table.note,
    Table.moved_to,
)
_STANDING = select(*COLUMNS).where(Table.client_id == bindparam("client_id"), Table.undone_at.is_(None))
_BETWEEN = _STANDING.where(Table.day >= bindparam("since"), Table.day < bindparam("until"))
# A once step may have been done at any time; whatever else is open began with its period.
_SINCE = _STANDING.where(
    or_(
        Table.day.between(bindparam("since"), bindparam("last")),
        Table.step_id.in_(bindparam("once", expanding=True)),
    ),
)
_SINCE_CALLED = _SINCE.add_columns(Person.called).join(Person, Person.id == Table.by_id)
_OF_STEPS_SINCE = (
    select(*COLUMNS)
    .where(among(Table.step_id, "steps"), Table.undone_at.is_(None))
    .where(or_(Table.day >= bindparam("since"), among(Table.step_id, "once")))
)
_RECENT: Select[Any] = (
    select(*COLUMNS, Person.called)
    .join(Person, Person.id == Table.by_id)
    .where(
        Table.client_id == bindparam("client_id"),
        Table.step_id == bindparam("step_id"),
        Table.undone_at.is_(None),
    )
    .order_by(Table.day.desc(), Table.at.desc(), Table.id.desc())
    .limit(bindparam("most"))
)

# Whoever left a client's circle, or may not know of the step now, has no hand in what they said themselves either.
_KNOWN = exists().where(ActionStep.id == Table.step_id, may_know(Table.by_id)).correlate_except(ActionStep)
_TO_TAKE_BACK = or_(Table.client_id == Table.by_id, and_(belongs(Table.client_id, Table.by_id), _KNOWN))
_OWN: Select[*tuple[Any, ...]] = select(Table.id, Table.step_id, Table.day, Table.slot).where(
    Table.id == bindparam("check_in_id", type_=Id), Table.by_id == bindparam("by_id", type_=Id), _TO_TAKE_BACK
)
_OP_ID = bindparam("op_id", type_=String)
_JOINED = select(Op.row_id).where(
    Op.person_id == bindparam("by_id", type_=Id), Op.op_id == _OP_ID, Op.kind == OpKind.CHECK_IN
)
_OWN_BY_OP: Select[*tuple[Any, ...]] = select(Table.id, Table.step_id, Table.day, Table.slot).where(
    Table.by_id == bindparam("by_id", type_=Id),
    or_(Table.op_id == _OP_ID, Table.id == _JOINED.scalar_subquery()),
    _TO_TAKE_BACK,
)

Said = dict[int, list[CheckIn]]


@dataclass(frozen=True, slots=True)
class CheckInRef:
    """A check-in of the actor's own, undone or not."""

    id: int
    step_id: int
    day: date
    slot: str


@dataclass(frozen=True, slots=True)
class Recent:
    """A check-in of the history, and who said it."""

    check_in: CheckIn
    called: str


def own_check_in(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> CheckInRef | None:
    """A check-in the actor made; taking it back twice is no harm, so an undone one is found too."""
    about = {"check_in_id": ids["check_in_id"], "by_id": actor.id, "now": now}
    row = connection.execute(_OWN, about).one_or_none()
    return CheckInRef(*row) if row else None


def own_by_op(connection: Connection, actor: Actor, op_id: str, now: datetime) -> CheckInRef | None:
    """A check-in the actor made, by the op that made it or was found to say the same. One query."""
    row = connection.execute(_OWN_BY_OP, {"op_id": op_id, "by_id": actor.id, "now": now}).one_or_none()
    return CheckInRef(*row) if row else None


def marks_of_client(
    connection: Connection,
    client_id: int,
    since: date,
    until: date,
    versions: Mapping[int, tuple[Cadence, ...]] | None = None,
) -> dict[int, tuple[Mark, ...]]:
    """All marks of a client from `since` up to `until` (exclusive), by step id.

    One query; two when the versions are not handed in.
    """
    if versions is None:
        versions = cadences.of_client(connection, client_id)
    said = of_client(connection, client_id, since, until)
    return {step_id: marks(told, versions.get(step_id, ())) for step_id, told in said.items()}


def of_client(connection: Connection, client_id: int, since: date, until: date) -> Said:
    """What was said and not undone from `since` up to `until` (exclusive), by step id. One query."""
    return _by_step(connection.execute(_BETWEEN, {"client_id": client_id, "since": since, "until": until}))


def since(connection: Connection, client_id: int, first: date, once: Iterable[int], last: date = date.max) -> Said:
    """What was said about the days from `first` to `last`, and all ever said about the once steps. One query."""
    parameters = {"client_id": client_id, "since": first, "last": last, "once": list(once)}
    return _by_step(connection.execute(_SINCE, parameters))


def since_by_name(
    connection: Connection, client_id: int, first: date, once: Iterable[int], last: date
) -> tuple[Said, dict[int, str]]:
    """The same, and what those who said it are called, by id: a step may have passed to somebody else. One query."""
    parameters = {"client_id": client_id, "since": first, "last": last, "once": list(once)}
    rows = connection.execute(_SINCE_CALLED, parameters).all()
    return _by_step(rows), {row.by_id: row.called for row in rows}


def of_steps_since(connection: Connection, firsts: Mapping[int, date | None]) -> Said:
    """What was said about some steps, each at least from its day on, or ever where it is None. One query."""
    days = [day for day in firsts.values() if day is not None]
    parameters = {
        "steps": list(firsts),
        "since": min(days, default=date.max),
        "once": [step_id for step_id, day in firsts.items() if day is None],
    }
    return _by_step(connection.execute(_OF_STEPS_SINCE, parameters))


def recent(connection: Connection, client_id: int, step_id: int, most: int = 30) -> tuple[Recent, ...]:
    """The latest check-ins of a step, newest day first, each with who said it. One query."""
    parameters = {"client_id": client_id, "step_id": step_id, "most": most}
    return tuple(Recent(from_row(row), row.called) for row in connection.execute(_RECENT, parameters))


def from_row(row: Row[Any]) -> CheckIn:
    """Turn a row of `check_ins` into the domain's CheckIn."""
    return CheckIn(
        row.id, row.by_id, row.day, Outcome(row.outcome), row.at, row.slot, row.reason, row.note, row.moved_to
    )


def _by_step(rows: Iterable[Row[Any]]) -> Said:
    said: defaultdict[int, list[CheckIn]] = defaultdict(list)
    for row in rows:
        said[row.step_id].append(from_row(row))
    return said
