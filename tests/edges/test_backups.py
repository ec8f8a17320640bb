"""A backup is whole, encrypted and made once a night, while others write."""

import os
import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import func, select

from jobs.backup import backup, wanted
from tests.conftest import EVERYONE, KEY, settings
from tests.support.cast import NOW, Cast
from webapp import backups, checks, clock, db, migrations
from webapp.backups import embedded as sqlite
from webapp.backups import restoring
from webapp.backups.problems import Damaged
from webapp.config import Config
from webapp.db import Database
from webapp.domain.backups import Progress, Stage
from webapp.models import AgendaItem, Person
from webapp.queries import backups as queries
from webapp.services import backups as services

embedded = pytest.mark.parametrize("config", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
NIGHT = backups.tonight(NOW)
"""A date by this machine's own clock."""


def of(night: date) -> str:
    return f"cairn-{night}.db"


TONIGHT = of(NIGHT)


@pytest.fixture
def place(config: Config) -> Path:
    return backups.folder(config)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.glob("*") if path.name != ".lock")


@embedded
def test_a_backup_opens_with_the_key_alone_and_holds_everything(
    config: Config, database: Database, cast: Cast, place: Path
) -> None:
    made = backups.nightly(database, config, NOW)
    assert made == place / TONIGHT
    head = made.read_bytes()
    assert not head.startswith(b"SQLite format 3")
    assert b"Clara" not in head
    assert made.stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700
    assert names(place) == [TONIGHT]
    for key in (None, "f" * 64):
        with sqlcipher.connect(made) as connection:
            if key:
                connection.execute(f"PRAGMA key = \"x'{key}'\"")
            with pytest.raises(sqlcipher.DatabaseError):
                connection.execute("SELECT count(*) FROM people")
    elsewhere = settings(place / "elsewhere")
    elsewhere.data.mkdir()
    made.rename(elsewhere.data / "cairn.db")
    copied = db.connect(elsewhere).within(EVERYONE)
    with copied.reading() as connection:
        assert not migrations.pending(connection)
        assert connection.execute(select(Person.name).where(Person.id == cast.clara)).scalar_one() == "Clara Reyes"
    copied.dispose()


@embedded
def test_what_is_written_meanwhile_neither_waits_nor_tears_the_copy(
    config: Config, database: Database, cast: Cast
) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with database.writing() as session:  # two rows that belong together
                session.add_all(AgendaItem(client_id=cast.clara, created_at=NOW, text=text) for text in ("a", "b"))

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    made = backups.nightly(database, config, NOW)
    stop.set()
    for writer in writers:
        writer.join(10)
    assert made
    with sqlcipher.connect(made) as connection:
        connection.execute(f"PRAGMA key = \"x'{KEY}'\"")
        counts = connection.execute("SELECT text, count(*) FROM agenda_items GROUP BY text").fetchall()
    assert len({number for _, number in counts}) <= 1
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(AgendaItem)).scalar_one() > 0


def test_four_processes_at_once_make_one(config: Config, database: Database, cast: Cast, place: Path) -> None:
    ready = threading.Barrier(4)
    made: list[Path | None] = []

    def work() -> None:
        ready.wait(10)
        made.append(backups.nightly(database, config, NOW))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 4
    assert len([one for one in made if one]) == 1
    assert names(place) == [TONIGHT]


