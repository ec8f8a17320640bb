"""Wall times become instants, each of them once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import minutes, zones
from webapp.domain.wall_time import is_zone, local_day, start_of_day, to_utc

DATES = st.dates(date(2005, 1, 1), date(2035, 1, 1))
HOURS = st.integers(0, 23)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30Z"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30Z"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30Z"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30Z"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45Z"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45Z"),
        ("Asia/Kathmandu", "2026-11-12", "20:00", "2026-11-12T14:15Z"),
        ("Asia/Beirut", "2026-03-29", "00:00", "2026-03-28T22:00Z"),
        ("Pacific/Apia", "2011-12-29", "08:00", "2011-12-29T18:00Z"),
        ("Pacific/Apia", "2011-12-31", "08:00", "2011-12-30T18:00Z"),
    ],
)
def test_a_wall_time_means_one_instant(zone: str, day: str, at: str, expected: str) -> None:
    assert to_utc(date.fromisoformat(day), time.fromisoformat(at), zone) == datetime.fromisoformat(expected)


def test_a_date_that_never_was_has_no_instant() -> None:
    assert to_utc(date(2011, 12, 30), time(8), "Pacific/Apia") is None
    assert to_utc(date(2011, 12, 30), time(0), "Pacific/Apia") is None


def test_the_second_showing_of_a_time_is_not_asked_for_even_with_fold() -> None:
    assert to_utc(date(2026, 11, 1), time(1, 30, fold=1), "America/New_York") == datetime(
        2026, 11, 1, 5, 30, tzinfo=UTC
    )


@given(DATES, minutes, zones)
def test_the_clocks_show_the_time_asked_for_or_the_gap_is_skipped(day: date, at: time, zone: str) -> None:
    instant = to_utc(day, at, zone)
    if instant is None:
        assert (zone, day) == ("Pacific/Apia", date(2011, 12, 30))
        return
    shown = instant.astimezone(ZoneInfo(zone))
    ahead = shown.replace(tzinfo=None) - datetime.combine(day, at)
    assert ahead in (timedelta(0), timedelta(minutes=30), timedelta(hours=1))
    before = (instant - timedelta(hours=3)).astimezone(ZoneInfo(zone))
    assert ahead == timedelta(0) or shown.utcoffset() - before.utcoffset() == ahead


@given(DATES, HOURS, zones)
def test_a_day_begins_at_its_start_and_not_a_moment_earlier(day: date, hour: int, zone: str) -> None:
    start = start_of_day(day, zone, hour)
    missing = (zone, day) == ("Pacific/Apia", date(2011, 12, 30))
    assert local_day(start, zone, hour) == (day + timedelta(days=1) if missing else day)
    assert local_day(start - timedelta(microseconds=1), zone, hour) < day


def test_a_check_in_after_midnight_belongs_to_the_evening_before() -> None:
    late = datetime(2026, 11, 12, 7, 59, tzinfo=UTC)
    assert local_day(late, "America/New_York", 3) == date(2026, 11, 11)
    assert local_day(late + timedelta(minutes=1), "America/New_York", 3) == date(2026, 11, 12)
    assert local_day(late, "America/New_York") == date(2026, 11, 12)


def test_zones_are_known_by_their_names_only() -> None:
    assert is_zone("Asia/Kathmandu")
    assert not is_zone("../etc/passwd")
    assert not is_zone("America")


def test_a_time_beyond_the_calendar_yields_nothing() -> None:
    assert to_utc(date.max, time(23), "America/Los_Angeles") is None
    assert to_utc(date.min, time(1), "Asia/Kathmandu") is None


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-23T07:30Z", "2026-11-22"),  # 2:30, and still Sunday
        ("2026-11-23T08:00Z", "2026-11-23"),
        ("2026-03-08T06:59Z", "2026-03-07"),  # the last minute before 2:00, which is followed by 3:00
        ("2026-03-08T07:00Z", "2026-03-08"),
        ("2026-11-01T05:30Z", "2026-10-31"),  # 1:30 for the first time
        ("2026-11-01T07:30Z", "2026-10-31"),  # 2:30, after 1:30 came twice
        ("2026-11-01T08:00Z", "2026-11-01"),
        ("2027-01-01T07:30Z", "2026-12-31"),
        ("2028-03-01T07:30Z", "2028-02-29"),
    ],
)
def test_half_past_two_in_the_night_is_the_evening_before(instant: str, day: str) -> None:
    assert local_day(datetime.fromisoformat(instant), "America/New_York", 3) == date.fromisoformat(day)
