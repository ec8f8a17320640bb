"""The people a client can turn to are theirs to keep."""

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import Cast
from webapp.models import Contact
from webapp.services import contacts


def test_a_new_contact_stands_at_the_end(session: Session, cast: Cast) -> None:
    first = contacts.add(session, cast.clara, "Lou", "sponsor", "555-0100")
    second = contacts.add(session, cast.clara, "Ann", None, "555-0101", emergency=True)
    order = [
        contact.id for contact in session.query(Contact).filter_by(client_id=cast.clara).order_by(Contact.position)
    ]
    assert order[-2:] == [first, second]
    assert session.get_one(Contact, second).emergency


def test_a_first_contact_can_be_added(session: Session, cast: Cast) -> None:
    assert session.get_one(Contact, contacts.add(session, cast.otto, "Lou", None, "555-0100")).position == 0


def test_a_contact_is_changed_and_removed(session: Session, cast: Cast) -> None:
    made = contacts.add(session, cast.clara, "Lou", "sponsor", "555-0100")
    contacts.change(session, cast.clara, made, "Lou B.", "friend", "555-0199", True)
    found = session.get_one(Contact, made)
    assert (found.name, found.relation, found.phone, found.emergency) == ("Lou B.", "friend", "555-0199", True)
    contacts.remove(session, cast.clara, made)
    assert session.get(Contact, made) is None


def test_nobody_touches_the_contacts_of_somebody_else(session: Session, cast: Cast) -> None:
    made = contacts.add(session, cast.clara, "Lou", None, "555-0100")
    with pytest.raises(LookupError):
        contacts.change(session, cast.otto, made, "x", None, "1", False)
    with pytest.raises(LookupError):
        contacts.remove(session, cast.otto, made)
