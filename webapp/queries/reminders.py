"""Reminders: what the next fire is computed from, and what their owner is shown."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from webapp.domain.cadence import Cadence, TzMode, version_or_last
from webapp.domain.pauses import Pause
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reminders import ZoneOrRule, zone_for
from webapp.domain.wall_time import local_day
from webapp.domain.weeks import Weeks
from webapp.models import ActionStep, CadenceVersion, Endpoint, Person, Reminder
from webapp.models import Pause as PauseRow
from webapp.models.bulk import among
from webapp.queries import cadences, weeks
from webapp.queries.access import still_promised
from webapp.queries.privacy import may_know
from webapp.queries.steps import WORDS


@dataclass(frozen=True, slots=True)
class Basis:
    """One reminder and all that its next fire depends on.

    `allowed`: its step is in use, and its owner may still be reminded of it. `known`: they may know of it just now;
    its next fire does not depend on that, so that it comes again once they may. `zone` is the one `next_at` was
    computed in, for its local date `next_day`; `person_zone` is where its owner is. `week_start` and `today`
    are the client's.
    """

    id: int
    client_id: int
    person_id: int
    step_id: int
    at: time
    zone: str
    person_zone: str
    next_at: datetime | None
    next_day: date | None
    grace: timedelta
    even_when_quiet: bool
    quiet: QuietHours | None
    allowed: bool
    known: bool
    week_start: Weeks
    today: date
    versions: tuple[Cadence, ...]
    pauses: tuple[Pause, ...]

    @property
    def zones(self) -> ZoneOrRule:
        """The zone its times are in: one for all days, unless a version of the cadence has its own."""
        return self.person_zone if self._floats else self.zone_on

    def zone_on(self, day: date) -> str:
        """Return the zone that its times are in on a local date."""
        version = None if self._floats else version_or_last(self.versions, day)
        return zone_for(version, self.person_zone) if version else self.person_zone

    @property
    def _floats(self) -> bool:
        return all(version.tz_mode is TzMode.FLOATING for version in self.versions)


STILL_PROMISED = still_promised(Reminder.step_id, Reminder.client_id, Reminder.person_id)
"""The owner of a reminder is a supporter and still may see the words of the step."""

THEIRS = or_(Reminder.client_id == Reminder.person_id, STILL_PROMISED)
"""The step is the owner's own, or still their promise."""

KNOWN = or_(Reminder.client_id == Reminder.person_id, may_know(Reminder.person_id))
"""The step is the owner's own, or they may know of it at `:now`; the statement has the step."""

_OWNER, _CLIENT = aliased(Person), aliased(Person)
_BASES = (
    select(
        Reminder.id,
        Reminder.client_id,
        Reminder.person_id,
        Reminder.step_id,
        Reminder.at_time,
        Reminder.zone,
        Reminder.next_at,
        Reminder.next_day,
        Reminder.grace_minutes,
        Reminder.even_when_quiet,
        ActionStep.status,
        _OWNER.time_zone,
        _OWNER.quiet_from,
        _OWNER.quiet_to,
        func.coalesce(_OWNER.deactivated_at, _OWNER.leaves_at).label("owner_gone"),
        _CLIENT.time_zone.label("client_zone"),
        _CLIENT.day_starts_at,
        _CLIENT.week_starts_on,
        _CLIENT.earlier_weeks,
        func.coalesce(_CLIENT.deactivated_at, _CLIENT.leaves_at).label("client_gone"),
        THEIRS.label("theirs"),
        KNOWN.label("known"),
    )
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(_OWNER, _OWNER.id == Reminder.person_id)
    .join(_CLIENT, _CLIENT.id == Reminder.client_id)
    .where(among(Reminder.id, "ids"))
)
_VERSIONS = (
    select(*cadences.COLUMNS)
    .where(among(CadenceVersion.step_id, "steps"))
    .order_by(CadenceVersion.step_id, CadenceVersion.valid_from)
)
_PAUSES = select(PauseRow.client_id, PauseRow.step_id, PauseRow.starts_on, PauseRow.ends_on).where(
    among(PauseRow.client_id, "clients")
)


