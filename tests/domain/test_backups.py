"""One backup a night, and which of them are kept."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.backups import Stage, is_asked_for, kept, let_go, name_asked_for, name_of, night_named, night_of

DAY = timedelta(days=1)
nights = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("wall", "night"),
    [
        ("2026-11-26T03:29:59", "2026-11-25"),
        ("2026-11-26T03:30:00", "2026-11-26"),
        ("2026-11-26T23:59:59", "2026-11-26"),
        ("2027-01-01T00:10:00", "2026-12-31"),
    ],
)
def test_a_nights_backup_is_due_from_half_past_three_until_the_next(wall: str, night: str) -> None:
    assert night_of(datetime.fromisoformat(wall)) == date.fromisoformat(night)


@given(nights)
def test_a_night_is_read_back_from_the_name_of_its_file(night: date) -> None:
    assert night_named(name_of(night)) == night


@pytest.mark.parametrize("name", ["cairn.db", "cairn-2026-11-31.db", "cairn-20261126.db", "2026-11-26.db", ".lock", ""])
def test_files_of_another_kind_are_nobodys_night(name: str) -> None:
    assert night_named(name) is None


def test_fourteen_nights_and_eight_sundays_are_kept() -> None:
    today = date(2026, 11, 26)  # a Thursday
    found = kept((today - n * DAY for n in range(365)), today)
    assert len(found) == 14 + 8 - 2  # two Sundays are among the nights
    assert {today - n * DAY for n in range(14)} <= found
    assert {date(2026, 11, 22) - 7 * n * DAY for n in range(8)} <= found


@given(st.frozensets(nights, max_size=40))
def test_the_newest_stay_and_keeping_again_changes_nothing(made: frozenset[date]) -> None:
    found = kept(made, date.max)
    assert found <= made
    assert frozenset(sorted(made)[-14:]) <= found
    assert len(found) <= 22
    assert kept(found, date.max) == found
    assert all(night.weekday() == 6 for night in sorted(found)[:-14])


@given(nights, st.integers(15, 80))
def test_night_after_night_the_last_weeks_are_never_lost(first: date, number: int) -> None:
    there: frozenset[date] = frozenset()
    for n in range(number):
        there = kept(there | {first + n * DAY}, first + n * DAY)
    last = first + (number - 1) * DAY
    assert {last - n * DAY for n in range(14)} <= there
    sundays = [first + n * DAY for n in range(number) if (first + n * DAY).weekday() == 6]
    assert set(sundays[-8:]) <= there


@given(st.frozensets(nights, max_size=40), nights)
def test_a_clock_that_was_wrong_costs_no_night_its_backup(made: frozenset[date], tonight: date) -> None:
    later = frozenset(night for night in made if night > tonight)
    assert kept(made, tonight) == later | kept(made - later, tonight)


def test_one_asked_for_has_a_name_of_its_own_and_no_night() -> None:
    name = name_asked_for(datetime.fromisoformat("2026-11-19T14:05:09-05:00"))
    assert name == "cairn-2026-11-19-at-140509.db"
    assert is_asked_for(name)
    assert night_named(name) is None
    assert not is_asked_for(name_of(date(2026, 11, 19)))
    assert not is_asked_for(name + ".0123")


@given(st.sets(st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01")), max_size=12))
def test_the_last_five_asked_for_stay_and_nights_are_none_of_them(asked: set[datetime]) -> None:
    names = {name_asked_for(at) for at in asked} | {name_of(date(2026, 11, 19)), "notes.txt"}
    gone = let_go(names)
    stays = sorted(name for name in names - gone if is_asked_for(name))
    assert all(map(is_asked_for, gone))
    assert len(stays) == min(5, len(names) - 2)
    assert all(name < first for name in gone for first in stays[:1])


def test_only_what_has_not_ended_is_under_way() -> None:
    assert [stage for stage in Stage if stage.under_way] == [Stage.WANTED, Stage.COPYING, Stage.CHECKING]
