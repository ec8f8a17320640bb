"""Keep the people a client can turn to."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.models import Contact


def add(
    session: Session, client_id: int, name: str, relation: str | None, phone: str | None, emergency: bool = False
) -> int:
    """Add a contact at the end of the list and return its id."""
    last = session.scalar(select(func.max(Contact.position)).where(Contact.client_id == client_id))
    position = 0 if last is None else last + 1
    contact = Contact(
        client_id=client_id, name=name, relation=relation, phone=phone, emergency=emergency, position=position
    )
    session.add(contact)
    session.flush()
    return contact.id


def change(
    session: Session,
    client_id: int,
    contact_id: int,
    name: str,
    relation: str | None,
    phone: str | None,
    emergency: bool,
) -> None:
    """Change a contact. Raises LookupError when the client has no such contact."""
    contact = _own(session, client_id, contact_id)
    contact.name, contact.relation, contact.phone, contact.emergency = name, relation, phone, emergency
    session.flush()


def remove(session: Session, client_id: int, contact_id: int) -> None:
    """Take a contact off the list. Raises LookupError as above."""
    session.delete(_own(session, client_id, contact_id))
    session.flush()


def _own(session: Session, client_id: int, contact_id: int) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.client_id != client_id:
        raise LookupError(contact_id)
    return contact
