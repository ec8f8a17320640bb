"""What an answer means for what was tapped: ours ends it, a stranger's never does, and what can't pass comes back."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from tests.browser.offline import NOISE, Phone, Visit, recorded
from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import CopingUse

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
PILLS = "Done: Take the morning pills"
ONCE = [("2026-11-19", "done", True)]
REFUSED = "Something could not be saved as it was. Your words are still here."


def answer_changes(phone: Phone, status: str, **more: str) -> Callable[[], None]:
    """Have every change answered like this, by somebody before our server; what comes back ends it."""
    right = phone.weather.app

    def between(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            return right(environ, start)
        start(status, [("Content-Type", "text/html"), *more.items()])
        return [b"not from here"]

    def end() -> None:
        phone.weather.app = right

    phone.weather.app = between
    return end


def test_a_strangers_page_does_not_count_as_saved(visit: Visit, cast: Cast, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    over = answer_changes(phone, "200 OK")
    phone.tick(PILLS)
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_contain_text("saved on this phone")
    phone.send()
    assert len(phone.waiting()) == 1
    over()
    phone.send()
    phone.until_waiting(0)
    expect(card).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE


def test_a_redirect_counts_as_saved_only_when_our_server_says_so(
    visit: Visit, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    portal_over = answer_changes(phone, "302 Found", Location="/help-now")
    phone.page.get_by_role("button", name="I need a day").click()
    expect(phone.page.get_by_role("heading", name="A small day")).to_be_visible()
    phone.says("1 change is saved on this phone")
    portal_over()
    phone.page.evaluate("self.before = true")
    phone.send()
    phone.until_waiting(0)
    phone.wait("!self.before")  # it shows itself anew, as the server has it
    expect(phone.page.get_by_role("heading", name="A small day")).to_be_visible()
    expect(phone.page.locator("#connection")).to_be_hidden()
    phone.page.get_by_role("button", name="Show my whole day").click()
    expect(phone.page.get_by_text("Your whole day is back.")).to_be_visible()
    assert phone.waiting() == []
    assert len({form["op_id"] for form in phone.weather.posts_to("/bad-day/undo")}) == 1


def test_what_belongs_to_nothing_any_more_gives_the_words_back(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("404|" + NOISE)
    phone = visit("/coping")
    phone.page.get_by_text("I’m using this now").click()
    phone.page.get_by_role("button", name="7", exact=True).click()
    expect(phone.page.get_by_text("You are using this now")).to_be_visible()
    with database.writing() as session:
        session.execute(delete(CopingUse))
    phone.page.get_by_label("A note for yourself").fill("Slower each time")
    phone.page.get_by_role("button", name="Save").click()
    back = phone.page.locator("#connection li")
    expect(back).to_contain_text("What this belongs to was taken back, or never arrived here.")
    expect(back).to_contain_text("Slower each time")


@pytest.mark.parametrize("status", ["413 Too much", "403 Not from here", "405 Not so"])
def test_what_never_passes_can_be_put_away_at_once(visit: Visit, cast: Cast, trouble: Any, status: str) -> None:
    trouble.allow("413|403|405|" + NOISE)
    phone = visit("/today").keep("/today")
    answer_changes(phone, status)
    phone.tick(PILLS)
    phone.says(REFUSED)
    expect(phone.page.locator(".is-tapped")).to_have_count(0)
    phone.page.get_by_role("button", name="Put away").click()
    expect(phone.page.locator("#connection")).to_be_hidden()
    assert phone.waiting() == []


def test_what_troubles_the_server_every_time_can_be_put_away_and_is_tried_on(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("500|" + NOISE)
    phone = visit("/today").keep("/today")
    well = answer_changes(phone, "500 Trouble")
    phone.tick(PILLS)
    phone.says("1 change is saved on this phone")
    for _ in range(4):
        phone.send()
    phone.says(REFUSED)
    expect(phone.page.get_by_role("button", name="Try again")).to_be_visible()
    well()
    phone.send()
    phone.until_waiting(0)
    assert recorded(database, cast.pills) == ONCE


def test_one_thing_that_hangs_does_not_hold_up_another(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.tick("Done: Walk by the river")
    phone.until_waiting(2)
    right = phone.weather.app
    step = f"/steps/{cast.pills}/check-ins"

    def hanging(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == step:
            time.sleep(3)
        return right(environ, start)

    phone.weather.app = hanging
    phone.page.context.service_workers[0].evaluate(
        """() => {
            const { timeout } = AbortSignal;
            AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms === 20000 ? 1000 : ms);
        }"""
    )
    phone.on().send()
    (still,) = phone.waiting()
    assert still["url"] == step
    assert recorded(database, cast.walk) == ONCE
    phone.weather.app = right
    phone.send().until_waiting(0)
    assert recorded(database, cast.pills) == ONCE


def test_what_came_back_is_not_promised_to_be_sent_on_signing_in(visit: Visit, cast: Cast, trouble: Any) -> None:
    trouble.allow("413|" + NOISE)
    phone = visit("/today").keep("/today")
    over = answer_changes(phone, "413 Too much")
    phone.tick(PILLS)
    phone.says(REFUSED)
    over()
    phone.page.locator(".you summary").click()
    phone.page.locator(".you").get_by_role("button", name="Sign out").click()
    phone.page.locator("#leaving").get_by_role("button", name="Sign out").click()
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert phone.waiting() == [], "what was refused is put away, as the dialog said"
    phone.off().go("/today")
    expect(phone.page.locator("h1")).to_have_text("No connection just now")
    phone.wait("navigator.serviceWorker.controller")
    expect(phone.page.locator("#connection")).to_be_hidden()
