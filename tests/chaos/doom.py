"""An end without warning where something is passed for the so-manieth time."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

Work = Callable[..., Any]


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Doom:
    """Counts how often `before` or `behind` is passed, and at the `after`th time ends it all."""

    def __init__(self, after: int, end: Callable[[], None] = kill_self) -> None:
        self._left, self._end, self._lock = after, end, threading.Lock()

    def pass_by(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                self._end()

    def before(self, work: Work) -> Work:
        def go(*arguments: Any, **named: Any) -> Any:
            self.pass_by()
            return work(*arguments, **named)

        return go

    def behind(self, work: Work) -> Work:
        def go(*arguments: Any, **named: Any) -> Any:
            done = work(*arguments, **named)
            self.pass_by()
            return done

        return go
