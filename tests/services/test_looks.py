"""Every look is remembered, sealed to the one before it; a look at a list once each; many at once in one line."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.conftest import EVERYONE, As
from tests.support.cast import NOW, Cast
from tests.support.counting import counting
from webapp import audit, db
from webapp.config import Config
from webapp.db import Database
from webapp.models import Look, Person
from webapp.services import looks

READS, THREADS = 10_000, 16
LISTED = THREADS * 3 * 25
"""Looks at lists besides: three of 25 clients by each."""


def seen(session: Session) -> list[tuple[int, int | None, str]]:
    return [(look.client_id, look.by_id, look.page) for look in session.query(Look).order_by(Look.id)]


def test_each_look_is_a_row(session: Session, cast: Cast) -> None:
    for _ in range(2):
        looks.looked(session, cast.theo, cast.clara, "before_session", NOW)
    looks.looked(session, cast.clara, cast.clara, "before_session", NOW)
    assert seen(session) == [(cast.clara, cast.theo, "before_session")] * 2


def test_a_look_at_nobody_is_refused(session: Session, cast: Cast) -> None:
    with pytest.raises(looks.NotRemembered):
        looks.looked(session, cast.theo, 999_999, "before_session", NOW)


def test_a_list_is_remembered_once_each_and_again_when_that_is_long_ago(session: Session, cast: Cast) -> None:
    both, day = [cast.clara, cast.otto], timedelta(days=1)
    looks.looked_over(session, cast.theo, [cast.clara], "caseload", NOW - day, NOW)
    looks.looked_over(session, cast.theo, both, "caseload", NOW - day, NOW)
    assert sorted(seen(session)) == sorted((client, cast.theo, "caseload") for client in both)
    looks.looked_over(session, cast.tess, both, "caseload", NOW - day, NOW)
    looks.looked_over(session, cast.theo, both, "caseload", NOW + day, NOW + day)
    assert len(seen(session)) == 6


def test_an_empty_list_is_no_look(session: Session, cast: Cast) -> None:
    looks.looked_over(session, cast.theo, [], "caseload", NOW, NOW)
    assert seen(session) == []


def test_one_look_more_is_one_statement_and_a_guess_that_was_wrong_costs_no_look(
    database: Database, config: Config, cast: Cast
) -> None:
    """A transaction that was taken back, or another process, moves the end; what this one saw last is then no use."""
    another = db.connect(config).within(EVERYONE)
    for where in (database, another, database):
        with where.writing() as session:
            looks.looked(session, cast.theo, cast.clara, "care_plan", NOW)
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        _look_and_fall(session, cast)
    with database.writing() as session:
        looks.looked(session, cast.theo, cast.clara, "care_plan", NOW)
    with counting(database.engine) as counted, database.writing() as session:
        looks.looked(session, cast.theo, cast.clara, "care_plan", NOW)
    assert len(counted) == 1, str(counted)
    another.dispose()
    assert audit.verify(database, config, NOW).looks == 5
    assert audit.verify(database, config, NOW).problems == ()


def _look_and_fall(session: Session, cast: Cast) -> None:
    looks.looked(session, cast.theo, cast.clara, "care_plan", NOW)
    raise ZeroDivisionError


@pytest.mark.unmeasured
def test_ten_thousand_looks_from_sixteen_threads_make_whole_chains(
    database: Database, config: Config, cast: Cast, browse: As
) -> None:
    """Two processes' worth of connections: single reads, requests among them, and lists in whatever order besides."""
    another = db.connect(config).within(EVERYONE)
    clients = _more_clients(database, cast)
    theos = [browse(cast.theo) for _ in range(THREADS)]
    here = threading.Barrier(THREADS)

    def work(number: int) -> Counter[str]:
        where, done = (database, another)[number % 2], Counter[str]()
        some = [*clients[number:], *clients[:number]][:: -1 if number % 3 else 1][:25]
        here.wait()
        for turn in range(READS // THREADS):
            if turn % 80 == 40:
                done[theos[number].get(f"/clients/{cast.clara}/sessions").status] += 1
                continue
            with where.writing() as session:
                looks.looked(session, cast.theo, clients[(turn * 7 + number) % len(clients)], "care_plan", NOW)
            if turn % 250 == 0:
                with where.writing() as session:
                    looks.looked_at_each(session, cast.theo, some, "promises", NOW)
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        answers = sum(pool.map(work, range(THREADS)), Counter())
    another.dispose()
    assert answers == {"200 OK": 8 * THREADS}
    told = audit.verify(database, config, NOW)
    assert (told.looks, told.problems) == (READS + LISTED, ())


def _more_clients(database: Database, cast: Cast) -> list[int]:
    with database.writing() as session:
        made = [
            Person(organisation_id=cast.organisation, name=f"C{n}", called="C", email=f"c{n}@x.test",
                   email_key=f"c{n}@x.test", created_at=NOW, is_client=True)
            for n in range(40)
        ]  # fmt: skip
        session.add_all(made)
        session.flush()
        return [cast.clara, *(one.id for one in made)]
