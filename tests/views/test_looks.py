"""Nobody is shown anything of a client's record that the client can't read was looked at."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from tests.conftest import As
from tests.services.test_answers import came_due
from tests.support.cast import NOW, Cast
from webapp.db import Database
from webapp.models import Look, SharingGrant
from webapp.queries import access
from webapp.services import looks
from webapp.views.policies import POLICIES

SHOWS_NOTHING = {"before_session.client"}
"""Only leads on."""
IN_RECORDS = (access.assigned_client, access.assigned_plan)


def routes(app: Flask) -> Iterator[tuple[str, str, set[str]]]:
    """The routes of the care team into a client's record: endpoint, method and what stands in the address."""
    for rule in app.url_map.iter_rules():
        if POLICIES[rule.endpoint].record in IN_RECORDS and rule.endpoint not in SHOWS_NOTHING:
            for method in (rule.methods or set()) & {"GET", "POST"}:
                yield rule.endpoint, method, set(rule.arguments)


def address(app: Flask, cast: Cast, endpoint: str, method: str, arguments: set[str]) -> str:
    known = {"client_id": cast.clara, "step_id": cast.walk, "session_id": cast.next_session, "item_id": cast.goal,
             "strategy_id": cast.breathing, "noun": "goals"}  # fmt: skip
    with app.test_request_context():
        return app.url_for(endpoint, _method=method, **{name: known.get(name, 1) for name in arguments})


def of_clara(database: Database, cast: Cast) -> list[tuple[int | None, str]]:
    with database.reading() as connection:
        rows = connection.execute(select(Look.by_id, Look.page).where(Look.client_id == cast.clara).order_by(Look.seq))
        return [(row.by_id, row.page) for row in rows]


def test_whatever_a_supporter_is_shown_of_a_record_is_a_look_also_where_nothing_but_a_promise_is_theirs(
    browse: As, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        session.execute(delete(SharingGrant).where(SharingGrant.person_id == cast.sam))
        reminded = came_due(session, cast.sam, cast.ride)
    sam, pages = (
        browse(cast.sam),
        {"/promises": "promises", f"/reminded/{reminded}": "reminded", "/reminders": "reminders"},
    )
    for path, page in pages.items():
        before = of_clara(database, cast)
        assert "Drive Clara to choir" in sam.get(path).text, path
        assert of_clara(database, cast) == [*before, (cast.sam, page)]
        if page == "reminded":
            assert sam.post(path, data={"answer": "nothing"}).status_code == 422
            assert len(of_clara(database, cast)) == len(before) + 1, "a form belongs to the look it was sent from"
    before = len(of_clara(database, cast))
    assert "Drive Clara" not in browse(cast.nora).get("/promises").text
    browse(cast.nora).get("/reminders")
    assert browse(cast.clara).get("/reminders").status_code == 200
    assert len(of_clara(database, cast)) == before, "of nothing, and of one's own, there is no look"

    def full(*told: object) -> None:
        raise OperationalError("INSERT INTO looks", {}, Exception("disk full"))

    monkeypatch.setattr(looks, "looked_at_each", full)
    for path in pages:
        shown = sam.get(path)
        assert (shown.status_code, "Drive Clara" in shown.text) == (503, False), path


def test_every_way_into_a_record_is_a_look_before_anything_is_shown(
    app: Flask, browse: As, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GETs and POSTs alike; a form that is sent soon after a look belongs to it. Where it can't be written: nothing."""
    theo, found, missing = browse(cast.theo), list(routes(app)), []
    assert len([one for one in found if one[1] == "GET"]) >= 12
    for endpoint, method, arguments in found:
        before = len(of_clara(database, cast))
        answer = theo.open(address(app, cast, endpoint, method, arguments), method=method)
        after = of_clara(database, cast)
        page = endpoint.split(".")[0]
        if method == "GET" and (len(after) - before, after[-1]) != (1, (cast.theo, page)):
            missing.append(f"{method} {endpoint}: {answer.status_code}")
        if (cast.theo, page) not in after:
            missing.append(f"{method} {endpoint}: no look at all")
    assert missing == []

    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    monkeypatch.setattr(looks, "looked", full)
    monkeypatch.setattr(looks, "looked_over", full)
    shown = []
    for endpoint, method, arguments in found:
        answer = theo.open(address(app, cast, endpoint, method, arguments), method=method)
        if answer.status_code < 500 or "Clara" in answer.text or "Walk by the river" in answer.text:
            shown.append(f"{method} {endpoint}: {answer.status_code}")
    assert shown == []


def test_lists_and_promises_are_looks_only_where_something_is_shared(
    browse: As, database: Database, cast: Cast
) -> None:
    browse(cast.theo).get("/caseload")
    browse(cast.sam).get("/promises")
    browse(cast.nora).get("/promises")
    browse(cast.sam).post(f"/promises/{cast.promise}/answers", data={"verb": "end", "words": "x" * 1001})
    assert of_clara(database, cast) == [(cast.theo, "caseload"), (cast.sam, "promises")]


def test_a_page_of_promises_that_a_form_brings_back_is_a_look(browse: As, database: Database, cast: Cast) -> None:
    answer = browse(cast.sam).post(f"/promises/{cast.promise}/answers", data={"verb": "end", "words": "x" * 1001})
    assert answer.status_code == 422
    assert of_clara(database, cast) == [(cast.sam, "promises")]


def test_to_see_as_somebody_else_does_is_no_look(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    for person in (cast.theo, cast.sam):
        assert clara.get(f"/people/{person}/seen").status_code == 200
    assert of_clara(database, cast) == []


def test_the_client_reads_that_the_plan_was_written_out_at_the_server(
    browse: As, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        looks.written_out(session, cast.clara, NOW)
    page = browse(cast.clara).get("/people/looks").text
    assert "Whoever runs the server wrote your plan to a file" in page
