"""When somebody is told what, once, in their own evening or their own calm hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import instants, zones
from webapp.domain import notices
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.notices import Due, NoticeKind, Reader
from webapp.domain.quiet_hours import QuietHours

THEO = Reader(5, "America/New_York")
CLARA = Reader(1, "America/New_York", day_starts_at=3)
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# The evening before


@pytest.mark.parametrize(
    ("zone", "now", "told"),
    [
        ("America/New_York", "2026-11-19T22:59:59", None),
        ("America/New_York", "2026-11-19T23:00:00", ("2026-11-20", "2026-11-20T05:00:00")),
        ("America/New_York", "2026-11-20T04:59:59", ("2026-11-20", "2026-11-20T05:00:00")),
        ("America/New_York", "2026-11-20T05:00:00", None),
        ("Asia/Kathmandu", "2026-11-19T12:14:59", None),
        ("Asia/Kathmandu", "2026-11-19T12:15:00", ("2026-11-20", "2026-11-19T18:15:00")),
        # the night in which clocks go forward, and the one in which they go back
        ("America/New_York", "2026-03-07T23:00:00", ("2026-03-08", "2026-03-08T05:00:00")),
        ("America/New_York", "2026-03-08T22:00:00", ("2026-03-09", "2026-03-09T04:00:00")),
        ("Europe/Berlin", "2026-10-25T17:00:00", ("2026-10-26", "2026-10-25T23:00:00")),
        ("Europe/Berlin", "2026-10-25T16:59:59", None),
        # there was no 30 December 2011 in Apia: the day after the 29th is the 31st
        ("Pacific/Apia", "2011-12-30T04:30:00", ("2011-12-31", "2011-12-30T10:00:00")),
    ],
)
def test_sessions_are_told_from_six_in_the_evening_until_midnight(
    zone: str, now: str, told: tuple[str, str] | None
) -> None:
    found = notices.sessions(Reader(5, zone), utc(now))
    assert (found and (found.key, found.expires_at)) == (told and (told[0], utc(told[1])))


def test_tomorrow_is_as_long_as_the_clocks_make_it() -> None:
    spring = notices.tomorrow("America/New_York", utc("2026-03-07T23:30:00"))
    autumn = notices.tomorrow("America/New_York", utc("2026-10-31T23:30:00"))
    assert (spring.ends - spring.begins, autumn.ends - autumn.begins) == (timedelta(hours=23), timedelta(hours=25))
    assert spring.covers(spring.begins)
    assert not spring.covers(spring.ends)


@given(zones, instants)
def test_an_evening_belongs_to_one_day_only(zone: str, now: datetime) -> None:
    one = notices.sessions(Reader(1, zone), now)
    if one is not None:
        assert one.due_at <= now < one.expires_at
        later = [notices.sessions(Reader(1, zone), now + timedelta(minutes=n)) for n in range(0, 60 * 24, 90)]
        same = [each for each in later if each is not None and each.due_at < one.expires_at]
        assert {each.key for each in same} == {one.key}
        assert notices.sessions(Reader(1, zone), one.expires_at) is None


# The look back


@pytest.mark.parametrize(
    ("now", "key"),
    [
        ("2026-11-22T16:00:00", None),  # Sunday
        ("2026-11-23T14:59:59", None),  # Monday, a second before ten
        ("2026-11-23T15:00:00", "2026-11-23"),
        ("2026-11-24T00:59:00", "2026-11-23"),  # ... until eight in the evening
        ("2026-11-24T01:00:00", None),
        ("2026-11-24T15:00:00", "2026-11-23"),  # Tuesday: Monday may have been a day to rest
        ("2026-11-25T15:00:00", None),
    ],
)
def test_a_week_is_looked_back_on_in_a_calm_hour_of_the_next(now: str, key: str | None) -> None:
    found = notices.look_back(CLARA, utc(now))
    assert (found and found.key) == key
    if found:
        assert found.expires_at == utc("2026-11-25T08:00:00")  # Tuesday ends at 3 in the night


def test_a_week_begins_on_the_persons_own_weekday_and_at_their_own_hour() -> None:
    sunday = Reader(1, "America/New_York", week_starts_on=6)
    told = notices.look_back(sunday, utc("2026-11-22T16:00:00"))
    assert told
    assert told.key == "2026-11-22"
    late_riser = Reader(1, "America/New_York", day_starts_at=12)
    assert notices.look_back(late_riser, utc("2026-11-23T16:00:00")) is None
    assert notices.look_back(late_riser, utc("2026-11-23T17:00:00")) is not None


def test_whoever_has_quiet_hours_is_told_when_they_are_over() -> None:
    by_night = Reader(1, "America/New_York", quiet=QuietHours(time(9), time(16)))
    told = notices.look_back(by_night, utc("2026-11-23T15:00:00"))
    assert told
    assert told.due_at == utc("2026-11-23T21:00:00")


def test_what_would_come_too_late_after_the_quiet_hours_is_not_told() -> None:
    early = Reader(5, "America/New_York", quiet=QuietHours(time(17), time(7)))
    assert notices.sessions(early, utc("2026-11-19T23:30:00")) is None


# Reviews


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-11-29T20:00:00", False),  # eight days before
        ("2026-11-30T14:59:00", False),  # seven days before, a minute before ten
        ("2026-11-30T15:00:00", True),
        ("2026-12-02T03:00:00", False),  # at night nobody is told, whatever was left
        ("2026-12-07T16:00:00", True),
        ("2026-12-08T16:00:00", False),
    ],
)
def test_a_review_is_told_a_week_before_in_a_calm_hour(now: str, told: bool) -> None:
    found = notices.review(CLARA, 1, 9, date(2026, 12, 7), utc(now))
    assert (found is not None) is told
    if found:
        assert (found.key, found.client_id) == ("2026-12-07 9", 1)
        assert found.expires_at == utc("2026-12-08T08:00:00")


def test_another_date_is_another_notice() -> None:
    keys = {notices.review_key(9, date(2026, 12, day)) for day in (7, 8)} | {notices.review_key(10, date(2026, 12, 7))}
    assert len(keys) == 3


# What ends


def ends(*days: date, now: str = "2026-11-19T17:00:00") -> Due | None:
    return notices.ending(CLARA, days, utc(now))


def test_five_steps_that_end_together_are_one_notice() -> None:
    found = ends(*[date(2026, 11, 25)] * 5)
    assert found
    assert (found.key, found.client_id, found.expires_at) == ("2026-11-25", 1, utc("2026-11-26T08:00:00"))


def test_what_ends_in_the_week_after_the_first_is_told_with_it() -> None:
    first, last = date(2026, 11, 20), date(2026, 11, 27)
    found = ends(last, first)
    assert found
    assert found.key == "2026-11-20"
    assert notices.stands_for(found.key, last)
    assert not notices.stands_for(found.key, last + DAY)
    assert not notices.stands_for(found.key, first - DAY)


def test_what_ended_or_ends_later_is_not_told() -> None:
    assert ends(date(2026, 11, 18), date(2026, 11, 27)) is None
    assert ends() is None


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, 40))
def test_nobody_is_told_twice_of_one_end_nor_twice_in_one_day(offsets: list[int], after: int) -> None:
    last_days = [date(2026, 11, 19) + offset * DAY for offset in offsets]
    told: list[tuple[date, str]] = []
    for number in range(60):
        now = utc("2026-11-19T17:00:00") + number * DAY
        for _ in range(3):  # the job looks often
            left = [day for day in last_days if not any(notices.stands_for(key, day) for _, key in told)]
            found = notices.ending(CLARA, left, now)
            if found:
                told.append((CLARA.today(now), found.key))
    assert all(any(notices.stands_for(key, day) for _, key in told) for day in last_days)
    assert len({key for _, key in told}) == len(told)
    assert len({day for day, _ in told}) == len(told)


# What a plan marks


def version(begins: date, ends: date | None, kind: Kind = Kind.TARGET) -> Cadence:
    return Cadence(kind, target_min=2, per_unit=Unit.WEEK, valid_from=begins, valid_to=ends)


START, TODAY = date(2026, 10, 5), date(2026, 11, 19)


@pytest.mark.parametrize(
    ("versions", "last_day"),
    [
        ([version(START, None)], None),
        ([version(START, date(2026, 11, 26))], date(2026, 11, 25)),
        ([version(START, date(2026, 11, 20))], TODAY),
        ([version(START, TODAY)], None),
        ([version(START, date(2026, 12, 4))], date(2026, 12, 3)),
        ([version(START, date(2026, 12, 5))], None),
        ([version(START, date(2026, 11, 23)), version(date(2026, 11, 23), None)], None),
        ([version(START, date(2026, 11, 26), Kind.ONCE)], None),
        # a version ended before it began says nothing
        ([version(START, date(2026, 11, 23)), version(date(2026, 11, 23), date(2026, 11, 23))], date(2026, 11, 22)),
        ([], None),
    ],
)
def test_a_step_is_marked_when_its_last_version_ends_within_two_weeks(
    versions: list[Cadence], last_day: date | None
) -> None:
    assert notices.last_day_soon(versions, TODAY) == last_day


@given(st.integers(0, 30), st.integers(0, 30))
def test_whatever_a_notice_stands_for_is_marked_in_the_plan_when_it_comes(first: int, second: int) -> None:
    days = [TODAY + first * DAY, TODAY + second * DAY]
    found = ends(*days)
    for day in days:
        if found and notices.stands_for(found.key, day):
            assert notices.last_day_soon([version(START, day + DAY)], TODAY) == day


@pytest.mark.parametrize(
    ("kind", "person_id", "client_id", "path"),
    [
        (NoticeKind.SESSIONS, 5, None, "/caseload"),
        (NoticeKind.LOOK_BACK, 1, 1, "/progress"),
        (NoticeKind.REVIEW, 1, 1, "/plan"),
        (NoticeKind.REVIEW, 5, 1, "/clients/1/plan"),
        (NoticeKind.ENDING, 1, 1, "/plan"),
    ],
)
def test_each_notice_leads_to_one_page(kind: NoticeKind, person_id: int, client_id: int | None, path: str) -> None:
    assert notices.link(kind, person_id, client_id) == path


def test_a_notice_that_was_held_up_waits_for_a_calm_hour_or_the_end_of_quiet_ones() -> None:
    own = QuietHours(time(22), time(7))
    assert notices.left_alone(NoticeKind.REVIEW, own) == own
    calm = notices.left_alone(NoticeKind.REVIEW, None)
    assert calm
    for hour in range(24):
        now = utc(f"2026-11-19T{hour:02}:00:00")
        assert calm.contains(now.time()) is not notices.is_calm("UTC", now)
    assert notices.left_alone(NoticeKind.SESSIONS, None) is None
    assert notices.left_alone(NoticeKind.SESSIONS, own) == own
