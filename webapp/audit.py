"""Check who looked: that nobody changed a chain of looks, took looks out of it, or cut its end off.

A chain shows what was changed, moved or taken out of its middle, to everybody who has the key. Its end is kept in the
database beside it, and could be put back together with it. So the jobs write down every hour, in a file outside of
the database, where each chain ends, each line sealed to the one before it. `verify` compares.

What stays unnoticed: looks that were written after the last checkpoint and cut off before the next one, by somebody
who can write everything in the database. And whatever is done by somebody who can write there and put back the file
as well, or has the key. So copy the file to another machine now and then, and compare with that copy.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from webapp.config import Config
from webapp.db import Database
from webapp.domain.looks import FIRST, Anchor, Fault, Finding, Head, Sealed, check, keyed, seal_of_leaving
from webapp.queries import looks as queries
from webapp.queries.looks import Left

LONG = timedelta(days=1)
"""Looks as old as that, and no checkpoint: the jobs don't run, or somebody took the file away."""


@dataclass
class Checkpoints:
    """What a file of checkpoints says: where each chain ended last, and which lines are not as they were written."""

    anchors: dict[int, Anchor] = field(default_factory=dict)
    last: datetime | None = None
    seal: str = FIRST
    broken: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many chains and looks were read, and what is wrong with them, in plain words."""

    chains: int
    looks: int
    checkpoint: datetime | None
    problems: tuple[str, ...]


def checkpoint(database: Database, config: Config, now: datetime, accept: bool = False) -> bool:
    """Write down where the chains end that have moved on since the last checkpoint, and say whether any had.

    A chain that is shorter than it was is left as it was written down, for `verify` to find. With `accept` everything
    is taken as it stands: after a backup was restored, by somebody who knows why.
    """
    config.checkpoints.parent.mkdir(mode=0o700, exist_ok=True)
    with open(os.open(config.checkpoints, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = file.read().splitlines(keepends=True)
        before = read(config.audit_key, lines)
        with database.reading() as connection:
            heads = queries.heads(connection)
        known = {} if accept else before.anchors
        moved = {one.client_id: one for one in heads.values() if one.seq and _is_later(one, known.get(one.client_id))}
        if not moved and before.last is not None and not accept:
            return False
        if lines and not lines[-1].endswith("\n"):  # whoever wrote it was killed in the middle
            file.write("\n")
        file.write(_line(config.audit_key, moved, now, accept, before.seal) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _is_later(head: Head, anchor: Anchor | None) -> bool:
    return anchor is None or head.seq > anchor.seq


def _line(key: str, heads: dict[int, Head], now: datetime, anew: bool, before: str) -> str:
    ends = {str(one.client_id): [one.seq, one.seal] for one in heads.values()}
    said: dict[str, Any] = {"at": now.isoformat(), "anew": anew, "heads": ends}
    return json.dumps(said | {"seal": _sealed(key, said, before)})


def _sealed(key: str, said: dict[str, Any], before: str) -> str:
    return keyed(key, f"checkpoint\n{before}\n{json.dumps(said, sort_keys=True)}")


def read(key: str, lines: Iterable[str]) -> Checkpoints:
    """Read checkpoints, each sealed to the one before. A line cut short is one whose writer was killed."""
    found = Checkpoints()
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
            seal = said.pop("seal")
        except (ValueError, KeyError, AttributeError, TypeError):
            found.broken += [number] if line.strip() and line.rstrip().endswith("}") else []
            continue
        if seal != _sealed(key, said, found.seal):
            found.broken.append(number)
        else:
            at = datetime.fromisoformat(said["at"])
            ends = {int(client): Anchor(seq, mac, at) for client, (seq, mac) in said["heads"].items()}
            found.anchors = ends if said["anew"] else found.anchors | ends
            found.last = at
        found.seal = seal
    return found


def verify(database: Database, config: Config, now: datetime, against: Path | None = None) -> Verdict:
    """Read every chain from end to end and compare it with the checkpoints, or with a copy of them elsewhere."""
    path = against or config.checkpoints
    with open(path) if path.exists() else open(os.devnull) as file:
        known = read(config.audit_key, file)
    with database.surveying() as connection:
        problems, counted = _read_chains(connection, config.audit_key, known)
    problems += [f"Line {number} of {path} is not as it was written." for number in known.broken]
    if known.last is None and counted.oldest and counted.oldest < now - LONG:
        problems.append(
            f"There is no checkpoint in {path}, though people looked more than a day ago: either `cairn jobs` does "
            "not run, or somebody took the file away. A chain whose end was cut off would not show."
        )
    return Verdict(counted.chains, counted.looks, known.last, tuple(problems))


def broken(connection: Connection, key: str) -> list[str]:
    """Read every chain, and say what is wrong with them in themselves, whatever the checkpoints say."""
    return _read_chains(connection, key, Checkpoints())[0]


def _read_chains(connection: Connection, key: str, known: Checkpoints) -> tuple[list[str], "_Counted"]:
    heads, left = queries.heads(connection), queries.left(connection)
    counted = _Counted()
    found = list(_of_chains(connection, key, heads, known, left, counted))
    found += _of_the_rest(key, heads, known, left, counted.seen)
    problems = [words(one) for one in found]
    if counted.looks and sum(one.last - one.first + 1 for one in found if one.fault is Fault.CHANGED) == counted.looks:
        problems.append("Not one look is as it was written: perhaps CAIRN_AUDIT_KEY is another key than it was then.")
    return problems, counted


class _Counted:
    """What was met on the way through the chains."""

    def __init__(self) -> None:
        self.chains = self.looks = 0
        self.oldest: datetime | None = None
        self.seen: set[int] = set()

    def each(self, looks: Iterable[Sealed]) -> Iterator[Sealed]:
        for look in looks:
            self.looks += 1
            if self.oldest is None or look.at < self.oldest:
                self.oldest = look.at
            yield look


def _of_chains(
    connection: Connection,
    key: str,
    heads: dict[int, Head],
    known: Checkpoints,
    left: dict[int, Left],
    counted: _Counted,
) -> Iterator[Finding]:
    for client_id, looks in queries.chains(connection):
        counted.chains += 1
        counted.seen.add(client_id)
        head = heads.get(client_id, Head(client_id))
        yield from check(key, head, counted.each(looks), known.anchors.get(client_id))
        if client_id in left:
            yield Finding(Fault.NOT_LEFT, client_id)


def _of_the_rest(
    key: str, heads: dict[int, Head], known: Checkpoints, left: dict[int, Left], seen: set[int]
) -> Iterator[Finding]:
    """Clients without a look: nobody looked, they left with it all, or somebody took it all away."""
    for one in left.values():
        if one.seal != seal_of_leaving(key, one.head, one.at):
            yield Finding(Fault.NOT_LEFT, one.head.client_id)
    for client_id in sorted((heads.keys() | known.anchors.keys()) - seen):
        anchor, gone = known.anchors.get(client_id), left.get(client_id)
        if gone is not None:
            if anchor is not None and gone.head.seq < anchor.seq:
                yield Finding(Fault.CUT, client_id, gone.head.seq + 1, anchor.seq, anchor.at)
        elif client_id not in heads:
            yield Finding(Fault.GONE, client_id, 1, anchor.seq if anchor else 0, anchor.at if anchor else None)
        else:
            yield from check(key, heads[client_id], (), anchor)


def words(finding: Finding) -> str:
    """Say in plain words what is wrong for which client."""
    looks = f"look {finding.first}" if finding.first == finding.last else f"looks {finding.first} to {finding.last}"
    since = f" (they stood there in the checkpoint of {finding.since:%Y-%m-%d %H:%M} UTC)" if finding.since else ""
    said = {
        Fault.CHANGED: f"{looks} changed, or came from another place, after being written",
        Fault.MISSING: f"{looks} taken out of the middle",
        Fault.CUT: f"{looks} cut off the end{since}",
        Fault.EXTRA: f"{looks} came in beside Cairn, or the end was set back",
        Fault.HEAD: "where the chain ends was changed",
        Fault.ANCHOR: f"{looks} and all before it written anew after a checkpoint{since}",
        Fault.GONE: f"{looks} and the chain itself taken away{since}",
        Fault.NOT_LEFT: "said to be deleted, but not by Cairn, or not whole",
    }
    return f"Client {finding.client_id}: {said[finding.fault]}."
