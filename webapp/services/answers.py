"""What people say to a reminder: done, not today, or later."""

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from webapp.domain.check_ins import Entry
from webapp.domain.deliveries import DeliveryKind, Verdict
from webapp.domain.people import Actor
from webapp.domain.reminders import snoozed_until
from webapp.domain.scores import Outcome
from webapp.domain.wall_time import DAY, local_day, start_of_day
from webapp.models import Delivery, ReminderOccurrence
from webapp.queries import endpoints
from webapp.queries.reminded import Reminded
from webapp.services import check_ins, commitments
from webapp.services.check_ins import Recorded

QUIETLY = {"synchronize_session": False}


def check_in(
    session: Session, by: Actor, to: Reminded, outcome: Outcome, op_id: str, now: datetime, reason: str | None = None
) -> Recorded:
    """Record "done" or "not today" on exactly the step and day a reminder is about; nothing more comes of it.

    Raises NotRecorded for a day too long ago, and NotNow where a promise has ended meanwhile.
    """
    entry = Entry(op_id, to.day, outcome, to.slot, reason)
    if to.commitment_id is None:
        stored = check_ins.check_in(session, by, to.client_id, to.step_id, entry, now)
    else:
        stored = commitments.confirm(session, by, to.commitment_id, entry, now)
    _answered(session, to, "not_today" if outcome is Outcome.NOT_TODAY else "done", now)
    return stored


def later(session: Session, by: Actor, to: Reminded, wait: timedelta, now: datetime) -> datetime | None:
    """Say it again after `wait` wherever it was said first, and return when.

    None, and silence, where the same reminder's next time or the end of the person's day comes first.
    """
    today = local_day(now, by.zone, by.day_starts_at)
    day_ends = start_of_day(today + DAY, by.zone, by.day_starts_at)
    until = snoozed_until(now, wait, to.next_at, day_ends)
    _answered(session, to, "later", now)
    if until is None:
        return None
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
    if rows:
        session.connection().execute(insert(Delivery), rows)
    return until


def _answered(session: Session, to: Reminded, answer: str, now: datetime) -> None:
    """Keep the last word, and let go of whatever of this reminder still waits. Locks it against a second answer."""
    said = update(ReminderOccurrence).where(ReminderOccurrence.id == to.id)
    session.execute(said.values(answer=answer, answered_at=now), execution_options=QUIETLY)
    waiting = update(Delivery).where(Delivery.occurrence_id == to.id, Delivery.state == "pending")
    session.execute(
        waiting.values(state="cancelled", because=Verdict.ANSWERED),
        execution_options=QUIETLY,
    )
