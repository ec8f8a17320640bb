"""What clients and supporters read takes six years of school, and in a crisis five; measured by screen."""

import pytest
import textstat

from tests.support.sentences import by_screen, catalogue, languages

FOR_OTHERS = {
    *("admin", "before_session", "cadence_form", "care_plan", "caseload", "crisis_lines", "outbox"),
    *("plan_forms", "plan_words", "import", "sessions", "styleguide"),
}
"""Screens of the care team and of those who run Cairn; the client's own pieces of them stand elsewhere, too."""
CRISIS = ("help_now", "coping", "contacts")
GRADE, CRISIS_GRADE = 6, 5
SPANISH_EASE = 70
"""Fernández Huerta: 70 to 80 is fairly easy, what six years of school read."""
FEWEST = 30
"""words; a screen with fewer says too little to be measured"""
LONG = 12
"""words of one text that is measured by itself, with two grades more: short ones scatter"""

THE_LAW = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""A notice whose words are not ours to choose; what it means stands beside it."""


def grade(text: str) -> float:
    textstat.set_lang("en_US")
    return float(textstat.flesch_kincaid_grade(text))


def ease(text: str) -> float:
    textstat.set_lang("es")
    return float(textstat.fernandez_huerta(text))


def measured(screens: dict[str, list[str]]) -> dict[str, str]:
    joined = {noun: " ".join(said) for noun, said in screens.items() if noun not in FOR_OTHERS}
    return {noun: text for noun, text in joined.items() if len(text.split()) >= FEWEST}


def test_every_screen_of_clients_and_supporters_reads_at_grade_six() -> None:
    found = measured(by_screen())
    assert len(found) > 20
    assert {noun: grade(text) for noun, text in found.items() if grade(text) > GRADE} == {}


@pytest.mark.parametrize("noun", CRISIS)
def test_what_is_read_in_a_crisis_reads_at_grade_five(noun: str) -> None:
    assert grade(measured(by_screen())[noun]) <= CRISIS_GRADE


def test_no_single_text_is_much_harder_than_its_screen() -> None:
    texts = {text for noun, said in by_screen().items() if noun not in FOR_OTHERS for text in said} - {THE_LAW}
    hard = {text: grade(text) for text in texts if len(text.split()) >= LONG and grade(text) > GRADE + 2}
    assert hard == {}


def test_a_hard_text_is_seen() -> None:
    assert grade("Notwithstanding prior authorisation, participants subsequently discontinue utilisation.") > 12
    assert ease("La autorización administrativa interinstitucional imposibilita determinadas actuaciones.") < 20


def test_every_screen_is_easy_to_read_in_spanish() -> None:
    found = measured(by_screen(catalogue("es"))) if "es" in languages() else {}
    assert {noun: ease(text) for noun, text in found.items() if ease(text) < SPANISH_EASE} == {}
