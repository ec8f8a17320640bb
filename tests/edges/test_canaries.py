"""A word of its own is planted in every secret field. It stands in no log, no error, no file and no backup."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, text, update

from jobs import calmly
from tests.conftest import As
from tests.support.canaries import Canaries, plant
from tests.support.cast import NOW, Cast
from tests.support.engine import Engine
from tests.support.people import acting
from webapp import backups
from webapp.config import Config
from webapp.db import Database
from webapp.models import AgendaItem, CheckIn, Contact, CopingStrategy, Person
from webapp.models.fields import SECRET
from webapp.services import agenda, invitations, sign_in_links

PAGES = {
    "clara": "/today /plan /plan/changes /coping /people /progress /help-now /agenda /settings /reminders",
    "sam": "/promises /settings",
    "theo": "/caseload /clients/1/before-session /clients/1/plan /clients/1/sessions",
    "ada": "/admin",
}


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that anything logs, as somebody gets it who asks for everything."""
    asked = [
        logging.getLogger(name) for name in ("", "sqlalchemy", "sqlalchemy.engine", "sqlalchemy.engine.Engine", "cairn")
    ]
    before = [logger.level for logger in asked]
    for logger in asked:
        logger.setLevel(logging.DEBUG)
    caplog.handler.setLevel(logging.DEBUG)
    yield caplog
    for logger, level in zip(asked, before, strict=True):
        logger.setLevel(level)


@pytest.fixture
def canaries(database: Database, cast: Cast) -> Canaries:
    found = Canaries()
    with database.writing() as session:
        plant(session, cast, found)
    assert len(found.of) >= sum(len(names.split()) for names in SECRET.values())
    return found


def typed(clara: FlaskClient, sam: FlaskClient, cast: Cast, canaries: Canaries) -> None:
    """Write into forms what people write there; some of it is refused and comes back."""
    word, walked, taken, used = canaries.new, str(uuid4()), str(uuid4()), str(uuid4())
    forms: list[tuple[FlaskClient, str, dict[str, str], int]] = [
        (clara, "/agenda", {"text": word("typed agenda")}, 303),
        (clara, "/agenda", {"text": word("refused agenda") * 200}, 422),
        (clara, "/contacts", {"name": word("typed name"), "relation": word("typed relation"), "phone": "5"}, 303),
        (clara, "/contacts", {"name": word("refused name") * 9, "phone": word("refused phone")}, 422),
        (clara, f"/steps/{cast.walk}/check-ins", {"op_id": walked, "outcome": "some", "note": word("typed note")}, 303),
        (clara, f"/steps/{cast.pills}/check-ins",
         {"op_id": taken, "slot": "08:00", "outcome": "not_today", "other": word("typed reason")}, 303),
        (clara, "/coping/strategies", {"text": word("typed strategy"), "use_when": "everyday"}, 303),
        (clara, f"/coping/strategies/{cast.breathing}/uses", {"op_id": used, "before": "7"}, 303),
        (clara, f"/coping/uses/{used}", {"after": "4", "helped": "yes", "note": word("typed use")}, 303),
        (sam, f"/promises/{cast.promise}/answers", {"verb": "suggest", "words": word("typed words")}, 303),
    ]  # fmt: skip
    for who, path, form, status in forms:
        assert who.post(path, data=form).status_code == status, path


def log_of(caplog: pytest.LogCaptureFixture) -> str:
    """Every record as a handler writes it, with its traceback."""
    return "\n".join(logging.Formatter("%(name)s %(message)s").format(record) for record in caplog.records)


