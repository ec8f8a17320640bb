"""What the settings page shows besides the signed-in person themself."""

from sqlalchemy import Connection, bindparam, select

from webapp.models import Person

_EMAIL = select(Person.email).where(Person.id == bindparam("person_id"))


def email_of(connection: Connection, person_id: int) -> str:
    """The address a person signs in with."""
    return str(connection.execute(_EMAIL, {"person_id": person_id}).scalar_one())
