"""A private PostgreSQL for one test run, shared by its workers; and empty databases in it, quickly.

    postgres_server   the cluster (or the server of CAIRN_TEST_POSTGRES_URL)
    postgres_url      one empty database per worker, as an SQLAlchemy URL
    fresh_postgres    fresh_postgres(prepare) -> URL of a new database for one test; prepare(url), say the
                      migrations, runs once per run and its outcome is copied
    wipe(url)         empty every table of a database and keep the tables: quicker still

The first worker that asks starts the cluster; the process that started pytest stops it. A keeper, left
beside the cluster, stops it should that process be killed.
"""

import contextlib
import fcntl
import functools
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.support.memory import quickest_place

Prepare = Callable[[str], None]

# Nothing here outlives the run, so nothing needs to survive a power cut.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
}
# For what is measured or killed: as an installation would have it, on a disk.
DURABLE = SETTINGS | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}
# Started beside the cluster with: the process to outlive by a second at most, the cluster's folder.
KEEPER = """
import os, pathlib, shutil, signal, sys, time
owner, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
note, told = folder / "data/postmaster.pid", False
while note.exists():
    try:
        os.kill(owner, 0)
    except ProcessLookupError:
        if not told:
            os.kill(int(note.read_text().split()[0]), signal.SIGQUIT)
        told = True
    time.sleep(0.5)
if told:
    shutil.rmtree(folder)
"""


