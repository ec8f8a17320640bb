"""Occurrences, by example; test_oracle.py compares thousands of them with an independent reader of such rules."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import START, cadences, days, fixed, pauses, week_starts
from webapp.domain.cadence import Cadence, Kind, Pause, Unit
from webapp.domain.occurrences import Occurrence, next_day, occurrences, occurs_on
from webapp.domain.pauses import is_paused
from webapp.domain.weeks import WeekStart


def dates(c: Cadence, first: str, last: str) -> list[str]:
    found = occurrences([c], date.fromisoformat(first), date.fromisoformat(last))
    return [occurrence.day.isoformat() for occurrence in found]


def test_monthly_on_the_31st_clamps_back_to_the_last_day() -> None:
    monthly = Cadence(Kind.FIXED, monthday=31, valid_from=date(2027, 1, 1))
    assert dates(monthly, "2027-01-01", "2027-05-01") == [
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
    ]


def test_yearly_on_the_29th_of_february_falls_on_the_28th_in_other_years() -> None:
    yearly = Cadence(Kind.FIXED, monthday=29, interval=12, valid_from=date(2028, 2, 29))
    assert dates(yearly, "2028-01-01", "2030-12-31") == ["2028-02-29", "2029-02-28", "2030-02-28"]


@pytest.mark.parametrize(
    ("monthday", "leap_year", "other_year"),
    [(28, "02-28", "02-28"), (29, "02-29", "02-28"), (30, "02-29", "02-28"), (31, "02-29", "02-28")],
)
def test_in_february_the_last_days_clamp_back_to_the_one_there_is(
    monthday: int, leap_year: str, other_year: str
) -> None:
    monthly = Cadence(Kind.FIXED, monthday=monthday, valid_from=date(2027, 1, 1))
    assert dates(monthly, "2027-02-01", "2027-03-01") == [f"2027-{other_year}"]
    assert dates(monthly, "2028-02-01", "2028-03-01") == [f"2028-{leap_year}"]


def test_a_step_begun_on_the_29th_of_february_comes_back_every_year() -> None:
    yearly = Cadence(Kind.FIXED, per_unit=Unit.MONTH, interval=12, valid_from=date(2028, 2, 29))
    assert dates(yearly, "2028-01-01", "2032-12-31") == [
        "2028-02-29",
        "2029-02-28",
        "2030-02-28",
        "2031-02-28",
        "2032-02-29",
    ]


def test_every_two_weeks_stays_anchored_over_new_year() -> None:
    rule = Cadence(Kind.FIXED, weekdays=frozenset({3}), interval=2, valid_from=date(2026, 12, 17))
    assert dates(rule, "2026-12-01", "2027-02-01") == ["2026-12-17", "2026-12-31", "2027-01-14", "2027-01-28"]


def test_an_edit_keeps_the_every_other_week_rhythm_of_the_step() -> None:
    first = Cadence(Kind.FIXED, weekdays=frozenset({3}), interval=2, valid_from=date(2026, 12, 17))
    later = replace(first, weekdays=frozenset({4}), valid_from=date(2027, 1, 4))
    found = occurrences([first, later], date(2026, 12, 28), date(2027, 2, 1))
    assert [occurrence.day for occurrence in found] == [
        date(2026, 12, 31),
        date(2027, 1, 15),
        date(2027, 1, 29),
    ]


def test_weekdays_without_a_position_mean_each_of_them_in_the_month() -> None:
    rule = Cadence(Kind.FIXED, per_unit=Unit.MONTH, weekdays=frozenset({0}), valid_from=START)
    assert dates(rule, "2026-11-01", "2026-12-01") == ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"] + [
        "2026-11-30"
    ]


def test_each_time_of_a_day_is_its_own_occurrence_in_order() -> None:
    rule = Cadence(Kind.FIXED, times=(time(20), time(8)), valid_from=START)
    assert occurrences([rule], START, START + timedelta(days=1)) == [
        Occurrence(START, "08:00"),
        Occurrence(START, "20:00"),
    ]


def test_once_occurs_on_its_due_day_and_undated_never() -> None:
    once = Cadence(Kind.ONCE, due=date(2026, 10, 9), valid_from=START)
    assert dates(once, "2026-10-01", "2027-10-01") == ["2026-10-09"]
    assert dates(once, "2026-10-10", "2027-10-01") == []
    assert dates(replace(once, due=None), "2026-10-01", "2027-10-01") == []
    assert occurrences([replace(once, times=(time(14),))], START, date(2027, 1, 1)) == [Occurrence(date(2026, 10, 9))]
    assert dates(replace(once, valid_to=date(2026, 10, 9)), "2026-10-01", "2027-10-01") == []


def test_targets_as_needed_and_ongoing_steps_have_no_occurrences() -> None:
    for kind in (Kind.TARGET, Kind.AS_NEEDED, Kind.ONGOING):
        assert not occurs_on(Cadence(kind, valid_from=START), START)


@given(fixed(), pauses, days, days)
def test_paused_days_have_no_occurrences_and_others_keep_theirs(
    c: Cadence, found: list[Pause], first: date, last: date
) -> None:
    every = occurrences([c], first, last)
    assert occurrences([c], first, last, found) == [o for o in every if not is_paused(o.day, found)]


@given(cadences, pauses, days, week_starts)
def test_the_next_day_is_the_first_that_asks(
    c: Cadence, found: list[Pause], first: date, week_start: WeekStart
) -> None:
    dated = c.kind is Kind.FIXED or c.due is not None
    horizon = first + timedelta(days=500)
    span = (first + timedelta(days=n) for n in range(500))
    expected = (
        day
        for day in span
        if c.in_force(day) and not is_paused(day, found) and (not dated or occurs_on(c, day, week_start))
    )
    day = next_day([c], first, found, week_start)
    assert (day if day and day < horizon else None) == next(expected, None)


def test_the_next_day_looks_past_a_version_that_has_ended() -> None:
    first = Cadence(Kind.FIXED, weekdays=frozenset({0}), valid_from=START, valid_to=date(2026, 10, 10))
    later = replace(first, valid_from=date(2027, 3, 1), valid_to=None)
    assert next_day([first, later], date(2026, 10, 6)) == date(2027, 3, 1)
    assert next_day([first], date(2026, 10, 6)) is None


@given(st.integers(1, 366), st.integers(1, 31))
def test_even_the_slowest_rhythm_finds_its_next_day(interval: int, monthday: int) -> None:
    rule = Cadence(Kind.FIXED, monthday=monthday, interval=interval, valid_from=date(2026, 10, 31))
    assert next_day([rule], date(2026, 11, 1)) is not None
