"""What the page before a session says about a step, what needs a look, and what to name."""

from datetime import date, time, timedelta

import pytest

from webapp.domain.adherence import Adherence, adherence
from webapp.domain.before_session import (
    LookKind,
    NeedsLook,
    StepStory,
    WeekCounts,
    Win,
    needs_look,
    week_counts,
    weeks_of,
    win,
    window,
)
from webapp.domain.cadence import Bound, Cadence, Kind, Unit
from webapp.domain.coping import Told
from webapp.domain.pauses import Pause
from webapp.domain.scores import Mark

TODAY, START, SINCE = date(2026, 11, 19), date(2026, 10, 5), date(2026, 11, 5)
WEEKS = (date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16))
TWICE = Cadence(Kind.TARGET, Bound.AT_LEAST, 2, per_unit=Unit.WEEK, valid_from=START)
MORNINGS = Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(8),), valid_from=START)


def on(day: int, outcome: str = "done", excused: bool = False, month: int = 11) -> Mark:
    return Mark(date(2026, month, day), outcome != "not_today", outcome, excused)


def weeks(version: Cadence, *marks: Mark, pauses: tuple[Pause, ...] = ()) -> tuple[WeekCounts, ...]:
    told = adherence([version], pauses, marks, TODAY, since=SINCE)
    return week_counts(told, marks, WEEKS)


def test_the_page_begins_with_the_last_session() -> None:
    assert window(SINCE, START, TODAY, 0) == SINCE


def test_without_a_session_it_begins_with_the_plan() -> None:
    assert window(None, START, TODAY, 0) == START


@pytest.mark.parametrize("before", [None, date(2020, 1, 1)])
def test_it_never_tells_of_more_than_eight_weeks(before: date | None) -> None:
    first = window(before, None, TODAY, 0)
    assert first == date(2026, 9, 28)
    assert len(weeks_of(first, TODAY, 0)) == 8


def test_a_plan_that_begins_tomorrow_tells_of_today() -> None:
    assert window(None, TODAY + timedelta(days=1), TODAY, 0) == TODAY


def test_weeks_are_whole_and_start_on_the_clients_weekday() -> None:
    assert weeks_of(SINCE, TODAY, 0) == WEEKS
    assert weeks_of(TODAY, TODAY, 3) == (TODAY,)


def test_done_some_not_today_and_no_record_are_told_apart() -> None:
    first, second, third = weeks(TWICE, on(3), on(6, "some"), on(10), on(12, "not_today"), on(17))
    assert first == WeekCounts(WEEKS[0], asked=2, kept=2, done=1, some=1)
    assert second == WeekCounts(WEEKS[1], asked=2, kept=1, done=1, not_today=1)
    assert third == WeekCounts(WEEKS[2], asked=2, kept=1, done=1, open=True)


def test_a_week_nobody_said_anything_about_has_no_record() -> None:
    assert weeks(TWICE)[1] == WeekCounts(WEEKS[1], asked=2, no_record=2)


def test_a_daily_step_has_a_place_for_every_day() -> None:
    said = [on(9), on(10, "some"), on(11, "not_today"), on(12, "not_today", excused=True)]
    assert weeks(MORNINGS, *said)[1] == WeekCounts(WEEKS[1], asked=6, kept=2, done=1, some=1, not_today=2, no_record=3)


def test_a_target_by_the_day_adds_up_to_its_week() -> None:
    daily = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, valid_from=START)
    _, second, third = weeks(daily, on(9), on(9), on(10), on(16))
    assert (second.asked, second.kept, second.done, second.no_record, second.open) == (7, 2, 3, 5, False)
    assert (third.asked, third.kept, third.no_record, third.open) == (4, 1, 2, True)


def test_a_month_stands_in_the_week_of_its_last_day() -> None:
    monthly = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.MONTH, valid_from=date(2026, 9, 1))
    marks = [on(20, month=10), on(3)]
    told = adherence([monthly], (), marks, TODAY, since=date(2026, 10, 20))
    columns = weeks_of(date(2026, 10, 20), TODAY, 0)
    found = week_counts(told, marks, columns)
    assert [(week.asked, week.count) for week in found] == [(0, 0), (2, 1), (0, 0), (0, 0), (2, 1)]
    assert found[-1].open


def test_a_paused_week_asks_for_nothing() -> None:
    assert weeks(TWICE, pauses=(Pause(WEEKS[1], WEEKS[2]),))[1] == WeekCounts(WEEKS[1])


