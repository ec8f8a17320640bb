"""A reminder on its whole way: from the table over the last look to the phone, read there by the browser alone."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs import dispatch
from jobs.calmly import written
from tests.support.cast import NOW, TODAY, Cast
from tests.support.engine import Engine, utc
from tests.support.people import acting
from tests.support.push import PushService
from tests.support.smtp import MailServer
from tests.support.taps import tap
from webapp.models import CheckIn, Delivery, Endpoint, ReminderOccurrence
from webapp.notify import push
from webapp.notify.endings import Busy, Gone
from webapp.queries import reminded
from webapp.queries.deliveries import ToSend
from webapp.services import answers
from webapp.services import dispatch as service

EIGHT, LATER = "2026-11-20T01:00:00", "2026-11-20T01:05:00"


def with_a_phone(engine: Engine, person: int, service: PushService) -> Engine:
    one = service.subscribe()
    with engine.database.writing() as session:
        session.add(Endpoint(person_id=person, channel="push", address=one.endpoint, keys=one.keys, created_at=NOW))
    engine.config = replace(engine.config, push_hosts=(service.place,))
    service.server_key = push.public_key(engine.config)
    return engine


def test_a_due_reminder_reaches_the_phone_once_and_its_answers_with_it(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    for minute in (0, 1, 6):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    (pushed,) = push_service.taken
    said = pushed.said["notification"]
    assert said["body"] == "You asked to be reminded of something today."
    assert said["navigate"].startswith("http://localhost/")
    assert [action["action"] for action in said["actions"]] == ["done", "later", "not_today"]
    assert pushed.headers["urgency"] == "high"
    assert push_service.complaints == []


def test_one_in_doubt_is_said_again_under_the_same_topic_so_that_the_phone_shows_it_once(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.cut(times=1)
    for minute in (0, 1, 2):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert push_service.receiver.requests == 2
    assert list(push_service.topics.values()) == [1]
    assert sounds_again(push_service) == [False]


def sounds_again(push_service: PushService) -> list[bool]:
    return [pushed.said["notification"].get("renotify", False) for pushed in push_service.taken]


def test_a_reminder_said_once_more_is_heard_and_the_first_is_not_repeated_aloud(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.change(cast.clara, NOW, follow_up_after=30)
    for minute in (0, 30):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    said = [pushed.said["notification"] for pushed in push_service.taken]
    assert [one.get("renotify") for one in said] == [None, True]
    assert said[0]["tag"] == said[1]["tag"]


# The number on the icon


def badges(push_service: PushService) -> list[int | None]:
    return [pushed.said.get("app_badge") for pushed in push_service.taken]


def test_the_icon_counts_what_was_reminded_of_and_not_answered_yet(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00", "20:30")
    engine.remind(cast.walk, cast.clara, "20:05")
    for minute in (0, 5):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert badges(push_service) == [1, 2]
    tick(engine, cast.walk, cast.clara, utc(EIGHT) + timedelta(minutes=6))
    engine.look_at(utc(EIGHT) + timedelta(minutes=30))
    assert badges(push_service) == [1, 2, 2], "the walk was ticked elsewhere; the pills were reminded of twice"


def test_what_is_over_or_was_put_off_is_not_counted(engine: Engine, cast: Cast, push_service: PushService) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.remind(cast.walk, cast.clara, "20:05", "22:10")
    engine.look_at(EIGHT)
    with engine.database.writing() as session:
        occurrence = session.scalars(select(ReminderOccurrence.id)).one()
        to = reminded.own(session.connection(), acting(cast.clara), {"occurrence_id": occurrence}, utc(EIGHT))
        assert to is not None
        now = utc(EIGHT) + timedelta(minutes=1)
        answers.later(session, acting(cast.clara), to, timedelta(minutes=60), tap(now), now)
    engine.look_at(utc(EIGHT) + timedelta(minutes=5))
    assert badges(push_service) == [1, 1], "the pills wait until they come again"
    engine.look_at(utc(EIGHT) + timedelta(minutes=62))
    assert badges(push_service) == [1, 1, 2], "now they have"
    engine.look_at(utc(EIGHT) + timedelta(minutes=130))
    assert badges(push_service)[-1] == 2, "the first reminder of the walk is over, the pills still hold"


def test_one_person_s_number_says_nothing_of_another_s(engine: Engine, cast: Cast, push_service: PushService) -> None:
    for person, step in ((cast.clara, cast.pills), (cast.sam, cast.ride)):
        with_a_phone(engine, person, push_service).remind(step, person, "20:00")
    engine.look_at(EIGHT)
    assert badges(push_service) == [1, 1]


def tick(engine: Engine, step_id: int, by_id: int, at: datetime) -> None:
    made = CheckIn(client_id=by_id, step_id=step_id, by_id=by_id, op_id="tick", day=TODAY, outcome="done", at=at)
    engine.add(made)


# When the phone is not reached


def endpoint(engine: Engine) -> tuple[str, dict[str, str] | None, str | None]:
    with engine.database.reading() as connection:
        row = connection.execute(
            select(Endpoint.address, Endpoint.keys, Endpoint.off_because).where(Endpoint.channel == "push")
        ).one()
    return row.address, row.keys, row.off_because


def kinds(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.database.reading() as connection:
        rows = connection.execute(select(Delivery.channel, Delivery.kind, Delivery.state).order_by(Delivery.id))
        return [tuple(row) for row in rows]


def test_a_phone_that_is_gone_is_forgotten_and_a_mail_stands_in_at_once(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.answer(410)
    engine.look_at(EIGHT)
    engine.look_at("2026-11-20T01:00:01")
    assert len(mail_server.messages) == 1
    assert kinds(engine) == [("push", "first", "failed"), ("email", "fallback", "sent")]
    address, keys, because = endpoint(engine)
    assert address.startswith("gone-")
    assert (keys, because) == (None, "gone")
    engine.look_at("2026-11-21T01:00:00")
    assert push_service.receiver.requests == 1, "nobody knocks where nobody lives"
    assert len(mail_server.messages) == 2
    assert kinds(engine)[2:] == [("email", "first", "sent")]


def test_not_found_once_may_be_a_slip_and_twice_is_for_good(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.answer(404, times=1)
    engine.look_at(EIGHT)
    assert endpoint(engine)[2] is None
    engine.look_at("2026-11-20T01:01:00")
    assert len(push_service.taken) == 1
    push_service.answer(404)
    for minute in (0, 1, 2):
        engine.look_at(utc("2026-11-21T01:00:00") + timedelta(minutes=minute))
    assert endpoint(engine)[2] == "gone"
    assert len(mail_server.messages) == 1


@pytest.mark.parametrize(("status", "asked", "after"), [(429, "600", 600), (503, None, 60), (500, "90", 90)])
def test_a_service_that_asks_to_wait_is_heard(
    engine: Engine, cast: Cast, push_service: PushService, status: int, asked: str | None, after: int
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.answer(status, asked, times=1)
    engine.look_at(EIGHT)
    engine.look_at(utc(EIGHT) + timedelta(seconds=after - 1))
    assert push_service.receiver.requests == 1
    engine.look_at(utc(EIGHT) + timedelta(seconds=after))
    assert len(push_service.taken) == 1
    assert kinds(engine) == [("push", "first", "sent")]


def test_a_wait_longer_than_the_reminder_is_of_use_ends_in_a_mail(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.answer(429, "86400")
    engine.look_at(EIGHT)
    engine.look_at("2026-11-20T01:00:01")
    assert len(mail_server.messages) == 1
    assert endpoint(engine)[2] is None, "a busy service says nothing about the phone"


def test_a_message_the_service_will_not_take_is_not_tried_again_and_the_phone_stays(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.answer(413)
    for day in (20, 21, 22, 23):
        engine.look_at(f"2026-11-{day}T01:00:00")
        engine.look_at(f"2026-11-{day}T01:01:00")
    assert push_service.receiver.requests == 4
    assert len(mail_server.messages) == 4
    assert endpoint(engine)[2] is None


@pytest.mark.parametrize(("use", "mails"), [("unreached", 1), ("unanswered", 1), ("always", 1), ("never", 0)])
def test_a_mail_stands_in_only_where_it_is_wanted(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer, use: str, mails: int
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.change(cast.clara, NOW, mail_use=use)
    engine.remind(cast.pills, cast.clara, "20:00")
    push_service.answer(410)
    for minute in (0, 1, 70):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert len(mail_server.messages) == mails


def test_one_of_two_phones_is_enough(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.answer(410, times=1)
    engine.look_at(EIGHT)
    engine.look_at("2026-11-20T01:01:00")
    assert sorted(state for state, _ in engine.states()) == ["failed", "sent"]
    assert mail_server.messages == []


def test_of_two_phones_lost_at_the_same_moment_one_mail_stands_in(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    now, gate = utc(EIGHT), threading.Barrier(2)
    with engine.database.writing() as session:
        both = service.claim(session, "two", "push", now)
    with engine.database.writing() as session:
        ready = [what for what, _ in service.begin(session, engine.config, both, "two", now)]

    def lose(what: ToSend) -> None:
        gate.wait()
        written(engine.database, lambda s: service.record(s, [service.Result(what, Gone("answered 410"))], "two", now))

    threads = [threading.Thread(target=lose, args=(what,)) for what in ready]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.look_at("2026-11-20T01:00:01")
    assert len(mail_server.messages) == 1
    assert kinds(engine)[2:] == [("email", "fallback", "sent")]


def test_a_phone_nobody_answers_on_is_followed_by_a_mail_where_that_was_chosen(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.change(cast.clara, NOW, mail_use="unanswered", mail_after=60)
    engine.remind(cast.pills, cast.clara, "20:00")
    for minute in (0, 59):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert mail_server.messages == []
    for minute in (60, 61, 100):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert len(mail_server.messages) == 1
    assert len(push_service.taken) == 1


def test_an_answer_on_the_phone_saves_the_mail(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.change(cast.clara, NOW, mail_use="unanswered", mail_after=60)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    with engine.database.writing() as session:
        session.execute(update(ReminderOccurrence).values(answer="later", answered_at=utc(LATER)))
    engine.look_at("2026-11-20T02:00:00")
    assert mail_server.messages == []
    assert kinds(engine)[1] == ("email", "fallback", "cancelled")


def test_a_mail_no_longer_wanted_is_not_sent_although_it_waits(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.change(cast.clara, NOW, mail_use="unanswered", mail_after=60)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    engine.change(cast.clara, utc(LATER), mail_use="never")
    engine.look_at("2026-11-20T02:00:00")
    assert mail_server.messages == []
    assert engine.states()[1] == ("cancelled", "revoked")


def test_the_follow_up_comes_on_the_phone_under_the_same_topic(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.change(cast.clara, NOW, follow_up_after=30)
    engine.remind(cast.pills, cast.clara, "20:00")
    for minute in (0, 30, 31, 60, 90):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert list(push_service.topics.values()) == [2]
    assert sounds_again(push_service) == [False, True]
    assert mail_server.messages == []


def test_what_was_put_off_makes_a_sound_again_when_it_comes(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    with engine.database.writing() as session:
        session.execute(update(Delivery).values(state="pending", kind="later", due_at=utc(LATER)))
    engine.look_at(LATER)
    assert sounds_again(push_service) == [False, True]


def test_moving_after_one_phone_was_reached_does_not_say_it_again_on_either(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    push_service.answer(503, times=1)
    engine.look_at(EIGHT)
    assert len(push_service.taken) == 1
    engine.change(cast.clara, utc("2026-11-20T01:00:30"), time_zone="America/Los_Angeles")
    engine.look_at("2026-11-20T01:01:00")
    assert len(push_service.taken) == 2, "the second phone hears the same reminder late"
    engine.look_at("2026-11-20T04:00:00")
    assert len(push_service.taken) == 2
    assert len(engine.occurrences()) == 1


def test_moving_before_either_phone_was_reached_frees_both(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    engine.change(cast.clara, utc("2026-11-20T01:00:30"), time_zone="America/Los_Angeles")
    engine.look_at("2026-11-20T01:01:00")
    assert push_service.taken == []
    engine.look_at("2026-11-20T04:00:00")
    assert len(push_service.taken) == 2
    assert len(set(push_service.topics)) == 1
    assert [state for state, _ in engine.states()] == ["cancelled", "cancelled", "sent", "sent"]


def test_a_push_whose_sender_died_is_sent_by_another(engine: Engine, cast: Cast, push_service: PushService) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    now = utc(EIGHT)
    with engine.database.writing() as session:
        ids = service.claim(session, "gone", "push", now)
    with engine.database.writing() as session:
        assert service.begin(session, engine.config, ids, "gone", now)
    engine.reap_at(now + service.SENDING_LASTS + timedelta(seconds=1))
    engine.dispatch_at(now + service.SENDING_LASTS + timedelta(seconds=2))
    assert len(push_service.taken) == 1
    assert engine.states() == [("sent", None)]


def test_a_push_whose_senders_died_over_and_over_is_still_tried_when_the_service_is_busy_once(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    now = utc(EIGHT)
    for _ in range(5):
        with engine.database.writing() as session:
            ids = service.claim(session, "gone", "push", now)
        with engine.database.writing() as session:
            assert service.begin(session, engine.config, ids, "gone", now)
        now += service.SENDING_LASTS + timedelta(seconds=1)
        engine.reap_at(now)
    push_service.answer(503, times=1)
    engine.dispatch_at(now)
    assert engine.states()[0][0] == "pending"
    engine.dispatch_at(now + timedelta(minutes=1))
    assert len(push_service.taken) == 1


def test_a_service_that_does_not_answer_is_not_asked_over_and_over_in_one_round(
    engine: Engine, cast: Cast, push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    for step in (cast.pills, cast.walk, cast.hotline):
        engine.remind(step, cast.clara, "20:00")
    push_service.cut()
    engine.look_at(EIGHT)
    assert push_service.receiver.requests == 2
    assert [state for state, _ in engine.states()] == ["pending"] * 3
    push_service.accept()
    engine.look_at("2026-11-20T01:01:00")
    assert len(push_service.taken) == 3


def test_told_to_stop_in_the_middle_of_a_batch_it_gives_back_what_it_has_not_tried(
    engine: Engine, cast: Cast, push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    for step in (cast.pills, cast.walk, cast.hotline):
        engine.remind(step, cast.clara, "20:00")
    send = dispatch.send

    def stop_after_one(*arguments: Any) -> Any:
        engine.stopping.set()
        return send(*arguments)

    monkeypatch.setattr(dispatch, "send", stop_after_one)
    engine.look_at(EIGHT)
    assert len(push_service.taken) == 1
    assert sorted(state for state, _ in engine.states()) == ["pending", "pending", "sent"]
    with engine.database.reading() as connection:
        assert connection.execute(select(Delivery.attempts).where(Delivery.state == "pending")).scalars().all() == [
            0,
            0,
        ]


def test_a_phone_that_our_key_does_not_open_keeps_nobody_else_waiting(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    for step in (cast.pills, cast.walk, cast.hotline):
        engine.remind(step, cast.clara, "20:00")
    push_service.answer(403, times=2)
    engine.look_at(EIGHT)
    assert len(push_service.taken) == 1


def test_a_phone_that_went_off_while_a_reminder_waited_is_stood_in_for_by_a_mail(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.remind(cast.hotline, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    with engine.database.writing() as session:
        session.execute(update(Endpoint).where(Endpoint.channel == "push").values(off_at=NOW, off_because="ended"))
    engine.dispatch_at(LATER)
    engine.dispatch_at("2026-11-20T01:05:01")
    assert len(mail_server.messages) == 2
    assert push_service.receiver.requests == 0


def test_a_phone_that_went_off_is_not_stood_in_for_where_there_is_nothing_left_to_say(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    with engine.database.writing() as session:
        session.execute(update(Endpoint).where(Endpoint.channel == "push").values(off_at=NOW, off_because="ended"))
        session.add(CheckIn(client_id=cast.clara, step_id=cast.pills, by_id=cast.clara, op_id="x", day=TODAY,
                            outcome="done", at=NOW))  # fmt: skip
    engine.dispatch_at(LATER)
    engine.dispatch_at("2026-11-20T01:05:01")
    assert mail_server.messages == []


@pytest.mark.parametrize("use", ["unreached", "unanswered"])
def test_a_phone_lost_after_later_was_said_is_stood_in_for_by_a_mail(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer, use: str
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.change(cast.clara, NOW, mail_use=use, mail_after=90)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    later(engine, cast, timedelta(hours=1), utc("2026-11-20T01:10:00"))
    push_service.answer(410)
    for minute in (10, 11, 12, 90):
        engine.look_at(utc("2026-11-20T02:00:00") + timedelta(minutes=minute))
    assert len(mail_server.messages) == 1


def test_a_lost_follow_up_is_not_said_by_mail(
    engine: Engine, cast: Cast, push_service: PushService, mail_server: MailServer
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    engine.change(cast.clara, NOW, follow_up_after=30)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    push_service.answer(410)
    for minute in (30, 31, 60):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert mail_server.messages == []


def test_after_later_a_phone_that_was_busy_is_not_rung_before_its_time(
    engine: Engine, cast: Cast, push_service: PushService
) -> None:
    with_a_phone(engine, cast.clara, push_service)
    with_a_phone(engine, cast.clara, push_service).remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    now = utc(EIGHT)
    with engine.database.writing() as session:
        ids = service.claim(session, "me", "push", now)
    with engine.database.writing() as session:
        ready = [what for what, _ in service.begin(session, engine.config, ids, "me", now)]
    later(engine, cast, timedelta(hours=1), now)
    with engine.database.writing() as session:
        service.record(session, [service.Result(ready[0]), service.Result(ready[1], Busy("503"))], "me", now)
    engine.look_at("2026-11-20T01:02:00")
    assert push_service.taken == []
    engine.look_at("2026-11-20T02:00:00")
    assert len(push_service.taken) == 2


def later(engine: Engine, cast: Cast, wait: timedelta, now: datetime) -> None:
    with engine.database.reading() as connection:
        last = connection.execute(select(ReminderOccurrence.id)).scalars().one()
        one = reminded.own(connection, acting(cast.clara), {"occurrence_id": last}, now)
    assert one is not None
    with engine.database.writing() as session:
        assert answers.later(session, acting(cast.clara), one, wait, tap(now), now).at is not None
