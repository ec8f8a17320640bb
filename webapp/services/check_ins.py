"""Say what happened, and take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.domain.cadence import Cadence
from webapp.domain.check_ins import DATED, Entry, day_problem, is_dated
from webapp.domain.people import Actor
from webapp.domain.wall_time import local_day
from webapp.models import ActionStep, CadenceVersion, CheckIn, Person
from webapp.queries import cadences, weeks


class NotRecorded(Exception):
    """A check-in that can't be: which field, and a code for why (see domain.check_ins.day_problem)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


class NoSuchStep(Exception):
    """The step is not one of this client's."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The one stored check-in; `new` is false when it had been said before."""

    id: int
    new: bool


_BEFORE: Select[Any] = (
    select(
        *cadences.COLUMNS,
        *weeks.COLUMNS,
        CheckIn.id.label("said_id"),
        CheckIn.op_id.label("said_op_id"),
        CheckIn.day.label("said_day"),
        CheckIn.slot.label("said_slot"),
        CheckIn.outcome.label("said_outcome"),
        CheckIn.undone_at.label("said_undone_at"),
        CheckIn.note.label("said_note"),
        CheckIn.reason.label("said_reason"),
    )
    .select_from(ActionStep)
    .join(Person, Person.id == ActionStep.client_id)
    .outerjoin(CadenceVersion, CadenceVersion.step_id == ActionStep.id)
    .outerjoin(
        CheckIn,
        and_(
            CheckIn.step_id == ActionStep.id,
            CheckIn.by_id == bindparam("by_id"),
            or_(
                CheckIn.op_id == bindparam("op_id"),
                and_(CheckIn.undone_at.is_(None), or_(CheckIn.day == bindparam("day"), CadenceVersion.kind == "once")),
            ),
        ),
    )
    .where(ActionStep.id == bindparam("step_id"), ActionStep.client_id == bindparam("client_id"))
    .order_by(CadenceVersion.valid_from, CheckIn.at, CheckIn.id)
)
_BY_OP = select(CheckIn.id).where(CheckIn.by_id == bindparam("by_id"), CheckIn.op_id == bindparam("op_id"))


def check_in(session: Session, by: Actor, client_id: int, step_id: int, entry: Entry, now: datetime) -> Recorded:
    """Record what the client, or the supporter whose promise it is, says about one day of a step.

    The same (by, op_id) gives the row stored first. On a dated step the same word for the same slot is
    not stored twice; a note that comes with it is added. Raises NotRecorded and NoSuchStep.
    """
    parameters = {"by_id": by.id, "op_id": entry.op_id, "day": entry.day, "step_id": step_id, "client_id": client_id}
    rows = session.execute(_BEFORE, parameters).all()
    if not rows:
        raise NoSuchStep
    before = _before(rows, entry.op_id)
    if before is not None:
        return Recorded(before, new=False)
    versions = _versions(rows)
    today = local_day(now, by.zone, by.day_starts_at)
    of_client = weeks.from_columns(rows[0].week_starts_on, rows[0].earlier_weeks)
    if problem := day_problem(entry.day, today, versions, of_client):
        raise NotRecorded("day", problem)
    same = _same(rows, versions, entry)
    if same is not None:
        return _add_words(session, same, entry)
    return _insert(session, by, client_id, step_id, entry, now)


def undo(session: Session, actor: Actor, check_in_id: int, now: datetime) -> None:
    """Take one of the actor's own check-ins back; the row stays. On a dated step its doubles go with it."""
    this = select(CheckIn.step_id, CheckIn.day, CheckIn.slot, CheckIn.outcome).where(
        CheckIn.id == check_in_id, CheckIn.by_id == actor.id
    )
    found = session.execute(this).one_or_none()
    if found is None:
        return
    dated = exists().where(CadenceVersion.step_id == CheckIn.step_id, CadenceVersion.kind.in_(DATED))
    doubles = and_(
        CheckIn.step_id == found.step_id,
        CheckIn.day == found.day,
        CheckIn.slot == found.slot,
        CheckIn.outcome == found.outcome,
        dated,
    )
    session.execute(
        update(CheckIn)
        .where(CheckIn.by_id == actor.id, CheckIn.undone_at.is_(None), or_(CheckIn.id == check_in_id, doubles))
        .values(undone_at=now)
        .execution_options(synchronize_session=False)
    )


def add_note(session: Session, actor: Actor, check_in_id: int, note: str | None) -> None:
    """Put a note beside one of the actor's own check-ins, in place of the one there."""
    session.execute(
        update(CheckIn).where(CheckIn.id == check_in_id, CheckIn.by_id == actor.id).values(note=note),
        execution_options={"synchronize_session": False},
    )


def add_reason(session: Session, actor: Actor, check_in_id: int, reason: str) -> None:
    """Say afterwards why one of the actor's own check-ins was "not today"."""
    session.execute(
        update(CheckIn)
        .where(CheckIn.id == check_in_id, CheckIn.by_id == actor.id, CheckIn.outcome == "not_today")
        .values(reason=reason),
        execution_options={"synchronize_session": False},
    )


def _before(rows: Sequence[Row[Any]], op_id: str) -> int | None:
    return next((row.said_id for row in rows if row.said_op_id == op_id), None)


def _versions(rows: Sequence[Row[Any]]) -> list[Cadence]:
    """Read the versions out of rows that hold each once for every check-in found."""
    unique = {row.valid_from: row for row in rows if row.valid_from is not None}
    return [cadences.from_row(row) for row in unique.values()]


def _same(rows: Sequence[Row[Any]], versions: list[Cadence], entry: Entry) -> Row[Any] | None:
    """Find what already says so: for a once on whatever day, else on the same day and slot."""
    if not is_dated(versions, entry.day):
        return None
    said = [row for row in rows if row.said_id is not None and row.said_undone_at is None]
    if versions[-1].kind == "once" and entry.outcome == "done":
        return next((row for row in said if row.said_outcome == "done"), None)
    here = [row for row in said if (row.said_day, row.said_slot) == (entry.day, entry.slot)]
    return here[-1] if here and here[-1].said_outcome == entry.outcome else None


def _add_words(session: Session, row: Row[Any], entry: Entry) -> Recorded:
    """Keep the words that came with a repeat; none that were there before are lost."""
    said = row.said_note or ""
    more = entry.note if entry.note and entry.note not in said else ""
    words = {"note": "\n".join(filter(None, (said, more))) or None, "reason": entry.reason or row.said_reason}
    if words != {"note": row.said_note, "reason": row.said_reason}:
        session.execute(
            update(CheckIn).where(CheckIn.id == row.said_id).values(words),
            execution_options={"synchronize_session": False},
        )
    return Recorded(row.said_id, new=False)


def _insert(session: Session, by: Actor, client_id: int, step_id: int, entry: Entry, now: datetime) -> Recorded:
    row = CheckIn(
        client_id=client_id,
        step_id=step_id,
        by_id=by.id,
        op_id=entry.op_id,
        day=entry.day,
        slot=entry.slot,
        outcome=entry.outcome,
        reason=entry.reason,
        note=entry.note,
        moved_to=entry.moved_to,
        at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Another device sent the same tick at the same moment, or this one sent it for another step.
        stored = session.execute(_BY_OP, {"by_id": by.id, "op_id": entry.op_id}).scalar_one_or_none()
        if stored is None:
            raise
        return Recorded(stored, new=False)
    return Recorded(row.id, new=True)
