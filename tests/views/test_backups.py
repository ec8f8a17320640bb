"""An admin sees when the last backup was made, asks for one, and is told how far it is and how it ended."""

import errno
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from jobs import backup as jobs
from tests.conftest import As
from tests.support.cast import NOW, Cast
from webapp import backups, clock
from webapp.backups.problems import Damaged
from webapp.config import Config
from webapp.db import Database
from webapp.domain.backups import Progress, Stage
from webapp.queries import backups as queries
from webapp.services import backups as services

embedded = pytest.mark.parametrize("config", ["sqlite"], indirect=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(cast: Cast, browse: As) -> FlaskClient:
    return browse(cast.ada)


def block(page: str) -> str:
    return page.partition('id="backup"')[2].partition("</div>")[0]


def test_a_backup_asked_for_is_made_by_the_jobs_and_told_of(
    ada: FlaskClient, config: Config, database: Database
) -> None:
    assert "There is none yet." in block(ada.get("/admin").text)
    assert ada.post("/admin/backups").headers["Location"] == "/admin#backups"
    waiting = block(ada.get("/admin").text)
    assert "It begins in a moment." in waiting
    assert "Back up now" not in waiting
    assert 'data-hx-trigger="every 1s"' in waiting
    jobs.wanted(config, database)
    made = block(ada.get("/admin").text)
    assert "is made and was read back whole (today, 12:00\xa0PM)." in made
    assert "1 backup, " in made
    assert "kB" in made
    assert "Back up now" in made
    assert "data-hx-trigger" not in made


@embedded
def test_the_end_is_announced_once_by_the_fragment_that_was_asked_for(
    ada: FlaskClient, config: Config, database: Database
) -> None:
    asked = ada.post("/admin/backups", headers=HTMX)
    assert asked.status_code == 200
    assert asked.text.lstrip().startswith('<div class="card stack" id="backup" data-hx-get="/admin/backups"')
    assert "data-announce" not in asked.text
    jobs.wanted(config, database)
    assert 'data-announce="The backup you asked for is made' in ada.get("/admin/backups", headers=HTMX).text
    assert 'data-announce="The backup' not in ada.get("/admin").text
    assert ada.get("/admin/backups").headers["Location"] == "/admin#backups"


@embedded
@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(Stage.COPYING, NOW, 1_240_000, 5_000_000), "Copying: 1.2 MB of about 5.0 MB."),
        (Progress(Stage.COPYING, NOW), "Copying."),
        (Progress(Stage.CHECKING, NOW), "Copied. Reading it back, to be sure that it is whole."),
    ],
)
def test_while_it_is_made_the_page_says_how_far_it_is(
    progress: Progress, words: str, ada: FlaskClient, config: Config
) -> None:
    config.backups.mkdir()
    with backups._alone(config.backups):
        services.tell(config.backups, progress)
        assert words in block(ada.get("/admin").text)
        ada.post("/admin/backups")
        assert queries.progress(config.backups) == progress, "a second tap begins nothing anew"
    assert "stopped halfway" in block(ada.get("/admin").text), "its process is gone"
    ada.post("/admin/backups")
    assert "It begins in a moment." in block(ada.get("/admin").text)


@embedded
def test_who_waits_for_jobs_that_do_not_run_is_told_so(ada: FlaskClient) -> None:
    ada.post("/admin/backups")
    with clock.standing_at(NOW + timedelta(minutes=1)):
        assert "“cairn jobs”: is it running?" in block(ada.get("/admin").text)


@embedded
def test_who_waits_while_another_backup_is_made_is_told_so(ada: FlaskClient, config: Config) -> None:
    ada.post("/admin/backups")
    with clock.standing_at(NOW + timedelta(minutes=1)), backups._alone(config.backups):
        assert "Yours comes next." in block(ada.get("/admin").text)


@embedded
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (Damaged("x"), "could not be read back whole"),
        (PermissionError(errno.EACCES, "no"), "stopped halfway"),
    ],
)
def test_what_could_not_be_made_is_said_with_what_to_do(
    error: Exception, words: str, ada: FlaskClient, config: Config, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(backups, "verify", fails)
    ada.post("/admin/backups")
    with pytest.raises(type(error)):
        jobs.wanted(config, database)
    said = block(ada.get("/admin").text)
    assert words in said
    assert "Back up now" in said
    assert list(config.backups.glob("*cairn-*")) == []


@embedded
def test_nobody_else_asks_for_one(cast: Cast, browse: As, config: Config) -> None:
    for who in (cast.clara, cast.theo, cast.sam):
        assert browse(who).post("/admin/backups").status_code == 404
    assert not config.backups.exists()
