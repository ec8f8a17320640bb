"""Signing out holds, whatever the network does: nothing is kept or shown after it, and the server is told."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.offline import NOISE, Phone, Visit
from tests.browser.test_push import Phone as PushedTo
from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
SAID = "You are signed out on this phone."


def sign_out(page: Page) -> None:
    page.locator(".you summary").click()
    page.get_by_role("button", name="Sign out").click()


def open_sign_ins(database: Database) -> int:
    with database.reading() as connection:
        return len(connection.execute(select(SignIn.id).where(SignIn.ended_at.is_(None))).all())


def until_ended(phone: Phone, database: Database) -> None:
    for _ in range(200):
        if open_sign_ins(database) == 0:
            return
        phone.page.wait_for_timeout(50)
    raise AssertionError("the server never heard of it")


def back_online(phone: Phone) -> None:
    phone.on().page.evaluate("() => { dispatchEvent(new Event('online')); }")


def break_state(phone: Phone) -> None:
    phone.page.context.service_workers[0].evaluate(
        """() => {
            const open = caches.open.bind(caches);
            caches.open = (name) => name === "cairn-state" ? Promise.reject(new Error("full")) : open(name);
        }"""
    )


def test_the_server_hears_of_a_sign_out_as_soon_as_there_is_a_network(
    visit: Visit, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    sign_out(phone.page)
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    assert open_sign_ins(database) == 1
    back_online(phone)
    until_ended(phone, database)


def test_everywhere_stays_everywhere_when_it_was_said_offline(
    visit: Visit, app: Flask, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/settings")
    phone.sign_in(app, database, cast.clara)  # as on another phone; this one goes by the newer
    phone.go("/settings").off()
    phone.page.locator("form[action$='/sign-out-everywhere'] button").click()
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    assert open_sign_ins(database) == 2
    back_online(phone)
    until_ended(phone, database)


def test_nothing_is_kept_while_a_sign_out_is_on_its_way(visit: Visit, trouble: Any) -> None:
    trouble.allow("503|" + NOISE)
    phone = visit("/today").keep("/today", "/progress")
    right = phone.weather.app
    asked: list[str] = []

    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] != "/sign-out":
            return right(environ, start)
        time.sleep(1.5)
        start("503 Trouble", [])
        return [b""]

    phone.weather.app = slow
    phone.page.evaluate(
        """() => {
            const { controller } = navigator.serviceWorker;
            const ahead = () => controller.postMessage({ do: "ahead", pages: ["/today", "/progress"] });
            addEventListener("submit", ({ target }) => target.dataset.sure && setTimeout(ahead, 300), true);
        }"""
    )
    sign_out(phone.page)
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    assert "/sign-out" in asked
    assert phone.kept() == []
    phone.weather.app = right
    phone.send().go("/today")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert phone.kept() == []


@pytest.mark.parametrize("status", [503, 200])
def test_everything_deleted_while_the_server_can_not_hear_it_signs_out_all_the_same(
    visit: Visit, database: Database, trouble: Any, status: int
) -> None:
    trouble.allow("503|" + NOISE)
    phone = visit("/settings")
    phone.weather.fail(status)
    phone.page.get_by_role("button", name="Delete everything on this phone").click()
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    phone.weather.clear()
    phone.go("/today")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert open_sign_ins(database) == 0


def test_a_strangers_page_in_between_does_not_count_as_signed_out(
    visit: Visit, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    phone.weather.fail(200)
    sign_out(phone.page)
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    phone.weather.clear()
    back_online(phone)
    until_ended(phone, database)


def test_a_sign_out_is_remembered_where_pages_can_not_be_kept(visit: Visit, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    phone.weather.cut()  # the browser's own switch would not reach a worker that starts anew
    break_state(phone)
    sign_out(phone.page)
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    devtools = phone.page.context.new_cdp_session(phone.page)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    phone.go("/today")
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    phone.weather.clear()
    phone.go("/today")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert open_sign_ins(database) == 0


def test_a_sign_out_that_can_be_remembered_nowhere_is_not_said_to_hold(
    visit: Visit, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    break_state(phone)
    phone.page.context.service_workers[0].evaluate(
        "() => { indexedDB.open = () => { throw new DOMException('broken'); }; }"
    )
    sign_out(phone.page)
    expect(phone.page.locator("h1")).to_have_text("No connection just now")
    expect(phone.page.get_by_text(SAID)).to_be_hidden()
    assert phone.kept() == []


@pytest.mark.notifications
def test_a_push_says_nothing_to_whoever_has_the_phone_next(visit: Visit, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today", permissions=["notifications"]).keep("/today").off()
    sign_out(phone.page)
    expect(phone.page.get_by_text(SAID)).to_be_visible()
    pushed = PushedTo(phone.page)
    pushed.push({"notification": {"title": "Take the morning pills", "navigate": "/today"}, "app_badge": 3})
    pushed.expect_shown(1, title="Cairn", body="")
    phone.on()
    pushed.push({"notification": {"title": "Take the morning pills", "navigate": "/today"}, "app_badge": 3})
    until_ended(phone, database)
