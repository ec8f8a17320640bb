"""My promises: a supporter answers, tells what came of it, and sees nothing else unless it is shared."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import SIGNED, acting
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.domain.sharing import Scope
from webapp.models import CheckIn, Commitment, Look, SupporterLink
from webapp.services import commitments, sharing

PLAN_WORDS = (
    "Walk by the river",
    "morning pills",
    "Ring my sponsor",
    "Talking therapy",
    "Slow breathing",
    "Feel at home outside again",
    "Dance at the summer party",
    "loosen the week",
    "Theo",
    "Aunt June",
)
"""Canaries: no word of these may reach somebody who was granted nothing."""


@pytest.fixture
def asked(cast: Cast, database: Database) -> int:
    """Nora is asked for the ride."""
    with database.writing() as session:
        return commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW).id


def read(browser: FlaskClient, path: str = "/promises") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def tell(browser: FlaskClient, promise: int, outcome: str = "happened", **form: str):
    values = {"op_id": str(uuid4()), "outcome": outcome, "day": TODAY.isoformat()} | form
    return browser.post(f"/promises/{promise}/check-ins", data=values)


def check_ins(database: Database, **which: object) -> list[CheckIn]:
    with database.writing() as session:
        return list(session.scalars(select(CheckIn).filter_by(**which).order_by(CheckIn.id)))


def state(database: Database, commitment_id: int) -> str:
    with database.writing() as session:
        return session.get_one(Commitment, commitment_id).state


def test_a_supporter_sees_what_they_were_asked_in_a_sentence(cast: Cast, asked: int, browse: As) -> None:
    page = read(browse(cast.nora))
    assert "Clara asks you" in page
    assert "Drive Clara to choir" in page
    assert "Every Thursday" in page
    assert "Yes, I will" in page


def test_a_supporter_without_a_grant_sees_no_word_of_the_plan(cast: Cast, asked: int, browse: As) -> None:
    page = read(browse(cast.nora))
    assert [word for word in PLAN_WORDS if word in page] == []


def test_nobody_asked_gets_a_kind_empty_page(cast: Cast, browse: As) -> None:
    page = read(browse(cast.nora))
    assert "Clara is not asking for anything right now" in page
    assert [word for word in PLAN_WORDS if word in page] == []


def test_somebody_outside_every_circle_sees_nothing_at_all(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.execute(update(SupporterLink).where(SupporterLink.supporter_id == cast.sam).values(ended_at=NOW))
    sam = browse(cast.sam)
    page = read(sam)
    assert "Clara" not in page
    assert "choir" not in page
    assert tell(sam, cast.promise).status_code == 404


@pytest.mark.parametrize(("verb", "becomes"), [("accept", "active"), ("decline", "declined")])
def test_yes_and_no_are_one_press(
    cast: Cast, asked: int, database: Database, browse: As, verb: str, becomes: str
) -> None:
    answer = browse(cast.nora).post(f"/promises/{asked}/answers", data={"verb": verb})
    assert answer.status_code == 303
    assert state(database, asked) == becomes


def test_a_no_stays_calm_and_open_to_a_change_of_mind(cast: Cast, asked: int, database: Database, browse: As) -> None:
    nora = browse(cast.nora)
    nora.post(f"/promises/{asked}/answers", data={"verb": "decline"})
    assert "I can, after all" in read(nora)
    nora.post(f"/promises/{asked}/answers", data={"verb": "accept"})
    assert state(database, asked) == "active"


def test_a_suggestion_without_words_comes_back_with_a_sentence(cast: Cast, asked: int, browse: As) -> None:
    answer = browse(cast.nora).post(f"/promises/{asked}/answers", data={"verb": "suggest", "words": " "})
    assert answer.status_code == 422
    assert "Write what would work for you." in answer.get_data(as_text=True)


def test_a_suggestion_that_is_too_long_keeps_what_was_typed(
    cast: Cast, asked: int, database: Database, browse: As
) -> None:
    long = "every other week, " * 60
    answer = browse(cast.nora).post(f"/promises/{asked}/answers", data={"verb": "suggest", "words": long})
    assert answer.status_code == 422
    assert long.strip() in answer.get_data(as_text=True)
    assert state(database, asked) == "proposed"


def test_answering_twice_shows_how_it_stands(cast: Cast, asked: int, database: Database, browse: As) -> None:
    nora = browse(cast.nora)
    for _ in range(2):
        assert nora.post(f"/promises/{asked}/answers", data={"verb": "accept"}).status_code == 303
    assert state(database, asked) == "active"


def test_a_verb_of_the_other_side_is_no_answer(cast: Cast, asked: int, browse: As) -> None:
    for verb in ("agree", "ask_again", "nonsense", ""):
        assert browse(cast.nora).post(f"/promises/{asked}/answers", data={"verb": verb}).status_code == 400


def test_it_happened_is_one_check_in_by_the_supporter(cast: Cast, database: Database, browse: As) -> None:
    sam = browse(cast.sam)
    assert "It happened, today" in read(sam)
    assert tell(sam, cast.promise).status_code == 303
    (row,) = check_ins(database)
    assert (row.by_id, row.step_id, row.outcome, row.day) == (cast.sam, cast.ride, "done", TODAY)
    assert "Undo" in read(sam)


def test_the_same_confirmation_sent_twice_is_one(cast: Cast, database: Database, browse: As) -> None:
    sam, op_id = browse(cast.sam), str(uuid4())
    for _ in range(2):
        assert tell(sam, cast.promise, op_id=op_id).status_code == 303
    assert len(check_ins(database)) == 1


def test_it_moved_keeps_the_day_it_moved_to(cast: Cast, database: Database, browse: As) -> None:
    saturday = TODAY + timedelta(days=2)
    sam = browse(cast.sam)
    assert (
        tell(sam, cast.promise, "moved", moved_to=saturday.isoformat(), note="Choir has the hall then").status_code
        == 303
    )
    (row,) = check_ins(database)
    assert (row.outcome, row.moved_to, row.note) == ("not_today", saturday, "Choir has the hall then")
    assert "Moved from today to Sat, Nov 21" in read(sam)


def test_it_moved_asks_for_the_day(cast: Cast, database: Database, browse: As) -> None:
    answer = tell(browse(cast.sam), cast.promise, "moved", note="the hall is closed")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Choose the day it moved to." in page
    assert "the hall is closed" in page
    assert check_ins(database) == []


def test_it_did_not_needs_no_words(cast: Cast, database: Database, browse: As) -> None:
    assert tell(browse(cast.sam), cast.promise, "did_not").status_code == 303
    assert [row.outcome for row in check_ins(database)] == ["not_today"]


def test_another_day_can_be_told_of_but_not_one_long_gone(cast: Cast, database: Database, browse: As) -> None:
    sam = browse(cast.sam)
    last_week, long_gone = TODAY - timedelta(days=7), TODAY - timedelta(days=90)
    assert tell(sam, cast.promise, day=last_week.isoformat()).status_code == 303
    answer = tell(sam, cast.promise, day=long_gone.isoformat())
    assert answer.status_code == 422
    assert "up to 60 days back" in answer.get_data(as_text=True)
    assert [row.day for row in check_ins(database)] == [last_week]


@pytest.mark.parametrize(
    "form", [{"op_id": "not-a-uuid"}, {"outcome": "cured"}, {"slot": "later"}, {"slot": "08:00:00"}]
)
def test_a_form_of_nobody_elses_making_is_refused(cast: Cast, database: Database, browse: As, form: dict) -> None:
    assert tell(browse(cast.sam), cast.promise, **form).status_code == 400
    assert check_ins(database) == []


def test_undo_takes_back_the_own_word_and_keeps_the_row(cast: Cast, database: Database, browse: As) -> None:
    sam = browse(cast.sam)
    tell(sam, cast.promise)
    (row,) = check_ins(database)
    for _ in range(2):
        assert sam.post(f"/promises/{cast.promise}/check-ins/{row.id}/undone").status_code == 303
    assert check_ins(database)[0].undone_at == NOW
    assert "It happened, today" in read(sam)


def test_undoing_somebody_elses_word_is_a_404(cast: Cast, asked: int, database: Database, browse: As) -> None:
    tell(browse(cast.sam), cast.promise)
    (row,) = check_ins(database)
    nora = browse(cast.nora)
    assert nora.post(f"/promises/{asked}/check-ins/{row.id}/undone").status_code == 404
    assert check_ins(database)[0].undone_at is None


def test_nothing_is_confirmed_before_a_yes(cast: Cast, asked: int, database: Database, browse: As) -> None:
    answer = tell(browse(cast.nora), asked)
    assert answer.status_code == 410
    assert "has ended" not in answer.text
    assert check_ins(database) == []


def test_somebody_elses_promise_is_a_404(cast: Cast, asked: int, browse: As) -> None:
    sam = browse(cast.sam)
    for promise in (asked, 9999):
        assert sam.post(f"/promises/{promise}/answers", data={"verb": "accept"}).status_code == 404
        assert tell(sam, promise).status_code == 404


def test_htmx_gets_the_card_alone(cast: Cast, browse: As) -> None:
    values = {"op_id": str(uuid4()), "outcome": "happened", "day": TODAY.isoformat()}
    answer = browse(cast.sam).post(f"/promises/{cast.promise}/check-ins", data=values, headers={"HX-Request": "true"})
    fragment = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert fragment.lstrip().startswith("<article")
    assert "<html" not in fragment
    assert "Undo" in fragment


def test_the_client_said_about_the_same_day_is_told_but_not_their_words(
    cast: Cast, database: Database, browse: As
) -> None:
    tell(browse(cast.sam), cast.promise)
    with database.writing() as session:
        row = CheckIn(
            client_id=cast.clara, step_id=cast.ride, by_id=cast.clara, op_id=str(uuid4()), day=TODAY,
            outcome="done", note="Sang the canary song", at=NOW,
        )  # fmt: skip
        session.add(row)
    page = read(browse(cast.sam))
    assert "Clara says so too." in page
    assert "canary song" not in page


def test_a_kindly_ended_promise_is_gone_and_its_record_stays(cast: Cast, database: Database, browse: As) -> None:
    sam = browse(cast.sam)
    tell(sam, cast.promise)
    answer = sam.post(f"/promises/{cast.promise}/answers", data={"verb": "end", "words": "I move away"})
    assert answer.status_code == 303
    assert "Drive Clara to choir" not in read(sam)
    assert len(check_ins(database)) == 1


def test_weeks_are_shown_with_the_grant_and_gone_at_the_next_request(
    cast: Cast, database: Database, browse: As
) -> None:
    sam = browse(cast.sam)
    page = read(sam)
    assert "Walk by the river" in page
    assert "The plan: not shared." in page
    assert "Ring my sponsor" not in page
    with database.writing() as session:
        sharing.withdraw(session, acting(cast.clara), cast.sam, Scope.STEPS, NOW)
    assert [word for word in PLAN_WORDS if word in read(sam)] == []


def test_steps_on_substance_use_need_their_own_scope(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        sharing.grant(session, acting(cast.clara), cast.sam, Scope.PLAN, NOW)
    sam = browse(cast.sam)
    page = read(sam)
    assert "Feel at home outside again" in page
    assert "Ring my sponsor" not in page
    with database.writing() as session:
        sharing.grant(session, acting(cast.clara), cast.sam, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)
    assert "Ring my sponsor" in read(sam)


def test_a_look_at_what_is_shared_is_kept_and_one_at_nothing_is_not(cast: Cast, database: Database, browse: As) -> None:
    read(browse(cast.nora))
    read(browse(cast.sam))
    with database.writing() as session:
        looks = [(look.by_id, look.client_id, look.page) for look in session.scalars(select(Look))]
    assert looks == [(cast.sam, cast.clara, "promises")]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("happened", "Thank you. Clara can see that it happened."), ("did_not", "Saved. Clara can see it.")],
)
def test_what_was_told_is_thanked_for_once(cast: Cast, browse: As, outcome: str, words: str) -> None:
    client = browse(cast.sam)
    values = {"op_id": str(uuid4()), "outcome": outcome, "day": "2026-11-19", "slot": ""}
    answer = client.post(f"/promises/{cast.promise}/check-ins", data=values, headers={"HX-Request": "true"}).text
    assert f'data-announce="{words}"' in answer
    assert "data-fresh" in answer
    later = client.get("/promises").text
    assert words not in later
    assert "data-fresh" not in later


def test_nobody_is_thanked_for_what_could_not_be_saved(cast: Cast, browse: As) -> None:
    values = {"op_id": str(uuid4()), "outcome": "happened", "day": "2027-11-19", "slot": ""}
    answer = browse(cast.sam).post(f"/promises/{cast.promise}/check-ins", data=values, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "data-fresh" not in answer.text


def test_what_was_kept_as_a_time_and_is_none_breaks_no_page(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        entry = Entry(op_id=str(uuid4()), day=TODAY, slot="later")
        commitments.confirm(session, acting(cast.sam), cast.promise, entry, NOW)
    assert "It happened, today, later" in read(browse(cast.sam))
    assert "later" in read(browse(cast.clara), f"/progress/{TODAY}")


def test_nobody_is_thanked_for_what_was_taken_back_before_it_arrived(
    cast: Cast, database: Database, browse: As
) -> None:
    sam, op_id = browse(cast.sam), str(uuid4())
    assert sam.post("/promises/undo", data={"undoes": op_id}).status_code == 303
    values = {"op_id": op_id, "outcome": "happened", "day": TODAY.isoformat()}
    answer = sam.post(f"/promises/{cast.promise}/check-ins", data=values, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Thank you." not in answer.text
    assert "data-fresh" not in answer.text
