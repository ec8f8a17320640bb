"""Who is to be told something now, beside reminders.

Looking costs little when there is nothing: those told already are left out by the database, through indexes.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Row, String, bindparam, cast, exists, select, union_all

from webapp.domain import notices as rules
from webapp.domain.notices import Due, NoticeKind, Reader
from webapp.domain.wall_time import DAY
from webapp.models import ActionStep, Assignment, CadenceVersion, CarePlan, Notice, Person
from webapp.models import Session as Appointment
from webapp.queries import notices
from webapp.queries.notices import IS_HERE, IS_LAST_VERSION, LATELY, READER, Client

Found = Iterator[tuple[Reader, Due | None]]


def _not_told(kind: NoticeKind, *keys: ColumnElement[bool]) -> ColumnElement[bool]:
    return ~exists().where(Notice.person_id == Person.id, Notice.kind == kind, *keys)


# The sessions of tomorrow, and the look back: by zone, because the hour decides

_ZONES_WITH_SESSIONS = select(Person.time_zone).where(Person.digest, Person.is_care_team).distinct()
_WITH_SESSIONS = select(*READER).where(
    Person.digest,
    Person.is_care_team,
    IS_HERE,
    Person.time_zone == bindparam("zone"),
    exists().where(
        Appointment.care_team_id == Person.id,
        Appointment.status == "planned",
        Appointment.starts_at >= bindparam("begins"),
        Appointment.starts_at < bindparam("ends"),
        # Whoever plans one later in the evening need not be told of it.
        Appointment.created_at < bindparam("evening"),
        notices.works_with(Appointment.care_team_id, Appointment.client_id),
    ),
    _not_told(NoticeKind.SESSIONS, Notice.key == bindparam("key")),
)
_ZONES_LOOKING_BACK = select(Person.time_zone).where(Person.look_back).distinct()
_LOOKING_BACK = select(*READER).where(
    Person.look_back,
    Person.is_client,
    IS_HERE,
    Person.time_zone == bindparam("zone"),
    # Weeks are longer than that: whoever was told lately was told of the present one.
    _not_told(NoticeKind.LOOK_BACK, Notice.key >= bindparam("lately")),
)

# Reviews and ends: by day, so that what was told is found by its key

_UNDER_REVIEW = (
    CarePlan.review_on == bindparam("day", type_=Date),
    CarePlan.ended_at.is_(None),
    Person.plan_dates,
    IS_HERE,
    _not_told(NoticeKind.REVIEW, Notice.key == bindparam("said", type_=String) + " " + cast(CarePlan.id, String)),
)
_OF_PLAN = (*READER, CarePlan.client_id, CarePlan.id.label("plan_id"))
_REVIEWS = union_all(
    select(*_OF_PLAN).join(CarePlan, CarePlan.client_id == Person.id).where(Person.is_client, *_UNDER_REVIEW),
    select(*_OF_PLAN)
    .join(Assignment, Assignment.care_team_id == Person.id)
    .join(CarePlan, CarePlan.client_id == Assignment.client_id)
    .join(Client, Client.id == CarePlan.client_id)
    .where(
        Person.is_care_team,
        Assignment.ended_at.is_(None),
        Client.deactivated_at.is_(None),
        notices.may_see_plan(Person.id, CarePlan.client_id),
        *_UNDER_REVIEW,
    ),
)
_TOLD_OF_ENDS = (
    Person.plan_dates,
    Person.is_client,
    IS_HERE,
    _not_told(NoticeKind.ENDING, Notice.key <= bindparam("said"), Notice.key >= bindparam("since")),
)
_ENDINGS = union_all(
    select(*READER)
    .join(CadenceVersion, CadenceVersion.client_id == Person.id)
    .join(ActionStep, ActionStep.id == CadenceVersion.step_id)
    .join(CarePlan, CarePlan.id == ActionStep.plan_id)
    .where(CadenceVersion.valid_to == bindparam("after", type_=Date), IS_LAST_VERSION, *_TOLD_OF_ENDS),
    select(*READER)
    .join(CarePlan, CarePlan.client_id == Person.id)
    .where(CarePlan.ends_on == bindparam("day", type_=Date), CarePlan.ended_at.is_(None), *_TOLD_OF_ENDS),
)


def due(connection: Connection, now: datetime) -> list[Due]:
    """Who is to be told what now. Some thirty small queries, however many people there are.

    A client is told nothing while everything rests, or on a day they asked to be small and quiet.
    """
    of_clients = [
        (reader, one)
        for looked in (_look_backs, _reviews, _endings)
        for reader, one in looked(connection, now)
        if one is not None
    ]
    resting = notices.resting(connection, {r.id: r for r, one in of_clients if one.client_id == r.id}, now)
    told = [one for reader, one in of_clients if one.client_id != reader.id or reader.id not in resting]
    return [one for _, one in _sessions(connection, now) if one is not None] + told


def _sessions(connection: Connection, now: datetime) -> Found:
    for zone in connection.execute(_ZONES_WITH_SESSIONS).scalars().all():
        day = rules.tomorrow(zone, now)
        if day.evening <= now:
            asked = {"begins": day.begins, "ends": day.ends, "evening": day.evening, "key": day.day.isoformat()}
            for reader, _ in _readers(connection, _WITH_SESSIONS, zone=zone, **asked):
                yield reader, rules.sessions(reader, now)


def _look_backs(connection: Connection, now: datetime) -> Found:
    lately = (now - LATELY).date().isoformat()
    for zone in connection.execute(_ZONES_LOOKING_BACK).scalars().all():
        if rules.is_calm(zone, now):
            for reader, _ in _readers(connection, _LOOKING_BACK, zone=zone, lately=lately):
                yield reader, rules.look_back(reader, now)


def _reviews(connection: Connection, now: datetime) -> Found:
    for day in _days_ahead(now):
        for reader, row in _readers(connection, _REVIEWS, day=day, said=day.isoformat(), now=now):
            yield reader, rules.review(reader, row.client_id, row.plan_id, day, now)


def _endings(connection: Connection, now: datetime) -> Found:
    last_days: defaultdict[Reader, set[date]] = defaultdict(set)
    for day in _days_ahead(now):
        asked = {"day": day, "after": day + DAY, "said": day.isoformat(), "since": (day - rules.IN_ONE).isoformat()}
        for reader, _ in _readers(connection, _ENDINGS, **asked):
            last_days[reader].add(day)
    for reader, days in last_days.items():
        yield reader, rules.ending(reader, days, now)


def _days_ahead(now: datetime) -> Iterator[date]:
    """Every day that may lie within a week of somebody's today, wherever they are: no date is two ahead of UTC's."""
    first, last = (now - LATELY).date(), now.date() + DAY + rules.LEAD
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _readers(connection: Connection, statement: Any, **asked: Any) -> list[tuple[Reader, Row[Any]]]:
    return [(notices.reader(row), row) for row in connection.execute(statement, asked)]
