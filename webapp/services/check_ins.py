"""Say what happened, and take it back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, String, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from webapp.domain.cadence import Cadence
from webapp.domain.check_ins import DATED, Before, Entry, day_problem, is_dated, placed
from webapp.domain.ops import OpKind, Tap, place
from webapp.domain.people import Actor
from webapp.domain.scores import Outcome
from webapp.domain.wall_time import local_day
from webapp.models import ActionStep, CadenceVersion, CheckIn, Op, Person
from webapp.models.base import Id
from webapp.queries import cadences, weeks
from webapp.queries import check_ins as queries
from webapp.queries.check_ins import CheckInRef
from webapp.services import ops
from webapp.services.ops import QUIETLY, Heard


class NotRecorded(Exception):
    """A check-in that can't be: which field, and a code for why (see domain.check_ins.day_problem)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


class NoSuchStep(Exception):
    """The step is not one of this client's."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The one stored check-in.

    `new`: a record was made. `again`: this very op was here before. `superseded`: it changed nothing that is shown,
    because something newer stands, or it was taken back before it arrived.
    """

    id: int
    new: bool
    again: bool = False
    superseded: bool = False


class Meanwhile(Exception):
    """Another request said something about the same at the same moment."""


TRIES = 5
"""Each try but the first means that somebody else's came to an end."""

_PERSON = bindparam("by_id", type_=Id)
_OP_ID = bindparam("op_id", type_=String)
_Stored = aliased(CheckIn, name="stored")
_BEFORE: Select[Any] = (
    select(
        *cadences.COLUMNS,
        *weeks.COLUMNS,
        CheckIn.id.label("said_id"),
        CheckIn.day.label("said_day"),
        CheckIn.slot.label("said_slot"),
        CheckIn.outcome.label("said_outcome"),
        CheckIn.at.label("said_at"),
        CheckIn.undone_at.label("said_undone_at"),
        CheckIn.note.label("said_note"),
        CheckIn.reason.label("said_reason"),
        CheckIn.moved_to.label("said_moved_to"),
        func.coalesce(_Stored.id, Op.row_id).label("stored_id"),
        Op.superseded,
        Op.taken_back,
        Op.at.label("op_at"),
    )
    .select_from(ActionStep)
    .join(Person, Person.id == ActionStep.client_id)
    .outerjoin(CadenceVersion, CadenceVersion.step_id == ActionStep.id)
    .outerjoin(
        CheckIn,
        and_(
            CheckIn.step_id == ActionStep.id,
            CheckIn.by_id == _PERSON,
            or_(CheckIn.day == bindparam("day"), CadenceVersion.kind == "once"),
        ),
    )
    .outerjoin(_Stored, and_(_Stored.by_id == _PERSON, _Stored.op_id == _OP_ID))
    .outerjoin(Op, and_(Op.person_id == _PERSON, Op.op_id == _OP_ID, Op.kind == OpKind.CHECK_IN))
    .where(ActionStep.id == bindparam("step_id"), ActionStep.client_id == bindparam("client_id"))
    .order_by(CadenceVersion.valid_from, CheckIn.at, CheckIn.id)
)


def check_in(session: Session, by: Actor, client_id: int, step_id: int, entry: Entry, now: datetime) -> Recorded:
    """Record what the client, or the supporter whose promise it is, says about one day of a step.

    The same (by, op_id) gives the row stored first. On a dated step the same word for the same slot is
    not stored twice; a note that comes with it is added. Raises NotRecorded and NoSuchStep.
    """
    parameters = {"by_id": by.id, "op_id": entry.op_id, "day": entry.day, "step_id": step_id, "client_id": client_id}
    for _ in range(TRIES):
        rows = session.execute(_BEFORE, parameters).all()
        if not rows:
            raise NoSuchStep
        first = rows[0]
        if first.stored_id is not None:
            return Recorded(first.stored_id, False, again=True, superseded=bool(first.superseded or first.taken_back))
        _refuse(by, rows, entry, now)
        with suppress(Meanwhile, IntegrityError), session.begin_nested():
            return _record(session, by, client_id, step_id, rows, entry, now)
    raise Meanwhile


