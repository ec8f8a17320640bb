"""The Spanish catalogue asks with both marks, holds no HTML, keeps its spaces, and blames nobody."""

import re

from flask import Flask

from tests.support.sentences import catalogue, sentences
from webapp.views.translate import _, ngettext

BLAMES = re.compile(r"fall(aste|ó|ar)|incumpl|fracas|reca[íi]d|perdist|deber[íi]as|culpa", re.IGNORECASE)


def wrong(english: str, spanish: str) -> str | None:
    """Say what is wrong with a sentence, if anything."""
    if "<" in spanish or "&" in spanish:
        return "would be read as HTML"
    if spanish.count("¿") != spanish.count("?") or spanish.count("¡") != spanish.count("!"):
        return "opens no mark that it closes"
    if [spanish[:1].isspace(), spanish[-1:].isspace()] != [english[:1].isspace(), english[-1:].isspace()]:
        return "has other spaces around it"
    return "blames" if BLAMES.search(spanish) else None


def test_spanish_sentences_are_sound() -> None:
    found = []
    for message in sentences(catalogue("es")):
        english, spanish = ((one,) if isinstance(one, str) else one for one in (message.id, message.string))
        pairs = zip(english, spanish, strict=True)
        found += [f"{said!r} {problem}" for text, said in pairs if (problem := wrong(text, said))]
    assert "\n".join(found) == ""


def test_what_is_not_sound_is_seen() -> None:
    said = ("Lo <b>dice</b>", "Cómo?", "¡Bien", " Hoy", "Fallaste hoy")
    assert all(wrong("It says so", one) for one in said)
    assert wrong("Is it so?", "¿Es así?") is None


def test_a_sentence_that_also_stands_before_a_plural_is_found_alone(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "es"}):
        assert _("last day") == ngettext("last day", "%(num)d days left", 1) == "último día"
