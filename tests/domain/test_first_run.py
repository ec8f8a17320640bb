"""The first run: which screens somebody gets, in which order, and which steps they are first reminded of."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import first_run
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.first_run import Remindable, Screen, first_times, remindables
from webapp.domain.today import Part

MORNING, NOON, EVENING, ANY = Part.MORNING, Part.AFTERNOON, Part.EVENING, Part.ANY_TIME
DAY = date(2026, 11, 19)


def screens(**said: object) -> tuple[Screen, ...]:
    given = {"client": True, "languages": 2, "something_to_remind": True, "reminded": True, "circle": True} | said
    return first_run.screens(**given)  # type: ignore[arg-type]


def test_a_client_is_asked_everything_that_has_more_than_one_answer() -> None:
    assert screens() == tuple(Screen)
    assert Screen.LANGUAGE not in screens(languages=1)
    assert Screen.SHARING not in screens(circle=False)
    assert Screen.DEVICE not in screens(reminded=False)
    assert not {Screen.REMINDERS, Screen.DEVICE} & {*screens(something_to_remind=False)}


def test_a_supporter_is_asked_for_a_name_a_language_and_reminders() -> None:
    assert screens(client=False) == (Screen.NAME, Screen.LANGUAGE, Screen.REMINDERS, Screen.DEVICE)


@given(st.sets(st.sampled_from(Screen), min_size=1).map(lambda found: tuple(one for one in Screen if one in found)))
def test_going_on_and_going_back_are_each_other_s_way(found: tuple[Screen, ...]) -> None:
    for screen in found:
        after = first_run.following(found, screen)
        assert after is None or first_run.preceding(found, after) == screen
    assert first_run.following(found, found[-1]) is first_run.preceding(found, found[0]) is None


def test_one_comes_back_to_where_one_was_or_to_what_comes_after_it() -> None:
    assert first_run.resumed(screens(), Screen.DAY) is Screen.DAY
    assert first_run.resumed(screens(languages=1), Screen.LANGUAGE) is Screen.DAY
    assert first_run.resumed(screens(circle=False), Screen.SHARING) is None


def test_going_back_does_not_make_new_what_was_said() -> None:
    assert first_run.is_new(Screen.NAME, Screen.DAY)
    assert first_run.is_new(Screen.DAY, Screen.DAY)
    assert not first_run.is_new(Screen.REMINDERS, Screen.DAY)
    assert first_run.farther(Screen.NAME, Screen.DAY) is Screen.DAY
    assert first_run.farther(Screen.REMINDERS, Screen.DAY) is Screen.REMINDERS
    assert first_run.farther(Screen.SHARING, None) is None


def test_the_screen_for_the_device_counts_as_part_of_the_question_before_it() -> None:
    told = [first_run.progress(screens(), screen) for screen in screens()]
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (4, 5), (5, 5)]


def cadence(kind: Kind, *times: str) -> Cadence:
    return Cadence(kind, per_unit=Unit.DAY, times=tuple(time.fromisoformat(at) for at in times), valid_from=DAY)


@pytest.mark.parametrize(
    ("found", "words", "expected"),
    [
        (cadence(Kind.FIXED, "08:00", "20:00"), None, [(MORNING, "08:00"), (EVENING, "20:00")]),
        (cadence(Kind.FIXED), "at lunch", [(NOON, "")]),
        (cadence(Kind.TARGET), "before bed", [(EVENING, "")]),
        (cadence(Kind.ONGOING), None, [(ANY, "")]),
        (cadence(Kind.AS_NEEDED), "morning", []),
    ],
)
def test_a_step_could_be_reminded_of_at_its_own_times_or_at_its_part_of_the_day(
    found: Cadence, words: str | None, expected: list[tuple[Part, str]]
) -> None:
    assert [(one.part, one.slot) for one in remindables(7, found, words)] == expected


def test_each_part_of_the_day_reminds_of_one_step_that_fits_it() -> None:
    steps = [Remindable(1, ANY), Remindable(2, MORNING), Remindable(3, MORNING, "08:00"), Remindable(4, EVENING)]
    assert first_times(steps, {EVENING, MORNING, NOON}) == {3: ["08:00"], 1: ["12:30"], 4: ["19:00"]}


def test_a_step_is_named_twice_only_where_no_other_fits() -> None:
    assert first_times([Remindable(1, ANY)], {MORNING, EVENING}) == {1: ["09:00", "19:00"]}
    two = [Remindable(1, ANY), Remindable(2, ANY)]
    assert first_times(two, {MORNING, EVENING}) == {1: ["09:00"], 2: ["19:00"]}
    assert first_times([Remindable(1, MORNING, "07:30"), Remindable(2, ANY)], {MORNING, EVENING}) == {
        1: ["07:30"], 2: ["19:00"],
    }  # fmt: skip


def test_nothing_fits_and_nothing_chosen_are_no_reminder() -> None:
    assert first_times([Remindable(1, MORNING, "08:00")], {EVENING}) == {}
    assert first_times([Remindable(1, ANY)], set()) == first_times([], {MORNING}) == {}
