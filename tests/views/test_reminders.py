"""The reminders page: where they come, when to be left alone, and what was delivered, in plain words."""

import re
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from tests.views.test_reminder_times import set_on
from webapp.db import Database
from webapp.models import BadDay, Commitment, Delivery, Endpoint, Notice, Person, Reminder, ReminderOccurrence
from webapp.services import reminders

QUIET = {"quiet_from": "22:00", "quiet_to": "7:00", "follow_up": "off"}
MAIL = {"mail_use": "unanswered", "mail_after": "90"}


def wishes(database: Database, person_id: int) -> tuple[Any, ...]:
    asked = select(
        Person.quiet_from, Person.quiet_to, Person.follow_up_after, Person.mail_use, Person.mail_after
    ).where(Person.id == person_id)
    with database.reading() as connection:
        return tuple(connection.execute(asked).one())


def an_endpoint(database: Database, person_id: int, channel: str = "push", **more: Any) -> int:
    given: dict[str, Any] = {"address": f"https://web.push.apple.com/{more.get('device')}", "created_at": NOW} | more
    with database.writing() as session:
        made = Endpoint(person_id=person_id, channel=channel, **given)
        session.add(made)
        session.flush()
        return made.id


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"quiet_from": "22:00", "quiet_to": ""}, "Say both times"),
        ({"quiet_from": "", "quiet_to": "7:00"}, "Say both times"),
        ({"quiet_from": "22:00", "quiet_to": "dawn"}, "such as 22:00"),
        ({"follow_up": "45"}, "Choose one of the times, or no."),
    ],
)
def test_what_can_not_be_kept_comes_back_with_a_sentence_and_what_was_typed(
    browse: As, cast: Cast, database: Database, typed: dict[str, str], sentence: str
) -> None:
    form = QUIET | typed
    answer = browse(cast.clara).post("/reminders/settings", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    for name in ("quiet_from", "quiet_to"):
        assert not form[name] or f'value="{form[name]}"' in answer.text
    assert wishes(database, cast.clara)[:3] == (None, None, None)


def test_quiet_hours_and_a_reminder_more_are_kept_and_taken_away(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    for form, kept, said in (
        (QUIET | {"follow_up": "60"}, (time(22), time(7), 60), "Your quiet hours are kept."),
        (QUIET | {"quiet_from": "", "quiet_to": ""}, (None, None, None), "You have no quiet hours."),
    ):
        assert clara.post("/reminders/settings", data=form).status_code == 303
        assert wishes(database, cast.clara)[:3] == kept
        assert said in clara.get("/reminders").text
    assert wishes(database, cast.sam)[:3] == (None, None, None), "nobody else's"


def test_when_a_mail_comes_is_chosen_and_shown(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    assert clara.post("/reminders/mail", data=MAIL).status_code == 303
    assert wishes(database, cast.clara)[3:] == ("unanswered", 90)
    page = clara.get("/reminders").text
    assert re.search(r'<input checked [^>]*value="unanswered"', page)
    assert '<option selected value="90">1½ hours</option>' in page
    for wrong in ({"mail_use": "sometimes"}, {"mail_use": ""}, {"mail_after": "7"}):
        refused = clara.post("/reminders/mail", data=MAIL | wrong)
        assert refused.status_code == 422
        assert "Choose" in refused.text
    assert wishes(database, cast.clara)[3:] == ("unanswered", 90)


def test_a_time_kept_elsewhere_shows_as_the_nearest_choice(browse: As, cast: Cast, database: Database) -> None:
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.clara).values(follow_up_after=50, mail_after=115))
    page = browse(cast.clara).get("/reminders").text
    assert '<option selected value="60">1 hour</option>' in page
    assert '<option selected value="90">1½ hours</option>' in page


def test_somebody_whom_nothing_reaches_is_told(browse: As, cast: Cast, database: Database) -> None:
    clara, nothing = browse(cast.clara), "Nothing reaches you just now"
    assert nothing not in clara.get("/reminders").text
    clara.post("/reminders/mail", data=MAIL | {"mail_use": "never"})
    assert nothing in clara.get("/reminders").text
    an_endpoint(database, cast.clara, device="Safari, iPhone", keys={})
    assert nothing not in clara.get("/reminders").text
    assert nothing in browse(cast.nora).get("/reminders").text, "without an address"


def test_every_place_is_listed_with_its_name_and_a_gone_one_says_what_to_do(
    browse: As, cast: Cast, database: Database
) -> None:
    an_endpoint(database, cast.clara, device="Safari, iPhone", keys={})
    gone = {"off_because": "gone", "off_at": NOW - timedelta(days=3)}
    an_endpoint(database, cast.clara, device="Firefox, Android", **gone)
    an_endpoint(database, cast.clara, device="Chrome, Windows", off_because="ended", off_at=NOW)
    an_endpoint(database, cast.clara, device="Opera, Linux", off_because="gone", off_at=NOW - timedelta(days=40))
    an_endpoint(database, cast.otto, device="Edge, Windows", keys={})
    page = browse(cast.clara).get("/reminders").text
    assert "Safari, iPhone" in page
    assert "clara@example.test" in page
    assert "no longer takes messages since Nov 16" in page
    for absent in ("Chrome, Windows", "Opera, Linux", "Edge, Windows", "ntfy app"):
        assert absent not in page


def test_a_gone_device_that_was_turned_on_again_is_not_told_of(browse: As, cast: Cast, database: Database) -> None:
    an_endpoint(database, cast.clara, device="Safari, iPhone", off_because="gone", off_at=NOW, address="gone-1")
    an_endpoint(database, cast.clara, device="Safari, iPhone", keys={})
    assert "no longer takes messages" not in browse(cast.clara).get("/reminders").text


def test_a_day_off_begins_and_ends_here(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    assert 'action="/bad-day"' in clara.get("/reminders").text
    with database.writing() as session:
        session.add(BadDay(client_id=cast.clara, day=TODAY, created_at=NOW))
    page = clara.get("/reminders").text
    assert "Everything is quiet until tomorrow." in page
    assert 'action="/bad-day/undo"' in page
    assert 'action="/bad-day' not in browse(cast.sam).get("/reminders").text


OUTCOMES = [
    ("sent", None, "Sent by mail at 8:00\xa0AM"),
    ("pending", None, "On its way"),
    ("pending", "deferred_quiet", "until your quiet hours are over"),
    ("unknown", "whatever", "It may have arrived"),
    ("failed", "mail server answered 451", "We couldn&#39;t reach your mail address: our fault, not yours"),
    ("failed", "address_off", "switched off"),
    ("cancelled", "cancelled_done", "already said how it went"),
    ("cancelled", "cancelled_quota", "as many as you planned"),
    ("suppressed", "suppressed_paused", "a rest from it"),
    ("cancelled", "answered", "you had already answered"),
    ("cancelled", "ended", "no longer asked for"),
    ("cancelled", "revoked", "the promise had ended"),
    ("cancelled", "expired", "too late to help"),
    (None, None, "there was nowhere to write to"),
]
EIGHT = NOW - timedelta(hours=4)
"""This morning in New York."""


def came_due(
    database: Database, cast: Cast, person_id: int, step_id: int, *tries: dict[str, Any], **occurrence: Any
) -> int:
    """Let a reminder of 8:00 have come due this morning, with these tries at the person's mail address or elsewhere."""
    with database.writing() as session:
        reminders.set_times(session, step_id, person_id, ["08:00"], False, True, NOW)
        reminder = session.scalars(select(Reminder).where(Reminder.person_id == person_id)).first()
        assert reminder
        made = ReminderOccurrence(
            **{"client_id": reminder.client_id, "reminder_id": reminder.id, "occ_key": "2026-11-19 08:00"},
            **{"day": TODAY, "due_at": EIGHT, "expires_at": EIGHT, "zone": "America/New_York"} | occurrence,
        )
        session.add(made)
        session.flush()
        mail = select(Endpoint.id).where(Endpoint.person_id == person_id, Endpoint.channel == "email")
        for number, one in enumerate(tries):
            given: dict[str, Any] = {
                "channel": "email", "client_id": reminder.client_id, "occurrence_id": made.id,
                "person_id": person_id, "due_at": EIGHT, "seq": number,
            } | one  # fmt: skip
            session.add(
                Delivery(**({"endpoint_id": session.scalars(mail).one()} if "endpoint_id" not in one else {}), **given)
            )
        return made.id


@pytest.mark.parametrize(("state", "because", "words"), OUTCOMES)
def test_the_ledger_says_in_plain_words_what_became_of_each(
    browse: As, cast: Cast, database: Database, state: str | None, because: str | None, words: str
) -> None:
    tries = [{"state": state, "because": because}] if state else []
    came_due(database, cast, cast.clara, cast.walk, *tries)
    page = browse(cast.clara).get("/reminders").text
    assert words in page
    assert "today, 8:00\xa0AM" in page
    for word in ("failed", "missed", "invalid"):
        assert word not in page.lower()


def test_after_an_outage_the_ledger_takes_the_blame(browse: As, cast: Cast, database: Database) -> None:
    came_due(database, cast, cast.clara, cast.walk, state="expired")
    assert "Not sent: Cairn was not running then. Our fault, not yours" in browse(cast.clara).get("/reminders").text


def story(browse: As, cast: Cast) -> str:
    """The newest line of Clara's ledger."""
    page = browse(cast.clara).get("/reminders").text
    line = page[page.index('id="delivered"') :]
    return line[line.index("</time> · ") + 10 : line.index("</span>", line.index("</time>"))].replace("&#39;", "'")


def after(minutes: int) -> dict[str, Any]:
    then = EIGHT + timedelta(minutes=minutes)
    return {"due_at": then, "sent_at": then, "state": "sent"}


def test_a_phone_that_was_not_reached_is_our_fault_and_the_mail_instead_is_told(
    browse: As, cast: Cast, database: Database
) -> None:
    phone = {"channel": "push", "endpoint_id": an_endpoint(database, cast.clara, device="Safari, iPhone", keys={})}
    lost = phone | {"state": "failed", "because": "push service answered 410"}
    came_due(
        database, cast, cast.clara, cast.walk, lost, {"kind": "fallback"} | after(1),
        answer="done", answered_at=EIGHT + timedelta(minutes=12),
    )  # fmt: skip
    assert story(browse, cast) == (
        "We couldn't reach your phone: our fault, not yours · we wrote you a mail instead at 8:01\xa0AM "
        "· you said done at 8:12\xa0AM"
    )


def test_one_reminder_on_several_devices_is_one_line(browse: As, cast: Cast, database: Database) -> None:
    one, two, desk = (
        {"channel": "push", "endpoint_id": an_endpoint(database, cast.clara, device=name, keys={})} | after(0)
        for name in ("Safari, iPhone", "Firefox, Android", "Chrome, Windows")
    )
    came_due(database, cast, cast.clara, cast.walk, one, two, desk, after(0))
    assert (
        story(browse, cast) == "Sent to Safari, iPhone, to Firefox, Android, to your computer and by mail at 8:00\xa0AM"
    )


def test_a_follow_up_a_later_and_a_mail_without_an_answer_say_why(browse: As, cast: Cast, database: Database) -> None:
    phone = {"channel": "push", "endpoint_id": an_endpoint(database, cast.clara, device="Safari, iPad", keys={})}
    first = phone | after(0)
    once_more = phone | {"kind": "follow_up"} | after(30)
    mailed = {"kind": "fallback"} | after(60)
    came_due(database, cast, cast.clara, cast.walk, first, once_more, mailed)
    assert story(browse, cast) == (
        "Sent to your tablet at 8:00\xa0AM · once more to your tablet at 8:30\xa0AM, as there was no answer "
        "· and by mail at 9:00\xa0AM, as there was no answer"
    )


def test_later_says_when_it_came_again_or_will(browse: As, cast: Cast, database: Database) -> None:
    ntfy = {"channel": "ntfy", "endpoint_id": an_endpoint(database, cast.clara, "ntfy", address="topic")}
    first, again = ntfy | after(0), ntfy | {"kind": "later"} | after(60)
    waits = ntfy | {"kind": "later", "due_at": NOW + timedelta(hours=1), "state": "pending"}
    silent = {"kind": "fallback", "state": "cancelled", "because": "answered"}
    came_due(
        database, cast, cast.clara, cast.walk, first, again, waits, silent,
        answer="later", answered_at=NOW - timedelta(minutes=1),
    )  # fmt: skip
    assert story(browse, cast) == (
        "Sent through ntfy at 8:00\xa0AM · again through ntfy at 9:00\xa0AM, as you asked · comes again at 1:00\xa0PM "
        "· you said later at 11:59\xa0AM"
    )


def test_what_is_still_to_come_hangs_on_the_answer(browse: As, cast: Cast, database: Database) -> None:
    phone = {"channel": "push", "endpoint_id": an_endpoint(database, cast.clara, device=None, keys={})}
    waits = phone | {"kind": "follow_up", "due_at": NOW + timedelta(hours=15), "state": "pending"}
    came_due(database, cast, cast.clara, cast.walk, phone | {"state": "unknown"}, waits)
    assert story(browse, cast) == (
        "We can't tell whether it came to your device · comes once more at tomorrow, 3:00\xa0AM, if you don't answer"
    )


def test_a_device_that_was_switched_off_and_an_ntfy_server_that_was_not_there(
    browse: As, cast: Cast, database: Database
) -> None:
    phone = {"channel": "push", "endpoint_id": an_endpoint(database, cast.clara, device="Safari, iPhone")}
    ntfy = {"channel": "ntfy", "endpoint_id": an_endpoint(database, cast.clara, "ntfy", address="topic")}
    off = phone | {"state": "failed", "because": "address_off"}
    lost = ntfy | {"state": "failed", "because": "no server", "due_at": EIGHT + timedelta(minutes=1)}
    came_due(database, cast, cast.clara, cast.walk, off, lost, answer="not_today", answered_at=NOW)
    assert story(browse, cast) == (
        "Not sent: this device was switched off · we couldn't reach you through ntfy: our fault, not yours "
        "· you said not today at 12:00\xa0PM"
    )


def test_a_zone_left_behind_is_nobodys_business(browse: As, cast: Cast, database: Database) -> None:
    came_due(database, cast, cast.clara, cast.walk, {"state": "cancelled", "because": "rekeyed"}, state="rekeyed")
    assert "Nothing yet." in browse(cast.clara).get("/reminders").text


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("look_back", "A look back at your week"),
        ("review", "Your plan comes up for a review"),
        ("ending", "A step ends soon"),
        ("sessions", "Your sessions of the next day"),
    ],
)
def test_a_notice_is_one_plain_line(browse: As, cast: Cast, database: Database, kind: str, title: str) -> None:
    with database.writing() as session:
        notice = Notice(person_id=cast.clara, kind=kind, key="k", due_at=EIGHT, expires_at=NOW, created_at=EIGHT)
        session.add(notice)
        session.flush()
        mail = session.scalars(select(Endpoint.id).where(Endpoint.person_id == cast.clara)).one()
        session.add(
            Delivery(
                notice_id=notice.id,
                endpoint_id=mail,
                person_id=cast.clara,
                channel="email",
                kind="notice",
                state="sent",
                due_at=EIGHT,
                sent_at=EIGHT,
            )  # fmt: skip
        )
    page = browse(cast.clara).get("/reminders").text
    assert title in page
    assert story(browse, cast) == "Sent by mail at 8:00\xa0AM"
    assert title not in browse(cast.sam).get("/reminders").text


