"""Run web and jobs side by side: start both, stop both, and never leave one behind alone."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

PATIENCE = 15
"""Seconds a process gets to finish what it is doing before it is killed."""

WORKER_PATIENCE = 10
"""Seconds the web server gives its worker: fewer than it is given itself."""

TOLD_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stop(Exception):
    """Somebody asked us to stop."""


class AddressTaken(Exception):
    """Nobody can listen there; the message says why, in plain words."""


def run_together(commands: Sequence[Sequence[str]]) -> int:
    """Run `cairn` subcommands until one ends or we are told to stop, then stop the rest.

    Returns 0 when asked to stop (SIGTERM, Ctrl-C, a closed terminal), else the status of the process that
    ended first. The subcommands need the option --tethered: they end by themselves when we are killed.
    """
    for number in TOLD_TO_STOP:
        signal.signal(number, _stop)
    running: list[subprocess.Popen[bytes]] = []
    try:
        running += (_started(command) for command in commands)
        while True:
            ended = next((process for process in running if process.poll() is not None), None)
            if ended is not None:
                return ended.returncode or 1
            time.sleep(0.2)
    except Stop:
        return 0
    finally:
        _end(running)


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start one in a session of its own: a terminal's Ctrl-C is for us, and we pass it on once."""
    words = [sys.executable, "-m", "webapp.cli", *command, "--tethered"]
    return subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for number in TOLD_TO_STOP:
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not cut the ending short
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # it, if it is still there, and workers it left behind
        process.wait()


def end_with_parent() -> None:
    """Stop this process when its standard input closes: whoever started it, holding the other end, is gone."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def ensure_free(host: str, port: int) -> None:
    """Raise AddressTaken when nobody can listen there. The server itself would share a port with another Cairn."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OverflowError as error:
        raise AddressTaken(f"There is no port {port}; set PORT to a number up to 65535.") from error
    except OSError as error:
        why = (error.strerror or str(error)).split(" (")[0].lower()
        raise AddressTaken(
            f"Cairn can't listen on {host}:{port} ({why}). Another program may be there; set PORT to another number."
        ) from error


def worker_app() -> Callable[..., Any]:
    """Build the web app inside a worker of the server.

    A worker that is told to stop twice never does, and Ctrl-C in a terminal reaches it beside its server, which
    then tells it again; so it listens to its server only. While it loads, the signal would be lost: it just ends.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    from webapp.app import create_app

    return create_app()
