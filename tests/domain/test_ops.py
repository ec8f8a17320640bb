"""When something was tapped, and which of two things tapped is the newer one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.check_ins import Before, placed
from webapp.domain.ops import CLOSE, LONGEST_WAIT, instant_of, place, tapped_at
from webapp.domain.scores import Outcome

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DONE, SOME, NOT_TODAY = Outcome

instants = st.timedeltas(timedelta(days=-20000), timedelta(days=20000)).map(lambda ago: NOW + ago)
waits = st.timedeltas(timedelta(0), LONGEST_WAIT)


@given(instants, waits)
def test_a_phone_whose_clock_is_wrong_is_right_about_how_long_it_waited(by_phone: datetime, waited: timedelta) -> None:
    assert tapped_at(NOW, by_phone, by_phone + waited) == NOW - waited


@given(st.none() | instants, st.none() | instants)
def test_nothing_was_tapped_in_the_future_or_before_phones_could_keep_it(
    tapped: datetime | None, sent: datetime | None
) -> None:
    assert NOW - LONGEST_WAIT <= tapped_at(NOW, tapped, sent) <= NOW


@pytest.mark.parametrize("waited", [-SECOND, LONGEST_WAIT + SECOND])
def test_a_clock_that_was_set_in_between_says_nothing(waited: timedelta) -> None:
    assert tapped_at(NOW, NOW, NOW + waited) == NOW


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-19T17:00:00.000Z", NOW),
        ("2026-11-19T12:00:00-05:00", NOW),
        ("2026-11-19T17:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_an_instant_is_read_as_javascript_writes_it(text: str | None, found: datetime | None) -> None:
    assert instant_of(text) == found


@given(st.timedeltas(-timedelta(days=2), timedelta(days=2)))
def test_the_newer_one_wins_and_what_is_too_close_goes_by_arrival(ahead: timedelta) -> None:
    at = place(NOW + ahead, NOW)
    assert (at is None) == (ahead < -CLOSE)
    assert at is None or at == max(NOW, NOW + ahead)


def test_the_first_about_anything_is_the_newest() -> None:
    assert place(NOW, None) == NOW


def said(number: int, outcome: Outcome, minutes: int, undone: int | None = None) -> Before:
    at = NOW + minutes * MINUTE
    return Before(number, outcome, at, None if undone is None else NOW + undone * MINUTE)


def test_on_a_date_an_older_word_is_superseded_and_keeps_its_time() -> None:
    spot = placed([said(1, DONE, 0)], NOT_TODAY, NOW - 5 * MINUTE, dated=True)
    assert (spot.at, spot.same, spot.undone_at, spot.superseded) == (NOW - 5 * MINUTE, None, None, True)


def test_the_same_word_again_is_the_same_record_however_old_it_is() -> None:
    for minutes, at in ((-5, NOW), (5, NOW + 5 * MINUTE)):
        spot = placed([said(1, NOT_TODAY, -9), said(2, DONE, 0)], DONE, NOW + minutes * MINUTE, dated=True)
        assert (spot.same, spot.at, spot.superseded) == (2, at, False)


def test_what_was_said_before_it_was_taken_back_elsewhere_is_taken_back_too() -> None:
    spot = placed([said(1, DONE, -9, undone=0)], DONE, NOW - 5 * MINUTE, dated=True)
    assert (spot.undone_at, spot.superseded) == (NOW, True)
    assert placed([said(1, DONE, -9, undone=0)], NOT_TODAY, NOW - 5 * MINUTE, dated=True).undone_at is None


def test_what_was_said_after_it_was_taken_back_stands() -> None:
    assert placed([said(1, DONE, -9, undone=0)], DONE, NOW + 5 * MINUTE, dated=True).undone_at is None


def test_without_dates_each_stands_for_itself() -> None:
    spot = placed([said(1, DONE, 0)], DONE, NOW - 5 * MINUTE, dated=False)
    assert (spot.same, spot.at, spot.superseded) == (None, NOW - 5 * MINUTE, False)


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.integers(0, 40)), min_size=1, max_size=8), st.booleans())
def test_on_one_phone_the_order_of_the_taps_is_kept_though_requests_take_long(
    taps: list[tuple[Outcome, int]], dated: bool
) -> None:
    """Every arrival is late by some seconds, which adds to its time; the order of one phone's requests is kept."""
    before: list[Before] = []
    for number, (outcome, late) in enumerate(taps):
        spot = placed(before, outcome, NOW + number * SECOND + late * SECOND, dated)
        assert not spot.superseded
        if spot.same is None:
            before.append(Before(number, outcome, spot.at))
        else:
            before = [Before(one.id, one.outcome, spot.at) if one.id == spot.same else one for one in before]
    assert before[-1].outcome is taps[-1][0]
    assert all(one.at <= two.at for one, two in pairwise(before))
