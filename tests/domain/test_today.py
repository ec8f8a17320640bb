"""What is on Today, where, and when it rests."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from webapp.domain.cadence import Bound, Cadence, Kind, Unit
from webapp.domain.check_ins import CheckIn
from webapp.domain.pauses import Pause
from webapp.domain.scores import Outcome
from webapp.domain.today import Part, Place, look_back, part_now, part_of, places

THURSDAY = date(2026, 11, 19)
START = date(2026, 10, 5)
DAY = timedelta(days=1)


def target(number: int, unit: Unit = Unit.WEEK, **more: object) -> Cadence:
    return Cadence(Kind.TARGET, target_min=number, per_unit=unit, valid_from=START, **more)  # type: ignore[arg-type]


TWICE = Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(8), time(20)), valid_from=START)
THURSDAYS = Cadence(Kind.FIXED, weekdays=frozenset({3}), valid_from=START)
MONDAYS = Cadence(Kind.FIXED, weekdays=frozenset({0}), valid_from=START)
WHEN_NEEDED = Cadence(Kind.AS_NEEDED, valid_from=START)


def said(outcome: str = "done", day: date = THURSDAY, slot: str = "", **more: object) -> CheckIn:
    at = datetime(2026, 11, 19, 15, tzinfo=UTC)
    return CheckIn(1, 1, day, Outcome(outcome), at, slot, **more)  # type: ignore[arg-type]


def on(cadence: Cadence, *told: CheckIn, pauses: tuple[Pause, ...] = ()) -> list[Place]:
    return places([cadence], pauses, told, THURSDAY)


def test_a_fixed_day_has_a_place_for_each_of_its_times() -> None:
    assert [(place.slot, place.part, place.open) for place in on(TWICE)] == [
        ("08:00", Part.MORNING, True),
        ("20:00", Part.EVENING, True),
    ]


def test_a_place_that_was_answered_does_not_ask_again() -> None:
    morning, evening = on(TWICE, said(slot="08:00"))
    assert (morning.open, morning.answered) == (False, True)
    assert (evening.open, evening.answered) == (True, False)


def test_an_answer_for_a_time_that_was_changed_since_fills_the_first_empty_place() -> None:
    morning, evening = on(TWICE, said(slot="07:30"))
    assert (morning.answered, evening.answered) == (True, False)


def test_a_fixed_step_is_on_today_only_on_its_days() -> None:
    assert on(THURSDAYS)[0].open
    assert on(MONDAYS) == []


def test_a_promise_moved_to_today_stands_on_today() -> None:
    (place,) = on(MONDAYS, said("not_today", day=THURSDAY - 3 * DAY, moved_to=THURSDAY))
    assert place.open
    assert place.moved_here


def test_a_target_rests_today_once_it_was_answered_and_leaves_when_its_week_is_kept() -> None:
    (place,) = on(target(2), said())
    assert (place.open, place.answered, place.standing.done_in_period) == (False, True, 1)
    assert on(target(1), said(day=THURSDAY - DAY)) == []


def test_several_times_a_day_ask_until_they_are_reached() -> None:
    (place,) = on(target(2, Unit.DAY), said())
    assert (place.open, place.answered) == (True, True)
    (place,) = on(target(1, Unit.DAY), said())
    assert not place.open


def test_what_is_for_when_it_is_needed_is_always_at_hand() -> None:
    (place,) = on(WHEN_NEEDED, said())
    assert (place.part, place.open, place.answered) == (Part.AS_NEEDED, True, True)


@pytest.mark.parametrize("cadence", [TWICE, THURSDAYS, target(2), WHEN_NEEDED])
def test_nothing_is_asked_while_paused(cadence: Cadence) -> None:
    assert on(cadence, pauses=(Pause(THURSDAY - DAY),)) == []


@pytest.mark.parametrize(
    ("slot", "words", "part"),
    [
        ("00:30", None, Part.MORNING),
        ("11:59", None, Part.MORNING),
        ("12:00", None, Part.AFTERNOON),
        ("17:00", None, Part.EVENING),
        ("", "in the Evening", Part.EVENING),
        ("", "after breakfast", Part.MORNING),
        ("", "antes de dormir", Part.EVENING),
        ("", "whenever", Part.ANY_TIME),
        ("", None, Part.ANY_TIME),
        ("09:00", "evening", Part.MORNING),
    ],
)
def test_a_time_wins_over_words_about_the_day(slot: str, words: str | None, part: Part) -> None:
    assert part_of(slot, words) is part


def test_after_midnight_it_is_still_evening() -> None:
    assert part_now(datetime(2026, 11, 19, 1, 30)) is Part.EVENING  # noqa: DTZ001 (a local time)
    assert part_now(datetime(2026, 11, 19, 8)) is Part.MORNING  # noqa: DTZ001


def test_a_long_period_looks_back_to_its_beginning() -> None:
    assert look_back([target(4, Unit.MONTH, interval=3, anchor=START)], THURSDAY) == date(2026, 10, 1)
    assert look_back([], THURSDAY) == THURSDAY - 14 * DAY


@given(strategies.cadences, strategies.days, strategies.pauses)
def test_a_tick_always_closes_a_fixed_place_and_never_adds_one(
    cadence: Cadence, today: date, pauses: list[Pause]
) -> None:
    before = places([cadence], pauses, [], today)
    for place in before:
        after = places([cadence], pauses, [said(day=today, slot=place.slot)], today)
        assert [one.slot for one in after] == [one.slot for one in before]
        ticked = next(one for one in after if one.slot == place.slot)
        assert ticked.answered
        assert not ticked.open or cadence.kind is Kind.TARGET


@given(strategies.cadences, strategies.days, st.lists(strategies.pause(), min_size=1, max_size=2))
def test_on_a_paused_day_nothing_is_open(cadence: Cadence, today: date, pauses: list[Pause]) -> None:
    if any(pause.covers(today) for pause in pauses):
        assert not any(place.open for place in places([cadence], pauses, [], today))


def test_a_limit_stays_open_and_counts() -> None:
    limit = Cadence(Kind.TARGET, Bound.AT_MOST, target_max=2, per_unit=Unit.DAY, valid_from=START)
    (place,) = on(limit, said())
    assert (place.open, place.standing.done_in_period) == (True, 1)
