"""The line of a client counts what closed within their last week, and nothing else."""

from datetime import date, time

from webapp.domain.cadence import Bound, Cadence, Kind, Unit
from webapp.domain.caseload import Kept, counts_by_week, last_closed_week, week_kept
from webapp.domain.pauses import Pause
from webapp.domain.periods import Period
from webapp.domain.scores import Mark
from webapp.domain.weeks import Weeks

TODAY, START = date(2026, 11, 19), date(2026, 10, 5)
WEEK = Period(date(2026, 11, 9), date(2026, 11, 16))
TWICE = Cadence(Kind.TARGET, Bound.AT_LEAST, 2, per_unit=Unit.WEEK, valid_from=START)
MORNINGS = Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(8),), valid_from=START)


def kept(version: Cadence, *days: int, pauses: tuple[Pause, ...] = ()) -> Kept:
    marks = [Mark(date(2026, 11, day), counts=True) for day in days]
    return week_kept([version], pauses, marks, WEEK, TODAY, 0)


def test_the_last_closed_week_ended_before_today() -> None:
    assert last_closed_week(TODAY, 0) == WEEK
    assert last_closed_week(date(2026, 11, 16), 0) == WEEK
    assert last_closed_week(TODAY, 3) == Period(date(2026, 11, 12), TODAY)


def test_a_week_that_a_changed_start_left_short_is_told_only_when_it_asks() -> None:
    saturdays = Weeks(5, ((date(2026, 11, 16), 0),))
    assert last_closed_week(date(2026, 11, 22), saturdays) == Period(date(2026, 11, 16), date(2026, 11, 21), 7)
    wednesdays = Weeks(2, ((date(2026, 11, 16), 0),))
    assert last_closed_week(TODAY, wednesdays) == WEEK
    assert last_closed_week(date(2026, 11, 25), wednesdays) == Period(date(2026, 11, 18), date(2026, 11, 25))


def test_only_that_week_counts_and_extra_pays_for_nothing() -> None:
    assert kept(TWICE, 3, 10, 17, 18) == Kept(1, 2)
    assert kept(TWICE, 9, 10, 11, 15) == Kept(2, 2)


def test_a_daily_step_counts_day_by_day() -> None:
    assert kept(MORNINGS, 8, 9, 10, 15, 16) == Kept(3, 7)


def test_a_paused_week_asks_for_nothing() -> None:
    assert kept(TWICE, 10, pauses=(Pause(WEEK.start, WEEK.end),)) == Kept(0, 0)


def test_months_single_deeds_and_as_needed_are_told_elsewhere() -> None:
    monthly = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.MONTH, valid_from=START)
    fortnight = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, interval=2, valid_from=START)
    third_day = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, interval=3, valid_from=START)
    once = Cadence(Kind.ONCE, valid_from=START, due=date(2026, 11, 12))
    needed = Cadence(Kind.AS_NEEDED, valid_from=START)
    assert [counts_by_week(one) for one in (monthly, fortnight, third_day, once, needed)] == [False] * 2 + [True] + [
        False
    ] * 2
    assert kept(once, 12) == Kept()


def test_lines_add_up() -> None:
    assert Kept(1, 2) + Kept(3, 7) == Kept(4, 9)
