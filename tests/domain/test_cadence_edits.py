"""From which day an edited cadence holds."""

from dataclasses import replace
from datetime import date

import pytest

from webapp.domain.cadence import Bound, Cadence, Kind, Unit
from webapp.domain.cadence_edits import edited

START, TODAY, MONDAY = date(2026, 10, 5), date(2026, 11, 19), date(2026, 11, 23)
TWICE = Cadence(Kind.TARGET, Bound.AT_LEAST, 2, per_unit=Unit.WEEK, valid_from=START, anchor=START)
OFTEN = replace(TWICE, target_min=4, anchor=None)


def test_an_edit_holds_from_the_next_week() -> None:
    assert edited((TWICE,), OFTEN, TODAY) == replace(OFTEN, valid_from=MONDAY)


def test_an_edit_holds_from_today_when_asked() -> None:
    assert edited((TWICE,), OFTEN, TODAY, at_once=True) == replace(OFTEN, valid_from=TODAY)


def test_weeks_start_on_the_persons_weekday() -> None:
    found = edited((TWICE,), OFTEN, TODAY, week_start=6)
    assert found is not None
    assert found.valid_from == date(2026, 11, 22)


def test_the_same_again_is_no_edit() -> None:
    assert edited((TWICE,), replace(TWICE, valid_from=TODAY), TODAY) is None


@pytest.mark.parametrize("at_once", [True, False])
def test_an_end_alone_counts_at_once(at_once: bool) -> None:
    friday = date(2026, 11, 21)
    found = edited((TWICE,), replace(TWICE, valid_to=friday), TODAY, at_once=at_once)
    assert found is not None
    assert (found.valid_from, found.valid_to) == (TODAY, friday)


def test_a_version_that_has_not_begun_is_replaced_from_its_first_day() -> None:
    ahead = replace(TWICE, valid_from=date(2026, 12, 7))
    found = edited((ahead,), OFTEN, TODAY, at_once=True)
    assert found is not None
    assert found.valid_from == date(2026, 12, 7)


def test_the_end_of_a_version_that_has_not_begun_leaves_the_one_before_it_alone() -> None:
    coming = replace(OFTEN, valid_from=MONDAY)
    found = edited((replace(TWICE, valid_to=MONDAY), coming), replace(coming, valid_to=date(2027, 1, 1)), TODAY)
    assert found is not None
    assert found.valid_from == MONDAY


def test_what_had_ended_begins_again_today() -> None:
    over = replace(TWICE, valid_to=date(2026, 11, 1))
    found = edited((over,), OFTEN, TODAY)
    assert found is not None
    assert found.valid_from == TODAY


def test_a_new_rhythm_counts_from_its_own_first_day() -> None:
    found = edited((TWICE,), replace(TWICE, interval=2), TODAY)
    assert found is not None
    assert (found.valid_from, found.anchor) == (MONDAY, MONDAY)


def test_a_first_cadence_stands_as_it_is() -> None:
    assert edited((), OFTEN, TODAY) is OFTEN
