"""A session starts when the clocks of the place show its time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from webapp.domain.sessions import may_be_held, place

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "zone", "instant", "moved", "twice"),
    [
        (
            date(2026, 11, 26),
            time(14, 30),
            "America/New_York",
            datetime(2026, 11, 26, 19, 30, tzinfo=UTC),
            False,
            False,
        ),
        (date(2026, 3, 8), time(2, 30), "America/New_York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC), True, False),
        (date(2026, 11, 1), time(1, 30), "America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), False, True),
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", datetime(2026, 10, 3, 15, 45, tzinfo=UTC), True, False),
        (date(2026, 11, 26), time(20), "Asia/Kathmandu", datetime(2026, 11, 26, 14, 15, tzinfo=UTC), False, False),
    ],
)
def test_a_wall_time_becomes_an_instant_and_says_when_the_clocks_change(
    day: date, at: time, zone: str, instant: datetime, moved: bool, twice: bool
) -> None:
    placed = place(day, at, zone)
    assert placed is not None
    assert (placed.at, placed.moved, placed.twice) == (instant, moved, twice)


def test_a_date_that_the_clocks_skip_has_no_session() -> None:
    assert place(date(2011, 12, 30), time(8), "Pacific/Apia") is None


def test_a_session_can_be_marked_as_held_from_an_hour_before_it_starts() -> None:
    assert may_be_held(NOW + timedelta(hours=1), NOW)
    assert not may_be_held(NOW + timedelta(hours=1, seconds=1), NOW)
