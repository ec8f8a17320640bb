"""Serve a WSGI app on loopback from a thread of the test, so that both see the same database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

WSGIApp = Callable[..., Any]


class _Quiet(WSGIRequestHandler):
    """Leaves the test output to the tests; errors of the app are still logged by the app."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server; `url` has no slash at its end."""

    url: str
    port: int


@contextmanager
def serving(app: WSGIApp) -> Iterator[Served]:
    """Serve the app on a free port until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.port}", server.port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[WSGIApp], Served]]:
    """serve(app) -> Served; everything served ends with the test."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving(app))
