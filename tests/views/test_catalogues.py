"""A language is offered when every sentence is there, sure of itself, and with its placeholders."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import write_po
from flask import Flask

from tests.support.sentences import catalogue, complete, extracted, languages, problems, sentences
from webapp.notify import wording
from webapp.views import translate
from webapp.views.translate import LANGUAGES, _, in_language, ngettext


def test_every_catalogue_is_whole() -> None:
    found = [f"{language}: {problem}" for language in languages() for problem in problems(catalogue(language))]
    assert "\n".join(found) == ""


def test_a_catalogue_that_is_whole_has_no_problems() -> None:
    assert len(list(sentences(extracted()))) > 1200
    assert problems(complete("es")) == []


def test_every_way_not_to_be_whole_is_seen() -> None:
    made = complete("es")
    made.delete("Today")
    made["Sign out"].string = ""
    made["Sign in"].flags.add("fuzzy")
    made["Hello, %(name)s"].string = "Hola"
    made["Saved %(when)s."].string = "Guardado %(cuando)s."
    made["%(num)d account"].string = ("%(num)d cuenta", "")
    made.add("Nobody says this any more", "Nadie lo dice ya")
    assert sorted(problems(made)) == [
        "missing: %(num)d account",
        "missing: Sign out",
        "missing: Today",
        "not sure: Sign in",
        "other placeholders: Hello, %(name)s",
        "other placeholders: Saved %(when)s.",
        "said nowhere: Nobody says this any more",
    ]


def test_what_is_sent_is_there_in_every_language_too() -> None:
    assert set(wording.LANGUAGES) == set(LANGUAGES)


@pytest.fixture
def spanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Spanish catalogue of our own making, with one sentence nobody is sure of."""
    made = complete("es")
    made["Sign in"].flags.add("fuzzy")
    made["%(num)d minute"].string = ("un minuto", "%(num)d minutos")
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, made)
    monkeypatch.setattr(translate, "FOLDER", tmp_path)
    translate.offered.cache_clear()
    translate.catalogue_of.cache_clear()
    yield
    translate.offered.cache_clear()
    translate.catalogue_of.cache_clear()


@pytest.mark.usefixtures("spanish")
def test_sentences_are_said_in_the_language_of_the_reader(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "es-MX,en;q=0.5"}):
        assert _("Today") == "¡Today"
        assert _("Hello, %(name)s", name="Ana") == "¡Hello, Ana"
        assert [ngettext("%(num)d minute", "%(num)d minutes", n) for n in (0, 1, 2)] == [
            "0 minutos",
            "un minuto",
            "2 minutos",
        ]
        assert _("Sign in") == "Sign in", "what nobody is sure of stays English"
        with in_language("en"):
            assert _("Today") == "Today"
        assert _("Today") == "¡Today"


def test_outside_of_a_request_it_is_english() -> None:
    assert (_("Today"), ngettext("%(num)d minute", "%(num)d minutes", 2)) == ("Today", "2 minutes")


def test_a_point_that_ends_a_time_of_day_ends_the_sentence_too(app: Flask) -> None:
    with app.test_request_context():
        assert _("Next: %(when)s.", when="hoy, 2:00 p.m.") == "Next: hoy, 2:00 p.m."