_OWN: Select[*tuple[Any, ...]] = select(
    CheckIn.step_id, CheckIn.day, CheckIn.slot, CheckIn.outcome, CheckIn.moved_to, CheckIn.at, CheckIn.undone_at
).where(CheckIn.id == bindparam("check_in_id", type_=Id), CheckIn.by_id == _PERSON)


def undo(session: Session, actor: Actor, check_in_id: int, at: datetime) -> bool:
    """Take one of the actor's own check-ins back; the row stays. On a dated step its doubles go with it.

    `at` is when that was tapped. False, and nothing is changed, when the same was said again since.
    """
    found = session.execute(_OWN, {"check_in_id": check_in_id, "by_id": actor.id}).one_or_none()
    if found is None:
        return True
    until = place(at, found.at)
    if until is None:
        return False
    dated = exists().where(CadenceVersion.step_id == CheckIn.step_id, CadenceVersion.kind.in_(DATED))
    doubles = and_(
        CheckIn.step_id == found.step_id,
        CheckIn.day == found.day,
        CheckIn.slot == found.slot,
        CheckIn.outcome == found.outcome,
        CheckIn.moved_to.is_not_distinct_from(found.moved_to),
        dated,
    )
    # Taken back once more, it is so from then on: what was said in between and arrives later stands no more.
    earlier = or_(CheckIn.undone_at.is_(None), CheckIn.undone_at < until)
    standing = and_(CheckIn.by_id == actor.id, earlier, CheckIn.at <= until)
    undone = update(CheckIn).where(standing, or_(CheckIn.id == check_in_id, doubles)).values(undone_at=until)
    gone = session.execute(undone.returning(CheckIn.id), execution_options=QUIETLY).first()
    return gone is not None or found.undone_at is not None  # else it was said again at this very moment


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of taking back an op: the check-in it was about, None when it never arrived; `superseded` as above."""

    check_in: CheckInRef | None
    superseded: bool = False


def undo_op(session: Session, actor: Actor, op_id: str, at: datetime, now: datetime) -> TakenBack:
    """Take back what an op of the actor's said; one that has not arrived will not be done when it does."""
    found = queries.own_by_op(session.connection(), actor, op_id, now)
    if found is None:
        ops.take_back(session, actor.id, op_id, OpKind.CHECK_IN, at, now)
        found = queries.own_by_op(session.connection(), actor, op_id, now)  # it may have arrived at this very moment
    return TakenBack(found, superseded=found is not None and not undo(session, actor, found.id, at))


def add_note(session: Session, actor: Actor, check_in_id: int, note: str | None, tap: Tap, now: datetime) -> Heard:
    """Put a note beside one of the actor's own check-ins, in place of the one there; the newest stays."""
    heard = ops.hear(session, actor.id, tap, OpKind.NOTE, f"note-{check_in_id}", now)
    if heard.counts:
        _write(session, actor, check_in_id, note=note)
    return heard


def add_reason(session: Session, actor: Actor, check_in_id: int, reason: str, tap: Tap, now: datetime) -> Heard:
    """Say afterwards why one of the actor's own check-ins was "not today"; the newest reason stays."""
    heard = ops.hear(session, actor.id, tap, OpKind.REASON, f"reason-{check_in_id}", now)
    if heard.counts:
        _write(session, actor, check_in_id, reason=reason)
    return heard


def _write(session: Session, actor: Actor, check_in_id: int, **words: str | None) -> None:
    this = update(CheckIn).where(CheckIn.id == check_in_id, CheckIn.by_id == actor.id)
    if "reason" in words:
        this = this.where(CheckIn.outcome == "not_today")
    session.execute(this.values(words), execution_options=QUIETLY)


def _refuse(by: Actor, rows: Sequence[Row[Any]], entry: Entry, now: datetime) -> None:
    """Refuse a day of which nothing could be told, neither now nor when it was tapped."""
    versions = _versions(rows)
    start = weeks.from_columns(rows[0].week_starts_on, rows[0].earlier_weeks)
    today, then = (local_day(at, by.zone, by.day_starts_at) for at in (now, entry.at or now))
    problem = day_problem(entry.day, today, versions, start)
    if problem and (then == today or day_problem(entry.day, then, versions, start)):
        raise NotRecorded("day", problem)


