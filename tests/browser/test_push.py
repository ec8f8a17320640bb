"""Notifications end to end in a real browser: turned on by a tap, shown whatever comes, answered where they stand.

No push service is asked: the page is given a subscription, and the browser what such a service would have brought.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Worker, expect
from sqlalchemy import select

from tests.conftest import As
from tests.domain.test_endpoints import AUTH, KEY
from tests.services.test_answers import came_due
from tests.support.cast import NOW, Cast
from tests.support.engine import Engine, utc
from tests.support.push import PushService
from webapp import clock
from webapp.db import Database
from webapp.models import CheckIn, Endpoint, ReminderOccurrence
from webapp.notify import push

pytestmark = [
    pytest.mark.browser,
    pytest.mark.notifications,
    pytest.mark.parametrize("config", ["sqlite"], indirect=True),
]

ADDRESS = "https://web.push.apple.com/one"
KEYS = {"p256dh": KEY, "auth": AUTH}
SUBSCRIPTIONS = """
(() => {
  const [first, keys] = TOLD;
  const made = (endpoint) => ({
    endpoint,
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => { localStorage.removeItem("fake"); return true; },
  });
  PushManager.prototype.getSubscription = async () => {
    const kept = localStorage.getItem("fake");
    return kept && made(kept);
  };
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 87) throw new Error("not how one subscribes");
    localStorage.setItem("fake", localStorage.getItem("fake") ?? localStorage.getItem("next") ?? first);
    return made(localStorage.getItem("fake"));
  };
})();
"""
"""A browser's own part of subscribing, which would ask a push service."""

ACTIONS = [("done", "Done"), ("later", "Later"), ("not_today", "Not today")]


class Phone:
    """Clara's page, its service worker, and what a push service would bring to it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.origin = page.evaluate("location.origin")
        self.session = page.context.new_cdp_session(page)
        self.registrations: list[str] = []
        self.session.on("ServiceWorker.workerRegistrationUpdated", self._seen)
        self.session.send("ServiceWorker.enable")
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        for _ in range(100):
            if self.registrations and page.context.service_workers:
                return
            page.wait_for_timeout(50)
        raise AssertionError("no service worker came up")

    def _seen(self, event: dict[str, Any]) -> None:
        self.registrations += [one["registrationId"] for one in event["registrations"] if not one["isDeleted"]]

    @property
    def worker(self) -> Worker:
        return self.page.context.service_workers[0]

    def push(self, payload: str | dict[str, Any]) -> None:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        told = {"origin": self.origin, "registrationId": self.registrations[-1], "data": data}
        self.session.send("ServiceWorker.deliverPushMessage", told)

    def remind(self, occurrence: int, badge: int | None = None, **more: Any) -> None:
        """Bring a reminder, as notify/push.py writes it."""
        notification = {
            "title": "Cairn: you have something for today",
            "body": "You find it here:",
            "navigate": f"{self.origin}/reminded/{occurrence}",
            "tag": f"r{occurrence}",
            "actions": [{"action": action, "title": title} for action, title in ACTIONS],
        }
        counted = {} if badge is None else {"app_badge": badge}
        self.push({"web_push": 8030, "notification": notification | more} | counted)

    def shown(self) -> list[dict[str, Any]]:
        return self.worker.evaluate(
            """async () => (await registration.getNotifications()).map((one) => ({
                title: one.title, body: one.body, tag: one.tag, silent: one.silent, data: one.data,
                renotify: one.renotify, actions: one.actions.map(({ action }) => action),
            }))"""
        )

    def expect_shown(self, number: int, **told: Any) -> list[dict[str, Any]]:
        """Wait until so many are shown that tell this."""
        # Not too often: Chromium forgets a notification that is asked for while it is about to be shown.
        for _ in range(20):
            self.page.wait_for_timeout(300)
            found = self.shown()
            if len(found) == number and all(one | told == one for one in found):
                return found
        raise AssertionError(f"{number} notifications were expected, there are {self.shown()}")

    def watch_badge(self) -> None:
        """Keep what the worker would put on the icon, in place of the platform."""
        self.worker.evaluate(
            "() => { self.badges = []; navigator.setAppBadge = async (number) => { self.badges.push(number); }; }"
        )

    def badges(self) -> list[int]:
        return self.worker.evaluate("self.badges")

    def tap(self, action: str = "") -> list[str]:
        """Tap the notification, or one of its buttons, and give the addresses that were opened because of it."""
        return self.worker.evaluate(
            """async (action) => {
                const opened = [];
                clients.openWindow = async (address) => { opened.push(address); };
                WindowClient.prototype.focus = async () => { opened.push("the window that is there"); };
                const [notification] = await registration.getNotifications();
                const event = new NotificationEvent("notificationclick", { notification, action });
                let done;
                Object.defineProperty(event, "waitUntil", { value: (promise) => { done = promise; } });
                dispatchEvent(event);
                await done;
                return opened;
            }""",
            action,
        )


@pytest.fixture
def phone(enter: Callable[..., Page], cast: Cast) -> Callable[..., Phone]:
    """phone(path) -> Clara's phone at a page, with notifications allowed."""

    def at(
        path: str, person_id: int = cast.clara, address: str = ADDRESS, keys: dict[str, str] = KEYS, **options: Any
    ) -> Phone:
        page = enter(person_id, "/help-now", **{"permissions": ["notifications"]} | options)
        page.context.add_init_script(SUBSCRIPTIONS.replace("TOLD", json.dumps([address, keys])))
        page.goto(page.url.replace("/help-now", path))
        return Phone(page)

    return at


