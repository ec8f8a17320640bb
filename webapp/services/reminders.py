"""Set a step's reminders, and compute anew when one is due after anything it depends on has changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from webapp.domain.cadence import version_or_last
from webapp.domain.last_look import expiry
from webapp.domain.reminders import Fire, Verdict, next_fire
from webapp.models import ActionStep, Delivery, Person, Reminder, ReminderOccurrence
from webapp.queries import reminders as queries
from webapp.queries.reminders import Basis

MOST = 3
"""Reminders of one step for one person and day; more would be nagging."""

MOST_AT_ONCE = 500
"""Reminders that are computed anew in one transaction, where somebody else may wait for it."""

MOMENT = timedelta(microseconds=1)


class TooMany(Exception):
    """More times than anybody should be nagged."""


class NeedsYes(Exception):
    """Some of the times lie in the person's quiet hours, and they have not said yes to that."""

    def __init__(self, times: Sequence[str]) -> None:
        super().__init__(", ".join(times))
        self.times = tuple(times)


def set_times(
    session: Session,
    step_id: int,
    person_id: int,
    times: Collection[str],
    plain_words: bool,
    even_when_quiet: bool,
    now: datetime,
) -> None:
    """Let a person be reminded of a step at these local times ("HH:MM"), and at no others; none turns it off.

    A time inside the person's quiet hours needs `even_when_quiet`. Raises NeedsYes, TooMany, and ValueError
    for what is not a time.
    """
    wanted = sorted({f"{time.fromisoformat(text):%H:%M}" for text in times})
    if len(wanted) > MOST:
        raise TooMany
    person = session.get_one(Person, person_id)
    quiet = queries.quiet_of(person.quiet_from, person.quiet_to)
    asleep = [text for text in wanted if quiet and quiet.contains(time.fromisoformat(text))]
    if asleep and not even_when_quiet:
        raise NeedsYes(asleep)
    step = session.get_one(ActionStep, step_id)
    standing = {row.at_time: row for row in session.scalars(_of(step_id, person_id).with_for_update())}
    for text, row in standing.items():
        if text not in wanted and row.ended_at is None:
            row.ended_at, row.next_at, row.next_day = now, None, None
    for text in wanted:
        row = standing.get(text) or Reminder(
            client_id=step.client_id,
            step_id=step_id,
            person_id=person_id,
            at_time=text,
            zone=person.time_zone,
            created_at=now,
        )
        row.plain_words, row.even_when_quiet, row.ended_at = plain_words, text in asleep, None
        session.add(row)
    session.flush()
    recompute(session, (Reminder.step_id == step_id) & (Reminder.person_id == person_id), now)


def recompute_for_step(session: Session, step_id: int, now: datetime) -> None:
    """After a step's cadence, status, pause or promise changed."""
    recompute(session, Reminder.step_id == step_id, now)


def recompute_for_person(session: Session, person_id: int, now: datetime) -> None:
    """After a person's zone, week, quiet hours or pause of everything changed; supporters' promises included."""
    recompute(session, or_(Reminder.person_id == person_id, Reminder.client_id == person_id), now)


def recompute_resting(session: Session, now: datetime, after: int = 0, most: int = MOST_AT_ONCE) -> int | None:
    """Wake whatever rests and should not: up to `most`, by id, later than `after`.

    Returns the last one looked at, None when there are no more.
    """
    resting = select(Reminder.id).where(Reminder.next_at.is_(None), Reminder.ended_at.is_(None), Reminder.id > after)
    ids = session.scalars(resting.order_by(Reminder.id).limit(most)).all()
    recompute(session, Reminder.id.in_(ids), now)
    return ids[-1] if len(ids) == most else None


