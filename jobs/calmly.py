"""Let a job that goes wrong say so and go on next time; and let a transaction that collided try again."""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from webapp.db import Database

log = logging.getLogger("cairn.jobs")
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

COLLIDED = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization failure, deadlock. The transaction was rolled back whole; it may be tried again."""

TRIES = 5
AGAIN = 60.0
"""Seconds for which the same error is not told again."""


def calmly(job: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Keep a job in the timetable whatever happens in it; the log gets the place and kind of what went wrong.

    Messages of errors are left out: those of a database quote what was being written. The same error again is told
    once a minute, not once a second, and so is the end of it.
    """
    told: dict[str, float] = {}

    @wraps(job)
    def go(*arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        try:
            job(*arguments, **named)
        except Exception as error:
            kind, now = type(error).__name__, time.monotonic()
            if now - told.get(kind, -AGAIN) >= AGAIN:
                told[kind] = now
                where = "".join(traceback.format_tb(error.__traceback__)[-3:])
                log.error("%s did not work this time: %s\n%s", job.__name__, kind, where)
        else:
            if told:
                told.clear()
                log.warning("%s works again", job.__name__)

    return go


def written(database: Database, work: Callable[[Session], Result]) -> Result:
    """Do work in one transaction; one that collided with another is tried again, a few times."""
    for attempt in range(1, TRIES + 1):
        try:
            with database.writing() as session:
                return work(session)
        except DBAPIError as error:
            if attempt == TRIES or getattr(error.orig, "sqlstate", None) not in COLLIDED:
                raise
        threading.Event().wait(0.02 * attempt)
    raise AssertionError("the last try returns or raises")
