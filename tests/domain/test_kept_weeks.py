"""What a calendar shows of weeks and days: nothing is lost on the way, a blank is no record, rest is no blank."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from webapp.domain.adherence import adherence
from webapp.domain.cadence import Bound, Cadence, Kind, Unit
from webapp.domain.check_ins import BACK, CheckIn, Reason
from webapp.domain.kept_weeks import CalendarWeek, Shown, calendar, of_week, step_days
from webapp.domain.pauses import Pause
from webapp.domain.periods import Period, last_weeks
from webapp.domain.progress import record
from webapp.domain.scores import Mark, Outcome, State
from webapp.domain.weeks import DAY, WeekStart

MONDAY = date(2026, 11, 2)
TODAY = MONDAY + timedelta(days=17)
WEEKS = last_weeks(TODAY, 3)
TWICE = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=MONDAY)
THURSDAYS = Cadence(Kind.FIXED, per_unit=Unit.WEEK, weekdays=frozenset({3}), valid_from=MONDAY)
NEEDED = Cadence(Kind.AS_NEEDED, valid_from=MONDAY)
EVERY_DAY = Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(8), time(20)), valid_from=MONDAY)


def drawn(
    cadence: Cadence, *marks: Mark, pauses: tuple[Pause, ...] = (), small: tuple[date, ...] = ()
) -> list[CalendarWeek]:
    told = record(adherence([cadence], pauses, marks, TODAY, since=WEEKS[0].start)).weeks
    return list(calendar(WEEKS, [(week, of_week(week, pauses, marks)) for week in told], small))


def done(*days: int, outcome: str = "done", excused: bool = False) -> list[Mark]:
    return [Mark(MONDAY + n * DAY, outcome != "not_today", outcome, excused) for n in days]


def shown(weeks: list[CalendarWeek]) -> list[tuple[Shown, ...]]:
    return [week.shown for week in weeks]


def test_a_week_is_kept_in_part_or_without_a_record_and_the_open_one_is_not_judged() -> None:
    assert shown(drawn(TWICE, *done(0, 1, 7))) == [(Shown.KEPT,), (Shown.PART,), (Shown.OPEN,)]
    assert shown(drawn(TWICE, *done(14))) == [(Shown.BLANK,), (Shown.BLANK,), (Shown.BEGUN,)]


def test_rest_is_no_blank() -> None:
    away = (Pause(MONDAY, MONDAY + 7 * DAY),)
    assert shown(drawn(TWICE, pauses=away))[0] == (Shown.REST,)
    unwell = done(3, outcome="not_today", excused=True)
    assert shown(drawn(THURSDAYS, *unwell)) == [(Shown.REST,), (Shown.BLANK,), (Shown.OPEN,)]


def test_what_was_done_unasked_is_shown_and_what_nobody_asked_is_not() -> None:
    assert shown(drawn(NEEDED, *done(1, 2))) == [(Shown.EXTRA,), (), ()]


def test_small_days_stand_in_their_week() -> None:
    small = (MONDAY, MONDAY + 6 * DAY, MONDAY + 7 * DAY, MONDAY - DAY)
    assert [week.small_days for week in drawn(TWICE, small=small)] == [2, 1, 0]


def test_only_the_last_week_is_now() -> None:
    assert [week.now for week in drawn(TWICE)] == [False, False, True]


def test_a_month_stands_in_the_week_in_which_it_ends() -> None:
    monthly = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.MONTH, valid_from=date(2026, 9, 1))
    weeks = last_weeks(TODAY, 5)
    told = record(adherence([monthly], [], [], TODAY, since=weeks[0].start)).weeks
    found = calendar(weeks, [(week, of_week(week, [], [])) for week in told], ())
    assert shown(list(found)) == [(), (Shown.BLANK,), (), (), (Shown.OPEN,)], "October ends on Saturday the 31st"


def test_what_stands_before_the_first_week_is_shown_in_it() -> None:
    week = record(adherence([TWICE], [], [], TODAY, since=WEEKS[0].start)).weeks[0]
    earlier = replace(week, stands_in=WEEKS[0].start - DAY)
    assert shown(list(calendar(WEEKS, [(earlier, Shown.PART)], ()))) == [(Shown.PART,), (), ()]


def test_days_of_last_week_that_are_still_open_stand_in_this_one() -> None:
    every_three_days = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, interval=3, valid_from=MONDAY + 7 * DAY)
    monday = MONDAY + 14 * DAY  # the third period of last week: Sunday to Tuesday
    told = record(adherence([every_three_days], [], [], monday, since=WEEKS[1].start)).weeks
    assert [week.stands_in for week in told] == [WEEKS[1].start]
    found = calendar(WEEKS, [(week, of_week(week, [], [])) for week in told], ())
    assert shown(list(found)) == [(), (), (Shown.OPEN,)]


def test_marks_are_ordered_by_kind() -> None:
    told = record(adherence([TWICE], [], done(0, 1), TODAY, since=WEEKS[0].start)).weeks
    kept, blank = told[0], told[1]
    (week,) = calendar(WEEKS[:1], [(blank, Shown.BLANK), (kept, Shown.KEPT), (blank, Shown.PART)], ())
    assert week.shown == (Shown.KEPT, Shown.PART, Shown.BLANK)
    assert [week.count(one) for one in (Shown.KEPT, Shown.REST)] == [1, 0]


@given(
    strategies.histories(),
    strategies.cadences,
    strategies.pauses,
    strategies.marks,
    strategies.days,
    strategies.week_starts,
    st.integers(1, 20),
    st.sets(strategies.days),
)
def test_the_calendar_loses_and_adds_nothing(
    versions: tuple[Cadence, ...],
    other: Cadence,
    pauses: list[Pause],
    marks: list[Mark],
    today: date,
    week_start: WeekStart,
    number: int,
    small: set[date],
) -> None:
    weeks = last_weeks(today, number, week_start)
    records = [
        record(adherence(one, pauses, marks, today, week_start, weeks[0].start), week_start)
        for one in (versions, (other,))
    ]
    told = [(week, of_week(week, pauses, marks)) for one in records for week in one.weeks]
    found = calendar(weeks, told, small)
    counts = Counter(one for week in found for one in week.shown)
    assert counts == Counter(one for _, one in told if one is not Shown.NOTHING)
    assert counts[Shown.KEPT] == sum(one.weeks_kept for one in records)
    assert counts[Shown.KEPT] + counts[Shown.PART] + counts[Shown.BLANK] == sum(one.weeks_asked for one in records)
    assert sum(week.small_days for week in found) == sum(weeks[0].start <= day < weeks[-1].end for day in small)
    assert all(one in (Shown.BEGUN, Shown.OPEN) for week, one in told if week.state is State.OPEN and week.asked)
    assert not any({Shown.BEGUN, Shown.OPEN} & set(week.shown) for week in found[:-1])


@given(strategies.histories(), strategies.pauses, strategies.marks, strategies.days, strategies.week_starts)
def test_an_unbroken_record_is_never_a_blank(
    versions: tuple[Cadence, ...], pauses: list[Pause], marks: list[Mark], today: date, week_start: WeekStart
) -> None:
    for week in record(adherence(versions, pauses, marks, today, week_start), week_start).weeks:
        if of_week(week, pauses, marks) in (Shown.BLANK, Shown.REST, Shown.NOTHING, Shown.OPEN):
            assert week.count == 0


# Days


def say(day: date, outcome: Outcome = Outcome.DONE, slot: str = "", reason: str | None = None) -> CheckIn:
    return CheckIn(day.toordinal(), 1, day, outcome, datetime.combine(day, time(20), UTC), slot, reason)


def days(cadence: Cadence | None, *said: CheckIn, pauses: tuple[Pause, ...] = (), small: tuple[date, ...] = ()):
    versions = [cadence] if cadence else []
    rows = step_days(WEEKS, TODAY, said, versions, pauses, small)
    return {one.day: one.shown for week in rows for one in week}


@pytest.mark.parametrize(
    ("outcome", "reason", "told"),
    [
        (Outcome.DONE, None, Shown.KEPT),
        (Outcome.SOME, None, Shown.PART),
        (Outcome.NOT_TODAY, None, Shown.NOT_TODAY),
        (Outcome.NOT_TODAY, Reason.NO_TIME, Shown.NOT_TODAY),
        (Outcome.NOT_TODAY, Reason.UNWELL, Shown.REST),
    ],
)
def test_a_day_shows_what_was_said_of_it(outcome: Outcome, reason: Reason | None, told: Shown) -> None:
    assert days(TWICE, say(MONDAY, outcome, reason=reason))[MONDAY] is told


def test_a_day_without_a_record_is_a_blank_only_where_that_very_day_was_asked_for() -> None:
    thursday = MONDAY + 3 * DAY
    assert days(THURSDAYS)[thursday] is Shown.BLANK
    assert days(THURSDAYS)[thursday + DAY] is Shown.NOTHING
    assert days(TWICE)[thursday] is Shown.NOTHING
    assert days(None)[thursday] is Shown.NOTHING


def test_today_is_open_and_so_is_what_comes() -> None:
    assert days(THURSDAYS)[TODAY] is Shown.OPEN
    assert days(THURSDAYS, say(TODAY))[TODAY] is Shown.KEPT


def test_a_small_day_and_a_pause_are_rest_unless_something_was_said() -> None:
    thursday = MONDAY + 3 * DAY
    assert days(THURSDAYS, small=(thursday,))[thursday] is Shown.REST
    assert days(THURSDAYS, pauses=(Pause(MONDAY, TODAY),))[thursday] is Shown.REST
    assert days(THURSDAYS, say(thursday), small=(thursday,))[thursday] is Shown.KEPT


def test_one_of_two_times_a_day_is_a_part() -> None:
    assert days(EVERY_DAY, say(MONDAY, slot="08:00"))[MONDAY] is Shown.PART
    assert days(EVERY_DAY, say(MONDAY, slot="08:00"), say(MONDAY, slot="20:00"))[MONDAY] is Shown.KEPT


def test_sixty_days_back_can_be_told_about_and_no_day_to_come() -> None:
    weeks = last_weeks(TODAY, 12)
    rows = step_days(weeks, TODAY, [], [TWICE], ())
    can_be = [one.day for week in rows for one in week if one.open]
    assert (can_be[0], can_be[-1], len(can_be)) == (TODAY - BACK, TODAY, 61)


@given(st.lists(st.tuples(strategies.days, st.sampled_from(Outcome)), max_size=20), strategies.days)
def test_every_day_stands_once_and_every_record_is_seen(said: list[tuple[date, Outcome]], today: date) -> None:
    weeks = [Period(strategies.START, strategies.START + 91 * DAY)]
    told = [say(day, outcome) for day, outcome in dict(said).items()]
    (row,) = step_days(weeks, today, told, [TWICE], ())
    assert [one.day for one in row] == list(weeks[0].each_day())
    recorded = {one.day for one in row if one.shown is not Shown.NOTHING}
    assert recorded == {one.day for one in told}


def test_a_limit_that_was_kept_is_kept() -> None:
    limit = Cadence(Kind.TARGET, Bound.AT_MOST, target_max=1, per_unit=Unit.WEEK, valid_from=MONDAY)
    assert shown(drawn(limit, *done(7, 8))) == [(Shown.KEPT,), (Shown.PART,), (Shown.OPEN,)]
