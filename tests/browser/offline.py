"""A phone whose network comes and goes, for the tests of what works without it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from playwright.sync_api import Error, Page, expect
from sqlalchemy import select

from tests.support.cast import NOW
from tests.support.weather import Weather
from webapp.db import Database
from webapp.models import CheckIn
from webapp.services import sign_ins

NOISE = "ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_ABORTED|AbortError|Failed to fetch"
"""What a browser writes to its console when there is no network; pages must not add to it."""
Visit = Callable[..., "Phone"]


@contextmanager
def on_the_way() -> Iterator[None]:
    """Let pass that the page was just going to another one, or showing itself anew, when it was asked something."""
    try:
        yield
    except Error as error:
        if "context was destroyed" not in error.message:
            raise


@dataclass
class Phone:
    """One person's browser: a page of Cairn with the worker in charge, and the weather between it and the server."""

    page: Page
    weather: Weather
    origin: str

    def sign_in(self, app: Flask, database: Database, person_id: int) -> None:
        """Put a new sign-in of this person into the browser, as if the form had been sent."""
        with database.writing() as session:
            token = sign_ins.begin(session, person_id, "test", NOW, both=True)
        signed = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
        self.page.context.add_cookies([{"name": "cairn", "value": signed, "url": self.origin}])

    def settle(self) -> "Phone":
        """Wait until the worker is in charge of the page."""
        self.wait("navigator.serviceWorker.controller !== null")
        return self

    def wait(self, condition: str, tries: int = 200) -> None:
        """Wait until a condition of the page holds. Polled from here: the pages forbid eval."""
        for _ in range(tries):
            with on_the_way():
                if self.page.evaluate(f"async () => Boolean(await ({condition}))"):
                    return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {condition}")

    def keep(self, *paths: str) -> "Phone":
        """Wait until these pages are kept."""
        for path in paths:
            self.wait(KEPT.format(path=path))
        return self

    def kept(self) -> list[str]:
        """The addresses of kept personal pages, with the key they are kept under."""
        return sorted(self.page.evaluate(ALL_KEPT))

    def waiting(self) -> list[dict[str, Any]]:
        """What the outbox holds, of anybody."""
        for _ in range(20):
            try:
                return self.page.evaluate(OUTBOX)
            except Error:  # the page is just going to another one
                self.page.wait_for_timeout(100)
        raise AssertionError("the outbox can't be read")

    def until_waiting(self, number: int) -> list[dict[str, Any]]:
        for _ in range(300):
            found = self.waiting()
            if len(found) == number:
                return found
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{number} were to wait, there are {self.waiting()}")

    def send(self) -> "Phone":
        """Have the outbox try once more, and wait until it has, or the page shows itself anew for it."""
        with on_the_way():
            self.page.evaluate(FLUSH)
        return self

    def go(self, path: str) -> "Phone":
        try:
            self.page.goto(self.origin + path)
        except Error as error:
            if not re.search("interrupted by another navigation|ERR_ABORTED", error.message):
                raise
            self.page.goto(self.origin + path)  # the page was just showing itself anew
        return self

    def off(self) -> "Phone":
        self.page.context.set_offline(True)
        return self

    def on(self) -> "Phone":
        self.page.context.set_offline(False)
        return self

    def tick(self, name: str) -> "Phone":
        self.page.get_by_role("button", name=name).first.tap()
        return self

    def says(self, words: str) -> None:
        expect(self.page.locator("#connection")).to_contain_text(words, timeout=15_000)


KEPT = """(async () => {{
  for (const name of await caches.keys()) {{
    if (!name.startsWith("cairn-pages-")) continue;
    if (await (await caches.open(name)).match("{path}", {{ ignoreVary: true }})) return true;
  }}
}})()"""
ALL_KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith("cairn-pages-")) continue;
    for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
  }
  return found;
}"""
FLUSH = """() => new Promise((done) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done();
  navigator.serviceWorker.controller.postMessage({ do: "flush" }, [port2]);
})"""
OUTBOX = """() => new Promise((done) => {
  const asked = indexedDB.open("cairn", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("ops", { keyPath: "seq", autoIncrement: true });
  asked.onerror = () => done([]);
  asked.onsuccess = () => {
    const all = asked.result.transaction("ops").objectStore("ops").getAll();
    all.onsuccess = () => { asked.result.close(); done(all.result); };
  };
})"""


def recorded(database: Database, step: int) -> list[tuple[str, str, bool]]:
    """Every check-in on a step: its day, its outcome, and whether it still stands."""
    rows = select(CheckIn.day, CheckIn.outcome, CheckIn.undone_at).where(CheckIn.step_id == step).order_by(CheckIn.id)
    with database.reading() as connection:
        return [(str(row.day), str(row.outcome), row.undone_at is None) for row in connection.execute(rows)]
