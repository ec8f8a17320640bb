"""What a grant lets somebody see, and from when until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.people import SIGNED
from webapp.domain.people import Actor, Role
from webapp.domain.sharing import (
    EVERY_STEP,
    UNDO_FOR,
    Grant,
    Reach,
    Rights,
    Scope,
    drawing_up,
    reach_of,
    rights,
    was_just_withdrawn,
)
from webapp.domain.weeks import Weeks

NOON = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCOPES = st.frozensets(st.sampled_from(Scope))
STEPS = st.integers(1, 9)
REACHES = st.builds(Reach, st.booleans(), st.frozensets(STEPS))
INSTANTS = st.integers(-5, 5).map(lambda hours: NOON + hours * HOUR)
GRANTS = st.builds(Grant, st.sampled_from(Scope), INSTANTS, st.none() | INSTANTS, st.none() | INSTANTS, reach=REACHES)


def test_a_grant_holds_from_its_start_until_just_before_its_end() -> None:
    grant = Grant(Scope.STEPS, NOON, NOON + HOUR)
    assert not grant.holds(NOON - timedelta(microseconds=1))
    assert grant.holds(NOON)
    assert grant.holds(NOON + HOUR - timedelta(microseconds=1))
    assert not grant.holds(NOON + HOUR)


def test_a_withdrawn_grant_is_over_at_that_instant_whatever_its_end() -> None:
    grant = Grant(Scope.STEPS, NOON, NOON + HOUR, withdrawn_at=NOON + HOUR / 2)
    assert grant.holds(NOON)
    assert not grant.holds(NOON + HOUR / 2)


@given(SCOPES, st.sampled_from(Scope))
def test_one_kind_of_record_never_implies_another(granted: frozenset[Scope], asked: Scope) -> None:
    assert Rights(granted).sees(asked) == (asked in granted)


@given(SCOPES, st.sampled_from(Scope))
def test_substance_use_needs_its_own_scope_besides(granted: frozenset[Scope], asked: Scope) -> None:
    seen = Rights(granted).sees(asked, substance_use=True)
    assert seen == (asked in granted and Scope.SUBSTANCE_USE in granted)


@given(SCOPES)
def test_rights_are_the_sum_of_the_grants_that_hold(granted: frozenset[Scope]) -> None:
    holding = tuple(Grant(scope, NOON) for scope in granted)
    over = tuple(Grant(scope, NOON - HOUR, NOON) for scope in Scope)
    assert rights(holding + over, NOON) == Rights(granted)


@given(st.frozensets(STEPS), st.frozensets(STEPS), st.booleans(), STEPS, st.integers(10, 20))
def test_ticks_say_what_of_the_steps_offered_is_shared_and_one_more_what_of_those_to_come(
    offered: frozenset[int], ticked: frozenset[int], new: bool, step: int, later: int
) -> None:
    reach = reach_of(offered, ticked, new)
    assert reach.covers(step) == (step in ticked if step in offered else new)
    assert reach.covers(later) == new
    assert (reach == EVERY_STEP) == (new and offered <= ticked)


@given(REACHES, REACHES, STEPS)
def test_two_reaches_together_cover_what_either_covers(one: Reach, other: Reach, step: int) -> None:
    assert (one | other).covers(step) == (one.covers(step) or other.covers(step))


@given(st.lists(GRANTS, max_size=6), st.sampled_from(Scope), st.booleans(), st.none() | STEPS, INSTANTS)
@example([Grant(Scope.STEPS, NOON, reach=Reach(False, frozenset({1})))], Scope.STEPS, False, 2, NOON)
def test_a_record_is_seen_when_a_grant_of_its_kind_that_holds_covers_its_step_and_nothing_else_says_so(
    given: list[Grant], scope: Scope, private: bool, step: int | None, now: datetime
) -> None:
    held = [one for one in given if one.holds(now)]
    allowed = any(one.scope is scope and (step is None or one.reach.covers(step)) for one in held)
    own_scope = any(one.scope is Scope.SUBSTANCE_USE for one in held)
    found = rights(tuple(given), now)
    assert found.sees(scope, private, step) == (allowed and (own_scope or not private))
    assert found.any == bool(held)


@given(GRANTS, INSTANTS)
def test_a_grant_is_to_begin_counts_or_is_over_and_only_one_of_these(grant: Grant, now: datetime) -> None:
    over = grant.ended_at(now) is not None
    to_begin = grant.starts_at > now
    assert grant.holds(now) == (not over and not to_begin)
    assert not (grant.is_to_begin(now) and grant.holds(now))


def test_a_withdrawal_can_be_undone_for_a_while_and_while_there_is_time_left_to_share() -> None:
    assert was_just_withdrawn(NOON, None, NOON)
    assert was_just_withdrawn(NOON, None, NOON + UNDO_FOR - HOUR / 3600)
    assert not was_just_withdrawn(NOON, None, NOON + UNDO_FOR)
    assert not was_just_withdrawn(NOON + HOUR, None, NOON)
    assert not was_just_withdrawn(NOON, NOON, NOON)
    assert not was_just_withdrawn(None, None, NOON)


def test_a_consent_is_whole_only_with_every_element() -> None:
    assert SIGNED.whole
    for name in SIGNED.__slots__:
        assert not replace(SIGNED, **{name: " "}).whole, name


@given(SCOPES)
def test_drawing_up_adds_coping_to_the_plan_and_nothing_else(granted: frozenset[Scope]) -> None:
    added = drawing_up(Rights(granted)).scopes - granted
    assert added <= {Scope.COPING}
    assert Scope.PLAN in granted or not added


@pytest.mark.parametrize("role", list(Role))
def test_an_actor_has_the_roles_they_hold_and_no_other(role: Role) -> None:
    actor = Actor(1, 1, "Clara Reyes", "Clara", frozenset({role}), "America/New_York", "en", 3, Weeks())
    assert [held for held in Role if actor.is_a(held)] == [role]
    assert actor.zone.key == "America/New_York"


def test_a_grant_ended_when_the_first_of_its_ends_came() -> None:
    grant = Grant(Scope.STEPS, NOON, NOON + 2 * HOUR, withdrawn_at=NOON + HOUR)
    assert grant.ended_at(NOON) is None
    assert grant.ended_at(NOON + HOUR) == NOON + HOUR
    assert grant.ended_at(NOON + 3 * HOUR) == NOON + HOUR
    assert Grant(Scope.STEPS, NOON).ended_at(NOON + HOUR) is None
