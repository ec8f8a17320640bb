"""Leaving for good: after a quick exit, a sign-out or a borrowed phone nothing is left to be found; and the lock."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from tests.browser.offline import NOISE, Phone, Visit, recorded
from tests.browser.test_offline_kept import PASSWORD, sign_in
from tests.browser.test_offline_leaving import open_sign_ins, sign_out, until_ended
from tests.conftest import KEY
from tests.support import axe
from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.db import Database
from webapp.models import Person, SignIn
from webapp.services import locks, settings

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
PILLS = "Done: Take the morning pills"
PIN = "4071"
FOUND = """async () => ({
  caches: await caches.keys(),
  databases: (await indexedDB.databases()).map((one) => one.name),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  local: Object.keys(localStorage), session: Object.keys(sessionStorage),
})"""
LOOK = """() => document.dispatchEvent(new Event("visibilitychange"))"""  # as when a tab comes to the front
NOTHING = {"caches": [], "databases": [], "workers": 0, "local": [], "session": []}


def exit_quickly(page: Page) -> None:
    page.get_by_role("button", name="Quick exit").click()
    expect(page.locator("h1")).to_have_text("Unit converter")


def back_leads_nowhere(page: Page, words: str = "Unit converter") -> None:
    for _ in range(4):
        page.go_back(wait_until="commit")
        if page.url == "about:blank":  # before the first page of this window
            return
        expect(page.locator("h1")).to_have_text(words)


def lost(database: Database, person_id: int) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(Person.unsent_lost).where(Person.id == person_id)).scalar_one())


def test_after_a_quick_exit_nothing_is_left_and_back_leads_nowhere(
    visit: Visit, cast: Cast, app: Flask, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today", "/coping")
    page = phone.page
    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == "cairn")
    phone.tick(PILLS)
    expect(page.locator(f"#step-{cast.pills}-0800")).to_have_class("step is-done")
    page.get_by_role("link", name="Help now").click()
    expect(page.locator("h1")).to_contain_text("alone")
    phone.go("/coping")
    box = page.get_by_role("button", name="Quick exit").bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 48
    pages = page.evaluate("history.length")
    exit_quickly(page)
    assert page.evaluate("history.length") == pages, "the page that was left is no page to go back to"
    assert page.title() == "Unit converter"
    until_ended(phone, database)
    phone.wait("caches.keys().then((all) => !all.length)")
    phone.wait("navigator.serviceWorker.getRegistrations().then((all) => !all.length)")
    assert page.evaluate(FOUND) == NOTHING
    assert {one["name"] for one in page.context.cookies()} == {"units"}
    back_leads_nowhere(page)
    thief = app.test_client()
    thief.set_cookie("cairn", cookie)
    assert thief.get("/settings").status_code == 303
    page.goto(phone.origin + "/")
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_what_waits_is_sent_on_the_way_out_when_it_can_be(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("503|" + NOISE)
    phone = visit("/today").keep("/today")
    phone.weather.fail(503)
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.weather.clear()
    exit_quickly(phone.page)
    until_ended(phone, database)
    assert recorded(database, cast.pills) == [("2026-11-19", "done", True)]
    assert lost(database, cast.clara) == 0


SOMEBODY_ELSES = """() => new Promise((done) => {
  const asked = indexedDB.open("cairn", 1);
  asked.onsuccess = () => {
    const ops = asked.result.transaction("ops", "readwrite");
    ops.objectStore("ops").add({ user: "somebody-else", item: "x", url: "/x", body: "" });
    ops.oncomplete = () => { asked.result.close(); done(); };
  };
})"""


def test_what_somebody_else_left_unsent_on_the_phone_stays_theirs(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.page.evaluate(SOMEBODY_ELSES)
    exit_quickly(phone.page)
    phone.on().go("/")
    until_ended(phone, database)
    phone.wait("caches.has('cairn-state').then((there) => !there)")
    assert [one["user"] for one in phone.waiting()] == ["somebody-else"]
    assert lost(database, cast.clara) == 1
    assert phone.kept() == []


def test_without_a_network_it_is_the_same_and_the_server_hears_of_it_later(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    phone.tick(PILLS)
    phone.until_waiting(1)
    for _ in range(3):
        phone.page.keyboard.press("Escape")
    expect(phone.page.locator("h1")).to_have_text("Unit converter")
    phone.until_waiting(1)  # only the note that the server has to be told
    assert phone.waiting()[0]["seq"] == 0
    assert phone.kept() == []
    back_leads_nowhere(phone.page)
    phone.go("/help-now")
    expect(phone.page.get_by_role("heading", name="Lines to call or text")).to_be_visible()
    assert open_sign_ins(database) == 1
    phone.on().go("/")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    until_ended(phone, database)
    assert lost(database, cast.clara) == 1
    assert recorded(database, cast.pills) == []


def test_it_works_without_script_too(enter: Callable[..., Page], cast: Cast, database: Database) -> None:
    page = enter(cast.clara, "/coping", javascript=False)
    page.get_by_role("link", name="Plan").first.click()
    exit_quickly(page)
    assert open_sign_ins(database) == 0
    back_leads_nowhere(page)


def test_after_a_sign_out_back_shows_a_page_to_sign_in_and_nothing_is_kept(
    visit: Visit, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").go("/coping").go("/plan")
    sign_out(phone.page)
    expect(phone.page.locator("h1")).to_have_text("Sign in")
    until_ended(phone, database)
    assert phone.kept() == phone.waiting() == []
    back_leads_nowhere(phone.page, "Sign in")


def test_on_a_borrowed_phone_nothing_outlasts_the_browser(
    enter: Callable[..., Page], cast: Cast, database: Database
) -> None:
    with database.writing() as session:
        settings.choose_password(session, cast.clara, PASSWORD, NOW)
    page = enter(None, "/sign-in")
    assert page.evaluate(FOUND) == NOTHING, "a stranger leaves no trace"
    phone = Phone(page, None, page.url.removesuffix("/sign-in"))  # type: ignore[arg-type]
    sign_in(phone, borrowed=True)
    for path in ("/coping", "/plan", "/progress", "/people", "/settings", "/reminders", "/help-now", "/today"):
        phone.go(path)
    phone.tick(PILLS)
    expect(page.locator(f"#step-{cast.pills}-0800")).to_have_class("step is-done")
    assert page.evaluate(FOUND) == NOTHING
    assert {one["expires"] for one in page.context.cookies()} == {-1}, "gone with the browser"
    assert page.context.storage_state()["origins"] == []


def test_another_tab_on_a_borrowed_phone_shows_nothing_more_when_somebody_looks_at_it(
    enter: Callable[..., Page], cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("401|" + NOISE)
    with database.writing() as session:
        settings.choose_password(session, cast.clara, PASSWORD, NOW)
    page = enter(None, "/sign-in")
    origin = page.url.removesuffix("/sign-in")
    sign_in(Phone(page, None, origin), borrowed=True)  # type: ignore[arg-type]
    other = page.context.new_page()
    other.goto(origin + "/today")
    expect(other.locator("body")).to_contain_text("pills")
    other.evaluate("self.same = true")
    with other.expect_response("**/whoami"):
        other.evaluate(LOOK)
    assert other.evaluate("self.same")
    sign_out(page)
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    other.evaluate(LOOK)
    expect(other.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert other.evaluate(FOUND) == NOTHING


def test_a_page_on_a_screen_nobody_came_back_to_goes_with_its_sign_in(
    enter: Callable[..., Page], cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("401|" + NOISE)
    page = enter(cast.theo, "/caseload")
    page.clock.install()
    page.reload()
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()
    page.evaluate("self.same = true")
    with page.expect_response("**/whoami"):
        page.clock.fast_forward("01:30")
    assert page.evaluate("self.same")
    with database.writing() as session:
        session.execute(update(SignIn).values(ended_at=NOW))
    page.clock.fast_forward("01:30")
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_what_somebody_was_writing_waits_behind_a_cover_when_their_sign_in_runs_out(
    enter: Callable[..., Page], cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("401|" + NOISE)
    page = enter(cast.theo, f"/clients/{cast.clara}/plan/goal/new")
    page.get_by_label("Goal").first.fill("Sing where others hear it")
    with database.writing() as session:
        session.execute(update(SignIn).values(ended_at=NOW))
    page.evaluate(LOOK)
    expect(page.get_by_text("What you wrote is still here")).to_be_visible()
    expect(page.locator("#main")).to_be_hidden()
    expect(page.get_by_role("textbox")).to_have_count(0)
    assert axe.complaints(page) == []
    with database.writing() as session:
        session.execute(update(SignIn).values(ended_at=None))  # as when he signs in again in another tab
    page.evaluate(LOOK)
    expect(page.get_by_label("Goal").first).to_have_value("Sing where others hear it")
    expect(page.get_by_text("What you wrote is still here")).to_be_hidden()


def test_a_page_that_its_lock_shut_keeps_what_was_written_when_its_owner_comes_back(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("401|" + NOISE)
    locked(database, cast.clara)
    phone = visit("/agenda")
    phone.page.locator("#agenda-text").fill("The anniversary")
    with database.writing() as session:
        session.execute(update(SignIn).values(locked_at=NOW))
    phone.page.evaluate("self.same = true")
    phone.page.evaluate(LOOK)
    phone.page.wait_for_timeout(1000)
    assert phone.page.evaluate("self.same"), "lock.js alone decides about it"
    expect(phone.page.locator("#agenda-text")).to_have_value("The anniversary")


def test_a_quick_exit_in_one_tab_leaves_nothing_in_the_others(visit: Visit, trouble: Any) -> None:
    trouble.allow("401|" + NOISE)
    phone = visit("/today").keep("/today")
    other = Phone(phone.page.context.new_page(), phone.weather, phone.origin).go("/plan").settle()
    expect(other.page.locator("body")).to_contain_text("pills")
    exit_quickly(phone.page)
    expect(other.page.locator("body")).not_to_contain_text("pills", timeout=10_000)
    expect(other.page.locator("h1")).to_have_text(re.compile("Sign in|Unit converter"))
    phone.wait("caches.keys().then((all) => !all.length)")
    assert other.page.evaluate(FOUND) == NOTHING


def locked(database: Database, person_id: int, after: int = 5) -> None:
    with database.writing() as session:
        locks.keep(session, acting(person_id), KEY, PIN, after)


def type_pin(page: Page, pin: str = PIN) -> None:
    page.get_by_label("PIN").fill(pin)
    page.get_by_role("button", name="Open", exact=True).click()


def test_a_phone_that_locked_itself_shows_only_lines_to_call_without_a_network_and_asks_for_the_pin_with_one(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    locked(database, cast.clara)
    phone = visit("/today").keep("/today", "/help-now")
    phone.wait("caches.match('/away').then((found) => found)")
    phone.page.evaluate(
        """async () => {
            const away = new Response(JSON.stringify({ after: 300, at: Date.now() - 301e3 }));
            await (await caches.open("cairn-state")).put("/away", away);
        }"""
    )
    devtools = phone.page.context.new_cdp_session(phone.page)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    phone.weather.cut()
    phone.go("/today")
    expect(phone.page.locator("h1")).to_have_text("No connection just now")
    expect(phone.page.get_by_text("It opens with your PIN")).to_be_visible()
    assert phone.kept() == []
    phone.go("/help-now")
    expect(phone.page.get_by_role("heading", name="Lines to call or text")).to_be_visible()
    expect(phone.page.get_by_text("Aunt June")).to_have_count(0)
    phone.weather.clear()
    phone.go("/plan")
    expect(phone.page.locator("h1")).to_have_text("Locked")
    assert axe.complaints(phone.page) == []
    type_pin(phone.page)
    expect(phone.page.locator("h1")).to_have_text("My plan")
    assert phone.page.url.endswith("/plan")


def test_an_open_page_shuts_when_nobody_touches_it_and_keeps_what_was_being_typed(
    enter: Callable[..., Page], cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("422|" + NOISE)
    locked(database, cast.clara)
    page = enter(cast.clara, "/coping")
    page.clock.install()
    page.goto(page.url)
    page.clock.fast_forward(295_000)
    expect(page.locator("h1")).to_have_text("Coping")
    page.clock.fast_forward(10_000)
    expect(page.locator("h1")).to_have_text("Locked")
    type_pin(page)
    expect(page.locator("h1")).to_have_text("Coping")
    page.goto(page.url.replace("/coping", "/agenda"))
    page.locator("#main textarea").first.fill("The night shifts")
    page.clock.fast_forward(400_000)
    expect(page.locator("#shut")).to_be_visible()
    expect(page.locator("#main")).to_be_hidden()
    expect(page.locator(".you")).to_be_hidden()
    expect(page.get_by_role("button", name="Quick exit")).to_be_visible()
    assert axe.complaints(page, rules=("label", "color-contrast", "page-has-heading-one")) == []
    type_pin(page, "9999")
    expect(page.locator("#shut-said")).to_contain_text("4 more tries")
    page.clock.fast_forward(1000)  # within a second it would be the same tap
    type_pin(page)
    expect(page.locator("#shut")).to_have_count(0)
    expect(page.locator("#main textarea").first).to_have_value("The night shifts")


def test_whoever_opened_a_shut_page_again_is_not_asked_for_the_pin_at_the_next_one(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    locked(database, cast.clara)
    phone = visit("/today").keep("/today")
    phone.page.clock.install()
    phone.go("/agenda")
    phone.page.locator("#main textarea").first.fill("The night shifts")
    phone.page.clock.fast_forward(400_000)
    expect(phone.page.locator("#shut")).to_be_visible()
    type_pin(phone.page)
    expect(phone.page.locator("#shut")).to_have_count(0)
    expect(phone.page.locator("#main textarea").first).to_have_value("The night shifts")
    phone.go("/plan")
    expect(phone.page.locator("h1")).to_have_text("My plan")
