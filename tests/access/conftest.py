"""One database of each kind for the whole matrix, a way to ask as anybody, and one to see what changed."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from flask import Flask
from werkzeug.test import TestResponse

from tests.access.world import World, build
from tests.conftest import EVERYONE, KEY, migrate, settings
from tests.support import roles
from tests.support.cast import NOW
from tests.support.postgres import Server, connect
from webapp import clock, db
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.models import Base

OFFERED = {"ntfy_url": "https://ntfy.example.org"}
"""What an installation may leave out, and has here."""
Rows = dict[str, dict[Any, dict[str, Any]]]
"""Every row of every table, by its key."""


@dataclass
class Stage:
    """The app on a database with everybody in it."""

    app: Flask
    config: Config
    database: Database
    world: World
    only: tuple[str, ...] = ("",)
    """How the names of the routes begin that are asked: all of them, but for a mutant."""
    cookies: dict[str | None, str] = field(default_factory=dict)

    def ask(
        self, actor: str | None, path: str, method: str, data: Mapping[str, Any] | None = None, brief: bool = False
    ) -> TestResponse:
        """Ask as somebody, each time with a cookie as it was in the beginning; `brief` as htmx, which gets a piece."""
        headers = {"Sec-Fetch-Site": "same-origin"} | ({"HX-Request": "true"} if brief else {})
        headers |= {"Cookie": self._cookie(actor)} if actor else {}
        browser = self.app.test_client(use_cookies=False)
        return browser.open(path, method=method, data=dict(data) if data else None, headers=headers)

    def _cookie(self, actor: str) -> str:
        if actor not in self.cookies:
            sign = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
            token = sign.dumps({"_user_id": self.world.tokens[actor], "_fresh": True})
            self.cookies[actor] = f"{self.app.config['SESSION_COOKIE_NAME']}={token}"
        return self.cookies[actor]

    def path(self, endpoint: str, method: str, **values: Any) -> str:
        return self.app.url_map.bind("localhost").build(endpoint, values, method=method)


class Watch:
    """Sees what is in the database past all of the app, and puts it back as it was."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.file = stage.config.data / "cairn.db" if stage.database.embedded else None
        self._open()
        self.before = self.rows()

    def _open(self) -> None:
        if self.file is None:
            self.raw: Any = connect(str(self.stage.config.database_owner_url))
            return
        self.raw = sqlcipher.connect(str(self.file), isolation_level=None)
        self.raw.execute(f"PRAGMA key = \"x'{KEY}'\"")
        self.version = self._version()

    def _version(self) -> int:
        return int(self.raw.execute("PRAGMA data_version").fetchone()[0])

    def keep(self) -> None:
        """Remember this state as the one to go back to, and to compare with."""
        assert self.file is not None
        self.before = self.rows()
        self.stage.database.dispose()
        self.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.file, self.file.with_suffix(".kept"))

    def put_back(self) -> None:
        assert self.file is not None
        self.stage.database.dispose()
        self.raw.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.file.with_suffix(".kept"), self.file)
        self._open()

    def touched(self) -> bool:
        """Whether anybody committed anything since it was put back: quicker than looking at every row."""
        return self._version() != self.version

    def rows(self) -> Rows:
        return {table.name: self._rows(table) for table in Base.metadata.sorted_tables}

    def _rows(self, table: Any) -> dict[Any, dict[str, Any]]:
        found = self.raw.execute(f'SELECT * FROM "{table.name}"')  # noqa: S608 (a name of ours)
        names = [column[0] for column in found.description]
        keys = [column.name for column in table.primary_key]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return {tuple(row[key] for key in keys): row for row in rows}

    def changes(self) -> dict[str, list[dict[str, Any]]]:
        """Rows that are new, gone or other than before, as they were and as they are."""
        now, found = self.rows(), {}
        for name, before in self.before.items():
            keys = [key for key in {*before, *now[name]} if before.get(key) != now[name].get(key)]
            if keys:
                found[name] = [row for key in keys for row in (before.get(key), now[name].get(key)) if row]
        return found

    def close(self) -> None:
        self.raw.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make mutants` ask only those routes on which a mutant shows."""
    parser.addoption("--matrix-only", help="routes of the matrix, by the beginning of their names, with commas between")


def _postgres(server: Server, folder: Path) -> Iterator[Config]:
    def prepare(url: str) -> None:
        roles.ensure_app_role(url)
        migrate(db.connect(settings(folder, url)))

    name = f"{server.prefix}_matrix"
    owner = server.create(name, server.template(prepare))
    yield settings(folder, roles.as_app(owner), database_owner_url=owner, **OFFERED)
    server.drop(name)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("matrix")
    configs: Iterator[Config] = iter(())
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "cairn.db")
        config = settings(folder, **OFFERED)
    else:
        configs = _postgres(request.getfixturevalue("postgres_server"), folder)
        config = next(configs)
    database = db.connect(config).within(EVERYONE)
    with clock.standing_at(NOW), database.writing() as session:
        world = build(session)
    app = create_app(config, database)
    app.testing = True
    only = str(request.config.getoption("matrix_only", default=None) or "")
    yield Stage(app, config, database, world, tuple(only.split(",")))
    database.dispose()
    next(configs, None)


@pytest.fixture
def watch(stage: Stage) -> Iterator[Watch]:
    watch = Watch(stage)
    yield watch
    watch.close()
