"""Later: when a reminder comes again, or what comes first and is said instead."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import instants, minutes, zones
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.snoozes import MOST, WAITS, Again, First, again, until_evening

NOW = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
"""19:00 in New York."""
DAY_ENDS = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""3:00 in the morning there."""
NEW_YORK = "America/New_York"
NIGHT = QuietHours(time(22), time(7))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "next_in", "quiet", "expected"),
    [
        (1, None, None, Again(NOW + HOUR)),
        (1, 2, None, Again(NOW + HOUR)),
        (1, 1, None, Again(first=First.NEXT)),
        (3, 1, None, Again(first=First.NEXT)),
        (9, None, None, Again(first=First.DAY_ENDS)),
        (9, 24, None, Again(first=First.DAY_ENDS)),
        (9, 1, None, Again(first=First.NEXT)),
        (2.9, None, NIGHT, Again(NOW + timedelta(hours=2.9))),
        (3, None, NIGHT, Again(first=First.QUIET)),
        (3, None, QuietHours(time(22), time(23)), Again(NOW + 4 * HOUR)),
        (3, 4, QuietHours(time(22), time(23)), Again(first=First.QUIET)),
        (8, None, NIGHT, Again(first=First.DAY_ENDS)),
    ],
)
def test_what_comes_of_later(hours: float, next_in: int | None, quiet: QuietHours | None, expected: Again) -> None:
    next_at = None if next_in is None else NOW + next_in * HOUR
    assert again(NOW, timedelta(hours=hours), next_at, DAY_ENDS, quiet, NEW_YORK) == expected


@given(
    now=instants,
    wait=st.timedeltas(timedelta(minutes=5), MOST),
    next_in=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
    ends_in=st.timedeltas(timedelta(minutes=1), timedelta(hours=24)),
    start=minutes,
    end=minutes,
    zone=zones,
)
def test_it_comes_again_awake_and_before_whatever_else_or_says_what_is_first(
    now: datetime, wait: timedelta, next_in: timedelta | None, ends_in: timedelta, start: time, end: time, zone: str
) -> None:
    next_at, quiet = None if next_in is None else now + next_in, QuietHours(start, end)
    comes = again(now, wait, next_at, now + ends_in, quiet, zone)
    assert (comes.at is None) is (comes.first is not None)
    if comes.at is not None:
        assert now + wait <= comes.at < now + ends_in
        assert next_at is None or comes.at < next_at
        assert quiet.release(comes.at, zone) == comes.at


@pytest.mark.parametrize(
    ("local", "hours"), [("09:00", 10), ("15:59", 3 + 1 / 60), ("16:00", None), ("19:30", None), ("06:59", None)]
)
def test_this_evening_is_offered_while_it_is_later_than_the_rest(local: str, hours: float | None) -> None:
    hour, minute = map(int, local.split(":"))
    now = datetime(2026, 11, 19, hour, minute, tzinfo=UTC) + timedelta(hours=5)
    expected = None if hours is None else timedelta(hours=hours)
    assert until_evening(now, NEW_YORK) == expected
    assert expected is None or expected > max(WAITS)


def test_where_a_date_does_not_exist_there_is_no_evening() -> None:
    assert until_evening(datetime(2011, 12, 30, 9, 59, tzinfo=UTC), "Pacific/Apia") is None
