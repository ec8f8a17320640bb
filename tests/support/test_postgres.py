"""The PostgreSQL that tests get is real, empty and their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.support.postgres import Cluster, Server, connect, find_binaries, wipe

MAKE = "CREATE TABLE place (id serial PRIMARY KEY, name text NOT NULL)"
MAKE_CHILD = "CREATE TABLE visit (id serial PRIMARY KEY, place_id int NOT NULL REFERENCES place)"
calls: list[str] = []


def prepare(url: str) -> None:
    calls.append(url)
    with connect(url) as connection:
        connection.execute(MAKE)
        connection.execute(MAKE_CHILD)


def add_a_place(url: str) -> int:
    with connect(url) as connection:
        row = connection.execute("INSERT INTO place (name) VALUES ('park') RETURNING id").fetchone()
        assert row
        connection.execute("INSERT INTO visit (place_id) VALUES (%s)", row)
        return row[0]


def places(url: str) -> int:
    with connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM place").fetchone()
        assert row
        return row[0]


def test_sqlalchemy_opens_the_url_as_it_stands(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT current_setting('server_version_num')::int")).scalar_one() > 130000
    engine.dispose()


def test_each_fresh_database_is_prepared_once_and_stands_alone(
    fresh_postgres: Callable[[Callable[[str], None]], str],
) -> None:
    one, other = fresh_postgres(prepare), fresh_postgres(prepare)
    assert one != other
    assert len(calls) <= 1
    add_a_place(one)
    assert (places(one), places(other)) == (1, 0)


def test_a_pool_left_open_by_the_preparation_does_not_stop_the_copy(
    fresh_postgres: Callable[[Callable[[str], None]], str],
) -> None:
    left_open = []

    def prepare_and_linger(url: str) -> None:
        prepare(url)
        left_open.append(connect(url))

    assert places(fresh_postgres(prepare_and_linger)) == 0


def test_wiping_empties_the_tables_and_starts_their_numbers_again(
    fresh_postgres: Callable[[Callable[[str], None]], str],
) -> None:
    url = fresh_postgres(prepare)
    assert add_a_place(url) == 1
    wipe(url)
    assert places(url) == 0
    assert add_a_place(url) == 1


def test_a_database_of_a_test_is_gone_after_it(postgres_server: Server) -> None:
    url = postgres_server.create(f"{postgres_server.prefix}_short")
    postgres_server.drop(f"{postgres_server.prefix}_short")
    with pytest.raises(Exception, match="does not exist"):
        connect(url)


def test_a_cluster_ends_with_its_owner_even_when_that_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    cluster = Cluster.start(owner.pid)
    try:
        pid_file = cluster.data / "postmaster.pid"
        with connect(cluster.url):
            assert pid_file.exists()
        owner.kill()
        owner.wait()
        end = time.monotonic() + 20
        while cluster.folder.exists():
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        owner.kill()
        cluster.stop()


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    binaries = find_binaries()
    assert binaries is not None
    os.chmod(tmp_path, 0o777)  # the server's user must reach it
    with pytest.raises(RuntimeError, match="pg_ctl ended with"):
        Cluster(binaries, tmp_path, 1).launch()
