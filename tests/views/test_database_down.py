"""When the database does not answer, people get a clear page, never a stack trace."""

from pathlib import Path

from flask.testing import FlaskClient

from tests.conftest import settings
from webapp import db
from webapp.app import create_app

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
