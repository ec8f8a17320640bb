"""What opens without a network: the main pages, dated, for whoever they belong to and for nobody else."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.offline import NOISE, Visit
from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.sharing import Scope
from webapp.models import Person
from webapp.services import sharing

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
PAGES = ("/today", "/coping", "/help-now", "/plan", "/progress")


def test_the_main_pages_open_offline_though_only_today_was_looked_at(visit: Visit, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep(*PAGES).off()
    for path in PAGES:
        phone.go(path)
        expect(phone.page.locator("#kept")).to_contain_text("Thursday, November 19")
        expect(phone.page.locator("h1")).to_be_visible()
    phone.go("/today")
    expect(phone.page.locator("#kept")).to_contain_text(
        "The steps of Thursday, November 19, kept on this phone at 12:00"
    )
    expect(phone.page.get_by_text("Take the morning pills").first).to_be_visible()
    assert phone.page.evaluate("getComputedStyle(document.querySelector('.top')).display") == "flex", "no styles"
    phone.go("/")
    assert phone.page.url.endswith("/today")
    phone.go("/settings")
    expect(phone.page.locator("h1")).to_have_text("No connection just now")
    phone.on().page.get_by_role("button", name="Try again").click()
    expect(phone.page.locator("h1")).to_have_text("Settings")


def test_a_changed_language_is_that_of_the_pages_for_everybody_too(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today")
    with database.writing() as session:
        session.get_one(Person, cast.clara).language = "es"
    phone.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    phone.wait("caches.match('/offline?lang=es')")
    phone.wait("navigator.serviceWorker.getRegistration().then((one) => !one.installing && !one.waiting)")
    for name in phone.page.evaluate("caches.keys()"):
        if name.startswith("cairn-pages-"):
            phone.page.evaluate("(name) => caches.delete(name)", name)
    phone.off()
    for path in ("/settings", "/help-now"):
        phone.go(path)
        expect(phone.page.locator("html")).to_have_attribute("lang", "es")
        expect(phone.page.locator("form[action='/language']")).to_have_count(0)


def test_a_page_just_fetched_says_nothing_about_being_kept(visit: Visit) -> None:
    phone = visit("/today").keep("/today").go("/today")
    expect(phone.page.locator("#kept")).to_be_hidden()
    expect(phone.page.locator("#connection")).to_be_hidden()


def test_a_supporters_promises_open_offline(visit: Visit, cast: Cast, trouble: Any) -> None:
    trouble.allow(NOISE)
    phone = visit("/promises", cast.sam).keep("/promises").off().go("/promises")
    expect(phone.page.locator("#kept")).to_be_visible()
    expect(phone.page.locator("h3").first).to_have_text("Drive Clara to choir")
    assert phone.kept() == ["/promises"]


def test_what_a_client_shares_beyond_promises_is_not_kept_on_a_supporters_phone(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    with database.writing() as session:
        for scope in (Scope.PLAN, Scope.STEPS):
            sharing.grant(session, acting(cast.clara), cast.sam, scope, NOW)
    phone = visit("/promises", cast.sam).keep("/promises")
    expect(phone.page.get_by_text("Take the morning pills").first).to_be_visible()
    phone.off().go("/promises")
    expect(phone.page.locator("h3").first).to_have_text("Drive Clara to choir")
    expect(phone.page.get_by_text("What Clara shares with you is shown with a network only.")).to_be_visible()
    expect(phone.page.locator("body")).not_to_contain_text("pills")
