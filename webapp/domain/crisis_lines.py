"""Crisis lines: what a country offers, which are shown where, and how they are reached."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK EU"


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach a line: how is tel, sms, chat or tty. `keys` are pressed after connecting."""

    how: str
    value: str
    label: str
    hours: str | None = None
    keys: str | None = None
    body: str | None = None
    confirmed: bool = False

    @property
    def href(self) -> str | None:
        """The address a tap opens, or None when it would not be safe to open.

        A pause (`,`) before the keys is how phones dial them after connecting.
        """
        if self.how == "chat":
            return self.value if urlsplit(self.value).scheme == "https" else None
        number = re.sub(r"[^0-9+*#]", "", self.value)
        if not number:
            return None
        if self.how == "sms":
            return f"sms:{number}" + (f"?body={quote(self.body)}" if self.body else "")
        return f"tel:{number}" + (f",{self.keys}" if self.keys and self.keys.isdigit() else "")


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """A line. `confirmed` only when a person has checked it with the service itself; `seen` says what was."""

    id: str
    country: str
    name: str
    what: str
    channels: tuple[Channel, ...]
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    seen: str = ""
    note: str | None = None
    confirmed: bool = False
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """What *Help now* shows for a country: the emergency number apart, the rest in the file's order."""

    emergency: CrisisLine | None
    lines: tuple[CrisisLine, ...]

    @property
    def known(self) -> bool:
        return bool(self.emergency or self.lines)


def lines_for(country: str, all_lines: Iterable[CrisisLine]) -> Lines:
    """Pick the lines of a country (ISO code, with or without a part: "GB-ENG").

    A part has the lines of its country too, and a country those of its parts (the name says where they
    hold). A country of the European Union without an emergency number of its own has the Union's; the
    Union's other lines exist in some countries only, so they are shown when a person has confirmed them.
    """
    country = country.strip().upper()
    home = country.split("-")[0]
    all_lines = tuple(all_lines)
    own = [line for line in all_lines if line.country != "EU" and _serves(line.country.upper(), country, home)]
    union = [line for line in all_lines if line.country == "EU"] if home in UNION.split() else []
    emergency = next((line for line in (*own, *union) if line.emergency), None)
    rest = [line for line in own if not line.emergency] or [
        line for line in union if line.confirmed and not line.emergency
    ]
    return Lines(emergency, tuple(rest))


def _serves(place: str, country: str, home: str) -> bool:
    if "-" in country and "-" in place:
        return place == country
    return place.split("-")[0] == home
