"""Answers: what is said to a reminder is kept once, and nothing more comes of it but what was asked for."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from tests.support.taps import tap
from webapp.domain.people import Role
from webapp.domain.scores import Outcome
from webapp.domain.snoozes import First
from webapp.models import CheckIn, Delivery, Endpoint, Person, Reminder, ReminderOccurrence
from webapp.queries import reminded
from webapp.queries.reminded import Reminded
from webapp.services import answers, reminders

HOUR = timedelta(hours=1)


def came_due(session: Session, person_id: int, step_id: int, at: str = "11:30") -> int:
    """Let a reminder have come due half an hour ago, sent by mail, with a follow-up to come."""
    reminders.set_times(session, step_id, person_id, [at], False, True, NOW)
    mine = Reminder.person_id == person_id, Reminder.step_id == step_id
    reminder = session.scalars(select(Reminder).where(*mine)).one()
    due = NOW - timedelta(minutes=30)
    made = ReminderOccurrence(
        client_id=reminder.client_id, reminder_id=reminder.id, occ_key="k", day=TODAY,
        due_at=due, expires_at=due + 2 * HOUR, zone="America/New_York",
    )  # fmt: skip
    session.add(made)
    session.flush()
    mail = session.scalars(select(Endpoint.id).where(Endpoint.person_id == person_id)).one()
    for seq, state in enumerate(("sent", "pending")):
        session.add(
            Delivery(
                client_id=reminder.client_id,
                occurrence_id=made.id,
                endpoint_id=mail,
                person_id=person_id,
                channel="email",
                seq=seq,
                state=state,
                due_at=due + seq * HOUR,
            )  # fmt: skip
        )
    session.flush()
    return made.id


def own(session: Session, person_id: int, occurrence_id: int, now: datetime = NOW) -> Reminded:
    session.flush()
    found = reminded.own(session.connection(), acting(person_id), {"occurrence_id": occurrence_id}, now)
    assert found is not None
    return found


def deliveries(session: Session) -> list[tuple[str, str, datetime]]:
    rows = select(Delivery.kind, Delivery.state, Delivery.due_at).order_by(Delivery.id)
    return [tuple(row) for row in session.execute(rows)]  # type: ignore[misc]


def answer_of(session: Session) -> tuple[str | None, datetime | None]:
    return tuple(session.execute(select(ReminderOccurrence.answer, ReminderOccurrence.answered_at)).one())  # type: ignore[return-value]


@pytest.mark.parametrize(("outcome", "answer"), [(Outcome.DONE, "done"), (Outcome.NOT_TODAY, "not_today")])
def test_an_answer_is_recorded_once_and_what_waits_is_let_go(
    cast: Cast, session: Session, outcome: Outcome, answer: str
) -> None:
    to, op_id = own(session, cast.clara, came_due(session, cast.clara, cast.pills)), str(uuid4())
    first = answers.check_in(session, acting(cast.clara), to, outcome, tap(op_id=op_id), NOW, "no_time")
    second = answers.check_in(session, acting(cast.clara), to, outcome, tap(op_id=op_id), NOW)
    assert (first.id, first.new, second.new) == (second.id, True, False)
    said = session.scalars(select(CheckIn)).one()
    assert (said.step_id, said.day, said.slot, said.outcome, said.reason) == (
        cast.pills, TODAY, "08:00", outcome, "no_time",
    )  # fmt: skip
    assert answer_of(session) == (answer, NOW)
    assert [state for _kind, state, _due in deliveries(session)] == ["sent", "cancelled"]


def test_later_comes_again_where_it_was_said_first_and_lasts_as_long(cast: Cast, session: Session) -> None:
    to = own(session, cast.clara, came_due(session, cast.clara, cast.walk))
    comes = answers.later(session, acting(cast.clara), to, 3 * HOUR, tap(), NOW)
    assert comes.at == NOW + 3 * HOUR
    assert deliveries(session)[1:] == [("first", "cancelled", NOW + HOUR / 2), ("later", "pending", NOW + 3 * HOUR)]
    assert session.scalars(select(ReminderOccurrence.expires_at)).one() == NOW + 5 * HOUR
    assert own(session, cast.clara, to.id).again_at == NOW + 3 * HOUR


def test_later_said_twice_comes_once(cast: Cast, session: Session) -> None:
    to = own(session, cast.clara, came_due(session, cast.clara, cast.walk))
    answers.later(session, acting(cast.clara), to, HOUR, tap(), NOW)
    answers.later(session, acting(cast.clara), own(session, cast.clara, to.id), HOUR / 2, tap(), NOW)
    waiting = [(kind, due) for kind, state, due in deliveries(session) if state == "pending"]
    assert waiting == [("later", NOW + HOUR / 2)]


def test_later_than_the_next_or_the_day_or_in_quiet_hours_stays_silent(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.clara, cast.walk)
    clara = session.get_one(Person, cast.clara)

    def said(wait: timedelta) -> First | None:
        return answers.later(session, acting(cast.clara), own(session, cast.clara, occurrence), wait, tap(), NOW).first

    session.execute(update(Reminder).values(even_when_quiet=False))
    clara.quiet_from, clara.quiet_to = time(14), time(7)
    assert said(3 * HOUR) is First.QUIET
    session.execute(update(Reminder).values(even_when_quiet=True))
    assert said(3 * HOUR) is None, "they said yes to being reminded in their quiet hours"
    session.execute(update(Reminder).values(next_at=NOW + 2 * HOUR))
    assert said(3 * HOUR) is First.NEXT
    session.execute(update(Reminder).values(next_at=None))
    assert said(timedelta(hours=15)) is First.DAY_ENDS
    assert "pending" not in [state for _kind, state, _due in deliveries(session)]


def test_later_with_nowhere_to_write_to_says_so(cast: Cast, session: Session) -> None:
    to = own(session, cast.clara, came_due(session, cast.clara, cast.walk))
    session.execute(update(Endpoint).values(off_at=NOW))
    assert answers.later(session, acting(cast.clara), to, HOUR, tap(), NOW).first is First.NOWHERE


def test_what_was_said_can_be_taken_back_and_nothing_is_sent_because_of_that(cast: Cast, session: Session) -> None:
    to = own(session, cast.clara, came_due(session, cast.clara, cast.pills))
    stored = answers.check_in(session, acting(cast.clara), to, Outcome.DONE, tap(), NOW)
    answers.take_back(session, acting(cast.clara), to, stored.id, NOW)
    assert session.scalars(select(CheckIn.undone_at)).one() == NOW
    assert answer_of(session) == (None, None)
    assert [state for _kind, state, _due in deliveries(session)] == ["sent", "cancelled"]


def test_a_supporters_answer_is_their_own_voice_on_the_promise(cast: Cast, session: Session) -> None:
    to = own(session, cast.sam, came_due(session, cast.sam, cast.ride))
    answers.check_in(session, acting(cast.sam, Role.SUPPORTER), to, Outcome.DONE, tap(), NOW)
    said = session.scalars(select(CheckIn)).one()
    assert (said.client_id, said.by_id, said.step_id, said.outcome) == (cast.clara, cast.sam, cast.ride, "done")
