"""Refuse changes that another site asks for: no token that can go stale, the browser says who asks."""

from flask import Flask, abort, request

from webapp.views import edge

SAFE = ("GET", "HEAD", "OPTIONS")


def guard() -> None:
    """Let an unsafe method through only when the browser says that a page of ours sent it.

    Sec-Fetch-Site is believed first; browsers without it send Origin. Neither: refused.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site != "same-origin":
            abort(403)
    elif request.headers.get("Origin") not in (edge.config().origin, request.host_url.rstrip("/")):
        abort(403)


def init_app(app: Flask) -> None:
    app.before_request(guard)
