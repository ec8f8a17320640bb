"""Run web and jobs side by side: start both, stop both, and never leave one behind alone."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

PATIENCE = 15
"""Seconds a process gets to finish what it is doing before it is killed."""


class Stop(Exception):
    """Somebody asked us to stop."""


def run_together(commands: Sequence[Sequence[str]]) -> int:
    """Run `cairn` subcommands until one ends or we are told to stop, then stop the rest.

    Returns 0 when asked to stop (SIGTERM, Ctrl-C), else the status of the process that ended first.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    running = [subprocess.Popen([sys.executable, "-m", "webapp.cli", *command]) for command in commands]
    try:
        while True:
            ended = next((process for process in running if process.poll() is not None), None)
            if ended is not None:
                return ended.returncode or 1
            time.sleep(0.2)
    except Stop:
        return 0
    finally:
        _end(running)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not cut the ending short
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
