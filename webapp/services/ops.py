"""Remember what phones sent, in the transaction that does it.

Ops are unique for each person: of two requests that bring the same one at the same moment the second waits for the
first, and then finds what became of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.ops import OpKind, Tap, place
from webapp.models import Op
from webapp.models.base import Id, insert_into

QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of an op. `again`: it was here before, and the rest is as it was found then.

    `superseded`: something newer about the same stands. `taken_back`: so was this one, perhaps before it arrived.
    In both cases there is nothing left to do.
    """

    again: bool = False
    superseded: bool = False
    taken_back: bool = False
    row_id: int | None = None
    answer: dict[str, Any] | None = None

    @property
    def counts(self) -> bool:
        """Whether it is to be done now."""
        return not (self.again or self.superseded or self.taken_back)


_PERSON = Op.person_id == bindparam("person_id", type_=Id)
_KNOWN: Select[Any] = select(Op.superseded, Op.taken_back, Op.row_id, Op.answer).where(
    _PERSON, Op.op_id == bindparam("op_id")
)
_NEWEST = select(func.max(Op.at)).where(
    _PERSON, Op.item == bindparam("item"), Op.superseded.is_(False), Op.taken_back.is_(False)
)


def known(session: Session, by_id: int, op_id: str) -> Heard | None:
    """What became of an op of this person's; None when it never arrived, and nobody took it back."""
    row = session.execute(_KNOWN, {"person_id": by_id, "op_id": op_id}).one_or_none()
    return Heard(True, *row) if row else None


def hear(session: Session, by_id: int, tap: Tap, kind: OpKind, item: str, now: datetime) -> Heard:
    """Write an op down, and tell whether it counts: the first of its name, and the newest about its item."""
    if before := known(session, by_id, tap.id):
        return before
    newest = session.scalar(_NEWEST, {"person_id": by_id, "item": item})
    at = place(tap.at, newest)
    kept = keep(session, by_id, Tap(tap.id, at or tap.at), kind, item, now, superseded=at is None)
    return Heard(superseded=at is None) if kept else known(session, by_id, tap.id) or Heard(again=True)


def keep(
    session: Session,
    by_id: int,
    tap: Tap,
    kind: OpKind,
    item: str,
    now: datetime,
    *,
    superseded: bool = False,
    row_id: int | None = None,
) -> bool:
    """Write an op down; False when there is one of its name, which another request may just have brought."""
    values = {"kind": kind, "item": item, "at": tap.at, "received_at": now, "superseded": superseded, "row_id": row_id}
    made = _insert(session, by_id, tap.id, values, taken_back=False).on_conflict_do_nothing()
    return session.execute(made.returning(Op.id), execution_options=QUIETLY).first() is not None


def take_back(session: Session, by_id: int, op_id: str, kind: OpKind, at: datetime, now: datetime) -> None:
    """Mark an op as taken back, whether it arrived or not: if it still does, it is not done."""
    values = {"kind": kind, "item": "", "at": at, "received_at": now, "superseded": False, "row_id": None}
    made = _insert(session, by_id, op_id, values, taken_back=True).on_conflict_do_update(
        index_elements=[Op.person_id, Op.op_id], set_={"taken_back": True}, where=Op.kind == kind
    )
    session.execute(made, execution_options=QUIETLY)


def answered(session: Session, by_id: int, op_id: str, answer: dict[str, Any]) -> None:
    """Keep what an op was answered, for when it comes again."""
    this = update(Op).where(Op.person_id == by_id, Op.op_id == op_id)
    session.execute(this.values(answer=answer), execution_options=QUIETLY)


def _insert(session: Session, by_id: int, op_id: str, values: dict[str, Any], taken_back: bool) -> Any:
    dialect = session.connection().dialect
    return insert_into(dialect, Op).values(person_id=by_id, op_id=op_id, taken_back=taken_back, **values)
