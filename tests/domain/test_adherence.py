"""Adherence: kept of asked, on closed periods, without guilt and without favours."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.strategies import (
    START,
    cadences,
    days,
    fixed,
    limits,
    lines,
    mark,
    marks,
    pause,
    pauses,
    targets,
    week_starts,
)
from webapp.domain.adherence import Adherence, Mark, State, adherence
from webapp.domain.cadence import Bound, Cadence, Kind, Pause, Unit, timeline, version_on
from webapp.domain.periods import Period
from webapp.domain.scores import asked_of
from webapp.domain.weeks import WeekStart

TODAY = date(2026, 11, 22)
LATER = date(2027, 2, 28)
TWICE_A_WEEK = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=START)
PAUSE = Pause(date(2026, 10, 28), date(2026, 10, 31))
MONDAY = date(2026, 9, 28)


def done(*when: date, **more: object) -> list[Mark]:
    return [Mark(day, True, **more) for day in when]  # type: ignore[arg-type]


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def worked_example() -> list[Mark]:
    """Return 1, 2, 5, 1, 1, 0, 2, 1 check-ins in the weeks from 28 September."""
    counts = enumerate((1, 2, 5, 1, 1, 0, 2, 1))
    return [Mark(START + timedelta(weeks=n, days=i % 3), True) for n, c in counts for i in range(c)]


def states(found: Adherence) -> list[State]:
    return [told.state for told in found.periods]


def test_the_worked_example_comes_out_as_stated() -> None:
    found = adherence([TWICE_A_WEEK], [PAUSE], worked_example(), TODAY)
    assert [told.count for told in found.periods] == [1, 2, 5, 1, 1, 0, 2, 1]
    assert states(found) == ["neutral", "kept", "kept", "part", "kept", "none", "kept", "open"]
    assert [told.asked for told in found.periods] == [0, 2, 2, 2, 1, 2, 2, 2]
    assert (found.kept, found.asked, found.weeks_kept, found.weeks_scored) == (8, 11, 4, 6)
    assert found.share == 8 / 11
    assert found.open_period == found.periods[-1]
    assert found.open_period.period == Period(date(2026, 11, 16), date(2026, 11, 23))


def test_a_back_dated_check_in_counts_for_the_week_of_its_day() -> None:
    found = adherence([TWICE_A_WEEK], [PAUSE], [*worked_example(), *done(day("11-05"))], TODAY)
    assert (found.kept, found.asked, found.weeks_kept, found.weeks_scored) == (9, 11, 4, 6)


def test_raising_the_target_on_a_thursday_from_today_blends_it_by_days() -> None:
    raised = replace(TWICE_A_WEEK, target_min=4, valid_from=day("11-12"))
    found = adherence([TWICE_A_WEEK, raised], [PAUSE], worked_example(), TODAY)
    assert [told.asked for told in found.periods] == [0, 2, 2, 2, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("total", "active", "length", "t"),
    [
        (22, 7, 7, 3),
        (8, 4, 7, 1),
        (12, 4, 7, 2),
        (6, 3, 7, 0),
        (4, 15, 30, 1),
        (45, 15, 30, 2),
        (44, 15, 30, 1),
        (28, 14, 30, 0),
    ],
)
def test_what_is_asked_is_the_rounded_mean_or_nothing_below_half(total: int, active: int, length: int, t: int) -> None:
    assert asked_of(total, active, length) == t


def test_the_open_week_is_judged_from_the_day_it_ends() -> None:
    assert states(adherence([TWICE_A_WEEK], [], [], day("10-11")))[-1] is State.OPEN
    assert states(adherence([TWICE_A_WEEK], [], [], day("10-12")))[-2:] == [State.NONE, State.OPEN]


def test_nothing_asked_has_no_share() -> None:
    found = adherence([TWICE_A_WEEK], [], [], START)
    assert (found.share, found.asked) == (None, 0)


def test_before_the_step_begins_there_is_nothing_to_tell() -> None:
    assert adherence([TWICE_A_WEEK], [], [], START - timedelta(days=1)).periods == ()
    assert adherence([], [], [], START) == Adherence(0, 0, 0, 0, (), None)


def test_a_step_that_ended_stops_asking() -> None:
    ended = replace(TWICE_A_WEEK, valid_to=day("10-14"))
    found = adherence([ended], [], [], TODAY)
    assert [told.asked for told in found.periods] == [0, 2, 0]
    assert found.open_period is None


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        ("10-05", None, [2, 2]),
        ("10-06", None, [2, 2]),  # 6 of 7 days
        ("10-08", None, [1, 2]),  # 4 of 7
        ("10-09", None, [0, 2]),  # 3 of 7, less than half
        ("10-05", "10-18", [2, 2]),
        ("10-05", "10-16", [2, 1]),  # 5 of 7
        ("10-05", "10-14", [2, 0]),  # 3 of 7
        ("10-07", "10-10", [1]),  # begun and ended within the week
    ],
)
def test_a_step_that_begins_or_ends_midweek_is_asked_its_share(first: str, last: str | None, asked: list[int]) -> None:
    end = day(last) + timedelta(days=1) if last else None
    rule = replace(TWICE_A_WEEK, valid_from=day(first), valid_to=end)
    found = adherence([rule], [], [], day("10-19"))
    assert [told.asked for told in found.periods if told.state is not State.OPEN] == asked


@pytest.mark.parametrize(("first", "asked"), [("10-01", 4), ("10-08", 3), ("10-16", 2), ("10-17", 0)])
def test_a_step_that_begins_within_a_month_is_asked_its_share(first: str, asked: int) -> None:
    rule = Cadence(Kind.TARGET, target_min=4, per_unit=Unit.MONTH, valid_from=day(first))
    assert adherence([rule], [], [], day("11-01")).periods[0].asked == asked


def test_what_is_recorded_for_a_day_to_come_counts_when_its_week_is_over() -> None:
    ahead = done(day("10-13"), day("10-14"))
    before = adherence([TWICE_A_WEEK], [], ahead, day("10-11"))
    assert (before.kept, [told.count for told in before.periods]) == (0, [0, 0])
    now = adherence([TWICE_A_WEEK], [], ahead, day("10-14"))
    assert (now.kept, now.periods[-1].count, now.periods[-1].state) == (0, 2, State.OPEN)
    assert adherence([TWICE_A_WEEK], [], ahead, day("10-19")).kept == 2


def test_a_day_before_the_step_began_counts_in_its_week_and_one_before_that_nowhere() -> None:
    early = done(day("09-30"), day("09-27"))
    assert [told.count for told in adherence([TWICE_A_WEEK], [], early, day("10-05")).periods] == [1, 0]


def test_some_counts_and_is_shown_apart() -> None:
    week = [
        Mark(day("10-05"), True, "some"),
        Mark(day("10-06"), True),
        Mark(day("10-07"), False, "not_today"),
    ]
    told = adherence([TWICE_A_WEEK], [], week, day("10-12")).periods[1]
    assert (told.count, told.some, told.not_today, told.kept, told.state) == (2, 1, 1, 2, State.KEPT)


def test_excused_days_lower_what_a_target_asks_but_never_what_was_kept() -> None:
    excuses = [Mark(day(f"10-0{n}"), False, "not_today", excused=True) for n in (5, 6, 7)]
    told = adherence([TWICE_A_WEEK], [], [*excuses, *done(day("10-08"))], day("10-12")).periods[1]
    assert (told.asked, told.kept, told.state) == (1, 1, State.KEPT)
    told = adherence([TWICE_A_WEEK], [], [*excuses, *done(day("10-08"), day("10-09"))], day("10-12")).periods[1]
    assert (told.asked, told.kept) == (2, 2)


def test_a_day_that_is_excused_is_left_out_of_a_daily_target() -> None:
    daily = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, valid_from=START)
    found = adherence([daily], [], [Mark(START, False, "not_today", excused=True)], START + timedelta(days=2))
    assert states(found) == ["neutral", "none", "open"]


@pytest.mark.parametrize(("count", "kept", "state"), [(0, 1, State.KEPT), (2, 1, State.KEPT), (3, 0, State.PART)])
def test_at_most_is_kept_while_the_count_is_within_the_limit(count: int, kept: int, state: State) -> None:
    rule = Cadence(Kind.TARGET, Bound.AT_MOST, target_max=2, per_unit=Unit.WEEK, valid_from=day("10-05"))
    week = done(*[day("10-07")] * count)
    open_week = adherence([rule], [], week, day("10-11")).open_period
    assert open_week is not None
    assert open_week.limit == 2
    told = adherence([rule], [], week, day("10-12")).periods[0]
    assert (told.asked, told.kept, told.count, told.limit, told.state) == (1, kept, count, 2, state)


def test_a_limit_of_none_at_all_is_still_asked_for() -> None:
    rule = Cadence(Kind.TARGET, Bound.AT_MOST, target_max=0, per_unit=Unit.WEEK, valid_from=day("10-05"))
    assert adherence([rule], [], [], day("10-12")).periods[0].state is State.KEPT
    assert adherence([rule], [], done(day("10-06")), day("10-12")).periods[0].state is State.PART


def test_a_limit_lowered_within_a_week_holds_from_the_next() -> None:
    rule = Cadence(Kind.TARGET, Bound.AT_MOST, target_max=4, per_unit=Unit.WEEK, valid_from=day("10-05"))
    lowered = replace(rule, target_max=2, valid_from=day("10-08"))
    found = adherence([rule, lowered], [], [], day("10-19"))
    assert [told.limit for told in found.periods] == [4, 2, 2]
    back = adherence([replace(rule, valid_to=day("10-12"))], [Pause(day("10-06"))], [], day("10-19"))
    assert [(told.state, told.limit) for told in back.periods] == [(State.NEUTRAL, 4)]


def test_a_fixed_cadence_is_done_of_due_less_excused_less_paused() -> None:
    rule = Cadence(Kind.FIXED, weekdays=frozenset({0, 2, 4}), valid_from=day("10-05"))
    excuse = Mark(day("10-09"), False, "not_today", excused=True)
    week = [*done(day("10-05")), excuse, *done(day("10-14"), day("10-14"), day("10-13"))]
    paused = Pause(day("10-16"), day("10-17"))
    found = adherence([rule], [paused], week, day("10-19"))
    assert [(t.asked, t.kept, t.count) for t in found.periods] == [(2, 1, 1), (2, 1, 3), (3, 0, 0)]
    assert (found.kept, found.asked, found.weeks_kept, found.weeks_scored) == (2, 4, 0, 2)


def test_done_on_another_day_is_seen_as_part_and_never_as_nothing() -> None:
    rule = Cadence(Kind.FIXED, weekdays=frozenset({0}), valid_from=day("10-05"))
    told = adherence([rule], [], done(day("10-06")), day("10-12")).periods[0]
    assert (told.kept, told.asked, told.state) == (0, 1, State.PART)


@pytest.mark.parametrize(
    ("slots", "excuses", "asked", "kept"),
    [
        (["08:00"], [], 2, 1),
        (["08:00", "08:00"], [], 2, 1),
        ([""], [], 2, 1),
        (["", ""], [], 2, 2),
        (["07:30", "20:00"], [], 2, 2),
        (["08:00"], ["20:00"], 1, 1),
        (["08:00"], ["08:00"], 2, 1),
        (["08:00"], [""], 1, 1),
        ([], [""], 0, 0),
        (["", ""], ["20:00"], 2, 2),
    ],
)
def test_each_time_of_the_day_is_counted_once(slots: list[str], excuses: list[str], asked: int, kept: int) -> None:
    rule = Cadence(Kind.FIXED, times=(time(8), time(20)), valid_from=START, valid_to=day("10-03"))
    given_marks = [Mark(START, True, slot=slot) for slot in slots]
    given_marks += [Mark(START, False, "not_today", True, slot) for slot in excuses]
    found = adherence([rule], [], given_marks, TODAY)
    assert (found.asked, found.kept) == (asked, kept)


@pytest.mark.parametrize("kind", [Kind.AS_NEEDED, Kind.ONGOING])
def test_as_needed_and_ongoing_steps_only_count(kind: Kind) -> None:
    found = adherence([Cadence(kind, valid_from=START)], [], worked_example(), TODAY)
    assert [told.count for told in found.periods] == [1, 2, 5, 1, 1, 0, 2, 1]
    assert (found.asked, found.weeks_scored, found.share) == (0, 0, None)
    assert set(states(found)) == {State.NEUTRAL, State.OPEN}


ONCE = Cadence(Kind.ONCE, due=day("10-09"), valid_from=START)
UNDATED = replace(ONCE, due=None)
EXCUSE = Mark(day("10-08"), False, "not_today", excused=True)


@pytest.mark.parametrize(
    ("cadence", "found_pauses", "found_marks", "expected"),
    [
        (ONCE, [], [], (1, 0, State.NONE, "10-10")),
        (ONCE, [], done(day("10-09")), (1, 1, State.KEPT, "10-10")),
        (ONCE, [], done(day("10-01")), (1, 1, State.KEPT, "10-10")),
        (ONCE, [], done(day("10-12")), (1, 0, State.PART, "10-10")),
        (ONCE, [], [EXCUSE], (0, 0, State.NEUTRAL, "10-10")),
        (ONCE, [], [EXCUSE, *done(day("10-09"))], (1, 1, State.KEPT, "10-10")),
        (ONCE, [Pause(day("10-09"))], done(day("10-08")), (0, 0, State.NEUTRAL, "10-10")),
        (replace(ONCE, valid_to=day("10-05")), [], [], (0, 0, State.NEUTRAL, "10-05")),
        (replace(ONCE, valid_to=day("10-09")), [], [], (0, 0, State.NEUTRAL, "10-09")),
        (UNDATED, [], [], (1, 0, State.OPEN, "11-23")),
        (UNDATED, [], done(day("11-02"), day("11-04")), (1, 1, State.KEPT, "11-03")),
        (UNDATED, [], done(day("10-01")), (1, 1, State.KEPT, "10-03")),
        (UNDATED, [], done(TODAY), (1, 1, State.OPEN, "11-23")),
        (UNDATED, [Pause(START)], done(day("11-02")), (0, 0, State.NEUTRAL, "11-03")),
        (replace(UNDATED, valid_to=day("11-01")), [], [], (0, 0, State.NEUTRAL, "11-01")),
    ],
)
def test_a_once_is_one_period(
    cadence: Cadence,
    found_pauses: list[Pause],
    found_marks: list[Mark],
    expected: tuple[int, int, State, str],
) -> None:
    (told,) = adherence([cadence], found_pauses, found_marks, TODAY).periods
    assert (told.asked, told.kept, told.state, told.period.end) == (*expected[:3], day(expected[3]))
    assert told.period.start == START


def test_a_once_that_is_not_due_yet_is_open() -> None:
    assert states(adherence([ONCE], [], [], day("10-09"))) == [State.OPEN]


def test_a_change_of_unit_within_a_week_scores_each_stretch_by_its_own_rule() -> None:
    daily = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, valid_from=day("10-16"))
    found = adherence([TWICE_A_WEEK, daily], [], done(day("10-12"), day("10-16")), day("10-19"))
    assert [(t.period.days, t.asked, t.kept) for t in found.periods] == [
        (7, 0, 0),
        (7, 2, 0),
        (7, 1, 1),
        (1, 1, 1),
        (1, 1, 0),
        (1, 1, 0),
        (1, 1, 0),
    ]


def test_windows_that_touch_share_no_period_and_lose_none() -> None:
    whole = adherence([TWICE_A_WEEK], [PAUSE], worked_example(), TODAY)
    for cut in (day("11-08"), day("11-09"), day("11-10")):
        before = adherence([TWICE_A_WEEK], [PAUSE], worked_example(), TODAY, until=cut)
        after = adherence([TWICE_A_WEEK], [PAUSE], worked_example(), TODAY, since=cut)
        assert before.periods + after.periods == whole.periods
        assert before.kept + after.kept == whole.kept
        assert before.open_period is None
        assert after.open_period == whole.open_period
    assert len(adherence([TWICE_A_WEEK], [], [], TODAY, since=day("11-09")).periods) == 2
    assert len(adherence([TWICE_A_WEEK], [], [], TODAY, since=day("11-08")).periods) == 3


scored = settings(max_examples=120, deadline=None)
judged = st.one_of(targets(), limits, fixed())


@scored
@given(lines(cadences | limits), pauses, marks, days, week_starts)
def test_kept_lies_between_nothing_and_all_and_every_period_adds_up(
    c: list[Cadence], p: list[Pause], m: list[Mark], today: date, week_start: WeekStart
) -> None:
    found = adherence(c, p, m, today, week_start)
    assert 0 <= found.kept <= found.asked
    assert 0 <= found.weeks_kept <= found.weeks_scored
    assert found.share is None or 0 <= found.share <= 1
    assert all(0 <= told.kept <= told.asked for told in found.periods)
    assert all((told.state is State.OPEN) == (told.period.end > today) for told in found.periods)


def better(more: Adherence, less: Adherence) -> bool:
    """Tell whether nothing is lower: the share, the weeks kept, and no period loses its state."""
    rank = {State.NONE: 0, State.PART: 1, State.KEPT: 2}
    pairs = zip(more.periods, less.periods, strict=True)
    return (
        (more.share or 0) >= (less.share or 0)
        and more.weeks_kept >= less.weeks_kept
        and all(rank.get(a.state, 2) >= rank.get(b.state, 0) for a, b in pairs)
    )


@scored
@given(lines(), pauses, marks, mark(), week_starts)
def test_adding_a_check_in_never_lowers_anything(
    c: list[Cadence], p: list[Pause], m: list[Mark], extra: Mark, week_start: WeekStart
) -> None:
    """Save for a limit, where doing it once more is what it is about."""
    less = adherence(c, p, m, LATER, week_start)
    assert better(adherence(c, p, [*m, extra], LATER, week_start), less)


@scored
@given(lines(targets()), pauses, marks, days, week_starts)
def test_extras_in_a_period_change_nothing_but_the_count(
    c: list[Cadence], p: list[Pause], m: list[Mark], when: date, week_start: WeekStart
) -> None:
    before = adherence(c, p, m, LATER, week_start)
    after = adherence(c, p, [*m, *done(when)], LATER, week_start)
    for old, new in zip(before.periods, after.periods, strict=True):
        if old.kept >= old.asked and not any(mark.excused for mark in m):
            assert replace(new, count=old.count) == old


@scored
@given(lines(cadences | limits), pauses, marks, st.randoms())
def test_the_order_of_entry_is_irrelevant(c: list[Cadence], p: list[Pause], m: list[Mark], chance: object) -> None:
    shuffled = sorted(m, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert adherence(c, p, shuffled, LATER) == adherence(c, p, m, LATER)


@scored
@given(lines(judged), pauses, marks, days, marks, week_starts)
def test_the_open_period_never_counts(
    c: list[Cadence], p: list[Pause], m: list[Mark], today: date, more: list[Mark], week_start: WeekStart
) -> None:
    found = adherence(c, p, m, today, week_start)
    start = found.open_period.period.start if found.open_period else today
    again = adherence(c, p, [*m, *(replace(extra, day=start) for extra in more)], today, week_start)
    assert (again.kept, again.asked) == (found.kept, found.asked)


@scored
@given(lines(judged), pauses, pause(), marks, week_starts)
def test_a_pause_never_undoes_a_kept_period_and_never_asks_for_more(
    c: list[Cadence], p: list[Pause], extra: Pause, m: list[Mark], week_start: WeekStart
) -> None:
    before = adherence(c, p, m, LATER, week_start)
    after = adherence(c, [*p, extra], m, LATER, week_start)
    for old, new in zip(before.periods, after.periods, strict=True):
        assert new.asked <= old.asked
        if old.state is State.KEPT:
            assert new.state in (State.KEPT, State.NEUTRAL)


@scored
@given(lines(cadences | limits), marks, days, week_starts)
def test_fully_paused_is_neutral(c: list[Cadence], m: list[Mark], today: date, week_start: WeekStart) -> None:
    found = adherence(c, [Pause(START)], m, today, week_start)
    assert (found.asked, found.weeks_scored) == (0, 0)


@scored
@given(lines(cadences | limits), pauses, marks, days, week_starts)
def test_splitting_a_version_without_changing_it_changes_nothing(
    c: list[Cadence], p: list[Pause], m: list[Mark], cut: date, week_start: WeekStart
) -> None:
    split = [part for version in timeline(c) for part in split_at(version, cut)]
    assert adherence(split, p, m, LATER, week_start) == adherence(c, p, m, LATER, week_start)


def split_at(c: Cadence, cut: date) -> Iterable[Cadence]:
    if not c.in_force(cut):
        return [c]
    return [replace(c, valid_to=cut), replace(c, valid_from=cut)]


@scored
@given(lines(cadences | limits), pauses, marks, days, days, week_starts)
def test_any_two_windows_that_touch_add_up(
    c: list[Cadence], p: list[Pause], m: list[Mark], today: date, cut: date, week_start: WeekStart
) -> None:
    whole = adherence(c, p, m, today, week_start)
    cut = min(cut, today)
    before = adherence(c, p, m, today, week_start, until=cut)
    after = adherence(c, p, m, today, week_start, since=cut)
    assert before.kept + after.kept == whole.kept
    assert before.asked + after.asked == whole.asked
    assert sorted(map(repr, before.periods + after.periods)) == sorted(map(repr, whole.periods))


@st.composite
def plain_targets(draw: st.DrawFn) -> list[Cadence]:
    """The versions of one target whose number changed, and nothing else."""
    unit, interval = draw(st.sampled_from(Unit)), draw(st.integers(1, 3))
    return [replace(version, per_unit=unit, interval=interval) for version in draw(lines(targets()))]


@scored
@given(plain_targets(), pauses, marks, week_starts)
def test_every_period_is_scored_by_the_formula(
    c: list[Cadence], p: list[Pause], m: list[Mark], week_start: WeekStart
) -> None:
    m = [replace(mark, excused=False) for mark in m]
    for told in adherence(c, p, m, LATER, week_start).periods:
        span = (told.period.start + timedelta(days=n) for n in range(told.period.days))
        active = [v.target for one in span if (v := version_on(c, one)) and not any(pause.covers(one) for pause in p)]
        length, count = told.period.nominal, sum(mark.counts and told.period.covers(mark.day) for mark in m)
        t = 0 if 2 * len(active) < length else max(1, (2 * sum(active) + length) // (2 * length))
        state = State.NEUTRAL if not t else State.KEPT if count >= t else State.PART if count else State.NONE
        assert (told.asked, told.kept, told.count) == (t, min(count, t), count)
        assert told.state == (state if told.period.end <= LATER else State.OPEN)


def test_weeks_from_28_september_are_those_of_the_example() -> None:
    assert adherence([TWICE_A_WEEK], [], [], TODAY).periods[0].period.start == MONDAY
