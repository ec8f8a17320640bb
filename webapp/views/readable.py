"""Refuse text that no database keeps: a NUL in a form or an address is nothing a person types."""

from flask import Flask, abort, request

NUL = "\0"


def guard() -> None:
    """Answer 400 before a view meets it. Files are left to whoever reads them."""
    for sent in (request.args, request.form):
        for name, values in sent.lists():
            if NUL in name or any(NUL in value for value in values):
                abort(400)


def init_app(app: Flask) -> None:
    app.before_request(guard)
