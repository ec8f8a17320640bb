"""The reader's language: which one it is, and every sentence in it.

The catalogues in `webapp/translations` are read as they were written, once in each process: that takes about 20 ms,
and so there is nothing to compile and nothing to go stale. A sentence without a translation is said in English.
"""

import gettext
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import cast

import flask_babel
from babel import Locale, localedata
from babel.messages.pofile import read_po
from flask import Flask, Response, g, request
from flask_babel.speaklater import LazyString
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from webapp.views import edge

LANGUAGES = {"en": "English", "es": "Español"}
"""The languages of Cairn by their own names; offered once their catalogue is there."""
FOLDER = Path(__file__).parent.parent / "translations"
ASKED = "lang"
"""Names the language in the address of a page that is fetched without a sign-in, to be kept."""


class Catalogue:
    """The sentences of one language. `marked` holds those that pages showed, ready for HTML: they are our own."""

    def __init__(
        self, sentences: dict[str, str], plurals: dict[str, tuple[str, ...]], which: Callable[[int], int]
    ) -> None:
        self.sentences, self.plurals, self.which = sentences, plurals, which
        self.marked: dict[str, Markup] = {}

    def one(self, text: str) -> str:
        return self.sentences.get(text, text)

    def many(self, one: str, many: str, num: int) -> str:
        forms = self.plurals.get(one)
        return forms[self.which(num)] if forms else one if num == 1 else many

    def in_html(self, text: str) -> Markup:
        said = self.marked.get(text)
        if said is None:
            said = self.marked[text] = Markup(self.one(text))
        return said


@cache
def offered() -> dict[str, str]:
    """Return the languages people may choose, by their own names."""
    return {code: name for code, name in LANGUAGES.items() if code == "en" or _file(code).is_file()}


@cache
def catalogue_of(language: str) -> Catalogue:
    """Read a language's catalogue; a language that has none is English."""
    if language == "en" or language not in LANGUAGES or not _file(language).is_file():
        return Catalogue({}, {}, lambda num: int(num != 1))
    with _file(language).open("rb") as file:
        read = read_po(file, ignore_obsolete=True)
    sentences: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for message in read:
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string and not message.fuzzy:
            sentences[message.id] = message.string
        elif isinstance(message.string, tuple) and all(message.string) and not message.fuzzy:
            plurals[message.id[0]] = message.string
            sentences[message.id[0]] = message.string[0]  # a catalogue holds a text once, also where it stands alone
    return Catalogue(sentences, plurals, gettext.c2py(read.plural_expr))


def _file(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


@cache
def locale_of(language: str, country: str) -> Locale:
    """Return how dates and times are written in a language and a country ("US", "GB-ENG")."""
    name = f"{language}_{country.partition('-')[0].upper()}"
    return Locale.parse(name if localedata.exists(name) else language)


def init_app(app: Flask, country: str) -> None:
    """Find each reader's language. `country` is where people live of whom nothing is known yet."""

    def select() -> Locale:
        known = current_user and current_user.is_authenticated
        return locale_of(reader_language(), current_user.actor.country if known else country)

    flask_babel.Babel(app, locale_selector=select, configure_jinja=False)
    for language in LANGUAGES:
        catalogue_of(language)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals |= {
        "_": _in_template,
        "gettext": _in_template,
        "ngettext": _many_in_template,
        "get_locale": flask_babel.get_locale,
        "languages": offered,
    }
    app.after_request(_say_which)


def reader_language() -> str:
    """Choose the reader's language: by their settings, by what a stranger chose here, or as their browser asks."""
    languages = offered()
    if current_user and current_user.is_authenticated:
        language = str(current_user.actor.language)
        return language if language in LANGUAGES else "en"
    for told in (request.cookies.get(cookie_name()), g.get("language")):
        if told in languages:
            return str(told)
    # Best first. Werkzeug's own match would rather take the "en" of "es-MX, en;q=0.5" than Spanish.
    asked = (tag.replace("_", "-").partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((tag for tag in asked if tag in languages), "en")


def cookie_name() -> str:
    """Name the cookie that holds what a stranger chose; whoever is signed in has it among their settings."""
    return edge.cookie_name("language")


def suggest(language: str) -> None:
    """Speak this language to a stranger from here on, unless they chose one: that of an invitation, for example."""
    g.language = language
    g.pop("catalogue", None)
    flask_babel.refresh()


def suggest_asked() -> bool:
    """Speak the language that the address asks for, if it asks for one of ours; tell whether it does."""
    asked = request.args.get(ASKED, "")
    if asked in offered():
        suggest(asked)
    return asked in offered()


def _spoken() -> Catalogue:
    """The reader's catalogue, found once in a request: a page asks for it some two hundred times."""
    try:
        return cast(Catalogue, g.catalogue)
    except AttributeError:
        found = g.catalogue = catalogue_of(flask_babel.get_locale().language)
        return found
    except RuntimeError:  # outside of a request
        return catalogue_of("en")


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Say what is said inside in another language: somebody else's, or one just chosen."""
    before, now = _spoken(), flask_babel.get_locale()
    with flask_babel.force_locale(locale_of(language, (now and now.territory) or "")):
        g.catalogue = catalogue_of(language)
        try:
            yield
        finally:
            g.catalogue = before


def _(text: str, **values: object) -> str:
    """Say `text` in the reader's language."""
    said = _spoken().one(text)
    return _filled(said, values) if values else said


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Say the one or the many, in the reader's language; `%(num)d` is the number."""
    return _filled(_spoken().many(one, many, num), {"num": num, **values})


def N_(text: str) -> LazyString:
    """Mark a sentence that is said when it is shown, such as the label of a field."""
    return LazyString(_, text)


@pass_eval_context
def _in_template(context: EvalContext, text: str, **values: object) -> str:
    said = _spoken().in_html(text) if context.autoescape else _spoken().one(text)
    return _filled(said, values) if values else said


@pass_eval_context
def _many_in_template(context: EvalContext, one: str, many: str, num: int, **values: object) -> str:
    said = _spoken().many(one, many, num)
    return _filled(Markup(said) if context.autoescape else said, {"num": num, **values})


def _filled(said: str, values: Mapping[str, object]) -> str:
    """Fill a sentence in. Where it ends with a time of day, the point of "p.m." is its own."""
    whole = said % values
    return whole.replace(".m..", ".m.") if ".m.." in whole else whole


def _say_which(response: Response) -> Response:
    """Name the language of what was said. To a stranger it depends on what their browser asks for."""
    if "catalogue" in g and response.mimetype in ("text/html", "application/json"):
        locale = flask_babel.get_locale()
        response.content_language.add(locale.language if locale else "en")
        if not (current_user and current_user.is_authenticated):
            response.vary.update(("Accept-Language", "Cookie"))
    return response