def test_no_log_and_no_error_quotes_anybody(
    app: Flask, browse: As, config: Config, database: Database, cast: Cast, canaries: Canaries,
    everything: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    app.testing = False
    people = {name: browse(getattr(cast, name)) for name in PAGES}
    typed(people["clara"], people["sam"], cast, canaries)
    for name, paths in PAGES.items():
        for path in paths.split():
            assert people[name].get(path).status_code in (200, 303), path
    stranger = browse(None)
    stranger.post("/sign-in", data={"email": f"{canaries.new('typed address')}@x.test", "password": canaries.new("pw")})
    with database.writing() as session:
        me = acting(cast.clara)
        token = invitations.invite_supporter(session, me, "Kim", "kim@example.test", None, None, NOW).token
        link = sign_in_links.ask(session, "sam@example.test", NOW)
    canaries.of |= {"invitation": token, "link": str(link)}

    def fails(*_: object, **__: object) -> None:
        raise ValueError(canaries.new("message of an error"))

    for where, path in (("invitations", f"/invitations/{token}"), ("sign_in", f"/sign-in/link/{link}")):
        with monkeypatch.context() as patch:
            patch.setattr(f"webapp.views.{where}.render_template", fails)
            assert stranger.get(path).status_code == 500
    with monkeypatch.context() as patch:
        patch.setattr(agenda, "add", _doubled(canaries, cast))
        assert people["clara"].post("/agenda", data={"text": canaries.new("lost")}).status_code == 500
    for job in (fails, lambda: _collide(database, canaries, cast)):
        calmly.calmly(job)()
    engine = Engine(config, database)
    engine.remind(cast.walk, cast.clara, "20:00", plain=True)
    engine.look_at("2026-11-20 01:00")
    logging.getLogger("werkzeug").info('"GET /invitations/%s HTTP/1.1" 200', token)
    written = log_of(everything)
    assert "GET /invitations/<token>: ValueError" in written
    assert "POST /agenda: IntegrityError" in written
    assert "did not work this time: IntegrityError" in written
    assert "SELECT" in written
    assert canaries.found_in(written) == []


def _doubled(canaries: Canaries, cast: Cast):  # type: ignore[no-untyped-def]
    def add(session: object, *_: object) -> None:
        session.add(_twin(canaries, cast))  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]

    return add


def _twin(canaries: Canaries, cast: Cast) -> CheckIn:
    """A check-in that its table refuses, with something to say."""
    note = canaries.new("refused row")
    return CheckIn(client_id=cast.clara, step_id=cast.walk, by_id=cast.clara, op_id="1", day=NOW.date(), outcome="?",
                   note=note, at=NOW)  # fmt: skip


def _collide(database: Database, canaries: Canaries, cast: Cast) -> None:
    with database.writing() as session:
        session.add(_twin(canaries, cast))
        session.flush()


def test_errors_of_every_layer_quote_nobody(database: Database, cast: Cast, canaries: Canaries) -> None:
    other = canaries.new("address of another")

    def same_address() -> None:
        with database.writing() as session:
            for _ in range(2):
                session.add(Person(organisation_id=cast.organisation, name=other, called=other, email=other,
                                   email_key=other, created_at=NOW))  # fmt: skip
            session.flush()

    def core() -> None:
        rows = [{"client_id": cast.clara, "text": canaries.new(f"row {n}"), "created_at": NOW} for n in range(3)]
        with database.writing() as session:
            session.connection().execute(insert(AgendaItem.__table__), [*rows, rows[0] | {"client_id": 987654}])

    def everybody() -> None:
        with database.writing() as session:
            session.execute(update(Contact).values(name=canaries.new("everybody"), position=text("nonsense")))

    def nonsense() -> None:
        with database.reading() as connection:
            connection.execute(select(func.nonsense(CopingStrategy.id)).where(CopingStrategy.id == 1))

    for provoke in (same_address, core, everybody, nonsense, lambda: _collide(database, canaries, cast)):
        with pytest.raises(Exception) as error:  # noqa: PT011 (of each layer its own)
            provoke()
        assert canaries.found_in("".join(traceback.format_exception(error.value))) == []


def files_of(config: Config, database: Database) -> dict[str, bytes]:
    """What a disk holds of a database, byte for byte, while it is in use."""
    if database.embedded:
        with database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA temp_store").scalar_one() == 2, "what is sorted stays in memory"
        places = [path for path in config.data.rglob("*") if path.is_file()]
        assert {"cairn.db", "cairn.db-wal", "cairn.db-shm"} <= {path.name for path in places}
        return {path.name: path.read_bytes() for path in places}
    with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        data = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    places = [*(data / "base" / str(number)).iterdir(), *(data / "pg_wal").glob("0*"), data.parent / "log"]
    return {path.name: path.read_bytes() for path in places if path.exists()}


def test_no_file_holds_them_nor_any_backup(
    config: Config, database: Database, cast: Cast, canaries: Canaries, browse: As
) -> None:
    typed(browse(cast.clara), browse(cast.sam), cast, canaries)
    made = backups.at_once(database, config, NOW)
    with pytest.raises(Exception):  # noqa: B017, PT011 (something for the server's own log)
        _collide(database, canaries, cast)
    with database.writing() as session:
        session.execute(update(CheckIn).where(CheckIn.id == 1).values(op_id="known-and-open"))
    files = files_of(config, database) | {"backup": made.read_bytes()}
    assert sum(len(content) for content in files.values()) > 100_000
    everywhere = b"".join(files.values())
    assert (b"known-and-open" in everywhere) is not database.embedded, "we look where it is"
    assert canaries.found_in(everywhere) == []
