"""Fixed cadences against dateutil, an independent reader of iCalendar rules: the same days and the same instants."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil import rrule, tz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.domain.strategies import ZONES, a_weekday
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.occurrences import occurrences, occurs_on, slot_of
from webapp.domain.periods import start_from_next_week
from webapp.domain.reminders import next_fire
from webapp.domain.wall_time import to_utc
from webapp.domain.weeks import Weeks

FREQUENCY = {Unit.DAY: rrule.DAILY, Unit.WEEK: rrule.WEEKLY, Unit.MONTH: rrule.MONTHLY}
WEEKDAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
DAY = timedelta(days=1)
EVERY_DAY = Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(0), time(2, 30)), valid_from=date(2026, 1, 1))
MOST = 24
"""Of each rule so many occurrences are compared, from a day on that is anywhere in its first two years."""

# From before the day that Apia never had to after the next leap years; every zone there is, the odd ones often.
first_days = st.dates(date(2011, 11, 1), date(2036, 12, 31)) | st.sampled_from(
    [date(2011, 12, 1), date(2024, 2, 29), date(2026, 3, 1), date(2026, 10, 3), date(2026, 12, 31), date(2028, 1, 31)]
)
zones = st.sampled_from(ZONES) | st.sampled_from(sorted(available_timezones()))
clocks = st.sampled_from([time(0), time(0, 30), time(1, 45), time(2, 15), time(2, 30), time(8), time(23, 59)])
times = st.lists(clocks | st.builds(time, st.integers(0, 23), st.integers(0, 59)), max_size=2, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> Cadence:
    unit = draw(st.sampled_from(Unit))
    anchor = draw(first_days)
    base = Cadence(
        Kind.FIXED,
        per_unit=unit,
        interval=draw(st.integers(1, 6) | st.sampled_from([12, 24])),
        times=tuple(draw(times)),
        valid_from=anchor + draw(st.integers(0, 60)) * DAY,
        anchor=anchor,
    )
    if unit is not Unit.MONTH:
        return replace(base, weekdays=draw(st.frozensets(a_weekday, max_size=7)))
    if draw(st.booleans()):
        return replace(base, monthday=draw(st.none() | st.integers(1, 31)))
    return replace(base, weekdays=frozenset({draw(a_weekday)}), nth=draw(st.sampled_from((1, 2, 3, 4, 5, -1))))


def oracle(c: Cadence, at: time, zone: ZoneInfo, week_start: int, first: date) -> Iterator[tuple[date, datetime]]:
    """Yield what dateutil makes of the rule; the 29th to 31st clamp back by taking the last that exists."""
    options: dict[str, object] = {}
    if c.unit is Unit.MONTH and not c.weekdays:
        number = c.monthday or c.first_day.day
        options = {"bymonthday": [n for n in (28, 29, 30, 31) if n <= number] or [number], "bysetpos": -1}
    elif c.weekdays:
        options = {"byweekday": [WEEKDAYS[n](c.nth) if c.nth else WEEKDAYS[n] for n in c.weekdays]}
    begin = datetime.combine(c.first_day, at, zone)
    rule = rrule.rrule(FREQUENCY[c.unit], dtstart=begin, interval=c.interval, wkst=WEEKDAYS[week_start], **options)
    for hit in rule:
        real = tz.resolve_imaginary(hit)
        # A time in a gap moves on by the gap; a gap of a whole day is a date that never was.
        if hit.date() >= first and real.replace(tzinfo=None) - hit.replace(tzinfo=None) < DAY:
            yield hit.date(), real.astimezone(UTC)


@pytest.mark.unmeasured
@settings(max_examples=2500, deadline=None)
@given(rules(), zones, a_weekday, st.integers(0, 700))
@example(replace(EVERY_DAY, valid_from=date(2011, 12, 20)), "Pacific/Apia", 0, 0)
@example(replace(EVERY_DAY, valid_from=date(2026, 3, 1)), "America/New_York", 0, 0)
@example(replace(EVERY_DAY, valid_from=date(2026, 3, 20)), "Asia/Beirut", 0, 0)
def test_every_occurrence_falls_on_the_day_and_the_instant_that_the_oracle_says(
    c: Cadence, name: str, week_start: int, ahead: int
) -> None:
    zone, first = ZoneInfo(name), max(c.valid_from, c.first_day + ahead * DAY)
    for at in c.times or (time(12),):
        expected = list(islice(oracle(c, at, zone, week_start, first), MOST))
        if not expected:
            continue
        last = expected[-1][0] + DAY
        found = [one.day for one in occurrences([c], first, last, (), week_start) if one.slot in ("", slot_of(at))]
        told = ((day, to_utc(day, at, zone)) for day in found)
        assert [(day, instant) for day, instant in told if instant is not None] == expected
        assert occurs_on(c, expected[-1][0], week_start)


@settings(max_examples=500, deadline=None)
@given(rules(), zones, a_weekday, clocks)
def test_a_reminder_fires_at_the_instants_of_the_oracle(c: Cadence, name: str, week_start: int, at: time) -> None:
    zone, fired = ZoneInfo(name), []
    fire = next_fire([c], at, zone, datetime.combine(c.valid_from - 2 * DAY, time(), UTC), week_start=week_start)
    while fire is not None and len(fired) < 5:
        fired.append((fire.day, fire.at))
        fire = next_fire([c], at, zone, fire.at, week_start=week_start)
    assert fired == list(islice(oracle(c, at, zone, week_start, c.valid_from), 5))


@settings(max_examples=200, deadline=None)
@given(rules(), a_weekday, a_weekday, st.integers(0, 300))
def test_the_oracle_knows_one_week_start_and_a_changed_one_moves_nothing(
    c: Cadence, before: int, after: int, later: int
) -> None:
    changed = start_from_next_week(Weeks(before), after, c.first_day + later * DAY)
    expected = list(islice(oracle(c, time(12), ZoneInfo("UTC"), before, c.valid_from), MOST))
    last = expected[-1][0] + DAY if expected else c.valid_from
    slots = max(1, len(c.times))
    found = [one.day for one in occurrences([c], c.valid_from, last, (), changed)]
    assert found[::slots] == [day for day, _ in expected]
