"""A client's appointments with their care team."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.models import Person
from webapp.models import Session as Appointment

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment; `with_name` is the care-team member's."""

    id: int
    starts_at: datetime
    minutes: int
    status: str
    place: str | None
    reviewed_at: datetime | None
    with_name: str


@dataclass(frozen=True, slots=True)
class Meetings:
    """One care-team member's sessions with one client, seen at an instant; newest first."""

    all: tuple[Meeting, ...]
    last: Meeting | None
    next: Meeting | None
    waiting: Meeting | None
    """The newest that should have begun by now and is neither held nor cancelled yet."""


_COLUMNS = (
    Appointment.id,
    Appointment.starts_at,
    Appointment.minutes,
    Appointment.status,
    Appointment.place,
    Appointment.reviewed_at,
    Person.name.label("with_name"),
)
_SESSIONS = (
    select(*_COLUMNS)
    .join(Person, Person.id == Appointment.care_team_id)
    .where(Appointment.client_id == bindparam("client_id"))
)
_TOGETHER = (
    _SESSIONS.where(Appointment.care_team_id == bindparam("care_team_id"))
    .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
    .limit(SHOWN)
)
_NEXT = (
    _SESSIONS.where(Appointment.status == "planned", Appointment.starts_at >= bindparam("now"))
    .order_by(Appointment.starts_at)
    .limit(1)
)
_REVIEWED = _SESSIONS.where(Appointment.reviewed_at.is_not(None)).order_by(Appointment.reviewed_at.desc()).limit(1)


def together(connection: Connection, client_id: int, care_team_id: int, now: datetime) -> Meetings:
    """The newest sessions of these two, and which of them are last, next and waiting. One query."""
    parameters = {"client_id": client_id, "care_team_id": care_team_id}
    found = tuple(Meeting(*row) for row in connection.execute(_TOGETHER, parameters))
    planned = [meeting for meeting in reversed(found) if meeting.status == "planned"]
    return Meetings(
        all=found,
        last=next((meeting for meeting in found if meeting.status == "held"), None),
        next=next((meeting for meeting in planned if meeting.starts_at > now), None),
        waiting=next((meeting for meeting in reversed(planned) if meeting.starts_at <= now), None),
    )


def next_session(connection: Connection, client_id: int, now: datetime) -> Meeting | None:
    """The client's next session with anybody of their care team. One query."""
    row = connection.execute(_NEXT, {"client_id": client_id, "now": now}).one_or_none()
    return Meeting(*row) if row else None


def last_reviewed(connection: Connection, client_id: int) -> Meeting | None:
    """The session for which somebody of the care team read the client's record last. One query."""
    row = connection.execute(_REVIEWED, {"client_id": client_id}).one_or_none()
    return Meeting(*row) if row else None
