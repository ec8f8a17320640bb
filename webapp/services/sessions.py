"""Plan sessions, move them, and say that they took place. All instants are aware UTC."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.domain.sessions import may_be_held
from webapp.domain.sharing import Rights
from webapp.models import Session as Appointment
from webapp.services import agenda


class NotYet(ValueError):
    """A session that is still to come cannot have been held."""


def plan(
    session: Session,
    client_id: int,
    care_team_id: int,
    starts_at: datetime,
    minutes: int,
    place: str | None,
    now: datetime,
) -> int:
    """Plan a session and return its id; the same start asked for twice is one session."""
    planned = {"client_id": client_id, "care_team_id": care_team_id, "starts_at": starts_at, "status": "planned"}
    known = session.query(Appointment.id).filter_by(**planned).first()
    if known:
        return int(known.id)
    made = Appointment(**planned, minutes=minutes, place=place, created_at=now)
    session.add(made)
    session.flush()
    return made.id


def move(
    session: Session,
    client_id: int,
    care_team_id: int,
    session_id: int,
    starts_at: datetime,
    minutes: int,
    place: str | None,
) -> None:
    """Give a planned session another time. Raises LookupError when there is none such."""
    found = _own(session, client_id, care_team_id, session_id, "planned")
    found.starts_at, found.minutes, found.place = starts_at, minutes, place
    session.flush()


def hold(session: Session, client_id: int, care_team_id: int, session_id: int, rights: Rights, now: datetime) -> None:
    """Say that a session took place, and settle what the client wanted to talk about.

    What `rights` don't let the care-team member see of it stays open.
    Raises LookupError as above, NotYet for a session that has not begun.
    """
    found = _own(session, client_id, care_team_id, session_id, "planned", "held")
    if not may_be_held(found.starts_at, now):
        raise NotYet(session_id)
    if found.status == "held":
        return
    found.status = "held"
    agenda.settle_all(session, client_id, session_id, rights, now)
    session.flush()


def cancel(session: Session, client_id: int, care_team_id: int, session_id: int) -> None:
    """Cancel a planned session. Raises LookupError as above."""
    _own(session, client_id, care_team_id, session_id, "planned", "cancelled").status = "cancelled"
    session.flush()


def call_off(session: Session, client_id: int, care_team_id: int, now: datetime) -> None:
    """Cancel every session of the two that is still to come."""
    coming = update(Appointment).where(
        Appointment.client_id == client_id,
        Appointment.care_team_id == care_team_id,
        Appointment.status == "planned",
        Appointment.starts_at > now,
    )
    session.execute(coming.values(status="cancelled"))
    session.flush()


def restore(session: Session, client_id: int, care_team_id: int, session_id: int) -> None:
    """Plan a cancelled session again. Raises LookupError as above."""
    _own(session, client_id, care_team_id, session_id, "planned", "cancelled").status = "planned"
    session.flush()


def review(session: Session, client_id: int, care_team_id: int, session_id: int, now: datetime) -> None:
    """Leave the client a receipt that their record was read for this session. Raises LookupError as above."""
    _own(session, client_id, care_team_id, session_id, "planned", "held").reviewed_at = now
    session.flush()


def _own(session: Session, client_id: int, care_team_id: int, session_id: int, *states: str) -> Appointment:
    found = session.get(Appointment, session_id)
    if found is None or (found.client_id, found.care_team_id) != (client_id, care_team_id):
        raise LookupError(session_id)
    if found.status not in states:
        raise LookupError(session_id)
    return found
