"""Random cadences, pauses and check-ins for the properties, all around the autumn of 2026."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from webapp.domain.cadence import Bound, Cadence, Kind, Unit
from webapp.domain.pauses import Pause
from webapp.domain.periods import start_from_next_week
from webapp.domain.scores import Mark
from webapp.domain.weeks import Weeks

START = date(2026, 10, 2)
ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Pacific/Apia",
    "America/Santiago",
    "UTC",
)

zones = st.sampled_from(ZONES)
days = st.dates(START, START + timedelta(days=90))
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
instants = st.datetimes(
    datetime.fromisoformat("2009-01-01"), datetime.fromisoformat("2032-01-01"), timezones=st.just(UTC)
)
weekdays = st.frozensets(st.integers(0, 6), max_size=4)
a_weekday = st.integers(0, 6)


@st.composite
def weeks(draw: st.DrawFn) -> Weeks:
    """The weeks of somebody who changed their start now and then, each time for the week to come."""
    made = Weeks(draw(a_weekday))
    for day in sorted(draw(st.lists(days, max_size=4))):
        made = start_from_next_week(made, draw(a_weekday), day)
    return made


week_starts = a_weekday | weeks()


@st.composite
def targets(draw: st.DrawFn, bounds: tuple[Bound, ...] = (Bound.AT_LEAST, Bound.ABOUT)) -> Cadence:
    number = draw(st.integers(1, 5))
    return Cadence(
        Kind.TARGET,
        draw(st.sampled_from(bounds)),
        target_min=number,
        target_max=number,
        per_unit=draw(st.sampled_from(Unit)),
        interval=draw(st.integers(1, 3)),
        valid_from=START,
        valid_to=draw(st.none() | days.map(lambda day: day + timedelta(days=1))),
    )


@st.composite
def fixed(draw: st.DrawFn) -> Cadence:
    unit = draw(st.sampled_from(Unit))
    base = Cadence(
        Kind.FIXED,
        per_unit=unit,
        interval=draw(st.integers(1, 4)),
        times=tuple(draw(st.lists(st.sampled_from((time(8), time(20))), unique=True))),
        valid_from=START,
        anchor=START - timedelta(days=draw(st.integers(0, 400))),
    )
    if unit is not Unit.MONTH:
        return replace(base, weekdays=draw(weekdays) if unit is Unit.WEEK else frozenset())
    if draw(st.booleans()):
        return replace(base, monthday=draw(st.integers(1, 31)))
    one = frozenset({draw(st.integers(0, 6))})
    return replace(base, weekdays=one, nth=draw(st.sampled_from((1, 2, 3, 4, 5, -1))))


onces = st.builds(lambda due: Cadence(Kind.ONCE, due=due, valid_from=START), st.none() | days)
cadences = st.one_of(targets(), fixed(), onces)
limits = targets((Bound.AT_MOST,))


@st.composite
def lines(draw: st.DrawFn, of: st.SearchStrategy[Cadence] = cadences) -> list[Cadence]:
    """The versions of one step: what was asked first, and up to two edits, some of them after a time of nothing."""
    edits = sorted(draw(st.lists(days, max_size=2, unique=True)))
    spans = st.none() | st.integers(1, 40)
    made = []
    for start in (START, *edits):
        span = draw(spans)
        end = start + timedelta(days=span) if span else None
        made.append(replace(draw(of), valid_from=start, valid_to=end))
    return made


@st.composite
def pause(draw: st.DrawFn) -> Pause:
    start = draw(days)
    return Pause(start, draw(st.none() | st.integers(0, 20).map(lambda n: start + timedelta(days=n))))


pauses = st.lists(pause(), max_size=3)


@st.composite
def mark(draw: st.DrawFn) -> Mark:
    outcome = draw(st.sampled_from(("done", "done", "some", "not_today")))
    slot = draw(st.sampled_from(("", "08:00", "20:00")))
    excused = outcome == "not_today" and draw(st.booleans())
    return Mark(draw(days), outcome != "not_today", outcome, excused, slot)


marks = st.lists(mark(), max_size=25)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Cadence, ...]:
    """One to three versions of one step as they were made, some of which end."""
    first, found = START, []
    for version in draw(st.lists(cadences, min_size=1, max_size=3)):
        end = draw(st.none() | st.integers(1, 200).map(lambda n, since=first: since + timedelta(days=n)))
        found.append(replace(version, valid_from=first, valid_to=end))
        first += timedelta(days=draw(st.integers(1, 60)))
    return tuple(found)
