"""Pages for what went wrong: what happened, that nothing was lost, and what to do. Logs say where, and quote nobody."""

import logging
import traceback
from types import TracebackType

from flask import Flask, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from werkzeug.exceptions import HTTPException

from webapp.db import DatabaseDown
from webapp.views import edge
from webapp.views.ops import SomebodyElse
from webapp.views.translate import _


def sentence(code: int) -> tuple[str, str]:
    """Give a title and a sentence in plain words for a status code."""
    known = {
        400: (_("That didn't arrive whole"), _("Something in the address or the form could not be read.")),
        401: (_("Please sign in"), _("You were signed out to keep this private. Sign in and try again.")),
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


def answer(error: HTTPException) -> ResponseReturnValue:
    """Render an HTTP error as a page; for htmx as a message that leaves the piece it was asked from alone, for our
    service worker as a sentence."""
    code = error.code or 500
    title, text = sentence(code)
    edge.stop_reading()
    headers = {key: value for key, value in error.get_headers() if key in ("Retry-After", "Allow", "Location")}
    if error.response is not None:
        return error.response
    if edge.wants_json():
        other = {"other": True} if isinstance(error, SomebodyElse) else {}
        return jsonify(ok=False, said=text, **other), code, headers
    said = {"title": title, "text": text, "code": code}
    if edge.from_htmx():
        headers |= {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"}
        return render_template("errors/_message.html", **said), code, headers
    return render_template("errors/page.html", **said), code, headers


def database_down(error: Exception) -> ResponseReturnValue:
    """Say that our database does not answer; who is asking can't be looked up, so the page is a stranger's."""
    current_app.logger.error("the database does not answer: %s", type(error).__name__)
    g._login_user = AnonymousUserMixin()
    title, text = _("Cairn can't reach its records just now"), _("Nothing that was saved is lost. Try again soon.")
    headers = {"Retry-After": "30"}
    if edge.wants_json():
        return jsonify(ok=False, said=text), 503, headers
    return render_template("errors/page.html", title=title, text=text, code=503), 503, headers


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
    app.register_error_handler(DatabaseDown, database_down)
