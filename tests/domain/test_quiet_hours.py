"""Quiet hours: silence across midnight, and when it ends."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.strategies import START, instants, minutes, zones
from webapp.domain.quiet_hours import QuietHours

NIGHT = QuietHours(time(22), time(7))


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_the_night_is_quiet_across_midnight(at: str, quiet: bool) -> None:
    assert NIGHT.contains(time.fromisoformat(at)) is quiet


def test_an_afternoon_can_be_quiet_too() -> None:
    nap = QuietHours(time(13), time(15))
    assert nap.contains(time(13))
    assert not nap.contains(time(15))
    assert not nap.contains(time(12, 59))


def test_the_same_start_and_end_mean_no_quiet_hours() -> None:
    assert not any(QuietHours(time(8), time(8)).contains(time(hour)) for hour in range(24))


def test_due_at_23_in_quiet_22_to_07_waits_for_07() -> None:
    due = datetime(2026, 11, 13, 4, 0, tzinfo=UTC)
    assert NIGHT.release(due, "America/New_York") == datetime(2026, 11, 13, 12, 0, tzinfo=UTC)


def test_after_midnight_it_waits_for_the_same_morning() -> None:
    assert NIGHT.release(datetime(2026, 11, 13, 5, 30, tzinfo=UTC), "UTC") == datetime(2026, 11, 13, 7, 0, tzinfo=UTC)


def test_outside_quiet_hours_nothing_waits() -> None:
    noon = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)
    assert NIGHT.release(noon, "UTC") == noon


def test_an_end_inside_a_repeated_hour_ends_at_its_next_showing() -> None:
    short = QuietHours(time(22), time(1, 30))
    again = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert short.release(again, "America/New_York") == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_a_morning_that_never_was_waits_for_the_next() -> None:
    evening = datetime(2011, 12, 30, 9, 0, tzinfo=UTC)
    assert NIGHT.release(evening, "Pacific/Apia") == datetime(2011, 12, 30, 17, 0, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(instants, zones, minutes, st.integers(1, 16 * 60))
def test_the_release_is_not_quiet_and_everything_before_it_is(
    instant: datetime, zone: str, start: time, length: int
) -> None:
    end = (datetime.combine(START, start) + timedelta(minutes=length)).time()
    quiet = QuietHours(start, end)
    released = quiet.release(instant, zone)
    place = ZoneInfo(zone)
    assert released >= instant
    assert not quiet.contains(released.astimezone(place).time())
    assert released - instant <= timedelta(minutes=length) + timedelta(hours=1)