@pytest.fixture
def due(database: Database, cast: Cast) -> int:
    """A reminder of Clara's morning pills that came due half an hour ago."""
    with database.writing() as session:
        return came_due(session, cast.clara, cast.pills)


def kept(database: Database) -> list[tuple[int, str, str | None]]:
    """Whose, where, and why off."""
    rows = select(Endpoint.person_id, Endpoint.address, Endpoint.off_because).where(Endpoint.channel == "push")
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(rows.order_by(Endpoint.id))]  # type: ignore[misc]


def eventually(database: Database, page: Page, expected: list[tuple[int, str, str | None]]) -> None:
    for _ in range(100):
        if kept(database) == expected:
            return
        page.wait_for_timeout(50)
    assert kept(database) == expected


def said(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(CheckIn.outcome).where(CheckIn.undone_at.is_(None))).scalars())


def turn_on(phone: Phone) -> None:
    phone.page.get_by_role("button", name="Turn on reminders").click()
    expect(phone.page.get_by_text("Reminders come to this device now.")).to_be_visible()


# On and off


def test_one_tap_turns_them_on_and_another_off(phone: Callable[..., Phone], cast: Cast, database: Database) -> None:
    clara = phone("/reminders")
    assert kept(database) == [], "nothing is asked before the tap"
    turn_on(clara)
    assert kept(database) == [(cast.clara, ADDRESS, None)]
    expect(clara.page.get_by_text("this one")).to_be_visible()
    expect(clara.page.locator("#here")).to_be_hidden()
    clara.page.get_by_role("button", name="Turn off").click()
    expect(clara.page.get_by_text("Turned off.")).to_be_visible()
    assert kept(database) == [(cast.clara, ADDRESS, "ended")]
    assert clara.page.evaluate("localStorage.getItem('fake')") is None, "the browser forgets its subscription too"
    expect(clara.page.get_by_role("button", name="Turn on reminders")).to_be_visible()


def test_a_browser_that_was_told_no_says_how_to_allow_it_again(phone: Callable[..., Phone], database: Database) -> None:
    # Without a window to ask in, Chromium is as after a no.
    clara = phone("/reminders", permissions=[])
    expect(clara.page.get_by_text("This browser was told not to show notifications")).to_be_visible()
    expect(clara.page.get_by_role("button", name="Turn on reminders")).to_be_hidden()
    assert kept(database) == []


def test_after_a_no_the_keyboard_is_at_what_to_do(phone: Callable[..., Phone]) -> None:
    clara = phone("/reminders")
    clara.page.evaluate(
        """() => {
            let permission = "default";
            Object.defineProperty(Notification, "permission", { get: () => permission });
            Notification.requestPermission = async () => (permission = "denied");
        }"""
    )
    clara.page.get_by_role("button", name="Turn on reminders").click()
    expect(clara.page.locator("[data-when=denied]")).to_be_focused()


