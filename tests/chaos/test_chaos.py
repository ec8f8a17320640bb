"""The short form of `make chaos`: ten kills and a freeze, and a database that is gone for a while, on each database."""

import os
from pathlib import Path

import pytest

from tests.chaos.doomed import POINTS
from tests.chaos.outage import outage
from tests.chaos.season import season
from tests.conftest import settings
from tests.support.postgres import Cluster
from webapp.config import Config

pytestmark = pytest.mark.real_clock


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
