"""The client's side of a promise: answering a change, saying it too, asking again, ending it."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.domain.commitments import Verb
from webapp.models import CheckIn, Commitment
from webapp.services import commitments


@pytest.fixture
def asked(cast: Cast, database: Database) -> int:
    """Nora was asked for the ride and would rather drive every other week."""
    with database.writing() as session:
        made = commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW)
        commitments.answer(session, made.id, cast.nora, Verb.SUGGEST, NOW, "Every other week")
        return made.id


@pytest.fixture
def driven(cast: Cast, database: Database) -> None:
    """Sam says that he drove today."""
    with database.writing() as session:
        entry = Entry(op_id=str(uuid4()), day=TODAY, note="Good singing")
        commitments.confirm(session, acting(cast.sam), cast.promise, entry, NOW)


def state(database: Database, commitment_id: int) -> str:
    with database.writing() as session:
        return session.get_one(Commitment, commitment_id).state


def page_of(browse: As, person: int) -> str:
    return browse(person).get("/people").get_data(as_text=True)


def test_the_client_sees_the_change_that_is_suggested(cast: Cast, asked: int, browse: As) -> None:
    page = page_of(browse, cast.clara)
    assert "Nora suggests:" in page
    assert "Every other week" in page


@pytest.mark.parametrize(("verb", "becomes"), [("agree", "active"), ("keep", "proposed"), ("end", "ended")])
def test_the_client_answers_a_suggested_change(
    cast: Cast, asked: int, database: Database, browse: As, verb: str, becomes: str
) -> None:
    answer = browse(cast.clara).post(f"/commitments/{asked}/answers", data={"verb": verb})
    assert answer.status_code == 303
    assert state(database, asked) == becomes


def test_an_agreed_change_is_what_both_read(cast: Cast, asked: int, browse: As) -> None:
    browse(cast.clara).post(f"/commitments/{asked}/answers", data={"verb": "agree"})
    promises = browse(cast.nora).get("/promises").get_data(as_text=True)
    for page in (page_of(browse, cast.clara), promises):
        assert "You both agreed on this change:" in page
        assert "Every other week" in page


def test_after_a_no_the_client_can_ask_again(cast: Cast, asked: int, database: Database, browse: As) -> None:
    with database.writing() as session:
        commitments.answer(session, asked, cast.nora, Verb.DECLINE, NOW, "Not this winter")
    assert "Not this winter" in page_of(browse, cast.clara)
    browse(cast.clara).post(f"/commitments/{asked}/answers", data={"verb": "ask_again"})
    assert state(database, asked) == "proposed"


def test_answering_twice_changes_nothing_more(cast: Cast, asked: int, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    for _ in range(2):
        assert clara.post(f"/commitments/{asked}/answers", data={"verb": "agree"}).status_code == 303
    assert state(database, asked) == "active"


def test_the_client_cannot_say_yes_for_the_supporter(cast: Cast, asked: int, database: Database, browse: As) -> None:
    for verb in ("accept", "decline", "suggest", "nonsense"):
        assert browse(cast.clara).post(f"/commitments/{asked}/answers", data={"verb": verb}).status_code == 400
    assert state(database, asked) == "change_suggested"


def test_somebody_elses_commitment_is_a_404(cast: Cast, asked: int, browse: As) -> None:
    form = {"verb": "end", "outcome": "happened", "day": TODAY.isoformat(), "op_id": str(uuid4())}
    for path in (f"/commitments/{asked}/answers", f"/commitments/{asked}/check-ins", "/commitments/9999/answers"):
        assert browse(cast.otto).post(path, data=form).status_code == 404


def test_the_client_sees_what_was_said_and_says_so_too(
    cast: Cast, driven: None, database: Database, browse: As
) -> None:
    clara = browse(cast.clara)
    page = clara.get("/people").get_data(as_text=True)
    assert "Sam: it happened, today" in page
    assert "Good singing" in page
    form = {"outcome": "happened", "day": TODAY.isoformat(), "op_id": str(uuid4())}
    for _ in range(2):
        assert clara.post(f"/commitments/{cast.promise}/check-ins", data=form).status_code == 303
    with database.writing() as session:
        assert [row.by_id for row in session.scalars(select(CheckIn).order_by(CheckIn.id))] == [cast.sam, cast.clara]
    assert "You: it happened" in page_of(browse, cast.clara)


@pytest.mark.parametrize("form", [{"op_id": "x"}, {"outcome": "cured"}, {"day": "someday"}])
def test_a_form_of_nobody_elses_making_is_refused(cast: Cast, browse: As, form: dict) -> None:
    whole = {"outcome": "happened", "day": TODAY.isoformat(), "op_id": str(uuid4())} | form
    assert browse(cast.clara).post(f"/commitments/{cast.promise}/check-ins", data=whole).status_code == 400


def test_htmx_gets_the_commitment_alone(cast: Cast, asked: int, browse: As) -> None:
    answer = browse(cast.clara).post(
        f"/commitments/{asked}/answers", data={"verb": "agree"}, headers={"HX-Request": "true"}
    )
    fragment = answer.get_data(as_text=True)
    assert fragment.lstrip().startswith("<article")
    assert "<html" not in fragment
    ended = browse(cast.clara).post(
        f"/commitments/{asked}/answers", data={"verb": "end"}, headers={"HX-Request": "true"}
    )
    assert "This has ended." in ended.get_data(as_text=True)


def test_what_is_no_time_of_day_is_refused(cast: Cast, driven: None, database: Database, browse: As) -> None:
    values = {"op_id": str(uuid4()), "outcome": "happened", "day": TODAY.isoformat(), "slot": "later"}
    answer = browse(cast.clara).post(f"/commitments/{cast.promise}/check-ins", data=values)
    assert answer.status_code == 400
    with database.writing() as session:
        assert session.scalar(select(CheckIn).where(CheckIn.by_id == cast.clara)) is None
