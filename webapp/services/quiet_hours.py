"""When somebody wants no reminder, and where they are reached."""

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models import Endpoint, Person
from webapp.services import reminders


def keep(session: Session, person_id: int, start: time | None, end: time | None, now: datetime) -> None:
    """Keep a person's quiet hours, wall time; None for both means there are none."""
    person = session.get_one(Person, person_id)
    person.quiet_from, person.quiet_to = start, end
    session.flush()
    reminders.recompute_for_person(session, person_id, now)


def switch_on(session: Session, person_id: int, endpoint_id: int) -> bool:
    """Use an address of the person's again; False when there is none such."""
    found = session.scalar(
        select(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.person_id == person_id).with_for_update()
    )
    if found is None:
        return False
    found.refused, found.off_at, found.off_because = 0, None, None
    session.flush()
    return True
