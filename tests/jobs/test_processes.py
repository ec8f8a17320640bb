"""The jobs as processes: told to stop, killed, and beside each other. The clock runs."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from tests.support.cast import Cast
from tests.support.environment import of_a_process
from tests.support.smtp import MailServer
from webapp.config import Config
from webapp.db import Database
from webapp.models import CadenceVersion, Delivery, Heartbeat, Reminder
from webapp.services import reminders

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.real_clock

KILLED_AFTER_CLAIM = """
import os, signal
from jobs import __main__ as jobs, dispatch
dispatch.deliver = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
jobs.main()
"""
KILLED_WHILE_SENDING = """
import os, signal
from jobs import __main__ as jobs, dispatch
dispatch.send = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
jobs.main()
"""
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(config: Config, mail_server: MailServer) -> Iterator[Start]:
    """start("-m", "jobs") runs Python with the test's database and mail server."""
    running = []
    environment = of_a_process(config, CAIRN_SMTP_URL=mail_server.url)

    def go(*arguments: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, *arguments], env=environment, cwd=ROOT, stderr=subprocess.PIPE)
        running.append(process)
        return process

    yield go
    for process in running:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.fixture
def due(database: Database, cast: Cast) -> int:
    """A reminder of Clara's that came due a minute ago."""
    now = datetime.now(UTC)
    with database.writing() as session:
        session.execute(update(CadenceVersion).values(valid_from=now.date() - timedelta(days=9)))
        reminders.set_times(session, cast.hotline, cast.clara, ["20:00"], False, True, now)
        then = (now - timedelta(minutes=1)).replace(second=0, microsecond=0)
        local = then.astimezone(ZoneInfo("America/New_York"))
        session.execute(update(Reminder).values(next_at=then, at_time=f"{local:%H:%M}"))
    return cast.hotline


def wait_for(database: Database, statement: object, wanted: object, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while True:
        with database.reading() as connection:
            found = connection.execute(statement).scalars().first()  # type: ignore[call-overload]
        if found == wanted:
            return
        assert time.monotonic() < end, f"{found!r} instead of {wanted!r}"
        time.sleep(0.05)


STATE = select(Delivery.state)


def end(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> int:
    process.send_signal(number)
    return process.wait(30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_jobs_send_what_is_due_once_and_stop_when_told(
    start: Start, database: Database, due: int, mail_server: MailServer, number: int
) -> None:
    process = start("-m", "webapp.cli", "jobs")
    (mail,) = mail_server.wait_for(1, 20)
    assert mail.recipients == ["clara@example.test"]
    wait_for(database, STATE, "sent")
    with database.reading() as connection:
        assert connection.execute(select(Heartbeat.at)).scalar_one() > datetime.now(UTC) - timedelta(seconds=30)
    assert end(process, number) == 0
    assert len(mail_server.messages) == 1
    assert process.stderr is not None
    said = process.stderr.read().decode()
    assert "clara" not in said.lower()
    assert "Traceback" not in said
    assert "jobs stopped" in said, "it waited for work in hand instead of being cut off"


def test_killed_between_claim_and_send_another_process_sends_it_once(
    start: Start, database: Database, due: int, mail_server: MailServer
) -> None:
    assert start("-c", KILLED_AFTER_CLAIM).wait(20) == -signal.SIGKILL
    wait_for(database, STATE, "claimed")
    with database.writing() as session:
        session.execute(update(Delivery).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    second = start("-m", "jobs")
    mail_server.wait_for(1, 30)
    wait_for(database, STATE, "sent")
    assert end(second) == 0
    assert len(mail_server.messages) == 1


def test_killed_while_sending_nobody_sends_it_again(
    start: Start, database: Database, due: int, mail_server: MailServer
) -> None:
    assert start("-c", KILLED_WHILE_SENDING).wait(20) == -signal.SIGKILL
    wait_for(database, STATE, "sending")
    with database.writing() as session:
        session.execute(update(Delivery).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    second = start("-m", "jobs")
    wait_for(database, STATE, "unknown", 30)
    assert end(second) == 0
    assert mail_server.messages == []


def test_three_processes_beside_each_other_send_once(
    start: Start, database: Database, due: int, mail_server: MailServer
) -> None:
    processes = [start("-m", "jobs") for _ in range(3)]
    mail_server.wait_for(1, 30)
    time.sleep(3)
    assert [end(process) for process in processes] == [0, 0, 0]
    assert len(mail_server.messages) == 1
