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
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support import roles
from tests.support.cast import NOW, Cast, enter
from webapp import clock, db, migrations
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.domain.scopes import everyone
from webapp.guard import row_security
from webapp.models import Person
from webapp.services import sign_ins

pytest_plugins = (
    "tests.support.no_skips",
    "tests.support.unmeasured",
    "tests.support.memory",
    "tests.support.twins",
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
        "database_owner_url": None,
        "database_key": KEY,
        "audit_key": KEY,
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


EVERYONE = everyone("tests write rows themselves; the app under test is handed no such scope")


def migrate(database: Database) -> None:
    """Bring a database up to date and let the app's role use it, as `cairn serve` does."""
    with database.owning() as session:
        migrations.upgrade(session.connection())
        if not database.embedded:
            row_security.grant(session.connection(), roles.APP)


def _people(database: Database) -> Cast:
    with database.writing(EVERYONE) as session:
        return enter(session)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted database, migrated once and copied for every test."""
    folder = tmp_path_factory.mktemp("sqlite")
    database = db.connect(settings(folder))
    migrate(database)
    database.dispose()
    return folder / "cairn.db"


@pytest.fixture(scope="session")
def peopled_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cast]:
    """The same with the cast in it, and who they are: to write them is most of the work of a small test."""
    folder = tmp_path_factory.mktemp("peopled")
    shutil.copy(migrated_sqlite, folder / "cairn.db")
    database = db.connect(settings(folder))
    cast = _people(database)
    database.dispose()
    return folder / "cairn.db", cast


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    peopled = "cast" in request.fixturenames
    with_cast, known = request.getfixturevalue("peopled_sqlite")
    if request.param == "sqlite":
        migrated = request.getfixturevalue("migrated_sqlite")
        shutil.copy(with_cast if peopled else migrated, tmp_path / "cairn.db")
        return settings(tmp_path)

    def empty(url: str) -> None:
        roles.ensure_app_role(url)
        migrate(db.connect(settings(tmp_path, url)))

    def with_people(url: str) -> None:
        empty(url)
        assert _people(db.connect(settings(tmp_path, url))) == known, "the same people have the same ids everywhere"

    owner = request.getfixturevalue("fresh_postgres")(with_people if peopled else empty)
    return settings(tmp_path, roles.as_app(owner), database_owner_url=owner)


# On PostgreSQL as the app's own role, which owns nothing.
@pytest.fixture
def database(config: Config) -> Iterator[Database]:
    database = db.connect(config).within(EVERYONE)
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
def cast(database: Database, peopled_sqlite: tuple[Path, Cast]) -> Cast:
    """Clara, Sam, Nora, Theo, Tess, Ada and Otto, with Clara's plan; mostly they came with the database.

    They are entered in the same order everywhere, so that they have the same ids; `config` looks.
    """
    with database.reading() as connection:
        there = connection.scalar(select(func.count()).select_from(Person))
    return peopled_sqlite[1] if there else _people(database)


@pytest.fixture(autouse=True)
def still_clock(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """The clock stands at NOW (Thursday noon in New York), unless the test is marked `real_clock`."""
    if request.node.get_closest_marker("real_clock"):
        yield datetime.now(UTC)
        return
    with clock.standing_at(NOW):
        yield NOW


@pytest.fixture(scope="session")
def built_app(migrated_sqlite: Path) -> tuple[Flask, dict[str, object]]:
    """The application and its settings, built once: its routes and templates are the same in every test."""
    app = create_app(settings(migrated_sqlite.parent))
    app.testing = True
    return app, dict(app.config)


@pytest.fixture
def app(built_app: tuple[Flask, dict[str, object]], config: Config, database: Database) -> Flask:
    """The application with the database of this test, as if it had just been built."""
    app, as_built = built_app
    app.config.clear()
    app.config.update(as_built)
    app.extensions.update({"cairn.config": config, "cairn.database": database.within(None)})
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
                token = sign_ins.begin(session, person_id, "test", clock.now(), both=True)
            with client.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
        return client

    return start
