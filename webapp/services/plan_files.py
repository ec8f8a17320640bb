"""Plan files in and out, for the command line and for the therapist's upload."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.people import is_address
from webapp.domain.sharing import OWN, Rights, Scope
from webapp.interop import plan_facts
from webapp.models import Assignment, Person, SharingGrant
from webapp.services import looks, plan_export
from webapp.services.passwords import email_key
from webapp.services.plan_changes import NoPlan
from webapp.services.plan_import import ImportReport, Tell, import_plan, unheard

MARKS = {plan_export.MARK, "substance_use_history"}
PURPOSE = "drawn up together"
BrokenPlan = plan_facts.BrokenPlan


class NotImported(Exception):
    """Nothing was imported; the message says why, with the place in the file."""


class NotExported(Exception):
    """There is no plan to write; the message says why."""


def import_file(
    session: Session, actor_id: int, client_id: int, content: bytes, now: datetime, rights: Rights
) -> ImportReport:
    """Read a plan file into a client's plan, of which the actor sees and ends what `rights` let them.

    Raises BrokenPlan before anything is written.
    """
    return import_plan(session, actor_id, client_id, plan_facts.read(content), now, rights)


def import_for(
    session: Session, content: bytes, client: str, care_team: str, now: datetime, tell: Tell = unheard
) -> ImportReport:
    """Read a plan file for the client with that e-mail, made if there is none, by that care-team member.

    It acts for whoever runs the server, so that nothing of a plan before it goes on. A client made here has no
    password (an invitation gives them one), is assigned to the member and lets them see the plan, for it was drawn
    up together. Somebody who is here as something else becomes a client by an invitation alone. Raises NotImported.
    """
    try:
        facts = plan_facts.read(content)
    except BrokenPlan as error:
        raise NotImported(f"The file was not taken in. {error}") from error
    member = _person(session, care_team)
    if member is None or not member.is_care_team or member.deactivated_at:
        raise NotImported(f"Nobody on the care team has the address {care_team}.")
    if not is_address(client.strip()):
        raise NotImported(f"This is not an e-mail address: {client}")
    if email_key(client) == email_key(care_team):
        raise NotImported("Nobody is on their own care team: --client and --care-team are two people.")
    person = _person(session, client)
    if person is not None and person.joined_at and not person.is_client:
        raise NotImported(f"{client.strip()} has an account already and is no client. Invite them first.")
    if person is None or not person.is_client:
        person = _new_client(session, person, client, facts.person.name, member, now)
    _assign(session, member.id, person.id, now)
    return import_plan(session, member.id, person.id, facts, now, OWN, tell)


def export_for(session: Session, client: str, now: datetime) -> str:
    """Write the plan of the client with that e-mail, who can read that it was. Raises NotExported."""
    found = _person(session, client)
    if found is None:
        raise NotExported(f"Nobody has the address {client}.")
    looks.written_out(session, found.id, now)
    try:
        return plan_facts.write(plan_export.facts(session.connection(), found.id))
    except NoPlan as error:
        raise NotExported(f"{client} has no plan.") from error


def is_about_substance_use(said: object) -> bool:
    """Whether anything in a plan as it is written to a file is about substance use."""
    if isinstance(said, dict):
        marked = said.get("substance_use") is True or not MARKS.isdisjoint(said)
        return marked or any(is_about_substance_use(value) for value in said.values())
    return isinstance(said, list) and any(is_about_substance_use(value) for value in said)


def _person(session: Session, email: str) -> Person | None:
    return session.scalars(select(Person).where(Person.email_key == email_key(email))).one_or_none()


def _new_client(
    session: Session, person: Person | None, email: str, name: str | None, member: Person, now: datetime
) -> Person:
    if person is None:
        name = (name or email.split("@")[0]).strip()
        person = Person(
            organisation_id=member.organisation_id,
            name=name,
            called=name.split()[0],
            email=email.strip(),
            email_key=email_key(email),
            created_at=now,
        )
    person.is_client = True
    session.add(person)
    session.flush()
    session.add(
        SharingGrant(
            client_id=person.id,
            person_id=member.id,
            scope=Scope.PLAN,
            purpose=PURPOSE,
            granted_by_id=member.id,
            granted_at=now,
            starts_at=now,
        )
    )
    return person


def _assign(session: Session, member_id: int, client_id: int, now: datetime) -> None:
    works = select(Assignment.id).where(
        Assignment.care_team_id == member_id, Assignment.client_id == client_id, Assignment.ended_at.is_(None)
    )
    if session.scalars(works).first() is None:
        session.add(Assignment(care_team_id=member_id, client_id=client_id, assigned_at=now))
        session.flush()
