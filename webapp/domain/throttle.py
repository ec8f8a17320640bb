"""How long to wait before the next try, after tries that led nowhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

NO_WAIT = timedelta(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """`free` tries, then waits that double from `first` up to `longest`; all is forgotten after `memory`."""

    free: int
    first: timedelta
    longest: timedelta
    memory: timedelta


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries since an instant, and until when there is no further one."""

    count: int
    since: datetime
    blocked_until: datetime | None = None


ACCOUNT = Rule(free=5, first=timedelta(seconds=15), longest=timedelta(minutes=15), memory=timedelta(hours=12))
ADDRESS = Rule(free=30, first=timedelta(seconds=15), longest=timedelta(minutes=15), memory=timedelta(hours=1))
CODE = Rule(free=5, first=timedelta(seconds=30), longest=timedelta(hours=1), memory=timedelta(hours=24))
"""Six digits can be guessed by whoever has the password: some thirty tries a day leave them one chance in hundreds of
months."""
MAILED_TO = Rule(free=3, first=timedelta(minutes=2), longest=timedelta(minutes=15), memory=timedelta(hours=12))


def wait(tries: Tries | None, now: datetime) -> timedelta:
    """Return how long there is no further try, zero when there may be one now."""
    if tries is None or tries.blocked_until is None:
        return NO_WAIT
    return max(NO_WAIT, tries.blocked_until - now)


def after_a_try(rule: Rule, tries: Tries | None, now: datetime) -> Tries:
    """Count one more try at `now`, forgetting those that are long past."""
    if tries is None or now - tries.since >= rule.memory:
        tries = Tries(0, now)
    count = tries.count + 1
    # From the last free try on, the next one has to wait.
    beyond = count - rule.free
    delay = min(rule.longest, rule.first * 2 ** min(beyond, 20)) if beyond >= 0 else None
    return Tries(count, tries.since, now + delay if delay else None)


def without_one(rule: Rule, tries: Tries) -> Tries:
    """Give back one try: it led somewhere."""
    count = max(0, tries.count - 1)
    return Tries(count, tries.since, tries.blocked_until if count >= rule.free else None)
