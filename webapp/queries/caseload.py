"""The clients of a care-team member, in a number of queries that does not grow with them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, or_, select

from webapp.domain.cadence import Cadence
from webapp.domain.caseload import LEAD, Kept, last_closed_week, week_kept
from webapp.domain.check_ins import CheckIn as Said
from webapp.domain.check_ins import marks
from webapp.domain.pauses import Pause as Rest
from webapp.domain.people import by_name
from webapp.domain.periods import Period
from webapp.domain.sessions import EARLY
from webapp.domain.sharing import Rights, Scope, rights
from webapp.domain.wall_time import local_day
from webapp.domain.weeks import Weeks
from webapp.models import ActionStep, Assignment, CadenceVersion, CheckIn, Pause, Person, SharingGrant
from webapp.models import Session as Appointment
from webapp.models.base import Id
from webapp.queries import access, cadences, check_ins, weeks
from webapp.queries.privacy import PRIVATE, is_left_out


@dataclass(frozen=True, slots=True)
class OnCaseload:
    """A client somebody works with: when their day and week turn, what they share, when they met and will."""

    id: int
    name: str
    joined: bool
    rights: Rights
    today: date
    week_starts_on: Weeks
    last_at: datetime | None
    next_at: datetime | None

    @property
    def week(self) -> Period:
        """Their last closed week."""
        return last_closed_week(self.today, self.week_starts_on)


@dataclass(frozen=True, slots=True)
class CaseloadLine:
    """One client's line. `week` and `quiet_days` are None when steps are not shared.

    Where nothing at all is `shared` there is their name, because an assignment says who works with whom, and when the
    two of them meet, which both know.

    `quiet_days`: days since their last record, 0 for today; `recorded` is False when there never was one.
    """

    id: int
    name: str
    joined: bool
    shared: bool
    plan_shared: bool
    steps_shared: bool
    substance_use: bool
    week: Kept | None
    quiet_days: int | None
    recorded: bool
    next_at: datetime | None
    last_at: datetime | None


_IDS = bindparam("ids", type_=Id, expanding=True)
_MEETINGS = (
    select(
        Appointment.client_id,
        func.max(case((Appointment.status == "held", Appointment.starts_at))).label("last_at"),
        func.min(
            case(
                (
                    (Appointment.status == "planned") & (Appointment.starts_at >= bindparam("soon")),
                    Appointment.starts_at,
                )
            )
        ).label("next_at"),
    )
    .where(Appointment.care_team_id == bindparam("care_team_id"))
    .group_by(Appointment.client_id)
    .subquery()
)
_CLIENTS = (
    select(
        _MEETINGS.c.last_at,
        _MEETINGS.c.next_at,
        Person.id,
        Person.name,
        Person.joined_at,
        Person.time_zone,
        Person.day_starts_at,
        *weeks.COLUMNS,
        *access.GRANTED,
    )
    .join(Assignment, Assignment.client_id == Person.id)
    .outerjoin(_MEETINGS, _MEETINGS.c.client_id == Person.id)
    .outerjoin(
        SharingGrant,
        (SharingGrant.client_id == Person.id)
        & (SharingGrant.person_id == Assignment.care_team_id)
        & SharingGrant.withdrawn_at.is_(None),
    )
    .where(
        Assignment.care_team_id == bindparam("care_team_id"),
        Assignment.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
    .order_by(Person.id)
)
_WITH_PRIVACY: tuple[Any, ...] = (*cadences.COLUMNS, PRIVATE.label("substance_use"))
_CADENCES = (
    select(*_WITH_PRIVACY)
    .join(ActionStep, ActionStep.id == CadenceVersion.step_id)
    .where(CadenceVersion.client_id.in_(_IDS), ActionStep.actor_kind == "self", ActionStep.status == "active")
    .order_by(CadenceVersion.step_id, CadenceVersion.valid_from)
)
_PAUSES = select(Pause.client_id, Pause.step_id, Pause.starts_on, Pause.ends_on).where(Pause.client_id.in_(_IDS))
_CHECK_INS = select(*check_ins.COLUMNS).where(
    CheckIn.client_id.in_(_IDS),
    CheckIn.day >= bindparam("since"),
    CheckIn.day < bindparam("until"),
    CheckIn.undone_at.is_(None),
)
# One step down the index per client, however long their record is.
_LAST_DAY = (
    select(CheckIn.day)
    .join(ActionStep, ActionStep.id == CheckIn.step_id)
    .where(
        CheckIn.client_id == Person.id,
        CheckIn.by_id == Person.id,
        CheckIn.undone_at.is_(None),
        or_(~PRIVATE, Person.id.in_(bindparam("open_ids", expanding=True))),
        # Steps belong to one client each, so that all the steps chosen by anybody can stand in one list.
        ~is_left_out(ActionStep.id, Person.id.in_(bindparam("narrow", expanding=True))),
    )
    .order_by(CheckIn.day.desc())
    .limit(1)
    .correlate(Person)
    .scalar_subquery()
)
_LAST_DAYS = select(Person.id, _LAST_DAY.label("day")).where(Person.id.in_(_IDS))


def clients(connection: Connection, care_team_id: int, now: datetime) -> tuple[OnCaseload, ...]:
    """Everybody a care-team member is assigned to, by name, with what they share and when they meet. One query."""
    grouped: defaultdict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in connection.execute(_CLIENTS, {"care_team_id": care_team_id, "soon": now - EARLY}):
        grouped[row.id].append(row)
    return tuple(sorted((_client(rows, now) for rows in grouped.values()), key=lambda client: by_name(client.name)))


def _client(rows: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> OnCaseload:
    first = rows[0]
    today = local_day(now, first.time_zone, first.day_starts_at)
    return OnCaseload(
        first.id,
        first.name,
        first.joined_at is not None,
        rights(access.granted(rows), now),
        today,
        weeks.from_columns(first.week_starts_on, first.earlier_weeks),
        first.last_at,
        first.next_at,
    )


def lines(connection: Connection, found: Sequence[OnCaseload], now: datetime) -> tuple[CaseloadLine, ...]:
    """The lines of these clients, by next session; those without one last, by name. Four queries."""
    open_to = [client for client in found if client.rights.sees(Scope.STEPS)]
    kept = _kept(connection, open_to)
    last_days = _last_days(connection, open_to)
    made = [_line(client, kept, last_days) for client in found]
    return tuple(sorted(made, key=lambda line: (line.next_at is None, line.next_at or now)))


def _line(
    client: OnCaseload,
    kept: dict[int, Kept],
    last_days: dict[int, date | None],
) -> CaseloadLine:
    last_day = last_days.get(client.id)
    return CaseloadLine(
        id=client.id,
        name=client.name,
        joined=client.joined,
        shared=client.rights.any,
        plan_shared=client.rights.sees(Scope.PLAN),
        substance_use=client.rights.sees(Scope.SUBSTANCE_USE),
        steps_shared=client.rights.sees(Scope.STEPS),
        week=kept.get(client.id),
        quiet_days=max(0, (client.today - last_day).days) if last_day else None,
        recorded=last_day is not None,
        last_at=client.last_at,
        next_at=client.next_at,
    )


def _kept(connection: Connection, found: Sequence[OnCaseload]) -> dict[int, Kept]:
    """Kept of asked in each one's last closed week, over the steps that are theirs to see. Three queries."""
    if not found:
        return {}
    ids = [client.id for client in found]
    versions: defaultdict[int, defaultdict[int, list[Cadence]]] = defaultdict(lambda: defaultdict(list))
    private: set[int] = set()
    for row in connection.execute(_CADENCES, {"ids": ids}):
        versions[row.client_id][row.step_id].append(cadences.from_row(row))
        if row.substance_use:
            private.add(row.step_id)
    pauses: defaultdict[tuple[int, int | None], list[Rest]] = defaultdict(list)
    for pause in connection.execute(_PAUSES, {"ids": ids}):
        pauses[pause.client_id, pause.step_id].append(Rest(pause.starts_on, pause.ends_on))
    said = _said(connection, ids, min(c.week.start for c in found) - LEAD, max(c.week.end for c in found))
    return {client.id: _client_kept(client, versions[client.id], private, pauses, said) for client in found}


