"""What a cadence is, and what may be wrong with one."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import START, cadences, days
from webapp.domain.cadence import (
    Bound,
    Cadence,
    Kind,
    Problem,
    TzMode,
    Unit,
    plus_months,
    problems,
    timeline,
    version_on,
    version_or_last,
)

TWICE_A_WEEK = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=START)
MONDAYS = Cadence(Kind.FIXED, weekdays=frozenset({0}), valid_from=START)
ONCE = Cadence(Kind.ONCE, due=START, valid_from=START)


@pytest.mark.parametrize(
    "cadence",
    [
        TWICE_A_WEEK,
        MONDAYS,
        ONCE,
        replace(ONCE, due=None),
        replace(ONCE, times=(time(14),)),
        replace(MONDAYS, per_unit=Unit.MONTH, nth=-1),
        Cadence(Kind.FIXED, monthday=31, valid_from=START),
        Cadence(Kind.FIXED, per_unit=Unit.DAY, interval=3, valid_from=START),
        Cadence(Kind.AS_NEEDED, valid_from=START),
        Cadence(Kind.ONGOING, minutes=30, minutes_max=45, valid_from=START),
        replace(TWICE_A_WEEK, target_max=3),
        replace(TWICE_A_WEEK, bound=Bound.EXACTLY, target_max=2),
        replace(TWICE_A_WEEK, bound=Bound.AT_MOST, target_min=None, target_max=0),
        replace(MONDAYS, tz_mode=TzMode.FIXED, tz="America/New_York"),
    ],
)
def test_a_cadence_that_makes_sense_has_no_problems(cadence: Cadence) -> None:
    assert problems(cadence) == ()


@pytest.mark.parametrize(
    ("cadence", "field", "code"),
    [
        (replace(TWICE_A_WEEK, target_min=None), "target_min", "needed"),
        (replace(TWICE_A_WEEK, target_min=0), "target_min", "too_small"),
        (replace(TWICE_A_WEEK, target_min=101), "target_min", "too_large"),
        (replace(TWICE_A_WEEK, target_max=1), "target_max", "below_min"),
        (replace(TWICE_A_WEEK, bound=Bound.EXACTLY, target_max=3), "target_max", "differs"),
        (replace(TWICE_A_WEEK, bound=Bound.AT_MOST), "target_max", "needed"),
        (replace(TWICE_A_WEEK, bound=Bound.AT_MOST, target_max=-1), "target_max", "too_small"),
        (replace(TWICE_A_WEEK, per_unit=None), "per_unit", "needed"),
        (replace(TWICE_A_WEEK, interval=0), "interval", "too_small"),
        (replace(TWICE_A_WEEK, interval=367), "interval", "too_large"),
        (replace(MONDAYS, weekdays=frozenset()), "weekdays", "needed"),
        (replace(MONDAYS, weekdays=frozenset({7})), "weekdays", "out_of_range"),
        (replace(MONDAYS, monthday=3), "monthday", "either_or"),
        (Cadence(Kind.FIXED, monthday=32, valid_from=START), "monthday", "too_large"),
        (Cadence(Kind.FIXED, monthday=0, valid_from=START), "monthday", "too_small"),
        (Cadence(Kind.FIXED, monthday=3, per_unit=Unit.DAY, valid_from=START), "per_unit", "month_needed"),
        (replace(MONDAYS, nth=6), "nth", "out_of_range"),
        (replace(MONDAYS, nth=1, weekdays=frozenset({0, 1})), "weekdays", "exactly_one"),
        (replace(MONDAYS, per_unit=Unit.MONTH), "nth", "needed"),
        (replace(ONCE, due=START - timedelta(days=1)), "due", "before_start"),
        (replace(ONCE, valid_to=START), "due", "after_end"),
        (replace(ONCE, due=None, times=(time(14),)), "due", "needed"),
        (replace(MONDAYS, per_unit=Unit.DAY), "weekdays", "week_needed"),
        (replace(MONDAYS, valid_to=START), "valid_to", "before_start"),
        (replace(MONDAYS, times=(time(8, 0, 1),)), "times", "whole_minutes"),
        (replace(MONDAYS, times=(time(8), time(8))), "times", "twice"),
        (replace(MONDAYS, minutes=0), "minutes", "too_small"),
        (replace(MONDAYS, minutes=30, minutes_max=20), "minutes_max", "below_min"),
        (replace(MONDAYS, minutes_max=20), "minutes", "needed"),
        (replace(MONDAYS, minutes=30, minutes_max=1441), "minutes_max", "too_large"),
        (replace(MONDAYS, tz_mode=TzMode.FIXED), "tz", "needed"),
        (replace(MONDAYS, tz="Mars/Olympus"), "tz", "unknown"),
    ],
)
def test_a_problem_names_its_field(cadence: Cadence, field: str, code: str) -> None:
    assert Problem(field, code) in problems(cadence)


@given(cadences)
def test_every_cadence_used_by_the_properties_is_one_that_can_be_entered(cadence: Cadence) -> None:
    assert problems(cadence) == ()


def test_between_versions_the_last_one_speaks_for_a_step_and_without_any_none_does() -> None:
    first = date(2026, 1, 1)
    ended = Cadence(Kind.ONGOING, valid_from=first, valid_to=date(2026, 2, 1), anchor=first)
    assert version_or_last((ended,), date(2026, 1, 15)) == ended
    assert version_or_last((ended,), date(2026, 6, 1)) == ended
    assert version_or_last((), date(2026, 6, 1)) is None


def test_the_target_is_the_lower_number_and_the_limit_the_upper_one() -> None:
    both = replace(TWICE_A_WEEK, target_max=3)
    assert both.target == 2
    assert replace(both, bound=Bound.AT_MOST).target == 3
    assert replace(both, target_min=None).target == 3
    assert replace(both, bound=Bound.AT_MOST, target_max=0).target == 0
    assert replace(both, target_min=None, target_max=None).target == 1


def test_the_unit_is_read_from_the_other_fields_when_it_is_not_said() -> None:
    assert MONDAYS.unit is Unit.WEEK
    assert Cadence(Kind.FIXED, valid_from=START).unit is Unit.DAY
    assert Cadence(Kind.FIXED, monthday=1, valid_from=START).unit is Unit.MONTH
    assert replace(MONDAYS, nth=1).unit is Unit.MONTH
    assert Cadence(Kind.AS_NEEDED, valid_from=START).unit is Unit.WEEK


def test_six_months_from_the_31st_of_august_end_on_the_last_of_february() -> None:
    assert plus_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert plus_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert plus_months(date(2028, 2, 29), 12) == date(2029, 2, 28)


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(-600, 600))
def test_months_are_added_as_dateutil_adds_them(day: date, months: int) -> None:
    assert plus_months(day, months) == day + relativedelta(months=months)


def test_a_later_edit_replaces_what_was_planned_after_its_first_day() -> None:
    planned = replace(TWICE_A_WEEK, target_min=3, valid_from=date(2026, 11, 16))
    at_once = replace(TWICE_A_WEEK, target_min=4, valid_from=date(2026, 11, 12))
    line = timeline([TWICE_A_WEEK, planned, at_once])
    assert [(v.valid_from, v.valid_to, v.target) for v in line] == [
        (START, date(2026, 11, 12), 2),
        (date(2026, 11, 12), None, 4),
    ]
    assert {v.anchor for v in line} == {START}


def test_of_two_edits_from_the_same_day_only_the_later_holds() -> None:
    line = timeline([TWICE_A_WEEK, replace(TWICE_A_WEEK, target_min=5)])
    assert [version.target for version in line] == [5]


def test_a_version_that_had_ended_already_keeps_its_end() -> None:
    first = replace(TWICE_A_WEEK, valid_to=date(2026, 10, 20))
    again = replace(TWICE_A_WEEK, valid_from=date(2026, 11, 2))
    assert timeline([first, again])[0].valid_to == date(2026, 10, 20)
    assert version_on([first, again], date(2026, 10, 25)) is None
    assert version_on([first, again], date(2026, 11, 2)) == replace(again, anchor=START)


@given(st.lists(st.tuples(days, st.none() | days), max_size=5))
def test_versions_never_overlap_and_cutting_them_twice_changes_nothing(
    spans: list[tuple[date, date | None]],
) -> None:
    line = timeline(replace(TWICE_A_WEEK, valid_from=start, valid_to=end) for start, end in spans)
    assert timeline(line) == line
    for earlier, later in zip(line, line[1:], strict=False):
        assert earlier.valid_to is not None
        assert earlier.valid_to <= later.valid_from
