"""Notices: what of them is still wanted when they are sent, and which mails somebody wants."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from webapp.domain import notices as rules
from webapp.domain.notices import NoticeKind, Reader
from webapp.domain.pauses import Pause, is_paused
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.sharing import Scope
from webapp.domain.wall_time import DAY
from webapp.models import ActionStep, Assignment, BadDay, CadenceVersion, CarePlan, Notice, Person, SharingGrant
from webapp.models import Pause as PauseRow
from webapp.models import Session as Appointment
from webapp.models.base import Id, Utc
from webapp.queries import weeks
from webapp.queries.reminders import quiet_of

LATELY = timedelta(days=2)
"""Anybody's today began later than that, wherever they are and whenever their day turns."""

Client = aliased(Person)
IS_HERE = and_(Person.joined_at.is_not(None), Person.deactivated_at.is_(None), Person.leaves_at.is_(None))
READER = (
    Person.id,
    Person.time_zone,
    Person.day_starts_at,
    *weeks.COLUMNS,
    Person.quiet_from,
    Person.quiet_to,
)
_Later = aliased(CadenceVersion)
IS_LAST_VERSION = and_(
    CadenceVersion.kind != "once",
    CadenceVersion.valid_to > CadenceVersion.valid_from,
    ActionStep.status == "active",
    CarePlan.ended_at.is_(None),
    ~exists().where(
        _Later.step_id == CadenceVersion.step_id,
        _Later.valid_from >= CadenceVersion.valid_to,
        or_(_Later.valid_to.is_(None), _Later.valid_to > _Later.valid_from),
    ),
)
"""After this version a step of a plan in use is over."""


def works_with(care_team_id: Any, client_id: Any) -> ColumnElement[bool]:
    """A care-team member works with a client who is still here."""
    return exists().where(
        Assignment.care_team_id == care_team_id,
        Assignment.client_id == client_id,
        Assignment.ended_at.is_(None),
        Client.id == Assignment.client_id,
        Client.deactivated_at.is_(None),
    )


def may_see_plan(person_id: Any, client_id: Any) -> ColumnElement[bool]:
    """A client lets somebody see the plan, at `now`."""
    return exists().where(
        SharingGrant.client_id == client_id,
        SharingGrant.person_id == person_id,
        SharingGrant.scope == Scope.PLAN,
        SharingGrant.withdrawn_at.is_(None),
        SharingGrant.starts_at <= bindparam("now"),
        or_(SharingGrant.ends_at.is_(None), SharingGrant.ends_at > bindparam("now")),
    )


def reader(row: Row[Any]) -> Reader:
    """Read one row of `READER`."""
    return Reader(
        row.id,
        row.time_zone,
        row.day_starts_at,
        weeks.from_columns(row.week_starts_on, row.earlier_weeks),
        quiet_of(row.quiet_from, row.quiet_to),
    )


# Dates that decide: one shape for all, so that one query brings them

_NO_DAY, _NO_INSTANT, _NO_NUMBER = cast(null(), Date), cast(null(), Utc()), cast(null(), Integer)


def _dates(
    what: str, owner: Any, first: Any = _NO_DAY, end: Any = _NO_DAY, at: Any = _NO_INSTANT, number: Any = _NO_NUMBER
) -> Select[*tuple[Any, ...]]:
    """`end` is exclusive, as everywhere."""
    named = {"what": literal(what), "owner": owner, "first": first, "end": end, "at": at, "number": number}
    people = bindparam("people", type_=Id, expanding=True)
    return select(*(column.label(name) for name, column in named.items())).where(owner.in_(people))


_LATELY, _NOW, _AHEAD = bindparam("lately", type_=Date), bindparam("now", type_=Utc), bindparam("ahead", type_=Utc)
_RESTS = (
    _dates("rest", PauseRow.client_id, PauseRow.starts_on, PauseRow.ends_on).where(PauseRow.step_id.is_(None)),
    _dates("bad_day", BadDay.client_id, BadDay.day).where(BadDay.ended_at.is_(None), BadDay.day >= _LATELY),
)
_RESTING = union_all(*_RESTS)
_DATES = union_all(
    *_RESTS,
    _dates("session", Appointment.care_team_id, at=Appointment.starts_at).where(
        Appointment.status == "planned",
        Appointment.starts_at >= _NOW,
        Appointment.starts_at < _AHEAD,
        works_with(Appointment.care_team_id, Appointment.client_id),
    ),
    _dates("review", CarePlan.client_id, CarePlan.review_on, number=CarePlan.id).where(
        CarePlan.ended_at.is_(None), CarePlan.review_on >= _LATELY
    ),
    _dates("end", CadenceVersion.client_id, end=CadenceVersion.valid_to)
    .join(ActionStep, ActionStep.id == CadenceVersion.step_id)
    .join(CarePlan, CarePlan.id == ActionStep.plan_id)
    .where(IS_LAST_VERSION, CadenceVersion.valid_to >= _LATELY),
    _dates("last_day", CarePlan.client_id, CarePlan.ends_on).where(
        CarePlan.ended_at.is_(None), CarePlan.ends_on >= _LATELY
    ),
)


