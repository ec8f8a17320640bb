"""Plan files, schema `plan-facts/1`: read them whole or say what is wrong, and write them.

Liberal where something is left out, strict in what is said: a word nobody knows, a person nobody named or an
end before its start refuses the whole file. Keys nobody knows are no fault; they are kept and listed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from webapp.interop.strict_json import BrokenFile, Problem, at
from webapp.interop.strict_json import read as read_json

SCHEMA = "plan-facts/1"
PERSON = "person"
MOST_PROBLEMS = 50


class BrokenPlan(BrokenFile):
    """A plan file is refused whole; `problems` says where and why."""


def _date(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError("a date is written like 2026-05-02")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"there is no such day: {value}") from None
        if not 1850 <= day.year <= 2200:
            raise ValueError(f"this year can't be meant: {day.year}")
        return day
    return value


def _listed(value: object) -> object:
    return [] if value is None else value


Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Day = Annotated[date, BeforeValidator(_date)]
Count = Annotated[int, Field(ge=1, le=100)]
Every = Annotated[int, Field(ge=1, le=366)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Span = Annotated[int, Field(ge=1, le=1000)]
Score = Annotated[int, Field(ge=0, le=10)]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
StepStatus = Literal[
    "active", "completed", "on_hold", "retired", "suggested",
    "done", "in_progress", "in-progress", "on-hold", "paused", "planned", "scheduled", "not-started", "proposed",
    "accepted", "draft", "stopped", "cancelled", "revoked", "rejected", "ended",
]  # fmt: skip
GoalStatus = Literal[
    "active", "reached", "on_hold", "ended",
    "achieved", "completed", "met", "in_progress", "in-progress", "on-hold", "paused", "planned", "not-started",
    "proposed", "accepted", "draft", "stopped", "cancelled", "revoked", "rejected", "retired",
]  # fmt: skip


class Fact(BaseModel):
    """One object of a file; `said` is the object as it stood there, keys nobody knows included."""

    model_config = ConfigDict(extra="allow", strict=True)
    _said: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, value: Any, handler: "ModelWrapValidatorHandler[Any]") -> Any:
        made = handler({} if value is None and cls in MAY_BE_NULL else value)
        made._said = value if isinstance(value, dict) else {}
        return made

    @property
    def said(self) -> dict[str, Any]:
        return self._said


class Frequency(Fact):
    kind: Literal["target", "fixed", "once", "as_needed", "none"]
    count: Count | None = None
    count_max: Count | None = None
    period: Literal["day", "week", "month", "year"] | None = None
    period_count: Every | None = None
    at_least: bool | None = None
    weekdays: Annotated[list[Weekday], BeforeValidator(_listed)] = []
    time: str | None = None


class Duration(Fact):
    type: Literal["for", "within", "until", "between"]
    value: Span | None = None
    value_max: Span | None = None
    unit: Literal["day", "week", "month", "year"] | None = None
    until: Text | None = None
    start: Day | None = None
    end: Day | None = None


class Progress(Fact):
    date: Day | None = None
    text: Text


class Step(Fact):
    id: Text | None = None
    actor_kind: Literal["self", "natural_supporter", "professional"]
    actor_id: Text | None = None
    text: Text
    frequency: Frequency | None = None
    duration: Duration | None = None
    minutes: Minutes | None = None
    minutes_max: Minutes | None = None
    purpose: str | None = None
    status: StepStatus | None = None
    progress: Annotated[list[Progress], BeforeValidator(_listed)] = []


class Objective(Fact):
    id: Text | None = None
    statement: Text
    by: str | None = None
    measure: str | None = None


class Goal(Fact):
    id: Text | None = None
    statement: Text
    status: GoalStatus | None = None
    priority: int | str | None = None
    target_date: Day | None = None
    importance_0_10: Score | None = None
    confidence_0_10: Score | None = None
    attainment_scale: dict[str, Any] | None = None
    objectives: Annotated[list[Objective], BeforeValidator(_listed)] = []
    steps: Annotated[list[Step], BeforeValidator(_listed)] = []


class Member(Fact):
    id: Text | None = None
    name: str | None = None
    role: str | None = None
    kind: Literal["professional", "natural_supporter"]
    relation: str | None = None


class Coping(Fact):
    text: Text
    category: str | None = None
    when: str | None = None


class Support(Fact):
    name: str | None = None
    kind: str | None = None
    relation: str | None = None


class Monitoring(Fact):
    what: Text
    who: str | None = None
    how_often: str | None = None


class Contact(Fact):
    what: Text
    how: str | None = None


Texts = Annotated[list[Text], BeforeValidator(_listed)]


class Crisis(Fact):
    contacts: Annotated[list[Contact], BeforeValidator(_listed)] = []
    steps: Texts = []


class Person(Fact):
    name: str | None = None
    born: Day | None = None
    strengths: Texts = []
    preferences: Texts = []
    vision: str | None = None


class Period(Fact):
    start: Day | None = None
    end: Day | None = None


MAY_BE_NULL = (Person, Period, Crisis)


class PlanFacts(Fact):
    """A whole plan."""

    source: dict[str, Any] | None = None
    note: str | None = None
    person: Person = Field(default_factory=Person)
    period: Period = Field(default_factory=Period)
    team: Annotated[list[Member], BeforeValidator(_listed)] = []
    concerns: Texts = []
    goals: Annotated[list[Goal], BeforeValidator(_listed)] = []
    unlinked_steps: Annotated[list[Step], BeforeValidator(_listed)] = []
    coping: Annotated[list[Coping], BeforeValidator(_listed)] = []
    triggers: Texts = []
    warning_signs: Texts = []
    supports: Annotated[list[Support], BeforeValidator(_listed)] = []
    crisis: Crisis = Field(default_factory=Crisis)
    monitoring: Annotated[list[Monitoring], BeforeValidator(_listed)] = []
    review: Texts = []

    def steps(self) -> Iterator[tuple[str, Step]]:
        """All steps with their places, in the order of the file."""
        for g, goal in enumerate(self.goals):
            yield from ((f"goals[{g}].steps[{s}]", step) for s, step in enumerate(goal.steps))
        yield from ((f"unlinked_steps[{s}]", step) for s, step in enumerate(self.unlinked_steps))


def read(content: bytes | str) -> PlanFacts:
    """Read a plan file. Raises BrokenPlan, with the place and the reason of everything that is wrong."""
    try:
        tree = read_json(content)
    except BrokenFile as error:
        raise BrokenPlan(*error.problems) from error
    return check(tree)


def check(tree: Any) -> PlanFacts:
    """Make a plan of parsed JSON. Raises BrokenPlan."""
    if not isinstance(tree, dict):
        raise BrokenPlan(Problem("", "a plan file is one JSON object"))
    if tree.get("schema") != SCHEMA:
        raise BrokenPlan(Problem("schema", f'this should be "{SCHEMA}"'))
    try:
        facts = PlanFacts.model_validate(tree)
    except ValidationError as error:
        raise BrokenPlan(*_in_plain_words(error)) from error
    problems = tuple(_meaning(facts))
    if problems:
        raise BrokenPlan(*problems[:MOST_PROBLEMS])
    return facts


def write(facts: dict[str, Any]) -> str:
    """Write a plan file: JSON, readable by people, in UTF-8."""
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def unknown(fact: Fact, known: Mapping[type[Fact], Sequence[str]], place: str = "") -> Iterator[str]:
    """List the places of keys nobody knows; `known` names, per class, those that have a place all the same."""
    for key in fact.model_extra or {}:
        if key not in known.get(type(fact), ()):
            yield at(place, key)
    for name in type(fact).model_fields:
        value = getattr(fact, name)
        if isinstance(value, Fact):
            yield from unknown(value, known, at(place, name))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                if isinstance(inner, Fact):
                    yield from unknown(inner, known, at(at(place, name), index))


# What is wrong, in plain words

PLAIN: dict[str, str] = {
    "missing": "this is needed",
    "string_type": "this should be text",
    "string_too_short": "this should not be empty",
    "string_pattern_mismatch": "this should not be empty",
    "int_type": "this should be a whole number",
    "int_from_float": "this should be a whole number",
    "bool_type": "this should be true or false",
    "list_type": "this should be a list",
    "dict_type": "this should be an object",
    "model_type": "this should be an object",
    "model_attributes_type": "this should be an object",
    "date_type": "this should be a date like 2026-05-02",
}
SAY: dict[str, Callable[[dict[str, Any]], str]] = {
    "literal_error": lambda context: f"this should be one of {context['expected']}",
    "greater_than_equal": lambda context: f"this should be at least {context['ge']}",
    "less_than_equal": lambda context: f"this should be at most {context['le']}",
    "value_error": lambda context: str(context["error"]),
}


def _in_plain_words(error: ValidationError) -> list[Problem]:
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False, include_input=False):
        place = ""
        for part in detail["loc"]:
            # Of a value that may be a number or text, pydantic names the one it tried.
            if part not in ("int", "str"):
                place = at(place, part)
        say = SAY.get(detail["type"])
        reason = say(detail.get("ctx", {})) if say else PLAIN.get(detail["type"], detail["msg"])
        found.setdefault(place, Problem(place, reason))
    return list(found.values())[:MOST_PROBLEMS]


# What is said must make sense


def _meaning(facts: PlanFacts) -> Iterator[Problem]:
    yield from _in_order("period.end", facts.period.start, facts.period.end, "the end lies before the start")
    yield from _twice([(at(f"team[{n}]", "id"), member.id) for n, member in enumerate(facts.team)])
    for n, member in enumerate(facts.team):
        if member.id == PERSON:
            yield Problem(f"team[{n}].id", f'"{PERSON}" means the client')
    yield from _twice([(f"goals[{n}].id", goal.id) for n, goal in enumerate(facts.goals)])
    objectives = [
        (f"goals[{g}].objectives[{o}].id", objective.id)
        for g, goal in enumerate(facts.goals)
        for o, objective in enumerate(goal.objectives)
    ]
    yield from _twice(objectives)
    yield from _twice([(at(place, "id"), step.id) for place, step in facts.steps()])
    team = {member.id: member.kind for member in facts.team if member.id is not None}
    for place, step in facts.steps():
        yield from _actor(place, step, team)
        yield from _minutes(place, step)
        if step.frequency is not None:
            yield from _frequency(at(place, "frequency"), step.frequency)
        if step.duration is not None:
            yield from _duration(at(place, "duration"), step.duration)


def _twice(ids: Sequence[tuple[str, str | None]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, name in ids:
        if name is not None and name in seen:
            yield Problem(place, f'the id "{name}" stands there twice')
        if name is not None:
            seen.add(name)


def _actor(place: str, step: Step, team: Mapping[str, str]) -> Iterator[Problem]:
    place = at(place, "actor_id")
    if step.actor_id is None:
        return
    if (step.actor_id == PERSON) != (step.actor_kind == "self"):
        yield Problem(place, f'"{PERSON}" goes with steps of kind self, and only with them')
    elif step.actor_id != PERSON and step.actor_id not in team:
        yield Problem(place, f'nobody in the team has the id "{step.actor_id}"')
    elif step.actor_id != PERSON and team[step.actor_id] != step.actor_kind:
        yield Problem(place, f'"{step.actor_id}" is a {team[step.actor_id]} in the team')


def _minutes(place: str, step: Step) -> Iterator[Problem]:
    if step.minutes is not None and step.minutes_max is not None and step.minutes_max < step.minutes:
        yield Problem(at(place, "minutes_max"), "this is less than minutes")


def _frequency(place: str, frequency: Frequency) -> Iterator[Problem]:
    if frequency.count is not None and frequency.count_max is not None and frequency.count_max < frequency.count:
        yield Problem(at(place, "count_max"), "this is less than count")
    if frequency.kind == "target":
        for name in ("count", "period"):
            if getattr(frequency, name) is None:
                yield Problem(at(place, name), "a target needs this")
    if len(set(frequency.weekdays)) < len(frequency.weekdays):
        yield Problem(at(place, "weekdays"), "a weekday stands there twice")
    if frequency.period == "year" and (frequency.period_count or 1) > 30:
        yield Problem(at(place, "period_count"), "this should be at most 30 years")
    for hour, minute in re.findall(r"([0-9]+):([0-9]{2})", frequency.time or ""):
        if len(hour) > 2 or int(hour) > 23 or int(minute) > 59:
            yield Problem(at(place, "time"), f"there is no such time of day: {hour}:{minute}")


def _duration(place: str, duration: Duration) -> Iterator[Problem]:
    needed = {"for": ("value", "unit"), "within": ("value", "unit"), "until": ("until",), "between": ("start", "end")}
    for name in needed[duration.type]:
        if getattr(duration, name) is None:
            yield Problem(at(place, name), f'a duration of type "{duration.type}" needs this')
    if duration.value is not None and duration.value_max is not None and duration.value_max < duration.value:
        yield Problem(at(place, "value_max"), "this is less than value")
    yield from _in_order(at(place, "end"), duration.start, duration.end, "the end lies before the start")


def _in_order(place: str, start: date | None, end: date | None, reason: str) -> Iterator[Problem]:
    if start is not None and end is not None and end < start:
        yield Problem(place, reason)
