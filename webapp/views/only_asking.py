"""HEAD asks what a GET would answer, without its body: nothing in the app ever hears of HEAD.

A route that shows a form and takes it tells the two apart by their method; to most of them HEAD would be the form.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask) -> None:
    app.wsgi_app = _heads_as_gets(app.wsgi_app)  # type: ignore[assignment, method-assign]


def _heads_as_gets(inner: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "HEAD":
            return inner(environ, start_response)
        answered = inner(environ | {"REQUEST_METHOD": "GET"}, start_response)
        return ClosingIterator((), getattr(answered, "close", None))

    return answer