def bases(connection: Connection, ids: Collection[int], now: datetime) -> list[Basis]:
    """What the next fires of these reminders are computed from. Three queries, whatever their number."""
    rows = list(connection.execute(_BASES, {"ids": list(ids), "now": now}))
    versions: defaultdict[int, list[Cadence]] = defaultdict(list)
    for row in connection.execute(_VERSIONS, {"steps": list({row.step_id for row in rows})}):
        versions[row.step_id].append(cadences.from_row(row))
    pauses: defaultdict[tuple[int, int | None], list[Pause]] = defaultdict(list)
    for row in connection.execute(_PAUSES, {"clients": list({row.client_id for row in rows})}):
        pauses[row.client_id, row.step_id].append(Pause(row.starts_on, row.ends_on))
    found = []
    for row in rows:
        today = local_day(now, row.client_zone, row.day_starts_at)
        line = tuple(versions[row.step_id])
        here = row.owner_gone is None and row.client_gone is None
        found.append(
            Basis(
                id=row.id,
                client_id=row.client_id,
                person_id=row.person_id,
                step_id=row.step_id,
                at=time.fromisoformat(row.at_time),
                zone=row.zone,
                person_zone=row.time_zone,
                next_at=row.next_at,
                next_day=row.next_day,
                grace=timedelta(minutes=row.grace_minutes),
                even_when_quiet=row.even_when_quiet,
                quiet=quiet_of(row.quiet_from, row.quiet_to),
                allowed=here and row.status == "active" and bool(row.theirs),
                known=bool(row.known),
                week_start=weeks.from_columns(row.week_starts_on, row.earlier_weeks),
                today=today,
                versions=line,
                pauses=(*pauses[row.client_id, None], *pauses[row.client_id, row.step_id]),
            )
        )
    return found


def quiet_of(start: time | None, end: time | None) -> QuietHours | None:
    """Return somebody's quiet hours, if they have any."""
    return None if start is None or end is None else QuietHours(start, end)


@dataclass(frozen=True, slots=True)
class OfStep:
    """Somebody's reminders of one step; `times` and `next_at` of those that stand."""

    times: tuple[str, ...]
    plain_words: bool
    even_when_quiet: bool
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One time of day at which somebody is reminded; `called` is the client's name where it is a promise."""

    client_id: int
    step_id: int
    words: str
    called: str | None
    at: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepWords:
    """A step in its owner's words, its time of day, and its cadence's own times."""

    words: str
    time_of_day: str | None
    times: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where somebody is reached, when not, and what is done where they don't answer (`after` are minutes)."""

    quiet: QuietHours | None
    follow_up_after: int | None
    mail_use: str
    mail_after: int
    endpoints: tuple["Address", ...]


@dataclass(frozen=True, slots=True)
class Address:
    """One way to reach somebody; `off_at` is when it was switched off, `off_because` the reason.

    `created_at` is since when it is used, `sign_in_id` the sign-in of the device it was added on.
    """

    id: int
    channel: str
    address: str
    device: str | None
    keys: dict[str, str] | None
    sign_in_id: int | None
    created_at: datetime
    off_at: datetime | None
    off_because: str | None


