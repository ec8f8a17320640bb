"""The web process is killed over and over while people tick off steps, and all is counted.

What must hold at the end: every tick that was answered is there, once; so is every one whose answer never came and
that was sent again by the same name.
"""

import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from tests.chaos.doomed_web import POINTS
from tests.support.crowd import EVERYONE, ZONE, fill
from tests.support.environment import of_a_process
from tests.support.postgres import Cluster
from tests.support.witness import Witness
from webapp import db, setup
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.domain.wall_time import local_day
from webapp.models import CheckIn
from webapp.services import sign_ins

ROOT = Path(__file__).resolve().parents[2]
PHONES = 4
DAYS = 50
PASSES = 12
"""How often a point may be passed before the end comes."""
LONGEST_LIFE = 20.0


@dataclass
class WebTold:
    """What a season came to; `problems` is empty when everything held."""

    acknowledged: set[str] = field(default_factory=set)
    sent: int = 0
    unanswered: int = 0
    asked_to_wait: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0


class Phones:
    """Phones of people who tick, one after the other, and try again by the same name until they are answered."""

    def __init__(self, port: int, cookies: dict[int, str], told: WebTold) -> None:
        self._port, self._cookies, self._told = port, cookies, told
        self._over, self._lock = threading.Event(), threading.Lock()
        shares = [sorted(cookies)[n::PHONES] for n in range(PHONES)]
        self._threads = [threading.Thread(target=self._tick_on, args=(share,)) for share in shares]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let each come to the end of the tick in hand."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)
            if thread.is_alive():
                self._told.problems.append("a tick was not answered within a minute")

    def wait_for(self, more: int, seconds: float = 60) -> bool:
        """Wait until so many more are acknowledged."""
        goal, until = len(self._told.acknowledged) + more, time.monotonic() + seconds
        while len(self._told.acknowledged) < goal and time.monotonic() < until:
            time.sleep(0.02)
        return len(self._told.acknowledged) >= goal

    def _tick_on(self, people: list[int]) -> None:
        today = local_day(datetime.now(UTC), ZoneInfo(ZONE), 3)
        for days, person in product(range(DAYS), people):
            if self._over.is_set():
                return
            self.tick(person, str(uuid4()), (today - timedelta(days=days)).isoformat())
        self._told.problems.append("there was nothing left to tick")

    def tick(self, person: int, op_id: str, day: str) -> None:
        body = urlencode({"op_id": op_id, "day": day, "outcome": "done"})
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with self._lock:
                self._told.sent += 1
            status, answer = self._ask(person, f"/steps/{person}/check-ins", body)
            if status == 200 and answer.get("ok"):
                with self._lock:
                    self._told.acknowledged.add(op_id)
                return
            with self._lock:
                self._told.unanswered += status == 0
                self._told.asked_to_wait += status == 503
                if status not in (0, 503) or (status == 503 and not str(answer.get("said", "")).endswith(".")):
                    self._told.problems.append(f"answered {status}: {answer}")
            time.sleep(0.05)

    def _ask(self, person: int, path: str, body: str) -> tuple[int, dict[str, object]]:
        """Send a form as the service worker does; 0 where no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        headers |= {"Cookie": self._cookies[person], "Sec-Fetch-Site": "same-origin"}
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()


class Nursery:
    """Where web processes come from; `live` is one of them, from its beginning to its end."""

    def __init__(self, config: Config, port: int, witness: Witness | None = None) -> None:
        environment = of_a_process(config, CAIRN_ORIGIN=config.origin, **(witness.variables if witness else {}))
        self._port = port
        self._process = subprocess.Popen(
            [*(witness.words if witness else ()), sys.executable, "-m", "tests.chaos.doomed_web", str(port)],
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._hear("ready")

    def live(self, point: str = "none", after: int = 1, seconds: float = LONGEST_LIFE) -> bool:
        """Wait for the end of one life; tell whether it met its point."""
        self.begin(point, after, seconds)
        return self._hear("by itself", "killed") == "by itself"

    def begin(self, point: str = "none", after: int = 1, seconds: float = 600) -> None:
        self._say(f"{point}\t{after}\t{seconds}\n")

    def wait_until_it_answers(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self._port), timeout=5).close()
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def end(self) -> None:
        """End the life that `begin` began."""
        self._say("\n")
        self._hear("by itself", "killed")

    def close(self) -> None:
        with suppress(OSError):
            self._process.communicate(timeout=30)

    def _say(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words)
        self._process.stdin.flush()

    def _hear(self, *expected: str) -> str:
        assert self._process.stdout is not None
        heard = self._process.stdout.readline().strip()
        assert heard in expected, heard or "the nursery is gone"
        return heard


@contextmanager
def nursery(config: Config, port: int, witness: Witness | None = None) -> Iterator[Nursery]:
    found = Nursery(config, port, witness)
    try:
        yield found
    finally:
        found.close()


def people(config: Config, database: Database, number: int) -> dict[int, str]:
    """Fill an empty database with so many people, who have one step each, and sign them in; the cookie of each."""
    setup.prepare(database, config)
    fill(database, number, datetime.now(UTC).replace(second=0, microsecond=0), None)
    app = create_app(config, database)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    with database.writing() as session:
        tokens = {n: sign_ins.begin(session, n, "phone", now) for n in range(1, number + 1)}
    name = app.config["SESSION_COOKIE_NAME"]
    return {n: f"{name}={serializer.dumps({'_user_id': token, '_fresh': True})}" for n, token in tokens.items()}


def season(config: Config, kills: int, seed: int, port: int, cluster: Cluster | None = None) -> WebTold:
    """Kill the web `kills` times under load, at three points and at random, and PostgreSQL beneath it once."""
    began, chance, told = time.monotonic(), random.Random(seed), WebTold()
    database = db.connect(config).within(EVERYONE)
    phones = Phones(port, people(config, database, PHONES * (4 + kills)), told)
    with nursery(config, port) as lives:
        phones.begin()
        plan = [*POINTS, "at random"] * (kills // 4 + 1)
        for n, point in enumerate(plan[:kills]):
            if point == "at random":
                lives.begin()
                phones.wait_for(chance.randint(1, PASSES))
                lives.end()
                _count(told, point)
            else:
                met = lives.live(point, chance.randint(1, PASSES))
                _count(told, point if met else f"{point}, not reached")
            if cluster and n == kills // 2:
                _crash(cluster, lives, phones, told)
        lives.begin()
        phones.end()
        lives.end()
    _compare(database, told)
    database.dispose()
    told.seconds = time.monotonic() - began
    return told


def _crash(cluster: Cluster, lives: Nursery, phones: Phones, told: WebTold) -> None:
    """Cut the database off as in a crash, under a living web that is not started again."""
    lives.begin()
    phones.wait_for(PASSES)
    cluster.halt()
    before, until = told.asked_to_wait, time.monotonic() + 20
    while told.asked_to_wait == before and time.monotonic() < until:
        time.sleep(0.05)
    cluster.launch()
    if not phones.wait_for(PASSES):
        told.problems.append("the web did not find the database again")
    lives.end()
    _count(told, "the database crashed")


def _count(told: WebTold, what: str) -> None:
    told.kills[what] = told.kills.get(what, 0) + 1


def _compare(database: Database, told: WebTold) -> None:
    """Compare what was acknowledged with what is there."""
    with database.reading() as connection:
        if not database.embedded and connection.execute(text("SHOW synchronous_commit")).scalar_one() != "on":
            told.problems.append("the server answers before it has written")
        rows = connection.execute(select(CheckIn.op_id, CheckIn.step_id, CheckIn.day, CheckIn.undone_at)).all()
    told.rows = len(rows)
    there = {row.op_id for row in rows}
    if lost := told.acknowledged - there:
        told.problems.append(f"{len(lost)} acknowledged check-ins are lost")
    if strange := there - told.acknowledged:
        told.problems.append(f"{len(strange)} are there that nobody was told of")
    if len({(row.step_id, row.day) for row in rows}) != len(rows):
        told.problems.append("a check-in is there twice")
    if any(row.undone_at for row in rows):
        told.problems.append("a check-in is taken back")
