"""The line that offers Cairn for the home screen: where it can, at the right moment, and not again after a no."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_push import IPHONE
from tests.support.cast import Cast
from tests.views.test_install import ticked
from webapp.db import Database

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]

OFFER = """
(outcome) => {
    const event = new Event("beforeinstallprompt", { cancelable: true });
    event.prompt = () => { self.prompted = (self.prompted ?? 0) + 1; };
    event.userChoice = Promise.resolve({ outcome });
    dispatchEvent(event);
    return event.defaultPrevented;
}
"""
"""What Chromium says of a page that it could install."""

STANDALONE = "Object.defineProperty(navigator, 'standalone', { value: true });"
ANY_SAFARI = {"user_agent": IPHONE}
CHROME_ON_IPHONE = {"user_agent": IPHONE.replace("Version/18.0", "CriOS/130.0")}


@pytest.fixture
def today(enter: Callable[..., Page], cast: Cast, database: Database) -> Callable[..., Page]:
    """Clara's Today after three days with a tick."""
    ticked(database, cast, 3)
    return lambda **options: enter(cast.clara, "/today", **options)


def line(page: Page):  # type: ignore[no-untyped-def]
    return page.locator("#install")


def offer(page: Page, outcome: str = "accepted") -> None:
    assert page.evaluate(OFFER, outcome), "the browser's own line is held back"


def later(page: Page, days: int) -> None:
    """Let the last "not now" be so many days ago."""
    page.evaluate(
        """(days) => {
            const kept = JSON.parse(localStorage.getItem("cairn.install"));
            localStorage.setItem("cairn.install", JSON.stringify({ ...kept, at: kept.at - days * 24 * 3600e3 }));
        }""",
        days,
    )
    page.reload()


def test_it_shows_only_once_the_browser_can_and_one_tap_asks_the_browser(today: Callable[..., Page]) -> None:
    page = today()
    expect(line(page)).to_be_hidden()
    offer(page)
    expect(line(page)).to_contain_text("Cairn can stand on your home screen")
    expect(page.get_by_text("Share, then")).to_be_hidden()
    page.get_by_role("button", name="Put it there").click()
    expect(line(page)).to_be_hidden()
    assert page.evaluate("self.prompted") == 1


def test_not_now_waits_two_weeks_and_a_second_one_is_for_good(today: Callable[..., Page]) -> None:
    page = today()
    offer(page)
    page.get_by_role("button", name="Not now").click()
    expect(line(page)).to_be_hidden()
    page.reload()
    assert not page.evaluate(OFFER, "accepted"), "nothing of ours listens any more"
    expect(line(page)).to_be_hidden()
    later(page, 15)
    offer(page, "dismissed")
    page.get_by_role("button", name="Put it there").click()
    expect(line(page)).to_be_hidden()
    later(page, 400)
    assert not page.evaluate(OFFER, "accepted"), "a no in the browser's own window counts as well"
    expect(line(page)).to_be_hidden()


def test_once_it_is_installed_it_is_not_offered_again(today: Callable[..., Page]) -> None:
    page = today()
    offer(page)
    page.evaluate("dispatchEvent(new Event('appinstalled'))")
    expect(line(page)).to_be_hidden()
    later(page, 400)
    assert not page.evaluate(OFFER, "accepted")


def test_on_an_iphone_safari_is_told_how_once(today: Callable[..., Page]) -> None:
    page = today(**ANY_SAFARI)
    expect(line(page)).to_contain_text("Share, then")
    expect(page.get_by_role("button", name="Put it there")).to_be_hidden()
    page.reload()
    expect(line(page)).to_be_visible()  # nobody scrolled to it yet
    line(page).scroll_into_view_if_needed()
    for _ in range(100):
        if page.evaluate("localStorage.getItem('cairn.install')"):
            break
        page.wait_for_timeout(50)
    page.reload()
    expect(line(page)).to_be_hidden()


@pytest.mark.parametrize("options", [CHROME_ON_IPHONE, {}], ids=["another browser on an iPhone", "a computer"])
def test_who_can_not_or_was_not_asked_sees_no_line(today: Callable[..., Page], options: dict[str, str]) -> None:
    expect(line(today(**options))).to_be_hidden()


def test_opened_from_the_home_screen_there_is_no_line_and_the_page_says_so(today: Callable[..., Page]) -> None:
    page = today(**ANY_SAFARI)
    page.evaluate("localStorage.clear()")
    page.context.add_init_script(STANDALONE)
    page.reload()
    expect(line(page)).to_be_hidden()
    assert not page.evaluate(OFFER, "accepted")
    page.goto(page.url.replace("/today", "/home-screen"))
    expect(page.get_by_text("Cairn stands on this device already.")).to_be_visible()


def test_with_blocked_storage_nobody_is_asked_each_time(today: Callable[..., Page]) -> None:
    page = today(**ANY_SAFARI)
    page.context.add_init_script(
        "Object.defineProperty(self, 'localStorage', { get() { throw new DOMException('blocked'); } });"
    )
    page.reload()
    expect(line(page)).to_be_hidden()


def test_on_the_page_the_button_shows_where_the_browser_can(enter: Callable[..., Page], cast: Cast) -> None:
    page = enter(cast.clara, "/home-screen")
    button = page.get_by_role("button", name="Put it on this device")
    expect(button).to_be_hidden()
    offer(page, "dismissed")
    button.click()
    expect(button).to_be_hidden()
    assert page.evaluate("self.prompted") == 1
    offer(page)
    expect(button).to_be_visible()
    page.evaluate("dispatchEvent(new Event('appinstalled'))")
    expect(page.get_by_text("Cairn stands on this device already.")).to_be_visible()
    assert page.evaluate("JSON.parse(localStorage.getItem('cairn.install')).no") == 2


def test_the_browser_finds_nothing_wrong_with_the_manifest(enter: Callable[..., Page], cast: Cast) -> None:
    page = enter(cast.clara, "/today")
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"].endswith("/manifest.webmanifest?lang=en")
    missing = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in missing if one["errorId"] != "in-incognito"] == []
