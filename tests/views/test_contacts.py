"""The client keeps the people on Help now."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import Contact

As = Callable[[int | None], FlaskClient]
FORM = {"name": "Lou Baker", "relation": "sponsor", "phone": "+1 (555) 010-0", "emergency": "y"}


def people(database: Database) -> list[tuple[str, str | None, str | None, bool]]:
    with database.writing() as session:
        found = session.query(Contact).order_by(Contact.position, Contact.id)
        return [(contact.name, contact.relation, contact.phone, contact.emergency) for contact in found]


def june(database: Database) -> int:
    with database.writing() as session:
        return session.query(Contact).one().id


def test_someone_added_can_be_called_from_help_now(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    assert clara.get("/contacts/new").status_code == 200
    answer = clara.post("/contacts", data=FORM)
    assert (answer.status_code, answer.location) == (303, "/help-now")
    assert people(database)[-1] == ("Lou Baker", "sponsor", "+1 (555) 010-0", True)
    assert 'href="tel:+15550100"' in clara.get("/help-now").text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "  ", "Write a name"),
        ("name", "x" * 121, "Write a name"),
        ("relation", "x" * 121, "longer than 120"),
        ("phone", "", "Write a phone number"),
        ("phone", "call me", "Write a phone number"),
        ("phone", "5" * 41, "Write a phone number"),
    ],
)
def test_what_cannot_be_used_is_said_and_kept(
    browse: As, database: Database, cast: Cast, field: str, value: str, sentence: str
) -> None:
    contact = june(database)
    for place in ("/contacts", f"/contacts/{contact}"):
        answer = browse(cast.clara).post(place, data=FORM | {field: value})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'id="{field}-error"' in answer.text
        kept = "sponsor" if field != "relation" else "Lou Baker"
        assert f'value="{kept}"' in answer.text
    assert people(database) == [("Aunt June", "aunt", "555-0117", False)]


def test_a_contact_is_changed(browse: As, database: Database, cast: Cast) -> None:
    clara, contact = browse(cast.clara), june(database)
    assert 'value="Aunt June"' in clara.get(f"/contacts/{contact}").text
    assert clara.post(f"/contacts/{contact}", data=FORM | {"relation": "", "emergency": ""}).status_code == 303
    assert people(database) == [("Lou Baker", None, "+1 (555) 010-0", False)]


def test_someone_taken_off_comes_back_with_one_tap(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    answer = clara.post(f"/contacts/{june(database)}/removed")
    assert "Aunt June is off your list." in answer.text
    assert people(database) == []
    undo = {"name": "Aunt June", "relation": "aunt", "phone": "555-0117"}
    assert [name for name, value in undo.items() if f'name="{name}" value="{value}"' not in answer.text] == []
    clara.post("/contacts", data=undo)
    assert people(database) == [("Aunt June", "aunt", "555-0117", False)]


def test_a_contact_of_somebody_else_is_not_there(browse: As, database: Database, cast: Cast) -> None:
    contact, otto = june(database), browse(cast.otto)
    for contact_id in (contact, 10**9):
        assert otto.get(f"/contacts/{contact_id}").status_code == 404
        assert otto.post(f"/contacts/{contact_id}", data=FORM).status_code == 404
        assert otto.post(f"/contacts/{contact_id}/removed").status_code == 404
    assert people(database) == [("Aunt June", "aunt", "555-0117", False)]
