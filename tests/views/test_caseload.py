"""The caseload shows each client's line, remembers the look, and costs the same however long it is."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from tests.queries.test_caseload import more_clients
from tests.support.cast import NOW, Cast
from tests.support.clara import live_two_weeks
from tests.support.counting import counting
from webapp.db import Database
from webapp.models import Assignment, Look, SharingGrant

As = Callable[[int | None], FlaskClient]


def test_a_line_says_next_session_counts_and_last_record(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
    page = re.sub(r"[ \t\n]+", " ", browse(cast.theo).get("/caseload").text)
    for words in ("Clara Reyes", "tomorrow, 12:00\xa0PM", "4 of 8", "no record for 2 days", "Nov 5, 12:00\xa0PM"):
        assert words in page, words
    assert f"/clients/{cast.clara}/before-session" in page
    assert "not shared" not in page


def test_what_is_not_shared_is_said_and_the_plan_is_not_linked(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.query(SharingGrant).delete()
    page = browse(cast.theo).get("/caseload").text
    assert page.count(">not shared<") == 2
    assert f"/clients/{cast.clara}/plan" not in page


def test_nobody_assigned_is_said_kindly_with_the_next_thing(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.query(Assignment).update({"ended_at": NOW})
    page = browse(cast.theo).get("/caseload").text
    assert "Nobody is assigned to you yet." in page
    assert "Invite a client" in page


def test_the_counts_are_a_look_once_a_day(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    for _ in range(3):
        theo.get("/caseload")
    with database.writing() as session:
        assert [(look.by_id, look.client_id, look.page) for look in session.query(Look)] == [
            (cast.theo, cast.clara, "caseload")
        ]


def test_a_name_alone_is_no_look(browse: As, database: Database, cast: Cast) -> None:
    browse(cast.tess).get("/caseload")
    with database.writing() as session:
        assert session.query(Look).count() == 0


def test_three_and_thirty_clients_take_the_same_queries(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    counts = []
    for more in (2, 27):
        more_clients(database, cast, more)
        with counting(database.engine) as counted:
            assert theo.get("/caseload").status_code == 200
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 8, str(counted)