def find_binaries() -> Path | None:
    """Return the folder of initdb and pg_ctl, the newest version first, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version, reverse=True)
    places = [path.parent for path in found]
    places += [Path(path).parent for path in [shutil.which("initdb")] if path]
    places += sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def _version(path: Path) -> int:
    name = path.parent.parent.name
    return int(name) if name.isdigit() else 0


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: as root, become a user who owns nothing else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody.")


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _call(*command: str | Path) -> None:
    """Run a server program; its output goes to a file, as a daemon would keep a pipe open for ever."""
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", **_unprivileged()
        )
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{output.read().decode()}")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster in a folder of its own."""

    binaries: Path
    folder: Path
    port: int
    durable: bool = False

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://cairn@127.0.0.1:{self.port}/postgres"

    @classmethod
    def start(cls, owner: int, durable: bool = False) -> "Cluster":
        """Start a cluster that ends with the process `owner` at the latest; a durable one is safe from a power cut."""
        binaries = find_binaries()
        if binaries is None:
            raise RuntimeError("PostgreSQL's server programs are not installed: run scripts/setup-tests.")
        folder = Path(tempfile.mkdtemp(prefix="cairn-pg-", dir=None if durable else quickest_place()))
        identity = _unprivileged()
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        data = folder / "data"
        _call(binaries / "initdb", "-D", data, "-U", "cairn", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        for attempt in range(5):
            cluster = cls(binaries, folder, free_port(), durable)
            try:
                cluster.launch()
            except RuntimeError:
                if attempt == 4:
                    raise
            else:
                cluster._keep(owner)
                return cluster
        raise AssertionError("unreachable")

    def launch(self) -> None:
        """Let the server run, for the first time or after `halt`."""
        settings = (DURABLE if self.durable else SETTINGS) | {
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = self.folder / "log"
        _call(self.binaries / "pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", log, "-o", options, "start")

    def _keep(self, owner: int) -> None:
        subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(owner), self.folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def halt(self) -> None:
        """Cut the server off as a crash would; `launch` lets it run again."""
        _call(self.binaries / "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def stop(self) -> None:
        """Stop the cluster and remove its folder; harmless when it has ended already."""
        if (self.data / "postmaster.pid").exists():
            self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Server:
    """A server on which databases may be made. `shared` is a folder that all workers of the run see."""

    url: str
    prefix: str
    shared: Path

    def url_of(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def create(self, database: str, template: str = "template0") -> str:
        """Make an empty database, or a copy of another, and return its URL."""
        # For copies as small as ours, copying files beats logging pages; older servers know nothing else.
        how = "STRATEGY FILE_COPY" if _admin(self.url).info.server_version >= 150000 else ""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} {}").format(
            sql.Identifier(database), sql.Identifier(template), sql.SQL(how)
        )
        _admin(self.url).execute(statement)
        return self.url_of(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        _admin(self.url).execute(statement)

    def template(self, prepare: Prepare) -> str:
        """Return the database that `prepare` made ready, made once for all workers of the run."""
        told_apart = re.sub(r"[^a-z0-9]+", "_", f"{prepare.__module__}_{prepare.__qualname__}".lower())
        name = f"{self.prefix}_{told_apart}"[:60]
        with _locked(self.shared / f"{name}.lock"):
            made = self.shared / f"{name}.made"
            if not made.exists():
                self.drop(name)
                prepare(self.create(name))
                # PostgreSQL copies no database that someone is connected to, and pools linger.
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                _admin(self.url).execute(others, [name])
                made.touch()
        return name

    def drop_all(self) -> None:
        """Remove every database this run made."""
        rows = _admin(self.url).execute("SELECT datname FROM pg_database").fetchall()
        for (name,) in rows:
            if name.startswith(f"{self.prefix}_"):
                self.drop(name)


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a plain connection in autocommit from an SQLAlchemy URL."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


@functools.cache
def _admin(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Keep one connection for making and dropping: opening one costs as much as the copy."""
    return connect(url)


@functools.cache
def _wiping(url: str) -> str:
    """Build the one statement that empties a database; tables made later are not in it."""
    with connect(url) as connection:
        tables = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'alembic_version'"
        ).fetchall()
        sequences = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename) FROM pg_sequences"
        ).fetchall()
    # DELETE beats TRUNCATE on small tables: no new file per table. As replica, foreign keys stay silent.
    parts = ["BEGIN", "SET LOCAL session_replication_role = replica"]
    parts += [f"DELETE FROM {name}" for (name,) in tables]  # noqa: S608 (names quoted by the server)
    parts += [f"ALTER SEQUENCE {name} RESTART" for (name,) in sequences]
    return "; ".join([*parts, "COMMIT"])


def wipe(url: str) -> None:
    """Empty every table but alembic's and restart the sequences. Needs a superuser, as our cluster gives."""
    with connect(url) as connection:
        connection.execute(_wiping(url))  # type: ignore[call-overload]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _shared_folder(config: pytest.Config) -> Path:
    """Return the run's temporary folder, the same for the process that started pytest and its workers."""
    base = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return base.parent if _is_worker(config) else base


def _note(config: pytest.Config) -> Path:
    return _shared_folder(config) / "postgres.json"


def _server(config: pytest.Config) -> Server:
    note = _note(config)
    with _locked(note.with_suffix(".lock")):
        if not note.exists():
            given = os.environ.get("CAIRN_TEST_POSTGRES_URL")
            known: dict[str, Any] = {"url": given, "prefix": f"cairn_{uuid.uuid4().hex[:8]}"}
            if not given:
                cluster = Cluster.start(owner=os.getppid() if _is_worker(config) else os.getpid())
                known |= {"url": cluster.url, "folder": str(cluster.folder), "port": cluster.port}
            note.write_text(json.dumps(known))
    known = json.loads(note.read_text())
    return Server(known["url"], known["prefix"], note.parent)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's cluster, once all workers are done."""
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is None or factory._basetemp is None or _is_worker(config) or not _note(config).exists():
        return
    known = json.loads(_note(config).read_text())
    if "folder" in known:
        binaries = find_binaries()
        assert binaries is not None
        Cluster(binaries, Path(known["folder"]), known["port"]).stop()
    else:
        Server(known["url"], known["prefix"], _note(config).parent).drop_all()
    _note(config).unlink()


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The PostgreSQL of this run, started when the first test asks."""
    server = _server(request.config)
    yield server
    _admin(server.url).close()
    _admin.cache_clear()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Server) -> str:
    """The URL of this worker's own database; empty at first, its tests keep it in order with wipe()."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    return postgres_server.create(f"{postgres_server.prefix}_{worker}")


@pytest.fixture
def fresh_postgres(postgres_server: Server) -> Iterator[Callable[[Prepare], str]]:
    """Hand out new databases, copied from one made ready once; they go when the test ends."""
    made: list[str] = []

    def fresh(prepare: Prepare) -> str:
        name = f"{postgres_server.prefix}_{uuid.uuid4().hex[:12]}"
        url = postgres_server.create(name, postgres_server.template(prepare))
        made.append(name)
        return url

    yield fresh
    for name in made:
        postgres_server.drop(name)


def main() -> int:
    """Print where PostgreSQL is; exit 1 when the tests would have none."""
    given = os.environ.get("CAIRN_TEST_POSTGRES_URL")
    place = "CAIRN_TEST_POSTGRES_URL" if given else find_binaries()
    print(place or "no PostgreSQL server programs found")
    return 0 if place else 1


if __name__ == "__main__":
    raise SystemExit(main())
