"""Ask axe, the accessibility checker, about a page: everything of WCAG 2.2 AA it can tell, and its best practices."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OPEN = "document.querySelectorAll('main details').forEach(one => { one.open = true; })"
RUN = """only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(told => told.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${rule.help}: ${node.html.slice(0, 200)} ${node.failureSummary}`)
))"""


@cache
def script() -> str:
    """Give the axe that the tests' lock pins."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def open_everything(page: "Page") -> None:
    """Open what is folded, and let the window show the whole page: a bar fixed to its edge then covers nothing."""
    page.evaluate(OPEN)
    whole, size = page.evaluate("document.documentElement.scrollHeight"), page.viewport_size
    assert size is not None
    if whole > size["height"]:
        page.set_viewport_size({"width": size["width"], "height": whole})


def complaints(page: "Page", axe: str | None = None, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds wrong with the page as it is: all of it, or only by these rules."""
    if not page.evaluate("'axe' in self"):
        page.evaluate(axe or script())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: list[str] = page.evaluate(RUN, only)
    return [" ".join(line.split()) for line in found]
