"""A language in which every sentence of ours stands in brackets: what is read outside them is in no catalogue."""

import re
from collections.abc import Iterator
from typing import Any

import html5lib

from webapp.views.translate import Catalogue

PLACE = re.compile(r"(%\(\w+\)[sd])")
SAID = ("aria-label", "aria-description", "placeholder", "alt", "title", "label", "content")
"""Attributes that somebody reads or hears. Those of ours for scripts come beside them, when they hold words."""
SILENT = ("script", "style", "svg", "template")
UNSAID = ("data-ahead", "data-hides")
"""Lists of addresses and of names, for scripts."""


class Brackets(Catalogue):
    """Puts ⟦ ⟧ around what is translated, and leaves what is filled in outside them."""

    def __init__(self) -> None:
        super().__init__({}, {}, lambda num: int(num != 1))

    def one(self, text: str) -> str:
        return "".join(f"⟦{part}⟧" if part and not PLACE.fullmatch(part) else part for part in PLACE.split(text))

    def many(self, one: str, many: str, num: int) -> str:
        return self.one(super().many(one, many, num))


def words_of(page: str) -> Iterator[tuple[str, str]]:
    """Yield what a page says, and where: its text as a whole, and each attribute that is read out."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    yield "text", "".join(_text(tree))
    for element in tree.iter():
        if element.tag in SILENT or not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            of_ours = str(name).startswith("data-") and " " in value and not value.startswith(("{", "<"))
            of_ours = of_ours and name not in UNSAID and not str(name).startswith("data-hx-")
            button = name == "value" and element.attrib.get("type") in ("submit", "button")
            if (name in SAID and element.tag != "meta") or of_ours or button:
                yield f"{element.tag}[{name}]", value


def _text(element: Any) -> Iterator[str]:
    if element.tag in SILENT or not isinstance(element.tag, str) or element.attrib.get("translate") == "no":
        return  # signs to be typed, in no language
    if element.text and element.tag != "textarea":
        yield element.text
    for child in element:
        yield from _text(child)
        yield f" {child.tail or ''}"


def outside(said: str) -> str:
    """Return what stands outside the brackets; {gaps} are left for scripts to fill."""
    return re.sub(r"⟦[^⟦⟧]*⟧|\{\w*\}", " ", said)
