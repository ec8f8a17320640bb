"""Every cadence can be set in plain controls, comes back unchanged, and reads as a sentence."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel import Locale, localedata
from flask import Flask
from flask_babel import force_locale
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.conftest import settings as at
from tests.support.cast import START, TODAY
from webapp.config import Config
from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit, problems
from webapp.domain.cadence_edits import asked, edited
from webapp.services.steps import cadence_facts, cadence_from
from webapp.views import formats
from webapp.views.cadence_form import CadenceForm, entered
from webapp.views.cadence_words import cadence_words
from webapp.views.clock_times import clock_times
from webapp.views.translate import offered

NEW_YORK = "America/New_York"
CODE_WORDS = re.compile(r"_|None|%|[{}<>\[\]]|at least at|floating|target|fixed|\bnth|interval|datetime|/")
DAYS = st.dates(START, START + timedelta(days=700))
MINUTES = st.none() | st.integers(1, 1440)
PLACES = st.sampled_from(["", NEW_YORK, "Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC"])


@pytest.fixture
def config(tmp_path: Path, migrated_sqlite: Path) -> Config:
    """What is typed and said does not depend on the database."""
    (tmp_path / "cairn.db").write_bytes(migrated_sqlite.read_bytes())
    return at(tmp_path)


@pytest.fixture
def speaking(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


@st.composite
def cadences(draw: st.DrawFn) -> Cadence:
    """Anything that can be promised: every kind, bound, unit, rhythm, time, length, span and place."""
    kind = draw(st.sampled_from(Kind))
    start = draw(DAYS)
    made: dict[str, Any] = {"valid_from": start}
    if kind is Kind.TARGET:
        bound = draw(st.sampled_from(Bound))
        least = None if bound is Bound.AT_MOST else draw(st.integers(1, 100))
        most = st.just(least) if bound is Bound.EXACTLY else st.integers(least or 0, 100)
        made |= {"bound": bound, "target_min": least, "target_max": draw(st.none() | most if least else most)}
    if kind in (Kind.TARGET, Kind.FIXED):
        made |= {"per_unit": draw(st.sampled_from(Unit)), "interval": draw(st.sampled_from([1, 2, 3, 12, 24, 366]))}
    if kind is Kind.FIXED and made["per_unit"] is not Unit.DAY:
        made["weekdays"] = draw(st.frozensets(st.integers(0, 6)))
        if made["per_unit"] is Unit.MONTH:
            made["weekdays"] = draw(st.frozensets(st.integers(0, 6), max_size=1))
            numbers = {"nth": (1, 2, 3, 4, 5, -1)} if made["weekdays"] else {"monthday": (None, *range(1, 32))}
            made |= {name: draw(st.sampled_from(chosen)) for name, chosen in numbers.items()}
    if kind is Kind.ONCE:
        made["due"] = draw(st.none() | DAYS)
    if kind in (Kind.TARGET, Kind.FIXED, Kind.ONCE):
        made["times"] = tuple(draw(st.lists(st.times().map(whole), max_size=3, unique=True)))
        place = draw(PLACES)
        made |= {"tz_mode": TzMode.FIXED, "tz": place} if place else {}
    if kind is not Kind.ONCE:
        made["valid_to"] = draw(st.none() | st.integers(1, 400).map(lambda days: start + timedelta(days=days)))
    least_minutes = draw(MINUTES)
    most_minutes = draw(st.none() | st.integers(least_minutes, 1440)) if least_minutes else None
    return Cadence(kind, **made, minutes=least_minutes, minutes_max=most_minutes)


def whole(at: time) -> time:
    return at.replace(second=0, microsecond=0)


def typed(values: dict[str, Any]) -> MultiDict[str, str]:
    """What a browser sends for a form that shows these values; a box that isn't ticked is not sent."""
    sent: MultiDict[str, str] = MultiDict()
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not False:
                sent.add(name, "" if one is None else "y" if one is True else str(one))
    return sent


def through_the_form(cadence: Cadence) -> Cadence:
    """Show a cadence in the form, send the form as it is, and read what was entered."""
    shown = CadenceForm(place=NEW_YORK, data=entered(cadence))
    values = {field.name: field.data for field in shown}
    values |= {"weekdays": shown.weekdays.data or [], "starts_on": cadence.valid_from}
    form = CadenceForm(typed(values), place=NEW_YORK)
    assert form.validate(), form.errors
    assert not form.cadence_problems(TODAY), form.errors
    return form.cadence(TODAY)


