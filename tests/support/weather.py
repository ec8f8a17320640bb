"""The network between a phone and Cairn, as bad as a test wants it.

    weather.hang(8)          every answer takes 8 seconds longer, until weather.clear()
    weather.dawdle(8)        pages are made at once, and take 8 seconds to arrive
    weather.lose_replies()   changes are applied, and the connection breaks before anything is answered
    weather.fail(503)        every request is answered 503 and changes nothing
    weather.cut()            no request gets through: a network as dead as one that is off, in every browser
    weather.made             the paths of pages that dawdled
    weather.posts            what arrived: (path, form) of every POST

Playwright's `context.set_offline(True)` is the lift and the basement, in Chromium; this is everything in between.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

WSGIApp = Callable[..., Iterable[bytes]]


class Weather:
    """Stands between the server and the app."""

    def __init__(self, app: WSGIApp) -> None:
        self.app = app
        self.posts: list[tuple[str, dict[str, str]]] = []
        self.made: list[str] = []
        self._over = threading.Event()
        self.clear()

    def clear(self) -> None:
        """All is well again; what hangs goes on at once."""
        self._over.set()
        self._over = threading.Event()
        self.delay, self.status, self.losing, self.dead, self.slow = 0.0, 0, False, False, 0.0

    def hang(self, seconds: float) -> None:
        self.delay = seconds

    def dawdle(self, seconds: float) -> None:
        self.slow = seconds

    def lose_replies(self) -> None:
        self.losing = True

    def cut(self) -> None:
        self.dead = True

    def fail(self, status: int) -> None:
        self.status = status

    def posts_to(self, end: str) -> list[dict[str, str]]:
        return [form for path, form in self.posts if path.endswith(end)]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.dead:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        changes = environ["REQUEST_METHOD"] == "POST"
        if changes:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            form = {name: values[-1] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
            self.posts.append((environ["PATH_INFO"], form))
        over, delay, status, losing, slow = self._over, self.delay, self.status, self.losing, self.slow
        _wait(delay, over)
        if status:
            start_response(f"{status} Trouble", [("Content-Type", "text/plain")])
            return [b"trouble"]
        answer = self.app(environ, start_response)
        if losing and changes:
            b"".join(answer)
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        if slow and not changes and "text/html" in environ.get("HTTP_ACCEPT", ""):
            answer = [b"".join(answer)]
            self.made.append(environ["PATH_INFO"])
            _wait(slow, over)
        return answer


def _wait(seconds: float, over: threading.Event) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not over.wait(0.05):
        pass
