"""Every page that counts a client's weeks knows how they started, and a changed start redraws none of them."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.cast import NOW, TODAY, Cast
from tests.support.clara import live_two_weeks
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.people import Role
from webapp.domain.weeks import Weeks
from webapp.models import Person, Reminder
from webapp.queries import access, before_session, caseload, progress, promises, reminders, sign_ins, steps, today
from webapp.services import settings
from webapp.services import sign_ins as devices
from webapp.services.settings import Preferences
from webapp.services.tokens import token_hash

SUNDAYS = Weeks(6, ((date(2026, 11, 23), 0),))


@pytest.fixture
def lived(database: Database, cast: Cast) -> Cast:
    with database.writing() as session:
        live_two_weeks(session, cast)
        devices.begin(session, cast.clara, "phone", NOW)
    return cast


def to_sundays(database: Database, client_id: int) -> None:
    with database.writing() as session:
        settings.keep(session, acting(client_id), Preferences("Clara", "America/New_York", "en", 3, 6), NOW)


def seen(database: Database, cast: Cast) -> SimpleNamespace:
    """What there is to see of Clara, by herself, her brother and her therapist."""
    theo, sam = acting(cast.theo, Role.CARE_TEAM), acting(cast.sam, Role.SUPPORTER)
    with database.writing() as session:
        token = devices.begin(session, cast.clara, "phone", NOW)
        about = list(session.scalars(select(Reminder.id)))
    with database.reading() as reading:
        clara = sign_ins.actor(reading, token_hash(token), NOW)
        assert clara is not None
        worked_with = access.assigned_client(reading, theo, {"client_id": cast.clara}, NOW)
        assert worked_with is not None
        circle = access.supported_clients(reading, sam.id, NOW)
        mine = caseload.clients(reading, theo.id, NOW)
        start = clara.week_starts_on
        told: dict[str, Any] = {
            "progress": progress.page(reading, clara.id, TODAY, start),
            "today": today.page(reading, clara.id, TODAY, start, clara.zone, 3).cards,
            "step": steps.page(reading, clara.id, cast.walk, TODAY, start).standing,
            "before_session": before_session.before_session(reading, worked_with, theo.id, NOW),
            "caseload": caseload.lines(reading, mine, NOW),
            "promises": [(one.cards, one.shared) for one in promises.circles(reading, sam.id, circle, TODAY, NOW)],
        }
        starts = [clara.week_starts_on, worked_with.week_starts_on, circle[0].week_starts_on, mine[0].week_starts_on]
        return SimpleNamespace(told=told, starts=starts + [b.week_start for b in reminders.bases(reading, about, NOW)])


def test_everybody_counts_the_same_weeks(database: Database, lived: Cast) -> None:
    assert set(seen(database, lived).starts) == {Weeks()}
    to_sundays(database, lived.clara)
    found = seen(database, lived).starts
    assert set(found) == {SUNDAYS}
    assert len(found) > 4, "and the reminders too"


def test_a_changed_start_redraws_no_page(database: Database, lived: Cast) -> None:
    before = seen(database, lived).told
    to_sundays(database, lived.clara)
    after = seen(database, lived).told
    for page, told in before.items():
        assert after[page] == told, page


def test_a_start_changed_without_a_memory_would_redraw_them(database: Database, lived: Cast) -> None:
    """So that the test above can fail."""
    before = seen(database, lived).told
    with database.writing() as session:
        session.get_one(Person, lived.clara).week_starts_on = 6
    after = seen(database, lived).told
    assert after["progress"] != before["progress"]
    assert after["before_session"] != before["before_session"]
