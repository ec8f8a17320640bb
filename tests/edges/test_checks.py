"""What `cairn check` finds, one thing at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.support.cast import NOW, Cast
from tests.support.ntfy import NtfyServer
from tests.support.smtp import MailServer
from webapp import checks
from webapp.config import Config
from webapp.db import Database
from webapp.models import Heartbeat
from webapp.notify import push


def found(config: Config, about: str, now: datetime = NOW) -> list[tuple[bool, str]]:
    return [(finding.well, finding.words) for finding in checks.all_of(config, now) if finding.about == about]


def beat(database: Database, ago: timedelta) -> None:
    with database.writing() as session:
        session.merge(Heartbeat(name="jobs", at=NOW - ago))


def test_a_database_that_is_up_to_date_is_well(config: Config, database: Database) -> None:
    ((well, words),) = found(config, "database")
    assert well
    assert words.endswith("opens and is up to date")


@pytest.mark.parametrize(
    ("ago", "about", "well", "words"),
    [
        (timedelta(seconds=20), "jobs", True, "running"),
        (timedelta(minutes=9), "jobs", False, "last seen 0:09:00 ago"),
        (timedelta(hours=-1), "clock", False, "a time that is still to come"),
    ],
)
def test_the_jobs_are_judged_by_their_last_beat(
    config: Config, database: Database, ago: timedelta, about: str, well: bool, words: str
) -> None:
    beat(database, ago)
    said = found(config, about)
    assert any(judged is well and words in sentence for judged, sentence in said)


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_field_keys_that_belong_elsewhere_are_named(config: Config, database: Database, cast: Cast) -> None:
    assert found(config, "field keys") == [(True, "what people write is closed with key 1")]
    lookup, one = config.field_keys.split()
    for keys in (f"{lookup} 1={'d' * 64}", f"lookup={'d' * 64} {one}"):
        ((well, words),) = found(replace(config, field_keys=keys), "field keys")
        assert (well, "not those of this database" in words) == (False, True)
    ((well, words),) = found(replace(config, field_keys=""), "database")
    assert (well, words.startswith("CAIRN_FIELD_KEYS: ")) == (False, True)


def test_a_database_of_a_newer_cairn_is_named(config: Config, database: Database) -> None:
    with database.owning() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ((well, words),) = found(config, "database")
    assert not well
    assert words.endswith("was made by a newer Cairn.")


def test_a_damaged_file_is_named(config: Config, database: Database) -> None:
    if config.database_url is not None:
        config = replace(config, database_url=None)
    database.dispose()
    (config.data / "cairn.db").write_bytes(b"not a database at all" * 500)
    assert any(not well and "can't be opened" in words for well, words in found(config, "database"))


def test_a_database_that_does_not_answer_is_named_without_its_password(config: Config) -> None:
    gone = replace(config, database_url="postgresql+psycopg://cairn:secret@127.0.0.1:9/cairn?connect_timeout=2")
    ((well, words),) = found(gone, "database")
    assert not well
    assert "does not answer" in words
    assert "secret" not in words


def test_another_kind_of_database_is_refused(config: Config) -> None:
    ((well, words),) = found(replace(config, database_url="mysql://localhost/cairn"), "database")
    assert not well
    assert "CAIRN_DATABASE_URL" in words


def test_keys_beside_the_database_and_plain_http_for_others_are_pointed_out(config: Config) -> None:
    said = found(replace(config, host="0.0.0.0", config=config.data), "configuration")
    assert [well for well, _ in said] == [True, False, False]


def test_a_mail_server_that_answers_is_well(config: Config, mail_server: MailServer) -> None:
    ((well, words),) = found(replace(config, smtp_url=mail_server.url), "mail")
    assert well
    assert "answers" in words


def test_a_mail_address_that_cannot_be_read_is_said(config: Config) -> None:
    ((well, _words),) = found(replace(config, smtp_url="gopher://mail"), "mail")
    assert not well


@pytest.mark.parametrize(
    ("origin", "sender", "well", "words"),
    [
        ("http://127.0.0.1:8000", "Cairn <cairn@localhost>", True, "browsers on this machine"),
        ("http://localhost:8000", "Cairn <cairn@localhost>", True, "browsers on this machine"),
        ("http://cairn.clinic.org", "Cairn <cairn@clinic.org>", False, "set an https CAIRN_ORIGIN"),
        ("https://cairn.clinic.org", "Cairn <cairn@localhost>", False, "set CAIRN_MAIL_FROM"),
        ("https://cairn.clinic.org", "Cairn <cairn@clinic.example>", False, "set CAIRN_MAIL_FROM"),
        ("https://cairn.clinic.org", "Cairn", False, "set CAIRN_MAIL_FROM"),
        ("https://cairn.clinic.org", "Cairn <cairn@clinic.org>", True, "can reach phones"),
    ],
)
def test_push_needs_https_and_an_address_to_write_to(
    config: Config, origin: str, sender: str, well: bool, words: str
) -> None:
    ((judged, said),) = found(replace(config, origin=origin, mail_from=sender), "push")
    assert judged is well
    assert words in said
    assert config.vapid_key not in said
    assert (push.public_key(config) in said) is ("can reach" in said)


def test_an_ntfy_server_is_asked_how_it_is(config: Config, ntfy_server: NtfyServer) -> None:
    ((well, words),) = found(config, "ntfy")
    assert well
    assert "no ntfy server is set" in words
    with_one = replace(config, ntfy_url=ntfy_server.url)
    assert found(with_one, "ntfy") == [(True, f"the ntfy server at {ntfy_server.url} answers")]
    ntfy_server.answer(404)
    ((well, words),) = found(with_one, "ntfy")
    assert not well
    assert "answered 404" in words
    ((well, words),) = found(replace(config, ntfy_url="http://127.0.0.1:9"), "ntfy")
    assert not well
    assert "No ntfy server answers at http://127.0.0.1:9" in words


def test_a_clock_from_before_this_release_is_wrong(config: Config, database: Database) -> None:
    said = found(config, "clock", datetime(2020, 1, 1, tzinfo=UTC))
    assert any(not well and "before this release" in words for well, words in said)