def resting(connection: Connection, clients: Mapping[int, Reader], now: datetime) -> set[int]:
    """Which of these clients rest from everything today, or asked for a small day. One query, none for nobody."""
    if not clients:
        return set()
    rows = connection.execute(_RESTING, {"people": list(clients), "lately": (now - LATELY).date()})
    return {row.owner for row in rows if _rests(row, clients[row.owner].today(now))}


def _rests(row: Row[Any], today: date) -> bool:
    if row.what == "bad_day":
        return bool(row.first == today)
    return row.what == "rest" and is_paused(today, [Pause(row.first, row.end)])


# At the moment of sending


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What is true of one notice at the moment of sending. Whether it has expired is not part of `wanted`.

    `link` is a path. `zone` is the reader's, and `quiet` when they are to be left alone.
    """

    id: int
    person_id: int
    kind: NoticeKind
    wanted: bool
    link: str
    language: str
    zone: str
    quiet: QuietHours | None
    expires_at: datetime


_FACTS: Select[*tuple[Any, ...]] = (
    select(
        *READER,
        IS_HERE.label("is_here"),
        Person.is_client,
        Person.is_care_team,
        Person.language,
        Person.digest,
        Person.look_back,
        Person.plan_dates,
        Notice.id.label("notice_id"),
        Notice.kind,
        Notice.key,
        Notice.client_id,
        Notice.expires_at,
        works_with(Notice.person_id, Notice.client_id).label("works"),
        may_see_plan(Notice.person_id, Notice.client_id).label("shared"),
    )
    .join(Notice, Notice.person_id == Person.id)
    .where(Notice.id.in_(bindparam("ids", type_=Id, expanding=True)))
)


def still_wanted(connection: Connection, notice_ids: Collection[int], now: datetime) -> dict[int, NoticeFacts]:
    """Look once more at notices about to be sent, by id. Two queries, however many there are."""
    rows = connection.execute(_FACTS, {"ids": list(notice_ids), "now": now}).all()
    asked = {
        "people": list({row.id for row in rows} | {row.client_id for row in rows if row.client_id}),
        "lately": (now - LATELY).date(),
        "now": now,
        "ahead": now + LATELY + DAY,
    }
    dates: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for one in connection.execute(_DATES, asked) if rows else ():
        dates[one.owner].append(one)
    return {row.notice_id: _facts(row, dates, now) for row in rows}


def _facts(row: Row[Any], dates: Mapping[int, list[Row[Any]]], now: datetime) -> NoticeFacts:
    kind, whom = NoticeKind(row.kind), reader(row)
    of_record = dates.get(row.client_id or row.id, [])
    rests = row.id == row.client_id and any(_rests(one, whom.today(now)) for one in of_record)
    return NoticeFacts(
        id=row.notice_id,
        person_id=row.id,
        kind=kind,
        wanted=bool(row.is_here) and not rests and _WANTED[kind](row, whom, of_record, now),
        link=rules.link(kind, row.id, row.client_id),
        language=row.language,
        zone=row.time_zone,
        quiet=rules.left_alone(kind, whom.quiet),
        expires_at=row.expires_at,
    )


def _sessions_wanted(row: Row[Any], whom: Reader, dates: list[Row[Any]], now: datetime) -> bool:
    day = rules.tomorrow(whom.zone, now)
    named = row.key == day.day.isoformat()
    return row.digest and row.is_care_team and named and any(one.at and day.covers(one.at) for one in dates)


def _look_back_wanted(row: Row[Any], whom: Reader, dates: list[Row[Any]], now: datetime) -> bool:
    return bool(row.look_back and row.is_client)


def _review_wanted(row: Row[Any], whom: Reader, dates: list[Row[Any]], now: datetime) -> bool:
    may = row.is_client if row.id == row.client_id else row.is_care_team and row.works and row.shared
    keys = {rules.review_key(one.number, one.first) for one in dates if one.what == "review"}
    return bool(row.plan_dates and may) and row.key in keys


def _ending_wanted(row: Row[Any], whom: Reader, dates: list[Row[Any]], now: datetime) -> bool:
    days = {one.end - DAY for one in dates if one.what == "end"} | {
        one.first for one in dates if one.what == "last_day"
    }
    return bool(row.plan_dates and row.is_client) and any(rules.stands_for(row.key, day) for day in days)


_WANTED = {
    NoticeKind.SESSIONS: _sessions_wanted,
    NoticeKind.LOOK_BACK: _look_back_wanted,
    NoticeKind.REVIEW: _review_wanted,
    NoticeKind.ENDING: _ending_wanted,
}


# Which mails somebody wants


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which mails beside reminders somebody wants; None where there is nothing for them to choose."""

    look_back: bool | None
    digest: bool | None
    plan_dates: bool | None

    @property
    def any(self) -> bool:
        """Whether there is anything to choose."""
        return any(one is not None for one in (self.look_back, self.digest, self.plan_dates))


_WISHES = select(Person.is_client, Person.is_care_team, Person.look_back, Person.digest, Person.plan_dates).where(
    Person.id == bindparam("person_id")
)


def wishes(connection: Connection, person_id: int) -> Wishes:
    """Which mails somebody chose. One query."""
    row = connection.execute(_WISHES, {"person_id": person_id}).one()
    return Wishes(
        look_back=row.look_back if row.is_client else None,
        digest=row.digest if row.is_care_team else None,
        plan_dates=row.plan_dates if row.is_client or row.is_care_team else None,
    )
