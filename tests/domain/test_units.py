"""The page that a quick exit leads to turns units into others, and rightly."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.units import KINDS, converted, number

units = st.sampled_from(sorted(KINDS))
amounts = st.fractions(-(10**6), 10**6)


@given(amounts, units, units)
def test_there_and_back_is_the_same_amount(amount: Fraction, unit: str, into: str) -> None:
    there = converted(amount, unit, into)
    assert (there is None) == (KINDS[unit] != KINDS[into])
    if there is not None:
        assert converted(there, into, unit) == amount


def test_what_everybody_knows() -> None:
    assert converted(Fraction(212), "°F", "°C") == 100
    assert converted(Fraction(-40), "°C", "°F") == -40
    assert converted(Fraction(1), "in", "cm") == Fraction("2.54")
    assert converted(Fraction(16), "oz", "lb") == converted(Fraction(12), "in", "ft") == 1
    assert converted(Fraction(1), "gal", "cup") == 16
    assert converted(Fraction(1), "parsec", "km") is None


def test_an_amount_is_read_as_it_is_typed() -> None:
    assert number(" 2,5 ") == number("2.5") == Fraction(5, 2)
    assert [number(text) for text in ("", "two", "1e99", "inf", "nan", "1.2.3")] == [None] * 6
