"""Pages are on a phone and complain by themselves; a served app answers on loopback."""

import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import Trouble
from tests.support.server import Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

HEAD = "<!doctype html><title>t</title><meta name=viewport content='width=device-width'>"
CONTENT = {
    "/quiet": "<h1>Quiet</h1>",
    "/throws": "<script>throw new Error('on purpose')</script>",
    "/writes": "<script>console.error('on purpose')</script>",
    "/lacks": "<img src='/nothing-here' alt=''>",
    "/foreign": "<img src='http://third.party.test/pixel.gif' alt=''>",
    "/paints": "<p>before</p><script>document.querySelector('p').textContent = 'after'</script>",
}


def site(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A site of one-line pages; the icon a browser asks for is there, everything else is not."""
    path = environ["PATH_INFO"]
    found = path in CONTENT or path == "/favicon.ico"
    start_response("200 OK" if found else "404 Not Found", [("Content-Type", "text/html; charset=utf-8")])
    return [(HEAD + CONTENT.get(path, "")).encode()]


@pytest.fixture
def live(serve: Callable[..., Served]) -> Served:
    return serve(site)


def test_the_page_is_a_phone(page: "Page", live: Served) -> None:
    page.goto(live.url + "/quiet")
    assert page.evaluate("[innerWidth, innerHeight, navigator.maxTouchPoints > 0]") == [360, 740, True]


def test_a_quiet_page_leaves_no_trouble(page: "Page", live: Served, trouble: Trouble) -> None:
    page.goto(live.url + "/quiet")
    assert trouble.seen == []


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/throws", "thrown: on purpose"),
        ("/writes", "console: on purpose"),
        ("/lacks", "console: .*404"),
        ("/foreign", "foreign origin: http://third.party.test"),
    ],
)
def test_a_page_in_trouble_is_noticed(page: "Page", live: Served, trouble: Trouble, path: str, complaint: str) -> None:
    page.goto(live.url + path, wait_until="networkidle")
    assert trouble.left()
    trouble.allow(complaint)
    trouble.allow("third.party.test")  # not loaded either, which is a second complaint
    assert trouble.left() == []


def test_pages_of_one_test_share_no_cookies_and_may_do_without_javascript(
    open_page: Callable[..., "Page"], live: Served
) -> None:
    with_script, without = open_page(1280, 800), open_page(javascript=False)
    for page in (with_script, without):
        page.goto(live.url + "/paints")
    assert (with_script.inner_text("p"), without.inner_text("p")) == ("after", "before")
    with_script.context.add_cookies([{"name": "who", "value": "theo", "url": live.url}])
    assert without.context.cookies() == []


def test_a_served_app_is_gone_when_the_block_ends() -> None:
    with serving(site) as served:
        socket.create_connection(("127.0.0.1", served.port), timeout=5).close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", served.port), timeout=5)
