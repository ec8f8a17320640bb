"""When somebody wants no reminder."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from webapp.models import Person
from webapp.services import reminders


def keep(session: Session, person_id: int, start: time | None, end: time | None, now: datetime) -> None:
    """Keep a person's quiet hours, wall time; None for both means there are none."""
    person = session.get_one(Person, person_id)
    person.quiet_from, person.quiet_to = start, end
    session.flush()
    reminders.recompute_for_person(session, person_id, now)
