"""The words of the house are the same on every screen, and read like something a person says."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.numbers import parse_decimal
from flask import Flask
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import settings as at
from tests.support.cast import START, TODAY
from webapp.config import Config
from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit
from webapp.domain.standing import Standing, standing
from webapp.views import cadence_words, formats, phrases
from webapp.views.translate import in_language


def cadence(kind: str, **fields: Any) -> Cadence:
    return Cadence(Kind(kind), **({"valid_from": START} | fields))


@pytest.fixture
def config(tmp_path: Path, migrated_sqlite: Path) -> Config:
    """What is typed and said does not depend on the database."""
    (tmp_path / "cairn.db").write_bytes(migrated_sqlite.read_bytes())
    return at(tmp_path)


@pytest.fixture
def speaking(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


TARGET: dict[str, Any] = {"target_min": 2, "per_unit": Unit.WEEK}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (cadence("target", **TARGET), "at least twice a week"),
        (cadence("target", **TARGET, valid_to=date(2027, 5, 3)), "at least twice a week, until May 2, 2027"),
        (cadence("target", **TARGET, target_max=3), "2 to 3 times a week"),
        (cadence("target", target_min=1, per_unit=Unit.DAY, bound=Bound.EXACTLY), "once a day"),
        (cadence("target", target_min=4, per_unit=Unit.MONTH, bound=Bound.ABOUT), "about 4 times a month"),
        (cadence("target", target_min=1, per_unit=Unit.WEEK, interval=2), "at least once every 2 weeks"),
        (cadence("target", target_max=3, per_unit=Unit.DAY, bound=Bound.AT_MOST), "at most 3 times a day"),
        (cadence("target", target_max=0, per_unit=Unit.WEEK, bound=Bound.AT_MOST), "not at all"),
        (cadence("fixed", per_unit=Unit.DAY, times=(time(20), time(8))), "every day, at 8:00\xa0AM and 8:00\xa0PM"),
        (cadence("fixed", per_unit=Unit.DAY, interval=3), "every 3 days"),
        (cadence("fixed", weekdays=frozenset({0, 3}), minutes=30), "every Monday and Thursday, 30 minutes"),
        (cadence("fixed", weekdays=frozenset({0, 2, 4})), "every Monday, Wednesday and Friday"),
        (cadence("fixed", weekdays=frozenset(range(5))), "Monday to Friday"),
        (cadence("fixed", weekdays=frozenset({1}), interval=2), "every 2 weeks, on Tuesday"),
        (cadence("fixed", per_unit=Unit.MONTH, monthday=15), "on day 15 of every month"),
        (cadence("fixed", per_unit=Unit.MONTH, monthday=31, interval=3), "on the last day, every 3 months"),
        (cadence("fixed", nth=-1, weekdays=frozenset({4})), "on the last Friday of every month"),
        (cadence("fixed", monthday=29, interval=12, anchor=date(2028, 2, 29)), "every year, on day 29 of February"),
        (cadence("fixed", monthday=31, interval=24, anchor=date(2028, 2, 29)),
         "every 2 years, on the last day of February"),
        (cadence("fixed", nth=1, weekdays=frozenset({0}), interval=12, anchor=date(2026, 9, 1)),
         "every year, on the first Monday of September"),
        (cadence("target", target_min=1, per_unit=Unit.MONTH, interval=12), "at least once a year"),
        (cadence("target", target_min=1, per_unit=Unit.MONTH, interval=24), "at least once every 2 years"),
        (cadence("fixed", weekdays=frozenset({3}), times=(time(14),), tz_mode=TzMode.FIXED, tz="Europe/Berlin"),
         "every Thursday, at 2:00\xa0PM, by the clock in Berlin"),
        (cadence("once", due=date(2026, 11, 26), times=(time(14),)), "once, on Thu, Nov 26, at 2:00\xa0PM"),
        (cadence("once", due=TODAY), "once, by today"),
        (cadence("once"), "once, when it suits"),
        (cadence("as_needed"), "as needed"),
        (cadence("ongoing", minutes=30, minutes_max=45), "ongoing, 30 to 45 minutes"),
        (cadence("target", **TARGET, valid_from=date(2026, 12, 1)), "at least twice a week, from Dec 1"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("speaking")
def test_a_cadence_is_a_phrase(made: Cadence, said: str) -> None:
    assert cadence_words.cadence_words(made) == said


@pytest.mark.usefixtures("speaking")
def test_days_near_today_have_names_of_their_own() -> None:
    days = [date(2026, 11, 18), TODAY, date(2026, 11, 20), date(2026, 11, 12), date(2025, 1, 2)]
    assert [phrases.day_words(day) for day in days] == [
        "yesterday",
        "today",
        "tomorrow",
        "Thu, Nov 12",
        "Thu, Jan 2, 2025",
    ]


@pytest.mark.usefixtures("speaking")
def test_an_instant_is_said_in_the_zone_asked_for() -> None:
    instant = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    assert phrases.when_words(instant) == "today, 11:30\xa0PM"
    assert phrases.when_words(instant, "Asia/Kathmandu") == "tomorrow, 5:15\xa0AM"


@pytest.mark.parametrize(
    ("made", "stands", "said"),
    [
        (cadence("target", **TARGET), Standing(done_in_period=1, asked_in_period=2, days_left=3),
         "1 of 2 this week, 3 days left"),
        (cadence("target", **TARGET), Standing(done_in_period=1, asked_in_period=2, days_left=1),
         "1 of 2 this week, last day"),
        (cadence("target", **TARGET), Standing(done_in_period=2, asked_in_period=2, days_left=3), "2 of 2 this week"),
        (cadence("target", **TARGET), Standing(done_in_period=3, asked_in_period=2, days_left=3),
         "3 this week, 2 planned"),
        (cadence("target", target_min=3, per_unit=Unit.DAY), Standing(done_in_period=1, asked_in_period=3),
         "1 of 3 today"),
        (cadence("target", target_max=2, per_unit=Unit.WEEK, bound=Bound.AT_MOST),
         Standing(done_in_period=1, asked_in_period=2), "1 this week, at most 2"),
        (cadence("fixed", per_unit=Unit.DAY, times=(time(8),)), Standing(asked_in_period=1), "today, at 8:00\xa0AM"),
        (cadence("fixed", per_unit=Unit.DAY, times=(time(8),), tz_mode=TzMode.FIXED, tz="Europe/Berlin"),
         Standing(asked_in_period=1), "today, at 8:00\xa0AM by the clock in Berlin"),
        (cadence("fixed", per_unit=Unit.DAY, times=(time(8),), tz_mode=TzMode.FIXED, tz="UTC"),
         Standing(asked_in_period=1), "today, at 8:00\xa0AM"),
        (cadence("fixed", per_unit=Unit.DAY), Standing(asked_in_period=1), "today"),
        (cadence("fixed", per_unit=Unit.DAY), Standing(next_day=date(2026, 11, 26)), "next Thu, Nov 26"),
        (cadence("once", due=date(2026, 11, 21)), Standing(asked_in_period=1, days_left=3),
         "by Sat, Nov 21, 3 days left"),
        (cadence("once", due=date(2026, 11, 2)), Standing(asked_in_period=1),
         "planned for Mon, Nov 2, still open"),
        (cadence("as_needed"), Standing(), "as needed"),
        (cadence("as_needed"), Standing(done_in_period=2), "as needed, 2 this week"),
        (cadence("target", **TARGET), Standing(paused=True, next_day=date(2026, 11, 26)), "paused, back Thu, Nov 26"),
        (None, Standing(ended=True), "ended"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("speaking")
def test_where_a_step_stands_is_a_phrase(made: Cadence | None, stands: Standing, said: str) -> None:
    assert cadence_words.standing_words(stands, made) == said


@pytest.mark.usefixtures("speaking")
def test_the_words_fit_what_the_rules_find() -> None:
    walk = cadence("target", **TARGET)
    assert cadence_words.standing_words(standing([walk], [], [], TODAY), walk) == "0 of 2 this week, 4 days left"


@pytest.mark.usefixtures("speaking")
def test_weekdays_and_months_follow_the_language() -> None:
    with in_language("es"):
        assert formats.weekday(0) == "lunes"
        assert formats.short_month(TODAY, year=False) == "nov"
        assert formats.short_month(TODAY, year=True) == "nov 2026"
        assert phrases.date_words(date(2026, 5, 2)) == "2 may"


AMOUNTS = st.fractions(-(10**9), 10**9, max_denominator=10**15)
READERS = [Locale.parse(name) for name in ("en_US", "es_ES", "es_MX", "de", "fr", "hi_IN")]


@pytest.mark.usefixtures("speaking")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(AMOUNTS, st.permutations(READERS))
def test_an_amount_is_written_as_each_reader_reads_it_to_four_digits(amount: Fraction, readers: list[Locale]) -> None:
    for here in readers:
        with force_locale(here):
            said = formats.amount(amount)
        read = Fraction(parse_decimal(said, locale=here))
        assert (read == 0) == (amount == 0), said
        assert abs(read - amount) <= abs(amount) / 2000, said
        assert len(Decimal(str(float(read))).normalize().as_tuple().digits) <= max(4, len(str(abs(round(amount)))))


@pytest.mark.usefixtures("speaking")
def test_amounts_great_and_small() -> None:
    said: dict[str, list[str]] = {"en_US": [], "es_ES": []}
    for amount in ("1609.344", "8.04672", "0.0000062137119", "12", "0", "0.99999"):
        for here, words in said.items():
            with force_locale(here):
                words.append(formats.amount(Fraction(amount)))
    assert said["en_US"] == ["1,609", "8.047", "0.000006214", "12", "0", "1"]
    assert said["es_ES"] == ["1.609", "8,047", "0,000006214", "12", "0", "1"]
