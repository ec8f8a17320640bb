"""What people say to a reminder and what the jobs make of it: told again once, later, or left alone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.support.cast import NOW, TODAY, Cast
from tests.support.engine import Engine, utc
from tests.support.people import acting
from tests.support.smtp import MailServer
from tests.support.taps import tap
from webapp.config import Config
from webapp.db import Database
from webapp.domain.commitments import NotNow
from webapp.domain.people import Role
from webapp.domain.scores import Outcome
from webapp.models import CadenceVersion, CheckIn, Commitment, Delivery, Person, ReminderOccurrence
from webapp.queries import reminded
from webapp.queries.reminded import Reminded
from webapp.services import answers

EIGHT = "2026-11-20T01:00:00"
OP = "0b2f6c1e-8f0a-4c55-9a51-6f2f7d1c9a01"
HOUR = timedelta(hours=1)


@pytest.fixture
def engine(config: Config, database: Database, mail_server: MailServer) -> Engine:
    from dataclasses import replace

    return Engine(replace(config, smtp_url=mail_server.url), database)


def found(engine: Engine, person_id: int, now: datetime | None = None, role: Role = Role.CLIENT) -> Reminded | None:
    with engine.database.reading() as connection:
        last = (
            connection.execute(select(ReminderOccurrence.id).order_by(ReminderOccurrence.id.desc())).scalars().first()
        )
        return reminded.own(connection, acting(person_id, role), {"occurrence_id": last or 0}, now or utc(EIGHT))


def due(engine: Engine, step_id: int, person_id: int, role: Role = Role.CLIENT) -> Reminded:
    engine.remind(step_id, person_id, "20:00")
    engine.look_at(EIGHT)
    one = found(engine, person_id, role=role)
    assert one is not None
    return one


def say(engine: Engine, one: Reminded, outcome: Outcome, now: datetime, role: Role = Role.CLIENT) -> None:
    with engine.database.writing() as session:
        answers.check_in(session, acting(one.person_id, role), one, outcome, tap(now, OP), now)


def later(engine: Engine, one: Reminded, wait: timedelta, now: datetime) -> datetime | None:
    with engine.database.writing() as session:
        return answers.later(session, acting(one.person_id), one, wait, tap(now), now).at


def said(engine: Engine) -> list[tuple[int, str, str, object]]:
    with engine.database.reading() as connection:
        rows = connection.execute(select(CheckIn.step_id, CheckIn.outcome, CheckIn.slot, CheckIn.day))
        return [tuple(row) for row in rows]


def answer(engine: Engine) -> str | None:
    with engine.database.reading() as connection:
        return connection.execute(select(ReminderOccurrence.answer)).scalars().one()


def test_done_lands_on_the_step_the_day_and_the_time_it_was_about(engine: Engine, cast: Cast) -> None:
    one = due(engine, cast.pills, cast.clara)
    say(engine, one, Outcome.DONE, utc("2026-11-20T01:05:00"))
    assert said(engine) == [(cast.pills, "done", "08:00", TODAY)]
    assert answer(engine) == "done"
    again = found(engine, cast.clara)
    assert again is not None
    assert again.left.done


def test_an_answer_the_morning_after_is_for_the_evening_before(engine: Engine, cast: Cast) -> None:
    one = due(engine, cast.walk, cast.clara)
    say(engine, one, Outcome.NOT_TODAY, utc("2026-11-20T15:00:00"))
    assert said(engine) == [(cast.walk, "not_today", "", TODAY)]


def test_the_same_tap_twice_is_one_record(engine: Engine, cast: Cast) -> None:
    one = due(engine, cast.walk, cast.clara)
    for _ in range(2):
        say(engine, one, Outcome.DONE, utc("2026-11-20T01:05:00"))
    assert len(said(engine)) == 1


def test_a_supporters_answer_is_about_what_they_promised(engine: Engine, cast: Cast) -> None:
    one = due(engine, cast.ride, cast.sam, Role.SUPPORTER)
    assert (one.commitment_id, one.called) == (cast.promise, "Clara")
    say(engine, one, Outcome.DONE, utc("2026-11-20T01:05:00"), Role.SUPPORTER)
    assert said(engine) == [(cast.ride, "done", "", TODAY)]


def test_a_promise_that_ended_meanwhile_takes_no_answer(engine: Engine, cast: Cast) -> None:
    one = due(engine, cast.ride, cast.sam, Role.SUPPORTER)
    with engine.database.writing() as session:
        session.execute(update(Commitment).values(state="ended"))
    with pytest.raises(NotNow):
        say(engine, one, Outcome.DONE, utc("2026-11-20T01:05:00"), Role.SUPPORTER)
    assert found(engine, cast.sam, role=Role.SUPPORTER) is None


def test_nobody_finds_a_reminder_of_somebody_else(engine: Engine, cast: Cast) -> None:
    due(engine, cast.pills, cast.clara)
    for stranger in (cast.sam, cast.theo, cast.otto, cast.ada):
        assert found(engine, stranger) is None


def test_later_says_it_again_once_in_an_hour(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    one = due(engine, cast.pills, cast.clara)
    assert later(engine, one, HOUR, utc("2026-11-20T01:10:00")) == utc("2026-11-20T02:10:00")
    assert answer(engine) == "later"
    engine.look_at("2026-11-20T02:09:59")
    assert len(mail_server.messages) == 1
    engine.look_at("2026-11-20T02:10:00")
    engine.look_at("2026-11-20T02:30:00")
    assert len(mail_server.messages) == 2
    assert engine.states() == [("sent", None), ("sent", None)]


def test_later_said_twice_counts_from_the_second_time(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    one = due(engine, cast.pills, cast.clara)
    later(engine, one, HOUR, utc("2026-11-20T01:10:00"))
    later(engine, one, HOUR, utc("2026-11-20T01:40:00"))
    engine.look_at("2026-11-20T02:20:00")
    assert len(mail_server.messages) == 1
    engine.look_at("2026-11-20T02:40:00")
    assert len(mail_server.messages) == 2


def test_done_during_a_snooze_is_silence(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    one = due(engine, cast.pills, cast.clara)
    later(engine, one, HOUR, utc("2026-11-20T01:10:00"))
    say(engine, one, Outcome.DONE, utc("2026-11-20T01:20:00"))
    engine.look_at("2026-11-20T02:10:00")
    assert len(mail_server.messages) == 1
    assert engine.states() == [("sent", None), ("cancelled", "answered")]


def test_a_snooze_past_the_end_of_the_day_is_let_go(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    one = due(engine, cast.pills, cast.clara)
    assert later(engine, one, timedelta(hours=8), utc("2026-11-20T01:10:00")) is None
    engine.look_at("2026-11-20T09:10:00")
    assert len(mail_server.messages) == 1
    assert answer(engine) == "later"


def test_a_snooze_past_the_next_time_leaves_it_to_that(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    with engine.database.writing() as session:
        session.execute(update(CadenceVersion).values(tz_mode="fixed", tz="Pacific/Auckland"))
        session.execute(update(Person).values(day_starts_at=23))
    engine.remind(cast.pills, cast.clara, "20:00", now=utc("2026-11-18T08:00:00"))
    engine.look_at("2026-11-19T07:00:00")
    one = found(engine, cast.clara, utc("2026-11-19T07:00:00"))
    assert one is not None
    assert one.next_at == utc("2026-11-20T07:00:00")
    assert later(engine, one, timedelta(hours=24), utc("2026-11-19T07:10:00")) is None


def test_a_snooze_longer_than_the_reminder_lasts_still_comes(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    one = due(engine, cast.pills, cast.clara)
    assert later(engine, one, timedelta(hours=3), utc("2026-11-20T01:10:00")) == utc("2026-11-20T04:10:00")
    engine.look_at("2026-11-20T04:10:00")
    assert len(mail_server.messages) == 2


# One follow-up


def test_what_is_not_answered_is_said_once_more_and_then_left_alone(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.change(cast.clara, NOW, follow_up_after=30)
    engine.remind(cast.pills, cast.clara, "20:00")
    for minute in (0, 29, 30, 60, 90, 119):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert len(mail_server.messages) == 2
    first, second = mail_server.messages
    assert first.message["Message-ID"] != second.message["Message-ID"]
    with engine.database.reading() as connection:
        assert connection.execute(select(Delivery.kind).order_by(Delivery.id)).scalars().all() == ["first", "follow_up"]


@pytest.mark.parametrize("how", ["done", "later"])
def test_what_was_answered_is_not_followed_up(engine: Engine, cast: Cast, mail_server: MailServer, how: str) -> None:
    engine.change(cast.clara, NOW, follow_up_after=30)
    one = due(engine, cast.pills, cast.clara)
    if how == "done":
        say(engine, one, Outcome.DONE, utc("2026-11-20T01:05:00"))
    else:
        later(engine, one, timedelta(hours=2), utc("2026-11-20T01:05:00"))
    engine.look_at("2026-11-20T01:30:00")
    assert len(mail_server.messages) == 1


def test_an_answer_that_comes_in_while_the_follow_up_is_claimed_still_silences_it(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.change(cast.clara, NOW, follow_up_after=30)
    one = due(engine, cast.pills, cast.clara)
    now = utc("2026-11-20T01:30:00")
    claimed = engine.claimed("me", now)
    later(engine, one, timedelta(hours=1), now)
    assert engine.begin(claimed, "me", now) == []
    assert ("cancelled", "answered") in engine.states()


def test_a_follow_up_that_would_come_too_late_is_none(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.change(cast.clara, NOW, follow_up_after=120)
    due(engine, cast.pills, cast.clara)
    assert len(engine.states()) == 1
