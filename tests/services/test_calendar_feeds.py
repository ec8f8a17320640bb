"""One address per person, of which only a hash is kept; and what stands at it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, START, TODAY, Cast
from webapp.models import ActionStep, CadenceVersion, CalendarFeed, Pause, Person
from webapp.models import Session as Appointment
from webapp.queries import calendar_feeds as queries
from webapp.services import calendar_feeds as services
from webapp.services.calendar_feeds import Titles
from webapp.services.tokens import token_hash

TITLES = Titles("Cairn", "Something", "An appointment")
NEW_YORK = ZoneInfo("America/New_York")


def read(session: Session, person_id: int, now: datetime = NOW, secret: str = "s" * 32) -> list[Any]:
    """The events in somebody's calendar; they have an address by now."""
    standing = queries.standing(session.connection(), person_id)
    assert standing is not None
    reader = queries.reader(session.connection(), standing.token_hash)
    assert reader is not None
    feed = services.calendar(session.connection(), reader, TITLES, "https://cairn.example/", secret, now)
    return list(Calendar.from_ical(feed).walk("VEVENT"))


def titles(events: list[Any]) -> list[str]:
    return [str(event["SUMMARY"]) for event in events]


def test_the_token_is_long_and_only_its_hash_is_kept(cast: Cast, session: Session) -> None:
    token = services.begin(session, cast.clara, False, NOW)
    assert len(token) >= 43  # 256 bits, six to a letter
    kept = session.scalars(select(CalendarFeed)).one()
    assert (kept.person_id, kept.token_hash, kept.plain_words) == (cast.clara, token_hash(token), False)
    assert kept.created_at == NOW
    assert token not in (kept.token_hash, str(vars(kept)))


def test_a_new_address_ends_the_old_one_and_nobody_elses(cast: Cast, session: Session) -> None:
    first, sams = services.begin(session, cast.clara, False, NOW), services.begin(session, cast.sam, False, NOW)
    later = NOW + timedelta(days=3)
    second = services.begin(session, cast.clara, True, later)
    found = {token: queries.reader(session.connection(), token_hash(token)) for token in (first, second, sams)}
    assert [reader and reader.person_id for reader in found.values()] == [None, cast.clara, cast.sam]
    assert queries.standing(session.connection(), cast.clara) == queries.Standing(token_hash(second), True, later)


def test_turned_off_it_leads_nowhere_and_off_twice_is_off(cast: Cast, session: Session) -> None:
    tokens = [services.begin(session, one, False, NOW) for one in (cast.clara, cast.sam)]
    for _ in range(2):
        services.end(session, cast.clara)
        assert queries.standing(session.connection(), cast.clara) is None
    assert [queries.reader(session.connection(), token_hash(one)) is None for one in tokens] == [True, False]


def test_what_entries_say_changes_without_a_new_address(cast: Cast, session: Session) -> None:
    services.begin(session, cast.clara, False, NOW)
    services.begin(session, cast.sam, False, NOW)
    assert services.choose_words(session, cast.clara, True)
    assert not services.choose_words(session, cast.nora, True)
    assert titles(read(session, cast.clara)) == ["Take the morning pills", "An appointment"]
    assert titles(read(session, cast.sam)) == ["Something"]
    services.choose_words(session, cast.clara, False)
    assert titles(read(session, cast.clara)) == ["Something", "An appointment"]


def test_a_step_about_substance_use_is_named_only_by_choice(cast: Cast, session: Session) -> None:
    session.execute(
        update(CadenceVersion).where(CadenceVersion.step_id == cast.hotline).values(kind="fixed", per_unit="day")
    )
    services.begin(session, cast.clara, False, NOW)
    assert titles(read(session, cast.clara)) == ["Something", "Something", "An appointment"]
    services.choose_words(session, cast.clara, True)
    assert "Ring my sponsor" in titles(read(session, cast.clara))


def test_times_are_the_persons_and_move_with_their_zone(cast: Cast, session: Session) -> None:
    services.begin(session, cast.clara, False, NOW)
    pills, meeting = read(session, cast.clara)
    assert pills["DTSTART"].dt == datetime(2026, 10, 5, 8, tzinfo=NEW_YORK)
    assert meeting["DTSTART"].dt == NOW + timedelta(days=1)
    assert meeting["DURATION"].dt == timedelta(minutes=50)
    session.execute(update(Person).where(Person.id == cast.clara).values(time_zone="Europe/Berlin"))
    moved, _meeting = read(session, cast.clara)
    assert moved["DTSTART"].dt == datetime(2026, 10, 5, 8, tzinfo=ZoneInfo("Europe/Berlin"))
    assert moved["UID"] == pills["UID"]


