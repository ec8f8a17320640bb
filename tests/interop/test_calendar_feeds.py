"""A calendar feed, read back by others: the same days and times that Cairn asks for, and a file as it should be."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, vRecur

from tests.domain.strategies import START, fixed, histories, minutes, pauses, week_starts, zones
from webapp.domain.cadence import Cadence, Kind, Pause, Unit, version_on
from webapp.domain.calendar_feeds import series, told
from webapp.domain.occurrences import Occurrence, occurrences, times_of
from webapp.domain.wall_time import to_utc
from webapp.interop.calendar_feeds import Entry, repeated, rule, write

TODAY = date(2026, 11, 19)
YEARS = told(TODAY)
HOME = "https://cairn.example/"
NEW_YORK = "America/New_York"


def made(
    versions: tuple[Cadence, ...],
    zone: str = NEW_YORK,
    found: list[Pause] | None = None,
    week_start: int = 0,
    stamp: date = TODAY,
) -> bytes:
    """Write one step's feed."""
    entries = [
        repeated(f"{one.begins} {slot}", "Cairn", one, slot, zone)
        for one in series(versions, YEARS, found or (), week_start)
        for slot in times_of(one.cadence)
    ]
    return write(entries, "Notes", HOME, stamp, YEARS)


def events(feed: bytes) -> list[Any]:
    return list(Calendar.from_ical(feed).walk("VEVENT"))


def expanded(event: Any) -> Iterator[date | datetime]:
    """Repeat an event as a calendar program does: by dateutil, which shares nothing with Cairn."""
    start = event["DTSTART"].dt
    if "RRULE" not in event:
        yield start
        return
    timed = isinstance(start, datetime)
    begin = start if timed else datetime.combine(start, time())
    without = {moment.dt for moment in event["EXDATE"].dts} if "EXDATE" in event else set()
    after_all = datetime.combine(YEARS.end, time(), begin.tzinfo)
    for hit in rrulestr(event["RRULE"].to_ical().decode(), dtstart=begin):
        if hit >= after_all:
            return
        moment = hit if timed else hit.date()
        if moment not in without:
            yield moment


def _at_its_times(one: Occurrence, versions: tuple[Cadence, ...]) -> list[Occurrence]:
    """What is done only once is one thing, whatever its times; a calendar shows each of them."""
    version = version_on(versions, one.day)
    return [replace(one, slot=slot) for slot in (times_of(version) if version else ("",))]


def agree(versions: tuple[Cadence, ...], found: list[Pause], zone: str, week_start: int) -> None:
    """Read a feed as a calendar program does and compare days, wall times and instants with what is asked for."""
    read = [moment for event in events(made(versions, zone, found, week_start)) for moment in expanded(event)]
    asked = [
        timed
        for one in occurrences(versions, YEARS.start, YEARS.end, found, week_start)
        for timed in ([one] if one.slot else _at_its_times(one, versions))
    ]
    days = [(moment, "") for moment in read if not isinstance(moment, datetime)]
    wall = [(moment.date(), f"{moment:%H:%M}") for moment in read if isinstance(moment, datetime)]
    assert sorted(days + wall) == [(one.day, one.slot) for one in asked]
    instants = sorted(moment.astimezone(UTC) for moment in read if isinstance(moment, datetime))
    assert instants == sorted(
        at for one in asked if one.slot and (at := to_utc(one.day, time.fromisoformat(one.slot), zone))
    )


several_times = st.lists(minutes, max_size=2, unique=True).map(tuple)


@settings(max_examples=500, deadline=None)
@given(fixed(), several_times, pauses, zones, week_starts)
def test_a_calendar_program_shows_what_cairn_asks_for(
    cadence: Cadence, times: tuple[time, ...], found: list[Pause], zone: str, week_start: int
) -> None:
    agree((replace(cadence, times=times),), found, zone, week_start)


