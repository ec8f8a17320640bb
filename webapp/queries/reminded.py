"""One reminder that came due, for the page on which its owner answers it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.check_ins import CheckIn, marks
from webapp.domain.deliveries import DeliveryKind
from webapp.domain.last_look import Left, counted_from, day_meant, left_to_say, slot_meant
from webapp.domain.occurrences import slots_of
from webapp.domain.people import Actor
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.standing import Standing, standing
from webapp.domain.wall_time import local_day
from webapp.models import ActionStep, Commitment, Delivery, Person, Reminder, ReminderOccurrence
from webapp.models.base import Id
from webapp.queries import check_ins, reminders
from webapp.queries.access import Ids, promise
from webapp.queries.steps import WORDS

_AGAIN = (
    select(func.min(Delivery.due_at))
    .where(
        Delivery.occurrence_id == ReminderOccurrence.id,
        Delivery.kind == DeliveryKind.LATER,
        Delivery.state.in_(("pending", "claimed", "sending")),
    )
    .scalar_subquery()
)
_OWN: Select[*tuple[Any, ...]] = (
    select(
        ReminderOccurrence.id,
        ReminderOccurrence.reminder_id,
        ReminderOccurrence.day,
        ReminderOccurrence.due_at,
        ReminderOccurrence.expires_at,
        ReminderOccurrence.answer,
        ReminderOccurrence.answered_at,
        Reminder.person_id,
        Reminder.client_id,
        Reminder.step_id,
        Reminder.grace_minutes,
        ActionStep.status,
        ActionStep.actor_kind,
        ActionStep.cue,
        ActionStep.smallest,
        WORDS.label("words"),
        Person.called,
        Person.time_zone,
        Person.day_starts_at,
        Commitment.id.label("commitment_id"),
        _AGAIN.label("again_at"),
    )
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(Person, Person.id == Reminder.client_id)
    .outerjoin(Commitment, promise(Reminder.step_id, Reminder.person_id))
    .where(
        ReminderOccurrence.id == bindparam("occurrence_id", type_=Id),
        ReminderOccurrence.state == "due",
        Reminder.person_id == bindparam("person_id", type_=Id),
        reminders.THEIRS,
        reminders.KNOWN,
    )
)


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that came due. `day` and `slot` are what it is about, `called` is the client where it is a promise.
    `doing`: its owner is the one who does it, and not somebody who tells whether another did.

    `left` tells what it still has to say; `ended` that its step is no longer in use. `said` is what was said about
    that very day and slot, by whomever, oldest first; `already`: its owner settled it in other words, on another day
    or for the whole of the day. `stands` is where the step stood on that day. `next_at` is
    when the same reminder is due next, `again_at` when this one comes again after "later". `quiet` are the hours in
    which it stays silent, in `zone`. Instants are aware UTC.
    """

    id: int
    person_id: int
    client_id: int
    step_id: int
    commitment_id: int | None
    doing: bool
    words: str
    cue: str | None
    smallest: str | None
    called: str | None
    day: date
    slot: str
    due_at: datetime
    expires_at: datetime
    grace: timedelta
    next_at: datetime | None
    again_at: datetime | None
    quiet: QuietHours | None
    zone: str
    answer: str | None
    answered_at: datetime | None
    left: Left
    ended: bool
    cadence: Cadence | None
    stands: Standing
    said: tuple[CheckIn, ...]
    already: bool


def own(connection: Connection, actor: Actor, ids: Ids, now: datetime) -> Reminded | None:
    """A reminder of the actor's own that came due, while its step is theirs to see. Five queries."""
    about = {"occurrence_id": ids["occurrence_id"], "person_id": actor.id, "now": now}
    row = connection.execute(_OWN, about).one_or_none()
    if row is None:
        return None
    (basis,) = reminders.bases(connection, [row.reminder_id], now)
    then = local_day(row.due_at, row.time_zone, row.day_starts_at)
    day = day_meant(basis.versions, row.day, then)
    version = version_on(basis.versions, day)
    first = counted_from(basis.versions, day, basis.week_start)
    said = check_ins.of_steps_since(connection, {row.step_id: first}).get(row.step_id, [])
    told = marks(said, basis.versions)
    slots = slots_of(version) if version else ()
    slot = slot_meant(slots, basis.at) if version and version.kind is Kind.FIXED else ""
    left = left_to_say(basis.versions, basis.pauses, told, day, basis.today, basis.at, basis.week_start)
    here = tuple(sorted((one for one in said if (one.day, one.slot) == (day, slot)), key=lambda one: one.at))
    own_words = [one for one in said if one.voice == actor.id]
    return Reminded(
        id=row.id,
        person_id=row.person_id,
        client_id=row.client_id,
        step_id=row.step_id,
        commitment_id=row.commitment_id,
        doing=row.client_id == row.person_id and row.actor_kind == "self",
        words=row.words,
        cue=row.cue,
        smallest=row.smallest,
        called=None if row.client_id == row.person_id else row.called,
        day=day,
        slot=slot,
        due_at=row.due_at,
        expires_at=row.expires_at,
        grace=timedelta(minutes=row.grace_minutes),
        next_at=basis.next_at,
        again_at=row.again_at,
        quiet=None if basis.even_when_quiet else basis.quiet,
        zone=basis.zone_on(row.day),
        answer=row.answer,
        answered_at=row.answered_at,
        left=replace(left, paused=left.paused or row.status == "on_hold"),
        ended=row.status not in ("active", "on_hold"),
        cadence=version,
        stands=standing(basis.versions, basis.pauses, told, day, basis.week_start),
        said=here,
        already=left.done and _settles(own_words, version, day, slots),
    )


def _settles(said: Iterable[CheckIn], version: Cadence | None, day: date, slots: Collection[str]) -> bool:
    """Tell whether one of these settles a reminder that is not about its day and slot."""
    if version is not None and version.kind is Kind.ONCE:
        return any(one.counts and one.day != day for one in said)
    return any(one.day == day and one.slot not in slots for one in said)
