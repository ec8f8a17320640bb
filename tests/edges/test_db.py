"""The embedded database: safe settings, encrypted, one writer at a time."""

import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.conftest import settings
from tests.support.cast import Cast
from webapp import db
from webapp.config import ConfigurationError
from webapp.db import Database, DatabaseDown, Turn
from webapp.models import Delivery
from webapp.models.reminders import IS_LEASED
from webapp.queries import deliveries

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def embedded(tmp_path: Path) -> Database:
    return db.connect(settings(tmp_path))


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10000)],
)
def test_the_embedded_database_is_set_up_to_keep_what_it_acknowledged(
    embedded: Database, pragma: str, value: object
) -> None:
    with embedded.reading() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_the_embedded_sqlite_is_new_enough_not_to_corrupt_its_log(embedded: Database) -> None:
    with embedded.reading() as connection:
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    assert tuple(int(part) for part in version.split(".")) >= db.OLDEST_SQLITE


def test_an_sqlite_that_could_corrupt_its_log_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.sqlcipher, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(ConfigurationError, match=r"too old to be safe; 3\.51\.3 is needed"):
        db.connect(settings(tmp_path))


def test_the_file_on_disk_holds_no_readable_word(embedded: Database, tmp_path: Path) -> None:
    with embedded.writing() as session:
        session.execute(text("CREATE TABLE words (word TEXT)"))
        session.execute(text("INSERT INTO words VALUES ('heliotrope')"))
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("cairn.db*"))
    assert kept
    assert b"heliotrope" not in kept
    assert b"SQLite format" not in kept


def test_only_its_owner_reads_the_file(embedded: Database, tmp_path: Path) -> None:
    with embedded.writing() as session:
        session.execute(text("CREATE TABLE words (word TEXT)"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("cairn.db*")} == {0o600}


def test_what_a_reader_does_is_never_kept(database: Database, cast: Cast) -> None:
    with database.reading() as connection:
        connection.execute(text("UPDATE people SET name = 'Nobody'"))
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM people WHERE name = 'Nobody'")).scalar_one() == 0


def test_a_write_that_ends_in_an_error_leaves_nothing(database: Database, cast: Cast) -> None:
    def interrupted() -> None:
        with database.writing() as session:
            session.execute(text("UPDATE people SET name = 'Nobody'"))
            session.execute(text("INSERT INTO supporter_links (supporter_id) VALUES (1)"))

    with pytest.raises(IntegrityError):
        interrupted()
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM people WHERE name = 'Nobody'")).scalar_one() == 0


def test_many_writers_at_once_all_get_their_turn(database: Database, cast: Cast) -> None:
    def bump() -> None:
        for _ in range(10):
            with database.writing() as session:
                session.execute(text("UPDATE care_plans SET version = version + 1 WHERE id = :id"), {"id": cast.plan})

    threads = [threading.Thread(target=bump) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        found = connection.execute(
            text("SELECT version FROM care_plans WHERE id = :id"), {"id": cast.plan}
        ).scalar_one()
    assert found == 81


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CAIRN_DATABASE_URL"):
        db.connect(settings(tmp_path, "mysql://cairn@localhost/cairn"))


def test_a_key_of_the_wrong_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="64 hexadecimal"):
        db.connect(settings(tmp_path, database_key="x'; DROP"))


# Writers of one machine

HOLDS = """
import sys
from webapp.db import Turn
with Turn(sys.argv[1]):
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.mark.real_clock
def test_a_process_that_never_ends_its_turn_holds_the_others_up_for_a_while_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "turn")
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        monkeypatch.setattr(db, "PATIENCE", 0.2)
        turn = Turn(path)
        with pytest.raises(DatabaseDown, match="another process"), turn:
            raise AssertionError("nobody gets in")
        monkeypatch.setattr(db, "PATIENCE", 20.0)
        assert other.stdin is not None
        other.stdin.close()
        with turn:
            pass
    finally:
        other.kill()
        other.wait()
        other.stdout.close() if other.stdout else None


def test_a_thread_that_never_ends_its_turn_holds_the_others_up_for_a_while_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "PATIENCE", 0.1)
    turn = Turn(str(tmp_path / "turn"))
    told = []

    def go() -> None:
        try:
            with turn:
                told.append("in")
        except DatabaseDown:
            told.append("down")

    with turn:
        thread = threading.Thread(target=go)
        thread.start()
        thread.join()
    go()
    assert told == ["down", "in"]


def test_whoever_stands_back_lets_others_write_in_between(database: Database) -> None:
    database.stand_back()
    with database.writing() as session:
        session.execute(text("SELECT 1"))
    if database.embedded:
        began = time.monotonic()
        with database.writing():
            pass
        assert time.monotonic() - began >= db.REST


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_what_is_due_and_what_is_leased_is_found_in_an_index_however_long_the_ledger(database: Database) -> None:
    statements = (
        "SELECT id FROM deliveries WHERE state = 'pending' AND channel = 'push' AND due_at <= '2026-11-20' "
        "ORDER BY due_at, id LIMIT 5",
        str(deliveries._OVERDUE_LEASE.compile(database.engine)).split("LIMIT")[0].replace("?", "'2026-11-20'"),
        str(
            select(Delivery.id)
            .where(IS_LEASED, Delivery.state == "claimed", Delivery.channel == "push")
            .compile(database.engine, compile_kwargs={"literal_binds": True})
        ),
    )
    with database.reading() as connection:
        for statement in statements:
            plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")))
            assert "USING INDEX ix_deliveries_" in plan or "USING COVERING INDEX ix_deliveries_" in plan, plan
