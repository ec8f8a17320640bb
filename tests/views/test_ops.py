"""What a phone kept and sends later: taken once, for the right person only, and answered in words it can show."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.services.test_answers import came_due
from tests.support.cast import NOW, TODAY, Cast
from tests.support.counting import counting
from webapp import clock
from webapp.db import Database
from webapp.models import BadDay, CheckIn, Commitment, CopingUse, Delivery, ReminderOccurrence
from webapp.services import coping, steps

HTMX = {"HX-Request": "true"}
WORKER = {"Accept": "application/json"}


def rows(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count(CheckIn.id))).scalar_one()


def key_of(browser: FlaskClient) -> str:
    found = re.search(r'data-user="([0-9a-f]+)"', browser.get("/settings").text)
    assert found
    return found[1]


def form(**more: str) -> dict[str, Any]:
    return {"op_id": str(uuid4())} | more


@pytest.mark.parametrize("headers", [{}, HTMX, WORKER])
def test_what_somebody_else_tapped_on_this_phone_is_refused_and_nothing_is_written(
    cast: Cast, database: Database, browse: As, headers: dict[str, str]
) -> None:
    otto, clara = browse(cast.otto), browse(cast.clara)
    answer = clara.post(f"/steps/{cast.walk}/check-ins", data=form(op_for=key_of(otto)), headers=headers)
    assert answer.status_code == 409
    assert "Nothing was saved." in answer.text
    assert rows(database) == 0
    assert clara.post(f"/steps/{cast.walk}/check-ins", data=form(op_for=key_of(clara))).status_code == 303
    assert rows(database) == 1


def test_the_worker_is_told_that_it_was_somebody_else_before_any_record_is_looked_up(cast: Cast, browse: As) -> None:
    """A 404 would be the end of it, and what Otto typed would be gone from his own outbox."""
    otto, clara = browse(cast.otto), browse(cast.clara)
    answer = clara.post(f"/steps/{cast.otto_step}/check-ins", data=form(op_for=key_of(otto)), headers=WORKER)
    assert (answer.status_code, answer.get_json()["ok"], answer.get_json()["other"]) == (409, False, True)


def test_whoever_was_signed_out_meanwhile_is_asked_to_sign_in_and_nothing_else(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    answer = browse(None).post(f"/steps/{cast.walk}/check-ins", data=form(op_for=key_of(clara)), headers=WORKER)
    assert (answer.status_code, answer.get_json()["ok"]) == (401, False)
    assert "Sign in" in answer.get_json()["said"]


def at(minutes: float) -> str:
    """The phone's clock, which is a day behind; only differences count."""
    return (NOW - timedelta(days=1) + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def sent(client: FlaskClient, address: str, minutes_ago: float = 0, headers: Any = WORKER, **more: str) -> TestResponse:
    """What was tapped some minutes ago is sent now."""
    told = form(op_at=at(-minutes_ago), op_sent=at(0)) | more
    return client.post(address, data=told, headers=headers)


def told(answer: TestResponse) -> tuple[int, str, bool]:
    assert answer.is_json, answer.text
    body = answer.get_json()
    assert body["ok"] == (answer.status_code == 200)
    return answer.status_code, body["said"], body.get("superseded", False)


def stored(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(CheckIn.__table__).order_by(CheckIn.id)))


@pytest.fixture
def tick(cast: Cast) -> str:
    return f"/steps/{cast.pills}/check-ins"


def test_a_tick_kept_on_a_phone_has_the_time_of_the_tap(cast: Cast, database: Database, browse: As, tick: str) -> None:
    assert told(sent(browse(cast.clara), tick, 40, slot="08:00")) == (200, "Saved: done, today.", False)
    assert stored(database)[0].at == NOW - timedelta(minutes=40)