_OF_STEPS = (
    select(Reminder.step_id, Reminder.at_time, Reminder.plain_words, Reminder.even_when_quiet, Reminder.next_at)
    .where(Reminder.person_id == bindparam("person_id"), Reminder.ended_at.is_(None))
    .order_by(Reminder.created_at.desc(), Reminder.id.desc())
)
_REACH = select(Person.quiet_from, Person.quiet_to, Person.follow_up_after, Person.mail_use, Person.mail_after).where(
    Person.id == bindparam("person_id")
)
ADDRESSES = select(
    Endpoint.id,
    Endpoint.channel,
    Endpoint.address,
    Endpoint.device,
    Endpoint.keys,
    Endpoint.sign_in_id,
    Endpoint.created_at,
    Endpoint.off_at,
    Endpoint.off_because,
)
_ADDRESSES = ADDRESSES.where(Endpoint.person_id == bindparam("person_id")).order_by(Endpoint.id)
_STEP = (
    select(
        WORDS.label("words"),
        ActionStep.time_of_day,
        CadenceVersion.times,
    )
    .outerjoin(CadenceVersion, CadenceVersion.step_id == ActionStep.id)
    .where(ActionStep.id == bindparam("step_id"))
    .order_by(CadenceVersion.valid_from.desc())
    .limit(1)
)
_ALL = (
    select(
        Reminder.step_id,
        Reminder.at_time,
        Reminder.next_at,
        Reminder.client_id,
        WORDS.label("words"),
        _CLIENT.called,
    )
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(_CLIENT, _CLIENT.id == Reminder.client_id)
    .where(Reminder.person_id == bindparam("person_id"), Reminder.ended_at.is_(None))
    .where(THEIRS, KNOWN)
    .where(ActionStep.status.in_(("active", "on_hold")))
    .order_by(Reminder.at_time, Reminder.id)
)

TIMES_OF_DAY = {"morning": "09:00", "midday": "12:30", "afternoon": "14:00", "evening": "19:00", "night": "21:00"}


def of_steps(connection: Connection, person_id: int) -> dict[int, OfStep]:
    """Somebody's reminders that stand, by step; the step set up last comes first. One query."""
    by_step: defaultdict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(_OF_STEPS, {"person_id": person_id}):
        by_step[row.step_id].append(row)
    return {
        step_id: OfStep(
            times=tuple(sorted(row.at_time for row in rows)),
            plain_words=any(row.plain_words for row in rows),
            even_when_quiet=any(row.even_when_quiet for row in rows),
            next_at=min((row.next_at for row in rows if row.next_at), default=None),
        )
        for step_id, rows in by_step.items()
    }


def suggested(habit: OfStep | None, times: Sequence[str] = (), time_of_day: str | None = None) -> OfStep:
    """What a step's first reminder begins from: the step's own times, its time of day, or the person's habit.

    `habit` is how the person is reminded of another step, if they are.
    """
    usual = TIMES_OF_DAY.get(time_of_day or "") or (habit.times[0] if habit else "09:00")
    return OfStep(tuple(times[:3]) or (usual,), bool(habit and habit.plain_words), False, None)


def of_person(connection: Connection, person_id: int, now: datetime) -> tuple[Standing, ...]:
    """Every reminder of somebody's that stands, by time of day. One query."""
    return tuple(
        Standing(
            row.client_id,
            row.step_id,
            row.words,
            None if row.client_id == person_id else row.called,
            row.at_time,
            row.next_at,
        )
        for row in connection.execute(_ALL, {"person_id": person_id, "now": now})
    )


def step(connection: Connection, step_id: int) -> StepWords:
    """What a step says of itself. One query."""
    row = connection.execute(_STEP, {"step_id": step_id}).one()
    return StepWords(row.words, row.time_of_day, tuple(row.times or ()))


def reach(connection: Connection, person_id: int) -> Reach:
    """Somebody's quiet hours, wishes and addresses. Two queries."""
    row = connection.execute(_REACH, {"person_id": person_id}).one()
    addresses = connection.execute(_ADDRESSES, {"person_id": person_id})
    return Reach(
        quiet=quiet_of(row.quiet_from, row.quiet_to),
        follow_up_after=row.follow_up_after,
        mail_use=row.mail_use,
        mail_after=row.mail_after,
        endpoints=tuple(Address(**each._mapping) for each in addresses),
    )
