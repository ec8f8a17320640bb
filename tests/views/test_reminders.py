"""Setting reminders, being left alone, and reading what was delivered."""

from datetime import time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.conftest import As
from tests.support.cast import NOW, Cast
from webapp import clock
from webapp.db import Database
from webapp.models import Commitment, Delivery, Endpoint, Person, Reminder, ReminderOccurrence
from webapp.notify import outbox
from webapp.services import reminders

HTMX = {"HX-Request": "true"}


def typed(step_id: int, *times: str, **more: str) -> dict[str, str]:
    names = dict(zip(("first", "second", "third"), times, strict=False)) | more
    return {f"remind-{step_id}-{name}": value for name, value in names.items()}


def standing(database: Database) -> list[tuple[int, str, bool]]:
    with database.reading() as connection:
        rows = connection.execute(
            select(Reminder.person_id, Reminder.at_time, Reminder.plain_words)
            .where(Reminder.ended_at.is_(None))
            .order_by(Reminder.at_time)
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]


def set_on(browser: FlaskClient, step_id: int, *times: str, headers: Any = None, **more: str) -> Any:
    return browser.post(f"/steps/{step_id}/reminders", data=typed(step_id, *times, **more), headers=headers)


def test_a_client_sets_up_to_three_times_and_is_led_back(browse: As, cast: Cast, database: Database) -> None:
    answer = set_on(browse(cast.clara), cast.walk, "20:00", "9:30", "")
    assert answer.status_code == 303
    assert answer.location.endswith(f"/steps/{cast.walk}")
    assert standing(database) == [(cast.clara, "09:30", False), (cast.clara, "20:00", False)]


