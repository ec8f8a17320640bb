"""The daily round: whatever ended goes, in several processes at once, and what rests by mistake is woken."""

import os
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from jobs.housekeeping import housekeeping
from tests.support.cast import NOW, Cast
from webapp.config import Config
from webapp.db import Database
from webapp.models import Reminder, SignInLink
from webapp.services import housekeeping as service
from webapp.services import reminders


def links(database: Database, cast: Cast, number: int) -> None:
    old = NOW - timedelta(days=9)
    with database.writing() as session:
        session.add_all(
            SignInLink(person_id=cast.sam, token_hash=f"{n}", created_at=old, expires_at=old) for n in range(number)
        )


def count(database: Database, table: Any) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_four_processes_at_once_put_everything_away(
    config: Config, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST", 10)
    links(database, cast, 95)
    wrong: list[BaseException] = []
    ready = threading.Barrier(4)

    def work() -> None:
        try:
            ready.wait(10)
            housekeeping(config, database)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert count(database, SignInLink) == 0


def test_no_transaction_deletes_more_than_a_thousand(config: Config, database: Database, cast: Cast) -> None:
    links(database, cast, 1001)
    deleted: list[int] = []

    def listen(_conn: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE") and "sign_in_links" in statement:
            deleted.append(1)

    event.listen(database.engine, "after_cursor_execute", listen)
    with database.writing() as session:
        assert service.sign_in_links(session, NOW) == 1000
    housekeeping(config, database)
    assert len(deleted) == 3  # a thousand, one, and none left
    assert count(database, SignInLink) == 0


def test_reminders_that_rest_by_mistake_are_woken_batch_by_batch(
    config: Config, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        for hour in range(5):
            session.add(
                Reminder(client_id=cast.clara, step_id=cast.pills, person_id=cast.clara, at_time=f"0{hour}:00",
                         zone="America/New_York", created_at=NOW)
            )  # fmt: skip
    with database.writing() as session:
        last = reminders.recompute_resting(session, NOW, most=2)
        assert last is not None
        woken = select(func.count()).select_from(Reminder).where(Reminder.next_at.is_not(None))
        assert session.scalar(woken) == 2
        assert reminders.recompute_resting(session, NOW, after=10**6) is None
    housekeeping(config, database)
    with database.reading() as connection:
        assert connection.execute(woken).scalar_one() == 5


def test_mails_that_no_server_takes_go_after_a_month(config: Config, database: Database) -> None:
    config.outbox.mkdir(parents=True)
    for name, days in (("old", 31), ("new", 29)):
        mail = config.outbox / f"{name}.eml"
        mail.write_text("To: sam@example.test\n\nhello\n")
        os.utime(mail, (0, (NOW - timedelta(days=days)).timestamp()))
    housekeeping(config, database)
    assert [mail.name for mail in config.outbox.iterdir()] == ["new.eml"]
