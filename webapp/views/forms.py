"""What forms share: one plain sentence for each field that needs another look."""

from collections.abc import Iterable
from itertools import starmap
from typing import Any

from wtforms import Form
from wtforms import SelectChoice as SelectChoice  # type: ignore[attr-defined]  # newer than the types

from webapp.domain.wall_time import is_zone
from webapp.views.translate import _, offered
from webapp.views.zones import REGIONS, place_words, zones


def options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """What a list offers: each value with its words."""
    return list(starmap(SelectChoice, pairs))


def language_choices() -> list[SelectChoice]:
    """Return the languages to choose from; with one alone, no form asks."""
    return [SelectChoice(code, name) for code, name in offered().items()]


def trimmed(text: str | None) -> str:
    """Take away spaces around a short text, and doubled ones inside."""
    return " ".join((text or "").split())


def stripped(text: str | None) -> str:
    """Take away what stands around a text; its own lines and spaces stay."""
    return (text or "").strip()


class PlainForm(Form):
    """A form that says what it needs in whole sentences; `sentences` names the field and the sentence."""

    def sentences(self) -> dict[str, str]:
        raise NotImplementedError

    def is_well(self) -> bool:
        """Tell whether everything can be used, and leave the sentences in the fields' `errors` if not."""
        self.validate()
        said = self.sentences()
        for field in self:
            field.errors = [said[field.name]] if field.name in said else []
        return not said

    def say(self, name: str, sentence: str) -> None:
        """Add what only the service could know."""
        self[name].errors = [sentence]


def zone_choices(present: str) -> list[SelectChoice]:
    """Return time zones to choose from, by region, with the present one among them."""
    known = {name for group in zones().values() for name, _words in group}
    added = ((present, place_words(present)),) if is_zone(present) and present not in known else ()
    first = [SelectChoice(name, words, optgroup=_("Often chosen")) for name, words in added + zones()[""]]
    rest = [
        SelectChoice(name, words, optgroup=str(REGIONS[region]))
        for region, group in zones().items()
        if region
        for name, words in group
    ]
    return first + rest


def called_sentence(called: str | None) -> str | None:
    return None if 0 < len(called or "") <= 60 else _("Write the name you want to be called, up to 60 letters.")


def zone_sentence(zone: str | None) -> str | None:
    return None if is_zone(zone or "") else _("Choose a place from the list, such as New York.")
