"""Weeks: a changed start holds from next week, and what was before it stays as it was."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.strategies import START, a_weekday, cadences, days, fixed, marks, pauses, targets, weeks
from webapp.domain.adherence import adherence
from webapp.domain.before_session import weeks_of, window
from webapp.domain.cadence import Bound, Cadence, Kind, Unit
from webapp.domain.check_ins import day_problem
from webapp.domain.occurrences import occurrences
from webapp.domain.pauses import Pause
from webapp.domain.periods import (
    Period,
    last_weeks,
    next_period_start,
    period_of,
    start_from_next_week,
    start_of_week,
    week_of,
)
from webapp.domain.progress import record
from webapp.domain.scores import Mark, State
from webapp.domain.standing import standing
from webapp.domain.weeks import Weeks

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
DAY = timedelta(days=1)
THURSDAY, MONDAY = date(2026, 11, 19), date(2026, 11, 23)
LATER = date(2027, 1, 18)
TWICE = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=date(2026, 10, 5))
few = settings(max_examples=150, deadline=None)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def changed(start: int, before: int = MON, on: date = THURSDAY) -> Weeks:
    return start_from_next_week(Weeks(before), start, on)


def test_a_change_holds_from_next_week() -> None:
    assert changed(SUN) == Weeks(SUN, ((MONDAY, MON),))
    assert week_of(THURSDAY, changed(SUN)) == Period(day("11-16"), MONDAY)
    assert week_of(MONDAY, changed(SUN)) == Period(MONDAY, day("11-29"), full=7)
    assert week_of(day("11-29"), changed(SUN)) == Period(day("11-29"), day("12-06"))


@pytest.mark.parametrize(
    ("before", "after", "short"),
    [
        (MON, SUN, ("11-23", "11-29")),
        (SUN, MON, ("11-22", "11-23")),
        (MON, SAT, ("11-23", "11-28")),
        (SAT, MON, ("11-21", "11-23")),
        (SUN, SAT, ("11-22", "11-28")),
        (SAT, SUN, ("11-21", "11-22")),
    ],
)
def test_between_the_old_weeks_and_the_new_lies_one_short_week(before: int, after: int, short: tuple[str, str]) -> None:
    found = changed(after, before)
    first, end = (day(text) for text in short)
    assert found.changing_on(THURSDAY) == found.changing_on(first) == (first, end)
    assert found.changing_on(end) is None
    assert week_of(first, found) == Period(first, end, full=7)
    assert week_of(first - DAY, found) == Period(first - timedelta(days=7), first)
    assert week_of(end, found) == Period(end, end + timedelta(days=7))


def test_weeks_that_never_changed_are_not_changing() -> None:
    assert Weeks(SUN).changing_on(THURSDAY) is None


def test_changing_twice_in_one_week_is_changing_once_and_changing_back_is_no_change() -> None:
    sunday = changed(SUN)
    assert start_from_next_week(sunday, SAT, day("11-20")) == changed(SAT)
    assert start_from_next_week(sunday, MON, day("11-22")) == Weeks(MON)
    assert start_from_next_week(Weeks(MON), MON, THURSDAY) == Weeks(MON)


def test_changing_again_in_the_short_week_waits_for_its_end() -> None:
    back = start_from_next_week(changed(SUN), MON, day("11-25"))
    assert back == Weeks(MON, ((MONDAY, MON), (day("11-29"), SUN)))
    found = [week_of(one, back) for one in (THURSDAY, MONDAY, day("11-29"), day("11-30"))]
    assert [(week.start, week.days) for week in found] == [
        (day("11-16"), 7),
        (MONDAY, 6),
        (day("11-29"), 1),
        (day("11-30"), 7),
    ]
    assert start_from_next_week(back, SUN, day("11-25")) == changed(SUN)


def test_two_weeks_under_way_end_as_they_would_have() -> None:
    found = [period_of(one, Unit.WEEK, 2, changed(SUN), day("10-05")) for one in (day("11-16"), day("11-30"))]
    assert found[0] == period_of(day("11-16"), Unit.WEEK, 2, MON, day("10-05")) == Period(day("11-16"), day("11-30"))
    # From there on they are those of the Sunday around the first day, 4 October.
    assert found[1] == Period(day("11-30"), day("12-13"), full=14)
    assert period_of(day("12-13"), Unit.WEEK, 2, changed(SUN), day("10-05")) == Period(day("12-13"), day("12-27"))


def test_two_changes_within_one_long_period_end_it_once() -> None:
    both = start_from_next_week(changed(SUN), WED, MONDAY)
    found = period_of(day("11-30"), Unit.WEEK, 4, both, day("11-16"))
    assert found == Period(day("11-16"), day("12-14"))
    assert period_of(found.end, Unit.WEEK, 4, both, day("11-16")) == Period(found.end, date(2027, 1, 6), full=28)


@pytest.mark.parametrize(
    ("after", "asked", "state"),
    [
        (SUN, 2, State.PART),
        (SAT, 1, State.KEPT),
        (FRI, 1, State.KEPT),
        (THU, 0, State.NEUTRAL),
        (TUE, 0, State.NEUTRAL),
    ],
)
def test_a_short_week_asks_for_its_share_and_below_half_for_nothing(after: int, asked: int, state: State) -> None:
    found = adherence([TWICE], [], [Mark(MONDAY, True)], LATER, changed(after))
    short = next(told for told in found.periods if told.period.start == MONDAY)
    assert (short.asked, short.kept, short.state) == (asked, min(1, asked), state)


def test_a_short_week_of_a_limit_keeps_the_limit() -> None:
    limit = replace(TWICE, bound=Bound.AT_MOST, target_max=1)
    found = adherence([limit], [], [Mark(MONDAY, True), Mark(MONDAY, True)], LATER, changed(SUN))
    short = next(told for told in found.periods if told.period.start == MONDAY)
    assert (short.limit, short.asked, short.kept) == (1, 1, 0)


def test_one_day_between_the_weeks_is_no_daily_target() -> None:
    monday = changed(MON, SUN)
    stands = standing([TWICE], [], [], day("11-22"), monday)
    assert (stands.due, stands.open, stands.asked_in_period, stands.days_left) == (False, True, None, 1)


def test_an_edit_waits_for_the_end_of_the_short_week() -> None:
    assert next_period_start(TWICE, THURSDAY, changed(SUN)) == MONDAY
    assert next_period_start(TWICE, MONDAY, changed(SUN)) == day("11-29")


def test_every_other_week_stays_in_its_weeks_whatever_the_person_changes() -> None:
    sundays = Cadence(Kind.FIXED, weekdays=frozenset({SUN}), interval=2, valid_from=day("10-09"))
    expected = [day(text) for text in ("10-11", "10-25", "11-08", "11-22", "12-06", "12-20")]
    for after in range(7):
        found = occurrences([sundays], day("10-01"), date(2027, 1, 1), (), changed(after))
        assert [occurrence.day for occurrence in found] == expected
    assert day_problem(day("12-06"), day("11-28"), [sundays], changed(SUN)) is None


def test_progress_shows_the_short_week_as_a_week_of_its_own() -> None:
    daily = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, valid_from=day("11-16"))
    sunday = changed(SUN)
    for step in (TWICE, daily):
        found = record(adherence([step], [], [], day("12-06"), sunday, since=day("11-16")), sunday)
        spans = [(week.period.start, week.period.days) for week in found.weeks][:3]
        assert spans == [(day("11-16"), 7), (MONDAY, 6), (day("11-29"), 7)]
    weekly = record(adherence([TWICE], [], [], day("12-06"), sunday), sunday)
    assert {week.period.nominal for week in weekly.weeks} == {7}, "so that it still counts as a week"


def test_before_the_session_the_short_week_has_a_column_and_there_are_never_more_than_eight() -> None:
    today = day("12-10")
    first = window(None, None, today, changed(SUN))
    columns = weeks_of(first, today, changed(SUN))
    assert len(columns) == 8
    assert columns[-4:] == (day("11-16"), MONDAY, day("11-29"), day("12-06"))


def test_the_last_weeks_are_told_oldest_first() -> None:
    found = last_weeks(day("11-30"), 3, changed(SUN))
    assert [week.start for week in found] == [day("11-16"), MONDAY, day("11-29")]
    assert last_weeks(THURSDAY, 1) == (week_of(THURSDAY),)


@few
@given(weeks(), a_weekday, days, st.integers(1, 5), st.none() | days, st.integers(0, 90))
def test_a_change_never_touches_what_is_over_or_under_way(
    before: Weeks, start: int, today: date, interval: int, anchor: date | None, ago: int
) -> None:
    after = start_from_next_week(before, start, today)
    for one in (today, today - timedelta(days=ago)):
        assert period_of(one, Unit.WEEK, interval, after, anchor) == period_of(one, Unit.WEEK, interval, before, anchor)


@few
@given(cadences | targets((Bound.AT_MOST,)), pauses, marks, weeks(), a_weekday, days)
def test_a_change_never_changes_what_was_scored_or_where_a_step_stands(
    c: Cadence, p: list[Pause], m: list[Mark], before: Weeks, start: int, today: date
) -> None:
    after = start_from_next_week(before, start, today)
    assert adherence([c], p, m, today, after) == adherence([c], p, m, today, before)
    here, there = (standing([c], p, m, today, found) for found in (before, after))
    assert replace(here, next_day=None) == replace(there, next_day=None)


@few
@given(weeks(), a_weekday, a_weekday, days, st.integers(0, 6))
def test_the_last_of_several_changes_in_one_week_is_the_one_that_counts(
    before: Weeks, first: int, second: int, today: date, later: int
) -> None:
    again = min(today + timedelta(days=later), week_of(today, before).end - DAY)
    once = start_from_next_week(before, second, again)
    assert start_from_next_week(start_from_next_week(before, first, today), second, again) == once
    back = start_from_next_week(once, before.start_on(again), again)
    assert back == Weeks(before.start_on(again), tuple(one for one in before.earlier if one[0] <= again))


@few
@given(weeks(), days, st.integers(1, 5), days)
def test_every_period_that_is_whole_stays_anchored(found: Weeks, one: date, interval: int, anchor: date) -> None:
    period = period_of(one, Unit.WEEK, interval, found, anchor)
    # A period cut short ends where a whole one of the new weeks begins.
    edge = period.end if period.full else period.start
    first = start_of_week(anchor, edge.weekday())
    assert (edge - first).days % (7 * interval) == 0
    assert edge.weekday() in {found.start, *(weekday for _, weekday in found.earlier)}


@few
@given(weeks(), a_weekday, days)
def test_within_two_weeks_of_a_change_weeks_start_as_the_person_chose(before: Weeks, start: int, today: date) -> None:
    after = start_from_next_week(before, start, today)
    settled = today + timedelta(days=13)
    assert (week_of(settled, after).start.weekday(), week_of(settled, after).days) == (start, 7)
    assert after.changing_on(settled) is None


@few
@given(fixed(), weeks(), a_weekday, days)
def test_a_change_never_moves_a_fixed_day(c: Cadence, before: Weeks, start: int, today: date) -> None:
    after = start_from_next_week(before, start, today)
    first, last = START, START + timedelta(days=200)
    assert occurrences([c], first, last, (), after) == occurrences([c], first, last, (), before)
