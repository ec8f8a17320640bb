"""The short form of `make chaos`: ten kills and a freeze, and a database that is gone for a while, on each database;
and ten kills of the web under load.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.chaos import doomed_web, web
from tests.chaos.doomed import POINTS
from tests.chaos.outage import outage
from tests.chaos.season import season
from tests.conftest import settings
from tests.support.crowd import EVERYONE
from tests.support.postgres import Cluster, free_port
from tests.support.witness import witnesses
from webapp import db
from webapp.config import Config

pytestmark = [pytest.mark.real_clock, pytest.mark.unmeasured]


def test_whatever_kills_the_jobs_nothing_is_lost_and_nobody_is_mailed_twice(config: Config) -> None:
    told = season(config, reminders=300, kills=10, seed=1)
    assert told.problems == []
    reached = {point for point in told.kills if not point.endswith("not reached")}
    assert reached >= {*POINTS, "at random", "frozen past the lease"}, told.kills
    assert told.pushes + told.mails >= 270


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_a_database_file_held_by_somebody_else_past_every_patience_is_waited_for(config: Config) -> None:
    assert outage(config, None, seconds=12, seed=1, reminders=200).problems == []


def test_a_database_server_that_crashes_and_comes_back_is_waited_for(tmp_path: Path) -> None:
    cluster = Cluster.start(os.getpid(), durable=True)  # what it acknowledged must survive the crash
    try:
        told = outage(settings(tmp_path, cluster.url), cluster, seconds=3, seed=1, reminders=200)
    finally:
        cluster.stop()
    assert told.problems == []


def well(told: web.WebTold) -> bool:
    """Whether nothing was lost or doubled, and the season was one."""
    assert told.problems == []
    assert {*told.kills} >= {*doomed_web.POINTS, "at random"}, told.kills
    assert told.rows == len(told.acknowledged) >= 10
    return told.unanswered > 0 and told.sent > told.rows


def test_whatever_kills_the_web_no_acknowledged_tick_is_lost_or_there_twice(tmp_path: Path) -> None:
    assert well(web.season(settings(tmp_path), kills=10, seed=1, port=free_port()))


def test_ticks_outlive_kills_of_the_web_and_a_crash_of_the_database_server(tmp_path: Path) -> None:
    cluster = Cluster.start(os.getpid(), durable=True)
    try:
        told = web.season(settings(tmp_path, cluster.url), kills=10, seed=1, port=free_port(), cluster=cluster)
    finally:
        cluster.stop()
    assert well(told)
    assert told.kills["the database crashed"] == 1
    assert told.asked_to_wait > 0


def test_a_tick_is_on_the_disk_before_it_is_answered(tmp_path: Path) -> None:
    found = witnesses(tmp_path)
    assert found, "install strace or a C compiler: without one of them nobody can see what reaches the disk"
    config, told = settings(tmp_path), web.WebTold()
    database, port = db.connect(config).within(EVERYONE), free_port()
    phones = web.Phones(port, web.people(config, database, 1), told)
    today = datetime.now(UTC).date()
    for witness in found:
        with web.nursery(config, port, witness) as lives:
            lives.begin()
            for days in range(2, 5):
                phones.tick(1, str(uuid4()), (today - timedelta(days=days)).isoformat())
            lives.end()
        seen = witness.events()
        answers = [n for n, event in enumerate(seen) if event == "answer"]
        assert len(answers) == 3, (witness.name, seen)
        for before, answer in zip([0, *answers], answers, strict=False):
            written = seen[before:answer]
            assert "put" in written, (witness.name, seen)
            assert "sync" in written[len(written) - written[::-1].index("put") :], (witness.name, seen)
        today -= timedelta(days=5)
    database.dispose()
    assert told.problems == []
