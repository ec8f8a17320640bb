"""Who looked can't be changed unnoticed: not a word of it, not its order, and not its end."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jobs.audit import audit as hourly
from tests.support.cast import NOW, Cast
from tests.support.environment import environment
from webapp import audit, cli
from webapp.audit import Verdict
from webapp.config import Config
from webapp.db import Database
from webapp.services import looks

HOUR = timedelta(hours=1)


def seen(database: Database, cast: Cast, clara: int = 6, otto: int = 3, since: datetime = NOW) -> None:
    with database.writing() as session:
        for minute in range(clara):
            looks.looked(session, cast.theo, cast.clara, "care_plan", since + timedelta(minutes=minute))
        for minute in range(otto):
            looks.looked(session, cast.tess, cast.otto, "before_session", since + timedelta(minutes=minute))


def problems(database: Database, config: Config) -> tuple[str, ...]:
    return audit.verify(database, config, NOW + HOUR).problems


TRIGGERS = {
    "sqlite": [
        ("looks_next", "looks"), ("looks_kept", "looks"), ("looks_stay", "looks"),
        ("look_chains_forward", "look_chains"), ("look_chains_stay", "look_chains"),
        ("departures_kept", "departures"), ("departures_stay", "departures"),
    ],
    "postgresql": [
        ("looks_next", "looks"), ("looks_kept", "looks"), ("looks_stay", "looks"),
        ("look_chains_forward", "look_chains"), ("look_chains_stay", "look_chains"), ("departures_kept", "departures"),
    ],
}  # fmt: skip


def tampering(session: Session, *statements: str, **values: object) -> None:
    """Do what somebody can who may write everything in the database and has no key."""
    embedded = session.get_bind().dialect.name == "sqlite"
    for name, table in TRIGGERS["sqlite" if embedded else "postgresql"]:
        session.execute(text(f"DROP TRIGGER IF EXISTS {name}" + ("" if embedded else f" ON {table}")))
    for statement in statements:
        session.execute(text(statement), values)


def test_looks_as_they_were_written_are_found_whole(database: Database, config: Config, cast: Cast) -> None:
    assert audit.verify(database, config, NOW).problems == ()
    seen(database, cast)
    with database.writing() as session:
        looks.written_out(session, cast.clara, NOW + HOUR)
    assert audit.checkpoint(database, config, NOW)
    assert not audit.checkpoint(database, config, NOW + HOUR), "nobody looked since"
    seen(database, cast, since=NOW + 2 * HOUR)
    assert audit.verify(database, config, NOW + HOUR) == Verdict(2, 19, NOW, ())
    hourly(config, database)
    assert len(config.checkpoints.read_text().splitlines()) == 2


WHILE_THE_HEAD_STAYS = {
    "an edit": ("UPDATE looks SET page = 'coping' WHERE client_id = :clara AND seq = 3", "look 3 changed"),
    "another time": ("UPDATE looks SET at = (SELECT at FROM looks WHERE client_id = :clara AND seq = 2) "
                     "WHERE client_id = :clara AND seq = 3", "look 3 changed"),
    "another looker": ("UPDATE looks SET by_id = :otto WHERE client_id = :clara AND seq = 1", "look 1 changed"),
    "a deletion in the middle": ("DELETE FROM looks WHERE client_id = :clara AND seq IN (3, 4)",
                                 "looks 3 to 4 taken out of the middle"),
    "a deletion of the first": ("DELETE FROM looks WHERE client_id = :clara AND seq = 1",
                                "look 1 taken out of the middle"),
    "a cut tail": ("DELETE FROM looks WHERE client_id = :clara AND seq > 4", "looks 5 to 6 cut off the end"),
    "an emptied chain": ("DELETE FROM looks WHERE client_id = :clara", "looks 1 to 6 cut off the end"),
    "a head that was set back": ("UPDATE look_chains SET seq = 5, mac = (SELECT mac FROM looks WHERE "
                                 "client_id = :clara AND seq = 5) WHERE client_id = :clara", "look 6 came in beside"),
    "a head with another seal": ("UPDATE look_chains SET mac = 'x' WHERE client_id = :clara", "where the chain ends"),
    "a seal of strange letters": ("UPDATE looks SET mac = 'é' WHERE client_id = :clara AND seq = 3",
                                  "looks 3 to 4 changed"),
    "a row more": ("INSERT INTO looks (client_id, seq, by_id, at, page, mac) SELECT client_id, 7, by_id, at, page, mac "
                   "FROM looks WHERE client_id = :clara AND seq = 6", "look 7 changed"),
    "a row of another client": ("UPDATE looks SET client_id = :clara, seq = 7 WHERE client_id = :otto AND seq = 3",
                                "look 7 changed"),
}  # fmt: skip


def test_whatever_is_done_to_a_chain_is_found_and_named(database: Database, config: Config, cast: Cast) -> None:
    """One database: each is done, found and rolled back."""
    seen(database, cast)
    found = {}
    for what, (statement, expected) in WHILE_THE_HEAD_STAYS.items():
        said = _undone(database, config, lambda session, do=statement: tampering(session, do, **_ids(cast)))
        found[what] = any(f"Client {cast.clara}: " in line and expected in line for line in said) or said
    reordered = (
        "UPDATE looks SET seq = -seq WHERE client_id = :clara AND seq IN (2, 5)",
        "UPDATE looks SET seq = 7 + seq WHERE client_id = :clara AND seq < 0",
    )
    said = _undone(database, config, lambda session: tampering(session, *reordered, **_ids(cast)))
    found["a reorder"] = any("looks 2 to 3 changed" in line for line in said) or said
    assert found == dict.fromkeys(found, True)
    assert problems(database, config) == ()


class _Within:
    """A database seen from within one transaction, so that nothing of what is tried has to stay."""

    def __init__(self, session: Session) -> None:
        self.session, self.embedded = session, True

    def surveying(self) -> "_Within":
        return self

    def __enter__(self) -> object:
        return self.session.connection()

    def __exit__(self, *_: object) -> None: ...


class _Undo(Exception):
    def __init__(self, said: tuple[str, ...]) -> None:
        self.said = said


def _undone(database: Database, config: Config, work: Callable[[Session], None]) -> tuple[str, ...]:
    """Say what is found wrong after `work`, of which nothing stays."""
    try:
        with database.owning() as session:
            work(session)
            raise _Undo(problems(_Within(session), config))  # type: ignore[arg-type]
    except _Undo as undone:
        return undone.said


def _ids(cast: Cast) -> dict[str, int]:
    return {"clara": cast.clara, "otto": cast.otto}


CUT_CLEANLY = (
    "DELETE FROM looks WHERE client_id = :clara AND seq > 4",
    "UPDATE look_chains SET seq = 4, mac = (SELECT mac FROM looks WHERE client_id = :clara AND seq = 4) "
    "WHERE client_id = :clara",
)
TAKEN_WHOLE = ("DELETE FROM looks WHERE client_id = :clara", "DELETE FROM look_chains WHERE client_id = :clara")


def test_an_end_that_is_cut_off_together_with_its_head_is_found_by_the_checkpoint(
    database: Database, config: Config, cast: Cast
) -> None:
    seen(database, cast)
    cut = _undone(database, config, lambda session: tampering(session, *CUT_CLEANLY, **_ids(cast)))
    assert cut == (), "without a checkpoint nothing tells"
    audit.checkpoint(database, config, NOW)
    cut = _undone(database, config, lambda session: tampering(session, *CUT_CLEANLY, **_ids(cast)))
    assert [f"Client {cast.clara}: looks 5 to 6 cut off the end (they stood there" in line for line in cut] == [True]
    gone = _undone(database, config, lambda session: tampering(session, *TAKEN_WHOLE, **_ids(cast)))
    assert [f"Client {cast.clara}: looks 1 to 6 and the chain itself taken away" in line for line in gone] == [True]
    empty = (
        "DELETE FROM looks WHERE client_id = :clara",
        "UPDATE look_chains SET seq = 0, mac = '' WHERE client_id = :clara",
    )
    nobody = _undone(database, config, lambda session: tampering(session, *empty, **_ids(cast)))
    assert [f"Client {cast.clara}: looks 1 to 6 cut off" in line for line in nobody] == [True]


def test_a_chain_that_grew_again_after_it_was_cut_is_found(database: Database, config: Config, cast: Cast) -> None:
    seen(database, cast)
    audit.checkpoint(database, config, NOW)

    def cut_and_go_on(session: Session) -> None:
        tampering(session, *CUT_CLEANLY, **_ids(cast))
        for _ in range(4):
            session.execute(text("SELECT 1"))
            head = looks._read(session, looks._ENDS, {"ids": [cast.clara]})
            looks._add(session, head, cast.theo, "sessions", NOW + HOUR)
            session.execute(
                text("UPDATE look_chains SET seq = seq + 1, mac = (SELECT mac FROM looks l WHERE l.client_id = "
                     "look_chains.client_id AND l.seq = look_chains.seq + 1) WHERE client_id = :clara"),
                _ids(cast),
            )  # fmt: skip

    said = _undone(database, config, cut_and_go_on)
    assert ["look 6 and all before it written anew" in line for line in said] == [True]


def test_a_checkpoint_does_not_follow_a_chain_that_became_shorter(
    database: Database, config: Config, cast: Cast
) -> None:
    seen(database, cast)
    audit.checkpoint(database, config, NOW)
    with database.owning() as session:
        tampering(session, *CUT_CLEANLY, **_ids(cast))
    assert not audit.checkpoint(database, config, NOW + HOUR)
    assert ["looks 5 to 6 cut off the end" in line for line in problems(database, config)] == [True]
    assert audit.checkpoint(database, config, NOW + HOUR, accept=True)
    assert problems(database, config) == (), "whoever restored a backup says so, with the key"


def test_checkpoints_are_sealed_to_each_other(database: Database, config: Config, cast: Cast) -> None:
    for hour in range(3):
        seen(database, cast, since=NOW + hour * HOUR)
        audit.checkpoint(database, config, NOW + hour * HOUR)
    lines = config.checkpoints.read_text().splitlines()
    said = json.loads(lines[1])
    said["heads"][str(cast.clara)][0] = 1
    for changed, which in (
        ([lines[0], json.dumps(said), lines[2]], 2),
        ([lines[0], lines[2]], 2),
        ([lines[1], lines[0], lines[2]], 1),
        ([lines[0], "{}", lines[2]], 2),
    ):
        config.checkpoints.write_text("\n".join(changed) + "\n")
        assert any(f"Line {which} of" in line for line in problems(database, config)), changed
    config.checkpoints.write_text("\n".join([*lines, lines[2][:40]]))
    assert problems(database, config) == (), "a writer that was killed has changed nothing"
    seen(database, cast, since=NOW + 4 * HOUR)
    audit.checkpoint(database, config, NOW + 4 * HOUR)
    assert problems(database, config) == ()


def test_a_file_that_is_gone_is_told_once_looks_are_a_day_old_and_a_copy_elsewhere_helps(
    database: Database, config: Config, cast: Cast
) -> None:
    seen(database, cast)
    audit.checkpoint(database, config, NOW)
    elsewhere = config.checkpoints.rename(config.data / "copy")
    assert audit.verify(database, config, NOW + HOUR).problems == ()
    (problem,) = audit.verify(database, config, NOW + 25 * HOUR).problems
    assert "There is no checkpoint" in problem
    with database.owning() as session:
        tampering(session, *CUT_CLEANLY, **_ids(cast))
    assert audit.verify(database, config, NOW).problems == ()
    assert len(audit.verify(database, config, NOW, elsewhere).problems) == 1


def test_another_key_fits_nothing_and_that_is_said(database: Database, config: Config, cast: Cast) -> None:
    seen(database, cast)
    other = replace(config, audit_key="f" * 64)
    assert "perhaps CAIRN_AUDIT_KEY is another key" in audit.verify(database, other, NOW).problems[-1]


def test_the_database_refuses_what_is_not_an_addition(database: Database, cast: Cast) -> None:
    seen(database, cast)
    for statement in (
        "UPDATE looks SET page = 'coping'",
        "DELETE FROM looks WHERE client_id = :clara",
        "DELETE FROM look_chains WHERE client_id = :clara",
        "UPDATE look_chains SET seq = 1 WHERE client_id = :clara",
        "INSERT INTO looks (client_id, seq, by_id, at, page, mac) SELECT client_id, 9, by_id, at, page, mac FROM looks "
        "WHERE client_id = :clara AND seq = 1",
        *(() if database.embedded else ("TRUNCATE looks", "TRUNCATE look_chains", "TRUNCATE departures")),
    ):
        with pytest.raises(DBAPIError, match=r"only ever added to|not the next look"), database.owning() as session:
            session.execute(text(statement), {"clara": cast.clara} if ":clara" in statement else {})


def test_the_command_says_it_in_plain_words_and_by_its_exit_code(
    database: Database, config: Config, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(config).items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke
    seen(database, cast)
    written = run(cli.main, ["audit", "checkpoint"])
    assert written.output == f"Written down: {config.checkpoints}\n"
    whole = run(cli.main, ["audit", "verify"])
    assert (whole.exit_code, whole.output.splitlines()) == (
        0,
        [
            "9 looks at 2 clients were read; the last checkpoint: 2026-11-19 17:00 UTC.",
            "All of them are as they were written, and none is missing.",
        ],
    )
    with database.owning() as session:
        tampering(session, *CUT_CLEANLY, **_ids(cast))
    cut = run(cli.main, ["audit", "verify"])
    assert cut.exit_code == 1
    assert cut.output.splitlines()[0] == (
        f"Client {cast.clara}: looks 5 to 6 cut off the end "
        "(they stood there in the checkpoint of 2026-11-19 17:00 UTC)."
    )
    assert "Written down" in run(cli.main, ["audit", "checkpoint", "--accept"]).output
    assert "Nobody looked" in run(cli.main, ["audit", "checkpoint"]).output
    assert run(cli.main, ["audit", "verify"]).exit_code == 0
