"""Every second, for each channel by itself: send what is due. Each send is claimed, looked at once more, sent, and
recorded; a channel that hangs keeps no other one waiting.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError

from jobs.calmly import written
from webapp import clock
from webapp.config import Config
from webapp.db import Database, DatabaseDown
from webapp.domain.deliveries import Channel
from webapp.notify import CHANNELS, close_idle
from webapp.notify.endings import InDoubt, NotLetIn, NotSent, Refused, Unreachable
from webapp.notify.messages import Message
from webapp.queries import deliveries
from webapp.queries.deliveries import ToSend
from webapp.services import dispatch as service
from webapp.services.dispatch import Result

log = logging.getLogger("cairn.jobs")

RECORD_TRIES, RECORD_WAIT = 60, 2.0
"""What was sent is known only here until it is written down, so that a database that is away is waited for."""


SILENT = 2
"""Tries in a row without an answer after which a push service is taken to be away."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many deliveries are claimed at once, how many of them share a last look, and how many threads send."""

    claimed: int
    together: int
    senders: int


PACES = {
    Channel.EMAIL: Pace(20, 1, 4),  # alone: whatever is being sent when a process dies is in doubt
    Channel.PUSH: Pace(400, 25, 8),  # most of the time they wait for a service that answers in tens of milliseconds
    Channel.NTFY: Pace(40, 10, 2),
}


def dispatch(config: Config, database: Database, owner: str, stopping: threading.Event, channel: Channel) -> None:
    """Send everything that is due on one channel, in batches, until nothing is or we are told to stop."""
    pace = PACES[channel]
    with database.reading() as connection:
        due = deliveries.due_on(connection, channel, clock.now())
    if not due:
        return
    with ThreadPoolExecutor(pace.senders, thread_name_prefix=f"send-{channel}") as pool:
        while not stopping.is_set():
            ids = written(database, lambda session: service.claim(session, owner, channel, clock.now(), pace.claimed))
            if not ids:
                return
            batches = [ids[n : n + pace.together] for n in range(0, len(ids), pace.together)]
            try:
                list(pool.map(lambda batch: deliver(config, database, owner, batch, stopping), batches))
            finally:
                written(database, lambda session: service.release(session, owner, channel))
                close_idle()


def deliver(config: Config, database: Database, owner: str, ids: list[int], stopping: threading.Event) -> None:
    """Bring some claimed deliveries to their end, as far as we are not told to stop."""
    if stopping.is_set():
        return
    ready = written(database, lambda session: service.begin(session, config, ids, owner, clock.now()))
    if not ready:
        return
    results = list(_sent(config, ready, stopping))
    for result in results:
        if result.error is not None:
            log.warning("delivery %s not sent: %s", result.what.id, type(result.error).__name__)
    _insist(lambda: written(database, lambda session: service.record(session, results, owner, clock.now())), stopping)


def _sent(config: Config, ready: list[tuple[ToSend, Message]], stopping: threading.Event) -> Iterator[Result]:
    """Send one after the other. A place that did not answer twice running is not asked again in the same batch."""
    silence: Counter[str] = Counter()
    until = time.monotonic() + service.SENDING_LASTS.total_seconds() / 2
    for what, message in ready:
        place = urlsplit(message.to).netloc
        if stopping.is_set() or time.monotonic() > until:
            yield Result(what, tried=False)
        elif place and silence[place] >= SILENT:
            yield Result(what, Unreachable("the push service did not answer a moment ago"))
        else:
            error = send(config, what, message)
            silent = isinstance(error, Unreachable | InDoubt) and not isinstance(error, NotLetIn)
            silence[place] = silence[place] + 1 if silent else 0
            yield Result(what, error)


def send(config: Config, what: ToSend, message: Message) -> NotSent | None:
    """Send one message outside any transaction and return what went wrong, if anything did."""
    try:
        CHANNELS[what.channel](config, message, clock.now())
    except NotSent as error:
        return error
    except ValueError:
        return Refused("the address can't be written into a message")
    except OSError as error:
        # Channels turn what a network does into NotSent; this is the outbox folder that can't be written.
        return Unreachable(f"outbox not written: {type(error).__name__}")
    except Exception as error:
        log.error("sending went wrong in an unknown way: %s", type(error).__name__)
        return InDoubt(f"unknown: {type(error).__name__}")
    return None


def _insist(work: Callable[[], object], stopping: threading.Event) -> None:
    for _ in range(RECORD_TRIES):
        try:
            work()
            return
        except (DBAPIError, DatabaseDown):
            log.warning("the database is away; what was sent will be written down when it is back")
            if stopping.wait(RECORD_WAIT):
                break
    work()
