"""Set times, and compute anew after whatever they depend on has changed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.commitments import Verb
from webapp.models import ActionStep, Delivery, Person, Reminder
from webapp.services import cadences, commitments, pauses, quiet_hours, reminders, settings, supporters
from webapp.services.pauses import Wish
from webapp.services.settings import Preferences


def tonight(at: str = "20:00", days: int = 0) -> datetime:
    """The instant of a New York evening, some days from today."""
    hour, minute = at.split(":")
    local = datetime(2026, 11, 19, int(hour), int(minute), tzinfo=UTC) + timedelta(days=days)
    return local + timedelta(hours=5)


def remind(session: Session, step_id: int, person_id: int, *times: str, yes: bool = False, now: datetime = NOW) -> None:
    reminders.set_times(session, step_id, person_id, times, False, yes, now)


def next_at(session: Session) -> list[datetime | None]:
    return list(session.scalars(select(Reminder.next_at).where(Reminder.ended_at.is_(None)).order_by(Reminder.at_time)))


def test_times_are_due_next_on_a_day_the_step_is_asked_for(cast: Cast, session: Session) -> None:
    remind(session, cast.pills, cast.clara, "20:00", "08:00")
    assert next_at(session) == [tonight("08:00", 1), tonight()]
    remind(session, cast.ride, cast.sam, "11:00")
    sams = session.scalars(select(Reminder).where(Reminder.person_id == cast.sam)).one()
    assert (sams.next_at, sams.next_day) == (tonight("11:00", 7), TODAY + timedelta(days=7)), "today's 11:00 is over"
    assert sams.client_id == cast.clara


def test_a_time_taken_away_ends_and_one_taken_up_again_is_the_same_row(cast: Cast, session: Session) -> None:
    remind(session, cast.pills, cast.clara, "20:00")
    first = session.scalars(select(Reminder.id)).one()
    remind(session, cast.pills, cast.clara)
    assert next_at(session) == []
    remind(session, cast.pills, cast.clara, "20:00")
    assert session.scalars(select(Reminder.id)).one() == first
    assert next_at(session) == [tonight()]


def test_more_than_three_are_too_many_and_nonsense_is_refused(cast: Cast, session: Session) -> None:
    with pytest.raises(reminders.TooMany):
        remind(session, cast.pills, cast.clara, "08:00", "09:00", "10:00", "11:00")
    with pytest.raises(ValueError, match="hour"):
        remind(session, cast.pills, cast.clara, "25:00")


def test_a_time_in_quiet_hours_needs_a_yes_and_only_that_time_is_marked(cast: Cast, session: Session) -> None:
    quiet_hours.keep(session, cast.clara, time(22), time(7), NOW)
    with pytest.raises(reminders.NeedsYes) as asked:
        remind(session, cast.pills, cast.clara, "20:00", "23:00", "06:59")
    assert asked.value.times == ("06:59", "23:00")
    remind(session, cast.pills, cast.clara, "20:00", "23:00", yes=True)
    marked = session.execute(select(Reminder.at_time, Reminder.even_when_quiet).order_by(Reminder.at_time)).all()
    assert [tuple(row) for row in marked] == [("20:00", False), ("23:00", True)]


def test_a_new_cadence_moves_the_next_one(cast: Cast, session: Session) -> None:
    remind(session, cast.pills, cast.clara, "20:00")
    fridays = Cadence(
        Kind.FIXED, per_unit=Unit.WEEK, weekdays=frozenset({4}), valid_from=TODAY, anchor=date(2026, 10, 5)
    )
    cadences.append(session, session.get_one(ActionStep, cast.pills), fridays, cast.theo, NOW)
    assert next_at(session) == [tonight(days=1)]


def test_a_pause_skips_its_days_and_lifting_it_brings_them_back(cast: Cast, session: Session) -> None:
    remind(session, cast.pills, cast.clara, "20:00")
    pause = pauses.add(session, cast.clara, Wish(TODAY, TODAY + timedelta(days=3)), NOW)
    assert next_at(session) == [tonight(days=3)]
    pauses.end(session, cast.clara, pause, TODAY, NOW)
    assert next_at(session) == [tonight()]
    endless = pauses.add(session, cast.clara, Wish(TODAY, step_id=cast.pills), NOW)
    assert next_at(session) == [None]
    pauses.end(session, cast.clara, endless, TODAY, NOW)
    assert next_at(session) == [tonight()]


def test_the_clients_pause_rests_a_supporters_reminder_too(cast: Cast, session: Session) -> None:
    remind(session, cast.ride, cast.sam, "20:00")
    pauses.add(session, cast.clara, Wish(TODAY), NOW)
    assert next_at(session) == [None]


def test_moving_changes_the_zone_of_floating_times(cast: Cast, session: Session) -> None:
    remind(session, cast.pills, cast.clara, "20:00")
    settings.keep(session, acting(cast.clara), Preferences("Clara", "America/Los_Angeles", "en", 3, 0), NOW)
    assert next_at(session) == [tonight() + timedelta(hours=3)]
    assert session.scalars(select(Reminder.zone)).one() == "America/Los_Angeles"


def test_an_appointment_keeps_its_own_zone(cast: Cast, session: Session) -> None:
    from webapp.models import CadenceVersion

    here = {"tz_mode": "fixed", "tz": "America/New_York"}
    session.execute(update(CadenceVersion).where(CadenceVersion.step_id == cast.therapy).values(**here))
    remind(session, cast.therapy, cast.clara, "20:00")
    settings.keep(session, acting(cast.clara), Preferences("Clara", "Europe/Berlin", "en", 3, 0), NOW)
    assert next_at(session) == [tonight()]


def test_a_promise_taken_back_rests_its_reminder_until_it_is_given_again(cast: Cast, session: Session) -> None:
    remind(session, cast.ride, cast.sam, "20:00")
    assert next_at(session) == [tonight()]
    commitments.answer(session, cast.promise, cast.sam, Verb.END, NOW)
    assert next_at(session) == [None]


def test_a_supporter_who_leaves_the_circle_is_reminded_of_nothing(cast: Cast, session: Session) -> None:
    remind(session, cast.ride, cast.sam, "20:00")
    supporters.end(session, acting(cast.clara), cast.sam, NOW)
    assert next_at(session) == [None]


@pytest.mark.parametrize("status", ["on_hold", "retired", "completed", "suggested"])
def test_a_step_not_in_use_has_no_next(cast: Cast, session: Session, status: str) -> None:
    session.get_one(ActionStep, cast.pills).status = status
    remind(session, cast.pills, cast.clara, "20:00")
    assert next_at(session) == [None]


def test_a_person_who_left_has_no_next(cast: Cast, session: Session) -> None:
    remind(session, cast.pills, cast.clara, "20:00")
    session.get_one(Person, cast.clara).deactivated_at = NOW
    reminders.recompute_for_person(session, cast.clara, NOW)
    assert next_at(session) == [None]


def test_a_step_without_a_cadence_has_no_next(cast: Cast, session: Session) -> None:
    step = ActionStep(
        client_id=cast.clara, plan_id=cast.plan, actor_kind="self", text="x", created_by_id=cast.clara, created_at=NOW
    )
    session.add(step)
    session.flush()
    remind(session, step.id, cast.clara, "20:00")
    assert next_at(session) == [None]


def test_nothing_is_delivered_by_computing(cast: Cast, session: Session) -> None:
    remind(session, cast.pills, cast.clara, "20:00")
    reminders.recompute_for_person(session, cast.clara, NOW)
    assert session.scalars(select(Delivery)).all() == []
