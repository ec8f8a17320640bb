"""What people say to a reminder: done, not today, or later."""

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from webapp.domain.check_ins import Entry
from webapp.domain.deliveries import DeliveryKind, Verdict
from webapp.domain.ops import OpKind, Tap
from webapp.domain.people import Actor
from webapp.domain.scores import Outcome
from webapp.domain.snoozes import Again, First, again
from webapp.domain.wall_time import DAY, local_day, start_of_day
from webapp.models import Delivery, ReminderOccurrence
from webapp.queries import endpoints
from webapp.queries.reminded import Reminded
from webapp.services import check_ins, commitments, ops
from webapp.services.check_ins import Recorded
from webapp.services.ops import QUIETLY


def check_in(
    session: Session, by: Actor, to: Reminded, outcome: Outcome, tap: Tap, now: datetime, reason: str | None = None
) -> Recorded:
    """Record "done" or "not today" on exactly the step and day a reminder is about; nothing more comes of it.

    The same answer that comes again, after an Undo perhaps, changes nothing.
    Raises NotRecorded for a day too long ago, and NotNow where a promise has ended meanwhile.
    """
    entry = Entry(tap.id, to.day, outcome, to.slot, reason, at=tap.at)
    if to.commitment_id is None:
        stored = check_ins.check_in(session, by, to.client_id, to.step_id, entry, now)
    else:
        stored = commitments.confirm(session, by, to.commitment_id, entry, now)
    if not (stored.again or stored.superseded):
        _answered(session, to, "not_today" if outcome is Outcome.NOT_TODAY else "done", now)
    return stored


def later(session: Session, by: Actor, to: Reminded, wait: timedelta, tap: Tap, now: datetime) -> Again:
    """Say it again after `wait` wherever it was said first, and return when, or what comes first instead.

    The same tap again is answered as it was the first time.
    """
    if not ops.keep(session, by.id, tap, OpKind.LATER, f"reminded-{to.id}", now):
        return _told_before(session, by, tap)
    comes = _later(session, by, to, wait, now)
    at = comes.at.isoformat() if comes.at else None
    ops.answered(session, by.id, tap.id, {"at": at, "first": comes.first})
    return comes


def _told_before(session: Session, by: Actor, tap: Tap) -> Again:
    heard = ops.known(session, by.id, tap.id)
    told = (heard and heard.answer) or {}
    at, first = told.get("at"), told.get("first")
    return Again(datetime.fromisoformat(at) if at else None, First(first) if first else None)


def _later(session: Session, by: Actor, to: Reminded, wait: timedelta, now: datetime) -> Again:
    day_ends = end_of_day(by, now)
    comes = again(now, wait, to.next_at, day_ends, to.quiet, to.zone)
    _answered(session, to, "later", now)
    if comes.at is None:
        return comes
    until = comes.at
    lasts = min(until + to.grace, day_ends, to.next_at or day_ends)
    session.execute(
        update(ReminderOccurrence)
        .where(ReminderOccurrence.id == to.id, ReminderOccurrence.expires_at < lasts)
        .values(expires_at=lasts),
        execution_options=QUIETLY,
    )
    last = session.scalar(select(func.max(Delivery.seq)).where(Delivery.occurrence_id == to.id))
    ways = endpoints.ways(session.connection(), [to.person_id])[to.person_id]
    rows = [
        {
            "client_id": to.client_id,
            "occurrence_id": to.id,
            "endpoint_id": way.id,
            "channel": way.channel,
            "person_id": to.person_id,
            "kind": DeliveryKind.LATER,
            "seq": (last if last is not None else -1) + 1,
            "state": "pending",
            "due_at": until,
            "attempts": 0,
        }
        for way in ways.first
        if way.on
    ]
    if not rows:
        return Again(first=First.NOWHERE)
    session.connection().execute(insert(Delivery), rows)
    return comes


def end_of_day(by: Actor, now: datetime) -> datetime:
    """Return the instant (UTC) at which the person's day ends."""
    return start_of_day(local_day(now, by.zone, by.day_starts_at) + DAY, by.zone, by.day_starts_at)


def take_back(session: Session, by: Actor, to: Reminded, check_in_id: int, at: datetime) -> bool:
    """Take back what was said about a reminder; nothing is sent again because of that.

    `at` is when that was tapped. False, and nothing is changed, when the same was said again since.
    """
    if not check_ins.undo(session, by, check_in_id, at):
        return False
    said = update(ReminderOccurrence).where(ReminderOccurrence.id == to.id)
    session.execute(said.values(answer=None, answered_at=None), execution_options=QUIETLY)
    return True


def _answered(session: Session, to: Reminded, answer: str, now: datetime) -> None:
    """Keep the last word, and let go of whatever of this reminder still waits. Locks it against a second answer."""
    said = update(ReminderOccurrence).where(ReminderOccurrence.id == to.id)
    session.execute(said.values(answer=answer, answered_at=now), execution_options=QUIETLY)
    waiting = update(Delivery).where(Delivery.occurrence_id == to.id, Delivery.state == "pending")
    session.execute(
        waiting.values(state="cancelled", because=Verdict.ANSWERED),
        execution_options=QUIETLY,
    )