def _client_kept(
    client: OnCaseload,
    versions: dict[int, list[Cadence]],
    private: Collection[int],
    pauses: dict[tuple[int, int | None], list[Rest]],
    said: dict[int, list[Said]],
) -> Kept:
    total = Kept()
    for step_id, own in versions.items():
        if client.rights.sees(Scope.STEPS, step_id in private, step_id):
            rests = [*pauses.get((client.id, None), ()), *pauses.get((client.id, step_id), ())]
            found = marks(said.get(step_id, ()), own)
            total += week_kept(own, rests, found, client.week, client.today, client.week_starts_on)
    return total


def _said(connection: Connection, ids: list[int], since: date, until: date) -> dict[int, list[Said]]:
    said: defaultdict[int, list[Said]] = defaultdict(list)
    for row in connection.execute(_CHECK_INS, {"ids": ids, "since": since, "until": until}):
        said[row.step_id].append(check_ins.from_row(row))
    return said


def _last_days(connection: Connection, found: Sequence[OnCaseload]) -> dict[int, date | None]:
    """The last day each of them recorded something one may see. One query."""
    if not found:
        return {}
    ids = [client.id for client in found]
    reaches = {client.id: client.rights.reach(Scope.STEPS) for client in found}
    parameters = {
        "ids": ids,
        "open_ids": [client.id for client in found if client.rights.sees(Scope.STEPS, substance_use=True)],
        "left_out": [step_id for reach in reaches.values() if reach.new for step_id in reach.steps],
        "narrow": [client_id for client_id, reach in reaches.items() if not reach.new],
        "chosen": [step_id for reach in reaches.values() if not reach.new for step_id in reach.steps],
    }
    return {row.id: row.day for row in connection.execute(_LAST_DAYS, parameters)}
