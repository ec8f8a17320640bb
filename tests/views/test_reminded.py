"""The page behind a reminder: three answers to exactly that step, from the page or from the notification."""

import re
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.conftest import As
from tests.services.test_answers import came_due
from tests.support.cast import NOW, TODAY, Cast
from webapp import clock
from webapp.db import Database
from webapp.domain.commitments import NotNow
from webapp.models import (
    ActionStep,
    CadenceVersion,
    CheckIn,
    Commitment,
    Delivery,
    Endpoint,
    Person,
    Reminder,
    ReminderOccurrence,
)
from webapp.services import commitments

HTMX = {"HX-Request": "true"}
WORKER = {"Accept": "application/json"}


def taken(said: str) -> dict[str, object]:
    return {"ok": True, "said": said, "superseded": False}


@pytest.fixture
def due(database: Database, cast: Cast) -> dict[str, int]:
    """Reminders that came due at 11:30: Clara's of the pills and the walk, Sam's of the ride."""
    with database.writing() as session:
        return {
            "ride": came_due(session, cast.sam, cast.ride),
            "pills": came_due(session, cast.clara, cast.pills),
        }


@pytest.fixture
def walk(database: Database, cast: Cast) -> int:
    with database.writing() as session:
        return came_due(session, cast.clara, cast.walk)


def say(browser: FlaskClient, occurrence: int, answer: str = "done", headers: Any = None, **more: str) -> Any:
    form = {"answer": answer, "op_id": str(uuid4())} | more
    return browser.post(f"/reminded/{occurrence}", data=form, headers=headers)


def said(database: Database) -> list[tuple[int, str, str | None]]:
    """Who said what, and why, of all that stands."""
    rows = select(CheckIn.by_id, CheckIn.outcome, CheckIn.reason).where(CheckIn.undone_at.is_(None))
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(rows.order_by(CheckIn.id))]  # type: ignore[misc]


def to_undo(browser: FlaskClient, occurrence: int) -> str:
    (found,) = re.findall(r'name="check_in" value="([0-9]+)"', browser.get(f"/reminded/{occurrence}").text)
    return str(found)


def undo(browser: FlaskClient, occurrence: int) -> str:
    """Tap Undo on the page, and give what it took back."""
    which = to_undo(browser, occurrence)
    assert say(browser, occurrence, "undo", check_in=which).status_code == 303
    return which


def waiting(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(Delivery.due_at).where(Delivery.state == "pending")).scalars())


def shown(browser: FlaskClient, occurrence: int) -> str:
    answer = browser.get(f"/reminded/{occurrence}")
    assert answer.status_code == 200
    return re.sub(r"[ \t\r\n]+", " ", answer.text).replace("&#39;", "'")


def test_it_shows_exactly_that_step_and_three_answers(browse: As, cast: Cast, due: dict[str, int]) -> None:
    page = shown(browse(cast.clara), due["pills"])
    assert "Your reminder for today, 8:00\xa0AM" in page
    assert "Take the morning pills" in page
    assert "Walk by the river" not in page
    for button in ("answer-done", "answer-later", "answer-not_today", "I need a day"):
        assert button in page
    assert "<title>A reminder · Cairn</title>" in page, "nothing personal in a title"


def test_a_target_says_where_it_stands_and_its_smallest_version(browse: As, cast: Cast, walk: int) -> None:
    page = shown(browse(cast.clara), walk)
    assert "0 of 2 this week" in page
    assert "Put on my shoes" in page


def test_done_leads_back_to_the_page_with_a_kind_word_and_undo(
    browse: As, cast: Cast, database: Database, due: dict[str, int]
) -> None:
    clara = browse(cast.clara)
    answer = say(clara, due["pills"])
    assert (answer.status_code, answer.location) == (303, f"/reminded/{due['pills']}")
    assert said(database) == [(cast.clara, "done", None)]
    page = shown(clara, due["pills"])
    assert "Done. Good that you did it." in page
    assert "answer-done" not in page
    undo(clara, due["pills"])
    assert said(database) == []
    assert "answer-done" in shown(clara, due["pills"])


def test_the_same_answer_sent_twice_is_one(browse: As, cast: Cast, database: Database, due: dict[str, int]) -> None:
    clara, op_id = browse(cast.clara), str(uuid4())
    for _ in range(2):
        assert say(clara, due["pills"], op_id=op_id, headers=WORKER).status_code == 200
    assert said(database) == [(cast.clara, "done", None)]


