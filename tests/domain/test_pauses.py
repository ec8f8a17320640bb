"""Pauses: which days they cover."""

from datetime import date, timedelta

from hypothesis import given

from tests.domain.strategies import START, days, pauses
from webapp.domain.pauses import Pause, is_paused, paused_days, resumes_on


@given(pauses, days, days)
def test_paused_days_are_those_that_some_pause_covers(found: list[Pause], first: date, last: date) -> None:
    span = [first + timedelta(days=n) for n in range((last - first).days)]
    assert paused_days(first, last, found) == sum(is_paused(day, found) for day in span)


@given(pauses, days)
def test_a_step_resumes_on_the_first_day_that_is_not_paused(found: list[Pause], day: date) -> None:
    resumed = resumes_on(day, found)
    if resumed is None:
        assert any(pause.end is None for pause in found)
    else:
        assert not is_paused(resumed, found)
        assert paused_days(day, resumed, found) == (resumed - day).days


def test_a_pause_without_an_end_lasts() -> None:
    assert Pause(START).covers(START + timedelta(days=5000))
    assert not Pause(START).covers(START - timedelta(days=1))
    assert resumes_on(START, [Pause(START)]) is None
