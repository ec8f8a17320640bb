"""What a step should say, and when a self-directed one adds little."""

from datetime import date

import pytest

from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.step_facts import Fact, Hint, Lack, attends, hint, lacking, repeats

START, END = date(2026, 10, 5), date(2027, 4, 5)
MONTHLY = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.MONTH, minutes=30, valid_from=START, valid_to=END)


def test_a_professional_step_that_says_all_four_lacks_nothing() -> None:
    assert lacking("Dr. Lee", "psychiatrist", "medication management", MONTHLY, "more ease among others") == ()


def test_each_of_the_four_is_missed_when_it_is_not_said() -> None:
    assert lacking(None, " ", "sessions", None, "") == (
        Lack(Fact.WHO, ("name", "discipline")),
        Lack(Fact.WHAT, ("modality",)),
        Lack(Fact.WHEN, ("how_often", "minutes", "period")),
        Lack(Fact.WHY, ("purpose",)),
    )


@pytest.mark.parametrize(
    ("cadence", "span_said", "parts"),
    [
        (Cadence(Kind.ONGOING, valid_from=START), False, ("how_often", "minutes", "period")),
        (Cadence(Kind.ONGOING, valid_from=START), True, ("how_often", "minutes")),
        (Cadence(Kind.TARGET, target_min=1, per_unit=Unit.WEEK, valid_from=START), False, ("minutes", "period")),
        (Cadence(Kind.TARGET, target_min=1, per_unit=Unit.WEEK, minutes=50, valid_from=START), True, ()),
        (Cadence(Kind.ONCE, minutes=30, valid_from=START), False, ("day",)),
        (Cadence(Kind.ONCE, minutes=30, valid_from=START, due=END), False, ()),
    ],
)
def test_when_means_how_often_how_long_and_over_what_time(
    cadence: Cadence, span_said: bool, parts: tuple[str, ...]
) -> None:
    found = {lack.fact: lack.parts for lack in lacking("Lee", "doctor", "therapy", cadence, "calm", span_said)}
    assert found.get(Fact.WHEN, ()) == parts


@pytest.mark.parametrize(
    "text",
    [
        "Marco attends the anger management class",
        "Go to therapy twice a week",
        "keep my appointments",
        "Complete the outpatient programme",
    ],
)
def test_turning_up_for_treatment_is_gently_pointed_out(text: str) -> None:
    assert hint(text) is Hint.ATTENDS


@pytest.mark.parametrize(
    "text",
    [
        "Joe will play pick-up basketball at least twice per week as a way to use exercise against stress",
        "Attend at least two AA meetings a week",
        "Go to church on Sundays",
        "Practise one skill from therapy with a friend",
        "Walk by the river",
        "Go to the senior center to sing",
    ],
)
def test_what_a_person_does_on_their_own_is_not(text: str) -> None:
    assert not attends(text)
    assert hint(text, ["individual skill building", "talking therapy"]) is None


def test_a_step_that_only_repeats_a_professional_one_is_pointed_out() -> None:
    assert hint("weekly diabetes training", ["one-to-one diabetes self-management training"]) is Hint.REPEATS


def test_words_that_say_nothing_repeat_nothing() -> None:
    assert not repeats("every day", "medication every day")
    assert not repeats("walk with Ana to the library", "a walk-and-talk session")
