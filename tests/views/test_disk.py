"""A disk that is full or read-only: a clear page, nothing acknowledged lost, and all is well once there is room."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.conftest import EVERYONE, settings
from tests.support.cast import NOW, TODAY, Cast, enter
from tests.support.disk import SmallDisk, small_disk
from tests.views.test_headers import headers_missing
from webapp import db
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.models import CheckIn, Person
from webapp.services import sign_ins

WORKER = {"Accept": "application/json"}


@pytest.fixture
def disk(tmp_path: Path, migrated_sqlite: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        shutil.copy(migrated_sqlite, disk.folder / "cairn.db")
        yield disk


@pytest.fixture
def config(disk: SmallDisk) -> Config:
    return settings(disk.folder)


def clara_in_spanish(config: Config, database: Database) -> tuple[Cast, FlaskClient]:
    """Clara, who reads Spanish, signed in on a browser that asks for English."""
    with database.writing() as session:
        cast = enter(session)
        session.execute(update(Person).where(Person.id == cast.clara).values(language="es"))
        token = sign_ins.begin(session, cast.clara, "phone", NOW)
    client = create_app(config, database).test_client()
    client.environ_base |= {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ACCEPT_LANGUAGE": "en"}
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return cast, client


def tick(client: FlaskClient, cast: Cast, days: int, op_id: str, **headers: str) -> tuple[int, str]:
    day = (TODAY - timedelta(days=days)).isoformat()
    form = {"op_id": op_id, "day": day, "outcome": "not_today", "note": "x" * 2000}
    answer = client.post(f"/steps/{cast.walk}/check-ins", data=form, headers=headers)
    if answer.status_code == 503:
        assert answer.headers["Retry-After"] == "30"
        assert headers_missing(answer) == []
    return answer.status_code, answer.text


def test_a_full_disk_is_said_in_the_readers_language_and_loses_nothing(
    config: Config, database: Database, disk: SmallDisk
) -> None:
    cast, clara = clara_in_spanish(config, database)
    kept: list[str] = []

    def tick_until_full(**headers: str) -> tuple[str, str]:
        """Tick until there is no more room: what is left of the log is used up first. The op, and what is said."""
        disk.fill(database)
        for _ in range(300):
            op_id = str(uuid4())
            status, said = tick(clara, cast, 1, op_id, **headers)
            if status == 503:
                return op_id, said
            kept.append(op_id)
        raise AssertionError("there is always room")

    kept.append(str(uuid4()))
    assert tick(clara, cast, 0, kept[0], **WORKER)[0] == 200
    op_id, said = tick_until_full(**WORKER)
    assert (json.loads(said)["ok"], "nada de lo guardado" in json.loads(said)["said"]) == (False, True)
    (_, page), (_, piece) = tick_until_full(), tick_until_full(**{"HX-Request": "true"})
    assert '<html lang="es"' in page
    assert "<html" not in piece
    assert all("nada de lo guardado" in said and "Nothing" not in said for said in (page, piece)), piece
    assert clara.get("/today").status_code == 200  # reading goes on
    assert clara.get("/help-now").status_code == 200
    disk.free(database)
    assert tick(clara, cast, 1, op_id, **WORKER)[0] == 200
    with database.reading() as connection:
        assert sorted(connection.execute(select(CheckIn.op_id)).scalars()) == sorted([*kept, op_id])


def test_a_read_only_disk_is_a_clear_page_and_all_is_well_once_it_is_not(config: Config, disk: SmallDisk) -> None:
    others = db.connect(settings(disk.inside)).within(EVERYONE)  # another process, which had everything open before
    cast, clara = clara_in_spanish(config, others)
    disk.forbid()
    database = db.connect(config)
    clara.application = create_app(config, database)
    op_id = str(uuid4())
    with others.reading():
        _read_only(clara, cast, op_id, disk)
    with database.reading(EVERYONE) as connection:
        assert connection.execute(select(CheckIn.op_id)).scalars().all() == [op_id]
    database.dispose()
    others.dispose()


def _read_only(clara: FlaskClient, cast: Cast, op_id: str, disk: SmallDisk) -> None:
    for _ in range(3):
        assert tick(clara, cast, 1, op_id, **WORKER)[0] == 503
        assert clara.get("/today").status_code == 200  # reading goes on
    disk.allow()
    assert clara.get("/today").status_code == 200
    # The first that is written with what was opened meanwhile may be asked to come again; none after it.
    assert [tick(clara, cast, 1, op_id, **WORKER)[0] for _ in range(3)][1:] == [200, 200]
