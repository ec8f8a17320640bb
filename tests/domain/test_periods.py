"""Periods: which days are counted together."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import START, days, week_starts
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.periods import (
    Period,
    cadence_period,
    next_period_start,
    period_of,
    periods_between,
    start_of_week,
)
from webapp.domain.weeks import WeekStart

TWICE_A_WEEK = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=START)


def test_new_year_does_not_split_a_monday_week() -> None:
    week = period_of(date(2026, 12, 31), Unit.WEEK)
    assert week == period_of(date(2027, 1, 3), Unit.WEEK) == Period(date(2026, 12, 28), date(2027, 1, 4))


def test_weeks_start_on_the_weekday_the_person_chose() -> None:
    assert start_of_week(date(2026, 11, 22), 6) == date(2026, 11, 22)
    assert start_of_week(date(2026, 11, 22), 0) == date(2026, 11, 16)


@pytest.mark.parametrize(("week_start", "start"), [(5, "2026-12-26"), (6, "2026-12-27"), (0, "2026-12-28")])
def test_new_year_lies_in_one_week_whatever_day_weeks_start_on(week_start: int, start: str) -> None:
    first = date.fromisoformat(start)
    week = Period(first, first + timedelta(days=7))
    for day in (date(2026, 12, 31), date(2027, 1, 1)):
        assert period_of(day, Unit.WEEK, 1, week_start) == week


@pytest.mark.parametrize(("week_start", "start"), [(5, "2028-02-26"), (6, "2028-02-27"), (0, "2028-02-28")])
def test_the_29th_of_february_is_a_day_of_its_week_and_month(week_start: int, start: str) -> None:
    first, leap_day = date.fromisoformat(start), date(2028, 2, 29)
    assert period_of(leap_day, Unit.WEEK, 1, week_start) == Period(first, first + timedelta(days=7))
    assert period_of(leap_day, Unit.MONTH) == Period(date(2028, 2, 1), date(2028, 3, 1))
    assert period_of(leap_day, Unit.MONTH, 12, anchor=leap_day) == Period(date(2028, 2, 1), date(2029, 2, 1))
    assert period_of(leap_day, Unit.DAY, 2, anchor=date(2028, 2, 27)) == Period(leap_day, date(2028, 3, 2))


def test_every_two_weeks_stays_anchored_to_the_start_week_across_new_year() -> None:
    anchor = date(2026, 12, 17)
    assert period_of(date(2026, 12, 31), Unit.WEEK, 2, anchor=anchor) == Period(date(2026, 12, 28), date(2027, 1, 11))
    assert period_of(date(2027, 1, 3), Unit.WEEK, 2, anchor=anchor).start == date(2026, 12, 28)
    assert period_of(date(2026, 12, 20), Unit.WEEK, 2, anchor=anchor).start == date(2026, 12, 14)


def test_months_are_calendar_months_and_every_two_begin_with_the_first() -> None:
    assert period_of(date(2028, 2, 10), Unit.MONTH) == Period(date(2028, 2, 1), date(2028, 3, 1))
    assert period_of(date(2027, 1, 15), Unit.MONTH, 2, anchor=date(2026, 10, 31)) == Period(
        date(2026, 12, 1), date(2027, 2, 1)
    )


def test_every_three_days_counts_from_the_first_day() -> None:
    assert period_of(START + timedelta(days=5), Unit.DAY, 3, anchor=START) == Period(
        START + timedelta(days=3), START + timedelta(days=6)
    )


@given(days, st.sampled_from(Unit), st.integers(1, 5), week_starts, st.none() | days)
def test_every_day_of_a_period_has_that_period_and_the_next_day_does_not(
    day: date, unit: Unit, interval: int, week_start: WeekStart, anchor: date | None
) -> None:
    period = period_of(day, unit, interval, week_start, anchor)
    assert period.covers(day)
    for inside in (period.start, period.end - timedelta(days=1)):
        assert period_of(inside, unit, interval, week_start, anchor) == period
    assert period_of(period.end, unit, interval, week_start, anchor).start == period.end
    if unit is not Unit.MONTH:
        assert period.nominal == interval * (7 if unit is Unit.WEEK else 1)
    assert 0 < period.days <= period.nominal
    assert (period.days < period.nominal) == bool(period.full)


@given(days, days, st.sampled_from(Unit), st.integers(1, 3), week_starts)
def test_periods_between_two_days_leave_no_gap(
    first: date, last: date, unit: Unit, interval: int, week_start: WeekStart
) -> None:
    found = periods_between(first, last, unit, interval, week_start, START)
    assert [period.end for period in found[:-1]] == [period.start for period in found[1:]]
    if first < last:
        assert found[0].covers(first)
        assert found[-1].covers(last - timedelta(days=1))
    else:
        assert found == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.TARGET, date(2026, 11, 16)),
        (Kind.FIXED, date(2026, 11, 16)),
        (Kind.ONCE, date(2026, 11, 12)),
        (Kind.AS_NEEDED, date(2026, 11, 12)),
        (Kind.ONGOING, date(2026, 11, 12)),
    ],
)
def test_an_edit_holds_from_the_next_period_where_there_is_one_to_protect(kind: Kind, expected: date) -> None:
    cadence = Cadence(kind, per_unit=Unit.WEEK, valid_from=START)
    assert next_period_start(cadence, date(2026, 11, 12)) == expected


def test_a_target_counts_in_its_own_period_and_the_rest_by_the_week() -> None:
    monthly = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.MONTH, valid_from=START)
    assert cadence_period(monthly, date(2026, 11, 12)).days == 30
    assert cadence_period(Cadence(Kind.ONGOING, valid_from=START), date(2026, 11, 12)).days == 7
