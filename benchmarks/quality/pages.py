"""Every page there is, every form with nonsense in it and every error page: axe, HTML checkers, console, width.

Each is looked at 320, 360, 768 and 1280 pixels wide, in the light and in the dark, with everything open.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.quality.browsing import chromium, context_of
from benchmarks.quality.served import Served
from benchmarks.quality.table import Row, none
from tests.support import axe, walk
from tests.support.browser import Trouble
from tests.support.walk import BEGIN, Stop, Walk
from webapp import clock
from webapp.domain.people import Role

HERE = Path(__file__).parent
TOOLS = HERE / "node_modules"
WIDTHS = (320, 360, 768, 1280)
PEOPLE = {
    None: None,
    "mary": Role.CLIENT,
    "joe": Role.CLIENT,
    "edythe": Role.SUPPORTER,
    "ruth": Role.CARE_TEAM,
    "ada": Role.ADMIN,
}
"""The stranger comes first: the link to sign in is good for ten minutes."""
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@dataclass
class Findings:
    """What was wrong, and where it was seen first."""

    axe: dict[str, str] = field(default_factory=dict)
    wide: dict[str, str] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)
    unseen: set[str] = field(default_factory=set)
    html: list[tuple[str, str]] = field(default_factory=list)


def measure(served: Served) -> Iterator[Row]:
    """Walk as each of the demo people and as a stranger."""
    found = Findings()
    found.trouble.allow(r"status of 4\d\d")
    begin = walk.prepare(served.database, clock.now(), *(f"{name}@demo.example" for name in ("mary", "ruth", "ada")))
    script = (TOOLS / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with chromium() as browser:
        for name, role in PEOPLE.items():
            more = [] if name == "joe" else begin[role]
            way = Walk(served.app, served.url, thorough=True)
            print(f"  as {name or 'a stranger'} …", flush=True)
            _as(browser, served, name, way, (*BEGIN[role], *more), script, found)
            found.unseen |= set() if name == "joe" else way.unseen(role)
    print(f"  {len(found.html)} pages, each {len(WIDTHS)} widths wide, in the light and in the dark")
    yield none("pages: routes that were not walked", sorted(found.unseen))
    yield none("pages: axe, WCAG 2.2 AA and best practices", _lines(found.axe))
    yield none("pages: wider than the screen", _lines(found.wide))
    yield none("pages: errors on the console", found.trouble.left())
    with tempfile.TemporaryDirectory() as folder:
        for number, (_, html) in enumerate(found.html):
            Path(folder, f"{number:03}.html").write_text(html, encoding="utf-8")
        yield none("pages: html-validate", _html_validate(Path(folder), found))
        yield none("pages: vnu", _vnu(Path(folder), found))


def _as(
    browser: Browser, served: Served, name: str | None, way: Walk, begin: tuple[str, ...], script: str, found: Findings
) -> None:
    who, paths = name or "a stranger", []
    with context_of(browser, served, name, reduced_motion="reduce", device_scale_factor=1) as context:
        page = context.new_page()
        found.trouble.watch(page)
        for stop in way.stroll(who, page, begin):
            paths.append(stop.path)
            _look(page, stop, script, found)
        for stop in way.wrong_forms(who, page, paths):
            _look(page, stop, script, found)


def _look(page: Page, stop: Stop, script: str, found: Findings) -> None:
    where = f"{stop.who} at {stop.path}"
    found.html.append((where, stop.html))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        axe.open_everything(page)
        if page.evaluate(TOO_WIDE):
            found.wide.setdefault(f"{stop.kind} at {width}", where)
        for look, rules in (("light", ()), ("dark", ("color-contrast",))):
            page.emulate_media(color_scheme=look)
            for line in axe.complaints(page, script, rules):
                found.axe.setdefault(line, f"{where}, {width} wide, {look}")
    page.set_viewport_size({"width": 360, "height": 740})


def _lines(found: dict[str, str]) -> list[str]:
    return [f"{where}: {line}" for line, where in found.items()]


def _html_validate(folder: Path, found: Findings) -> Iterator[str]:
    command = ["node", str(TOOLS / ".bin" / "html-validate"), "--config", str(HERE / "htmlvalidate.json")]
    told = subprocess.run([*command, "--formatter", "json", str(folder)], capture_output=True, text=True, timeout=300)
    for file in json.loads(told.stdout):
        for message in file["messages"]:
            where = found.html[int(Path(file["filePath"]).stem)][0]
            yield f"{where}, line {message['line']}: {message['message']} ({message['ruleId']})"


def _vnu(folder: Path, found: Findings) -> Iterator[str]:
    jar = TOOLS / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = [
        "java",
        "-Xss1m",
        "-jar",
        str(jar),
        "--format",
        "json",
        "--stdout",
        "--exit-zero-always",
        "--errors-only",
    ]
    told = subprocess.run([*command, str(folder)], capture_output=True, text=True, timeout=300)
    for message in json.loads(told.stdout)["messages"]:
        where = found.html[int(Path(message["url"]).stem)][0]
        yield f"{where}, line {message.get('lastLine')}: {message['message']}"