def test_a_page_kept_since_yesterday_ticks_yesterday_and_says_so(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    page = clara.get("/today").text
    card = page[page.index(f'id="step-{cast.pills}-0800"') :]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', card[: card.index("</form>")]))
    with clock.standing_at(NOW + timedelta(days=1)):
        answer = clara.post(f"/steps/{cast.pills}/check-ins", data=fields, headers=HTMX)
        assert "Saved: done, yesterday." in answer.text
        assert f'<article class="step is-open" id="step-{cast.pills}-0800">' in answer.text
    assert [(row.day, row.slot) for row in stored(database)] == [(TODAY, "08:00")]


def test_what_is_older_than_what_stands_changes_no_card_and_the_answer_says_so(
    cast: Cast, database: Database, browse: As, tick: str
) -> None:
    clara = browse(cast.clara)
    sent(clara, tick, 2, slot="08:00")
    older = {"slot": "08:00", "outcome": "not_today", "op_id": str(uuid4())}
    words = "You said something newer about today. It was left as it is."
    for _ in range(2):
        assert told(sent(clara, tick, 30, **older)) == (200, words, True)
    shown = sent(clara, tick, 30, HTMX, **older)
    assert f'<article class="step is-done" id="step-{cast.pills}-0800">' in shown.text
    assert words in shown.text
    sent(clara, tick, 30, {}, **older)
    assert words in clara.get("/today").text
    assert [row.outcome for row in stored(database)] == ["done", "not_today"]


def test_a_tick_is_taken_back_by_its_name(cast: Cast, database: Database, browse: As, tick: str) -> None:
    clara, name = browse(cast.clara), str(uuid4())
    sent(clara, tick, 9, slot="08:00", op_id=name)
    assert told(sent(clara, "/check-ins/undo", 8, undoes=name)) == (200, "Taken back.", False)
    assert told(sent(clara, "/check-ins/undo", 8, undoes=name)) == (200, "Taken back.", False)
    assert stored(database)[0].undone_at == NOW - timedelta(minutes=8)
    card = clara.post("/check-ins/undo", data={"undoes": name}, headers=HTMX)
    assert f'<article class="step is-open" id="step-{cast.pills}-0800">' in card.text
    assert clara.post("/check-ins/undo", data={"undoes": name}).headers["Location"] == "/today"


def test_an_undo_that_overtakes_its_tick_is_kept_for_it(cast: Cast, database: Database, browse: As, tick: str) -> None:
    clara, name = browse(cast.clara), str(uuid4())
    assert told(sent(clara, "/check-ins/undo", 8, undoes=name)) == (200, "Taken back.", False)
    assert told(sent(clara, tick, 9, slot="08:00", op_id=name))[2]
    assert stored(database)[0].undone_at is not None
    assert clara.post("/check-ins/undo", data={"undoes": str(uuid4())}).status_code == 303


def test_an_undo_of_what_was_said_again_since_says_so(cast: Cast, database: Database, browse: As, tick: str) -> None:
    clara, name = browse(cast.clara), str(uuid4())
    sent(clara, tick, 40, slot="08:00", op_id=name)
    sent(clara, tick, 3, slot="08:00")
    words = "You said something newer about today. It was left as it is."
    assert told(sent(clara, "/check-ins/undo", 20, undoes=name)) == (200, words, True)
    assert told(sent(clara, f"/check-ins/{stored(database)[0].id}/undo", 20)) == (200, words, True)
    assert stored(database)[0].undone_at is None


def test_a_note_finds_its_tick_by_name_and_an_older_one_leaves_it(
    cast: Cast, database: Database, browse: As, tick: str
) -> None:
    clara, name = browse(cast.clara), str(uuid4())
    sent(clara, tick, 40, slot="08:00", op_id=name)
    assert told(sent(clara, "/check-ins/note", 2, of=name, note="With tea")) == (200, "Note saved.", False)
    late = told(sent(clara, "/check-ins/note", 9, of=name, note="With milk"))
    assert late == (200, "There is a newer note. It was left as it is.", True)
    assert stored(database)[0].note == "With tea"
    long = sent(clara, "/check-ins/note", of=name, note="x" * 2001)
    assert told(long)[0] == 422
    assert list(long.get_json()["problems"]) == ["kept_note"]


def test_what_belongs_to_somebody_else_is_not_found_by_name(
    cast: Cast, database: Database, browse: As, tick: str
) -> None:
    clara, otto, name = browse(cast.clara), browse(cast.otto), str(uuid4())
    sent(clara, tick, slot="08:00", op_id=name)
    assert told(sent(otto, "/check-ins/note", of=name, note="x"))[0] == 404
    assert told(sent(otto, "/coping/uses/finish", of=name))[0] == 404
    sent(otto, "/check-ins/undo", undoes=name)
    assert stored(database)[0].undone_at is None
    assert told(sent(clara, f"/steps/{cast.otto_step}/check-ins"))[0] == 404
    assert told(sent(clara, f"/steps/{cast.otto_step}/check-ins", day="nonsense"))[0] == 404


@pytest.mark.parametrize("address", ["/check-ins/undo", "/check-ins/note", "/coping/uses/undo", "/coping/uses/finish"])
def test_a_name_that_did_not_arrive_whole_is_refused_for_good(cast: Cast, browse: As, address: str) -> None:
    for name in ("", "no-uuid"):
        answer = sent(browse(cast.clara), address, undoes=name, of=name)
        assert told(answer)[:2] == (400, "Something in the address or the form could not be read.")


def test_what_cannot_be_saved_is_refused_with_a_sentence_for_each_field(cast: Cast, browse: As, tick: str) -> None:
    answer = sent(browse(cast.clara), tick, day="2026-11-25", slot="25:00")
    assert answer.status_code == 422
    assert answer.get_json() == {
        "ok": False,
        "said": "That is not a time of day.",
        "problems": {"slot": "That is not a time of day."},
    }
    early = sent(browse(cast.clara), f"/steps/{cast.walk}/check-ins", day="2026-11-25")
    assert early.get_json()["problems"] == {"day": "Nov 25 is still to come. You can add it on the day."}


def test_a_step_that_had_ended_is_over_and_one_that_ended_after_the_tap_is_not(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        steps.retire(session, cast.clara, cast.walk, cast.clara, TODAY - timedelta(days=2), NOW)
    clara, walk = browse(cast.clara), f"/steps/{cast.walk}/check-ins"
    assert told(sent(clara, walk, day="2026-11-17"))[0] == 200
    answer = sent(clara, walk, day="2026-11-18", note="I went again")
    assert told(answer)[:2] == (410, "This step ended before Nov 18. You can add the days until then.")
    page = clara.post(walk, data=form(day="2026-11-18", note="I went again"))
    assert page.status_code == 410
    assert "I went again" in page.text


def test_a_use_made_without_a_network_begins_ends_and_is_taken_back_by_name(
    cast: Cast, database: Database, browse: As
) -> None:
    clara, begin, name = browse(cast.clara), f"/coping/strategies/{cast.breathing}/uses", str(uuid4())
    for _ in range(2):
        begun = sent(clara, begin, 30, op_id=name, before="7", day="2026-11-19")
        assert told(begun) == (200, "Saved. Take your time with it.", False)
    ended = sent(clara, "/coping/uses/finish", 20, of=name, after="3", helped="yes", note="outside")
    assert told(ended) == (200, "Saved. You did something for yourself.", False)
    assert told(sent(clara, f"/coping/uses/{name}", 25, after="5"))[1:] == (
        "You said something newer about today. It was left as it is.",
        True,
    )
    with database.reading() as connection:
        use = connection.execute(select(CopingUse.__table__)).one()
    assert (use.at, use.before, use.after, use.note) == (NOW - timedelta(minutes=30), 7, 3, "outside")
    assert told(sent(clara, f"/coping/uses/{name}", after="99"))[0] == 422
    assert told(sent(clara, "/coping/uses/undo", undoes=name)) == (200, "Taken back.", False)
    words = "What this belongs to was taken back, or never arrived here."
    assert told(sent(clara, "/coping/uses/finish", of=name, note="words"))[:2] == (404, words)
    assert told(sent(clara, begin, 30, op_id=name)) == (200, "Taken back.", True)
    assert clara.post("/coping/uses/undo", data={"undoes": name}).headers["Location"] == "/coping"
    assert clara.post("/coping/uses/finish", data={"of": name}).status_code == 404


def test_a_strategy_taken_off_the_list_is_still_used_by_whoever_tapped_before(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        coping.retire_strategy(session, cast.clara, cast.breathing, cast.clara, NOW - timedelta(minutes=10))
    clara, begin = browse(cast.clara), f"/coping/strategies/{cast.breathing}/uses"
    assert told(sent(clara, begin, 20))[0] == 200
    assert told(sent(clara, begin, 5))[:2] == (410, "This was taken off your list before. Nothing was saved.")
    assert clara.post(begin, data=form()).status_code == 410


def test_a_bad_day_is_about_the_day_its_page_was_drawn_and_the_newest_wish_holds(
    cast: Cast, database: Database, browse: As
) -> None:
    clara, name = browse(cast.clara), str(uuid4())
    begun = sent(clara, "/bad-day", 30, op_id=name, day="2026-11-18")
    assert told(begun) == (200, "Saved: a small day, yesterday.", False)
    ended = sent(clara, "/bad-day/undo", 10, undoes=name, day="2026-11-18")
    assert told(ended) == (200, "Your whole day is back.", False)
    words = "You said something newer about yesterday. It was left as it is."
    assert told(sent(clara, "/bad-day", 20, day="2026-11-18")) == (200, words, True)
    sent(clara, "/bad-day", 1, day="2026-11-18")
    assert told(sent(clara, "/bad-day/undo", 5, day="2026-11-18")) == (200, words, True)
    for day in ("2026-11-20", "2026-09-01", "soon"):
        assert told(sent(clara, "/bad-day", day=day))[0] == 400
    with database.reading() as connection:
        assert connection.execute(select(BadDay.day, BadDay.ended_at)).all() == [(TODAY - timedelta(days=1), None)]


def test_a_supporter_tells_takes_back_and_is_told_why_not(cast: Cast, database: Database, browse: As) -> None:
    sam, name = browse(cast.sam), str(uuid4())
    tell = f"/promises/{cast.promise}/check-ins"
    happened = sent(sam, tell, 9, op_id=name, day="2026-11-19", outcome="happened", note="In the rain")
    assert told(happened) == (200, "Saved: it happened, today.", False)
    moved = sent(sam, tell, 30, day="2026-11-12", outcome="moved", moved_to="2026-11-13")
    assert told(moved) == (200, "Saved: it moved, Thu, Nov 12.", False)
    older = sent(sam, tell, 30, day="2026-11-19", outcome="did_not", note="No car")
    assert told(older) == (200, "Saved: it didn't happen, today.", False)
    refused = sent(sam, tell, day="", outcome="happened", note="In the rain")
    assert (refused.status_code, refused.get_json()["problems"]) == (422, {"day": "Choose a day."})
    assert told(sent(sam, tell, day="2026-11-24", outcome="happened"))[0] == 422
    assert told(sent(sam, tell, day="2026-11-19", outcome="perhaps"))[0] == 400
    assert told(sent(sam, "/promises/undo", undoes=name)) == (200, "Taken back.", False)
    assert told(sent(sam, f"{tell}/{stored(database)[1].id}/undone")) == (200, "Taken back.", False)
    assert [row.undone_at is None for row in stored(database)] == [False, False, True]
    assert sam.post("/promises/undo", data={"undoes": name}).headers["Location"] == "/promises"
    assert told(sent(sam, "/promises/undo"))[0] == 400


@pytest.mark.parametrize("first", [{}, {"note": "Before nine"}])
def test_an_older_note_does_not_take_the_place_of_one_that_came_with_a_tick(
    cast: Cast, database: Database, browse: As, first: dict[str, str]
) -> None:
    clara, tick = browse(cast.clara), f"/steps/{cast.pills}/check-ins"
    told_of: dict[str, Any] = {"outcome": "done", "slot": "08:00", "day": "2026-11-19"}
    sent(clara, tick, 60, **told_of, **first)
    newest = {**told_of, "note": "With water"} if not first else told_of
    sent(clara, tick, 30, **newest)
    made = stored(database)[0]
    older = sent(clara, f"/check-ins/{made.id}/note", 90 if first else 45, note="With tea")
    assert told(older) == (200, "There is a newer note. It was left as it is.", True)
    assert stored(database)[0].note == first.get("note", "With water")
    assert told(sent(clara, f"/check-ins/{made.id}/note", 10, note="All is well"))[1] == "Note saved."


def test_a_supporter_hears_that_a_promise_is_over_and_that_the_same_was_said_since(
    cast: Cast, database: Database, browse: As
) -> None:
    sam, name, tell = browse(cast.sam), str(uuid4()), f"/promises/{cast.promise}/check-ins"
    sent(sam, tell, 30, op_id=name, day="2026-11-19", outcome="happened")
    sent(sam, tell, 2, day="2026-11-19", outcome="happened")
    again = (200, "You said the same again since. It was left as it is.", True)
    assert told(sent(sam, "/promises/undo", 20, undoes=name)) == again
    assert told(sent(sam, f"{tell}/{stored(database)[0].id}/undone", 20)) == again
    late = str(uuid4())
    sent(sam, "/promises/undo", undoes=late)
    assert told(sent(sam, tell, op_id=late, day="2026-11-12", outcome="happened")) == (200, "Taken back.", True)
    with database.writing() as session:
        steps.retire(session, cast.clara, cast.ride, cast.clara, TODAY - timedelta(days=9), NOW)
        session.get_one(Commitment, cast.promise).state = "active"
    ended = sent(sam, tell, day="2026-11-19", outcome="happened")
    assert told(ended)[:2] == (410, "This had ended by then. Days until then can be told of.")
    with database.writing() as session:
        session.get_one(Commitment, cast.promise).state = "ended"
    over = "This promise has ended meanwhile. There is nothing to say any more."
    assert told(sent(sam, tell, day="2026-11-19", outcome="happened"))[:2] == (410, over)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_a_supporter_typed_of_a_promise_that_ended_is_not_gone(
    cast: Cast, database: Database, browse: As, headers: dict[str, str]
) -> None:
    sam, tell = browse(cast.sam), f"/promises/{cast.promise}/check-ins"
    with database.writing() as session:
        session.get_one(Commitment, cast.promise).state = "ended"
    answer = sent(sam, tell, headers=headers, day="2026-11-19", outcome="happened", note="She sang all the way")
    assert answer.status_code == 410, "or the phone would take it for saved"
    assert "This promise has ended" in answer.text
    assert "She sang all the way" in answer.text
    assert "you can copy it" not in sent(sam, tell, headers=headers, day="2026-11-19", outcome="happened").text
    with database.writing() as session:
        session.get_one(Commitment, cast.promise).state = "proposed"
    asked_anew = sent(sam, tell, headers=headers, day="2026-11-19", outcome="happened", note="She sang all the way")
    assert asked_anew.status_code == 410
    assert "Drive Clara to choir" in asked_anew.text
    assert "has ended" not in asked_anew.text
    assert "She sang all the way" in asked_anew.text


def test_the_client_says_it_too_beside_a_supporter(cast: Cast, database: Database, browse: As) -> None:
    clara, tell = browse(cast.clara), f"/commitments/{cast.promise}/check-ins"
    assert told(sent(clara, tell, 2, day="2026-11-19", outcome="happened")) == (200, "Saved.", False)
    assert told(sent(clara, tell, 9, day="2026-11-19", outcome="did_not"))[2]
    with database.writing() as session:
        session.get_one(Commitment, cast.promise).state = "ended"
    assert told(sent(clara, tell, day="2026-11-19", outcome="happened"))[0] == 410
    for headers in ({}, HTMX):
        answer = sent(clara, tell, headers=headers, day="2026-11-19", outcome="happened")
        assert answer.status_code == 410


def test_the_same_later_again_puts_nothing_off_twice(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        due = came_due(session, cast.clara, cast.walk)
    clara, name = browse(cast.clara), str(uuid4())
    first = told(sent(clara, f"/reminded/{due}", op_id=name, answer="later"))
    assert first == (200, "It comes again today, 1:00\xa0PM.", False)
    with clock.standing_at(NOW + timedelta(minutes=20)):
        assert told(sent(clara, f"/reminded/{due}", op_id=name, answer="later")) == first
    with database.reading() as connection:
        kinds = connection.execute(select(Delivery.kind).where(Delivery.kind == "later")).scalars().all()
    assert kinds == ["later"]


def test_an_answer_to_a_reminder_that_comes_again_after_an_undo_is_not_given_anew(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        due = came_due(session, cast.clara, cast.pills)
    clara, name, at_due = browse(cast.clara), str(uuid4()), f"/reminded/{due}"
    sent(clara, at_due, 5, op_id=name, answer="not_today")
    sent(clara, at_due, 4, answer="not_today", reason="forgot")
    assert told(sent(clara, at_due, 9, answer="not_today", reason="unwell"))[2]
    assert told(sent(clara, at_due, 5, answer="undo", check_in=str(stored(database)[0].id)))[2] is False
    assert told(sent(clara, at_due, 5, op_id=name, answer="not_today"))[0] == 200
    (row,) = stored(database)
    assert (row.reason, row.undone_at is None) == ("forgot", False)
    with database.reading() as connection:
        assert connection.execute(select(ReminderOccurrence.answer)).scalars().all() == [None]


def test_an_answer_older_than_what_was_said_on_today_leaves_it(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        due = came_due(session, cast.clara, cast.pills)
    clara, at_due = browse(cast.clara), f"/reminded/{due}"
    sent(clara, f"/steps/{cast.pills}/check-ins", 2, slot="08:00")
    assert told(sent(clara, at_due, 20, answer="not_today"))[2]
    assert told(sent(clara, at_due, 20, answer="undo", check_in=str(stored(database)[0].id)))[2]
    with database.reading() as connection:
        assert connection.execute(select(ReminderOccurrence.answer)).scalars().all() == [None]


@pytest.mark.parametrize("what", ["double", "undo by name"])
def test_also_what_comes_late_takes_few_queries(
    cast: Cast, database: Database, browse: As, tick: str, what: str
) -> None:
    clara, name = browse(cast.clara), str(uuid4())
    sent(clara, tick, 9, slot="08:00", op_id=name)
    with counting(database.engine) as counted:
        if what == "double":
            sent(clara, tick, 2, HTMX, slot="08:00")
        else:
            sent(clara, "/check-ins/undo", 2, HTMX, undoes=name)
    assert len(counted) <= 6, str(counted)


def test_every_form_that_may_be_kept_says_what_it_is_about_its_words_and_its_name(
    cast: Cast, database: Database, browse: As
) -> None:
    clara, sam = browse(cast.clara), browse(cast.sam)
    tick = f"/steps/{cast.walk}/check-ins"
    use = f"/coping/strategies/{cast.breathing}/uses"
    sent(clara, tick)
    started = str(uuid4())
    sent(clara, use, op_id=started)
    sent(sam, f"/promises/{cast.promise}/check-ins", day="2026-11-19", outcome="happened")
    with database.writing() as session:
        due = came_due(session, cast.clara, cast.pills)
    item = f"step-{cast.walk}"
    wanted = [
        (clara, f"/steps/{cast.walk}", tick, item, ("day", "slot")),
        (clara, "/today", f"/steps/{cast.pills}/check-ins", f"step-{cast.pills}", ("day", "slot", "outcome")),
        (clara, "/today", "/bad-day", "day", ("day",)),
        (clara, f"/steps/{cast.walk}", f"/check-ins/{stored(database)[0].id}/undo", item, ()),
        (clara, "/coping", use, "use", ("day",)),
        (clara, f"/coping/uses/{started}", f"/coping/uses/{started}", "use", ()),
        (clara, f"/reminded/{due}", f"/reminded/{due}", f"step-{cast.pills}", ()),
        (clara, f"/reminded/{due}", "/bad-day", "day", ("day",)),
        (sam, "/promises", f"/promises/{cast.promise}/check-ins", f"promise-{cast.promise}", ("day",)),
        (
            sam,
            "/promises",
            f"/promises/{cast.promise}/check-ins/{stored(database)[1].id}/undone",
            f"promise-{cast.promise}",
            (),
        ),
    ]
    for browser, page, action, about, fields in wanted:
        found = re.findall(rf'<form[^>]*action="{action}"[^>]*>.*?</form>', browser.get(page).text, re.DOTALL)
        assert found, (page, action)
        for one in found:
            assert f'data-op="{about}"' in one, one
            assert re.search(r'data-op-words="[^"]+"', one), one
            assert all(f'name="{name}"' in one for name in ("op_id", *fields)), one
    sent(clara, "/bad-day")
    assert re.search(
        r'action="/bad-day/undo" data-op="day"[^>]*>.*name="day" value="2026-11-19"', clara.get("/today").text
    )
