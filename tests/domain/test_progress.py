"""Weeks as they are shown: days together, longer periods as they are."""

from datetime import date, timedelta

from hypothesis import given

from tests.domain import strategies
from webapp.domain.adherence import adherence
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.pauses import Pause
from webapp.domain.progress import best_first, record
from webapp.domain.scores import Mark, State
from webapp.domain.weeks import WeekStart

MONDAY = date(2026, 11, 2)


def told(cadence: Cadence, days: list[int], today: date = MONDAY + timedelta(days=17)):
    marks = [Mark(MONDAY + timedelta(days=n), True) for n in days]
    return record(adherence([cadence], [], marks, today))


def test_days_of_one_week_stand_together() -> None:
    daily = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.DAY, valid_from=MONDAY)
    found = told(daily, [0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert [(week.kept, week.asked, week.state) for week in found.weeks[:2]] == [(7, 7, State.KEPT), (2, 7, State.PART)]
    assert found.now is not None
    assert found.now.state is State.OPEN
    assert (found.weeks_kept, found.weeks_asked) == (1, 2)


def test_the_open_week_stands_apart_and_counts_towards_nothing() -> None:
    twice = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=MONDAY)
    found = told(twice, [0, 1, 7, 14])
    assert (found.kept, found.asked, found.weeks_kept, found.weeks_asked) == (3, 4, 1, 2)
    assert found.now is not None
    assert (found.now.kept, found.now.asked) == (1, 2)


def test_what_was_kept_best_comes_first_and_what_was_never_asked_last() -> None:
    twice = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=MONDAY)
    needed = Cadence(Kind.AS_NEEDED, valid_from=MONDAY)
    best, part, none, free = told(twice, [0, 1, 7, 8]), told(twice, [0, 7]), told(twice, []), told(needed, [0, 1, 2])
    assert sorted([free, none, part, best], key=best_first) == [best, part, none, free]


@given(strategies.cadences, strategies.pauses, strategies.marks, strategies.days, strategies.week_starts)
def test_weeks_lose_and_add_nothing(
    cadence: Cadence, pauses: list[Pause], marks: list[Mark], today: date, week_start: WeekStart
) -> None:
    scored = adherence([cadence], pauses, marks, today, week_start)
    found = record(scored, week_start)
    for name in ("kept", "asked", "count"):
        assert sum(getattr(week, name) for week in found.weeks) == sum(getattr(one, name) for one in scored.periods)
    assert 0 <= found.weeks_kept <= found.weeks_asked <= len(found.weeks)
    starts = [week.period.start for week in found.weeks]
    assert starts == sorted(set(starts))
