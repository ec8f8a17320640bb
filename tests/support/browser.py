"""A real Chromium, and pages that complain by themselves.

    browser     the browser, one per worker: the same Chromium without what draws windows, which takes a quarter less of
                the machine; where there is none, the whole one
    whole_browser  the whole one, for tests marked `notifications`, which the other has no place to show
    open_page   open_page(width=…, color_scheme=…, javascript=False, …) -> a page in a context of its own,
                signed in as nobody: one per person in the story
    page        open_page() on a phone, 360 × 740
    trouble     what went wrong on any page of the test; trouble.allow("422") before provoking something

A test ends badly when a page wrote an error to the console, threw, could not load something or asked a
foreign origin for anything, even when all its assertions held.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SMALLER = ("chromium-headless-shell", "chrome-headless-shell")
MAC = "/Applications/{0}.app/Contents/MacOS/{0}"
FLAGS = [
    "--no-sandbox",  # only our own pages on loopback; as root there is no sandbox to have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page or the browser itself asks for, nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PHONE = (360, 740)
OURS = {"127.0.0.1", "localhost", "::1"}


def find_chromium() -> str | None:
    """Return the path of a Chromium that starts, or None: the one named, installed, or of Playwright."""
    named = os.environ.get("CAIRN_TEST_BROWSER")
    places = [named] if named else chain(_installed(), _playwrights_own())
    return next((place for place in places if _starts(place)), None)


def find_smaller() -> str | None:
    """Return the path of a Chromium without windows that starts; None where a browser was named, or there is none."""
    if os.environ.get("CAIRN_TEST_BROWSER"):
        return None
    return next((path for name in SMALLER if (path := shutil.which(name)) and _starts(path)), None)


def _installed() -> Iterator[str]:
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    for name in ("Chromium", "Google Chrome"):
        yield MAC.format(name)


def _playwrights_own() -> Iterator[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def _starts(path: str) -> bool:
    """A distribution may ship a stub that only says where to get the real one: ask it."""
    if not Path(path).exists():
        return False
    asked = subprocess.run([path, "--version"], capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    return asked.returncode == 0 and b"hrom" in asked.stdout


@dataclass
class Trouble:
    """What the pages of one test complained about."""

    seen: list[str] = field(default_factory=list)
    allowed: list[re.Pattern[str]] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Expect complaints that match; a page answering 422 on purpose writes to the console too."""
        self.allowed.append(re.compile(pattern))

    def left(self) -> list[str]:
        """Return the complaints nobody expected."""
        return [line for line in self.seen if not any(pattern.search(line) for pattern in self.allowed)]

    def watch(self, page: "Page") -> None:
        """Follow a page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"thrown: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)

    def _console(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: "Request") -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "about"} and address.hostname not in OURS:
            self.seen.append(f"foreign origin: {request.url}")

    def _failed(self, request: "Request") -> None:
        # Aborted is what a browser calls a request it no longer needs: a page left early, a download.
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"not loaded: {request.url} ({request.failure})")


@pytest.fixture(scope="session")
def chromiums() -> tuple[str | None, str | None]:
    """Where the smaller and the whole one are. Looked for before Playwright runs, which may be asked, too."""
    return find_smaller(), find_chromium()


@pytest.fixture(scope="session")
def playwright(chromiums: tuple[str | None, str | None]) -> Iterator["Playwright"]:
    """What drives the browsers of this worker."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(
    playwright: "Playwright", chromiums: tuple[str | None, str | None], request: pytest.FixtureRequest
) -> Iterator["Browser"]:
    """The Chromium of this worker."""
    path, _ = chromiums
    if path is None:
        yield request.getfixturevalue("whole_browser")
        return
    chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def whole_browser(playwright: "Playwright", chromiums: tuple[str | None, str | None]) -> Iterator["Browser"]:
    """The whole Chromium of this worker."""
    _, path = chromiums
    assert path, "No Chromium found: run scripts/setup-tests, or set CAIRN_TEST_BROWSER."
    chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture
def trouble() -> Iterator[Trouble]:
    """Collect complaints; those left at the end fail the test."""
    trouble = Trouble()
    yield trouble
    if left := trouble.left():
        pytest.fail("The pages complained:\n  " + "\n  ".join(left), pytrace=False)


@pytest.fixture
def open_page(request: pytest.FixtureRequest, trouble: Trouble, serve: object) -> Iterator[Callable[..., "Page"]]:
    """Open a page in a new context; further keywords go to Playwright's new_context.

    It asks for `serve` only so that pages close before what they look at ends.
    """
    contexts = []
    shows = request.node.get_closest_marker("notifications")
    browser: Browser = request.getfixturevalue("whole_browser" if shows else "browser")

    def open_page(width: int = PHONE[0], height: int = PHONE[1], *, javascript: bool = True, **options: Any) -> "Page":
        phone = width < 600
        context = browser.new_context(
            **{
                "viewport": {"width": width, "height": height},
                "has_touch": phone,
                "is_mobile": phone,
                "locale": "en-US",
                "reduced_motion": "reduce",
                "java_script_enabled": javascript,
            }
            | options
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        # Also pages that the first one opens.
        context.on("page", trouble.watch)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., "Page"]) -> "Page":
    """A page on a phone, 360 × 740."""
    return open_page()


def main() -> int:
    """Print where the browser is; exit 1 when the tests would have none."""
    path = find_chromium()
    print(path or "no Chromium found")
    return 0 if path else 1


if __name__ == "__main__":
    raise SystemExit(main())
