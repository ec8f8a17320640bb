"""Answer at our own address only, and refuse changes that another site asks for.

No token that can go stale: the browser says who asks.
"""

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request
from flask.globals import request_ctx
from werkzeug.exceptions import BadRequest

from webapp.views import edge

SAFE = ("GET", "OPTIONS")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
FOR_MONITORS = frozenset({"health.healthz"})
"""Asked by machines that know a number instead of a name; it says nothing of anybody and links nowhere."""


class ElsewhereAddressed(BadRequest):
    """Asked under a name that is not ours, as a page of a stranger does whose name leads to our machine."""


def guard_host() -> None:
    """Answer under the address people type; an embedded Cairn also to this machine's own browsers, at any port."""
    if request.endpoint in FOR_MONITORS:
        return
    config, asked = edge.config(), _without_usual_port(request.host)
    at_home = not config.production and (asked in LOOPBACK or asked.rpartition(":")[0] in LOOPBACK)
    if not at_home and asked != _without_usual_port(urlsplit(config.origin).netloc):
        if request_ctx.url_adapter is None:  # no name at all; the page that says so links within itself only
            request_ctx.url_adapter = current_app.url_map.bind("localhost")
        raise ElsewhereAddressed


def _without_usual_port(host: str) -> str:
    return host.lower().removesuffix(":80").removesuffix(":443")


def guard() -> None:
    """Let an unsafe method through only when the browser says that a page of ours sent it.

    Sec-Fetch-Site and Origin must both name us where they are sent. Neither: refused.
    """
    if request.method in SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        abort(403)
    if site not in (None, "same-origin") or origin not in (None, *_own_origins()):
        abort(403)


def _own_origins() -> tuple[str, ...]:
    """Over https there is one; at home, the name that was typed is as good as the one that is set."""
    config = edge.config()
    return (config.origin,) if config.secure else (config.origin, request.host_url.rstrip("/"))


def init_app(app: Flask) -> None:
    app.before_request(guard_host)
    app.before_request(guard)
