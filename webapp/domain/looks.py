"""Who looked: each look is sealed together with the one before it, so that nobody changes the record unnoticed.

A chain belongs to one client. A look carries its number in the chain and an HMAC (RFC 2104, SHA-256) over all it
says and over the seal before it. The key stands nowhere in the database: whoever can write there, and no more,
can't make a seal. What the chain can't tell by itself is that its end was cut off, number and all. For that the
present ends are written to a file every hour (`Anchor`); what came after the last of these and was cut before the
next, together with the head in the database, is not found.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

FIRST = ""
"""What stands for the seal before the first one."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a client's chain ends: the number and seal of its last look; 0 and nothing before the first."""

    client_id: int
    seq: int = 0
    seal: str = FIRST


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a chain ended at an instant, as written down outside of the database."""

    seq: int
    seal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """One look as it was found. `by_id` is empty for whoever runs the server, who is no account."""

    seq: int
    by_id: int | None
    at: datetime
    page: str
    seal: str


class Fault(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    CUT = "cut"
    EXTRA = "extra"
    HEAD = "head"
    ANCHOR = "anchor"
    GONE = "gone"
    NOT_LEFT = "not_left"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the chain of one client, and with which looks of it. `since`: of a checkpoint."""

    fault: Fault
    client_id: int
    first: int = 0
    last: int = 0
    since: datetime | None = None


def seal(key: str, head: Head, by_id: int | None, at: datetime, page: str) -> str:
    """Seal the look that follows on `head`. `at` is aware; the page stands last, so that nothing can be shifted."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    return keyed(key, f"look\n{head.client_id}\n{head.seq + 1}\n{by_id or 0}\n{instant}\n{head.seal}\n{page}")


def seal_of_leaving(key: str, head: Head, at: datetime) -> str:
    """Seal that a client's chain went with their account, and where it ended."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    return keyed(key, f"left\n{head.client_id}\n{head.seq}\n{head.seal}\n{instant}")


def keyed(key: str, text: str) -> str:
    """Return the HMAC of a text in hexadecimal digits, as the key is."""
    return hmac.digest(bytes.fromhex(key), text.encode(), "sha256").hex()


def check(key: str, head: Head, looks: Iterable[Sealed], anchor: Anchor | None = None) -> Iterator[Finding]:
    """Find what is wrong with one chain, from its looks in order. Looks in a row with the same fault are told once."""
    client_id, last, wrong = head.client_id, Head(head.client_id), 0
    rewritten = False
    for look in looks:
        gap = look.seq - last.seq - 1
        broken = not gap and not _same(seal(key, last, look.by_id, look.at, look.page), look.seal)
        if wrong and not broken:
            yield Finding(Fault.CHANGED, client_id, wrong, last.seq)
        wrong = (wrong or look.seq) if broken else 0
        if gap:  # the seal of what follows on it can't be checked, for it names the one that is missing
            yield Finding(Fault.MISSING, client_id, last.seq + 1, look.seq - 1)
        last = Head(client_id, look.seq, look.seal)
        rewritten = rewritten or (anchor is not None and anchor.seq == look.seq and anchor.seal != look.seal)
    if wrong:
        yield Finding(Fault.CHANGED, client_id, wrong, last.seq)
    yield from _end(head, last)
    if anchor is not None and anchor.seq > max(last.seq, head.seq):
        yield Finding(Fault.CUT, client_id, last.seq + 1, anchor.seq, anchor.at)
    elif rewritten and anchor is not None:
        yield Finding(Fault.ANCHOR, client_id, anchor.seq, anchor.seq, anchor.at)


def _same(made: str, found: str) -> bool:
    """Compare seals as bytes: what was written in the place of one may hold letters of any kind."""
    return hmac.compare_digest(made.encode(), found.encode())


def _end(head: Head, last: Head) -> Iterator[Finding]:
    if head.seq > last.seq:
        yield Finding(Fault.CUT, head.client_id, last.seq + 1, head.seq)
    elif head.seq < last.seq:
        yield Finding(Fault.EXTRA, head.client_id, head.seq + 1, last.seq)
    elif head.seal != last.seal:
        yield Finding(Fault.HEAD, head.client_id, last.seq, last.seq)
