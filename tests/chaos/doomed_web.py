"""A nursery of web processes that are to die: `python -m tests.chaos.doomed_web PORT`.

Each line of standard input, "POINT AFTER SECONDS", is one life: the web server as `cairn web` runs it, which kills
itself without warning where POINT is passed for the AFTERth time, or is killed after SECONDS. A line says when it is
over, and how. Lives are forked from here, where everything has been read already, because reading takes longer than
most of them last.
"""

import gc
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from tests.chaos.doom import Doom
from webapp import config as configuration
from webapp.app import create_app
from webapp.services import check_ins as service
from webapp.views import check_ins as view

POINTS = ("inside the transaction", "commit to answer", "answer to sending")
THREADS = 4


def _kill_all() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


_doom: Doom | None = None


def worker_app() -> Callable[..., Any]:
    """Build the app in a worker; its answers may be where the end comes."""
    app = create_app()
    return _doom.behind(app) if _doom else app


def _live(port: int, point: str, after: int) -> None:
    """Be a web server until the end."""
    global _doom
    os.setsid()
    doom = Doom(after, _kill_all)
    if point == "inside the transaction":
        service.check_in = doom.behind(service.check_in)
    elif point == "commit to answer":
        view._changed = doom.before(view._changed)
    elif point == "answer to sending":
        _doom = doom
    elif point != "none":
        raise ValueError(point)
    Granian(
        "tests.chaos.doomed_web:worker_app",
        factory=True,
        interface=Interfaces.WSGI,
        address="127.0.0.1",
        port=port,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        log_level=LogLevels.critical,
    ).serve()
    os._exit(0)


def _wait(pid: int, seconds: float) -> bool:
    """Tell whether that process came to its end within so many seconds; False, too, where nobody asks any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        if select.select([sys.stdin], [], [], 0.02)[0]:
            return False
    return False


def main() -> None:
    """Let lives come and go until standard input closes, or a line in the middle of one asks for its end."""
    with tempfile.TemporaryDirectory() as folder:
        create_app(replace(configuration.from_environment(), data=Path(folder), database_url=None))  # read all once
    gc.freeze()
    print("ready", flush=True)
    for line in iter(sys.stdin.readline, ""):
        if not line.strip():
            continue
        point, after, seconds = line.rstrip("\n").split("\t")
        pid = os.fork()
        if pid == 0:
            _live(int(sys.argv[1]), point, int(after))
        ended = _wait(pid, float(seconds))
        if not ended:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        print("by itself" if ended else "killed", flush=True)


if __name__ == "__main__":
    from tests.chaos import doomed_web  # the server asks for it by this name; what is set must be set there

    doomed_web.main()
