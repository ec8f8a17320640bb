"""Every few seconds: send what is due. Each send is claimed, looked at once more, sent, and recorded."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import DBAPIError

from jobs.calmly import written
from webapp import clock
from webapp.config import Config
from webapp.db import Database, DatabaseDown
from webapp.notify import CHANNELS
from webapp.notify.email import InDoubt, Mail, NotSent, Refused, Unreachable
from webapp.queries import deliveries
from webapp.queries.deliveries import ToSend
from webapp.services import dispatch as service
from webapp.services.dispatch import Ready

log = logging.getLogger("cairn.jobs")

SENDERS = 4
RECORD_TRIES, RECORD_WAIT = 60, 2.0
"""What was sent is known only here until it is written down, so that a database that is away is waited for."""


def dispatch(config: Config, database: Database, owner: str, stopping: threading.Event) -> None:
    """Send everything that is due, in batches, until nothing is or we are told to stop."""
    with database.reading() as connection:
        _, due, _ = deliveries.work_waits(connection, clock.now())
    while due and not stopping.is_set():
        ids = written(database, lambda session: service.claim(session, owner, clock.now()))
        if not ids:
            return
        try:
            with ThreadPoolExecutor(SENDERS, thread_name_prefix="send") as pool:
                list(pool.map(lambda one: _unless_stopping(config, database, owner, one, stopping), ids))
        finally:
            written(database, lambda session: service.release(session, owner))


def _unless_stopping(
    config: Config, database: Database, owner: str, delivery_id: int, stopping: threading.Event
) -> None:
    if not stopping.is_set():
        deliver(config, database, owner, delivery_id, stopping)


def deliver(
    config: Config, database: Database, owner: str, delivery_id: int, stopping: threading.Event | None = None
) -> bool:
    """Bring one claimed delivery to its end; True when a message was handed over and that is written down."""
    ready = written(database, lambda session: service.begin_sending(session, config, delivery_id, owner, clock.now()))
    if isinstance(ready, Ready):
        return False
    what, mail = ready
    error = send(config, what, mail)
    if error is not None:
        log.warning("delivery %s not sent: %s", delivery_id, type(error).__name__)
    kept = _insist(lambda: _record(database, what, owner, error), stopping or threading.Event())
    return kept and error is None


def send(config: Config, what: ToSend, mail: Mail) -> NotSent | None:
    """Send one message outside any transaction and return what went wrong, if anything did."""
    try:
        CHANNELS[what.channel](config, mail, clock.now())
    except NotSent as error:
        return error
    except ValueError:
        return Refused(True, "the address can't be written into a mail")
    except OSError as error:
        # Channels turn what a network does into NotSent; this is the outbox folder that can't be written.
        return Unreachable(f"outbox not written: {type(error).__name__}")
    except Exception as error:
        log.error("sending went wrong in an unknown way: %s", type(error).__name__)
        return InDoubt(f"unknown: {type(error).__name__}")
    return None


def _record(database: Database, what: ToSend, owner: str, error: NotSent | None) -> bool:
    return written(database, lambda session: service.record(session, what, owner, error, clock.now()))


def _insist(work: Callable[[], bool], stopping: threading.Event) -> bool:
    for _ in range(RECORD_TRIES):
        try:
            return work()
        except (DBAPIError, DatabaseDown):
            log.warning("the database is away; what was sent will be written down when it is back")
            if stopping.wait(RECORD_WAIT):
                break
    return work()
