"""One season of faults on one database: reminders fall due, the jobs are killed over and over, and all is counted.

What must hold at the end: one occurrence and one delivery for each reminder; every push arrived; no mail came twice;
a mail that is said to be sent came; one that nobody can be sure of is listed as such.
"""

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from tests.chaos.doomed import POINTS, SENDING_LASTS
from tests.support.crowd import EVERYONE, fill
from tests.support.environment import of_a_process
from webapp import db, setup
from webapp.config import Config
from webapp.db import Database
from webapp.models import Delivery, Reminder, ReminderOccurrence
from webapp.notify.email import message_id_of

ROOT = Path(__file__).resolve().parents[2]
MAIL_EVERY = 10
LONGEST = 600
PASSES = dict(zip(POINTS, (1, 2, 5, 60, 60), strict=True))
"""How often a point may be passed before the end comes."""


@dataclass
class Told:
    """What a season came to; `problems` is empty when everything held."""

    reminders: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    pushes: int = 0
    pushed_again: int = 0
    mails: int = 0
    in_doubt: list[int] = field(default_factory=list)
    arrived_in_doubt: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0


@contextlib.contextmanager
def receiver(*flags: str) -> Iterator[dict[str, int]]:
    """Run the counting receiver and give its ports."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.counting_receiver", *flags],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


class Season:
    """The jobs of one database, and what befalls them."""

    def __init__(self, config: Config, ports: dict[str, int], chance: random.Random) -> None:
        self.config, self.ports, self.chance = config, ports, chance
        self.told = Told()
        self._environment = of_a_process(
            config,
            CAIRN_SMTP_URL=f"smtp://127.0.0.1:{ports['mail']}",
            CAIRN_PUSH_HOSTS=f"127.0.0.1:{ports['push']}",
        )

    def fill(self, database: Database, number: int) -> None:
        """Write `number` reminders that were due a moment ago, all of them asleep."""
        setup.prepare(database, self.config)
        self.due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
        fill(database, number, self.due, f"http://127.0.0.1:{self.ports['push']}/push", mail_every=MAIL_EVERY)
        with database.writing() as session:
            session.execute(update(Reminder).values(next_at=None))
        self.told.reminders = number

    def wake(self, database: Database, first: int, last: int) -> None:
        """Let some of them fall due, so that there is work in hand whenever the jobs are killed."""
        with database.writing() as session:
            session.execute(update(Reminder).where(Reminder.id.between(first, last)).values(next_at=self.due))

    def start(self, point: str = "none", after: int = 1) -> "subprocess.Popen[bytes]":
        """Start the jobs, doomed at a point."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.doomed", point, str(after)],
            cwd=ROOT,
            env=self._environment,
            stderr=subprocess.DEVNULL,
        )

    def kill_at(self, point: str, seconds: float = 10) -> None:
        """Let the jobs run into a point; where there is no work left to get there with, kill them anyway."""
        process = self.start(point, self.chance.randint(1, PASSES[point]))
        try:
            process.wait(seconds)
            self._count(point)
        except subprocess.TimeoutExpired:
            self._count(f"{point}, not reached")
        self._kill(process)

    def kill_at_random(self) -> None:
        """Kill the jobs at a moment of no choosing, counted from their start."""
        process = self.start()
        time.sleep(self.chance.uniform(0.8, 3))
        self._kill(process)
        self._count("at random")

    def freeze(self) -> None:
        """Stop the jobs for longer than their leases last while others take over; then let them go on."""
        process = self.start()
        time.sleep(self.chance.uniform(1.2, 2))
        process.send_signal(signal.SIGSTOP)
        other = self.start()
        time.sleep(SENDING_LASTS.total_seconds() + 2)
        process.send_signal(signal.SIGCONT)
        time.sleep(1)
        self._kill(process)
        self._kill(other)
        self._count("frozen past the lease")

    def wait_for_the_first(self) -> None:
        """Wait until the jobs are at work: who starts while the database is gone says so and ends."""
        end = time.monotonic() + 30
        while not self._seen()["pushes"] and time.monotonic() < end:
            time.sleep(0.05)

    def settle(self, database: Database, workers: int = 1) -> None:
        """Let the jobs run in peace until nothing is left to do."""
        processes = [self.start() for _ in range(workers)]
        end = time.monotonic() + LONGEST
        try:
            while self._left(database):
                if time.monotonic() > end:
                    self.told.problems.append("what was left did not settle in time")
                    break
                time.sleep(0.3)
        finally:
            for process in processes:
                self._kill(process)

    def count(self, database: Database) -> Told:
        """Compare what the database says with what arrived."""
        seen = self._seen()
        pushes, mails = seen["pushes"], seen["mails"]
        with database.reading() as connection:
            occurrences = connection.execute(
                select(ReminderOccurrence.reminder_id, ReminderOccurrence.occ_key, func.count()).group_by(
                    ReminderOccurrence.reminder_id, ReminderOccurrence.occ_key
                )
            ).all()
            rows = connection.execute(
                select(Delivery.id, Delivery.occurrence_id, Delivery.endpoint_id, Delivery.channel, Delivery.state)
            ).all()
        told = self.told
        self._expect(len(occurrences) == told.reminders, f"{len(occurrences)} occurrences of {told.reminders}")
        self._expect(all(n == 1 for *_, n in occurrences), "an occurrence is there twice")
        self._expect(len(rows) == told.reminders, f"{len(rows)} deliveries for {told.reminders} reminders")
        self._expect(len({(r.occurrence_id, r.endpoint_id) for r in rows}) == len(rows), "a delivery is there twice")
        arrived = {int(name.split(" ")[0].rsplit("/", 1)[1]): n for name, n in pushes.items()}
        for row in rows:
            if row.channel == "push":
                self._expect(row.state == "sent", f"push {row.id} is {row.state}")
                self._expect(arrived.get(row.endpoint_id, 0) >= 1, f"push {row.id} is lost")
            else:
                came = mails.get(message_id_of(self.config, row.id), 0)
                self._expect(came <= 1, f"mail {row.id} came {came} times")
                self._expect(row.state in ("sent", "unknown"), f"mail {row.id} is {row.state}")
                self._expect(row.state != "sent" or came >= 1, f"mail {row.id} is said to be sent and never came")
                if row.state == "unknown":
                    told.in_doubt.append(row.id)
                    told.arrived_in_doubt += came
        told.pushes = sum(1 for row in rows if row.channel == "push")
        told.pushed_again = sum(arrived.values()) - len(arrived)
        told.mails = sum(mails.values())
        return told

    def _seen(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = json.load(
            urllib.request.urlopen(f"http://127.0.0.1:{self.ports['push']}/seen")
        )
        return found

    def _left(self, database: Database) -> bool:
        with database.reading() as connection:
            due = select(Reminder.id).where(Reminder.next_at <= datetime.now(UTC)).limit(1)
            open_ones = select(Delivery.id).where(Delivery.state.in_(("pending", "claimed", "sending"))).limit(1)
            return any(connection.execute(statement).first() for statement in (due, open_ones))

    def _expect(self, holds: bool, words: str) -> None:
        if not holds:
            self.told.problems.append(words)

    def _count(self, what: str) -> None:
        self.told.kills[what] = self.told.kills.get(what, 0) + 1

    @staticmethod
    def _kill(process: "subprocess.Popen[bytes]") -> None:
        process.kill()
        process.wait()


def season(config: Config, reminders: int, kills: int, seed: int, freezes: int = 1) -> Told:
    """Run a season: `kills` spread over the five points and moments at random, then peace, then the count."""
    chance = random.Random(seed)
    began = time.monotonic()
    database = db.connect(config).within(EVERYONE)
    with receiver("--flaky") as ports:
        one = Season(config, ports, chance)
        one.fill(database, reminders)
        plan = [*POINTS, "at random"] * (kills // 6 + 1)
        for n, point in enumerate(plan[:kills]):
            one.wake(database, reminders * n // kills + 1, reminders * (n + 1) // kills)
            if point == "at random":
                one.kill_at_random()
            else:
                one.kill_at(point)
            if n + 1 == kills // 2:
                for _ in range(freezes):
                    one.freeze()
        one.settle(database, workers=1 if database.embedded else 2)
        told = one.count(database)
    database.dispose()
    told.seconds = time.monotonic() - began
    return told