def test_the_same_again_is_the_same_and_a_change_replaces(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    set_on(clara, cast.walk, "20:00")
    set_on(clara, cast.walk, "20:00")
    set_on(clara, cast.walk, "21:00", plain_words="y")
    assert standing(database) == [(cast.clara, "21:00", True)]
    set_on(clara, cast.walk, "20:00")
    assert standing(database) == [(cast.clara, "20:00", False)]


def test_it_is_turned_off_by_its_button_or_by_empty_fields(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    for off in ({"off": "1"}, {}):
        set_on(clara, cast.walk, "20:00")
        times = ("20:00",) if off else ("", "")
        clara.post(f"/steps/{cast.walk}/reminders", data=typed(cast.walk, *times) | off)
        assert standing(database) == []


def test_what_is_no_time_comes_back_with_a_sentence_and_everything_typed(
    browse: As, cast: Cast, database: Database
) -> None:
    answer = set_on(browse(cast.clara), cast.walk, "after supper", "20:00", plain_words="y")
    assert answer.status_code == 422
    assert "Write a time of day" in answer.text
    assert 'value="after supper"' in answer.text
    assert 'value="20:00"' in answer.text
    assert "Walk by the river" in answer.text
    assert standing(database) == []


@pytest.mark.parametrize("text", ["9" * 30 + ":00", "8:" + "9" * 30, "25:00", "8:61", "-1:00", "8"])
def test_a_time_that_no_clock_shows_is_said_to_be_none(cast: Cast, browse: As, text: str) -> None:
    answer = set_on(browse(cast.clara), cast.walk, text)
    assert answer.status_code == 422
    assert "Write a time of day" in answer.text


def test_a_time_in_quiet_hours_needs_a_yes(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    clara.post("/reminders/settings", data={"quiet_from": "22:00", "quiet_to": "07:00"})
    answer = set_on(clara, cast.walk, "23:00")
    assert answer.status_code == 422
    assert "23:00 is in your quiet hours" in answer.text
    assert standing(database) == []
    assert set_on(clara, cast.walk, "23:00", anyway="y").status_code == 303
    assert standing(database) == [(cast.clara, "23:00", False)]


def test_htmx_gets_the_changed_part_alone(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    kept = set_on(clara, cast.walk, "20:00", headers=HTMX)
    assert kept.status_code == 200
    assert f'id="remind-{cast.walk}"' in kept.text
    assert "Next: today, 20:00" in kept.text
    assert "<html" not in kept.text
    wrong = set_on(clara, cast.walk, "late", headers=HTMX)
    assert wrong.status_code == 422
    assert "<html" not in wrong.text


def test_a_supporter_is_reminded_of_their_own_promise_only(browse: As, cast: Cast, database: Database) -> None:
    sam = browse(cast.sam)
    answer = sam.post(f"/promises/{cast.promise}/reminders", data=typed(cast.ride, "12:30"))
    assert answer.status_code == 303
    assert standing(database) == [(cast.sam, "12:30", False)]
    assert (
        browse(cast.nora).post(f"/promises/{cast.promise}/reminders", data=typed(cast.ride, "12:30")).status_code == 404
    )
    assert set_on(sam, cast.walk, "12:30").status_code == 404
    assert set_on(browse(cast.otto), cast.walk, "12:30").status_code == 404


def test_a_promise_is_set_from_its_card(browse: As, cast: Cast) -> None:
    page = browse(cast.sam).get("/promises").text
    assert f'action="/promises/{cast.promise}/reminders"' in page


def test_a_step_is_set_from_its_page_with_what_fits_filled_in(browse: As, cast: Cast) -> None:
    page = browse(cast.clara).get(f"/steps/{cast.pills}").text
    assert f'action="/steps/{cast.pills}/reminders"' in page
    assert 'value="08:00"' in page


def test_half_quiet_hours_come_back_with_a_sentence(browse: As, cast: Cast, database: Database) -> None:
    answer = browse(cast.clara).post("/reminders/settings", data={"quiet_from": "22:00", "quiet_to": ""})
    assert answer.status_code == 422
    assert "Say both times" in answer.text
    assert 'value="22:00"' in answer.text
    odd = browse(cast.clara).post("/reminders/settings", data={"quiet_from": "22:00", "quiet_to": "dawn"})
    assert odd.status_code == 422
    assert "such as 22:00" in odd.text


def test_quiet_hours_are_kept_and_taken_away(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    hours = select(Person.quiet_from, Person.quiet_to).where(Person.id == cast.clara)
    for start, end, kept in (("22:00", "7:00", (time(22), time(7))), ("", "", (None, None))):
        assert clara.post("/reminders/settings", data={"quiet_from": start, "quiet_to": end}).status_code == 303
        with database.reading() as connection:
            assert tuple(connection.execute(hours).one()) == kept


def test_an_address_that_was_switched_off_says_why_and_is_switched_on_again(
    browse: As, cast: Cast, database: Database
) -> None:
    with database.writing() as session:
        session.execute(update(Endpoint).values(off_at=NOW, off_because="mail server answered 550", refused=3))
        ids = dict(session.execute(select(Endpoint.person_id, Endpoint.id)).all())
    clara = browse(cast.clara)
    assert "mail server answered 550" in clara.get("/reminders").text
    for foreign in (str(ids[cast.sam]), "0", "x", "99999999999999999999"):
        assert clara.post("/reminders/settings", data={"switch_on": foreign}).status_code == 404
    assert clara.post("/reminders/settings", data={"switch_on": str(ids[cast.clara])}).status_code == 303
    with database.reading() as connection:
        off = dict(connection.execute(select(Endpoint.person_id, Endpoint.off_at)).all())
    assert off == {cast.clara: None, cast.sam: NOW}


def test_a_test_message_goes_out_and_too_many_wait(browse: As, cast: Cast, config: Any) -> None:
    clara = browse(cast.clara)
    for _ in range(5):
        assert clara.post("/reminders/test").status_code == 303
    mails = outbox.kept(config.outbox, to="clara@example.test")
    assert {mail.subject for mail in mails} == {"Cairn: this is a test message"}
    assert len(mails) == 3
    assert "Please wait" in clara.get("/reminders").text


def test_a_test_message_that_goes_nowhere_is_our_fault(browse: As, cast: Cast, app: Any) -> None:
    from dataclasses import replace

    app.extensions["cairn.config"] = replace(app.extensions["cairn.config"], smtp_url="smtp://127.0.0.1:9")
    clara = browse(cast.clara)
    clara.post("/reminders/test")
    assert "our side, not yours" in clara.get("/reminders").text


def test_without_an_address_a_test_message_says_so(browse: As, cast: Cast) -> None:
    nora = browse(cast.nora)
    nora.post("/reminders/test")
    assert "no address to write to" in nora.get("/reminders").text


OUTCOMES = [
    ("sent", None, "Sent by mail"),
    ("pending", None, "On its way"),
    ("pending", "deferred_quiet", "until your quiet hours are over"),
    ("unknown", "whatever", "It may have arrived"),
    ("failed", "mail server answered 451", "our fault, not yours"),
    ("failed", "address_off", "switched off"),
    ("cancelled", "cancelled_done", "already said how it went"),
    ("cancelled", "cancelled_quota", "as many as you planned"),
    ("suppressed", "suppressed_paused", "a rest from it"),
    ("cancelled", "ended", "no longer asked for"),
    ("cancelled", "revoked", "the promise had ended"),
    ("cancelled", "expired", "too late to help"),
    (None, None, "Cairn was not running then"),
]


def came_due(
    database: Database, cast: Cast, person_id: int, step_id: int, state: str | None, because: str | None
) -> None:
    with database.writing() as session:
        reminders.set_times(session, step_id, person_id, ["08:00"], False, True, NOW)
        reminder = session.scalars(select(Reminder).where(Reminder.person_id == person_id)).one()
        then = NOW - timedelta(hours=4)
        occurrence = ReminderOccurrence(
            client_id=cast.clara, reminder_id=reminder.id, occ_key="2026-11-19 08:00", day=then.date(),
            due_at=then, expires_at=then, zone="America/New_York",
        )  # fmt: skip
        session.add(occurrence)
        session.flush()
        if state:
            endpoint = session.scalars(select(Endpoint.id).where(Endpoint.person_id == person_id)).one()
            session.add(
                Delivery(
                    channel="email",
                    client_id=cast.clara, occurrence_id=occurrence.id, endpoint_id=endpoint, person_id=person_id,
                    state=state, because=because, due_at=then,
                )
            )  # fmt: skip


@pytest.mark.parametrize(("state", "because", "words"), OUTCOMES)
def test_the_ledger_says_in_plain_words_what_became_of_each(
    browse: As, cast: Cast, database: Database, state: str | None, because: str | None, words: str
) -> None:
    came_due(database, cast, cast.clara, cast.walk, state, because)
    page = browse(cast.clara).get("/reminders").text
    assert words in page
    assert "today, 08:00" in page
    for word in ("failed", "missed", "invalid"):
        assert word not in page.lower()


def test_a_supporter_reads_the_words_of_a_promise_only_while_it_stands(
    browse: As, cast: Cast, database: Database
) -> None:
    came_due(database, cast, cast.sam, cast.ride, "sent", None)
    sam = browse(cast.sam)
    assert "Drive Clara to choir" in sam.get("/reminders").text
    with database.writing() as session:
        session.execute(update(Commitment).values(state="ended"))
    page = sam.get("/reminders").text
    assert "Drive Clara to choir" not in page
    assert "A promise that ended" in page
    assert "Drive Clara to choir" not in browse(cast.clara).get("/reminders").text


def test_the_page_lists_the_times_that_stand(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    set_on(clara, cast.walk, "20:00")
    page = clara.get("/reminders").text
    assert "Walk by the river" in page
    assert "next today, 20:00" in page
    with clock.standing_at(NOW):
        assert "No reminders yet" in browse(cast.theo).get("/reminders").text


def test_the_settings_page_holds_the_reminders_of_those_who_get_some(browse: As, cast: Cast) -> None:
    assert 'action="/reminders/settings"' in browse(cast.clara).get("/settings").text
    assert 'action="/reminders/settings"' in browse(cast.sam).get("/settings").text
    assert 'action="/reminders/settings"' not in browse(cast.theo).get("/settings").text


def test_a_supporter_without_reminders_is_told_where_they_begin(cast: Cast, browse: As) -> None:
    assert "Once you promised something" in browse(cast.sam).get("/reminders").text
    assert "Open a step and choose a time" in browse(cast.clara).get("/reminders").text
