"""What a piece of work may touch follows from who acts, and in which of their roles."""

from dataclasses import replace

import pytest

from tests.support.people import acting
from webapp.domain import scopes
from webapp.domain.people import Role
from webapp.domain.scopes import DOOR, Scope

EVERYTHING = replace(acting(7), roles=frozenset(Role))


@pytest.mark.parametrize(
    ("roles", "scope"),
    [
        ({Role.CLIENT}, Scope(7, frozenset({7}))),
        ({Role.SUPPORTER}, Scope(7, circle=True)),
        ({Role.CARE_TEAM}, Scope(7, caseload=True)),
        ({Role.ADMIN}, Scope(7)),
        ({Role.CLIENT, Role.SUPPORTER}, Scope(7, frozenset({7}), circle=True)),
        (set(), Scope(7, frozenset({7}), circle=True, caseload=True)),
    ],
)
def test_somebody_with_many_roles_acts_in_those_that_open_the_route(roles: set[Role], scope: Scope) -> None:
    assert scopes.of(EVERYTHING, roles) == scope
    assert scopes.of(EVERYTHING, roles, accounts=True) == replace(scope, accounts=True)


def test_a_role_that_somebody_does_not_have_opens_nothing() -> None:
    assert scopes.of(acting(7, Role.ADMIN), {Role.CLIENT, Role.CARE_TEAM}) == Scope(7)


def test_a_scope_can_be_added_to_by_name_alone() -> None:
    assert DOOR.also(3).also(4) == Scope(clients=frozenset({3, 4}), accounts=True)
    assert scopes.reader(5) == Scope(5, frozenset({5}), circle=True)


def test_everyone_needs_a_reason() -> None:
    assert scopes.everyone("all are counted").everyone == "all are counted"
    with pytest.raises(ValueError, match="say why"):
        scopes.everyone("  ")