def _versions(rows: Sequence[Row[Any]]) -> list[Cadence]:
    """Read the versions out of rows that hold each once for every check-in found."""
    unique = {row.valid_from: row for row in rows if row.valid_from is not None}
    return [cadences.from_row(row) for row in unique.values()]


def _said(rows: Sequence[Row[Any]], versions: list[Cadence], entry: Entry) -> list[Row[Any]]:
    """What the same person said about the same: for a once that was done on whatever day, else that day and slot."""
    said = {row.said_id: row for row in rows if row.said_id is not None}.values()
    if not is_dated(versions, entry.day):
        return [row for row in said if row.said_day == entry.day]
    if versions[-1].kind == "once" and entry.outcome == "done":
        return [row for row in said if row.said_outcome == "done"]
    return [row for row in said if (row.said_day, row.said_slot) == (entry.day, entry.slot)]


def _as_before(row: Row[Any]) -> Before:
    return Before(row.said_id, Outcome(row.said_outcome), row.said_at, row.said_undone_at, row.said_moved_to)


def _seq(rows: Sequence[Row[Any]], entry: Entry) -> int:
    return len({row.said_id for row in rows if (row.said_day, row.said_slot) == (entry.day, entry.slot)})


def _record(
    session: Session, by: Actor, client_id: int, step_id: int, rows: Sequence[Row[Any]], entry: Entry, now: datetime
) -> Recorded:
    """Give an entry its place: a record of its own, or the one that says so already. Raises Meanwhile."""
    versions, tap, item = _versions(rows), Tap(entry.op_id, entry.at or now), f"step-{step_id}"
    said, dated = _said(rows, versions, entry), is_dated(versions, entry.day)
    spot = placed(map(_as_before, said), entry.outcome, tap.at, dated, entry.moved_to)
    taken_back = rows[0].op_at if rows[0].taken_back else None
    if spot.same is not None and taken_back is None:
        _add_words(session, next(row for row in said if row.said_id == spot.same), entry, spot.at)
        if not ops.keep(session, by.id, tap, OpKind.CHECK_IN, item, now, row_id=spot.same):
            raise Meanwhile
        _wrote(session, by, tap, spot.same, entry, now)
        return Recorded(spot.same, new=False)
    made = CheckIn(
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
        at=spot.at,
        undone_at=spot.undone_at,
        seq=_seq(rows, entry) if dated else None,
    )
    session.add(made)
    session.flush()
    if taken_back is not None:
        undo(session, by, made.id, max(tap.at, taken_back))
        return Recorded(made.id, new=True, superseded=True)
    # What a supporter says is only ever added to: what is older stands beside what is newer.
    superseded = spot.superseded and (by.id == client_id or spot.undone_at is not None)
    if not ops.keep(session, by.id, tap, OpKind.CHECK_IN, item, now, superseded=superseded, row_id=made.id):
        raise Meanwhile
    _wrote(session, by, tap, made.id, entry, now)
    return Recorded(made.id, new=True, superseded=superseded)


def _wrote(session: Session, by: Actor, tap: Tap, check_in_id: int, entry: Entry, now: datetime) -> None:
    """Remember when the note was written, so that an older one that arrives later does not take its place."""
    if entry.note:
        ops.keep(session, by.id, tap, OpKind.NOTE, f"note-{check_in_id}", now)


def _add_words(session: Session, row: Row[Any], entry: Entry, at: datetime) -> None:
    """Let a record stand for one that says the same, with the words that came; none there before are lost."""
    said = row.said_note or ""
    more = entry.note if entry.note and entry.note not in said else ""
    note = "\n".join(filter(None, (said, more))) or None
    newer, older = (entry.reason, row.said_reason) if at > row.said_at else (row.said_reason, entry.reason)
    reason = newer or older
    if (at, note, reason) == (row.said_at, row.said_note, row.said_reason):
        return
    this = update(CheckIn).where(CheckIn.id == row.said_id, CheckIn.undone_at.is_(None)).returning(CheckIn.id)
    if session.execute(this.values(at=at, note=note, reason=reason), execution_options=QUIETLY).first() is None:
        raise Meanwhile  # it was taken back at this moment