def test_not_today_asks_for_a_reason_only_afterwards_and_only_if_one_likes(
    browse: As, cast: Cast, database: Database, walk: int
) -> None:
    clara = browse(cast.clara)
    assert "What got in the way?" not in shown(clara, walk)
    say(clara, walk, "not_today")
    page = shown(clara, walk)
    assert "Not today, and that is all right." in page
    assert "What got in the way?" in page
    say(clara, walk, "not_today", reason="no_time")
    assert said(database) == [(cast.clara, "not_today", "no_time")]
    page = shown(clara, walk)
    assert "no time" in page
    assert "What got in the way?" not in page


def test_a_reason_in_own_words_wins_and_one_too_long_comes_back(
    browse: As, cast: Cast, database: Database, walk: int
) -> None:
    clara = browse(cast.clara)
    say(clara, walk, "not_today")
    long = "rain " * 50
    refused = say(clara, walk, "not_today", other=long)
    assert refused.status_code == 422
    assert "longer than 200 letters" in refused.text
    assert long.strip() in refused.text
    say(clara, walk, "not_today", reason="forgot", other="It rained")
    assert said(database) == [(cast.clara, "not_today", "It rained")]


def test_a_reason_may_come_with_the_answer(browse: As, cast: Cast, database: Database, walk: int) -> None:
    say(browse(cast.clara), walk, "not_today", reason="unwell")
    assert said(database) == [(cast.clara, "not_today", "unwell")]


@pytest.mark.parametrize(
    ("minutes", "at"), [("30", "12:30"), ("60", "1:00"), ("180", "3:00"), ("", "1:00"), ("evening", "7:00")]
)
def test_later_says_when_it_comes_again(
    browse: As, cast: Cast, database: Database, walk: int, minutes: str, at: str
) -> None:
    clara = browse(cast.clara)
    assert say(clara, walk, "later", minutes=minutes).status_code == 303
    assert f"It comes again today, {at}\xa0PM." in shown(clara, walk)
    (again,) = waiting(database)
    assert f"{again - timedelta(hours=5):%-I:%M}" == at
    assert said(database) == []


@pytest.mark.parametrize("minutes", ["0", "4", "721", "-30", "soon", "1e3", "9" * 30, "٣٠"])
def test_later_needs_a_time_that_makes_sense(
    browse: As, cast: Cast, database: Database, walk: int, minutes: str
) -> None:
    before = waiting(database)
    answer = say(browse(cast.clara), walk, "later", minutes=minutes)
    assert answer.status_code == 422
    assert "Choose how much later" in answer.text
    assert waiting(database) == before


def test_only_waits_that_fit_are_offered(browse: As, cast: Cast, database: Database, walk: int) -> None:
    def offered(quiet_from: time | None) -> list[str]:
        hours = {"quiet_from": quiet_from, "quiet_to": time(7) if quiet_from else None}
        with database.writing() as session:
            session.execute(update(Person).where(Person.id == cast.clara).values(hours))
            session.execute(update(Reminder).values(even_when_quiet=False))
        return re.findall(r'name="minutes" value="(\w+)"', shown(browse(cast.clara), walk))

    assert offered(None) == ["30", "60", "180", "evening"]
    assert offered(time(14)) == ["30", "60"]


@pytest.mark.parametrize(
    ("reminder", "person", "words"),
    [
        ({"next_at": NOW + timedelta(minutes=20)}, {}, "The next one comes today, 12:20\xa0PM."),
        ({}, {"quiet_from": time(12, 10), "quiet_to": time(7)}, "Your quiet hours are near"),
    ],
)
def test_where_no_later_fits_the_page_says_why(
    browse: As, cast: Cast, database: Database, walk: int, reminder: dict[str, Any], person: dict[str, Any], words: str
) -> None:
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.clara).values({"phone": None} | person))
        session.execute(update(Reminder).values({"even_when_quiet": False} | reminder))
    page = shown(browse(cast.clara), walk)
    assert words in page
    assert "answer-later" not in page


def test_late_at_night_the_day_ends_first(browse: As, cast: Cast, database: Database) -> None:
    half_past_two = NOW + timedelta(hours=14, minutes=30)
    with database.writing() as session:
        walk = came_due(session, cast.clara, cast.walk, "02:15")
        session.execute(update(ReminderOccurrence).values(due_at=half_past_two - timedelta(minutes=15)))
        session.execute(update(Reminder).values(next_at=NOW + timedelta(days=1, hours=14)))
    with clock.standing_at(half_past_two):
        clara = browse(cast.clara)
        assert "Your day ends soon, so this one won't come again." in shown(clara, walk)
        answer = say(clara, walk, "later", headers=WORKER)
        assert answer.get_json() == taken("Your day ends before that. It won't come again today.")