@settings(deadline=None)
@given(histories(), pauses, zones, week_starts)
def test_a_calendar_program_follows_every_version_of_a_step(
    versions: tuple[Cadence, ...], found: list[Pause], zone: str, week_start: int
) -> None:
    agree(versions, found, zone, week_start)


@pytest.mark.parametrize("monthday", [28, 29, 30, 31])
@pytest.mark.parametrize("interval", [1, 5, 12])
def test_the_last_days_of_the_month_clamp_back_alike(monthday: int, interval: int) -> None:
    first = date(2027, 1, 31)
    agree((Cadence(Kind.FIXED, monthday=monthday, interval=interval, valid_from=first),), [], NEW_YORK, 0)


RULES = [
    (Cadence(Kind.FIXED, per_unit=Unit.DAY, valid_from=START), "FREQ=DAILY;INTERVAL=1"),
    (Cadence(Kind.FIXED, per_unit=Unit.DAY, interval=3, valid_from=START), "FREQ=DAILY;INTERVAL=3"),
    (
        Cadence(Kind.FIXED, per_unit=Unit.DAY, weekdays=frozenset({0, 4}), valid_from=START),
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,FR",
    ),
    (
        Cadence(Kind.FIXED, per_unit=Unit.DAY, interval=2, weekdays=frozenset({0, 4}), valid_from=START),
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO,FR",
    ),
    (
        Cadence(Kind.FIXED, interval=2, weekdays=frozenset({6, 1}), valid_from=START),
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
    ),
    (Cadence(Kind.FIXED, per_unit=Unit.WEEK, valid_from=START), "FREQ=WEEKLY;INTERVAL=1;BYDAY=FR;WKST=SU"),
    (Cadence(Kind.FIXED, monthday=28, valid_from=START), "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28"),
    (Cadence(Kind.FIXED, monthday=30, valid_from=START), "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28,29,30;BYSETPOS=-1"),
    (Cadence(Kind.FIXED, monthday=31, interval=2, valid_from=START), "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1"),
    (Cadence(Kind.FIXED, per_unit=Unit.MONTH, valid_from=START), "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=2"),
    (Cadence(Kind.FIXED, nth=-1, weekdays=frozenset({3}), valid_from=START), "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1TH"),
    (
        Cadence(Kind.FIXED, per_unit=Unit.MONTH, weekdays=frozenset({3}), valid_from=START),
        "FREQ=MONTHLY;INTERVAL=1;BYDAY=TH",
    ),
]


@pytest.mark.parametrize(("cadence", "said"), RULES)
def test_each_rhythm_has_a_plain_rule(cadence: Cadence, said: str) -> None:
    assert vRecur(rule(cadence, 6)).to_ical().decode() == said


TWICE = Cadence(
    Kind.FIXED, weekdays=frozenset({0}), times=(time(8), time(20)), minutes=45, valid_from=START,
    valid_to=date(2026, 12, 1),
)  # fmt: skip


def test_each_time_of_the_day_is_an_event_of_its_own_in_the_persons_zone() -> None:
    morning, evening = events(made((TWICE,)))
    assert [event["DTSTART"].dt for event in (morning, evening)] == [
        datetime(2026, 10, 5, hour, tzinfo=ZoneInfo(NEW_YORK)) for hour in (8, 20)
    ]
    assert {event["DTSTART"].params["TZID"] for event in (morning, evening)} == {NEW_YORK}
    assert morning["DURATION"].dt == timedelta(minutes=45)
    assert morning["UID"] != evening["UID"]
    assert morning["RRULE"]["UNTIL"] == [datetime(2026, 11, 30, 13, tzinfo=UTC)]  # after the clocks changed
    assert evening["RRULE"]["UNTIL"] == [datetime(2026, 12, 1, 1, tzinfo=UTC)]


