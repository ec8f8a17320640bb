"""What may be the PIN of a lock."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.pins import PinProblem, problem


def test_four_to_eight_digits_are_a_pin_unless_everybody_tries_them_first() -> None:
    for good in ("4071", "90210", "11223344", "2580", "20261119"):
        assert problem(good) is None, good
    for easy in ("0000", "1234", "8765", "12345678", "99999999", "1212", "656565"):
        assert problem(easy) is PinProblem.EASY, easy
    for none in ("", "123", "123456789", "12 34", "١٢٣٤", "12a4", "4071\n"):
        assert problem(none) is PinProblem.NOT_DIGITS, none


@given(st.text())
def test_whatever_else_is_typed_is_no_pin(text: str) -> None:
    assert problem(text) is PinProblem.NOT_DIGITS or (text.isascii() and text.isdigit() and 4 <= len(text) <= 8)
