"""What is tapped without a network is kept, shown as waiting, and arrives once."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.browser.offline import NOISE, Visit, recorded
from tests.conftest import As
from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import CopingUse, Op

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]


def test_a_tick_made_offline_waits_in_sight_and_is_sent_once(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off().go("/today")
    phone.tick("Done: Take the morning pills")
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_contain_text("saved on this phone")
    assert "is-waiting" in (card.get_attribute("class") or "")
    phone.says("1 change is saved on this phone")
    expect(phone.page.locator("#live")).to_contain_text("Saved on this phone.")
    assert recorded(database, cast.pills) == []
    phone.go("/today")
    expect(card).to_contain_text("saved on this phone")
    card.locator("summary").first.focus()
    phone.on()
    phone.until_waiting(0)
    expect(card).to_have_class("step is-done")
    expect(card.locator("summary").first).to_be_focused()
    assert recorded(database, cast.pills) == [("2026-11-19", "done", True)]
    assert len({form["op_id"] for form in phone.weather.posts_to("/check-ins")}) == 1
    expect(phone.page.locator("#connection")).to_be_hidden()


def test_what_waits_is_listed_and_a_second_tap_takes_back_what_was_never_sent(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    phone.page.context.service_workers[0].evaluate("() => { self.fetch = () => new Promise(() => {}); }")
    phone.page.context.service_workers[0].evaluate(  # something else is just being sent
        "() => { navigator.locks.request('cairn-outbox', () => new Promise((go) => { self.go = go; })); }"
    )
    phone.tick("Done: Take the morning pills")
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_contain_text("saved on this phone", timeout=9000)
    phone.page.locator("#connection summary").click()
    expect(phone.page.locator("#connection li")).to_contain_text("Done: Take the morning pills")
    phone.tick("Take back: Take the morning pills")
    expect(phone.page.locator("#live")).to_contain_text("Taken back.")
    expect(card).to_have_class("step is-open is-next")
    assert phone.waiting() == []
    assert recorded(database, cast.pills) == []


def test_some_with_a_note_on_another_day_waits_and_arrives_as_it_was_said(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    card = phone.page.locator(f"#step-{cast.walk}")
    card.locator("summary").first.click()
    card.get_by_text("Did some, not today, another day").click()
    card.get_by_label("Note").fill("Only to the bridge")
    card.get_by_label("Which day").fill("2026-11-17")
    card.get_by_role("button", name="Did some").click()
    expect(card).to_contain_text("saved on this phone")
    phone.page.locator("#connection summary").click()
    expect(phone.page.locator("#connection li")).to_contain_text("Only to the bridge")
    expect(card).to_have_class("step is-open")
    phone.tick("Done: Walk by the river")  # today is another matter
    expect(card).to_have_class(re.compile("is-waiting"))
    phone.until_waiting(2)
    phone.on()
    phone.until_waiting(0)
    assert recorded(database, cast.walk) == [("2026-11-17", "some", True), ("2026-11-19", "done", True)]


def test_a_note_leaves_the_ring_alone_and_what_was_undone_is_said_again_as_it_was(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    card.locator("summary").first.click()
    card.get_by_text("Did some, not today, another day").click()
    card.get_by_role("button", name="Did some").click()
    expect(card).to_have_class("step is-some")
    phone.off()
    card.locator("summary").first.click()
    card.get_by_role("button", name="Undo").click()
    expect(card).to_have_class(re.compile("is-back"))
    phone.page.wait_for_timeout(1000)  # until it was tried
    phone.tick("Done: Take the morning pills")
    phone.until_waiting(2)
    phone.on()
    phone.until_waiting(0)
    assert recorded(database, cast.pills) == [("2026-11-19", "some", False), ("2026-11-19", "some", True)]
    expect(card).to_have_class("step is-some")
    phone.off()
    card.get_by_text("Add a note").click()
    card.get_by_label("Note").first.fill("Half of them")
    card.get_by_role("button", name="Save the note").click()
    expect(card).to_contain_text("saved on this phone")
    expect(card).to_have_class("step is-some")
    expect(card.get_by_role("button", name="Take back: Take the morning pills")).to_be_visible()


def test_what_was_refused_comes_back_with_the_reason_and_the_words(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("422|" + NOISE)
    phone = visit("/today").keep("/today").off()
    card = phone.page.locator(f"#step-{cast.walk}")
    card.locator("summary").first.click()
    card.get_by_text("Did some, not today, another day").click()
    card.get_by_label("Note").fill("Too early to tell")
    card.get_by_label("Which day").fill("2026-12-24")
    card.locator(f"#step-{cast.walk}-done").click()
    expect(card).to_contain_text("saved on this phone")
    phone.on().go("/today")
    back = phone.page.locator("#connection li")
    expect(back).to_contain_text("Dec 24 is still to come. You can add it on the day.")
    expect(back).to_contain_text("Too early to tell")
    phone.says("Something could not be saved as it was. Your words are still here.")
    expect(card).not_to_contain_text("saved on this phone")
    back.get_by_role("button", name="Try again").click()
    expect(back.get_by_text("Dec 24 is still to come.")).to_be_visible()
    back.get_by_role("button", name="Put away").click()
    expect(phone.page.locator("#connection")).to_be_hidden()
    assert phone.waiting() == []
    assert recorded(database, cast.walk) == []


def test_a_strategy_is_used_offline_from_beginning_to_end(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/coping").off().go("/coping")
    phone.page.get_by_text("I’m using this now").click()
    phone.page.get_by_role("button", name="7", exact=True).click()
    expect(phone.page.get_by_role("heading", name="Slow breathing")).to_be_visible()
    expect(phone.page.get_by_text("You are using this now")).to_be_visible()
    phone.page.locator("#after").get_by_label("3", exact=True).check(force=True)
    phone.page.get_by_label("a little").check()
    phone.page.get_by_label("A note for yourself").fill("Slower each time")
    phone.page.get_by_role("button", name="Save").click()
    expect(phone.page.get_by_role("heading", name="Coping")).to_be_visible()
    phone.says("2 changes are saved on this phone.")
    phone.on()
    phone.until_waiting(0)
    with database.reading() as connection:
        (use,) = connection.execute(select(CopingUse.before, CopingUse.after, CopingUse.helped, CopingUse.note)).all()
    assert tuple(use) == (7, 3, "a_little", "Slower each time")


def test_a_small_day_begins_at_once_and_is_told_later(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    phone.page.get_by_role("button", name="I need a day").click()
    expect(phone.page.get_by_role("heading", name="A small day")).to_be_visible()
    expect(phone.page.locator(f"#step-{cast.hotline}")).to_be_hidden()
    expect(phone.page.locator(f"#step-{cast.walk}")).to_be_visible()
    phone.page.get_by_role("button", name="Show my whole day").click()
    expect(phone.page.get_by_role("heading", name="A small day")).to_be_hidden()
    expect(phone.page.locator(f"#step-{cast.hotline}")).to_be_visible()
    phone.until_waiting(2)
    phone.page.wait_for_timeout(1000)  # app.js takes two taps within a second for one
    phone.page.get_by_role("button", name="I need a day").click()
    expect(phone.page.get_by_role("heading", name="A small day")).to_be_visible()
    phone.on()
    phone.until_waiting(0)
    phone.go("/today")
    expect(phone.page.get_by_role("heading", name="A small day")).to_be_visible()
    assert [path for path, _form in phone.weather.posts if path.startswith("/bad-day")] == [
        "/bad-day",
        "/bad-day/undo",
        "/bad-day",
    ]


def test_a_supporter_says_offline_that_it_happened(visit: Visit, cast: Cast, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/promises", cast.sam).keep("/promises").off().go("/promises")
    phone.page.locator(f"#happened-{cast.promise}").click()
    card = phone.page.locator(f"#promise-{cast.promise}")
    expect(card).to_contain_text("saved on this phone")
    phone.on()
    phone.until_waiting(0)
    expect(card).not_to_contain_text("saved on this phone")
    expect(card).to_contain_text("It happened, today")
    assert recorded(database, cast.ride) == [("2026-11-19", "done", True)]


def test_a_tick_that_may_have_arrived_is_taken_back_after_it_and_can_be_said_again(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    for name, ring in (
        ("Done", "is-waiting"),
        ("Take back", "is-back"),
        ("Done", "is-waiting"),
        ("Take back", "is-back"),
    ):
        phone.tick(f"{name}: Take the morning pills")
        expect(card).to_have_class(re.compile(ring))
        phone.page.wait_for_timeout(1000)  # app.js takes two taps within a second for one
    phone.until_waiting(2)  # the taking back was never sent, so the third tap only removed it
    phone.go("/today")
    expect(card).to_have_class(re.compile("is-back"))
    phone.on()
    phone.until_waiting(0)
    expect(card).to_have_class("step is-open is-next")
    assert recorded(database, cast.pills) == [("2026-11-19", "done", False)]


def test_what_was_done_before_is_taken_back_offline(visit: Visit, cast: Cast, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    phone.tick("Done: Take the morning pills")
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_have_class("step is-done")
    phone.off()
    phone.page.wait_for_timeout(1000)
    phone.tick("Take back: Take the morning pills")
    expect(card).to_have_class(re.compile("is-back"))
    phone.page.wait_for_timeout(1000)
    phone.tick("Done: Take the morning pills")
    expect(card).to_have_class(re.compile("is-waiting"))
    phone.on()
    phone.until_waiting(0)
    expect(card).to_have_class("step is-done")
    assert recorded(database, cast.pills) == [("2026-11-19", "done", False), ("2026-11-19", "done", True)]


def test_something_newer_from_another_device_stands(
    visit: Visit, browse: As, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    phone.tick("Done: Take the morning pills")
    phone.until_waiting(1)
    # The phone waits for two minutes; meanwhile Clara says something else on another one.
    phone.page.context.service_workers[0].evaluate(LATER)
    other = {"op_id": str(uuid4()), "outcome": "not_today", "slot": "08:00", "day": "2026-11-19"}
    browse(cast.clara).post(f"/steps/{cast.pills}/check-ins", data=other)
    phone.on()
    phone.until_waiting(0)
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_have_class("step is-not-today")
    expect(phone.page.locator("#live")).to_contain_text("You said something newer about today.")
    with database.reading() as connection:
        assert connection.execute(select(Op.superseded).order_by(Op.id)).scalars().all() == [False, True]


LATER = """() => {
  const Right = Date;
  self.Date = class extends Right {
    constructor(...all) { all.length ? super(...all) : super(Right.now() + 120e3); }
    static now() { return Right.now() + 120e3; }
  };
}"""


def test_without_script_everything_goes_straight_and_says_what_was_saved(
    visit: Visit, cast: Cast, database: Database
) -> None:
    phone = visit("/today", settle=False, javascript=False)
    phone.page.get_by_role("button", name="Done: Take the morning pills").click()
    expect(phone.page.locator("#messages")).to_contain_text("Saved: done, today.")
    expect(phone.page.locator("#connection")).to_be_hidden()
    assert recorded(database, cast.pills) == [("2026-11-19", "done", True)]