thorough = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("speaking")
@thorough
@given(cadences())
def test_what_can_be_promised_can_be_entered_and_comes_back_unchanged(cadence: Cadence) -> None:
    assume(not problems(cadence))
    once = through_the_form(cadence)
    assert asked(once) == asked(cadence)
    assert (once.valid_from, once.valid_to) == (cadence.valid_from, cadence.valid_to)
    assert through_the_form(once) == once
    assert edited((cadence,), replace(once, valid_from=TODAY), TODAY) is None, "saving it unchanged is no edit"


HERE = [
    locale
    for name in localedata.locale_identifiers()
    if (locale := Locale.parse(name)).language in offered() and locale.script is None and locale.variant is None
]
"""How the offered languages are written in every country."""


@pytest.mark.usefixtures("speaking")
def test_in_every_country_the_times_shown_can_be_saved_again_unchanged() -> None:
    times = tuple(time(hour, minute) for hour, minute in ((0, 0), (0, 30), (8, 0), (12, 0), (12, 5), (20, 30)))
    made = Cadence(Kind.FIXED, per_unit=Unit.DAY, bound=Bound.EXACTLY, times=times, valid_from=START)
    for here in HERE:
        with force_locale(here):
            assert asked(through_the_form(made)) == asked(made), here
            assert clock_times(", ".join(formats.clock(at) for at in times)) == times, here
            assert clock_times(formats.joined([formats.clock(at) for at in times])) == times, here
    assert {"es_AR", "es_CO", "es_CL", "en_US"} <= {str(here) for here in HERE}


@pytest.mark.usefixtures("speaking")
@thorough
@given(cadences())
def test_every_cadence_reads_as_a_sentence(cadence: Cadence) -> None:
    assume(not problems(cadence))
    words = cadence_words(cadence)
    assert not CODE_WORDS.search(words), words
    assert re.fullmatch(r"[a-zM0-9]\S*([ \xa0]\S+)*", words), words  # "Monday to Friday" is the one capital


FIELDS = [
    *("bound", "target_min", "target_max", "per_unit", "interval", "weekdays", "monthday", "nth"),
    *("times", "minutes", "minutes_max", "valid_to", "due", "tz"),
]


@pytest.mark.usefixtures("speaking")
@thorough
@given(cadences(), st.data())
def test_what_is_not_the_same_is_not_said_the_same(one: Cadence, data: st.DataObject) -> None:
    other = data.draw(cadences().filter(lambda found: found.kind is one.kind))
    changed = {name: getattr(other, name) for name in data.draw(st.sets(st.sampled_from(FIELDS), min_size=1))}
    changed |= {"tz_mode": TzMode.FIXED if changed["tz"] else TzMode.FLOATING} if "tz" in changed else {}
    other = replace(one, **changed)
    assume(not problems(one) and not problems(other))
    assume(sorted(one.weekdays) != list(range(7)) and sorted(other.weekdays) != list(range(7)))  # that is "every day"
    assume(Bound.AT_MOST not in (one.bound, other.bound) or (one.target and other.target))  # "not at all" has no unit
    same = asked(one) == asked(other) and one.valid_to == other.valid_to
    assert (cadence_words(one) == cadence_words(other)) == same


@pytest.mark.usefixtures("speaking")
@thorough
@given(cadences())
def test_what_a_change_of_the_plan_remembers_is_the_same_cadence(cadence: Cadence) -> None:
    assert cadence_from(json.loads(json.dumps(cadence_facts(cadence)))) == replace(
        cadence, times=tuple(sorted(cadence.times))
    )


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("", []),
        ("8:00, 20:30", ["08:00", "20:30"]),
        ("8.30 20.00", ["08:30", "20:00"]),
        ("8 am and 9.30 PM", ["08:00", "21:30"]),
        ("12am, 12 p.m.", ["00:00", "12:00"]),
        ("8; 14 & 20", ["08:00", "14:00", "20:00"]),
        (" 7:05 ", ["07:05"]),
        ("8:00\xa0a.\xa0m. y 9:30\u202fp.\u202fm.", ["08:00", "21:30"]),
        ("8 a. m., 12 p. m.", ["08:00", "12:00"]),
    ],
)
def test_times_may_be_written_as_people_write_them(words: str, times: list[str]) -> None:
    assert [f"{at:%H:%M}" for at in clock_times(words)] == times


@pytest.mark.parametrize(
    "words", ["at dawn", "25:00", "8:60", "13 pm", "0 am", "8:00,", "8::00", "100", "8 amber", "8h"]
)
def test_what_is_no_time_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        clock_times(words)
