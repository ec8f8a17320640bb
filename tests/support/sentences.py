"""The sentences of Cairn as they stand in the code, and what a catalogue makes of them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from webapp.views.translate import FOLDER

HOUSE = Path(__file__).parents[2]
PLACE = re.compile(r"%\((\w+)\)([sd])")
FEWEST_WORDS = 4
"""Shorter ones are labels: no measure of reading says anything about them."""


@cache
def extracted() -> Catalog:
    """Collect every sentence with the files it is said in."""
    with (HOUSE / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    for name, line, text, _comments, _context in extract_from_dir(HOUSE, methods, options):
        found.add(text, locations=[(name, line)])
    return found


def languages() -> list[str]:
    """Name the languages there is a catalogue of."""
    return sorted(path.parts[-3] for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, ignore_obsolete=True)


def complete(language: str, prefix: str = "¡") -> Catalog:
    """Make a catalogue in which nothing is missing."""
    made = Catalog(language)
    for message in sentences(extracted()):
        many = isinstance(message.id, tuple)
        made.add(message.id, tuple(prefix + one for one in message.id) if many else f"{prefix}{message.id}")
    return made


def sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def problems(translated: Catalog) -> list[str]:
    """Say what keeps a catalogue from being whole."""
    found = []
    wanted = {_key(message): message for message in sentences(extracted())}
    there = {_key(message): message for message in sentences(translated)}
    for key, message in wanted.items():
        known = there.get(key)
        texts = _texts(known.string) if known else ()
        if known is None or not all(texts) or isinstance(message.id, tuple) != isinstance(known.id, tuple):
            found.append(f"missing: {key}")
        elif known.fuzzy:
            found.append(f"not sure: {key}")
        elif any(_places(text) - _places(*_texts(message.id)) for text in texts) or any(
            _needed(message) - _places(text) for text in texts
        ):
            found.append(f"other placeholders: {key}")
    return found + [f"said nowhere: {key}" for key in there if key not in wanted]


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else str(message.id)


def _texts(said: object) -> tuple[str, ...]:
    return said if isinstance(said, tuple) else (str(said or ""),)


def _places(*texts: str) -> set[tuple[str, ...]]:
    return {place for text in texts for place in PLACE.findall(text)}


def _needed(message: Message) -> set[tuple[str, ...]]:
    """Placeholders that no form may leave out: the number may be said as a word."""
    return _places(*_texts(message.id)) - {("num", "d")}


def by_screen(translated: Catalog | None = None) -> dict[str, list[str]]:
    """Gather what is said in whole sentences by the noun of its file, in English or as translated.

    The name of a template's folder and of its view are one: `templates/coping/…` and `views/coping.py`.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for message in sentences(extracted()):
        known = translated.get(_key(message)) if translated else message
        text = _texts((known.string if translated else message.id) if known else "")[-1]
        spoken = _spoken(text)
        if len(spoken.split()) >= FEWEST_WORDS:
            for noun in sorted({_noun(name) for name, _line in message.locations}):
                found[noun].append(spoken)
    return found


def _noun(name: str) -> str:
    parts = Path(name).parts
    return parts[1] if parts[0] == "templates" else Path(name).stem


def _spoken(text: str) -> str:
    """Fill a sentence in as it might be read, and end it."""
    names = {"name": "Ana", "who": "Ana", "client": "Ana", "supporter": "Ana"}
    text = PLACE.sub(lambda place: "3" if place[2] == "d" else names.get(place[1], "May"), text)
    text = " ".join(re.sub(r"[“”…]", "", text).replace("’", "'").split())
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."
