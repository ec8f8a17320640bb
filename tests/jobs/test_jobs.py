"""The timetable and what each job does when something is wrong: it says so, without content, and goes on."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jobs import __main__ as jobs
from jobs import dispatch
from jobs.calmly import TRIES, calmly, written
from jobs.heartbeat import heartbeat
from jobs.housekeeping import housekeeping
from tests.support.cast import Cast
from tests.support.engine import Engine, utc
from tests.support.smtp import MailServer
from webapp import clock
from webapp.config import Config
from webapp.db import Database, DatabaseDown
from webapp.domain.deliveries import Channel
from webapp.models import Heartbeat
from webapp.notify import CHANNELS, email
from webapp.notify.endings import InDoubt, Refused, Unreachable
from webapp.notify.messages import Message
from webapp.services import dispatch as service

EIGHT = "2026-11-20T01:00:00"


def test_a_job_that_goes_wrong_says_where_but_not_what_and_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = iter([True, True, False, True, False, False])

    def tick() -> None:
        if next(wrong):
            raise ValueError("Clara takes pills")

    go = calmly(tick)
    for _ in range(6):
        go()
    said = [record.getMessage().split("\n")[0] for record in caplog.records]
    assert said == ["tick did not work this time: ValueError", "tick works again"] * 2, "and not once a second"
    assert "pills" not in caplog.text.replace('raise ValueError("Clara takes pills")', "")
    monkeypatch.setattr("jobs.calmly.AGAIN", 0)
    wrong = iter([True, True])
    go()
    go()
    assert caplog.text.count("tick did not work this time") == 4


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_transaction_that_collided_is_tried_again(database: Database, code: str) -> None:
    tries = []

    def work(session: Session) -> str:
        tries.append(1)
        if len(tries) < 3:
            session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$"))
        return "done"

    assert written(database, work) == "done"
    assert len(tries) == 3


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_trying_again_has_an_end_and_other_errors_have_none(database: Database) -> None:
    for code, expected in (("40001", TRIES), ("23505", 1)):
        tries = []

        def work(session: Session, code: str = code, tries: list[int] = tries) -> None:
            tries.append(1)
            session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$"))

        with pytest.raises(DBAPIError):
            written(database, work)
        assert len(tries) == expected


def test_the_heartbeat_is_one_row_that_moves(database: Database, cast: Cast) -> None:
    heartbeat(database)
    with clock.standing_at(utc(EIGHT)):
        heartbeat(database)
    with database.reading() as connection:
        assert connection.execute(select(Heartbeat.at)).scalars().all() == [utc(EIGHT)]


def test_housekeeping_runs_on_an_empty_database(config: Config, database: Database) -> None:
    housekeeping(config, database)


def test_an_idle_round_writes_nothing(engine: Engine, cast: Cast) -> None:
    with engine.database.writing():  # whoever wanted to write would wait for this
        began = time.monotonic()
        engine.look_at(EIGHT)
        engine.reap_at(EIGHT)
        assert time.monotonic() - began < 5


@pytest.mark.real_clock
def test_the_timetable_beats_at_once_and_ends(engine: Engine, cast: Cast) -> None:
    scheduler = jobs.timetable(engine.config, engine.database, engine.stopping)
    names = {job.id: job.trigger.interval.total_seconds() for job in scheduler.get_jobs()}
    sending = {f"dispatch {channel}": 1 for channel in CHANNELS}
    often = {"heartbeat": 15, "tick": 1, "reap": 15, "backup asked for": 2} | sending
    hourly = {"audit": 3600, "backup": 3600, "own data": 3600}
    assert names == often | hourly | {"notices": 300, "expiry": 600, "housekeeping": 86400}
    scheduler.start()
    assert {(j.max_instances, j.coalesce, j.misfire_grace_time) for j in scheduler.get_jobs()} == {(1, True, None)}
    end = time.monotonic() + 10
    beat = None
    while beat is None and time.monotonic() < end:
        with engine.database.reading() as connection:
            beat = connection.execute(select(Heartbeat.at)).scalar_one_or_none()
    assert beat is not None
    assert abs((datetime.now(UTC) - beat).total_seconds()) < 10
    jobs._finish(scheduler, engine.database)
    assert not scheduler.running


@pytest.fixture
def message() -> Message:
    return Message("clara@example.test", "Hello", "Hello", "http://localhost/")


def sent(engine: Engine, message: Message, channel: str = "email") -> Any:
    class What:
        pass

    what: Any = What()
    what.channel = channel
    return dispatch.send(engine.config, what, message)


def test_every_way_a_send_can_end_has_a_name(
    engine: Engine, message: Message, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent(engine, message) is None
    refused = sent(engine, replace(message, to="a\nb@example.test"))
    assert isinstance(refused, Refused)
    assert isinstance(sent(engine, message, "pigeon"), InDoubt)
    nowhere = engine.config.data / "file"
    nowhere.write_text("")
    engine.config = replace(engine.config, smtp_url=None, data=nowhere)
    assert isinstance(sent(engine, message), Unreachable)


def test_what_was_sent_is_written_down_once_the_database_is_back(
    engine: Engine,
    cast: Cast,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(dispatch, "RECORD_WAIT", 0.01)
    away = iter([True, True, False])
    record = service.record

    def sometimes(*arguments: Any) -> set[int]:
        if next(away):
            raise DatabaseDown("clara")
        return record(*arguments)

    monkeypatch.setattr(service, "record", sometimes)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    assert engine.states() == [("sent", None)]
    assert len(mail_server.messages) == 1
    assert "clara" not in caplog.text


def test_a_stop_while_the_database_is_away_tries_once_more_and_leaves_it_in_doubt(
    engine: Engine, cast: Cast, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> set[int]:
        engine.stopping.set()
        raise DatabaseDown("away")

    monkeypatch.setattr(service, "record", never)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    with pytest.raises(DatabaseDown):
        engine.dispatch_at(EIGHT)
    engine.reap_at("2026-11-20T01:10:00")
    assert engine.states()[0][0] == "unknown"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A mail server that answers only when let go."""
    go = threading.Event()
    handing = email.send

    def wait(*arguments: Any) -> None:
        go.wait(10)
        handing(*arguments)

    monkeypatch.setitem(dispatch.CHANNELS, "email", wait)  # type: ignore[arg-type]
    yield go
    go.set()


def test_told_to_stop_it_finishes_what_is_being_sent_and_gives_back_the_rest(
    engine: Engine, cast: Cast, mail_server: MailServer, slow: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(dispatch.PACES, Channel.EMAIL, dispatch.Pace(20, 1, 1))
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.remind(cast.hotline, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    with clock.standing_at(utc(EIGHT)):
        work = threading.Thread(
            target=dispatch.dispatch, args=(engine.config, engine.database, "me", engine.stopping, Channel.EMAIL)
        )
        work.start()
        end = time.monotonic() + 10
        while ("sending", None) not in engine.states():
            assert time.monotonic() < end
            time.sleep(0.01)
        engine.stopping.set()
        slow.set()
        work.join(10)
    assert sorted(engine.states()) == [("pending", None), ("sent", None)]
    assert len(mail_server.messages) == 1


def test_the_log_of_a_mail_not_sent_names_nobody(
    engine: Engine, cast: Cast, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    mail_server.answer("550 clara@example.test is unknown here", to="RCPT")
    engine.remind(cast.pills, cast.clara, "20:00", plain=True)
    engine.look_at(EIGHT)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("cairn"))
    assert "not sent: Refused" in ours
    assert "clara" not in ours
    assert "pills" not in ours