@embedded
def test_a_night_has_one_backup_and_old_ones_are_let_go(
    config: Config, database: Database, cast: Cast, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cairn.jobs")
    place.mkdir()
    for n in range(1, 90):
        (place / of(NIGHT - n * DAY)).touch()
    (place / "notes.txt").touch()
    for _ in range(2):
        backup(config, database)
    assert caplog.text.count(f"backed up: {TONIGHT}") == 1
    left = names(place)
    assert len(left) == 14 + 8 - 2 + 1
    assert {"notes.txt", of(NIGHT - 13 * DAY)} <= set(left)
    with clock.standing_at(NOW + DAY):
        backup(config, database)
    assert of(NIGHT + DAY) in names(place)


@embedded
def test_what_a_restored_backup_took_the_place_of_goes_after_as_many_weeks(
    config: Config, database: Database, cast: Cast, tmp_path: Path
) -> None:
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db")
    database.dispose()
    aside = restoring.restore(config, made, NOW, restoring.Wish(over_people=True)).aside
    assert aside
    log = aside.with_name(f"{aside.name}-wal")
    log.touch()
    halfway = [config.data / f"{backups.RESTORING}{name}" for name in ("killed", "under way")]
    for folder, at in zip(halfway, (NOW, NOW + 57 * DAY), strict=True):
        (folder / "cairn.db").parent.mkdir()
        (folder / "cairn.db").touch()
        os.utime(folder, (at.timestamp(), at.timestamp()))
    for days, left in ((56, True), (57, False)):
        with clock.standing_at(NOW + days * DAY):
            backup(config, database)
        assert [one.exists() for one in (aside, log)] == [left, left]
    assert [one.exists() for one in (*halfway, config.data / "cairn.db")] == [False, True, True]


@embedded
def test_what_a_killed_process_left_is_cleared_away(
    config: Config, database: Database, cast: Cast, place: Path
) -> None:
    place.mkdir()
    (place / ".cairn-2026-11-18.db.0123").write_bytes(b"half")
    backups.nightly(database, config, NOW)
    assert names(place) == [TONIGHT]


def test_a_copy_that_is_damaged_is_not_kept(
    config: Config, database: Database, cast: Cast, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = backups.verify

    def spoil(path: Path, config: Config) -> None:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        verify(path, config)

    monkeypatch.setattr(backups, "verify", spoil)
    with pytest.raises(Damaged):
        backups.nightly(database, config, NOW)
    assert names(place) == []


@embedded
def test_a_copy_with_another_key_or_a_wrong_index_is_damaged(config: Config, database: Database, cast: Cast) -> None:
    made = backups.nightly(database, config, NOW)
    assert made
    backups.verify(made, config)
    with pytest.raises(Damaged):
        backups.verify(made, replace(config, database_key="f" * 64))
    with sqlcipher.connect(made) as connection:
        connection.execute(f"PRAGMA key = \"x'{KEY}'\"")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'ix_looks_client_id_at'")
    with pytest.raises(Damaged):
        backups.verify(made, config)


def said(config: Config) -> list[tuple[bool, str]]:
    return [(one.well, one.words) for one in checks.all_of(config, clock.now()) if one.about == "backups"]


@embedded
def test_check_says_how_old_the_newest_is(config: Config, database: Database, place: Path) -> None:
    ((well, words),) = said(config)
    assert (well, "no backup yet" in words) == (False, True)
    backup(config, database)
    ((well, words),) = said(config)
    assert (well, str(NIGHT) in words) == (True, True)
    with clock.standing_at(NOW + DAY):
        assert [well for well, _ in said(config)] == [True]
    with clock.standing_at(NOW + 3 * DAY):
        ((well, words),) = said(config)
    assert (well, "3 days old" in words) == (False, True)


@embedded
def test_what_a_clock_that_ran_ahead_left_is_no_backup_of_any_night(
    config: Config, database: Database, cast: Cast, place: Path
) -> None:
    place.mkdir()
    ahead = [of(date(2030, 1, n)) for n in range(1, 20)]
    for name in ahead:
        (place / name).touch()
    ((well, words),) = said(config)
    assert (well, "no backup yet" in words) == (False, True)
    for n in range(1, 14):
        (place / of(NIGHT - n * DAY)).touch()
    backup(config, database)
    assert names(place) == sorted([*ahead, *(of(NIGHT - n * DAY) for n in range(14))])
    with clock.standing_at(NOW + 3 * DAY):
        ((well, words),) = said(config)
    assert (well, "3 days old" in words) == (False, True)


# Asked for


def test_one_asked_for_stands_beside_the_nights_and_five_are_kept(
    config: Config, database: Database, cast: Cast, place: Path
) -> None:
    backups.nightly(database, config, NOW)
    made = [backups.at_once(database, config, NOW + n * timedelta(minutes=1)) for n in range(7)]
    assert names(place) == sorted([TONIGHT, *(path.name for path in made[-5:])])
    for path in made[-5:]:
        backups.verify(path, config)
    assert [one.asked_for for one in queries.all_of(place)].count(True) == 5


@embedded
def test_the_jobs_make_one_that_is_wanted_once(
    config: Config, database: Database, cast: Cast, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cairn.jobs")
    wanted(config, database)
    assert not place.exists()
    services.want(place, NOW)
    for _ in range(2):
        wanted(config, database)
    assert caplog.text.count("backed up, as asked: cairn-") == 1
    assert len(list(place.glob("*.db"))) == 1
    assert queries.progress(place) == Progress(Stage.MADE, NOW)


@embedded
def test_it_waits_while_another_is_being_made(config: Config, database: Database, cast: Cast, place: Path) -> None:
    services.want(place, NOW)
    with backups._alone(place) as alone:
        assert alone
        wanted(config, database)
        assert queries.being_made(place)
        with pytest.raises(backups.Busy):
            backups.at_once(database, config, NOW)
        assert backups.nightly(database, config, NOW) is None
    assert not queries.being_made(place)
    assert queries.progress(place) == Progress(Stage.WANTED, NOW)
    wanted(config, database)
    assert queries.progress(place) == Progress(Stage.MADE, NOW)


@embedded
def test_a_copy_tells_how_much_is_written_and_then_that_it_is_read_back(
    config: Config, database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOOK", 0.0005)
    with database.writing() as session:
        session.add_all(AgendaItem(client_id=cast.clara, created_at=NOW, text="x" * 500) for _ in range(20_000))
    told: list[tuple[Stage, int, int]] = []
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db", lambda *one: told.append(one))
    size = made.stat().st_size
    stages = [stage for stage, _, _ in told]
    assert stages == [*[Stage.COPYING] * (len(told) - 2), Stage.CHECKING, Stage.MADE]
    done = [part for _, part, _ in told[:-2]]
    assert done == sorted(done)
    assert done[0] == 0
    assert any(0 < part < size for part in done), "between nothing and everything"
    assert abs(told[0][2] - size) < size / 10


@embedded
def test_a_state_that_cannot_be_read_is_none(place: Path, config: Config) -> None:
    place.mkdir()
    assert queries.progress(place) is None
    for broken in ("", "{", "[]", "{}", '{"stage": "?", "at": "2026-11-19T17:00:00+00:00", "done": 0, "of": 0}'):
        (place / queries.STATE).write_text(broken)
        assert queries.progress(place) is None


def test_a_full_disk_is_known_by_either_of_its_names() -> None:
    assert backups.is_full(OSError(28, "No space left on device"))
    assert backups.is_full(sqlcipher.OperationalError("database or disk is full"))
    assert not backups.is_full(sqlcipher.OperationalError("disk I/O error"))
