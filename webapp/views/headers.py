"""Headers on every answer, errors and what Flask never saw included; and compression of what is text."""

import posixpath
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import brotli
from flask import Flask, Response, request

from webapp.config import Config
from webapp.views import assets

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NEVER = (
    *("accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "clipboard-read", "compute-pressure"),
    *("display-capture", "encrypted-media", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get"),
    *("idle-detection", "interest-cohort", "keyboard-map", "local-fonts", "magnetometer", "microphone", "midi"),
    *("otp-credentials", "payment", "picture-in-picture", "screen-wake-lock", "serial", "speaker-selection"),
    *("storage-access", "sync-xhr", "usb", "window-management", "xr-spatial-tracking"),
)
"""What no page of ours ever asks a browser for. Passkeys, copying and full screen are left to our own pages."""
TWO_YEARS = 63_072_000
FILES = frozenset({"static", "service_worker.script"})
"""Answers that are a file of ours, the same for everybody who reads the same language."""
KEPT = FILES | {"calendar_feeds.feed", "install.manifest"}
"""Answers that say themselves who may keep them."""
COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg", "application/manifest")


def always(config: Config) -> list[tuple[str, str]]:
    """List what every answer says, whoever gives it. Only production may tie a name to https for years."""
    strict = [("Strict-Transport-Security", f"max-age={TWO_YEARS}; includeSubDomains")]
    return [
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", ", ".join(f"{feature}=()" for feature in NEVER)),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Origin-Agent-Cluster", "?1"),
        ("Cache-Control", "no-store"),
        *(strict if config.secure and config.production else []),
    ]


class Outermost:
    """Around the whole app: headers on every answer, and a sentence where no page of an error could be made."""

    def __init__(self, app: Flask, inner: Callable[..., Iterable[bytes]], config: Config) -> None:
        self._app, self._inner, self._always = app, inner, always(config)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            begun.append(status)
            said = {name.lower() for name, _value in headers}
            missing = [(name, value) for name, value in self._always if name.lower() not in said]
            return start_response(status, [*headers, *missing], exc_info)

        try:
            return self._inner(environ, start)
        except Exception as error:
            if self._app.testing:
                raise
            self._app.logger.error("an answer could not be made: %s", type(error).__name__)
            start("500 Internal Server Error", PLAIN, sys.exc_info() if begun else None)
            return [LAST_WORDS]


LAST_WORDS = b"Something went wrong on our side. Nothing that was saved is lost. Please try again.\n"
PLAIN = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(LAST_WORDS)))]
"""Said in English only, where even the reader's language could not be found out."""


def guard(response: Response) -> Response:
    """Let personal pages be kept nowhere; only what is the same for everybody says itself who may keep it."""
    kept = response.headers.get("Cache-Control") if request.endpoint in KEPT else None
    response.headers["Cache-Control"] = kept or "no-store"
    return response


def compress(response: Response) -> Response:
    """Send text as brotli where the browser takes it (level 5: 38 µs for a Today page)."""
    takes = request.accept_encodings["br"] > 0 and response.status_code != 206
    if not takes or response.content_encoding or not (response.mimetype or "").startswith(COMPRESSED):
        return response
    file = request.endpoint in FILES
    if response.direct_passthrough and not (file and response.status_code == 200):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) > 500:
        response.set_data(_packed(body, request.path) if file else brotli.compress(body, quality=5))
        response.content_encoding = "br"
        response.vary.add("Accept-Encoding")
        if etag := response.get_etag()[0]:
            response.set_etag(etag, weak=True)  # the same file, in other bytes
    return response


@lru_cache(maxsize=100)
def _packed(file: bytes, path: str) -> bytes:
    """Compress one of our own files as far as it goes, once: that takes a tenth of a second."""
    folder, kind = posixpath.split(path)[0], posixpath.splitext(path)[1]
    if folder.endswith(("/css", "/js")) and kind in assets.COMMENT:
        file = assets.bare(file.decode(), kind).encode()
    return bytes(brotli.compress(file, quality=11))


def init_app(app: Flask, config: Config) -> None:
    app.after_request(compress)
    app.after_request(guard)
    app.wsgi_app = Outermost(app, app.wsgi_app, config)  # type: ignore[method-assign]
