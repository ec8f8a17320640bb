"""Dates, times of day and lists as the reader's locale writes them, here and nowhere else.

"Nov 19" and "2:00 PM" in the United States, "19 nov" and "14:00" in Spain: as the fields of the browser do there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal
from flask_babel import get_locale

NARROW = "\N{NARROW NO-BREAK SPACE}"
"""Between the time and "PM"; some phones have no such letter, so the wide one stands in."""
WIDE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Patterns:
    """How one locale writes days."""

    short: str
    short_with_year: str
    weekday: str
    weekday_with_year: str
    long: str


@cache
def _patterns(locale: Locale) -> Patterns:
    names = ("MMMd", "yMMMd", "MMMEd", "yMMMEd")
    short, with_year, weekday, weekday_with_year = (locale.datetime_skeletons[name].pattern for name in names)
    # CLDR has no long form without a year: it is the full one up to the year and what leads to it (", y", " 'de' y").
    long = re.sub(r"(?:,|\s'[^']*')?\s*y+.*$", "", locale.date_formats["full"].pattern)
    return Patterns(short, with_year, weekday, weekday_with_year, long)


def locale() -> Locale:
    """Return the reader's locale; outside a request it is that of the United States."""
    return get_locale() or Locale("en", "US")


def short_day(day: date, year: bool) -> str:
    """Write a date: "May 2", "2 may"; with its year: "May 2, 2027"."""
    here = locale()
    return _day(day, _patterns(here).short_with_year if year else _patterns(here).short, here)


def weekday_day(day: date, year: bool) -> str:
    """Write a date with its weekday: "Thu, Nov 19"."""
    here = locale()
    return _day(day, _patterns(here).weekday_with_year if year else _patterns(here).weekday, here)


def long_day(day: date) -> str:
    """Write a date in full, without its year: "Thursday, November 19", "jueves, 19 de noviembre"."""
    here = locale()
    return _day(day, _patterns(here).long, here)


def month(day: date) -> str:
    """Name a month by itself: "February"."""
    return _day(day, "LLLL", locale())


def short_month(day: date, year: bool) -> str:
    """Name a month in few letters: "Feb"; with its year: "Feb 2027"."""
    return _day(day, "LLL y" if year else "LLL", locale())


def clock(at: time) -> str:
    """Write a time of day: "2:00 PM", "14:00"."""
    return _clock(at.hour, at.minute, locale())


def weekday(number: int, alone: bool = False) -> str:
    """Name a weekday, Monday 0; `alone` as in a list to choose from."""
    return str(locale().days["stand-alone" if alone else "format"]["wide"][number])


def short_weekday(number: int) -> str:
    """Name a weekday in few letters, Monday 0."""
    return str(locale().days["stand-alone"]["abbreviated"][number])


def joined(words: Sequence[str]) -> str:
    """Join words as one says them: "Monday, Tuesday and Friday"."""
    return str(format_list(list(words), locale=locale())).replace(", and ", " and ")


def amount(number: Fraction) -> str:
    """Write an amount to four digits that say something: "8.047", "1,609" and "0.006214" in the United States."""
    first = (Decimal(number.numerator) / number.denominator).adjusted()
    places = max(0, 3 - first)
    rounded = Decimal(round(number * 10**places)).scaleb(-places)
    return str(format_decimal(rounded, locale=locale(), decimal_quantization=False))


@lru_cache(4096)
def _day(day: date, pattern: str, here: Locale) -> str:
    return str(format_date(day, pattern, locale=here))


@lru_cache(4096)
def _clock(hour: int, minute: int, here: Locale) -> str:
    return str(format_time(time(hour, minute), "short", locale=here)).replace(NARROW, WIDE)