@pytest.mark.parametrize("headers", [None, HTMX])
def test_that_nothing_comes_again_can_be_seen(
    browse: As, cast: Cast, database: Database, walk: int, headers: Any
) -> None:
    with database.writing() as session:
        session.execute(update(Reminder).values(next_at=NOW + timedelta(minutes=9)))
    clara = browse(cast.clara)
    answer = say(clara, walk, "later", headers=headers)
    page = answer.text if headers else clara.get(answer.location).text
    tag = "span" if headers else "p"
    assert f"<{tag}>The next one, today, 12:09\xa0PM, comes before that.</{tag}>" in page


def test_the_service_worker_is_told_in_one_sentence(
    browse: As, cast: Cast, database: Database, due: dict[str, int], walk: int
) -> None:
    clara = browse(cast.clara)
    later = say(clara, walk, "later", headers=WORKER)
    assert (later.status_code, later.get_json()) == (200, taken("It comes again today, 1:00\xa0PM."))
    assert "Walk" not in later.text, "what shows on a lock screen is neutral"
    with database.writing() as session:
        session.execute(
            update(Reminder).where(Reminder.step_id == cast.walk).values(next_at=NOW + timedelta(minutes=9))
        )
    later = say(clara, walk, "later", headers=WORKER)
    assert later.get_json() == taken("The next one, today, 12:09\xa0PM, comes before that.")
    assert say(clara, due["pills"], headers=WORKER).get_json() == taken("Saved: done, today.")
    assert say(clara, walk, "not_today", headers=WORKER).get_json() == taken("Saved: not today. That is all right.")


def test_the_service_worker_is_told_what_to_open_the_page_for(
    browse: As, cast: Cast, due: dict[str, int], walk: int
) -> None:
    answers = {
        "signed out": say(browse(None), walk, headers=WORKER),
        "somebody else": say(browse(cast.otto), walk, headers=WORKER),
        "no such answer": say(browse(cast.clara), walk, "maybe", headers=WORKER),
        "no id of the tap": say(browse(cast.clara), walk, op_id="7", headers=WORKER),
        "another site": say(browse(cast.clara), walk, headers=WORKER | {"Sec-Fetch-Site": "cross-site"}),
    }
    assert [answer.status_code for answer in answers.values()] == [401, 404, 422, 422, 403]
    assert all(answer.get_json()["said"] for answer in answers.values())
    assert browse(None).get(f"/reminded/{walk}", headers=WORKER).status_code == 401


def test_later_has_no_sense_once_it_was_told_or_the_day_is_over(
    browse: As, cast: Cast, database: Database, due: dict[str, int], walk: int
) -> None:
    clara = browse(cast.clara)
    say(clara, due["pills"])
    assert say(clara, due["pills"], "later", headers=WORKER).status_code == 409
    with clock.standing_at(NOW + timedelta(days=1)):
        late = say(clara, walk, "later")
        assert late.status_code == 409
        assert "nothing to put off any more" in late.text


def test_an_old_link_still_records_for_its_day(browse: As, cast: Cast, database: Database, due: dict[str, int]) -> None:
    with clock.standing_at(NOW + timedelta(days=1)):
        clara = browse(cast.clara)
        page = shown(clara, due["pills"])
        assert "Your reminder for yesterday, 8:00\xa0AM" in page
        assert "Not that day" in page
        assert "answer-later" not in page
        assert "I need a day" not in page
        assert (
            say(clara, due["pills"], "not_today", headers=WORKER).get_json()["said"].startswith("Saved: not on Nov 19")
        )
        assert "Not that day, and that is all right." in shown(clara, due["pills"])
    with database.reading() as connection:
        assert connection.execute(select(CheckIn.day)).scalars().all() == [TODAY]


def test_a_very_old_link_says_so_calmly(browse: As, cast: Cast, due: dict[str, int]) -> None:
    with clock.standing_at(NOW + timedelta(days=61)):
        clara = browse(cast.clara)
        page = shown(clara, due["pills"])
        assert "is a while ago" in page
        assert "answer-done" not in page
        refused = say(clara, due["pills"])
        assert refused.status_code == 422
        assert "is a while ago" in refused.text


def test_a_day_still_to_come_can_not_be_told_of_yet(browse: As, cast: Cast, database: Database, walk: int) -> None:
    with database.writing() as session:
        session.execute(update(ReminderOccurrence).values(due_at=NOW + timedelta(days=2)))
    answer = say(browse(cast.clara), walk, headers=WORKER)
    assert answer.status_code == 422
    assert answer.get_json()["said"] == "Nov 21 is still to come. You can tell of it then."


