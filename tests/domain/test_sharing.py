"""What a grant lets somebody see, and from when until when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.people import Actor, Role
from webapp.domain.sharing import Grant, Rights, Scope, drawing_up, rights
from webapp.domain.weeks import Weeks

NOON = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCOPES = st.frozensets(st.sampled_from(Scope))


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
