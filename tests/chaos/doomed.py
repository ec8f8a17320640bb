"""The jobs as a process that is to die: `python -m tests.chaos.doomed POINT AFTER` kills itself without warning.

POINT is where, AFTER how often that place is passed before; "none" lets it run. Waits and leases are short, so that
what takes minutes in earnest takes seconds here; nothing else differs from `cairn jobs`.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from jobs import __main__ as jobs
from jobs import dispatch
from webapp.domain import deliveries
from webapp.services import dispatch as service
from webapp.services import materialise

POINTS = ("inside materialise", "before claim", "claim to sending", "sending to send", "send to record")
CLAIM_LASTS, SENDING_LASTS = timedelta(seconds=2), timedelta(seconds=4)
BEAT = 0.2
"""Seconds between rounds of every job."""


class Hurried(BackgroundScheduler):  # type: ignore[misc]
    """Runs whatever is laid out more often."""

    def add_job(self, *arguments: Any, **named: Any) -> Any:
        named["seconds"] = min(named["seconds"], BEAT)
        return super().add_job(*arguments, **named)


def hurry() -> None:
    """Shorten what is waited for."""
    jobs.BackgroundScheduler = Hurried
    service.CLAIM_LASTS, service.SENDING_LASTS = CLAIM_LASTS, SENDING_LASTS
    deliveries.WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 3))
    dispatch.RECORD_WAIT = 0.2


def doom(point: str, after: int) -> None:
    """Put the end of this process where `point` is passed for the `after`th time."""
    left = after
    lock = threading.Lock()

    def pass_by() -> None:
        nonlocal left
        with lock:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def before(work: Callable[..., Any]) -> Callable[..., Any]:
        def go(*arguments: Any, **named: Any) -> Any:
            pass_by()
            return work(*arguments, **named)

        return go

    def behind(work: Callable[..., Any]) -> Callable[..., Any]:
        def go(*arguments: Any, **named: Any) -> Any:
            done = work(*arguments, **named)
            pass_by()
            return done

        return go

    if point == "inside materialise":
        materialise._deliver = behind(materialise._deliver)
    elif point == "before claim":
        service.claim = before(service.claim)
    elif point == "claim to sending":
        dispatch.deliver = before(dispatch.deliver)
    elif point == "sending to send":
        dispatch.send = before(dispatch.send)
    elif point == "send to record":
        dispatch.send = behind(dispatch.send)
    elif point != "none":
        raise ValueError(point)


if __name__ == "__main__":
    hurry()
    doom(sys.argv[1], int(sys.argv[2]))
    jobs.main()
