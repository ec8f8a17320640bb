"""Every sentence a screen can say stands in the Spanish catalogue, with the same names in it, and blames nobody."""

import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "_l": None, "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
BLAMES = re.compile(r"fall(aste|ó|ar)|incumpl|fracas|reca[íi]d|perdist|deber[íi]as|culpa", re.IGNORECASE)


@cache
def _catalogue() -> Catalog:
    with (ROOT / "webapp/translations/es/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, ignore_obsolete=True)


def _forms(message: Message) -> list[tuple[str, str]]:
    """Each English form of a message with its Spanish one."""
    english = [message.id] if isinstance(message.id, str) else message.id
    spanish = [message.string] if isinstance(message.string, str) else message.string or ()
    return list(zip(english, spanish, strict=True))


def _names(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[a-z]", text))


def _wrong(english: str, spanish: str, many: str | None) -> str | None:
    """Say what is wrong with one form, if anything. The first form of a plural need not name its number."""
    wanted, named = _names(english), _names(spanish)
    if named != wanted and not (many and wanted - {"%(num)d"} <= named <= _names(many)):
        return f"names {sorted(named)}, not {sorted(wanted)}"
    if "<" in spanish or "&" in spanish:
        return "would be read as HTML"
    if spanish.count("¿") != spanish.count("?"):
        return "asks by halves"
    if spanish[:1].isspace() != english[:1].isspace() or spanish[-1:].isspace() != english[-1:].isspace():
        return "has other spaces around it"
    return "blames" if BLAMES.search(spanish) else None


def test_every_sentence_is_said_in_spanish() -> None:
    said = {id_ for message in _catalogue() if not message.fuzzy for id_, spanish in _forms(message) if id_ and spanish}
    missing = [
        f"{folder}/{file}: {ids}"
        for folder in ("webapp", "templates", "jobs")
        for file, _line, ids, *_rest in extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS)
        if not said.issuperset([ids] if isinstance(ids, str) else ids)
    ]
    assert not missing, "\n".join(missing)


def test_spanish_sentences_keep_the_names_in_them_and_blame_nobody() -> None:
    wrong = [
        f"{spanish!r} {problem}"
        for message in _catalogue()
        if message.id
        for number, (english, spanish) in enumerate(_forms(message))
        if (problem := _wrong(english, spanish, None if isinstance(message.id, str) or number else message.id[1]))
    ]
    assert not wrong, "\n".join(wrong)
