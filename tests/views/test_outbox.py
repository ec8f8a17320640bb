"""Without a mail server people read their own mails here, and nobody else's."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import As
from tests.support.cast import NOW, Cast
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.notify import email, outbox, wording
from webapp.notify.email import Mail
from webapp.notify.messages import Message


@pytest.fixture
def mails(config: Config) -> None:
    email.post(config, Mail("Sam@example.test", "For Sam", "Hello Sam\n\nhttp://localhost/invitations/secret\n"), NOW)
    email.post(config, Mail("clara@example.test", "For Clara", "Hello Clara\n"), NOW.replace(minute=1))


def test_people_read_their_own_mails_only(cast: Cast, browse: As, mails: None) -> None:
    sam, clara = (browse(person).get("/outbox").text for person in (cast.sam, cast.clara))
    assert "Hello Sam" in sam
    assert 'href="http://localhost/invitations/secret"' in sam
    assert "Clara" not in sam.replace("Clara's", "")
    assert "Hello Clara" in clara
    assert "Hello Sam" not in clara


def test_an_admin_sees_that_mails_went_out_but_not_what_they_say(
    cast: Cast, browse: As, mails: None, config: Config
) -> None:
    said = wording.reminder("en", "Ring my sponsor")
    email.send(config, Message("clara@example.test", said.title, said.body, "http://localhost/today"), NOW)
    page = browse(cast.ada).get("/outbox").text
    assert "For Sam" in page
    assert "Sam@example.test" in page
    for theirs in ("Hello", "secret", "sponsor"):
        assert theirs not in page
    assert "Ring my sponsor" in browse(cast.clara).get("/outbox").text


def test_with_a_mail_server_or_in_production_there_is_no_such_page(
    cast: Cast, browse: As, config: Config, database: Database
) -> None:
    for change in ({"smtp_url": "smtp://127.0.0.1:9"}, {"mode": "production"}):
        app = create_app(replace(config, **change), database)  # type: ignore[arg-type]
        with browse(cast.ada).session_transaction() as cookie:
            token = cookie["_user_id"]
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
        assert browser.get("/admin").status_code == 200
        assert browser.get("/outbox").status_code == 404


def test_the_newest_stand_first_and_an_empty_folder_is_fine(config: Config, mails: None, tmp_path: Path) -> None:
    assert [mail.subject for mail in outbox.kept(config.outbox)] == ["For Clara", "For Sam"]
    assert outbox.kept(tmp_path / "nowhere") == ()