def recompute(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    """Compute anew when the reminders that have not ended are due; what is pending in another zone is re-keyed."""
    session.flush()
    rows = session.scalars(select(Reminder).where(which, Reminder.ended_at.is_(None)).with_for_update()).all()
    if not rows:
        return
    found = {basis.id: basis for basis in queries.bases(session.connection(), [row.id for row in rows], now)}
    _let_go_of_other_zones(session, found)
    fired = _last_days(session, found)
    for row in rows:
        basis = found[row.id]
        fire = following(basis, now, fired.get(row.id))
        row.next_at, row.next_day = (fire.at, fire.day) if fire else (None, None)
        row.zone = basis.zone_on(row.next_day or basis.today)
    session.flush()


def following(basis: Basis, now: datetime, fired_on: date | None) -> Fire | None:
    """Return the next fire; one that is due already and only waits for the next look is not passed over."""
    if not basis.allowed:
        return None
    stands = basis.zone == basis.zone_on(basis.next_day or basis.today)
    waiting = basis.next_at is not None and basis.next_at <= now and stands
    after = basis.next_at - MOMENT if waiting and basis.next_at else now
    return next_fire(
        basis.versions,
        basis.at,
        basis.zones,
        after,
        pauses=basis.pauses,
        week_start=basis.week_start,
        last_day=fired_on,
    )


def expires(basis: Basis, fire: Fire, next_at: datetime | None) -> datetime:
    """Return when one fire of a reminder has nothing more to say."""
    quiet = None if basis.even_when_quiet else basis.quiet
    version = version_or_last(basis.versions, fire.day)
    return expiry(fire, basis.grace, version, basis.zone_on(fire.day), quiet, next_at)


def _of(step_id: int, person_id: int):  # type: ignore[no-untyped-def]
    return select(Reminder).where(Reminder.step_id == step_id, Reminder.person_id == person_id)


def _in_other_zones(session: Session, found: Mapping[int, Basis]) -> list[int]:
    """The occurrences that wait in another zone than the one that holds on their own date."""
    waiting = (
        select(ReminderOccurrence.id, ReminderOccurrence.reminder_id, ReminderOccurrence.day, ReminderOccurrence.zone)
        .join(Delivery, Delivery.occurrence_id == ReminderOccurrence.id)
        .where(ReminderOccurrence.reminder_id.in_(found), Delivery.state == "pending")
        .distinct()
    )
    return [id for id, reminder_id, day, zone in session.execute(waiting) if zone != found[reminder_id].zone_on(day)]


def _let_go_of_other_zones(session: Session, found: Mapping[int, Basis]) -> None:
    """Cancel what is pending in a zone that no longer holds; its key is free to be used once more.

    What was handed over at one endpoint has fired; whatever else of it still waits is left as it is.
    """
    moved = _in_other_zones(session, found)
    if not moved:
        return
    begun = aliased(Delivery)
    waiting = (
        select(Delivery.occurrence_id)
        .where(Delivery.occurrence_id.in_(moved), Delivery.state == "pending")
        .where(
            ~exists().where(
                begun.occurrence_id == Delivery.occurrence_id, begun.state.in_(("sending", "sent", "unknown"))
            )
        )
        .with_for_update(of=Delivery)
    )
    rekey(session, set(session.scalars(waiting)))


def rekey(session: Session, occurrence_ids: Collection[int]) -> None:
    """Cancel what waits of these occurrences because their zone changed, and free their keys."""
    waiting = Delivery.occurrence_id.in_(occurrence_ids) & Delivery.state.in_(("pending", "claimed"))
    freed = update(ReminderOccurrence).where(ReminderOccurrence.id.in_(occurrence_ids))
    quietly = {"synchronize_session": False}
    session.execute(
        update(Delivery)
        .where(waiting)
        .values(state="cancelled", because=Verdict.REKEYED, lease_owner=None, lease_until=None),
        execution_options=quietly,
    )
    session.execute(freed.values(state="rekeyed"), execution_options=quietly)


def _last_days(session: Session, ids: Collection[int]) -> dict[int, date]:
    """The local date on which each reminder last came due; it never does so twice."""
    last = (
        select(ReminderOccurrence.reminder_id, func.max(ReminderOccurrence.day))
        .where(ReminderOccurrence.reminder_id.in_(ids), ReminderOccurrence.state != "rekeyed")
        .group_by(ReminderOccurrence.reminder_id)
    )
    return {reminder_id: day for reminder_id, day in session.execute(last)}
