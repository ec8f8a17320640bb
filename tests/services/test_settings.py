"""A changed password leaves every other device outside."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.domain.people import Actor
from webapp.domain.weeks import Weeks
from webapp.models import Person, SignIn
from webapp.queries import weeks
from webapp.services import passwords, settings, sign_in_links, sign_ins
from webapp.services.settings import Preferences, WrongPassword
from webapp.services.tokens import token_hash

DAY = timedelta(days=1)
FIRST, SECOND = "walk by the river twice", "sing with the choir on Tuesdays"


def _here(session: Session, person_id: int) -> Actor:
    """The person on the first of two devices."""
    tokens = [sign_ins.begin(session, person_id, device, NOW) for device in ("here", "there")]
    here = session.scalars(select(SignIn.id).where(SignIn.token_hash == token_hash(tokens[0]))).one()
    actor = acting(person_id)
    return Actor(**{field: getattr(actor, field) for field in Actor.__slots__} | {"sign_in_id": here})


def _open_devices(session: Session, person_id: int) -> list[str]:
    return list(session.scalars(select(SignIn.device).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))))


def test_setting_a_first_password_needs_no_present_one_and_ends_the_others(cast: Cast, session: Session) -> None:
    settings.change_password(session, _here(session, cast.sam), None, FIRST, NOW)
    assert passwords.matches(session.get_one(Person, cast.sam).password_hash, FIRST)
    assert _open_devices(session, cast.sam) == ["here"]


def test_changing_a_password_asks_for_the_present_one(cast: Cast, session: Session) -> None:
    actor = _here(session, cast.clara)
    settings.change_password(session, actor, None, FIRST, NOW)
    for wrong in (None, "", SECOND):
        with pytest.raises(WrongPassword):
            settings.change_password(session, actor, wrong, SECOND, NOW)
    settings.change_password(session, actor, FIRST, SECOND, NOW)
    kept = session.get_one(Person, cast.clara).password_hash
    assert passwords.matches(kept, SECOND)
    assert not passwords.matches(kept, FIRST)


def test_choosing_one_by_a_mailed_link_ends_every_device_and_every_link(cast: Cast, session: Session) -> None:
    _here(session, cast.clara)
    other = sign_in_links.ask(session, "clara@example.test", NOW)
    settings.choose_password(session, cast.clara, FIRST, NOW)
    assert _open_devices(session, cast.clara) == []
    with pytest.raises(sign_in_links.NoLongerGood):
        sign_in_links.use(session, str(other), NOW)


def test_preferences_are_the_persons_own(cast: Cast, session: Session) -> None:
    settings.keep(session, acting(cast.clara), Preferences("Clarita", "Europe/Madrid", "es", 5, 6), NOW)
    clara, otto = session.get_one(Person, cast.clara), session.get_one(Person, cast.otto)
    assert (clara.called, clara.time_zone, clara.language) == ("Clarita", "Europe/Madrid", "es")
    assert (clara.day_starts_at, clara.week_starts_on) == (5, 6)
    assert (otto.called, otto.time_zone) == ("Otto", "America/New_York")


def _keep_weeks(session: Session, person_id: int, start: int, now: datetime) -> Weeks:
    wanted = Preferences("Clara", "America/New_York", "en", 3, start)
    found = settings.keep(session, acting(person_id), wanted, now)
    person = session.get_one(Person, person_id)
    assert weeks.from_columns(person.week_starts_on, person.earlier_weeks) == found
    return found


def test_weeks_start_anew_from_next_week_and_how_they_started_is_remembered(cast: Cast, session: Session) -> None:
    assert _keep_weeks(session, cast.clara, 6, NOW) == Weeks(6, ((date(2026, 11, 23), 0),))
    session.expire_all()
    assert session.get_one(Person, cast.clara).earlier_weeks == [["2026-11-23", 0]]
    # A week later it is nothing new to want Sunday.
    assert _keep_weeks(session, cast.clara, 6, NOW + 7 * DAY) == Weeks(6, ((date(2026, 11, 23), 0),))
    assert _keep_weeks(session, cast.clara, 5, NOW + 10 * DAY) == Weeks(
        5, ((date(2026, 11, 23), 0), (date(2026, 12, 6), 6))
    )


def test_weeks_changed_twice_in_one_week_are_changed_once_and_changed_back_not_at_all(
    cast: Cast, session: Session
) -> None:
    _keep_weeks(session, cast.clara, 6, NOW)
    assert _keep_weeks(session, cast.clara, 5, NOW + DAY) == Weeks(5, ((date(2026, 11, 23), 0),))
    assert _keep_weeks(session, cast.clara, 0, NOW + 2 * DAY) == Weeks(0)


def test_a_week_ends_when_the_persons_own_day_does(cast: Cast, session: Session) -> None:
    monday_at_two = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert _keep_weeks(session, cast.clara, 6, monday_at_two).earlier == ((date(2026, 11, 23), 0),)
    assert _keep_weeks(session, cast.otto, 6, monday_at_two + timedelta(hours=1)).earlier == ((date(2026, 11, 30), 0),)
