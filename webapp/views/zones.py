"""Time zones to choose from: the common ones first, then every other place this machine knows."""

from functools import cache
from zoneinfo import available_timezones

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
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zones() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return (name, words) by region; the common ones stand under the empty region."""
    places = sorted(
        name for name in available_timezones() if name.startswith(REGIONS) and "/" in name and name not in COMMON
    )
    by_region = {
        region: tuple((name, place_words(name)) for name in places if name.startswith(f"{region}/"))
        for region in REGIONS
    }
    return {"": tuple((name, place_words(name)) for name in COMMON)} | by_region


def place_words(name: str) -> str:
    """America/Argentina/Buenos_Aires → Buenos Aires (Argentina); a zone that is no place keeps its name: UTC."""
    _, *places = name.replace("_", " ").split("/")
    if not places:
        return name
    return places[-1] if len(places) == 1 else f"{places[-1]} ({places[0]})"
