"""A reminder on its whole way: from the table over the last look to the phone, read there by the browser alone."""

from dataclasses import replace
from datetime import timedelta

from tests.support.cast import NOW, Cast
from tests.support.engine import Engine, utc
from tests.support.push import PushService
from webapp.models import Endpoint
from webapp.notify import push

EIGHT = "2026-11-20T01:00:00"


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
