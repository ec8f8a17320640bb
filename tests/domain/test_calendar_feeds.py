"""Calendar feeds: a calendar that repeats what it is handed shows the same days as Cairn."""

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given, settings

from tests.domain.strategies import START, histories, pauses, week_starts
from webapp.domain.cadence import Cadence, Kind, Pause, Unit
from webapp.domain.calendar_feeds import Series, series, told
from webapp.domain.occurrences import days, occurrences
from webapp.domain.periods import Period

TODAY = date(2026, 11, 19)
YEARS = told(TODAY)
DAILY = Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(8),), valid_from=START)


def shown(one: Series, week_start: int = 0) -> list[date]:
    """What a calendar makes of a series within the years it is told of."""
    return [day for day in days(one.cadence, one.first, YEARS.end, week_start) if day not in one.without]


@settings(deadline=None)
@given(histories(), pauses, week_starts)
def test_every_series_together_are_the_days_that_are_asked_for(
    versions: tuple[Cadence, ...], found: list[Pause], week_start: int
) -> None:
    made = series(versions, YEARS, found, week_start)
    asked = occurrences(versions, YEARS.start, YEARS.end, found, week_start)
    assert [day for one in made for day in shown(one, week_start)] == sorted({one.day for one in asked})
    for one in made:
        assert one.first == shown(one, week_start)[0]
        assert list(one.without) == sorted({*one.without} & {*days(one.cadence, one.first, YEARS.end, week_start)})
    assert len({one.begins for one in made}) == len(made)


def test_last_year_this_one_and_the_next_two_are_told_of() -> None:
    assert Period(date(2025, 1, 1), date(2029, 1, 1)) == YEARS
    assert told(date(2026, 1, 1)) == told(date(2026, 12, 31)) == YEARS


def test_a_series_begins_with_the_first_day_that_is_asked_for() -> None:
    mondays = Cadence(Kind.FIXED, weekdays=frozenset({0}), valid_from=START)
    (one,) = series([mondays], YEARS, [Pause(date(2026, 10, 5), date(2026, 10, 6))])
    assert (one.begins, one.first, one.without) == (START, date(2026, 10, 12), ())
    (old,) = series([replace(mondays, valid_from=date(2019, 3, 1))], YEARS)
    assert old.first == date(2025, 1, 6)


def test_a_short_pause_leaves_its_days_out_once_however_many_pauses_cover_them() -> None:
    first, last = START + timedelta(days=3), START + timedelta(days=5)
    (one,) = series([DAILY], YEARS, [Pause(first, last), Pause(first + timedelta(days=1), last)])
    assert one.without == (first, first + timedelta(days=1))
    assert one.cadence.valid_to is None


def test_a_pause_without_an_end_ends_the_series_and_one_from_the_start_leaves_nothing() -> None:
    (one,) = series([DAILY], YEARS, [Pause(date(2026, 12, 1))])
    assert one.cadence.valid_to == date(2026, 12, 1)
    assert series([DAILY], YEARS, [Pause(START)]) == []


def test_a_pause_that_outlasts_the_years_told_of_ends_the_series_too() -> None:
    (one,) = series([DAILY], YEARS, [Pause(date(2026, 12, 1), YEARS.end)])
    assert (one.cadence.valid_to, one.without) == (date(2026, 12, 1), ())
    (later,) = series([DAILY], YEARS, [Pause(YEARS.end, YEARS.end + timedelta(days=9))])
    assert (later.cadence.valid_to, later.without) == (None, ())


def test_a_date_stands_alone_and_an_undated_once_nowhere() -> None:
    once = Cadence(Kind.ONCE, due=date(2026, 12, 9), valid_from=START)
    assert [one.first for one in series([once], YEARS)] == [date(2026, 12, 9)]
    assert series([replace(once, due=None)], YEARS) == []
    assert series([once], YEARS, [Pause(date(2026, 12, 9), date(2026, 12, 10))]) == []


def test_targets_as_needed_and_ongoing_steps_are_in_no_calendar() -> None:
    for kind in (Kind.TARGET, Kind.AS_NEEDED, Kind.ONGOING):
        assert series([Cadence(kind, valid_from=START, due=TODAY)], YEARS) == []


def test_what_ended_before_last_year_is_not_told() -> None:
    assert series([replace(DAILY, valid_from=date(2020, 1, 1), valid_to=date(2025, 1, 1))], YEARS) == []
