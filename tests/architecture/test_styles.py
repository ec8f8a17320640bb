"""Styles: every colour on every ground in both looks, what a first page weighs, and no left or right."""

import gzip
import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static/css"
TEXT, MARK = 4.5, 3.0
AIM = 7.0
GROUNDS = ("paper", "card", "well")
# What stands on what. Text of the person and of Cairn is read in hard moments: 7 to 1 wherever it is not a mark.
WORDS = [
    *product(("ink", "soft", "accent"), (*GROUNDS, "wash")),
    ("on", "accent"),
    ("card", "help"),
    *product(("amber",), ("amber-wash", "paper", "card")),
    ("help", "help-wash"),
]
MARKS = [*product(("ring", "accent", "amber", "help"), GROUNDS), ("ring", "wash"), ("accent", "wash")]


def text(name: str = "cairn.css") -> str:
    return re.sub(r"/\*.*?\*/", "", (CSS / name).read_text(encoding="utf-8"), flags=re.S)


def tokens(look: str) -> dict[str, str]:
    """Read the colours of a look; the dark one changes some of the light one's."""
    light, dark = (re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", block) for block in _roots())
    return dict(light) | (dict(dark) if look == "dark" else {})


def _roots() -> tuple[str, str]:
    first, second = re.findall(r":root \{(.*?)\}", text(), flags=re.S)
    return first, second


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours as WCAG counts it, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_counted_as_wcag_counts_it() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_colour_of_words_can_be_read_on_every_ground(look: str) -> None:
    colours = tokens(look)
    found = {f"{one} on {ground}": contrast(colours[one], colours[ground]) for one, ground in WORDS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < TEXT} == {}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < AIM} == {}


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_mark_can_be_told_from_every_ground(look: str) -> None:
    colours = tokens(look)
    found = {f"{one} on {ground}": contrast(colours[one], colours[ground]) for one, ground in MARKS}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < MARK} == {}


def test_the_dark_look_says_every_colour_anew() -> None:
    light, dark = (set(re.findall(r"--([a-z-]+): #", block)) for block in _roots())
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