def test_a_supporter_reads_the_words_of_a_promise_only_while_it_stands(
    browse: As, cast: Cast, database: Database
) -> None:
    came_due(database, cast, cast.sam, cast.ride, {"state": "sent"})
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
    assert "next today, 8:00\xa0PM" in page


def test_somebody_without_reminders_is_told_where_they_begin(cast: Cast, browse: As) -> None:
    assert "Once you promised something" in browse(cast.sam).get("/reminders").text
    assert "Open a step and choose a time" in browse(cast.clara).get("/reminders").text


def test_the_care_team_is_offered_no_reminders_and_still_reads_what_was_sent(cast: Cast, browse: As) -> None:
    page = browse(cast.theo).get("/reminders").text
    assert "Your times" not in page
    assert "turn-on" not in page
    assert "What was delivered" in page


def test_the_settings_page_leads_those_who_get_reminders_here(browse: As, cast: Cast, database: Database) -> None:
    clara, link = browse(cast.clara), 'href="/reminders"'
    assert link in clara.get("/settings").text
    assert "by mail · no quiet hours" in clara.get("/settings").text
    assert link in browse(cast.sam).get("/settings").text
    assert link not in browse(cast.theo).get("/settings").text
    clara.post("/reminders/settings", data=QUIET)
    clara.post("/reminders/mail", data=MAIL | {"mail_use": "never"})
    assert "nowhere yet · quiet from 10:00\xa0PM to 7:00\xa0AM" in clara.get("/settings").text
    an_endpoint(database, cast.clara, device="Safari, iPhone", keys={})
    assert "1 device · " in clara.get("/settings").text


def test_the_settings_page_names_only_what_is_used(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    clara.post("/reminders/mail", data=MAIL | {"mail_use": "never"})
    an_endpoint(database, cast.clara, "ntfy", address="topic")
    assert "ntfy app · no quiet hours" in clara.get("/settings").text
    clara.post("/reminders/mail", data=MAIL | {"mail_use": "always"})
    assert "ntfy app · by mail · no quiet hours" in clara.get("/settings").text
    with database.writing() as session:
        session.execute(update(Endpoint).values(off_at=NOW))
    assert "nowhere yet · no quiet hours" in clara.get("/settings").text


def test_the_button_names_the_device_in_hand(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    for agent, name in (("… Android …", "phone"), ("… iPad …", "tablet"), ("… Windows …", "computer")):
        page = clara.get("/reminders", headers={"User-Agent": agent}).text
        assert f"Turn on reminders on this {name}" in page
