"""Reminders: each local date once, whatever clocks, zones and outages do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.strategies import START, cadences, days, minutes, pauses, zones
from webapp.domain import reminders
from webapp.domain.cadence import Cadence, Kind, Pause, TzMode, Unit
from webapp.domain.occurrences import occurs_on
from webapp.domain.pauses import is_paused
from webapp.domain.reminders import (
    Fire,
    Fired,
    catch_up,
    follow_up_at,
    next_fire,
    occurrence_key,
    snoozed_until,
    zone_for,
)
from webapp.domain.wall_time import to_utc

EIGHT = time(20)
NEW_YORK, BERLIN, LOS_ANGELES = "America/New_York", "Europe/Berlin", "America/Los_Angeles"
DAILY = (Cadence(Kind.FIXED, per_unit=Unit.DAY, valid_from=date(2011, 1, 1)),)
GRACE = timedelta(hours=2)
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def every_day(day: date) -> bool:
    return True


def test_the_key_is_the_local_date_and_slot_and_knows_no_zone() -> None:
    assert occurrence_key(START, "20:00") == "2026-10-02 20:00"
    assert occurrence_key(START) == "2026-10-02"


@pytest.mark.parametrize(
    ("zone", "at", "after", "expected"),
    [
        (NEW_YORK, "02:30", "2026-03-07T12:00", "2026-03-08T07:30"),
        (NEW_YORK, "01:30", "2026-10-31T12:00", "2026-11-01T05:30"),
        (BERLIN, "02:30", "2026-03-28T12:00", "2026-03-29T01:30"),
        (BERLIN, "02:30", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "02:15", "2026-10-03T00:00", "2026-10-03T15:45"),
        ("Australia/Lord_Howe", "01:45", "2026-04-04T00:00", "2026-04-04T14:45"),
        ("Asia/Kathmandu", "20:00", "2026-11-12T00:00", "2026-11-12T14:15"),
        ("Asia/Beirut", "00:00", "2026-03-28T00:00", "2026-03-28T22:00"),
    ],
)
def test_a_reminder_fires_once_on_days_when_clocks_change(zone: str, at: str, after: str, expected: str) -> None:
    clock = time.fromisoformat(at)
    fire = next_fire(DAILY, clock, zone, utc(after))
    assert fire is not None
    assert fire.at == utc(expected)
    following = next_fire(DAILY, clock, zone, fire.at)
    assert following is not None
    assert following.day == fire.day + timedelta(days=1)


def test_apia_has_no_30th_of_december_2011() -> None:
    days_fired = []
    fire = next_fire(DAILY, time(8), "Pacific/Apia", utc("2011-12-29T00:00"))
    while fire is not None and fire.day < date(2012, 1, 2):
        days_fired.append(fire.day.day)
        fire = next_fire(DAILY, time(8), "Pacific/Apia", fire.at)
    assert days_fired == [29, 31, 1]


def test_a_monthly_reminder_on_the_31st_clamps_back() -> None:
    monthly = (Cadence(Kind.FIXED, monthday=31, valid_from=date(2027, 1, 1)),)
    now, found = utc("2027-01-01T00:00"), []
    for _ in range(4):
        fire = next_fire(monthly, EIGHT, BERLIN, now)
        assert fire is not None
        found.append(fire.day.isoformat())
        now = fire.at
    assert found == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_three_days_of_outage_give_at_most_one_late_nudge() -> None:
    due = utc("2026-11-10T20:00")
    back = catch_up(DAILY, EIGHT, "UTC", due, utc("2026-11-12T21:00"), GRACE)
    assert back == Fired(
        Fire(utc("2026-11-12T20:00"), date(2026, 11, 12)),
        ("2026-11-10 20:00", "2026-11-11 20:00"),
        Fire(utc("2026-11-13T20:00"), date(2026, 11, 13)),
    )
    too_late = catch_up(DAILY, EIGHT, "UTC", due, utc("2026-11-13T10:00"), GRACE)
    assert too_late.latest is None
    assert len(too_late.expired) == 3
    assert too_late.next_at == utc("2026-11-13T20:00")


def test_grace_ends_with_its_last_moment() -> None:
    due = utc("2026-11-10T20:00")
    assert catch_up(DAILY, EIGHT, "UTC", due, due + GRACE, GRACE).latest is not None
    late = due + GRACE + timedelta(microseconds=1)
    assert catch_up(DAILY, EIGHT, "UTC", due, late, GRACE).latest is None


def test_a_reminder_on_time_fires_and_moves_on() -> None:
    due = utc("2026-11-10T20:00")
    found = catch_up(DAILY, EIGHT, "UTC", due, due, GRACE, slot="evening")
    assert found.latest == Fire(due, date(2026, 11, 10))
    assert (found.expired, found.next_at) == ((), due + timedelta(days=1))


def test_a_clock_one_day_ahead_gives_one_nudge() -> None:
    due = utc("2026-11-10T20:00")
    found = catch_up(DAILY, EIGHT, "UTC", due, due + timedelta(days=1, minutes=1), GRACE)
    assert found.latest is not None
    assert found.latest.day == date(2026, 11, 11)
    assert found.expired == ("2026-11-10 20:00",)


def test_a_clock_set_back_an_hour_repeats_nothing() -> None:
    due = utc("2026-11-10T20:00")
    following = catch_up(DAILY, EIGHT, "UTC", due, due, GRACE).next_at
    assert following is not None
    back = catch_up(DAILY, EIGHT, "UTC", following, due - HOUR, GRACE)
    assert (back.latest, back.expired, back.next_at) == (None, (), following)


def test_moving_west_after_it_fired_does_not_repeat_the_day() -> None:
    fired = next_fire(DAILY, EIGHT, NEW_YORK, utc("2026-11-10T12:00"))
    assert fired is not None
    now = fired.at + HOUR
    again = next_fire(DAILY, EIGHT, LOS_ANGELES, now)
    assert again is not None
    assert occurrence_key(again.day, "20:00") == occurrence_key(fired.day, "20:00")
    kept = next_fire(DAILY, EIGHT, LOS_ANGELES, now, last_day=fired.day)
    assert kept == Fire(utc("2026-11-12T04:00"), date(2026, 11, 11))


def test_moving_east_past_tonight_goes_to_the_next_local_date() -> None:
    now = utc("2026-11-10T19:30")
    tonight = next_fire(DAILY, EIGHT, NEW_YORK, now)
    assert tonight is not None
    assert tonight.day == date(2026, 11, 10)
    assert next_fire(DAILY, EIGHT, BERLIN, now) == Fire(utc("2026-11-11T19:00"), date(2026, 11, 11))


def test_a_zone_changed_while_pending_keeps_the_key() -> None:
    now = utc("2026-11-10T19:30")
    pending = next_fire(DAILY, EIGHT, NEW_YORK, now)
    moved = next_fire(DAILY, EIGHT, LOS_ANGELES, now)
    assert pending is not None
    assert moved is not None
    assert moved.at == pending.at + 3 * HOUR
    assert occurrence_key(moved.day, "20:00") == occurrence_key(pending.day, "20:00")


def test_a_target_may_be_nudged_on_any_day_in_force_that_is_not_paused() -> None:
    target = (Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=START),)
    fire = next_fire(target, EIGHT, "UTC", utc("2026-09-01T00:00"))
    assert fire == Fire(utc("2026-10-02T20:00"), START)
    paused = [Pause(START, START + timedelta(days=3))]
    fire = next_fire(target, EIGHT, "UTC", utc("2026-09-01T00:00"), pauses=paused)
    assert fire is not None
    assert fire.day == date(2026, 10, 5)


def test_a_reminder_rests_when_its_step_has_ended_or_is_paused_for_good() -> None:
    ended = (replace(DAILY[0], valid_to=START),)
    assert next_fire(ended, EIGHT, "UTC", utc("2026-10-01T20:00")) is None
    assert next_fire(DAILY, EIGHT, "UTC", utc("2026-10-01T20:00"), pauses=[Pause(START)]) is None
    last = catch_up(ended, EIGHT, "UTC", utc("2026-10-01T20:00"), utc("2026-10-01T20:01"), GRACE)
    assert last.latest is not None
    assert last.next_at is None


def test_any_rule_on_dates_can_say_when_it_is_wanted() -> None:
    fire = next_fire(lambda day: day.day == 13, EIGHT, "UTC", utc("2026-10-13T20:00"))
    assert fire == Fire(utc("2026-11-13T20:00"), date(2026, 11, 13))
    assert next_fire(lambda day: False, EIGHT, "UTC", utc("2026-10-13T20:00")) is None
    fire = next_fire(every_day, EIGHT, "UTC", utc("2026-10-01T20:00"), pauses=[Pause(START, date(2026, 10, 9))])
    assert fire is not None
    assert fire.day == date(2026, 10, 9)


def test_an_outage_of_years_is_settled_without_counting_each_day() -> None:
    found = catch_up(DAILY, EIGHT, "UTC", utc("2020-01-01T20:00"), utc("2026-11-10T20:30"), GRACE)
    assert found.latest is not None
    assert len(found.expired) == 61
    assert found.next_at == utc("2026-11-11T20:00")


def test_appointments_keep_their_own_zone_and_the_rest_follow_the_person() -> None:
    fixed = Cadence(Kind.ONCE, valid_from=START, tz_mode=TzMode.FIXED, tz=NEW_YORK)
    assert zone_for(fixed, BERLIN) == NEW_YORK
    assert zone_for(replace(fixed, tz_mode=TzMode.FLOATING), BERLIN) == BERLIN
    assert zone_for(replace(fixed, tz=None), BERLIN) == BERLIN


def test_a_snooze_past_the_next_occurrence_or_the_day_s_end_is_superseded() -> None:
    now, day_ends = utc("2026-11-10T20:00"), utc("2026-11-11T03:00")
    assert snoozed_until(now, HOUR, None, day_ends) == now + HOUR
    assert snoozed_until(now, HOUR, now + 2 * HOUR, day_ends) == now + HOUR
    assert snoozed_until(now, HOUR, now + HOUR, day_ends) is None
    assert snoozed_until(now, 7 * HOUR, None, day_ends) is None


def test_there_is_at_most_one_follow_up() -> None:
    sent, expires = utc("2026-11-10T20:00"), utc("2026-11-10T22:00")
    assert follow_up_at(sent, HOUR, 0, expires) == sent + HOUR
    assert follow_up_at(sent, HOUR, 1, expires) is None
    assert follow_up_at(sent, 2 * HOUR, 0, expires) is None


def test_every_name_it_offers_is_there() -> None:
    assert all(hasattr(reminders, name) for name in reminders.__all__)


moments = days.map(lambda day: datetime.combine(day, time(7, 30), tzinfo=UTC))
quick = settings(max_examples=100, deadline=None)


@quick
@given(cadences, pauses, minutes, zones, moments)
def test_the_next_fire_is_the_first_wanted_day_after_the_instant(
    c: Cadence, p: list[Pause], at: time, zone: str, after: datetime
) -> None:
    dated = c.kind is Kind.FIXED or c.due is not None
    horizon = after.date() + timedelta(days=500)
    span = (after.date() + timedelta(days=n) for n in range(-2, 500))
    wanted = (day for day in span if c.in_force(day) and not is_paused(day, p) and (not dated or occurs_on(c, day)))
    expected = (Fire(instant, day) for day in wanted if (instant := to_utc(day, at, zone)) and instant > after)
    fire = next_fire([c], at, zone, after, pauses=p)
    assert (fire if fire and fire.day < horizon else None) == next(expected, None)


@quick
@given(cadences, minutes, zones, st.lists(st.integers(1, 6000), max_size=12), st.integers(0, 600))
def test_however_ticks_fall_no_day_fires_twice_and_each_is_settled_once(
    c: Cadence, at: time, zone: str, gaps: list[int], grace: int
) -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)
    fire = next_fire([c], at, zone, now)
    keys: list[str] = []
    next_at = fire.at if fire else None
    for gap in gaps:
        now += timedelta(minutes=gap)
        if next_at is None or next_at > now:
            continue
        found = catch_up([c], at, zone, next_at, now, timedelta(minutes=grace))
        assert found.latest is None or now - found.latest.at <= timedelta(minutes=grace)
        keys += found.expired
        keys += [occurrence_key(found.latest.day, f"{at:%H:%M}")] if found.latest else []
        next_at = found.next_at
        assert next_at is None or next_at > now
    assert len(keys) == len(set(keys))
    assert keys == sorted(keys)


@quick
@given(days, minutes, zones, zones)
def test_moving_after_it_fired_always_waits_for_a_later_date(day: date, at: time, here: str, there: str) -> None:
    fired = next_fire(DAILY, at, here, datetime.combine(day, time(), tzinfo=UTC))
    assert fired is not None
    again = next_fire(DAILY, at, there, fired.at, last_day=fired.day)
    assert again is not None
    assert again.day > fired.day
    assert again.at > fired.at


@quick
@given(
    minutes, zones, st.lists(st.tuples(zones, st.sampled_from((30, 60, 90, 120, 360, 720))), min_size=5, max_size=30)
)
def test_however_somebody_travels_and_comes_back_no_date_is_told_twice(
    at: time, zone: str, journey: list[tuple[str, int]]
) -> None:
    now = datetime(2026, 10, 20, tzinfo=UTC)
    fire, told, settled = next_fire(DAILY, at, zone, now), list[date](), date.min
    for there, gap in journey:
        now += timedelta(minutes=gap)
        if fire is not None and fire.at <= now:
            found = catch_up(DAILY, at, zone, fire.at, now, GRACE)
            told += [found.latest.day] if found.latest else []
            gone = [date.fromisoformat(key.split()[0]) for key in found.expired]
            settled, fire = max([settled, *told, *gone]), found.next
        if there != zone:
            zone, fire = there, next_fire(DAILY, at, there, now, last_day=settled if settled > date.min else None)
        assert fire is not None
        assert fire.at > now
    assert told == sorted(set(told))


def moving(first: date, before: str, after: str) -> Callable[[date], str]:
    return lambda day: before if day < first else after


@pytest.mark.parametrize(
    ("before", "after", "fires"),
    [
        (NEW_YORK, BERLIN, ["2026-11-22T01:00", "2026-11-23T01:00", "2026-11-23T19:00", "2026-11-24T19:00"]),
        (BERLIN, NEW_YORK, ["2026-11-21T19:00", "2026-11-22T19:00", "2026-11-24T01:00", "2026-11-25T01:00"]),
        ("Pacific/Auckland", "Pacific/Honolulu", ["2026-11-21T07:00", "2026-11-22T07:00", "2026-11-24T06:00"]),
        ("Pacific/Honolulu", "Pacific/Auckland", ["2026-11-22T06:00", "2026-11-23T06:00", "2026-11-23T07:00"]),
    ],
)
def test_each_date_is_reminded_of_in_the_zone_that_holds_on_it(before: str, after: str, fires: list[str]) -> None:
    zone, found, at = moving(date(2026, 11, 23), before, after), list[Fire](), utc("2026-11-21T06:59")
    for _ in fires:
        fire = next_fire(DAILY, EIGHT, zone, at)
        assert fire is not None
        found.append(fire)
        at = fire.at
    assert found == [Fire(utc(text), date(2026, 11, 21 + n)) for n, text in enumerate(fires)]


def test_an_outage_across_a_move_gives_one_nudge_and_lets_go_of_every_other_date() -> None:
    zone = moving(date(2026, 11, 23), NEW_YORK, BERLIN)
    found = catch_up(DAILY, EIGHT, zone, utc("2026-11-22T01:00"), utc("2026-11-23T19:30"), GRACE)
    assert found.latest == Fire(utc("2026-11-23T19:00"), date(2026, 11, 23))
    assert found.expired == ("2026-11-21 20:00", "2026-11-22 20:00")
    assert found.next_at == utc("2026-11-24T19:00")


@quick
@given(st.dates(date(2026, 1, 3), date(2027, 6, 1)), zones, minutes)
def test_a_rule_that_always_says_the_same_zone_is_that_zone(day: date, zone: str, at: time) -> None:
    now = datetime.combine(day, time(), UTC)
    assert next_fire(DAILY, at, lambda day: zone, now) == next_fire(DAILY, at, zone, now)
