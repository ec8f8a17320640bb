"""Styles: every colour on every ground in both looks, what a first page weighs, and no left or right."""

import gzip
import re
from pathlib import Path

import pytest

from webapp.views.styleguide import AIM, MARK, MARKS, TEXT, WORDS, colours, contrast, pair

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static/css"


def text(name: str = "cairn.css") -> str:
    return re.sub(r"/\*.*?\*/", "", (CSS / name).read_text(encoding="utf-8"), flags=re.S)


def tokens(look: str) -> dict[str, str]:
    return colours(text())[look]


def test_contrast_is_counted_as_wcag_counts_it() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_colour_of_words_can_be_read_on_every_ground(look: str) -> None:
    assert AIM > TEXT
    found = [pair(tokens(look), *both) for both in WORDS]
    assert [one for one in found if one.ratio < AIM] == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_mark_can_be_told_from_every_ground(look: str) -> None:
    found = [pair(tokens(look), *both) for both in MARKS]
    assert [one for one in found if one.ratio < MARK] == []


def test_the_dark_look_says_every_colour_anew() -> None:
    light, dark = (set(re.findall(r"--([a-z-]+): #", root)) for root in re.findall(r":root \{(.*?)\}", text(), re.S))
    assert light == dark


def test_the_browsers_bar_has_the_colour_of_the_paper() -> None:
    base = (ROOT / "templates/layouts/base.html").read_text(encoding="utf-8")
    for look in ("light", "dark"):
        assert f'(prefers-color-scheme: {look})" content="{tokens(look)["paper"]}"' in base


PHYSICAL = re.compile(
    r"(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right|top|bottom)\b|left\s*:|right\s*:|top\s*:|bottom\s*:|"
    r"(?:min-|max-)?(?:width|height)\s*:|float\s*:|text-align\s*:\s*(?:left|right))"
)
FOUR = re.compile(r"(?:margin|padding|inset|border-radius|scroll-\w+):\s*([^;}]+)")


def _sides(value: str) -> list[str]:
    """Split a value at its outer spaces; calc() and var() are one piece."""
    return re.findall(r"(?:[^\s()]+|\((?:[^()]|\([^()]*\))*\))+", value)


def one_sided(css: str) -> list[str]:
    """List what would not turn round where people read from the right."""
    without_queries = re.sub(r"@(?:media|supports)[^{]*\{", "{", css)
    found = [hit.group().strip() for hit in PHYSICAL.finditer(without_queries)]
    for hit in FOUR.finditer(without_queries):
        sides = _sides(hit.group(1).replace("!important", ""))
        if len(sides) == 4 and sides[1] != sides[3]:
            found.append(hit.group())
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in CSS.glob("*.css")))
def test_no_style_names_left_or_right(name: str) -> None:
    assert one_sided(text(name)) == []


@pytest.mark.parametrize(
    ("css", "count"),
    [
        ("a { margin-left: 1px }", 1),
        ("a { padding: 1px 2px 3px 4px }", 1),
        ("a { padding: 0 var(--s4) var(--s4) var(--s3) }", 1),
        ("a { left: 0; text-align: right }", 2),
        ("a { width: 1px }", 1),
        ("a { padding: 1px 2px 3px }", 0),
        ("a { padding: 1px 2px 3px 2px; inset-inline: 0 1px }", 0),
        ("@media (max-width: 3em) { a { inline-size: 1px } }", 0),
    ],
)
def test_left_and_right_are_noticed(css: str, count: int) -> None:
    assert len(one_sided(css)) == count


def test_a_first_page_loads_six_kilobytes_of_style_at_most() -> None:
    assert len(gzip.compress((CSS / "cairn.css").read_bytes(), 9)) <= 6000


def test_every_class_that_is_styled_is_used() -> None:
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static/js").glob("*.js")]
    used = " ".join(path.read_text(encoding="utf-8") for path in pages)
    used += " is-done is-some is-not-today is-waiting initial-small initial-big htmx-request htmx-swapping "
    used += " ".join(f"mark-{name}" for name in ("full", "half", "open", "dash"))  # put together, or by htmx
    styled = {name for path in CSS.glob("*.css") for name in re.findall(r"\.(-?[a-z][a-z-]*)", text(path.name))}
    assert sorted(name for name in styled if not re.search(rf"(?<![\w-]){name}(?![\w-])", used)) == []
