"""What was shared for a while only is ended once, whoever looks."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jobs import expiry
from jobs.expiry import expiry as end_what_is_over
from tests.support.cast import NOW, Cast
from webapp.db import Database
from webapp.models import SharingGrant


def run_out(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        theirs = update(SharingGrant).where(SharingGrant.person_id == cast.theo)
        session.execute(theirs.values(ends_at=NOW - timedelta(hours=1)))


def ends(database: Database, person: int) -> set[object]:
    with database.reading() as connection:
        return set(
            connection.execute(select(SharingGrant.withdrawn_at).where(SharingGrant.person_id == person)).scalars()
        )


def test_four_processes_at_once_end_each_grant_as_of_its_own_end(database: Database, cast: Cast) -> None:
    run_out(database, cast)
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait(10)
        end_what_is_over(database)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ends(database, cast.theo) == {NOW - timedelta(hours=1)}
    assert ends(database, cast.sam) == {None}


def test_more_than_fit_into_one_transaction_are_all_ended(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_out(database, cast)
    monkeypatch.setattr(expiry, "MOST", 2)
    end_what_is_over(database)
    assert ends(database, cast.theo) == {NOW - timedelta(hours=1)}


def test_with_nothing_over_nothing_is_written(database: Database, cast: Cast) -> None:
    with database.writing():  # whoever wanted to write would wait for this
        end_what_is_over(database)
    assert ends(database, cast.theo) == {None}
