"""Today on a four-year-old phone with a poor connection: slow 4G as browsers' tools have it, and a CPU 4× as slow."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.quality.browsing import chromium, context_of
from benchmarks.quality.served import Served
from benchmarks.quality.table import RUNS, Row, at_most

SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
"""1.6 Mbit/s down, 750 kbit/s up, 150 ms away, with the share of each that a page sees; bytes a second."""
SLOWER = 4
SETTLED = 3000
"""Milliseconds after loading in which the page may still move or be busy."""

WATCH = """(() => {
    const seen = self.seen = {lcp: 0, cls: 0, tbt: 0, fcp: 0, tap: null};
    const watch = (type, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
        .observe({type, buffered: true});
    watch('largest-contentful-paint', entry => { seen.lcp = entry.startTime; });
    watch('layout-shift', entry => { if (!entry.hadRecentInput) seen.cls += entry.value; });
    watch('longtask', entry => { seen.tbt += Math.max(0, entry.duration - 50); });
    const ring = tick => tick && getComputedStyle(tick, '::before').borderTopStyle;
    const state = card => card.className.replace(/\\bhtmx\\S*/g, '').trim();
    const look = card => card && [state(card), card.textContent, ring(card.querySelector('.tick'))].join('|');
    addEventListener('click', event => {
        const id = event.target.closest('[id^=step-]')?.id;
        if (!id || seen.tap) return;
        const before = look(document.getElementById(id)), began = event.timeStamp;
        const frame = () => look(document.getElementById(id)) === before ? requestAnimationFrame(frame)
            : requestAnimationFrame(() => { seen.tap = performance.now() - began; });
        requestAnimationFrame(frame);
    }, true);
})()"""
"""Runs before the page's own scripts. A tap is answered when the card's words or state are new, or its ring is
dotted because it is on its way; and a frame later."""


def measure(served: Served) -> Iterator[Row]:
    """Open Today five times, each on a phone that never saw Cairn, and tick a step on it."""
    with chromium() as browser:
        _warm(browser, served)
        seen = [_once(browser, served) for _ in range(RUNS)]
    yield at_most("slow phone: largest paint (LCP)", 1.8, [one["lcp"] / 1000 for one in seen], " s")
    yield at_most("slow phone: layout moves (CLS)", 0.02, [one["cls"] for one in seen])
    yield at_most("slow phone: busy (TBT)", 150, [one["tbt"] for one in seen], " ms")
    yield at_most("slow phone: tick to visible change", 100, [one["tap"] for one in seen], " ms")


def _warm(browser: Browser, served: Served) -> None:
    """Let the server compile its templates."""
    with context_of(browser, served, "mary") as context:
        context.new_page().goto(f"{served.url}/today")


def _once(browser: Browser, served: Served) -> dict[str, float]:
    with context_of(browser, served, "mary") as context:
        context.add_init_script(WATCH)
        page = context.new_page()
        _slow(page)
        page.goto(f"{served.url}/today", wait_until="load", timeout=60_000)
        page.wait_for_timeout(SETTLED)
        seen: dict[str, Any] = page.evaluate("({...self.seen})")
        page.locator("main button.tick").first.tap()
        return seen | {"tap": _answered(page)}


def _answered(page: Page) -> float:
    """Wait for the tick's answer; the page's policy forbids Playwright's own way of waiting."""
    for _ in range(100):
        if (tap := page.evaluate("self.seen.tap")) is not None:
            return float(tap)
        page.wait_for_timeout(200)
    raise TimeoutError("the tick changed nothing to see within 20 seconds")


def _slow(page: Page) -> None:
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_4G)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