def test_a_day_after_the_end_of_a_step_is_refused_for_good(
    browse: As, cast: Cast, database: Database, due: dict[str, int]
) -> None:
    with database.writing() as session:
        session.execute(
            update(CadenceVersion)
            .where(CadenceVersion.step_id == cast.pills)
            .values(valid_to=TODAY - timedelta(days=1))
        )
    answer = say(browse(cast.clara), due["pills"], headers=WORKER)
    assert answer.status_code == 410
    assert answer.get_json()["said"] == "This had ended by then. Days until then can be told of."
    assert said(database) == []


def test_what_is_no_longer_asked_for_says_so(browse: As, cast: Cast, database: Database, due: dict[str, int]) -> None:
    with database.writing() as session:
        session.get_one(ActionStep, cast.pills).status = "retired"
    page = shown(browse(cast.clara), due["pills"])
    assert "not asked for any more" in page
    assert "answer-done" not in page


def test_what_was_said_for_the_whole_day_is_not_asked_again(browse: As, cast: Cast, due: dict[str, int]) -> None:
    clara = browse(cast.clara)
    clara.post(f"/steps/{cast.pills}/check-ins", data={"op_id": str(uuid4()), "slot": ""})
    page = shown(clara, due["pills"])
    assert "You already said how it went." in page
    assert "answer-done" not in page


def test_what_is_done_but_once_and_was_done_a_day_late_is_not_asked_again(
    browse: As, cast: Cast, database: Database
) -> None:
    with database.writing() as session:
        once = {"kind": "once", "due": TODAY}
        session.execute(update(CadenceVersion).where(CadenceVersion.step_id == cast.hotline).values(once))
        hotline = came_due(session, cast.clara, cast.hotline)
    clara = browse(cast.clara)
    assert "answer-done" in shown(clara, hotline)
    with clock.standing_at(NOW + timedelta(days=1)):
        clara = browse(cast.clara)
        clara.post(f"/steps/{cast.hotline}/check-ins", data={"op_id": str(uuid4())})
        page = shown(clara, hotline)
    assert "You already said how it went." in page
    assert "answer-done" not in page


def test_a_step_on_hold_is_at_rest_and_not_over(
    browse: As, cast: Cast, database: Database, due: dict[str, int]
) -> None:
    with database.writing() as session:
        session.get_one(ActionStep, cast.pills).status = "on_hold"
    page = shown(browse(cast.clara), due["pills"])
    assert "You are resting from this." in page
    assert "answer-done" in page
    assert "answer-later" not in page


def test_resting_and_having_enough_are_said_and_one_more_still_counts(
    browse: As, cast: Cast, database: Database, walk: int
) -> None:
    clara = browse(cast.clara)
    for day in (16, 17):
        clara.post(f"/steps/{cast.walk}/check-ins", data={"op_id": str(uuid4()), "day": f"2026-11-{day}"})
    page = shown(clara, walk)
    assert "You already have as many as you planned." in page
    assert "answer-done" in page
    assert "answer-later" not in page
    clara.post("/pauses", data={"starts_on": "2026-11-18"})
    assert "You are resting from this." in shown(clara, walk)


def test_htmx_gets_the_changed_part_alone_with_a_place_for_the_focus(browse: As, cast: Cast, walk: int) -> None:
    clara = browse(cast.clara)
    later = say(clara, walk, "later", headers=HTMX)
    assert 'data-announce="It comes again today, 1:00\xa0PM."' in later.text
    done = say(clara, walk, headers=HTMX)
    assert "<html" not in done.text
    assert "data-focus" in done.text
    wrong = say(clara, walk, "maybe", headers=HTMX)
    assert wrong.status_code == 422
    assert "<html" not in wrong.text
    assert "Choose done, later, or not today." in wrong.text


def test_a_supporter_says_whether_it_happened(browse: As, cast: Cast, database: Database, due: dict[str, int]) -> None:
    sam = browse(cast.sam)
    page = shown(sam, due["ride"])
    assert "You promised this to Clara, for today" in page
    assert "It happened" in page
    assert "It didn't happen" in page
    assert f"/promises#promise-{cast.promise}" in page
    assert "I need a day" not in page
    assert say(sam, due["ride"], headers=WORKER).get_json() == taken("Saved: it happened, today.")
    assert "You said: it happened. Thank you." in shown(sam, due["ride"])
    undo(sam, due["ride"])
    said_no = say(sam, due["ride"], "not_today", headers=WORKER, reason="no_time")
    assert said_no.get_json() == taken("Saved: it didn't happen, today.")
    page = shown(sam, due["ride"])
    assert "You said: it didn't happen." in page
    assert "What got in the way?" not in page
    assert said(database) == [(cast.sam, "not_today", None)], "why is the client's to say"


