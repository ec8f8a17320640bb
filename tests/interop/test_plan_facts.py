"""A plan file is read whole or refused whole, with the place and the reason."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit
from webapp.domain.cadence_edits import asked
from webapp.interop import plan_facts
from webapp.interop.plan_cadences import frequency_of, of_step
from webapp.interop.plan_facts import BrokenPlan, read
from webapp.interop.strict_json import DEEPEST, LARGEST, LONGEST_TEXT, MOST_ITEMS

SAMPLES = Path(__file__).parents[1] / "fixtures" / "sample_plans"
START, TODAY = date(2026, 8, 31), date(2026, 11, 19)


def plan(**changes: Any) -> dict[str, Any]:
    return {"schema": "plan-facts/1"} | changes


def with_step(**changes: Any) -> dict[str, Any]:
    team = [
        {"id": "doc", "name": None, "role": "doctor", "kind": "professional", "relation": None},
        {"id": "sis", "name": "Ana", "role": None, "kind": "natural_supporter", "relation": "sister"},
    ]
    step = {"id": "s1", "actor_kind": "self", "actor_id": "person", "text": "walk"} | changes
    return plan(team=team, goals=[{"id": "g1", "statement": "move", "steps": [step]}])


STEP = "goals[0].steps[0]"
TARGET = {"kind": "target", "count": 2, "period": "week"}
BERLIN: dict[str, Any] = {"tz_mode": TzMode.FIXED, "tz": "Europe/Berlin"}


def refused(content: Any) -> dict[str, str]:
    """Read what must be refused; give the reasons by place."""
    with pytest.raises(BrokenPlan) as caught:
        read(content if isinstance(content, str | bytes) else json.dumps(content))
    return {problem.place: problem.reason for problem in caught.value.problems}


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_every_sample_plan_is_read(file: Path) -> None:
    facts = read(file.read_bytes())
    assert facts.said == json.loads(file.read_bytes())
    assert [place for place in plan_facts.unknown(facts, {plan_facts.PlanFacts: ("schema",)})] == []


def test_a_file_with_nothing_but_its_schema_is_an_empty_plan() -> None:
    assert list(read('\ufeff{"schema": "plan-facts/1", "goals": null}'.encode()).steps()) == []


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ("", "line 1, column 1", "not JSON"),
        ('{"schema": "plan-facts/1",', "line 1, column 27", "not JSON"),
        (b"\xff\xfe", "", "UTF-8"),
        ("[1]", "", "one JSON object"),
        ("{}", "schema", "plan-facts/1"),
        (plan(schema="plan-facts/2"), "schema", "plan-facts/1"),
        ('{"schema": "plan-facts/1", "note": "a", "note": "b"}', "note", "twice"),
        ('{"schema": "plan-facts/1", "goals": [{"statement": "a", "statement": "b"}]}', "goals[0].statement", "twice"),
        ('{"schema": "plan-facts/1", "x": NaN}', "x", "not a number"),
        ('{"schema": "plan-facts/1", "x": -Infinity}', "x", "not a number"),
        ('{"schema": "plan-facts/1", "x": 1e400}', "x", "not a number"),
        ('{"schema": "plan-facts/1", "x": 1e300}', "x", "too large"),
        ('{"schema": "plan-facts/1", "x": ' + "9" * 5000 + "}", "", "too large"),
        ('{"schema": "plan-facts/1", "note": "a\\u0000b"}', "note", "can't be kept"),
        ('{"schema": "plan-facts/1", "note": "\\ud800"}', "note", "can't be kept"),
        ('{"schema": "plan-facts/1", "\\u0000": 1}', "", "can't be kept"),
        (plan(note="a" * (LONGEST_TEXT + 1)), "note", "too long"),
        (plan(x=[0] * (MOST_ITEMS + 1)), "", "too many"),
        (b" " * (LARGEST + 1), "", "larger than 1 MB"),
        ("[" * 100_000, "", "nested too deeply"),
        (json.dumps(plan(x=json.loads("[" * DEEPEST + "]" * DEEPEST))), "x" + "[0]" * (DEEPEST - 1), "too deeply"),
        (plan(person="Mary"), "person", "object"),
        (plan(person={"name": 7}), "person.name", "text"),
        (plan(person={"born": "1950-02-30"}), "person.born", "no such day"),
        (plan(person={"born": "1 May 1950"}), "person.born", "written like"),
        (plan(person={"born": "0001-01-01"}), "person.born", "year"),
        (plan(person={"born": 1950}), "person.born", "date"),
        (plan(period={"start": "2026-05-02", "end": "2026-05-01"}), "period.end", "before the start"),
        (plan(team=[{"id": "a"}]), "team[0].kind", "needed"),
        (plan(team=[{"id": "a", "kind": "robot"}]), "team[0].kind", "one of"),
        (plan(team=[{"id": "person", "kind": "professional"}]), "team[0].id", "the client"),
        (plan(team=[{"id": "a", "kind": "professional"}] * 2), "team[1].id", "twice"),
        (plan(goals={}), "goals", "list"),
        (plan(goals=["walk"]), "goals[0]", "object"),
        (plan(goals=[{"statement": " "}]), "goals[0].statement", "empty"),
        (plan(goals=[{"statement": "a", "status": "great"}]), "goals[0].status", "one of"),
        (plan(goals=[{"statement": "a", "priority": True}]), "goals[0].priority", "whole number"),
        (plan(goals=[{"statement": "a", "importance_0_10": 11}]), "goals[0].importance_0_10", "at most 10"),
        (plan(goals=[{"id": "a", "statement": "a"}] * 2), "goals[1].id", "twice"),
        (plan(goals=[{"statement": "a", "objectives": [{"id": "o", "statement": "b"}] * 2}]),
         "goals[0].objectives[1].id", "twice"),
        (plan(concerns=[1]), "concerns[0]", "text"),
        (plan(crisis={"contacts": ["988"]}), "crisis.contacts[0]", "object"),
        (plan(unlinked_steps=[{"id": "s", "actor_kind": "self", "text": "a"}] * 2), "unlinked_steps[1].id", "twice"),
        (with_step(actor_kind="friend"), f"{STEP}.actor_kind", "one of"),
        (with_step(actor_id="doc"), f"{STEP}.actor_id", "person"),
        (with_step(actor_kind="professional", actor_id="person"), f"{STEP}.actor_id", "person"),
        (with_step(actor_kind="professional", actor_id="zoe"), f"{STEP}.actor_id", "nobody in the team"),
        (with_step(actor_kind="professional", actor_id="sis"), f"{STEP}.actor_id", "natural_supporter"),
        (with_step(minutes=-5), f"{STEP}.minutes", "at least 1"),
        (with_step(minutes="30"), f"{STEP}.minutes", "whole number"),
        (with_step(minutes=30, minutes_max=20), f"{STEP}.minutes_max", "less than"),
        (with_step(progress=[{"text": "a", "date": "soon"}]), f"{STEP}.progress[0].date", "written like"),
        (with_step(frequency={}), f"{STEP}.frequency.kind", "needed"),
        (with_step(frequency={"kind": "often"}), f"{STEP}.frequency.kind", "one of"),
        (with_step(frequency={"kind": "target"}), f"{STEP}.frequency.count", "needs this"),
        (with_step(frequency=TARGET | {"period": "moon"}), f"{STEP}.frequency.period", "one of"),
        (with_step(frequency=TARGET | {"count": 0}), f"{STEP}.frequency.count", "at least 1"),
        (with_step(frequency=TARGET | {"count": 1.5}), f"{STEP}.frequency.count", "whole number"),
        (with_step(frequency=TARGET | {"count_max": 1}), f"{STEP}.frequency.count_max", "less than count"),
        (with_step(frequency=TARGET | {"at_least": "yes"}), f"{STEP}.frequency.at_least", "true or false"),
        (with_step(frequency=TARGET | {"weekdays": ["XX"]}), f"{STEP}.frequency.weekdays[0]", "one of"),
        (with_step(frequency=TARGET | {"weekdays": ["MO", "MO"]}), f"{STEP}.frequency.weekdays", "twice"),
        (with_step(frequency=TARGET | {"time": "25:00"}), f"{STEP}.frequency.time", "no such time"),
        (with_step(frequency=TARGET | {"period": "year", "period_count": 31}), f"{STEP}.frequency.period_count", "30"),
        (with_step(duration={"type": "forever"}), f"{STEP}.duration.type", "one of"),
        (with_step(duration={"type": "for", "unit": "week"}), f"{STEP}.duration.value", "needs this"),
        (with_step(duration={"type": "for", "value": 3, "value_max": 2, "unit": "week"}),
         f"{STEP}.duration.value_max", "less than value"),
        (with_step(duration={"type": "until"}), f"{STEP}.duration.until", "needs this"),
        (with_step(duration={"type": "between", "start": "2026-02-01", "end": "2026-01-01"}),
         f"{STEP}.duration.end", "before the start"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_the_place_and_the_reason(content: Any, place: str, reason: str) -> None:
    problems = refused(content)
    assert place in problems
    assert reason in problems[place]


def test_all_that_is_wrong_is_said_at_once_but_no_more_than_fifty_times() -> None:
    assert len(refused(plan(goals=[{}] * 80))) == 50
    assert len(refused(plan(goals=[{"id": "a", "statement": "a"}] * 80))) == 50


# What a step says about time


def cadence_of(**step: Any) -> Cadence:
    facts = read(json.dumps(with_step(**step)))
    return of_step(facts.goals[0].steps[0], START, TODAY).cadence


def test_six_months_end_on_the_same_day_of_the_month_or_its_last_one() -> None:
    span = cadence_of(frequency=TARGET, duration={"type": "for", "value": 6, "unit": "month"})
    assert span.valid_to == date(2027, 2, 28)
    assert (span.valid_from, span.anchor) == (TODAY, START)


@pytest.mark.parametrize(
    ("duration", "valid_to"),
    [
        ({"type": "for", "value": 2, "value_max": 3, "unit": "week"}, date(2026, 9, 21)),
        ({"type": "for", "value": 30, "unit": "day"}, date(2026, 9, 30)),
        ({"type": "within", "value": 1, "unit": "year"}, date(2027, 8, 31)),
        ({"type": "between", "start": "2026-01-01", "end": "2026-12-31"}, date(2027, 1, 1)),
        ({"type": "until", "until": "2026-12-31"}, date(2027, 1, 1)),
        ({"type": "until", "until": "the wedding"}, None),
        (None, None),
    ],
)
def test_a_duration_works_out_to_the_day_after_the_last(duration: Any, valid_to: date | None) -> None:
    assert cadence_of(frequency=TARGET, duration=duration).valid_to == valid_to


@pytest.mark.parametrize(
    ("duration", "due"),
    [
        ({"type": "within", "value": 2, "unit": "month"}, date(2026, 10, 31)),
        ({"type": "between", "start": "2026-01-01", "end": "2026-12-31"}, date(2026, 12, 31)),
        ({"type": "until", "until": "2026-12-31"}, date(2026, 12, 31)),
        ({"type": "until", "until": "next week"}, None),
    ],
)
def test_what_is_done_once_has_a_due_day_and_no_end(duration: Any, due: date | None) -> None:
    once = cadence_of(frequency={"kind": "once", "count": 1}, duration=duration)
    assert (once.kind, once.due, once.valid_to) == (Kind.ONCE, due, None)


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (None, (Kind.ONGOING, None, None, None)),
        ({"kind": "none"}, (Kind.ONGOING, None, None, None)),
        ({"kind": "as_needed"}, (Kind.AS_NEEDED, None, None, None)),
        (TARGET, (Kind.TARGET, Bound.EXACTLY, 2, None)),
        (TARGET | {"at_least": True}, (Kind.TARGET, Bound.AT_LEAST, 2, None)),
        (TARGET | {"count_max": 4}, (Kind.TARGET, Bound.AT_LEAST, 2, 4)),
        (TARGET | {"bound": "about"}, (Kind.TARGET, Bound.ABOUT, 2, None)),
        (TARGET | {"bound": "at_most", "limit": 0}, (Kind.TARGET, Bound.AT_MOST, None, 0)),
        (TARGET | {"kind": "fixed", "weekdays": ["SU"]}, (Kind.FIXED, Bound.EXACTLY, None, None)),
        # Three evenings a week at five leaves the days open: the person picks.
        (TARGET | {"kind": "fixed", "count": 3, "time": "17:00-20:00"}, (Kind.TARGET, Bound.EXACTLY, 3, None)),
        ({"kind": "fixed", "count": 1, "period": "month"}, (Kind.TARGET, Bound.EXACTLY, 1, None)),
        ({"kind": "fixed", "weekdays": ["MO", "WE"]}, (Kind.FIXED, Bound.EXACTLY, None, None)),
    ],
)
def test_a_frequency_becomes_a_cadence(frequency: Any, expected: tuple[object, ...]) -> None:
    found = cadence_of(frequency=frequency)
    bound = found.bound if found.kind in (Kind.TARGET, Kind.FIXED) else None
    assert (found.kind, bound, found.target_min, found.target_max) == expected


def test_a_year_is_twelve_months_and_every_two_weeks_is_every_two_weeks() -> None:
    assert cadence_of(frequency=TARGET | {"period": "year"}).interval == 12
    assert cadence_of(frequency=TARGET | {"period_count": 2}).interval == 2


def test_clock_times_are_found_in_words() -> None:
    at = cadence_of(frequency={"kind": "fixed", "count": 2, "period": "day", "time": "8:00 and 20:30"})
    assert (at.kind, at.times) == (Kind.FIXED, (time(8), time(20, 30)))
    night = cadence_of(frequency={"kind": "fixed", "count": 1, "period": "day", "time": "23:00-07:00"})
    assert night.times == (time(23),)


@pytest.mark.parametrize(
    "cadence",
    [
        Cadence(Kind.TARGET, Bound.AT_LEAST, 2, per_unit=Unit.WEEK, valid_from=TODAY),
        Cadence(Kind.TARGET, Bound.AT_LEAST, 2, 4, per_unit=Unit.WEEK, valid_from=TODAY),
        Cadence(Kind.TARGET, Bound.ABOUT, 2, per_unit=Unit.MONTH, interval=2, valid_from=TODAY),
        Cadence(Kind.TARGET, Bound.AT_MOST, target_max=0, per_unit=Unit.DAY, valid_from=TODAY),
        Cadence(Kind.FIXED, Bound.EXACTLY, per_unit=Unit.WEEK, weekdays=frozenset({0, 3}), valid_from=TODAY),
        Cadence(Kind.FIXED, Bound.EXACTLY, per_unit=Unit.DAY, times=(time(8), time(20)), valid_from=TODAY),
        Cadence(Kind.FIXED, Bound.EXACTLY, per_unit=Unit.MONTH, monthday=31, valid_from=TODAY),
        Cadence(Kind.FIXED, Bound.EXACTLY, per_unit=Unit.MONTH, nth=-1, weekdays=frozenset({4}), valid_from=TODAY),
        Cadence(Kind.ONCE, due=date(2026, 12, 1), valid_from=TODAY),
        Cadence(Kind.ONCE, due=date(2026, 12, 1), times=(time(14),), valid_from=TODAY, **BERLIN),
        Cadence(Kind.FIXED, Bound.EXACTLY, weekdays=frozenset({3}), times=(time(14),), valid_from=TODAY, **BERLIN),
        Cadence(Kind.AS_NEEDED, valid_from=TODAY),
        Cadence(Kind.ONGOING, valid_from=TODAY),
    ],
)
def test_a_cadence_written_to_a_file_is_read_as_the_same_cadence(cadence: Cadence) -> None:
    facts = read(json.dumps(with_step(frequency=frequency_of(cadence, None))))
    again = of_step(facts.goals[0].steps[0], None, TODAY).cadence
    assert asked(again) == asked(cadence)


def test_every_day_from_monday_to_friday_is_said_by_the_week() -> None:
    named = {"kind": "fixed", "count": 1, "period": "day", "weekdays": ["MO", "TU"], "time": "8:00"}
    at = cadence_of(frequency=named)
    assert (at.kind, at.per_unit, at.weekdays, at.interval) == (Kind.FIXED, Unit.WEEK, frozenset({0, 1}), 1)


@pytest.mark.parametrize("zone", ["Mars/Base", 3, None])
def test_a_zone_nobody_knows_is_left_alone(zone: object) -> None:
    at = cadence_of(frequency={"kind": "fixed", "count": 1, "period": "day", "time": "8:00", "zone": zone})
    assert (at.tz_mode, at.tz) == (TzMode.FLOATING, None)


def test_a_time_without_a_day_stays_in_the_words_of_what_is_done_once() -> None:
    assert cadence_of(frequency={"kind": "once", "count": 1, "time": "8:00"}).times == ()
