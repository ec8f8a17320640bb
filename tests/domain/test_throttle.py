"""Waits grow, end, and never lock anybody out for good."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.throttle import ACCOUNT, ADDRESS, MAILED_TO, NO_WAIT, Rule, Tries, after_a_try, wait, without_one

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
RULES = st.sampled_from([ACCOUNT, ADDRESS, MAILED_TO])
MINUTES = st.integers(0, 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def _tried(rule: Rule, times: int) -> Tries | None:
    tries = None
    for _ in range(times):
        tries = after_a_try(rule, tries, NOW)
    return tries


@pytest.mark.parametrize("rule", [ACCOUNT, ADDRESS, MAILED_TO])
def test_the_free_tries_are_free_and_the_next_one_waits(rule: Rule) -> None:
    assert wait(_tried(rule, rule.free - 1), NOW) == NO_WAIT
    assert wait(_tried(rule, rule.free), NOW) == rule.first


@given(RULES, st.integers(0, 200))
def test_a_wait_never_shrinks_with_more_tries_and_is_never_longer_than_the_longest(rule: Rule, times: int) -> None:
    fewer, more = wait(_tried(rule, times), NOW), wait(_tried(rule, times + 1), NOW)
    assert NO_WAIT <= fewer <= more <= rule.longest


@given(RULES, st.integers(1, 200))
def test_every_wait_ends(rule: Rule, times: int) -> None:
    tries = _tried(rule, times)
    assert wait(tries, NOW + rule.longest) == NO_WAIT


@given(RULES, st.integers(1, 200))
def test_old_tries_are_forgotten(rule: Rule, times: int) -> None:
    assert after_a_try(rule, _tried(rule, times), NOW + rule.memory).count == 1


@given(RULES, st.lists(MINUTES, max_size=60))
def test_nobody_gets_more_tries_than_the_rule_gives_in_its_memory(rule: Rule, gaps: list[timedelta]) -> None:
    tries, now, allowed = None, NOW, []
    for gap in gaps:
        now += gap
        if wait(tries, now) == NO_WAIT:
            tries = after_a_try(rule, tries, now)
            allowed.append(now)
    within = [instant for instant in allowed if now - instant < rule.longest]
    # However the tries are spread: at most two rounds of free ones (the memory may end in between).
    assert len(within) <= 2 * rule.free + 14


@given(RULES, st.integers(1, 200))
def test_a_try_that_led_somewhere_is_not_held_against_anybody(rule: Rule, times: int) -> None:
    before = _tried(rule, times - 1)
    tried = after_a_try(rule, before, NOW)
    assert without_one(rule, tried).count == times - 1
    if times <= rule.free:
        assert wait(without_one(rule, tried), NOW) == NO_WAIT
