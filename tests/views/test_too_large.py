"""Numbers and dates beyond what a database or a calendar holds are told apart from what is there, and no error."""

from uuid import uuid4

import pytest

from tests.conftest import As
from tests.support.cast import TODAY, Cast


@pytest.mark.parametrize("number", ["9" * 30, "9223372036854775808", "-" + "9" * 30])
def test_an_id_in_a_form_that_no_database_holds_names_nothing(cast: Cast, browse: As, number: str) -> None:
    clara = browse(cast.clara)
    assert clara.post("/people/asks", data={"step_id": number, "person_id": cast.sam}).status_code == 400
    assert clara.post("/people/asks", data={"step_id": cast.ride, "person_id": number}).status_code == 400
    assert clara.post("/pauses", data={"step_id": number}).status_code == 404
    strategy = {"text": "Humming", "use_when": "everyday", "signs": number}
    assert clara.post("/coping/strategies", data=strategy).status_code == 422


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30"])
def test_a_day_at_the_end_of_the_calendar_is_asked_for_again(cast: Cast, browse: As, day: str) -> None:
    clara, sam = browse(cast.clara), browse(cast.sam)
    assert clara.post(f"/people/{cast.sam}/grants", data={"scope": "plan", "until": day}).status_code == 422
    said = {"op_id": str(uuid4()), "outcome": "happened", "day": day}
    assert sam.post(f"/promises/{cast.promise}/check-ins", data=said).status_code == 422
    assert clara.post(f"/commitments/{cast.promise}/check-ins", data=said).status_code == 410
    assert "9999" not in clara.get("/people").text
    ticked = clara.post(f"/steps/{cast.pills}/check-ins", data={"op_id": str(uuid4()), "day": day})
    assert ticked.status_code == 422


def test_a_session_beyond_the_calendar_is_asked_for_again(cast: Cast, browse: As) -> None:
    theo = browse(cast.theo)
    session = {"day": "9999-12-31", "at": "23:59", "minutes": "50"}
    assert theo.post(f"/clients/{cast.clara}/sessions", data=session).status_code == 422
    first = {"name": "Mary", "email": "mary@example.test", "session_at": "9999-12-31T23:59"}
    assert theo.post("/clients/new", data=first).status_code == 422
    assert theo.post(f"/clients/{cast.clara}/sessions", data=session | {"day": TODAY.isoformat()}).status_code == 303
