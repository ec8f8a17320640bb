"""The first steps in an empty Cairn: an organisation and its first admin."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.people import is_address
from webapp.models import Organisation, Person
from webapp.services import passwords


class NotPossible(Exception):
    """The first admin can't be made; the message says why."""


def first_admin(
    session: Session, organisation: str, country: str, name: str, email: str, password: str, now: datetime
) -> Person:
    """Make the organisation and its first admin, able to sign in at once.

    Raises NotPossible when there is an admin already, for what is no name or address, or for a password that is
    not strong enough.
    """
    if not name.strip():
        raise NotPossible("The first admin needs a name.")
    if not is_address(email.strip()):
        raise NotPossible(f"This is not an e-mail address: {email}")
    if session.scalars(select(Person.id).where(Person.is_admin)).first():
        raise NotPossible("There is an admin already. More are invited from the admin page.")
    made = session.scalars(select(Organisation)).first()
    if made is None:
        made = Organisation(name=organisation, country=country, created_at=now)
        session.add(made)
        session.flush()
    try:
        password_hash = passwords.hash_new(password, name=name, email=email)
    except passwords.WeakPassword as error:
        raise NotPossible(str(error)) from error
    admin = Person(
        organisation_id=made.id,
        name=name.strip(),
        called=name.split()[0],
        email=email.strip(),
        email_key=passwords.email_key(email),
        password_hash=password_hash,
        is_admin=True,
        created_at=now,
        joined_at=now,
    )
    session.add(admin)
    session.flush()
    return admin