def test_turned_on_beside_a_form_that_came_back_the_page_is_read_anew(
    phone: Callable[..., Phone], cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("422")
    clara = phone("/reminders")
    clara.page.get_by_label("Quiet from").fill("22:00")
    clara.page.locator("#keep-quiet").click()
    expect(clara.page.get_by_text("Say both times").first).to_be_visible()
    turn_on(clara)
    assert clara.page.url == clara.origin + "/reminders"
    assert kept(database) == [(cast.clara, ADDRESS, None)]


def test_without_a_service_worker_the_button_says_that_it_did_not_work(
    enter: Callable[..., Page], cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow("healthz|favicon")  # a place without our scripts
    page = enter(cast.clara, "/healthz", permissions=["notifications"])
    page.context.add_init_script(
        "ServiceWorkerContainer.prototype.register = async () => { throw new TypeError('storage is full'); };"
    )
    page.goto(page.url.replace("/healthz", "/reminders"))
    button = page.get_by_role("button", name="Turn on reminders")
    button.click()
    expect(page.get_by_text("That did not work just now.")).to_be_visible()
    expect(button).to_be_enabled()
    assert kept(database) == []


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


def test_on_an_iphone_the_home_screen_comes_first(phone: Callable[..., Phone]) -> None:
    clara = phone("/today", user_agent=IPHONE)
    clara.page.context.add_init_script("delete self.PushManager;")
    clara.page.goto(clara.origin + "/reminders")
    expect(clara.page.get_by_text("Add to Home Screen")).to_be_visible()
    expect(clara.page.get_by_role("button", name="Turn on reminders")).to_be_hidden()


def test_a_browser_without_notifications_says_so(phone: Callable[..., Phone]) -> None:
    clara = phone("/today")
    clara.page.context.add_init_script("delete self.PushManager;")
    clara.page.goto(clara.origin + "/reminders")
    expect(clara.page.get_by_text("This browser can't show notifications.")).to_be_visible()


def test_without_script_the_page_says_what_needs_it(enter: Callable[..., Page], cast: Cast) -> None:
    page = enter(cast.clara, "/reminders", javascript=False)
    expect(page.get_by_text("Notifications on this device need JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on reminders")).to_be_hidden()


def test_when_turning_on_does_not_work_nothing_is_changed_and_it_is_said(
    phone: Callable[..., Phone], database: Database, trouble: Any
) -> None:
    trouble.allow("422")
    clara = phone("/reminders")
    clara.page.evaluate("() => { PushManager.prototype.subscribe = async () => { throw new Error('no network'); }; }")
    button = clara.page.get_by_role("button", name="Turn on reminders")
    button.click()
    expect(clara.page.get_by_text("That did not work just now.")).to_be_visible()
    expect(button).to_be_focused()
    clara.page.reload()
    clara.page.evaluate("localStorage.setItem('next', 'https://elsewhere.example/x')")
    button.click()
    expect(clara.page.get_by_text("This browser's notifications can't be used here.")).to_be_visible()
    assert kept(database) == []


def test_signing_out_ends_it_here_and_at_cairn(
    phone: Callable[..., Phone], cast: Cast, database: Database, due: int
) -> None:
    clara = phone("/reminders")
    turn_on(clara)
    clara.remind(due)
    clara.expect_shown(1)
    clara.page.locator(".you summary").click()
    clara.page.get_by_role("button", name="Sign out").click()
    expect(clara.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    clara.expect_shown(0)
    assert kept(database) == [(cast.clara, ADDRESS, "signed_out")]
    assert clara.page.evaluate("[localStorage.getItem('fake'), localStorage.getItem('cairn.push')]") == [None, ""]


def test_a_subscription_that_changed_is_put_right_on_the_next_page(
    phone: Callable[..., Phone], cast: Cast, database: Database
) -> None:
    clara = phone("/reminders")
    turn_on(clara)
    anew = "https://web.push.apple.com/two"
    clara.page.evaluate("anew => localStorage.setItem('fake', anew)", anew)
    clara.page.goto(clara.origin + "/today")
    eventually(database, clara.page, [(cast.clara, ADDRESS, "replaced"), (cast.clara, anew, None)])
    clara.page.evaluate("localStorage.removeItem('fake')")
    clara.page.reload()
    eventually(database, clara.page, [(cast.clara, ADDRESS, None), (cast.clara, anew, "replaced")])


def test_a_page_asks_nothing_where_all_is_as_it_should_be(phone: Callable[..., Phone]) -> None:
    clara = phone("/reminders")
    turn_on(clara)
    asked: list[str] = []
    clara.page.on("request", lambda request: asked.append(request.url))
    clara.page.goto(clara.origin + "/today")
    clara.page.wait_for_timeout(500)
    assert [url for url in asked if "/reminders" in url] == []


def test_somebody_else_on_the_same_phone_takes_nothing_over_by_looking(
    phone: Callable[..., Phone], cast: Cast, database: Database
) -> None:
    sam = phone("/promises", cast.sam)
    sam.page.evaluate("address => { localStorage.setItem('fake', address); }", ADDRESS)
    sam.page.evaluate("localStorage.setItem('cairn.push', 'somebody else')")
    sam.page.reload()
    sam.page.wait_for_timeout(500)
    assert kept(database) == []


@pytest.mark.parametrize("role", ["sam", "theo"])
def test_on_a_shared_phone_the_one_before_is_told_nothing_more(
    phone: Callable[..., Phone], browse: As, cast: Cast, database: Database, due: int, role: str
) -> None:
    clara = phone("/reminders")
    turn_on(clara)
    clara.remind(due)
    clara.expect_shown(1)
    held = browse(getattr(cast, role)).get_cookie("cairn")
    assert held is not None
    clara.page.context.add_cookies([{"name": "cairn", "value": held.value, "url": clara.origin}])
    clara.page.goto(clara.origin + {"sam": "/promises", "theo": "/caseload"}[role])
    clara.expect_shown(0)
    eventually(database, clara.page, [(cast.clara, ADDRESS, "moved")])
    clara.page.wait_for_function("localStorage.getItem('cairn.push') === ''")
    assert clara.page.evaluate("localStorage.getItem('fake')") is None


# Shown


def test_a_reminder_is_shown_neutral_with_its_answers_and_a_repeat_takes_its_place(
    phone: Callable[..., Phone], due: int
) -> None:
    clara = phone("/today")
    clara.remind(due)
    (shown,) = clara.expect_shown(1)
    assert shown["title"] == "Cairn: you have something for today"
    assert shown["data"] == {"navigate": f"{clara.origin}/reminded/{due}"}
    assert shown["actions"] == ["done", "later"], "this browser has room for two"
    assert shown["renotify"] is False
    clara.remind(due, renotify=True, body="Once more")
    clara.page.wait_for_timeout(300)
    (again,) = clara.expect_shown(1)
    assert (again["body"], again["renotify"]) == ("Once more", True)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "nonsense",
        "null",
        "[]",
        {},
        {"notification": None},
        {"notification": {"title": 7}},
        {"notification": {"title": "Cairn", "navigate": "/today", "actions": "none"}},
        {"notification": {"title": "Cairn", "actions": [{"title": "no name"}, None], "navigate": 7}},
        {"notification": {"title": "Cairn", "renotify": True, "lang": {}, "navigate": "::"}},
    ],
    ids=str,
)
def test_something_is_shown_whatever_comes(phone: Callable[..., Phone], payload: Any) -> None:
    clara = phone("/today")
    clara.push(payload)
    (shown,) = clara.expect_shown(1)
    assert shown["title"].startswith("Cairn")
    assert shown["data"]["navigate"].startswith(clara.origin + "/")


def test_nothing_leads_off_the_site(phone: Callable[..., Phone]) -> None:
    clara = phone("/today")
    clara.push({"notification": {"title": "Cairn", "navigate": "https://evil.example/reminded/1?x=2"}})
    (shown,) = clara.expect_shown(1)
    assert shown["data"]["navigate"] == f"{clara.origin}/reminded/1?x=2"


# Counted on the icon


def test_the_number_that_came_with_a_reminder_stands_on_the_icon(phone: Callable[..., Phone], due: int) -> None:
    clara = phone("/help-now")
    clara.watch_badge()
    clara.remind(due, badge=2)
    clara.expect_shown(1)
    assert clara.badges() == [2]


@pytest.mark.parametrize("number", ["3", -1, 1.5, None, {}])
def test_what_is_no_number_leaves_the_icon_alone_and_the_reminder_is_shown(
    phone: Callable[..., Phone], number: Any
) -> None:
    clara = phone("/help-now")
    clara.watch_badge()
    clara.push({"web_push": 8030, "notification": {"title": "Cairn"}, "app_badge": number})
    clara.expect_shown(1)
    assert clara.badges() == []


def test_a_browser_that_refuses_a_number_shows_the_reminder_all_the_same(phone: Callable[..., Phone], due: int) -> None:
    clara = phone("/help-now")
    clara.worker.evaluate("() => { navigator.setAppBadge = async () => { throw new DOMException('no'); }; }")
    clara.remind(due, badge=1)
    clara.expect_shown(1)


def test_an_answer_leaves_on_the_icon_what_else_still_stands(
    phone: Callable[..., Phone], database: Database, due: int
) -> None:
    clara = phone("/help-now")
    clara.watch_badge()
    clara.remind(due, badge=1)
    clara.expect_shown(1)
    assert clara.tap("done") == []
    assert said(database) == ["done"]
    assert clara.badges() == [1, 0]


CLEARS = "navigator.clearAppBadge = async () => localStorage.setItem('cleared', location.pathname);"


@pytest.mark.parametrize(("role", "path", "clears"), [
    ("clara", "/today", True), ("sam", "/promises", True), ("clara", "/plan", False),
])  # fmt: skip
def test_the_icon_is_cleared_once_what_it_counts_is_in_sight(
    phone: Callable[..., Phone], cast: Cast, role: str, path: str, clears: bool
) -> None:
    somebody = phone("/help-now", getattr(cast, role))
    somebody.page.context.add_init_script(CLEARS)
    somebody.page.goto(somebody.origin + path)
    somebody.page.wait_for_timeout(200)
    assert somebody.page.evaluate("localStorage.getItem('cleared')") == (path if clears else None)


def test_coming_back_to_today_clears_the_icon_again(phone: Callable[..., Phone]) -> None:
    clara = phone("/help-now")
    clara.page.context.add_init_script(CLEARS)
    clara.page.goto(clara.origin + "/today")
    clara.page.evaluate("localStorage.removeItem('cleared')")
    clara.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert clara.page.evaluate("localStorage.getItem('cleared')") == "/today"


# Answered


def test_done_from_the_notification_is_recorded_and_nothing_more_is_shown(
    phone: Callable[..., Phone], database: Database, due: int
) -> None:
    clara = phone("/today")
    clara.remind(due)
    clara.expect_shown(1)
    assert clara.tap("done") == []
    assert said(database) == ["done"]
    assert clara.expect_shown(0) == []


def test_later_from_the_notification_says_when_without_a_sound_and_makes_room_for_it(
    phone: Callable[..., Phone], database: Database, due: int
) -> None:
    clara = phone("/today")
    clara.remind(due)
    clara.expect_shown(1)
    assert clara.tap("later") == []
    clara.expect_shown(1, body="It comes again today, 1:00\xa0PM.", silent=True)
    assert said(database) == []
    clara.remind(due, renotify=True)
    clara.expect_shown(1, tag=f"r{due}", body="You find it here:", renotify=True)


def test_a_tap_on_the_notification_itself_opens_the_page(
    phone: Callable[..., Phone], database: Database, due: int
) -> None:
    clara = phone("/today")
    clara.remind(due)
    clara.expect_shown(1)
    assert clara.tap() == [f"{clara.origin}/reminded/{due}"]
    assert said(database) == []
    assert clara.expect_shown(0) == []


def test_a_window_that_shows_the_page_already_comes_to_the_front(phone: Callable[..., Phone], due: int) -> None:
    clara = phone(f"/reminded/{due}#reminded")
    clara.remind(due)
    clara.expect_shown(1)
    assert clara.tap() == ["the window that is there"]


def test_signed_out_the_page_opens_so_that_nothing_is_lost(
    phone: Callable[..., Phone], database: Database, due: int
) -> None:
    clara = phone("/today")
    clara.remind(due)
    clara.expect_shown(1)
    clara.page.context.clear_cookies()
    assert clara.tap("done") == [f"{clara.origin}/reminded/{due}"]
    assert said(database) == []


def test_offline_the_page_opens_and_where_no_window_may_the_reminder_comes_back(
    phone: Callable[..., Phone], database: Database, due: int
) -> None:
    clara = phone("/today")
    clara.remind(due)
    clara.expect_shown(1)
    clara.worker.evaluate("() => { self.fetch = async () => { throw new TypeError('offline'); }; }")
    assert clara.tap("done") == [f"{clara.origin}/reminded/{due}"]
    clara.remind(due)
    clara.expect_shown(1)
    clara.worker.evaluate(
        """async () => {
            const [notification] = await registration.getNotifications();
            const event = new NotificationEvent("notificationclick", { notification, action: "done" });
            let done;
            Object.defineProperty(event, "waitUntil", { value: (promise) => { done = promise; } });
            clients.openWindow = async () => { throw new DOMException("too late"); };
            dispatchEvent(event);
            await done;
        }"""
    )
    (back,) = clara.expect_shown(1)
    assert back["data"] == {"navigate": f"{clara.origin}/reminded/{due}"}
    assert said(database) == []


def test_what_makes_no_sense_any_more_opens_the_page(phone: Callable[..., Phone], database: Database, due: int) -> None:
    clara = phone("/today")
    clara.remind(due)
    clara.expect_shown(1)
    with database.writing() as session:
        session.get_one(ReminderOccurrence, due).state = "rekeyed"
    assert clara.tap("done") == [f"{clara.origin}/reminded/{due}"]


def test_a_changed_subscription_is_told_to_cairn_by_the_worker(
    phone: Callable[..., Phone], cast: Cast, database: Database
) -> None:
    clara = phone("/reminders")
    turn_on(clara)
    clara.worker.evaluate(
        """async (told) => {
            const event = new Event("pushsubscriptionchange");
            event.newSubscription = { toJSON: () => told };
            let done;
            event.waitUntil = (promise) => { done = promise; };
            dispatchEvent(event);
            await done;
        }""",
        {"endpoint": "https://web.push.apple.com/two", "keys": KEYS},
    )
    assert kept(database) == [(cast.clara, ADDRESS, "replaced"), (cast.clara, "https://web.push.apple.com/two", None)]


def test_a_changed_subscription_of_somebody_who_signed_out_is_told_to_nobody(
    phone: Callable[..., Phone], cast: Cast, database: Database
) -> None:
    clara = phone("/reminders")
    turn_on(clara)
    clara.page.context.clear_cookies()
    clara.worker.evaluate(
        """async (told) => {
            const event = new Event("pushsubscriptionchange");
            event.newSubscription = { toJSON: () => told };
            let done;
            event.waitUntil = (promise) => { done = promise; };
            dispatchEvent(event);
            await done;
        }""",
        {"endpoint": "https://web.push.apple.com/two", "keys": KEYS},
    )
    assert kept(database) == [(cast.clara, ADDRESS, None)]


def test_a_subscription_that_a_browser_dropped_without_a_word_is_made_anew(
    phone: Callable[..., Phone], cast: Cast, database: Database
) -> None:
    clara = phone("/reminders")
    turn_on(clara)
    clara.worker.evaluate(
        """async (told) => {
            PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
                if (!userVisibleOnly || applicationServerKey.length !== 87) throw new Error("not how one subscribes");
                return { toJSON: () => told };
            };
            const event = new Event("pushsubscriptionchange");
            let done;
            event.waitUntil = (promise) => { done = promise; };
            dispatchEvent(event);
            await done;
        }""",
        {"endpoint": "https://web.push.apple.com/two", "keys": {"p256dh": KEY, "auth": AUTH}},
    )
    assert kept(database) == [(cast.clara, ADDRESS, "replaced"), (cast.clara, "https://web.push.apple.com/two", None)]


def test_strangers_and_the_care_team_get_no_worker(enter: Callable[..., Page], cast: Cast) -> None:
    for person, path in ((None, "/help-now"), (cast.theo, "/caseload")):
        page = enter(person, path)
        assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


# The whole way


def test_from_a_time_on_the_page_to_an_answer_on_the_phone_and_a_line_in_the_ledger(
    phone: Callable[..., Phone], cast: Cast, database: Database, app: Flask, push_service: PushService
) -> None:
    config = replace(app.extensions["cairn.config"], push_hosts=(push_service.place,))
    app.extensions["cairn.config"] = config
    push_service.server_key = push.public_key(config)
    browser = push_service.subscribe()
    clara = phone("/reminders", address=browser.endpoint, keys=browser.keys)
    turn_on(clara)
    clara.page.get_by_role("button", name=re.compile("^Test.*(Linux|Android)")).click()
    expect(clara.page.get_by_text("A test message is on its way to")).to_be_visible()
    clara.push(push_service.taken[0].text.decode())
    assert clara.expect_shown(1)[0]["title"] == "Cairn: this is a test message"
    assert clara.tap() == ["the window that is there"]
    engine = Engine(config, database)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.change(cast.clara, NOW, follow_up_after=30)
    for at, heard in (("2026-11-20T01:00:00", False), ("2026-11-20T01:30:00", True)):
        engine.look_at(at)
        clara.push(push_service.taken[-1].text.decode())
        shown = clara.expect_shown(1, title="Cairn: you have something for today", renotify=heard)
        assert "pills" not in str(shown)
    assert len(push_service.taken) == 3
    with clock.standing_at(utc("2026-11-20T01:42:00")):
        assert clara.tap("done") == []
        assert said(database) == ["done"]
        clara.page.reload()
        expect(clara.page.locator("#delivered")).to_contain_text(
            "at 8:00\xa0PM · once more to your computer at 8:30\xa0PM, as there was no answer "
            "· you said done at 8:42\xa0PM"
        )
    assert push_service.complaints == []
