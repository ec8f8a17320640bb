"""Kept pages grow old: another day, a wrong clock, a new release, a borrowed phone, and the end of it all."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.offline import NOISE, Phone, Visit, recorded
from tests.support.cast import NOW, Cast
from webapp import clock
from webapp.db import Database
from webapp.services import settings
from webapp.views import service_worker

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
PILLS = "Done: Take the morning pills"
OLDER = """async (hours) => {
  for (const name of await caches.keys()) {
    if (!name.startsWith("cairn-pages-")) continue;
    const cache = await caches.open(name);
    for (const one of await cache.keys()) {
      const found = await cache.match(one, { ignoreVary: true });
      const headers = new Headers(found.headers);
      headers.set("Cairn-Kept", headers.get("Cairn-Kept") - hours * 3600e3);
      await cache.put(one, new Response(await found.text(), { headers }));
    }
  }
}"""
A_DAY_OFF = """(() => {
  const wrong = HOURS * 3600e3;
  const Right = Date;
  self.Date = class extends Right {
    constructor(...all) { all.length ? super(...all) : super(Right.now() + wrong); }
    static now() { return Right.now() + wrong; }
  };
})();"""


def older(phone: Phone, hours: int) -> None:
    phone.page.evaluate(OLDER, hours)


def test_a_page_kept_since_another_day_says_so_and_records_that_day(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off()
    older(phone, 24)
    phone.go("/today")
    expect(phone.page.locator("#kept")).to_contain_text("Thursday 19 November's steps")
    phone.tick(PILLS)
    phone.until_waiting(1)
    with clock.standing_at(NOW + timedelta(days=1)):
        phone.on()
        phone.until_waiting(0)
        phone.go("/today")
        expect(phone.page.locator("#kept")).to_be_hidden()
        expect(phone.page.locator(f"#step-{cast.pills}-0800")).to_have_class(re.compile("is-open"))
    assert recorded(database, cast.pills) == [("2026-11-19", "done", True)]


def test_after_three_days_nothing_kept_is_shown(visit: Visit, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today", "/help-now").off()
    older(phone, 73)
    phone.go("/today")
    expect(phone.page.locator("h1")).to_have_text("No connection just now")
    phone.go("/help-now")
    expect(phone.page.get_by_role("heading", name="Lines to call or text")).to_be_visible()
    expect(phone.page.locator("body")).not_to_contain_text("Aunt June")


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_phone_whose_clock_is_a_day_off_records_the_right_day_in_the_right_order(
    visit: Visit, cast: Cast, database: Database, trouble: Any, hours: int
) -> None:
    trouble.allow(NOISE)
    wrong = A_DAY_OFF.replace("HOURS", str(hours))
    phone = visit("/today").keep("/today")
    phone.page.add_init_script(wrong)
    phone.page.context.service_workers[0].evaluate(f"() => {{ {wrong} }}")
    phone.off().go("/today")
    expect(phone.page.locator("#kept")).to_contain_text("Thursday 19 November's steps")
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.on()
    phone.until_waiting(0)
    assert recorded(database, cast.pills) == [("2026-11-19", "done", True)]
    (sent,) = [form for form in phone.weather.posts_to("/check-ins") if "op_sent" in form][-1:]
    assert sent["op_at"][:10] == sent["op_sent"][:10] != "", "both by the same clock"


def test_a_new_release_shows_pages_of_the_last_one_with_their_own_files(
    visit: Visit, app: Flask, trouble: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    before = phone.page.evaluate("caches.keys()")
    monkeypatch.setattr(service_worker, "_release", lambda: "the-next-one")
    phone.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    phone.wait("caches.keys().then((all) => all.includes('cairn-shell-the-next-one'))")
    phone.wait("navigator.serviceWorker.getRegistration().then((one) => !one.installing && !one.waiting)")
    assert set(before) < set(phone.page.evaluate("caches.keys()"))
    phone.off().go("/today")
    expect(phone.page.locator("#kept")).to_be_visible()
    phone.tick(PILLS)
    phone.until_waiting(1)
    phone.on()
    phone.until_waiting(0)
    monkeypatch.setattr(service_worker, "_release", lambda: "the-one-after")
    phone.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    phone.wait("caches.keys().then((all) => all.includes('cairn-shell-the-one-after'))")
    phone.wait("caches.keys().then((all) => all.filter((name) => name.startsWith('cairn-shell')).length === 2)")


PASSWORD = "a short sentence about rivers"


def sign_in(phone: Phone, borrowed: bool = False) -> None:
    phone.go("/sign-in")
    phone.page.get_by_label("E-mail").fill("clara@example.test")
    phone.page.get_by_label("Password").fill(PASSWORD)
    if borrowed:
        phone.page.get_by_label("This phone is not mine").check()
    phone.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(phone.page.locator("h1")).to_contain_text("Clara")


def test_on_a_borrowed_phone_nothing_is_kept(
    visit: Visit, cast: Cast, database: Database, app: Flask, trouble: Any
) -> None:
    trouble.allow(NOISE)
    with database.writing() as session:
        settings.choose_password(session, cast.clara, PASSWORD, NOW)
    phone = visit("/promises", cast.sam).keep("/promises")
    phone.page.context.clear_cookies()
    sign_in(phone, borrowed=True)
    (cookie,) = [one for one in phone.page.context.cookies() if one["name"] == "cairn"]
    assert cookie["expires"] == -1, "gone with the browser"
    phone.tick(PILLS)
    expect(phone.page.locator(f"#step-{cast.pills}-0800")).to_have_class("step is-done")
    phone.go("/coping")
    assert phone.kept() == []
    assert phone.waiting() == []
    assert not phone.page.evaluate("localStorage.getItem('cairn.user')")
    phone.off().go("/today")
    expect(phone.page.locator("h1")).to_have_text("No connection just now")


def test_everything_on_this_phone_can_be_deleted(visit: Visit, database: Database, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today", "/progress").go("/settings")
    phone.page.get_by_role("button", name="Delete everything on this phone").click()
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    phone.wait("caches.keys().then((all) => all.length === 0)")
    phone.wait("navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)")
    assert phone.waiting() == []
    phone.go("/today")
    expect(phone.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
