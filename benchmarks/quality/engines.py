"""The heart of working without a network, in the engines of Safari and Firefox: five cases, each on a new phone."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import func, select

from benchmarks.quality.drivers import Browser, firefox, webkit
from benchmarks.quality.served import Served
from benchmarks.quality.table import Row
from benchmarks.quality.wire import Wire, wire_to
from webapp import clock
from webapp.models import CheckIn
from webapp.services import sign_ins
from webapp.services.demo import ACCOUNTS

ENGINES: dict[str, Callable[[], AbstractContextManager[Browser]]] = {"WebKitGTK": webkit, "Firefox": firefox}
IN_CHARGE = "navigator.serviceWorker && navigator.serviceWorker.controller !== null"
KEPT = """(async () => {{
    for (const name of await caches.keys()) {{
        if (!name.startsWith('cairn-pages-')) continue;
        if (await (await caches.open(name)).match('{path}', {{ignoreVary: true}})) return true;
    }}
    return false;
}})()"""
NOTHING_KEPT = "caches.keys().then(names => !names.some(name => name.startsWith('cairn-pages-')))"
WAITING = """new Promise(done => {{
    const asked = indexedDB.open('cairn', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('ops', {{keyPath: 'seq', autoIncrement: true}});
    asked.onerror = () => done(false);
    asked.onsuccess = () => {{
        const count = asked.result.transaction('ops').objectStore('ops').count();
        count.onsuccess = () => {{ asked.result.close(); done(count.result === {number}); }};
    }};
}})"""
DATED = "const kept = document.getElementById('kept'); return Boolean(kept) && !kept.hidden;"
TICK = "main .step button.tick"
COPING = "Water the geraniums"
MARYS = ("Sing through my part", "Walk round the pond")


@dataclass
class Phone:
    """A browser, the wire to the app, and what the app wrote down."""

    browser: Browser
    wire: Wire
    served: Served

    def go(self, path: str) -> None:
        self.browser.go(self.wire.url + path)

    def sign_in(self, name: str) -> None:
        """Sign in by the form."""
        account = next(each for each in ACCOUNTS if each.email == f"{name}@demo.example")
        self.go("/sign-in")
        self.browser.type("input[type=email]", account.email)
        self.browser.type("input[type=password]", account.password)
        self.browser.click("input[type=password] ~ button, form:has(input[type=password]) button:not([type=button])")
        self.browser.wait_for("location.pathname === '/today'")

    def ready(self, name: str) -> None:
        """Sign in, and wait until Today, Coping and Plan are kept."""
        self.sign_in(name)
        self.browser.wait_for(IN_CHARGE)
        for path in ("/today", "/coping", "/plan"):
            self.browser.wait_for(KEPT.format(path=path))

    def waiting(self, number: int) -> None:
        self.browser.wait_for(WAITING.format(number=number))

    def reads(self, *words: str) -> None:
        """Raise AssertionError unless the page holds all of these words."""
        text = self.browser.text()
        assert all(each in text for each in words), f"not to be read: {words} in {' '.join(text.split())[:200]!r}"

    def hides(self, *words: str) -> None:
        """Raise AssertionError when the page holds any of these words."""
        text = self.browser.text()
        assert not any(each in text for each in words), f"to be read: {words}"

    def written(self, name: str) -> int:
        """How many check-ins a demo person has."""
        rows = select(func.count(CheckIn.id)).where(CheckIn.by_id == self.served.person(name))
        with self.served.database.reading() as connection:
            return int(connection.execute(rows).scalar_one())


def opens_offline(phone: Phone) -> None:
    phone.ready("mary")
    phone.wire.cut()
    for path, words in (("/today", MARYS[0]), ("/coping", COPING), ("/plan", MARYS[1]), ("/help-now", "988")):
        phone.go(path)
        phone.reads(words)
        assert path == "/help-now" or phone.browser.run(DATED), f"{path} does not say from when it is"


def sent_once_later(phone: Phone) -> None:
    before = phone.written("mary")
    phone.ready("mary")
    phone.wire.cut()
    phone.go("/today")
    phone.browser.click(TICK)
    phone.waiting(1)
    phone.browser.wait_for("document.querySelector('.waits') !== null")
    assert phone.written("mary") == before
    phone.wire.mend()
    phone.go("/today")
    phone.waiting(0)
    phone.go("/today")
    assert phone.written("mary") == before + 1


def reply_lost(phone: Phone) -> None:
    before = phone.written("mary")
    phone.ready("mary")
    phone.wire.lose_replies()
    phone.browser.click(TICK)
    phone.waiting(1)
    _until(lambda: phone.written("mary") == before + 1)
    phone.wire.find_replies()
    phone.go("/today")
    phone.waiting(0)
    assert phone.written("mary") == before + 1


def another_user(phone: Phone) -> None:
    before = phone.written("mary"), phone.written("joe")
    phone.ready("mary")
    phone.reads(*MARYS)
    phone.wire.cut()
    phone.go("/today")
    phone.browser.click(TICK)
    phone.waiting(1)
    with phone.served.database.writing() as session:
        sign_ins.end_everywhere(session, phone.served.person("mary"), clock.now())
    phone.wire.mend()
    phone.ready("joe")
    phone.hides(*MARYS)
    phone.wire.cut()
    for path in ("/today", "/coping", "/plan"):
        phone.go(path)
        phone.hides(*MARYS)
    assert (phone.written("mary"), phone.written("joe")) == before


def sign_out_leaves_nothing(phone: Phone) -> None:
    phone.ready("mary")
    phone.reads(*MARYS)
    phone.go("/settings")
    phone.browser.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    phone.browser.click("main form[action$='/sign-out'] button, form[action$='/sign-out'] button")
    phone.browser.wait_for("location.pathname !== '/settings'")
    phone.browser.wait_for(NOTHING_KEPT)
    phone.wire.cut()
    phone.browser.back()
    phone.hides(*MARYS)
    phone.go("/today")
    phone.hides(*MARYS)


CASES: dict[str, Callable[[Phone], None]] = {
    "opens without a network": opens_offline,
    "a tick is sent once, later": sent_once_later,
    "a reply lost is no second tick": reply_lost,
    "another account sees no trace": another_user,
    "signing out leaves nothing": sign_out_leaves_nothing,
}


def measure(served: Served) -> Iterator[Row]:
    """Try each case once in each engine."""
    for engine, browser in ENGINES.items():
        for name, case in CASES.items():
            problem = _tried(served, browser, case)
            if problem:
                print(f"  {engine}, {name}: {problem}")
            yield Row(f"{engine}: {name}", "holds", "broke" if problem else "held", not problem)


def _tried(
    served: Served, browser: Callable[[], AbstractContextManager[Browser]], case: Callable[[Phone], None]
) -> str | None:
    """Say what went wrong, if anything did."""
    try:
        with wire_to(served.port) as wire, browser() as started:
            case(Phone(started, wire, served))
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:400]
    return None


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("never came true")
