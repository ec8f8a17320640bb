"""What a phone kept and sends later: taken once, for the right person only, and answered in words it can show."""

import re
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import As
from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import CheckIn

HTMX = {"HX-Request": "true"}
WORKER = {"Accept": "application/json"}


def rows(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count(CheckIn.id))).scalar_one()


def key_of(browser: FlaskClient) -> str:
    found = re.search(r'data-user="([0-9a-f]+)"', browser.get("/settings").text)
    assert found
    return found[1]


def form(**more: str) -> dict[str, Any]:
    return {"op_id": str(uuid4())} | more


@pytest.mark.parametrize("headers", [{}, HTMX, WORKER])
def test_what_somebody_else_tapped_on_this_phone_is_refused_and_nothing_is_written(
    cast: Cast, database: Database, browse: As, headers: dict[str, str]
) -> None:
    otto, clara = browse(cast.otto), browse(cast.clara)
    answer = clara.post(f"/steps/{cast.walk}/check-ins", data=form(op_for=key_of(otto)), headers=headers)
    assert answer.status_code == 409
    assert "Nothing was saved." in answer.text
    assert rows(database) == 0
    assert clara.post(f"/steps/{cast.walk}/check-ins", data=form(op_for=key_of(clara))).status_code == 303
    assert rows(database) == 1


def test_the_worker_is_told_that_it_was_somebody_else_before_any_record_is_looked_up(cast: Cast, browse: As) -> None:
    """A 404 would be the end of it, and what Otto typed would be gone from his own outbox."""
    otto, clara = browse(cast.otto), browse(cast.clara)
    answer = clara.post(f"/steps/{cast.otto_step}/check-ins", data=form(op_for=key_of(otto)), headers=WORKER)
    assert (answer.status_code, answer.get_json()["ok"], answer.get_json()["other"]) == (409, False, True)


def test_whoever_was_signed_out_meanwhile_is_asked_to_sign_in_and_nothing_else(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    answer = browse(None).post(f"/steps/{cast.walk}/check-ins", data=form(op_for=key_of(clara)), headers=WORKER)
    assert (answer.status_code, answer.get_json()["ok"]) == (401, False)
    assert "Sign in" in answer.get_json()["said"]
