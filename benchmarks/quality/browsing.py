"""A Chromium of our own and people's pages in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.quality.served import Served
from tests.support.browser import FLAGS, find_chromium

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium that the tests use."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def context_of(browser: Browser, served: Served, name: str | None, **options: Any) -> Iterator[BrowserContext]:
    """A phone of a demo person who is signed in (None: of a stranger), with nothing kept on it."""
    context = browser.new_context(**(PHONE | options))
    context.set_default_timeout(20_000)
    if name is not None:
        cookie, value = served.cookie(name)
        context.add_cookies([{"name": cookie, "value": value, "url": served.url}])
    yield context
    context.close()
