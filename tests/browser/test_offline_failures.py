"""Nothing that was tapped is lost or counted twice, whatever goes wrong on the way."""

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.offline import NOISE, Phone, Visit, recorded
from tests.support.cast import Cast
from webapp.db import Database

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
PILLS = "Done: Take the morning pills"
ONCE = [("2026-11-19", "done", True)]
MS_TO_SAY_SO = 9_000


def pills(phone: Phone, cast: Cast) -> Any:
    return phone.page.locator(f"#step-{cast.pills}-0800")


def test_a_server_that_hangs_keeps_nobody_waiting(
    visit: Visit, app: Flask, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    app.config["PATIENCE"] = 3000
    phone = visit("/today").keep("/today")
    phone.weather.hang(8)
    phone.tick(PILLS)
    expect(pills(phone, cast)).to_contain_text("saved on this phone", timeout=MS_TO_SAY_SO)
    phone.says("1 change is saved on this phone")
    phone.until_waiting(0)
    phone.weather.clear()
    expect(pills(phone, cast)).to_have_class("step is-done", timeout=MS_TO_SAY_SO)
    assert recorded(database, cast.pills) == ONCE
    phone.weather.hang(8)
    phone.go("/today")
    expect(phone.page.locator("#kept")).to_be_visible()
    phone.weather.clear()


def test_a_reply_that_got_lost_after_it_was_applied_is_not_a_second_tick(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today")
    phone.weather.lose_replies()
    phone.tick(PILLS)
    expect(pills(phone, cast)).to_contain_text("saved on this phone")
    assert recorded(database, cast.pills) == ONCE, "it was applied"
    assert len(phone.waiting()) == 1, "but nobody can know here"
    phone.weather.clear()
    phone.go("/today")
    phone.until_waiting(0)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE
    assert len({form["op_id"] for form in phone.weather.posts_to("/check-ins")}) == 1


def test_a_server_in_trouble_gets_it_later(visit: Visit, cast: Cast, database: Database, trouble: Any) -> None:
    trouble.allow("503|" + NOISE)
    phone = visit("/today").keep("/today")
    phone.weather.fail(503)
    phone.tick(PILLS)
    expect(pills(phone, cast)).to_contain_text("saved on this phone")
    phone.go("/today")
    expect(phone.page.locator("#kept")).to_be_visible()
    expect(pills(phone, cast)).to_contain_text("saved on this phone")
    phone.weather.clear()
    phone.go("/today")
    phone.until_waiting(0)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE


def test_a_sign_in_that_ran_out_loses_nothing(
    visit: Visit, app: Flask, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("401|" + NOISE)
    phone = visit("/today").keep("/today")
    phone.page.context.clear_cookies()
    phone.tick(PILLS)
    phone.says("Sign in to send 1 change. It is safe on this phone.")
    phone.go("/today")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    phone.wait("caches.keys().then((all) => !all.some((name) => name.startsWith('cairn-pages-')))")
    assert recorded(database, cast.pills) == []
    phone.sign_in(app, database, cast.clara)
    phone.go("/today")
    phone.until_waiting(0)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE


def test_somebody_else_on_the_same_phone_sees_no_trace_and_sends_nothing(
    visit: Visit, app: Flask, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today", "/coping", "/progress").off()
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.page.context.clear_cookies()
    phone.on().go("/today")  # the sign-in page
    phone.sign_in(app, database, cast.otto)
    phone.go("/today")
    expect(phone.page.get_by_role("heading", name="Otto's own step")).to_be_visible()
    phone.keep("/today", "/progress")
    expect(phone.page.locator("#connection")).to_be_hidden()
    phone.wait("1")
    assert recorded(database, cast.pills) == []
    assert len(phone.waiting()) == 1, "it stays sealed"
    phone.off()
    for path in phone.kept():
        phone.go(path)
        expect(phone.page.locator("body")).not_to_contain_text("pills")
        expect(phone.page.locator("body")).not_to_contain_text("Clara")
    phone.on()
    phone.sign_in(app, database, cast.clara)
    phone.go("/today")
    phone.until_waiting(0)
    assert recorded(database, cast.pills) == ONCE


def sign_out(page: Page) -> None:
    page.locator(".you summary").click()
    page.get_by_role("button", name="Sign out").click()


def test_signing_out_online_sends_what_waits_and_leaves_nothing(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("503|" + NOISE)
    phone = visit("/today").keep("/today", "/progress")
    phone.weather.fail(503)
    phone.tick(PILLS)
    expect(pills(phone, cast)).to_contain_text("saved on this phone")
    phone.weather.clear()
    sign_out(phone.page)
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert phone.kept() == []
    assert phone.waiting() == []
    assert recorded(database, cast.pills) == ONCE
    phone.page.go_back()
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    phone.off().go("/today")
    expect(phone.page.locator("h1")).to_have_text("No connection just now")


def test_signing_out_offline_says_what_was_not_sent_and_ends_the_session_when_it_can(
    visit: Visit, cast: Cast, app: Flask, database: Database, trouble: Any
) -> None:
    trouble.allow("401|" + NOISE)
    phone = visit("/today").keep("/today", "/progress").off()
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.page.wait_for_timeout(1000)
    sign_out(phone.page)
    dialog = phone.page.locator("#leaving")
    expect(dialog).to_contain_text("Some changes were not sent yet.")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    phone.page.wait_for_timeout(1000)  # app.js takes two taps within a second for one
    sign_out(phone.page)
    dialog.get_by_role("button", name="Sign out").click()
    expect(phone.page.locator("h1")).to_have_text("No connection just now")
    expect(phone.page.get_by_text("You are signed out on this phone.")).to_be_visible()
    assert phone.kept() == []
    for path in ("/today", "/progress"):
        phone.go(path)
        expect(phone.page.locator("h1")).to_have_text("No connection just now")
    phone.page.go_back()
    expect(phone.page.locator("body")).not_to_contain_text("pills")
    token = phone.page.context.cookies()
    phone.on().go("/today")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    phone.page.context.add_cookies([one for one in token if one["name"] == "cairn"])
    phone.go("/today")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    phone.says("Sign in to send 1 change.")
    phone.sign_in(app, database, cast.clara)
    phone.go("/today")
    phone.until_waiting(0)
    assert recorded(database, cast.pills) == ONCE


def test_words_that_were_refused_are_told_of_and_leave_with_their_owner(
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
    phone.on()
    expect(phone.page.locator("#live")).to_contain_text("Something could not be saved as it was.", timeout=15_000)
    sign_out(phone.page)
    dialog = phone.page.locator("#leaving")
    expect(dialog).to_contain_text("Something you wrote could not be saved.")
    expect(dialog.get_by_text("Some changes were not sent yet.")).to_be_hidden()
    dialog.get_by_role("button", name="Sign out").click()
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert phone.waiting() == []


def test_signing_out_in_one_tab_closes_the_others(visit: Visit, trouble: Any) -> None:
    trouble.allow("401|" + NOISE)
    phone = visit("/today").keep("/today")
    other = Phone(phone.page.context.new_page(), phone.weather, phone.origin).go("/today").settle()
    expect(other.page.locator("body")).to_contain_text("pills")
    sign_out(phone.page)
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    expect(other.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_a_page_that_was_on_its_way_when_another_tab_signed_out_does_not_stay(visit: Visit, trouble: Any) -> None:
    trouble.allow("401|" + NOISE)
    phone = visit("/today").keep("/today")
    other = phone.page.context.new_page()
    phone.weather.dawdle(20)
    other.evaluate(f"setTimeout(() => location.assign('{phone.origin}/settings'))")
    for _ in range(200):
        if "/settings" in phone.weather.made:
            break
        phone.page.wait_for_timeout(50)
    assert "/settings" in phone.weather.made
    phone.weather.slow = 0.0  # that page is made, and still arriving
    sign_out(phone.page)
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    phone.settle().page.wait_for_load_state()
    phone.weather.clear()
    other.wait_for_url("**/settings")
    expect(other.get_by_role("heading", name="Sign in", exact=True)).to_be_visible(timeout=10_000)


def test_an_old_browser_ticks_and_signs_out_all_the_same(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    phone.page.evaluate(
        """() => {
            delete HTMLFormElement.prototype.requestSubmit;
            delete HTMLDialogElement.prototype.showModal;
            navigator.serviceWorker.getRegistration = () => Promise.reject(new Error("not here"));
        }"""
    )
    phone.tick(PILLS)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE
    sign_out(phone.page)
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert phone.weather.posts_to("/sign-out")


def test_two_tabs_send_one_outbox_once(visit: Visit, cast: Cast, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    other = Phone(phone.page.context.new_page(), phone.weather, phone.origin).go("/today").settle()
    phone.off()
    phone.tick(PILLS)
    other.tick("Done: Walk by the river")
    phone.until_waiting(2)
    expect(other.page.locator(f"#step-{cast.pills}-0800")).to_contain_text("saved on this phone")
    phone.on()
    other.go("/today")
    phone.go("/today")
    phone.until_waiting(0)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE
    assert recorded(database, cast.walk) == ONCE


def test_a_page_that_was_made_before_something_was_sent_and_came_after_it_shows_it(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("503|" + NOISE)
    phone = visit("/today").keep("/today")
    phone.weather.fail(503)
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.weather.clear()
    phone.weather.dawdle(20)
    with phone.page.context.expect_page() as opening:
        phone.page.evaluate("window.open('/today'), null")
        for _ in range(200):
            if "/today" in phone.weather.made:
                break
            phone.page.wait_for_timeout(50)
        assert "/today" in phone.weather.made
        phone.send().until_waiting(0)
        phone.weather.clear()
    late = Phone(opening.value, phone.weather, phone.origin)
    expect(pills(late, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE


def test_a_kept_page_shows_what_was_sent_after_it_was_kept(visit: Visit, app: Flask, cast: Cast, trouble: Any) -> None:
    trouble.allow("503|" + NOISE)
    app.config["PATIENCE"] = 500
    phone = visit("/today").keep("/today")
    phone.weather.fail(503)
    phone.tick(PILLS)
    phone.says("1 change is saved on this phone")
    phone.weather.clear()
    phone.weather.dawdle(20)
    phone.send().until_waiting(0)
    phone.go("/today")
    expect(phone.page.locator("#kept")).to_be_visible()
    phone.weather.clear()
    expect(pills(phone, cast)).to_have_class("step is-done")


def test_a_kept_page_that_is_older_than_what_was_sent_is_not_asked_for_over_and_over(
    visit: Visit, app: Flask, trouble: Any
) -> None:
    trouble.allow("503|" + NOISE)
    app.config["PATIENCE"] = 300
    phone = visit("/today").keep("/today")
    phone.weather.fail(503)
    phone.page.get_by_role("button", name="I need a day").click()
    phone.says("1 change is saved on this phone")
    phone.weather.clear()
    phone.weather.dawdle(20)
    phone.send().until_waiting(0)
    shown: list[str] = []
    phone.page.on("framenavigated", lambda frame: shown.append(frame.url))
    phone.page.wait_for_timeout(3000)
    assert len(shown) < 3, "it shows itself anew once, and then waits for a newer page"
    phone.weather.clear()


def test_on_and_off_and_on_and_off(visit: Visit, cast: Cast, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.on()
    phone.until_waiting(0)
    phone.off()
    phone.go("/today")
    phone.tick("Done: Walk by the river")
    phone.until_waiting(1)
    phone.on()
    phone.until_waiting(0)
    phone.off().go("/today")
    phone.on().go("/today")
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert (recorded(database, cast.pills), recorded(database, cast.walk)) == (ONCE, ONCE)


def test_a_worker_that_is_killed_starts_again_and_sends(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    phone.weather.cut()  # the browser's own switch would not reach a worker that starts anew
    devtools = phone.page.context.new_cdp_session(phone.page)
    devtools.send("ServiceWorker.enable")
    phone.tick(PILLS)
    phone.until_waiting(1)
    devtools.send("ServiceWorker.stopAllWorkers")
    phone.go("/today")
    expect(pills(phone, cast)).to_contain_text("saved on this phone")
    devtools.send("ServiceWorker.stopAllWorkers")
    phone.weather.clear()
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.until_waiting(0)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE


def test_a_worker_killed_while_it_was_sending_sends_the_same_once_more(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("htmx|" + NOISE)
    phone = visit("/today").keep("/today")
    devtools = phone.page.context.new_cdp_session(phone.page)
    devtools.send("ServiceWorker.enable")
    phone.weather.hang(8)
    phone.tick(PILLS)
    phone.until_waiting(1)
    devtools.send("ServiceWorker.stopAllWorkers")
    phone.weather.clear()
    phone.go("/today")
    phone.until_waiting(0)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE


def test_where_nothing_can_be_kept_it_goes_straight_and_says_when_it_did_not_arrive(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today", "/coping")
    phone.page.context.service_workers[0].evaluate(
        "() => { indexedDB.open = () => { throw new DOMException('broken'); }; }"
    )
    phone.tick(PILLS)
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE
    phone.off()
    phone.tick("Done: Walk by the river")
    expect(phone.page.locator(f"#step-{cast.walk} .unsaved")).to_contain_text("Not saved yet")
    card = phone.page.locator(f"#step-{cast.walk}")
    expect(card).not_to_contain_text("saved on this phone")
    phone.on()
    phone.tick("Done: Walk by the river")
    expect(card).to_have_class("step is-done")
    assert recorded(database, cast.walk) == ONCE


def test_with_the_worker_blocked_nothing_typed_is_lost(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today", settle=False, service_workers="block")
    card = phone.page.locator(f"#step-{cast.walk}")
    card.locator("summary").first.click()
    card.get_by_text("Did some, not today, another day").click()
    card.get_by_label("Note").fill("To the bridge")
    phone.off()
    card.get_by_role("button", name="Did some").click()
    expect(card.locator(".unsaved")).to_contain_text("What you wrote is still here.")
    expect(card.get_by_label("Note")).to_have_value("To the bridge")
    need = phone.page.get_by_role("button", name="I need a day")
    need.click()
    expect(phone.page.locator("form > .unsaved").last).to_contain_text("Not saved yet")
    phone.on()
    phone.page.wait_for_timeout(1000)
    need.click()
    expect(phone.page.get_by_role("heading", name="A small day")).to_be_visible()
    assert recorded(database, cast.walk) == []


def test_a_second_tap_on_a_slow_server_is_no_second_tick(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    phone.weather.hang(3)
    tick = f"document.getElementById('tick-step-{cast.walk}').click()"
    phone.page.evaluate(tick)
    phone.page.wait_for_timeout(1200)  # longer than app.js takes two taps for one
    phone.page.evaluate(tick)
    phone.page.wait_for_timeout(300)
    phone.weather.clear()
    phone.until_waiting(0)
    expect(phone.page.locator(f"#step-{cast.walk}")).to_have_class("step is-done")
    assert recorded(database, cast.walk) == ONCE
    assert len(phone.weather.posts_to("/check-ins")) == 1


def test_three_quick_taps_are_one(visit: Visit, cast: Cast, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    tick = f"tick-step-{cast.pills}-0800"
    phone.page.evaluate(
        """async (id) => {
            for (const _ of "123") {
                document.getElementById(id).click();
                await new Promise((go) => setTimeout(go, 120));
            }
        }""",
        tick,
    )
    expect(pills(phone, cast)).to_have_class("step is-done")
    assert recorded(database, cast.pills) == ONCE
    phone.off()
    phone.page.locator(f"#tick-step-{cast.walk}").click(click_count=3)
    expect(phone.page.locator(f"#step-{cast.walk}")).to_contain_text("saved on this phone")
    assert len(phone.waiting()) == 1


def test_with_the_worker_blocked_the_button_that_was_tapped_is_told(
    visit: Visit, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/coping", settle=False, service_workers="block")
    phone.page.get_by_text("I’m using this now").click()
    phone.page.get_by_role("button", name="7", exact=True).click()
    expect(phone.page.get_by_text("It was 7 when you started.")).to_be_visible()
