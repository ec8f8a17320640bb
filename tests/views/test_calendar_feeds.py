"""In your calendar: an address that is shown once, and what a calendar program finds there."""

import re
import subprocess
import sys
from datetime import timedelta

import brotli
import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.people import SIGNED, acting
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.domain.second_factor import PROOF_LASTS
from webapp.domain.sharing import Scope
from webapp.models import ActionStep, CalendarFeed, Commitment, Person
from webapp.notify import outbox
from webapp.services import sharing

MAKE, WORDS, OFF = "/reminders/calendar", "/reminders/calendar/words", "/reminders/calendar/off"
PLAIN = {"calendar-plain_words": "y"}


def shown(page: str) -> str | None:
    """The address on a page, if it is shown."""
    found = re.search(r'id="calendar-address" value="([^"]+)"', page)
    return found and found[1]


def made(browser: FlaskClient, **plain: str) -> str:
    """Make an address and return its path."""
    answer = browser.post(MAKE, data=plain)
    assert (answer.status_code, answer.location) == (303, "/reminders#calendar")
    address = shown(browser.get("/reminders").text)
    assert address is not None
    return address.removeprefix("http://localhost")


def titles(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200
    return [str(event["SUMMARY"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")]


def test_an_address_is_shown_once_and_opens_a_calendar(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    before = clara.get("/reminders").text
    assert "Make an address" in before
    assert "such as twice a week, stays here" in before
    assert shown(before) is None
    clara.post(MAKE)
    page = clara.get("/reminders").text
    address = shown(page)
    assert address is not None
    assert re.fullmatch(r"http://localhost/calendar/[\w-]{43}\.ics", address)
    assert f'href="webcal://localhost/calendar/{address[26:]}"' in page
    assert re.search(r'data-copy="#calendar-address"[^>]* hidden', page)
    later = clara.get("/reminders").text
    assert shown(later) is None
    assert address[26:69] not in later
    assert "A calendar address has been in use since Nov 19." in later


def test_whoever_has_the_address_reads_neutral_entries_without_signing_in(browse: As, cast: Cast) -> None:
    path = made(browse(cast.clara))
    answer = browse(None).get(path)
    assert titles(answer) == ["Cairn: you have something for today", "Cairn: you have an appointment"]
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Disposition"] == "inline; filename=calendar.ics"
    assert "Set-Cookie" not in answer.headers
    for personal in ("Clara", "Reyes", "Theo", "pills", "example.test"):
        assert personal not in answer.text


def test_entries_say_what_they_are_about_only_by_choice(browse: As, cast: Cast) -> None:
    clara, reader = browse(cast.clara), browse(None)
    path = made(clara, **PLAIN)
    assert titles(reader.get(path)) == ["Take the morning pills", "Cairn: you have an appointment"]
    assert clara.post(WORDS).location == "/reminders"
    assert "Your choice is kept." in clara.get("/reminders").text
    assert titles(reader.get(path))[0] == "Cairn: you have something for today"
    clara.post(WORDS, data=PLAIN)
    assert titles(reader.get(path))[0] == "Take the morning pills"
    assert re.search(r'name="calendar-plain_words"[^>]*checked|checked[^>]*name="calendar-plain_words"',
                     clara.get("/reminders").text)  # fmt: skip


def test_what_somebody_else_let_one_know_of_substance_use_is_named_in_no_calendar(
    browse: As, cast: Cast, database: Database
) -> None:
    path = made(browse(cast.sam), **PLAIN)
    assert titles(browse(None).get(path)) == ["Drive Clara to choir"]
    with database.writing() as session:
        session.get_one(ActionStep, cast.ride).substance_use = True
        sharing.grant(session, acting(cast.clara), cast.sam, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)
    assert titles(browse(None).get(path)) == ["Cairn: you have something for today"]


def test_an_address_is_made_only_by_whoever_shows_that_it_is_they_and_they_are_told(
    browse: As, cast: Cast, config: Config
) -> None:
    clara = browse(cast.clara)
    with clock.standing_at(NOW + PROOF_LASTS):
        assert [clara.post(path, data=PLAIN).status_code for path in (MAKE, WORDS)] == [403, 403]
    made(clara)
    (mail,) = outbox.kept(config.outbox, "clara@example.test")
    assert "An address for a calendar was made" in mail.text
    assert "/calendar/" not in mail.text


def test_a_calendar_goes_by_the_name_that_its_owner_chose_for_cairn(browse: As, cast: Cast, database: Database) -> None:
    clara, reader = browse(cast.clara), browse(None)
    path = made(clara)
    for language, name, words in (("en", "Notes", "you have an appointment"), ("es", "Notas", "tienes una cita")):
        with database.writing() as session:
            session.execute(update(Person).where(Person.id == cast.clara).values(neutral_name=True, language=language))
        answer = reader.get(path)
        calendar = Calendar.from_ical(answer.data)
        assert calendar["NAME"] == calendar["X-WR-CALNAME"] == name
        assert titles(answer)[1] == f"{name}: {words}"
        seen = [line for line in answer.text.splitlines() if not line.startswith("PRODID")]
        assert not any("cairn" in line.lower() for line in [*seen, answer.headers["Content-Disposition"]])
    clara.post(OFF)
    assert "quitar Notas" in clara.get("/reminders").text


def test_a_new_address_keeps_what_was_chosen_and_ends_the_old_one(browse: As, cast: Cast) -> None:
    clara, reader = browse(cast.clara), browse(None)
    first = made(clara, **PLAIN)
    assert '<input type="hidden" name="calendar-plain_words" value="y">' in clara.get("/reminders").text
    second = made(clara, **PLAIN)
    assert first != second
    assert reader.get(first).status_code == 404
    assert titles(reader.get(second))[0] == "Take the morning pills"


def test_turned_off_the_section_is_as_at_first(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    path = made(clara)
    assert clara.post(OFF).location == "/reminders"
    assert browse(None).get(path).status_code == 404
    page = clara.get("/reminders").text
    assert "Make an address" in page
    assert "Your calendar address is off." in page
    with database.reading() as connection:
        assert connection.execute(select(CalendarFeed.id)).all() == []


def test_an_address_made_and_ended_elsewhere_before_it_was_seen_is_not_shown(browse: As, cast: Cast) -> None:
    phone, desk = browse(cast.clara), browse(cast.clara)
    phone.post(MAKE)
    desk.post(MAKE)
    assert shown(phone.get("/reminders").text) is None
    phone.post(MAKE)
    desk.post(OFF)
    assert shown(phone.get("/reminders").text) is None
    phone.post(WORDS, data=PLAIN)
    assert "Your choice is kept." not in phone.get("/reminders").text


def test_what_leads_nowhere_looks_like_any_other_page_that_is_not_there(
    browse: As, cast: Cast, database: Database
) -> None:
    path = made(browse(cast.sam))
    stranger = browse(None)
    nothing = stranger.get("/nothing/here")
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.sam).values(deactivated_at=NOW))
    for gone in (path, "/calendar/made-up.ics", "/calendar/.ics", f"/calendar/{'x' * 5000}.ics", path[:-4]):
        for method in ("GET", "HEAD"):
            answer = stranger.open(gone, method=method)
            assert answer.status_code == 404
            assert answer.data == (nothing.data if method == "GET" else b"")
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_program_that_has_it_already_gets_a_short_yes(browse: As, cast: Cast) -> None:
    clara, reader = browse(cast.clara), browse(None)
    path = made(clara)
    tag = reader.get(path).headers["ETag"]
    assert tag.startswith('W/"')
    with clock.standing_at(NOW + timedelta(hours=5)):
        again = reader.get(path, headers={"If-None-Match": tag, "Accept-Encoding": "br"})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert "Content-Encoding" not in again.headers
    clara.post(WORDS, data=PLAIN)
    changed = reader.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_head_says_the_same_without_the_words_and_text_is_compressed(browse: As, cast: Cast) -> None:
    path, reader = made(browse(cast.clara)), browse(None)
    whole, head = reader.get(path), reader.head(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control"):
        assert head.headers[name] == whole.headers[name]
    small = reader.get(path, headers={"Accept-Encoding": "br"})
    assert brotli.decompress(small.data) == whole.data
    assert small.headers["ETag"] == whole.headers["ETag"]


def test_a_promise_taken_back_is_gone_the_next_time_the_calendar_asks(
    browse: As, cast: Cast, database: Database
) -> None:
    path, reader = made(browse(cast.sam), **PLAIN), browse(None)
    first = reader.get(path)
    assert titles(first) == ["Drive Clara to choir"]
    with database.writing() as session:
        session.execute(update(Commitment).where(Commitment.id == cast.promise).values(state="ended"))
    assert titles(reader.get(path, headers={"If-None-Match": first.headers["ETag"]})) == []


def test_a_supporter_is_told_of_promises_and_staff_of_nothing(browse: As, cast: Cast) -> None:
    page = browse(cast.sam).get("/reminders").text
    assert 'id="calendar"' in page
    assert "shows what you promised for a set day" in page
    for person in (cast.theo, cast.ada):
        assert 'id="calendar"' not in browse(person).get("/reminders").text
        assert "/reminders#calendar" not in browse(person).get("/settings").text
    for person in (cast.clara, cast.sam):
        assert 'href="/reminders#calendar"' in browse(person).get("/settings").text


@pytest.mark.parametrize("path", [MAKE, WORDS, OFF])
def test_staff_have_no_calendar_here(browse: As, cast: Cast, path: str) -> None:
    assert browse(cast.theo).post(path).status_code == 404


def test_the_calendar_library_is_read_in_only_when_a_calendar_is() -> None:
    asked = "import sys, webapp.app; print('icalendar' in sys.modules, 'dateutil' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]