def test_an_appointments_own_zone_stays(cast: Cast, session: Session) -> None:
    session.execute(
        update(CadenceVersion).where(CadenceVersion.step_id == cast.pills).values(tz_mode="fixed", tz="Asia/Tokyo")
    )
    services.begin(session, cast.clara, False, NOW)
    pills, _meeting = read(session, cast.clara)
    assert pills["DTSTART"].params["TZID"] == "Asia/Tokyo"


def test_a_supporter_reads_their_promise_in_their_own_zone_and_not_its_pauses(cast: Cast, session: Session) -> None:
    session.add(Pause(client_id=cast.clara, starts_on=TODAY, ends_on=TODAY + timedelta(days=1), created_at=NOW))
    services.begin(session, cast.sam, True, NOW)
    (ride,) = read(session, cast.sam)
    assert ride["SUMMARY"] == "Drive Clara to choir"
    assert ride["DTSTART"].dt == date(2026, 10, 8)
    assert [moment.dt for moment in ride["EXDATE"].dts] == [TODAY]
    session.execute(
        update(CadenceVersion).where(CadenceVersion.step_id == cast.ride).values(times=["18:00"], minutes=30)
    )
    session.execute(update(Person).where(Person.id == cast.sam).values(time_zone="America/Denver"))
    (ride,) = read(session, cast.sam)
    assert ride["DTSTART"].dt == datetime(2026, 10, 8, 18, tzinfo=ZoneInfo("America/Denver"))


def test_weeks_are_counted_from_the_clients_weekday(cast: Cast, session: Session) -> None:
    session.execute(update(CadenceVersion).where(CadenceVersion.step_id == cast.ride).values(interval=2))
    session.execute(update(Person).where(Person.id == cast.clara).values(week_starts_on=6))
    services.begin(session, cast.sam, False, NOW)
    (ride,) = read(session, cast.sam)
    assert ride["RRULE"]["WKST"] == ["SU"]


def test_each_version_of_a_step_is_an_entry_of_its_own(cast: Cast, session: Session) -> None:
    version = select(CadenceVersion).where(CadenceVersion.step_id == cast.pills)
    first = session.scalars(version).one()
    first.valid_to = date(2026, 11, 23)
    session.add(
        CadenceVersion(
            client_id=cast.clara, step_id=cast.pills, kind="fixed", per_unit="day", times=["07:30", "19:00"],
            valid_from=date(2026, 11, 23), anchor=START, created_by_id=cast.theo, created_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    services.begin(session, cast.clara, False, NOW)
    *pills, _meeting = read(session, cast.clara)
    assert [f"{event['DTSTART'].dt:%d %H:%M}" for event in pills] == ["05 08:00", "23 07:30", "23 19:00"]
    assert len({event["UID"] for event in pills}) == 3


def test_names_of_entries_stay_tell_nothing_and_differ_between_people(cast: Cast, session: Session) -> None:
    for person in (cast.clara, cast.sam):
        services.begin(session, person, False, NOW)
    names = {str(event["UID"]) for event in read(session, cast.clara)}
    assert names == {str(event["UID"]) for event in read(session, cast.clara, NOW + timedelta(hours=9))}
    assert all(len(name) == 64 and int(name, 16) for name in names)
    assert not names & {str(event["UID"]) for event in read(session, cast.clara, secret="t" * 32)}
    # The same step, were it in two people's calendars, has two names.
    session.execute(update(ActionStep).where(ActionStep.id == cast.ride).values(actor_kind="self"))
    shared = names | {str(event["UID"]) for event in read(session, cast.clara)}
    assert len(shared) == 3
    assert not shared & {str(event["UID"]) for event in read(session, cast.sam)}


def test_appointments_are_told_of_from_yesterday_on_for_half_a_year(cast: Cast, session: Session) -> None:
    midnight = datetime(2026, 11, 19, tzinfo=UTC)
    for starts_at in (midnight - timedelta(days=2), midnight - timedelta(days=1), midnight + timedelta(days=200)):
        session.add(
            Appointment(client_id=cast.clara, care_team_id=cast.theo, starts_at=starts_at, created_at=NOW)
        )  # fmt: skip
    session.flush()
    services.begin(session, cast.clara, False, NOW)
    _pills, *found = read(session, cast.clara)
    assert [event["DTSTART"].dt for event in found] == [midnight - timedelta(days=1), NOW + timedelta(days=1)]
