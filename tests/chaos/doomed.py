"""The jobs as a process that is to die: `python -m tests.chaos.doomed POINT AFTER` kills itself without warning.

POINT is where, AFTER how often that place is passed before; "none" lets it run. Waits and leases are short, so that
what takes minutes in earnest takes seconds here; nothing else differs from `cairn jobs`.
"""

import sys
from datetime import timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from jobs import __main__ as jobs
from jobs import dispatch
from tests.chaos.doom import Doom
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


def meet(point: str, after: int) -> None:
    """Put the end of this process where `point` is passed for the `after`th time."""
    doom = Doom(after)
    if point == "inside materialise":
        materialise._deliver = doom.behind(materialise._deliver)
    elif point == "before claim":
        service.claim = doom.before(service.claim)
    elif point == "claim to sending":
        dispatch.deliver = doom.before(dispatch.deliver)
    elif point == "sending to send":
        dispatch.send = doom.before(dispatch.send)
    elif point == "send to record":
        dispatch.send = doom.behind(dispatch.send)
    elif point != "none":
        raise ValueError(point)


if __name__ == "__main__":
    hurry()
    meet(sys.argv[1], int(sys.argv[2]))
    jobs.main()
