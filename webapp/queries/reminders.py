"""Reminders: what the next fire is computed from, and what their owner is shown."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import aliased

from webapp.domain.cadence import Cadence, version_on
from webapp.domain.pauses import Pause
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reminders import zone_for
from webapp.domain.wall_time import local_day
from webapp.models import ActionStep, CadenceVersion, Commitment, Endpoint, Person, Reminder, SupporterLink
from webapp.models import Pause as PauseRow
from webapp.queries import cadences

PROMISED = ("accepted", "active")
"""States of a commitment in which its supporter is reminded."""


@dataclass(frozen=True, slots=True)
class Basis:
    """One reminder and all that its next fire depends on.

    `allowed`: its step is in use, and its owner may still be reminded of it. `zone_now` is the zone that
    holds now, `zone` the one `next_at` was computed in. Week start and `today` are the client's.
    """

    id: int
    client_id: int
    person_id: int
    step_id: int
    at: time
    zone: str
    zone_now: str
    next_at: datetime | None
    grace: timedelta
    even_when_quiet: bool
    quiet: QuietHours | None
    allowed: bool
    week_start: int
    today: date
    versions: tuple[Cadence, ...]
    pauses: tuple[Pause, ...]

    @property
    def version(self) -> Cadence | None:
        """The version of the cadence in force today, or the first that will be."""
        return version_on(self.versions, self.today) or (self.versions[-1] if self.versions else None)


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
        Reminder.grace_minutes,
        Reminder.even_when_quiet,
        ActionStep.status,
        _OWNER.time_zone,
        _OWNER.quiet_from,
        _OWNER.quiet_to,
        _OWNER.deactivated_at.label("owner_gone"),
        _CLIENT.time_zone.label("client_zone"),
        _CLIENT.day_starts_at,
        _CLIENT.week_starts_on,
        _CLIENT.deactivated_at.label("client_gone"),
        Commitment.id.label("promise"),
        SupporterLink.id.label("link"),
    )
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(_OWNER, _OWNER.id == Reminder.person_id)
    .join(_CLIENT, _CLIENT.id == Reminder.client_id)
    .outerjoin(
        Commitment,
        (Commitment.step_id == Reminder.step_id)
        & (Commitment.supporter_id == Reminder.person_id)
        & Commitment.state.in_(PROMISED),
    )
    .outerjoin(
        SupporterLink,
        (SupporterLink.client_id == Reminder.client_id)
        & (SupporterLink.supporter_id == Reminder.person_id)
        & SupporterLink.ended_at.is_(None),
    )
    .where(Reminder.id.in_(bindparam("ids", expanding=True)))
)
_VERSIONS = (
    select(*cadences.COLUMNS)
    .where(CadenceVersion.step_id.in_(bindparam("steps", expanding=True)))
    .order_by(CadenceVersion.step_id, CadenceVersion.valid_from)
)
_PAUSES = select(PauseRow.client_id, PauseRow.step_id, PauseRow.starts_on, PauseRow.ends_on).where(
    PauseRow.client_id.in_(bindparam("clients", expanding=True))
)


def bases(connection: Connection, ids: Collection[int], now: datetime) -> list[Basis]:
    """What the next fires of these reminders are computed from. Three queries, whatever their number."""
    rows = list(connection.execute(_BASES, {"ids": list(ids)}))
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
        version = version_on(line, today) or (line[-1] if line else None)
        own = row.person_id == row.client_id
        here = row.owner_gone is None and row.client_gone is None
        found.append(
            Basis(
                id=row.id,
                client_id=row.client_id,
                person_id=row.person_id,
                step_id=row.step_id,
                at=time.fromisoformat(row.at_time),
                zone=row.zone,
                zone_now=zone_for(version, row.time_zone) if version else row.time_zone,
                next_at=row.next_at,
                grace=timedelta(minutes=row.grace_minutes),
                even_when_quiet=row.even_when_quiet,
                quiet=quiet_of(row.quiet_from, row.quiet_to),
                allowed=here and row.status == "active" and (own or bool(row.promise and row.link)),
                week_start=row.week_starts_on,
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
class Reach:
    """Where somebody is reached and when not."""

    quiet: QuietHours | None
    endpoints: tuple["Address", ...]


@dataclass(frozen=True, slots=True)
class Address:
    """One way to reach somebody; `off_at` is when it was switched off, `off_because` the reason."""

    id: int
    channel: str
    address: str
    off_at: datetime | None
    off_because: str | None


_OF_STEP = (
    select(Reminder.at_time, Reminder.plain_words, Reminder.even_when_quiet, Reminder.next_at)
    .where(
        Reminder.step_id == bindparam("step_id"),
        Reminder.person_id == bindparam("person_id"),
        Reminder.ended_at.is_(None),
    )
    .order_by(Reminder.at_time)
)
_REACH = (
    select(
        Person.quiet_from,
        Person.quiet_to,
        Endpoint.id,
        Endpoint.channel,
        Endpoint.address,
        Endpoint.off_at,
        Endpoint.off_because,
    )
    .outerjoin(Endpoint, Endpoint.person_id == Person.id)
    .where(Person.id == bindparam("person_id"))
    .order_by(Endpoint.id)
)
_HABIT = (
    select(Reminder.at_time, Reminder.plain_words)
    .where(Reminder.person_id == bindparam("person_id"), Reminder.ended_at.is_(None))
    .order_by(Reminder.created_at.desc(), Reminder.id.desc())
    .limit(1)
)
_STEP = select(
    ActionStep.id,
    ActionStep.time_of_day,
    func.coalesce(ActionStep.own_words, ActionStep.text).label("words"),
).where(ActionStep.id == bindparam("step_id"))
_TIMES = (
    select(CadenceVersion.times)
    .where(CadenceVersion.step_id == bindparam("step_id"))
    .order_by(CadenceVersion.valid_from.desc())
    .limit(1)
)

TIMES_OF_DAY = {"morning": "09:00", "midday": "12:30", "afternoon": "14:00", "evening": "19:00", "night": "21:00"}


def of_step(connection: Connection, step_id: int, person_id: int) -> OfStep:
    """The reminders of one step that stand. One query."""
    rows = list(connection.execute(_OF_STEP, {"step_id": step_id, "person_id": person_id}))
    return OfStep(
        times=tuple(row.at_time for row in rows),
        plain_words=any(row.plain_words for row in rows),
        even_when_quiet=any(row.even_when_quiet for row in rows),
        next_at=min((row.next_at for row in rows if row.next_at), default=None),
    )


def suggested(connection: Connection, step_id: int, person_id: int) -> OfStep:
    """What a step's first reminder begins from: the step's own times, its time of day, or the person's habit."""
    own = connection.execute(_TIMES, {"step_id": step_id}).scalar_one_or_none() or []
    step = connection.execute(_STEP, {"step_id": step_id}).one()
    habit = connection.execute(_HABIT, {"person_id": person_id}).one_or_none()
    usual = TIMES_OF_DAY.get(step.time_of_day or "") or (habit.at_time if habit else "09:00")
    return OfStep(tuple(own[:3]) or (usual,), bool(habit and habit.plain_words), False, None)


def words_of(connection: Connection, step_id: int) -> str:
    """The step's words as its owner reads them. One query."""
    return str(connection.execute(_STEP, {"step_id": step_id}).one().words)


def reach(connection: Connection, person_id: int) -> Reach:
    """Somebody's quiet hours and addresses. One query."""
    rows = list(connection.execute(_REACH, {"person_id": person_id}))
    addresses = tuple(Address(r.id, r.channel, r.address, r.off_at, r.off_because) for r in rows if r.id is not None)
    return Reach(quiet_of(rows[0].quiet_from, rows[0].quiet_to), addresses)