def test_a_limit_has_no_blank() -> None:
    limit = Cadence(Kind.TARGET, Bound.AT_MOST, target_max=1, per_unit=Unit.WEEK, valid_from=START)
    assert weeks(limit, on(9), on(10))[1] == WeekCounts(WEEKS[1], asked=1, done=2, limit=1)


def test_as_needed_is_only_counted() -> None:
    needed = Cadence(Kind.AS_NEEDED, valid_from=START)
    assert weeks(needed, on(10), on(11))[1] == WeekCounts(WEEKS[1], done=2)


def story(words: str, *marks: Mark, version: Cadence = TWICE, no_longer_fits: bool = False) -> StepStory:
    return StepStory(words, adherence([version], (), marks, TODAY, since=SINCE), no_longer_fits)


LITTLE = story("little", on(10))  # 1 of 4
HALF = story("half", on(3), on(10))  # 2 of 4
ALL = story("all", on(3), on(4), on(10), on(11))  # 4 of 4
NOTHING = story("nothing")
FIRST = story("first", on(3), on(10), on(11))  # 3 of 4, kept for the first time last week


def test_less_than_half_needs_a_look_and_half_does_not() -> None:
    assert needs_look([HALF, LITTLE, ALL], None, [], 0) == (NeedsLook(LookKind.LESS_THAN_HALF, "little", 1, 4),)


def test_the_least_kept_comes_first() -> None:
    assert [look.words for look in needs_look([LITTLE, NOTHING], None, [], 0)] == ["nothing", "little"]


@pytest.mark.parametrize(("days", "said"), [(None, False), (6, False), (7, True), (20, True)])
def test_a_week_without_a_record_is_said(days: int | None, said: bool) -> None:
    expected = (NeedsLook(LookKind.QUIET, number=days),) if said and days else ()
    assert needs_look([], days, [], 0) == expected


def test_a_step_that_no_longer_fits_comes_first_and_only_once() -> None:
    fits_no_more = story("old", no_longer_fits=True)
    assert needs_look([fits_no_more], 8, [], 0) == (
        NeedsLook(LookKind.NO_LONGER_FITS, "old"),
        NeedsLook(LookKind.QUIET, number=8),
    )


def test_distress_that_stays_high_after_two_uses_needs_a_look() -> None:
    high, once, low = Told(2, 0, 2, 8.0, 6.0), Told(1, 0, 1, 9.0, 9.0), Told(5, 5, 5, 8.0, 5.9)
    unmeasured = Told(4, 0, 0, None, None)
    found = needs_look([], None, [("music", high), ("bath", once), ("walk", low), ("call", unmeasured)], 0)
    assert found == (NeedsLook(LookKind.STAYS_HIGH, "music", 2),)


def test_reminders_that_did_not_arrive_need_a_look() -> None:
    assert needs_look([], None, [], 2) == (NeedsLook(LookKind.NOT_REACHED, number=2),)


def test_there_are_never_more_than_three() -> None:
    assert len(needs_look([LITTLE, NOTHING, LITTLE, NOTHING], 9, [], 3)) == 3


def test_all_kept_is_the_win() -> None:
    assert win([LITTLE, FIRST, ALL]) == Win("all", 4, 4, 4)


def test_kept_for_the_first_time_is_the_win_where_nothing_is_kept_wholly() -> None:
    assert win([HALF, FIRST]) == Win("first", 3, 4, 3, first=True)


def test_else_the_best_kept_is_the_win() -> None:
    assert win([LITTLE, HALF]) == Win("half", 2, 4, 2)


def test_what_is_only_counted_can_be_a_win() -> None:
    needed = story("sponsor", on(10), on(11), version=Cadence(Kind.AS_NEEDED, valid_from=START))
    assert win([needed, NOTHING]) == Win("sponsor", 0, 0, 2)


def test_without_a_record_there_is_no_win() -> None:
    assert win([NOTHING]) is None
    assert win([]) is None


def test_the_first_scored_week_is_no_first_time() -> None:
    begun = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.WEEK, valid_from=WEEKS[1])
    told = adherence([begun], (), [on(10)], TODAY, since=SINCE)
    assert win([StepStory("new", told)]) == Win("new", 1, 1, 1)


def test_a_story_without_periods_counts_nothing() -> None:
    assert StepStory("x", Adherence(0, 0, 0, 0, (), None)).count == 0
