"""Time zones to choose from: the common ones first, then every other place this machine knows."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale

from webapp.views import formats
from webapp.views.translate import N_

COMMON = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/Toronto",
    "America/Mexico_City",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Madrid",
    "Europe/Berlin",
    "Australia/Sydney",
    "Pacific/Auckland",
)
REGIONS = {
    "Africa": N_("Africa"),
    "America": N_("The Americas"),
    "Antarctica": N_("Antarctica"),
    "Asia": N_("Asia"),
    "Atlantic": N_("Atlantic Ocean"),
    "Australia": N_("Australia"),
    "Europe": N_("Europe"),
    "Indian": N_("Indian Ocean"),
    "Pacific": N_("Pacific Ocean"),
}


def zones() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return (name, words) by region, in the reader's language; the common ones stand under the empty region."""
    return _zones(formats.locale())


@cache
def _zones(here: Locale) -> dict[str, tuple[tuple[str, str], ...]]:
    places = sorted(
        name for name in available_timezones() if name.startswith(tuple(REGIONS)) and "/" in name and name not in COMMON
    )
    by_region = {
        region: tuple((name, _place(name, here)) for name in places if name.startswith(f"{region}/"))
        for region in REGIONS
    }
    return {"": tuple((name, _place(name, here)) for name in COMMON)} | by_region


def place_words(name: str) -> str:
    """America/Argentina/Buenos_Aires → Buenos Aires (Argentina); a zone that is no place keeps its name: UTC.

    Other languages than English have names of their own for many places: Nueva York.
    """
    return _place(name, formats.locale())


@cache
def _place(name: str, here: Locale) -> str:
    _, *places = name.replace("_", " ").split("/")
    known = here.time_zones.get(name, {}).get("city") if here.language != "en" else None
    if known or not places:
        return str(known or name)
    return places[-1] if len(places) == 1 else f"{places[-1]} ({places[0]})"
