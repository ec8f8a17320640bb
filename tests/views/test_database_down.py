"""When the database does not answer, people get a clear page, never a stack trace."""

import shutil
from contextlib import nullcontext
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import As, settings
from tests.support.cast import TODAY, Cast
from webapp import db
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.models import CheckIn

GONE = "postgresql+psycopg://cairn@127.0.0.1:9/cairn?connect_timeout=2"


def browser_of_a_cairn_without_database(tmp_path: Path) -> FlaskClient:
    config = settings(tmp_path, GONE)
    return create_app(config, db.connect(config)).test_client()


def test_the_health_page_says_that_the_database_is_down(tmp_path: Path) -> None:
    answer = browser_of_a_cairn_without_database(tmp_path).get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["database"] == "down"


def test_somebody_signed_in_reads_that_nothing_is_lost(tmp_path: Path) -> None:
    client = browser_of_a_cairn_without_database(tmp_path)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "some-token"
    answer = client.get("/")
    assert answer.status_code == 503
    assert "Nothing that was saved is lost" in answer.text
    assert answer.headers["Retry-After"] == "30"
    worker = client.post("/bad-day", headers={"Accept": "application/json", "Sec-Fetch-Site": "same-origin"})
    assert (worker.status_code, worker.headers["Retry-After"]) == (503, "30")
    assert worker.get_json() == {"ok": False, "said": "Nothing that was saved is lost. Try again soon."}


def tick(client: FlaskClient, cast: Cast, op_id: str) -> int:
    form = {"op_id": op_id, "day": TODAY.isoformat(), "outcome": "not_today"}
    answer = client.post(f"/steps/{cast.walk}/check-ins", data=form, headers={"Accept": "application/json"})
    assert answer.get_json()["ok"] is (answer.status_code == 200)
    return answer.status_code


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
@pytest.mark.parametrize("in_use", [False, True])
@pytest.mark.parametrize("comes_back", ["itself", "as a copy"])
def test_a_file_that_is_gone_takes_nothing_is_not_made_anew_and_comes_back_without_a_restart(
    config: Config, database: Database, cast: Cast, browse: As, tmp_path: Path, comes_back: str, in_use: bool
) -> None:
    clara, here, away = browse(cast.clara), config.data / "cairn.db", tmp_path / "away"
    before, meanwhile, after = (str(uuid4()) for _ in range(3))
    assert tick(clara, cast, before) == 200
    with database.reading() if in_use else nullcontext():
        away.mkdir()
        for path in config.data.glob("cairn.db*"):
            if comes_back == "as a copy":
                shutil.copy(path, away)
                path.unlink()
            else:
                path.rename(away / path.name)
        for _ in range(3):
            page = clara.get("/today")
            assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
            assert "Nothing that was saved is lost" in page.text
            assert tick(clara, cast, meanwhile) == 503
            assert clara.get("/healthz").status_code == 503
        assert not here.exists()
        for path in away.iterdir():
            shutil.move(path, config.data / path.name)
    assert clara.get("/today").status_code == 200
    assert [tick(clara, cast, one) for one in (meanwhile, after)] == [200, 200]
    with database.reading() as connection:
        assert {*connection.execute(select(CheckIn.op_id)).scalars()} == {before, meanwhile, after}
