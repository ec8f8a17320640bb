"""The fixed cast, the two databases, and a browser-like client for each person.

Every test of queries, services, views and jobs runs on SQLite and on PostgreSQL.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast, enter
from webapp import clock, db, migrations
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.services import sign_ins

pytest_plugins = (
    "tests.support.no_skips",
    "tests.support.postgres",
    "tests.support.smtp",
    "tests.support.push",
    "tests.support.ntfy",
    "tests.support.browser",
    "tests.support.server",
)

KEY = "0123456789abcdef" * 4
FIELD_KEYS = f"lookup={'b' * 64} 1={'a' * 64}"


def settings(folder: Path, database_url: str | None = None, **changes: object) -> Config:
    """A configuration for a test, in a folder of its own."""
    values: dict[str, object] = {
        "mode": "embedded",
        "data": folder,
        "config": folder,
        "origin": "http://localhost",
        "host": "127.0.0.1",
        "port": 8000,
        "secret_key": KEY,
        "database_url": database_url,
        "database_key": KEY,
        "field_keys": FIELD_KEYS,
        "smtp_url": None,
        "mail_from": "Cairn <cairn@example.test>",
        "vapid_key": KEY,
        "push_hosts": (),
        "ntfy_url": None,
        "country": "US",
        "proxies": 0,
        "threads": 4,
    }
    return Config(**(values | changes))  # type: ignore[arg-type]


def _migrate(database: Database) -> None:
    with database.writing() as session:
        migrations.upgrade(session.connection())


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted database, migrated once and copied for every test."""
    folder = tmp_path_factory.mktemp("sqlite")
    database = db.connect(settings(folder))
    _migrate(database)
    database.dispose()
    return folder / "cairn.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "cairn.db")
        return settings(tmp_path)

    def prepare(url: str) -> None:
        _migrate(db.connect(settings(tmp_path, url)))

    return settings(tmp_path, request.getfixturevalue("fresh_postgres")(prepare))


@pytest.fixture
def database(config: Config) -> Iterator[Database]:
    database = db.connect(config)
    yield database
    database.dispose()


@pytest.fixture
def session(request: pytest.FixtureRequest, database: Database) -> Iterator[Session]:
    """A writing session; its work is committed at the end of the test."""
    if "cast" in request.fixturenames:
        request.getfixturevalue("cast")  # it writes too, and SQLite has one writer: it must be done before
    with database.writing() as session:
        yield session


@pytest.fixture
def cast(database: Database) -> Cast:
    """Clara, Sam, Nora, Theo, Tess, Ada and Otto, with Clara's plan."""
    with database.writing() as session:
        return enter(session)


@pytest.fixture(autouse=True)
def still_clock(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """The clock stands at NOW (Thursday noon in New York), unless the test is marked `real_clock`."""
    if request.node.get_closest_marker("real_clock"):
        yield datetime.now(UTC)
        return
    with clock.standing_at(NOW):
        yield NOW


@pytest.fixture
def app(config: Config, database: Database) -> Flask:
    app = create_app(config, database)
    app.testing = True
    return app


As = Callable[[int | None], FlaskClient]


@pytest.fixture
def browse(app: Flask, database: Database) -> As:
    """browse(person_id) is that person's browser, signed in; browse(None) is a stranger's."""

    def start(person_id: int | None) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        if person_id is not None:
            with database.writing() as session:
                token = sign_ins.begin(session, person_id, "test", clock.now())
            with client.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
        return client

    return start
