"""Standing: what Today says about a step."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.strategies import START, cadences, days, marks, pauses, targets, week_starts
from webapp.domain.adherence import Mark, adherence
from webapp.domain.cadence import Bound, Cadence, Kind, Pause, Unit
from webapp.domain.standing import Standing, standing
from webapp.domain.weeks import WeekStart

FRIDAY = date(2026, 11, 20)
DAY = timedelta(days=1)
TWICE_A_WEEK = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=START)
DAILY = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, valid_from=START)
MON_FRI = Cadence(Kind.FIXED, weekdays=frozenset({0, 4}), valid_from=START)
ONCE = Cadence(Kind.ONCE, due=FRIDAY, valid_from=START)


def done(*when: date, slot: str = "") -> list[Mark]:
    return [Mark(day, True, slot=slot) for day in when]


def not_today(when: date = FRIDAY, slot: str = "", excused: bool = False) -> Mark:
    return Mark(when, False, "not_today", excused, slot)


def test_a_weekly_target_says_one_of_two_this_week_three_days_left() -> None:
    found = standing([TWICE_A_WEEK], [], done(FRIDAY - DAY), FRIDAY)
    assert (found.done_in_period, found.asked_in_period, found.days_left) == (1, 2, 3)
    assert (found.open, found.due, found.settled_today) == (True, False, False)
    assert found.next_day == FRIDAY + DAY


def test_a_tick_today_settles_today_and_leaves_the_week_open() -> None:
    found = standing([TWICE_A_WEEK], [], done(FRIDAY), FRIDAY)
    assert (found.open, found.settled_today) == (True, True)


def test_a_target_reached_is_closed_until_the_next_week() -> None:
    found = standing([TWICE_A_WEEK], [], done(FRIDAY - DAY, FRIDAY - DAY, FRIDAY), FRIDAY)
    assert (found.open, found.done_in_period, found.asked_in_period) == (False, 3, 2)
    assert found.next_day == date(2026, 11, 23)


def test_a_target_reached_in_its_last_week_is_not_asked_again() -> None:
    last = replace(TWICE_A_WEEK, valid_to=FRIDAY + DAY)
    found = standing([last], [], done(FRIDAY, FRIDAY), FRIDAY)
    assert (found.days_left, found.next_day) == (1, None)


def test_a_week_too_short_to_ask_is_open_without_a_number() -> None:
    found = standing([TWICE_A_WEEK], [], [], START)
    assert (found.open, found.done_in_period, found.asked_in_period) == (True, 0, None)


def test_days_left_leave_paused_days_out() -> None:
    found = standing([TWICE_A_WEEK], [Pause(FRIDAY + DAY, FRIDAY + 2 * DAY)], [], FRIDAY)
    assert found.days_left == 2
    assert found.next_day == FRIDAY + 2 * DAY


def test_a_daily_target_is_due_until_answered() -> None:
    assert standing([DAILY], [], [], FRIDAY).due
    ticked = standing([DAILY], [], done(FRIDAY), FRIDAY)
    assert (ticked.due, ticked.open, ticked.settled_today) == (False, False, True)
    declined = standing([DAILY], [], [not_today()], FRIDAY)
    assert (declined.due, declined.open, declined.settled_today) == (False, True, True)
    thrice = replace(DAILY, target_min=3)
    assert standing([thrice], [], done(FRIDAY, FRIDAY), FRIDAY).due


def test_a_limit_is_always_open_and_never_due() -> None:
    limit = Cadence(Kind.TARGET, Bound.AT_MOST, target_max=1, per_unit=Unit.DAY, valid_from=START)
    for count in range(3):
        found = standing([limit], [], done(*[FRIDAY] * count), FRIDAY)
        assert (found.open, found.due, found.settled_today) == (True, False, False)
        assert (found.done_in_period, found.asked_in_period) == (count, 1)


def test_a_fixed_step_is_due_on_its_day_and_silent_between() -> None:
    found = standing([MON_FRI], [], [], FRIDAY)
    assert found == Standing(due=True, open=True, asked_in_period=1, days_left=1, next_day=date(2026, 11, 23))
    assert standing([MON_FRI], [], [], FRIDAY + DAY) == Standing(next_day=date(2026, 11, 23))


@pytest.mark.parametrize(
    ("answers", "left", "counted", "asked"),
    [
        ([], True, 0, 2),
        (done(FRIDAY, slot="08:00"), True, 1, 2),
        ([*done(FRIDAY, slot="08:00"), not_today(slot="20:00")], False, 1, 2),
        ([not_today()], False, 0, 2),
        ([not_today(slot="08:00")], True, 0, 2),
        ([not_today(excused=True)], False, 0, 0),
        (done(FRIDAY, FRIDAY), False, 2, 2),
        (done(FRIDAY - DAY), True, 0, 2),
    ],
)
def test_each_time_of_a_fixed_day_wants_its_answer(answers: list[Mark], left: bool, counted: int, asked: int) -> None:
    found = standing([replace(MON_FRI, times=(time(8), time(20)))], [], answers, FRIDAY)
    assert (found.due, found.open, found.settled_today) == (left, left, not left)
    assert (found.done_in_period, found.asked_in_period) == (counted, asked)


def test_a_once_is_due_on_its_day_and_stays_open_after_it() -> None:
    early = standing([ONCE], [], [], FRIDAY - DAY)
    assert (early.due, early.open, early.days_left, early.next_day) == (False, True, 2, FRIDAY)
    on_day = standing([ONCE], [], [], FRIDAY)
    assert (on_day.due, on_day.open, on_day.days_left) == (True, True, 1)
    late = standing([ONCE], [], [], FRIDAY + 5 * DAY)
    assert (late.due, late.open, late.days_left, late.next_day) == (False, True, 0, None)


def test_a_once_is_settled_for_good_when_done_and_for_the_day_when_not_today() -> None:
    ticked = standing([ONCE], [], done(START), FRIDAY)
    assert (ticked.due, ticked.open, ticked.settled_today, ticked.done_in_period) == (False, False, True, 1)
    declined = standing([ONCE], [], [not_today()], FRIDAY)
    assert (declined.due, declined.open, declined.settled_today) == (False, True, True)
    undated = standing([replace(ONCE, due=None)], [], [], FRIDAY)
    assert (undated.due, undated.open, undated.days_left, undated.next_day) == (False, True, 0, FRIDAY + DAY)


@pytest.mark.parametrize("kind", [Kind.AS_NEEDED, Kind.ONGOING])
def test_as_needed_and_ongoing_steps_stay_open_without_a_denominator(kind: Kind) -> None:
    found = standing([Cadence(kind, valid_from=START)], [], done(FRIDAY, FRIDAY - DAY), FRIDAY)
    assert found == Standing(open=True, done_in_period=2, days_left=3, next_day=FRIDAY + DAY)


def test_a_paused_step_asks_nothing_and_says_when_it_comes_back() -> None:
    found = standing([DAILY], [Pause(FRIDAY, FRIDAY + 3 * DAY)], [], FRIDAY)
    assert (found.paused, found.due, found.open, found.next_day) == (True, False, False, FRIDAY + 3 * DAY)
    assert standing([DAILY], [Pause(FRIDAY)], [], FRIDAY).next_day is None


def test_a_step_before_its_first_day_and_after_its_last() -> None:
    assert standing([DAILY], [], [], START - DAY) == Standing(next_day=START)
    ended = replace(DAILY, valid_to=FRIDAY)
    assert standing([ended], [], [], FRIDAY) == Standing(ended=True)
    again = replace(DAILY, valid_from=FRIDAY + 3 * DAY)
    assert standing([ended, again], [], [], FRIDAY) == Standing(next_day=FRIDAY + 3 * DAY)
    assert standing([], [], [], FRIDAY) == Standing()


def test_a_step_let_go_before_it_began_has_ended() -> None:
    never = replace(DAILY, valid_from=FRIDAY + DAY, valid_to=FRIDAY + DAY)
    assert standing([never], [], [], FRIDAY) == Standing(ended=True)
    assert adherence([never], [], [], FRIDAY + 9 * DAY).periods == ()


@settings(max_examples=150, deadline=None)
@given(cadences, pauses, marks, days, week_starts)
def test_what_is_due_is_open_and_neither_when_paused_or_ended(
    c: Cadence, p: list[Pause], m: list[Mark], today: date, week_start: WeekStart
) -> None:
    found = standing([c], p, m, today, week_start)
    assert found.open or not found.due
    assert not (found.due and found.settled_today)
    assert not (found.open and (found.paused or found.ended))
    assert found.next_day is None or found.next_day > today
    assert found.days_left >= 0


@settings(max_examples=150, deadline=None)
@given(targets(), pauses, marks, days, week_starts)
def test_today_and_progress_tell_the_same_count(
    c: Cadence, p: list[Pause], m: list[Mark], today: date, week_start: WeekStart
) -> None:
    found = standing([c], p, m, today, week_start)
    open_period = adherence([c], p, m, today, week_start).open_period
    if not found.ended:
        assert open_period is not None
        assert (found.done_in_period, found.asked_in_period or 0) == (open_period.count, open_period.asked)


@settings(max_examples=100, deadline=None)
@given(cadences, marks, days, st.integers(1, 3))
def test_one_more_tick_never_makes_more_due(c: Cadence, m: list[Mark], today: date, ticks: int) -> None:
    before = standing([c], [], m, today)
    after = standing([c], [], [*m, *done(*[today] * ticks)], today)
    assert before.due or not after.due
    assert after.done_in_period >= before.done_in_period
