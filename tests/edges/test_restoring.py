"""A backup is restored whole and checked, or nothing changes; what stood there before is kept."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from jobs.own_data import own_data
from tests.conftest import EVERYONE, FIELD_KEYS, settings
from tests.edges.test_audit import seen, tampering
from tests.services.test_own_data import nothing_hangs
from tests.support.cast import NOW, Cast
from tests.support.crowd import fill, note, record
from tests.support.environment import environment
from webapp import audit, backups, db, migrations
from webapp.backups import departures, restoring, sealed
from webapp.backups import embedded as embedded_copies
from webapp.backups.departures import Again
from webapp.backups.problems import Damaged, NotRestored
from webapp.cli import main
from webapp.config import Config
from webapp.db import Database
from webapp.models import ActionStep, AgendaItem, Assignment, CheckIn, Goal, Look, Person
from webapp.services import looks

embedded = pytest.mark.parametrize("config", ["sqlite"], indirect=True)
PEOPLE, CHECK_INS = 200, 20_000
OVER_PEOPLE = restoring.Wish(over_people=True)


def counts(config: Config, *models: type) -> list[int]:
    database = db.connect(config).within(EVERYONE)
    with database.reading() as connection:
        found = [connection.execute(select(func.count()).select_from(model)).scalar_one() for model in models]
    database.dispose()
    return found


def test_the_drill_a_backup_made_under_writes_is_restored_whole_and_one_can_go_on(
    config: Config, database: Database, tmp_path: Path
) -> None:
    fill(database, PEOPLE, NOW, None)
    record(database, PEOPLE, CHECK_INS, NOW)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with database.writing() as session:  # two rows that belong together
                for page in ("a", "b"):
                    looks.looked(session, 2, 1, page, NOW)

    writer = threading.Thread(target=write)
    writer.start()
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db")
    stop.set()
    writer.join(10)
    with database.writing() as session:
        session.execute(delete(CheckIn).where(CheckIn.id > 100))
        session.execute(update(Person).where(Person.id == 1).values(name="Somebody Else"))
    database.dispose()
    rows = backups.verify(made, config)
    done = restoring.restore(config, made, NOW, OVER_PEOPLE)
    assert done.rows == rows
    assert counts(config, Person, CheckIn, Look) == [PEOPLE, CHECK_INS, rows["looks"]]
    assert rows["looks"] % 2 == 0
    again = db.connect(config).within(EVERYONE)
    with again.writing() as session:
        assert session.get_one(Person, 1).name == "Person 1"
        assert session.scalars(select(CheckIn.note).where(CheckIn.op_id == "op-39")).one() == note(39)
        assert session.scalars(select(Person.id).where(Person.email_key == "p7@example.test")).one() == 7
        session.add(Goal(client_id=1, plan_id=1, statement="One more"))
        new = Person(
            organisation_id=1, name="New", called="New", email="n@x.test", email_key="n@x.test", created_at=NOW
        )
        session.add(new)
        session.flush()
        assert new.id > PEOPLE
    with again.reading() as connection:
        assert migrations.differences(connection) == []
    again.dispose()
    assert done.aside
    if again.embedded:
        place = tmp_path / "aside"
        place.mkdir()
        done.aside.rename(place / "cairn.db")
        assert counts(replace(config, data=place), CheckIn) == [100]
    else:
        assert backups.verify(done.aside, config)["check_ins"] == 100
    assert not list(config.data.glob(".restoring-*"))


def spoilt(whole: bytes) -> dict[str, bytes]:
    """What may happen to a file, on a disk or on purpose."""
    middle = len(whole) // 2
    flips = {
        f"a bit changed at {n}": whole[:n] + bytes([whole[n] ^ 4]) + whole[n + 1 :]
        for n in (1, 70, middle, len(whole) - 3)
    }
    return flips | {
        "empty": b"",
        "its first line alone": whole[:120],
        "its end cut off": whole[:-4096],
        "its last byte cut off": whole[:-1],
        "half": whole[:middle],
        "noise": b"\0" * 5000,
    }


def pieces_of(whole: bytes) -> list[bytes]:
    head, rest = whole.partition(b"\n")[0] + b"\n", whole.partition(b"\n")[2]
    found = [head]
    while rest:
        length = 4 + int.from_bytes(rest[:4])
        found.append(rest[:length])
        rest = rest[length:]
    return found


def test_what_is_damaged_cut_reordered_or_closed_with_another_key_is_refused_and_nothing_changes(
    config: Config, database: Database, cast: Cast, tmp_path: Path
) -> None:
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db")
    whole = made.read_bytes()
    cases = spoilt(whole)
    if not database.embedded:
        first, *rest = pieces_of(whole)
        assert len(rest) > 10
        cases |= {
            "two pieces in another order": first + b"".join([rest[0], rest[2], rest[1], *rest[3:]]),
            "a piece left out": first + b"".join([*rest[:3], *rest[4:]]),
            "a piece twice": first + b"".join([*rest[:3], rest[2], *rest[3:]]),
            "its last piece left out": first + b"".join(rest[:-1]),
            "more after its end": whole + rest[1],
            "another salt": first.replace(b'"salt": "', b'"salt": "0')[: len(first)] + b"".join(rest),
            "a key that is not there": first.replace(b'"key": "1"', b'"key": "9"') + b"".join(rest),
            "a length beyond reason": first + b"\xff\xff\xff\xff" + b"".join(rest),
        }
    database.dispose()
    for what, content in cases.items():
        made.write_bytes(content)
        with pytest.raises(Damaged) as refused:
            restoring.restore(config, made, NOW, OVER_PEOPLE)
        assert refused.value.args, what
    made.write_bytes(whole)
    other = replace(config, database_key="f" * 64, field_keys=FIELD_KEYS.replace("aaaa", "cccc"))
    with pytest.raises(Damaged, match="key is another one"):
        backups.verify(made, other)
    with pytest.raises(NotRestored, match="There are 7 people in the database here"):
        restoring.restore(config, made, NOW)
    assert counts(config, Person, ActionStep) == [7, 6]
    assert sum(backups.verify(made, config).values()) > 30


def test_a_check_that_does_not_hold_leaves_everything_as_it_was(
    config: Config, database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db")
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.clara).values(name="Clara Since"))
    database.dispose()

    def doubts(*_: object) -> None:
        raise Damaged("a chain is broken")

    monkeypatch.setattr(restoring, "CHECKS", [*restoring.CHECKS, doubts])
    with pytest.raises(Damaged, match="chain"):
        restoring.restore(config, made, NOW, OVER_PEOPLE)
    with db.connect(config).within(EVERYONE).reading() as connection:
        assert connection.execute(select(Person.name).where(Person.id == cast.clara)).scalar_one() == "Clara Since"


def test_a_backup_with_looks_that_were_tampered_with_is_restored_only_when_that_is_said(
    config: Config, database: Database, cast: Cast, tmp_path: Path
) -> None:
    seen(database, cast)
    with database.owning() as session:
        tampering(session, "UPDATE looks SET page = 'coping' WHERE client_id = :clara AND seq = 3", clara=cast.clara)
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db")
    database.dispose()
    with pytest.raises(Damaged, match="look 3 changed.*--despite-looks"):
        restoring.restore(config, made, NOW, OVER_PEOPLE)
    done = restoring.restore(config, made, NOW, restoring.Wish(over_people=True, despite_looks=True))
    assert done.rows["looks"] == 9
    again = db.connect(config).within(EVERYONE)
    assert any("look 3 changed" in one for one in audit.verify(again, config, NOW).problems)


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_backup_whose_fields_do_not_open_or_that_a_newer_cairn_made_is_refused(
    config: Config, database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = db.connect(replace(config, field_keys=f"{FIELD_KEYS} 2={'c' * 64}"))
    made = backups.at_once(newer, replace(config, field_keys=f"{FIELD_KEYS} 2={'c' * 64}"), NOW, tmp_path / "copy.db")
    without_first = replace(config, field_keys=f"{FIELD_KEYS.split()[0]} 2={'c' * 64}")
    with pytest.raises(Damaged, match="needs the key '1'"):
        restoring.restore(without_first, made, NOW, OVER_PEOPLE)
    with pytest.raises(Damaged, match="needs the key '2'"):
        restoring.restore(config, made, NOW, OVER_PEOPLE)
    with pytest.raises(Damaged, match="needs CAIRN_FIELD_KEYS"):
        backups.verify(made, replace(config, field_keys=""))
    with pytest.raises(NotRestored, match="is a backup of PostgreSQL"):
        restoring.restore(settings(tmp_path, field_keys=without_first.field_keys), made, NOW)
    monkeypatch.setattr(migrations, "revision", lambda _connection: "9999")
    made = backups.at_once(database, config, NOW, tmp_path / "newer.db")
    monkeypatch.undo()
    with pytest.raises(NotRestored, match="newer Cairn"):
        restoring.restore(config, made, NOW, OVER_PEOPLE)
    assert counts(config, Person) == [7]


def leaving(database: Database, config: Config, *people: int) -> None:
    with database.writing() as session:
        session.execute(update(Person).where(Person.id.in_(people)).values(leaves_at=NOW))
    own_data(config, database)


def told_of(database: Database, *people: int) -> list[tuple[str, bool, bool]]:
    with database.writing() as session:
        rows = [session.get_one(Person, number) for number in people]
        return [(one.email, one.left_at is not None, one.leaves_at is not None) for one in rows]


def test_whoever_left_since_a_backup_was_made_leaves_again_before_it_takes_its_place(
    config: Config, database: Database, cast: Cast, tmp_path: Path
) -> None:
    seen(database, cast)
    with database.writing() as session:
        session.add(AgendaItem(client_id=cast.clara, text="a canary", created_at=NOW))
    older = backups.at_once(database, config, NOW, tmp_path / "older.db")
    with database.writing() as session:
        session.execute(update(Assignment).values(ended_at=NOW))
    leaving(database, config, cast.clara, cast.sam, cast.theo, cast.tess)
    gone = told_of(database, cast.clara, cast.sam, cast.theo, cast.tess)
    assert [left for _, left, _ in gone] == [True] * 4
    newer = backups.at_once(database, config, NOW, tmp_path / "newer.db")
    noted = config.backups / departures.FILE
    assert len(noted.read_text().splitlines()) == 4
    assert not any(word in noted.read_text().lower() for word in ("clara", "sam", "theo", "example", "2025"))
    database.dispose()
    # Otto has not left, and so somebody has to take him over from Tess; nobody has to take over Clara from Theo.
    done = restoring.restore(config, older, NOW, OVER_PEOPLE)
    assert (done.again, done.rows["people"]) == (Again(deleted=3, waiting=1), 7)
    restored = db.connect(config).within(EVERYONE)
    assert told_of(restored, cast.clara, cast.sam, cast.theo) == [("", True, False)] * 3
    for number in (cast.clara, cast.sam, cast.theo):
        nothing_hangs(restored, number)
    assert told_of(restored, cast.tess, cast.otto, cast.nora) == [
        ("tess@example.test", False, True),
        ("otto@example.test", False, False),
        ("nora@example.test", False, False),
    ]
    with restored.writing() as session:
        session.execute(update(Assignment).values(ended_at=NOW))
    own_data(config, restored)
    assert told_of(restored, cast.tess) == [("", True, False)]
    audit.checkpoint(restored, config, NOW, accept=True)
    assert audit.verify(restored, config, NOW).problems == ()
    restored.dispose()
    assert restoring.restore(config, newer, NOW, OVER_PEOPLE).again == Again()


def test_who_left_is_noted_beside_the_backups_and_only_whoever_they_were(
    config: Config, database: Database, cast: Cast, tmp_path: Path
) -> None:
    departures.note(config, cast.clara, NOW - timedelta(days=900), NOW)  # had that number at another time
    noted = config.backups / departures.FILE
    with noted.open("a") as file:
        file.write('{"at": "2026-11-19T17')  # and then its writer was killed
    made = backups.at_once(database, config, NOW)
    leaving(database, config, cast.sam)
    assert len(noted.read_text().splitlines()) == 3
    elsewhere = tmp_path / "copied"
    shutil.copytree(config.backups, elsewhere)
    noted.unlink()
    database.dispose()
    ran = CliRunner().invoke(main, ["restore", "--replace", str(elsewhere / made.name)], env=environment(config))
    assert "Accounts deleted again, because their owners have left since: 1." in ran.output
    restored = db.connect(config).within(EVERYONE)
    assert [left for _, left, _ in told_of(restored, cast.sam, cast.clara)] == [True, False]
    restored.dispose()


def test_an_account_is_deleted_only_where_that_could_be_noted(
    config: Config, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as failing:
        failing.setattr(departures, "on_disk", full)
        with pytest.raises(OSError, match="No space"):
            leaving(database, config, cast.sam)
    assert told_of(database, cast.sam) == [("sam@example.test", False, True)]
    own_data(config, database)
    assert told_of(database, cast.sam) == [("", True, False)]


def _cannot_open(really: Callable[[Path, str], int]) -> Callable[[Path, str], int]:
    def opens(path: Path, key: str) -> int:
        if ".restoring-" in str(path):
            return really(path, key)
        raise Damaged("it is damaged, and so its log stays beside it")

    return opens


@embedded
def test_an_older_backup_is_brought_up_to_date_and_a_database_in_use_is_left_alone(
    config: Config, database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.owning() as session:
        migrations.downgrade(session.connection(), "0004")
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db")
    with database.owning() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer = backups.at_once(database, config, NOW, tmp_path / "newer.db")
    with pytest.raises(NotRestored, match="Stop Cairn first"):
        restoring.restore(config, made, NOW, OVER_PEOPLE)
    database.dispose()
    with pytest.raises(NotRestored, match="newer Cairn"):
        restoring.restore(config, newer, NOW, OVER_PEOPLE)
    fresh = settings(tmp_path / "fresh")
    fresh.data.mkdir()
    assert restoring.restore(fresh, made, NOW).aside is None
    assert counts(fresh, Person) == [7]
    (config.data / "cairn.db").write_bytes(b"no database at all")
    with pytest.raises(NotRestored, match="can't be opened"):
        restoring.restore(config, made, NOW)
    (config.data / "cairn.db-wal").write_bytes(b"its log")
    monkeypatch.setattr(embedded_copies, "have_to_oneself", _cannot_open(embedded_copies.have_to_oneself))
    done = restoring.restore(config, made, NOW, OVER_PEOPLE)
    assert done.aside
    assert done.aside.read_bytes() == b"no database at all"
    assert done.aside.with_name(f"{done.aside.name}-wal").read_bytes() == b"its log"
    with db.connect(config).within(EVERYONE).reading() as connection:
        assert not migrations.pending(connection)


def test_the_commands_say_in_plain_words_what_came_of_it(
    config: Config, database: Database, cast: Cast, tmp_path: Path
) -> None:
    database.dispose()

    def cairn(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(main, words, env=environment(config))
        return ran.exit_code, ran.output

    file = str(tmp_path / "copy.db")
    said: list[tuple[tuple[str, ...], int, str]] = [
        (("backup", file), 0, "Backed up and read back whole"),
        (("backup", file), 1, "is there already"),
        (("backup", "verify", file), 0, "is whole: "),
        (("backup", "verify", file), 0, "7 people"),
        (("restore", file), 1, "Nothing was restored. There are 7 people in the database here."),
        (("restore", "--replace", file), 0, "Restored and checked: "),
        (("restore", "--replace", file), 0, "What was here before is kept: "),
        (("backup", "verify", str(tmp_path / "nowhere.db")), 2, "does not exist"),
        (("backup", "--help"), 0, "verify"),
    ]
    for words, code, part in said:
        ended, told = cairn(*words)
        assert (ended, part in told) == (code, True), (words, told)
    (tmp_path / "copy.db").write_bytes(b"nothing of use")
    for refused in (("backup", "verify", file), ("restore", "--replace", file)):
        code, words = cairn(*refused)
        assert (code, "Traceback" in words) == (1, False)
        assert "damaged" in words


def test_a_sealed_file_holds_no_plain_byte_and_is_known_by_its_first_line(
    config: Config, database: Database, cast: Cast, tmp_path: Path
) -> None:
    made = backups.at_once(database, config, NOW, tmp_path / "copy.db")
    assert sealed.is_sealed(made) is not database.embedded
    assert made.stat().st_mode & 0o777 == 0o600
    content = made.read_bytes()
    for plain in (b"Clara", b"clara", b"New_York", b"check_ins", b"CREATE"):
        assert plain not in content
