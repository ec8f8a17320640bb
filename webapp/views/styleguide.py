"""The design on one page, for whoever works on the screens: tokens, states, every piece. Not in production."""

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from webapp.views import edge

blueprint = Blueprint("styleguide", __name__)

TEXT, AIM, MARK = 4.5, 7.0, 3.0
"""Least contrast of words, what we keep to, and least contrast of marks and borders that say something."""
GROUNDS = ("paper", "card", "well")
WORDS = (
    *product(("ink", "soft", "accent"), (*GROUNDS, "wash")),
    ("on", "accent"),
    ("card", "help"),
    *product(("amber",), ("amber-wash", "paper", "card")),
    ("help", "help-wash"),
)
"""Which colour of words stands on which ground."""
MARKS = (*product(("ring", "accent", "amber", "help"), GROUNDS), ("ring", "wash"), ("accent", "wash"))
KINDS = (("words", WORDS), ("mark", MARKS))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours that meet on a screen, in one look; `ratio` is from 1 to 21."""

    front: str
    ground: str
    front_colour: str
    ground_colour: str
    ratio: float


@blueprint.get("/styleguide")
def page() -> ResponseReturnValue:
    if edge.config().production:
        abort(404)
    css = (Path(current_app.static_folder or "") / "css/cairn.css").read_text(encoding="utf-8")
    looks = colours(css)
    rows = [(kind, [pair(look, *both) for look in looks.values()]) for kind, told in KINDS for both in told]
    return render_template("styleguide/page.html", looks=list(looks), rows=rows)


def colours(css: str) -> dict[str, dict[str, str]]:
    """Read the tokens of both looks from cairn.css; the dark one changes some of the light one's."""
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", root)) for root in re.findall(r":root \{(.*?)\}", css, re.S)
    )
    return {"light": light, "dark": light | dark}


def pair(look: dict[str, str], front: str, ground: str) -> Pair:
    """Measure one colour on another in a look."""
    return Pair(front, ground, look[front], look[ground], contrast(look[front], look[ground]))


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours as WCAG counts it, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
