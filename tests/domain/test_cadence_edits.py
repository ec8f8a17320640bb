"""From which day an edited cadence holds."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.strategies import cadences, days, fixed, limits, marks, pauses, targets, week_starts
from webapp.domain.adherence import State, adherence
from webapp.domain.cadence import Bound, Cadence, Kind, Pause, TzMode, Unit
from webapp.domain.cadence_edits import asked, edited, holds_from
from webapp.domain.scores import Mark
from webapp.domain.weeks import Weeks, WeekStart

START, TODAY, MONDAY = date(2026, 10, 5), date(2026, 11, 19), date(2026, 11, 23)
TWICE = Cadence(Kind.TARGET, Bound.AT_LEAST, 2, per_unit=Unit.WEEK, valid_from=START, anchor=START)
OFTEN = replace(TWICE, target_min=4, anchor=None)


def test_an_edit_holds_from_the_next_week() -> None:
    assert edited((TWICE,), OFTEN, TODAY) == replace(OFTEN, valid_from=MONDAY)


def test_an_edit_holds_from_today_when_asked() -> None:
    assert edited((TWICE,), OFTEN, TODAY, at_once=True) == replace(OFTEN, valid_from=TODAY)


def test_weeks_start_on_the_persons_weekday() -> None:
    found = edited((TWICE,), OFTEN, TODAY, week_start=6)
    assert found is not None
    assert found.valid_from == date(2026, 11, 22)


def test_the_same_again_is_no_edit() -> None:
    assert edited((TWICE,), replace(TWICE, valid_from=TODAY), TODAY) is None


@pytest.mark.parametrize("at_once", [True, False])
def test_an_end_alone_counts_at_once(at_once: bool) -> None:
    friday = date(2026, 11, 21)
    found = edited((TWICE,), replace(TWICE, valid_to=friday), TODAY, at_once=at_once)
    assert found is not None
    assert (found.valid_from, found.valid_to) == (TODAY, friday)


def test_a_version_that_has_not_begun_is_replaced_from_its_first_day() -> None:
    ahead = replace(TWICE, valid_from=date(2026, 12, 7))
    found = edited((ahead,), OFTEN, TODAY, at_once=True)
    assert found is not None
    assert found.valid_from == date(2026, 12, 7)


def test_the_end_of_a_version_that_has_not_begun_leaves_the_one_before_it_alone() -> None:
    coming = replace(OFTEN, valid_from=MONDAY)
    found = edited((replace(TWICE, valid_to=MONDAY), coming), replace(coming, valid_to=date(2027, 1, 1)), TODAY)
    assert found is not None
    assert found.valid_from == MONDAY


def test_what_had_ended_begins_again_today() -> None:
    over = replace(TWICE, valid_to=date(2026, 11, 1))
    found = edited((over,), OFTEN, TODAY)
    assert found is not None
    assert found.valid_from == TODAY


def test_a_new_rhythm_counts_from_its_own_first_day() -> None:
    found = edited((TWICE,), replace(TWICE, interval=2), TODAY)
    assert found is not None
    assert (found.valid_from, found.anchor) == (MONDAY, MONDAY)


def test_a_first_cadence_stands_as_it_is() -> None:
    assert edited((), OFTEN, TODAY) is OFTEN


def test_an_edit_in_the_short_week_of_a_changed_start_waits_for_its_end() -> None:
    sundays = Weeks(6, ((MONDAY, 0),))
    assert holds_from((TWICE,), TODAY, sundays) == MONDAY
    assert holds_from((TWICE,), MONDAY, sundays) == date(2026, 11, 29)


@pytest.mark.parametrize(
    "versions",
    [
        (),
        (Cadence(Kind.AS_NEEDED, valid_from=START),),
        (replace(TWICE, valid_from=MONDAY),),
        (replace(TWICE, valid_to=date(2026, 11, 1)),),
    ],
)
def test_where_no_period_is_under_way_there_is_none_to_wait_for(versions: tuple[Cadence, ...]) -> None:
    assert holds_from(versions, TODAY) is None


FRIDAYS = Cadence(Kind.FIXED, Bound.EXACTLY, per_unit=Unit.WEEK, weekdays=frozenset({4}), valid_from=START)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TWICE, replace(TWICE, target_max=2)),
        (replace(TWICE, bound=Bound.EXACTLY), replace(TWICE, bound=Bound.EXACTLY, target_max=2)),
        (replace(TWICE, bound=Bound.AT_MOST), replace(TWICE, bound=Bound.AT_MOST, target_min=None, target_max=2)),
        (FRIDAYS, replace(FRIDAYS, bound=Bound.AT_LEAST)),
        (FRIDAYS, replace(FRIDAYS, per_unit=None)),
        (FRIDAYS, replace(FRIDAYS, weekdays=frozenset(), valid_from=date(2026, 10, 9))),
        (FRIDAYS, replace(FRIDAYS, tz="Europe/Berlin")),
        (FRIDAYS, replace(FRIDAYS, valid_to=MONDAY, anchor=START)),
        (replace(FRIDAYS, times=(time(20), time(8))), replace(FRIDAYS, times=(time(8), time(20)))),
        (replace(FRIDAYS, minutes=30), replace(FRIDAYS, minutes=30, minutes_max=30)),
        (
            Cadence(Kind.FIXED, monthday=5, valid_from=START),
            Cadence(Kind.FIXED, per_unit=Unit.MONTH, valid_from=START),
        ),
    ],
)
def test_the_same_can_be_said_in_several_ways(one: Cadence, other: Cadence) -> None:
    assert asked(one) == asked(other)


def test_another_place_is_not_the_same() -> None:
    there = replace(FRIDAYS, tz_mode=TzMode.FIXED, tz="Europe/Berlin")
    assert asked(there) not in (asked(FRIDAYS), asked(replace(there, tz="Europe/Madrid")))


@settings(max_examples=150, deadline=None)
@given(targets() | limits | fixed(), cadences | limits, st.booleans(), pauses, marks, days, week_starts)
def test_an_edit_never_changes_what_is_over_nor_by_default_what_is_under_way(
    before: Cadence,
    wanted: Cadence,
    at_once: bool,
    p: list[Pause],
    m: list[Mark],
    today: date,
    week_start: WeekStart,
) -> None:
    before = replace(before, valid_to=None)
    found = edited((before,), wanted, today, week_start, at_once)
    old = adherence([before], p, m, today, week_start)
    new = adherence([before, found] if found else [before], p, m, today, week_start)
    assert [told for told in new.periods if told.state is not State.OPEN] == [
        told for told in old.periods if told.state is not State.OPEN
    ]
    assert (new.kept, new.asked) == (old.kept, old.asked)
    if not at_once and asked(wanted) != asked(before):
        assert new.open_period == old.open_period
