"""How much the first Today weighs: bytes of bodies as they come over the wire, and requests.

A browser without a window leaves out the icon and the manifest; a phone doesn't, so they are counted in. The worker is
fetched when the page is there and has a goal of its own (the goals of HTML, styles, scripts and worker make 40 KB, that
of all of it is 35): it is left out of the sum, and the sum with it is printed above the table.
"""

import re
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page

from benchmarks.quality.browsing import chromium, context_of
from benchmarks.quality.served import Served
from benchmarks.quality.table import Row, at_most

LINKED = re.compile(r'<link rel="(?:manifest|icon)"[^>]*href="([^"]+)"')
LATER = 3000
"""Milliseconds in which the page may still ask for more by itself."""


def measure(served: Served) -> Iterator[Row]:
    """Open Today once on a phone that never saw Cairn."""
    with chromium() as browser, context_of(browser, served, "mary") as context:
        page = context.new_page()
        sizes = _load(page, context.new_cdp_session(page), f"{served.url}/today")
        for path in LINKED.findall(page.content()):
            sizes.setdefault(path, _size(served.url + path))
    worker = _size(f"{served.url}/sw.js")
    sizes.pop("/sw.js", None)
    for path, size in sizes.items():
        print(f"  {size:7} {path}")
    print(f"  {worker:7} /sw.js")

    def together(*endings: str) -> list[float]:
        found = [size for path, size in sizes.items() if urlsplit(path).path.endswith(endings)]
        return [sum(found) / 1000]

    print(f"  {sum(sizes.values()) + worker:7} all of it, with the worker")

    yield at_most("first Today: all but the worker", 35, [sum(sizes.values()) / 1000], " KB")
    yield at_most("first Today: requests", 10, [len(sizes) + 1])
    yield at_most("first Today: HTML and CSS", 14, together("/today", ".css"), " KB")
    yield at_most("first Today: CSS", 6, together(".css"), " KB")
    yield at_most("first Today: JavaScript with htmx", 20, together(".js"), " KB")
    yield at_most("first Today: worker", 6, [worker / 1000], " KB")


def _load(page: Page, wire: CDPSession, address: str) -> dict[str, int]:
    """Open a page and count what comes, by address."""
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def asked(event: dict) -> None:
        address = urlsplit(event["request"]["url"])
        if address.scheme.startswith("http"):
            names[event["requestId"]] = address.path + (f"?{address.query}" if address.query else "")

    heads: dict[str, int] = {}
    wire.on("Network.requestWillBeSent", asked)
    wire.on(
        "Network.responseReceived",
        lambda event: heads.setdefault(event["requestId"], event["response"]["encodedDataLength"]),
    )

    def came(event: dict) -> None:
        if name := names.get(event["requestId"]):
            sizes[name] = event["encodedDataLength"] - heads.get(event["requestId"], 0)

    wire.on("Network.loadingFinished", came)
    wire.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(LATER)
    return sizes


def _size(address: str) -> int:
    asked = urllib.request.Request(address, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return len(answer.read())
