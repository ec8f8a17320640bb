"""Turn reminders that are due into occurrences and deliveries, in one short transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from webapp.domain.deliveries import DeliveryKind, Verdict
from webapp.domain.occurrences import slot_of
from webapp.domain.reminders import Fire, Fired, catch_up, occurrence_key
from webapp.domain.wall_time import to_utc
from webapp.models import Delivery, Reminder, ReminderOccurrence
from webapp.models.bulk import Inserting, Updating, among
from webapp.queries import endpoints
from webapp.queries import reminders as queries
from webapp.queries.reminders import Basis
from webapp.services.reminders import expires

MOST = 500

_DUE = (
    select(Reminder.id)
    .where(Reminder.next_at <= bindparam("now"), Reminder.ended_at.is_(None))
    .order_by(Reminder.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_OCCURRENCE = ("client_id", "reminder_id", "occ_key", "day", "due_at", "expires_at", "zone", "state")


def _anew(write: Any) -> Any:
    """A key used before counts only if its zone was left behind."""
    return write.on_conflict_do_update(
        index_elements=["reminder_id", "occ_key"],
        set_={name: write.excluded[name] for name in ("due_at", "expires_at", "zone", "state")},
        where=ReminderOccurrence.state == "rekeyed",
    ).returning(ReminderOccurrence.id, ReminderOccurrence.reminder_id, ReminderOccurrence.due_at)


_occur_anew = Inserting(ReminderOccurrence, *_OCCURRENCE, shape=_anew)
_expire_once = Inserting(ReminderOccurrence, *_OCCURRENCE, shape=lambda write: write.on_conflict_do_nothing())
_deliver_all = Inserting(
    Delivery,
    *("client_id", "occurrence_id", "endpoint_id", "channel", "person_id", "kind", "seq", "state", "because"),
    *("due_at", "attempts"),
)
_move_on = Updating(Reminder, "next_at", "next_day", "zone")
_BEFORE = (
    select(Delivery.occurrence_id, func.max(Delivery.seq).label("seq"))
    .where(among(Delivery.occurrence_id, "ids"))
    .group_by(Delivery.occurrence_id)
)


@dataclass(frozen=True, slots=True)
class _Settled:
    basis: Basis
    fired: Fired


def materialise(session: Session, now: datetime, most: int = MOST) -> int:
    """Settle up to `most` reminders that are due and return how many there were.

    Each gets at most one occurrence, with a delivery per address; what an outage left behind is expired,
    and the reminder moves on to its first fire after `now`. Several processes may do this at once.
    """
    ids = session.scalars(_DUE, {"now": now, "most": most}).all()
    if not ids:
        return 0
    settled = [_Settled(basis, _fired(basis, now)) for basis in queries.bases(session.connection(), ids, now)]
    # The keys let go come first: the date that fires now may be among those of a zone left behind.
    _expire(session, settled)
    occurrences = _occur(session, settled)
    _deliver(session, occurrences)
    _move_on(
        session.connection(),
        [
            {
                "id": one.basis.id,
                "next_at": one.fired.next_at,
                "next_day": day,
                "zone": one.basis.zone_on(day or one.basis.today),
            }
            for one in settled
            for day in (one.fired.next.day if one.fired.next else None,)
        ],
    )
    return len(ids)


def _fired(basis: Basis, now: datetime) -> Fired:
    if not basis.allowed or basis.next_at is None:
        return Fired(None, (), None)
    return catch_up(
        basis.versions,
        basis.at,
        basis.zones,
        basis.next_at,
        now,
        basis.grace,
        pauses=basis.pauses,
        week_start=basis.week_start,
    )


def _occur(session: Session, settled: Iterable[_Settled]) -> list[tuple[int, int, int, datetime]]:
    """Write the occurrences that fire and return (occurrence, client, person, due) of those that are new."""
    owners = {one.basis.id: one.basis for one in settled}
    rows = [_row(one, one.fired.latest) for one in settled if one.fired.latest]
    if not rows:
        return []
    found = _occur_anew(session.connection(), rows).all()
    return [(row.id, owners[row.reminder_id].client_id, owners[row.reminder_id].person_id, row.due_at) for row in found]


def _row(one: _Settled, fire: Fire) -> dict[str, Any]:
    return {
        "client_id": one.basis.client_id,
        "reminder_id": one.basis.id,
        "occ_key": occurrence_key(fire.day, slot_of(one.basis.at)),
        "day": fire.day,
        "due_at": fire.at,
        "expires_at": expires(one.basis, fire, one.fired.next_at),
        "zone": one.basis.zone_on(fire.day),
        "state": "due",
    }


def _deliver(session: Session, occurrences: Sequence[tuple[int, int, int, datetime]]) -> None:
    """Write one delivery for each way in which its person is to be reached first."""
    if not occurrences:
        return
    connection = session.connection()
    ways = endpoints.ways(connection, {person_id for _, _, person_id, _ in occurrences})
    before = connection.execute(_BEFORE, {"ids": [occurrence_id for occurrence_id, *_ in occurrences]})
    last = {row.occurrence_id: row.seq for row in before}
    rows = [
        {
            "client_id": client_id,
            "occurrence_id": occurrence_id,
            "endpoint_id": way.id,
            "channel": way.channel,
            "person_id": person_id,
            "kind": DeliveryKind.FIRST,
            "seq": last.get(occurrence_id, -1) + 1,
            "state": "pending" if way.on else "failed",
            "because": None if way.on else Verdict.ADDRESS_OFF,
            "due_at": due_at,
            "attempts": 0,
        }
        for occurrence_id, client_id, person_id, due_at in occurrences
        for way in ways[person_id].first
    ]
    if rows:
        _deliver_all(connection, rows)


def _expire(session: Session, settled: Iterable[_Settled]) -> None:
    """Remember what an outage left behind, so that it can be told and never fires late."""
    rows = []
    for one in settled:
        for key in one.fired.expired:
            day = date.fromisoformat(key.split(" ")[0])
            due = to_utc(day, one.basis.at, one.basis.zone_on(day))
            if due is not None:
                rows.append(_row(one, Fire(due, day)) | {"occ_key": key, "state": "expired"})
    if rows:
        _expire_once(session.connection(), rows)
