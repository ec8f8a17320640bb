"""Long enough, and not what anybody would try first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import passwords
from webapp.domain.passwords import Problem, problem

CLARA = ("Clara Reyes", "clara@example.test")


@pytest.mark.parametrize(
    "good",
    [
        "walk by the river twice",
        "Clara walks by the river",
        "ветер с моря дул",
        "🌊🌲🌤 wind from the sea",
        "x7#kQp2!mZ9@vL4w",
    ],
)
def test_a_sentence_is_a_good_password(good: str) -> None:
    assert problem(good, *CLARA) is None


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("fourteen chars", Problem.TOO_SHORT),
        ("", Problem.TOO_SHORT),
        ("x y" * 400, Problem.TOO_LONG),
        ("passwordpassword", Problem.COMMON),
        ("PasswordPassword", Problem.COMMON),
        ("Password-Password", Problem.COMMON),
        ("qwertyuiopasdfghjkl", Problem.COMMON),
        ("onedayatatime123", Problem.COMMON),
        ("aaaaaaaaaaaaaaaa", Problem.REPEATED),
        ("river.river.river.", Problem.REPEATED),
        ("abababababababab1", Problem.REPEATED),
        ("ClaraReyesClara1", Problem.ABOUT_YOU),
        ("clara@example.test", Problem.ABOUT_YOU),
        ("cairnCairn clara 2026", Problem.ABOUT_YOU),
    ],
)
def test_what_is_guessed_first_is_refused_with_a_reason(weak: str, why: Problem) -> None:
    assert problem(weak, *CLARA) is why
    assert passwords.SENTENCES[why].endswith((".",))


def test_fifteen_characters_are_enough_and_counted_after_normalising() -> None:
    assert problem("a quiet river 1") is None
    ligature = "o\ufb03cial walkers"  # one sign that becomes three letters
    assert len(ligature) == 14
    assert problem(ligature) is None


def test_the_same_password_from_two_keyboards_is_the_same() -> None:
    assert passwords.normalised("cafe\u0301\u00a0am Fluss") == passwords.normalised("café am Fluss")


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = passwords.normalised(text)
    assert passwords.normalised(once) == once


@given(st.text(max_size=14))
def test_nothing_below_the_length_gets_in(text: str) -> None:
    if len(passwords.normalised(text)) < 15:
        assert problem(text) is Problem.TOO_SHORT


def test_the_bundled_list_is_long_and_every_line_of_it_is_refused() -> None:
    listed = passwords._common()
    assert len(listed) >= 1000
    assert all(len(line) >= 15 and line == line.casefold() for line in listed)
    assert {problem(line) for line in listed} == {Problem.COMMON}
