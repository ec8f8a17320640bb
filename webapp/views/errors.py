"""Pages for what went wrong: what happened, that nothing was lost, and what to do. Logs say where, and quote nobody."""

import logging
import traceback
from errno import EDQUOT, EIO, ENOSPC, EROFS
from types import TracebackType
from typing import Any

from flask import Flask, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from werkzeug.exceptions import HTTPException

from webapp.db import OUR_MISTAKES, OUT_OF_REACH, DatabaseDown
from webapp.views import edge, identity, unsent
from webapp.views.ops import SomebodyElse
from webapp.views.same_site import ElsewhereAddressed
from webapp.views.translate import _

NO_ROOM = (ENOSPC, EDQUOT, EROFS, EIO)
"""What a disk says that is full, read-only or broken."""


def sentence(code: int) -> tuple[str, str]:
    """Give a title and a sentence in plain words for a status code."""
    if code == 401:
        return _closed()
    known = {
        400: (_("That didn't arrive whole"), _("Something in the address or the form could not be read.")),
        403: (_("This came from another site"), _("Nothing was changed. Open Cairn itself and try again there.")),
        404: (_("Nothing here"), _("There is no page at this address, or it is not yours to open.")),
        405: (_("Nothing here"), _("There is no page at this address.")),
        409: (
            _("This belongs to somebody else"),
            _("Nothing was saved. This page was opened by a person who is not signed in here now."),
        ),
        410: (_("This is over"), _("It is not asked for any more. Nothing was saved.")),
        413: (_("That is too much at once"), _("Nothing was saved. Please send less text or a smaller file.")),
        429: (_("Please wait a little"), _("There were many tries in a short time. Try again in some minutes.")),
    }
    ours = (_("Something went wrong on our side"), _("Nothing that was saved is lost. Please try again."))
    return known.get(code, ours)


def _closed() -> tuple[str, str]:
    if identity.locked() is not None:
        return _("Locked while you were away"), _("Nothing was sent. Open it with your PIN and try again.")
    return _("Please sign in"), _("You were signed out to keep this private. Sign in and try again.")


def answer(error: HTTPException) -> ResponseReturnValue:
    """Render an HTTP error as a page; for htmx as a message that leaves the piece it was asked from alone, for our
    service worker as a sentence."""
    code = error.code or 500
    edge.stop_reading()
    if error.response is not None:
        return error.response
    headers = {key: value for key, value in error.get_headers() if key in ("Retry-After", "Allow", "Location")}
    title, text = sentence(code)
    if isinstance(error, ElsewhereAddressed):
        title, text = _("Cairn has another address"), _("Open it at %(address)s.", address=edge.config().origin)
    return _said(code, title, text, headers, {"other": True} if isinstance(error, SomebodyElse) else {})


def database_down(error: Exception) -> ResponseReturnValue:
    """Say that database or disk give or take nothing just now; nothing more is asked of them for this page.

    Who is asking may be known already, so that they read it in their language; else the page is a stranger's.
    """
    ours = isinstance(error, OSError) and error.errno not in NO_ROOM
    if ours or isinstance(error, OUR_MISTAKES):
        raise error
    current_app.logger.error("the database does not answer: %s", type(error).__name__)
    edge.stop_reading()
    if "_login_user" not in g:
        g._login_user = AnonymousUserMixin()
    title, text = _("Cairn can't reach its records just now"), _("Nothing that was saved is lost. Try again soon.")
    return _said(503, title, text, {"Retry-After": "30"})


def _said(
    code: int, title: str, text: str, headers: dict[str, str], other: dict[str, bool] | None = None
) -> ResponseReturnValue:
    if edge.wants_json():
        return jsonify(ok=False, said=text, **(other or {})), code, headers
    locked = code == 401 and identity.locked() is not None
    said: dict[str, Any] = {"title": title, "text": text, "code": code, "locked": locked}
    if edge.from_htmx():
        headers |= {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"}
        return render_template("errors/_message.html", **said), code, headers
    if code == 401:
        said["unsent"] = unsent.fields()
    return render_template("errors/page.html", **said), code, headers


ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _log_exception(exc_info: ExcInfo) -> None:
    """Log what went wrong in a request: its route, the kind of error and where in our code it was.

    Not its message, which may quote what somebody wrote (a database does), and not the address, which may be a token.
    """
    kind, _what, where = exc_info
    route = request.url_rule.rule if request.url_rule else "an unknown address"
    lines = "".join(traceback.format_tb(where))
    current_app.logger.error("%s %s: %s\n%s", request.method, route, kind.__name__ if kind else "unknown", lines)


def init_app(app: Flask) -> None:
    app.log_exception = _log_exception  # type: ignore[method-assign]
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its access log names whole addresses
    app.register_error_handler(HTTPException, answer)
    for gone in (DatabaseDown, *OUT_OF_REACH, OSError):
        app.register_error_handler(gone, database_down)
