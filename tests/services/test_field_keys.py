"""Keys come and go: everything is closed anew, stopped halfway it goes on, and the old key can be dropped."""

import os
import resource
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.conftest import EVERYONE, FIELD_KEYS
from tests.support.cast import Cast
from webapp import db, setup
from webapp.cli import main
from webapp.config import Config
from webapp.db import Database
from webapp.models import Person
from webapp.queries import field_keys as queries
from webapp.services import field_keys

on_server = pytest.mark.parametrize("config", ["postgresql"], indirect=True)
LOOKUP, FIRST = FIELD_KEYS.split()
SECOND = f"2={'c' * 64}"
BOTH = f"{LOOKUP} {FIRST} {SECOND}"


def opened_with(config: Config, keys: str) -> Database:
    database = db.connect(replace(config, field_keys=keys))
    setup.prepare(database, config)
    return database.within(EVERYONE)


def counts(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return queries.counts(connection)


@on_server
def test_after_rotation_the_old_key_can_be_dropped_and_everything_still_opens(
    config: Config, database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = counts(database)["1"]
    assert counts(database) == {"1": every}
    with database.reading() as connection:
        people = connection.execute(select(Person).order_by(Person.id)).all()
    env = {
        "CAIRN_DATABASE_URL": config.database_url,
        "CAIRN_FIELD_KEYS": BOTH,
        "CAIRN_DATA": str(tmp_path),
        "CAIRN_CONFIG": str(tmp_path),
    }
    monkeypatch.setattr(field_keys, "AT_ONCE", 3)
    both = opened_with(config, BOTH)
    with both.writing() as session:
        assert field_keys.rotate_some(session, Person.__table__) == 3  # and here it was stopped
    halfway = counts(database)
    assert set(halfway) == {"1", "2"}
    assert sum(halfway.values()) == every
    ran = CliRunner().invoke(main, ["keys", "rotate"], env=env)
    assert (ran.exit_code, "rows are closed anew" in ran.output) == (0, True), ran.output
    assert not ran.output.startswith("0 rows")
    assert counts(database) == {"2": every}
    listed = CliRunner().invoke(main, ["keys", "list"], env=env).output.split()
    assert listed == ["1", "0", "fields", "2", str(every), "fields"]
    alone = opened_with(config, f"{LOOKUP} {SECOND}")
    with alone.reading() as connection:
        assert connection.execute(select(Person).order_by(Person.id)).all() == people
        assert connection.execute(select(Person.id).where(Person.email_key == "sam@example.test")).scalar() == cast.sam
    for wrong in (f"{LOOKUP} {FIRST}", f"{LOOKUP} 2={'d' * 64}", f"lookup={'d' * 64} {SECOND}"):
        with pytest.raises(setup.DatabaseProblem, match="field keys are not those of this database"):
            opened_with(config, wrong)


def test_a_new_key_comes_to_those_there_are(tmp_path: Path) -> None:
    def new(**env: str) -> str:
        home = {"CAIRN_DATA": str(tmp_path), "CAIRN_CONFIG": str(tmp_path)}
        return CliRunner().invoke(main, ["keys", "new"], env=home | env).stdout

    first = new()
    assert [word.partition("=")[0] for word in first.split("'")[1].split()] == ["lookup", "1"]
    second = new(CAIRN_FIELD_KEYS=FIELD_KEYS, CAIRN_MODE="production")
    assert second.startswith(f"CAIRN_FIELD_KEYS='{FIELD_KEYS} 2=")
    assert new(CAIRN_FIELD_KEYS="nonsense") == ""
    (tmp_path / "field.keys").write_text(FIELD_KEYS)
    assert "field.keys" in new()
    assert (tmp_path / "field.keys").read_text().startswith(f"{FIELD_KEYS} 2=")


@pytest.mark.parametrize("at", ["write", "fsync", "replace"])
def test_keys_that_are_kept_outlast_a_disk_that_fails_whenever_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    kept, env = tmp_path / "field.keys", {"CAIRN_DATA": str(tmp_path), "CAIRN_CONFIG": str(tmp_path)}
    CliRunner().invoke(main, ["keys", "new"], env=env)
    kept.write_text(FIELD_KEYS)
    kept.chmod(0o600)
    before = sorted(tmp_path.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as failing:
        if at == "write":
            resource.setrlimit(resource.RLIMIT_FSIZE, (50, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        elif at == "fsync":
            failing.setattr(os, "fsync", full)
        else:
            failing.setattr(Path, "replace", full)
        try:
            ran = CliRunner().invoke(main, ["keys", "new"], env=env)
        finally:
            unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
    assert (ran.exit_code, "its keys are as they were" in ran.output) == (1, True), ran.output
    assert (kept.read_text(), sorted(tmp_path.iterdir())) == (FIELD_KEYS, before)
    assert CliRunner().invoke(main, ["keys", "new"], env=env).exit_code == 0
    assert kept.read_text().startswith(f"{FIELD_KEYS} 2=")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_embedded_database_has_no_keys_to_rotate(tmp_path: Path) -> None:
    env = {"CAIRN_DATA": str(tmp_path), "CAIRN_CONFIG": str(tmp_path)}
    for word in ("rotate", "list"):
        ran = CliRunner().invoke(main, ["keys", word], env=env)
        assert (ran.exit_code, "encrypted as a whole" in ran.output) == (1, True)
