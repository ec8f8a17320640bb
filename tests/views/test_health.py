"""Monitors can see whether Cairn is well."""

from datetime import timedelta

from sqlalchemy import text

from tests.conftest import As
from webapp import __version__, clock
from webapp.db import Database
from webapp.models import Heartbeat


def beat(database: Database, seconds_ago: float) -> None:
    with database.writing() as session:
        session.merge(Heartbeat(name="jobs", at=clock.now() - timedelta(seconds=seconds_ago)))


def test_all_is_well_while_the_jobs_beat(browse: As, database: Database) -> None:
    beat(database, 12)
    answer = browse(None).get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "version": __version__, "database": "ok", "jobs_heartbeat_seconds": 12.0}


def test_jobs_that_never_ran_are_down(browse: As) -> None:
    answer = browse(None).get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["database"] == "ok"


def test_jobs_that_fell_silent_are_down(browse: As, database: Database) -> None:
    beat(database, 600)
    assert browse(None).get("/healthz").status_code == 503


def test_a_database_that_does_not_answer_is_down_and_said_so(browse: As, database: Database) -> None:
    with database.owning() as session:
        session.execute(text("DROP TABLE heartbeats"))
    answer = browse(None).get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["database"] == "down"
