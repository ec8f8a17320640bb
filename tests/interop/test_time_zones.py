"""Time zones as calendar programs read them: the clocks stand as they do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.domain.strategies import ZONES
from webapp.interop.time_zones import vtimezone

SECOND = timedelta(seconds=1)
ODD = ("Africa/Casablanca", "Africa/Cairo", "Europe/Dublin", "Pacific/Chatham", "Antarctica/Troll", "America/Nuuk")


def onsets(name: str, first: int, last: int) -> list[tuple[datetime, timedelta, timedelta]]:
    """Each onset as an instant (RFC 5545: local time on the clock that stood before), and how clocks stood."""
    return sorted(
        ((local - part.TZOFFSETFROM).replace(tzinfo=UTC), part.TZOFFSETFROM, part.TZOFFSETTO)
        for part in vtimezone(name, first, last).subcomponents
        for local in (part.DTSTART, *(more for more, _none in part.rdates))
    )


@pytest.mark.parametrize("name", [*ZONES, *ODD])
@pytest.mark.parametrize(("first", "last"), [(2025, 2029), (2011, 2013)])
def test_the_clocks_stand_as_the_description_says(name: str, first: int, last: int) -> None:
    zone = ZoneInfo(name)
    found = onsets(name, first, last)
    assert found[0][0] == datetime(first, 1, 1, tzinfo=UTC)
    for at, before, after in found[1:]:
        assert (at - SECOND).astimezone(zone).utcoffset() == before != after
        assert at.astimezone(zone).utcoffset() == after
    instant = datetime(first, 1, 1, tzinfo=UTC)
    while instant < datetime(last, 1, 1, tzinfo=UTC):
        stands = [after for at, _before, after in found if at <= instant][-1]
        assert instant.astimezone(zone).utcoffset() == stands, instant
        instant += timedelta(hours=13)


def test_the_spring_change_is_told_on_the_clock_that_stood_before() -> None:
    assert b"BEGIN:DAYLIGHT\r\nDTSTART:20260308T020000\r\n" in vtimezone("America/New_York", 2026, 2027).to_ical()


def test_a_change_that_is_soon_undone_is_told_too() -> None:
    """Morocco stands an hour back in Ramadan: in 2027 from 7 February to 14 March."""
    told = vtimezone("Africa/Casablanca", 2025, 2029).to_ical()
    assert b"20270207T030000" in told
    assert b"20270314T020000" in told