def test_without_a_length_an_event_is_short_and_without_a_time_it_is_all_day() -> None:
    (short,) = events(made((replace(TWICE, times=(time(8),), minutes=None),)))
    assert short["DURATION"].dt == timedelta(minutes=15)
    (whole,) = events(made((replace(TWICE, times=()),), found=[Pause(date(2026, 10, 12), date(2026, 10, 13))]))
    assert (whole["DTSTART"].dt, whole["RRULE"]["UNTIL"]) == (date(2026, 10, 5), [date(2026, 11, 30)])
    assert "DURATION" not in whole
    assert b"EXDATE;VALUE=DATE:20261012" in whole.to_ical()


def test_a_date_is_not_repeated() -> None:
    once = Cadence(Kind.ONCE, due=date(2026, 12, 9), times=(time(9),), valid_from=START)
    (event,) = events(made((once,)))
    assert event["DTSTART"].dt == datetime(2026, 12, 9, 9, tzinfo=ZoneInfo(NEW_YORK))
    assert "RRULE" not in event


def test_a_series_that_ends_on_a_day_that_does_not_exist_ends_before_the_next() -> None:
    """Apia had no 30 December 2011."""
    daily = Cadence(Kind.FIXED, times=(time(8),), valid_from=date(2011, 12, 27), valid_to=date(2011, 12, 31))
    (one,) = series([daily], told(date(2011, 12, 1)))
    ends = repeated("x", "x", one, "08:00", "Pacific/Apia").rule
    assert ends is not None
    assert ends["until"] == to_utc(date(2011, 12, 31), time(), "Pacific/Apia")


def test_the_feed_says_what_it_is_and_nothing_of_whom() -> None:
    feed = made((TWICE,))
    calendar = Calendar.from_ical(feed)
    assert calendar["VERSION"] == "2.0"
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["PRODID"] == "-//Cairn//Cairn//EN"
    assert calendar["X-WR-CALNAME"] == calendar["NAME"] == "Notes"
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n" in feed
    (event, _evening) = events(feed)
    assert (event["CLASS"], event["TRANSP"], event["URL"]) == ("PRIVATE", "TRANSPARENT", HOME)
    assert b"VALARM" not in feed
    assert b"LAST-MODIFIED" not in feed


def test_every_zone_that_is_named_is_described_and_no_other() -> None:
    entries = [
        entry
        for zone in ("Europe/Berlin", "Asia/Kathmandu", "UTC", "Etc/UTC", "Europe/Berlin")
        for one in series([TWICE], YEARS)
        for entry in (repeated(zone, "x", one, "08:00", zone), repeated(zone, "x", one, "", zone))
    ]
    entries.append(Entry("meeting", "x", datetime(2026, 11, 20, 17, tzinfo=UTC), timedelta(minutes=50)))
    feed = write(entries, "Notes", HOME, TODAY, YEARS)
    described = [str(zone["TZID"]) for zone in Calendar.from_ical(feed).walk("VTIMEZONE")]
    assert described == ["Asia/Kathmandu", "Europe/Berlin"]
    assert {*re.findall(rb"TZID=([^:]+):", feed)} == {b"Asia/Kathmandu", b"Europe/Berlin"}
    assert b"DTSTART:20261120T170000Z" in feed
    assert Calendar.from_ical(write([], "Notes", HOME, TODAY, YEARS)).walk("VTIMEZONE") == []


def test_the_same_day_gives_the_same_bytes_and_another_only_a_newer_stamp() -> None:
    assert made((TWICE,)) == made((TWICE,))
    today, tomorrow = (made((TWICE,), stamp=day).splitlines() for day in (TODAY, TODAY + timedelta(days=1)))
    changed = {(old.partition(b":")[0], old < new) for old, new in zip(today, tomorrow, strict=True) if old != new}
    assert changed == {(b"DTSTAMP", True), (b"SEQUENCE", True)}


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_words_come_back_as_they_were_on_lines_that_are_short_enough(words: str) -> None:
    feed = write([Entry("x", words, TODAY)], "Notes", HOME, TODAY, YEARS)
    lines = feed.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # no character is cut in two
    (event,) = events(feed)
    wanted = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", words).strip()
    assert str(event["SUMMARY"]) == wanted