def test_a_client_tells_of_a_supporters_step_whether_it_happened(browse: As, cast: Cast, database: Database) -> None:
    with database.writing() as session:
        ride = came_due(session, cast.clara, cast.ride)
    clara = browse(cast.clara)
    page = shown(clara, ride)
    assert "It happened" in page
    assert "It didn't happen" in page
    assert say(clara, ride, headers=WORKER).get_json() == taken("Saved: it happened, today.")
    page = shown(clara, ride)
    assert "You said: it happened. Thank you." in page
    assert "Good that you did it" not in page


@pytest.mark.parametrize(("outcome", "words"), [("done", "Clara says it happened."), ("not_today", "not that day")])
def test_a_supporter_reads_what_the_client_said_already(
    browse: As, cast: Cast, due: dict[str, int], outcome: str, words: str
) -> None:
    told = "happened" if outcome == "done" else "did_not"
    form = {"op_id": str(uuid4()), "outcome": told, "day": TODAY.isoformat()}
    browse(cast.clara).post(f"/commitments/{cast.promise}/check-ins", data=form)
    page = shown(browse(cast.sam), due["ride"])
    assert words in page
    assert "answer-done" in page


def test_a_client_reads_what_the_supporter_said_already(browse: As, cast: Cast, database: Database) -> None:
    with database.writing() as session:
        mine, sams = came_due(session, cast.clara, cast.ride), came_due(session, cast.sam, cast.ride)
    sam = browse(cast.sam)
    say(sam, sams)
    assert ">Your supporter says it happened.<" in shown(browse(cast.clara), mine)
    undo(sam, sams)
    say(sam, sams, "not_today")
    assert ">Your supporter says: not that day.<" in shown(browse(cast.clara), mine)


def test_a_promise_that_ended_is_nothing_here(
    browse: As, cast: Cast, database: Database, due: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = browse(cast.sam)

    def ended(*_: object) -> None:
        raise NotNow("ended")

    with monkeypatch.context() as between:
        between.setattr(commitments, "confirm", ended)
        answer = say(sam, due["ride"])
    assert answer.status_code == 409
    assert "This promise has ended meanwhile" in answer.text
    with database.writing() as session:
        session.execute(update(Commitment).values(state="ended"))
    assert sam.get(f"/reminded/{due['ride']}").status_code == 404


def test_did_some_on_today_stands_on_the_page_too(browse: As, cast: Cast, due: dict[str, int]) -> None:
    clara = browse(cast.clara)
    form = {"op_id": str(uuid4()), "outcome": "some", "slot": "08:00"}
    clara.post(f"/steps/{cast.pills}/check-ins", data=form)
    assert "You did some. That counts." in shown(clara, due["pills"])


def test_undo_sent_twice_takes_back_one(browse: As, cast: Cast, database: Database, walk: int) -> None:
    clara = browse(cast.clara)
    say(clara, walk)
    say(clara, walk)
    assert said(database) == [(cast.clara, "done", None)] * 2
    which = undo(clara, walk)
    assert say(clara, walk, "undo", check_in=which).status_code == 303
    assert said(database) == [(cast.clara, "done", None)]


def test_undo_of_what_is_not_ones_own_or_not_said_here_changes_nothing(
    browse: As, cast: Cast, database: Database, due: dict[str, int], walk: int
) -> None:
    clara = browse(cast.clara)
    say(clara, walk)
    say(browse(cast.sam), due["ride"])
    for which in (to_undo(clara, walk), to_undo(browse(cast.sam), due["ride"]), "x", "9" * 30):
        assert say(clara, due["pills"], "undo", check_in=which).status_code == 303
    assert say(clara, walk, "undo").status_code == 422
    assert len(said(database)) == 2


def test_not_signed_in_leads_to_sign_in_and_back(browse: As, cast: Cast, walk: int) -> None:
    stranger = browse(None)
    answer = stranger.get(f"/reminded/{walk}")
    assert (answer.status_code, answer.location) == (303, f"/sign-in?next=/reminded/{walk}")
    assert f'name="next" value="/reminded/{walk}"' in stranger.get(answer.location).text


def test_without_any_address_the_choice_is_still_kept(browse: As, cast: Cast, database: Database, walk: int) -> None:
    with database.writing() as session:
        session.execute(update(Endpoint).values(off_at=NOW))
    answer = say(browse(cast.clara), walk, "later", headers=WORKER)
    assert answer.get_json() == taken("Nothing comes again: Cairn has nowhere to write to you just now.")
