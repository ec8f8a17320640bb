"""What an admin does: accounts, who works with whom, and the organisation. Nothing of any plan."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.guard import admit
from webapp.models import Assignment, Organisation, Person
from webapp.queries.admin import LOOKS_AFTER_CAIRN
from webapp.services import sharing, sign_ins


class LastAdmin(Exception):
    """Without this account nobody could look after Cairn."""


class NotPossible(Exception):
    """The two people can't be brought together like that."""


def deactivate(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Close an account and end its sessions at once; nothing of it is deleted. Raises LastAdmin."""
    person = _person(session, actor, person_id)
    if person.is_admin and not _other_admins(session, person):
        raise LastAdmin
    person.deactivated_at = person.deactivated_at or now
    sign_ins.end_everywhere(session, person.id, now)


def reactivate(session: Session, actor: Actor, person_id: int) -> None:
    """Open a closed account again; the person signs in as before."""
    _person(session, actor, person_id).deactivated_at = None
    session.flush()


def assign(session: Session, actor: Actor, care_team_id: int, client_id: int, now: datetime) -> None:
    """Let a care-team member work with a client; what they see is still the client's to say. Raises NotPossible."""
    if not _person(session, actor, care_team_id).is_care_team or not _person(session, actor, client_id).is_client:
        raise NotPossible
    if care_team_id == client_id:
        raise NotPossible
    if not _assignment(session, care_team_id, client_id):
        session.add(Assignment(care_team_id=care_team_id, client_id=client_id, assigned_at=now))
        session.flush()


def unassign(session: Session, actor: Actor, care_team_id: int, client_id: int, now: datetime) -> None:
    """End the work of a care-team member with a client; they see nothing from the next request on.

    What the client shared with them ends with it: whoever is assigned anew is shared with anew.
    """
    _person(session, actor, client_id)
    found = _assignment(session, care_team_id, client_id)
    if found:
        found.ended_at = now
        admit(session, client_id)  # what is shared is part of the record, and out of an admin's scope
        sharing.end_between(session, client_id, care_team_id, now)
        session.flush()


def rename(session: Session, actor: Actor, name: str, country: str) -> None:
    """Change the organisation's name and the country whose crisis lines are shown."""
    organisation = session.get_one(Organisation, actor.organisation_id)
    organisation.name, organisation.country = name, country
    session.flush()


def _person(session: Session, actor: Actor, person_id: int) -> Person:
    """Load somebody of the actor's organisation. Raises LookupError."""
    person = session.get(Person, person_id)
    if person is None or person.organisation_id != actor.organisation_id or person.left_at is not None:
        raise LookupError(person_id)
    return person


def _other_admins(session: Session, person: Person) -> bool:
    # Locked in one order, so that two admins who close each other's account don't both succeed.
    admins = session.scalars(
        select(Person.id)
        .where(*LOOKS_AFTER_CAIRN, Person.organisation_id == person.organisation_id)
        .order_by(Person.id)
        .with_for_update()
    )
    return any(one != person.id for one in admins)


def _assignment(session: Session, care_team_id: int, client_id: int) -> Assignment | None:
    """The assignment that stands, locked: what is shared is granted before it ends, or not at all."""
    return session.scalar(
        select(Assignment)
        .where(
            Assignment.care_team_id == care_team_id,
            Assignment.client_id == client_id,
            Assignment.ended_at.is_(None),
        )
        .with_for_update()
    )
