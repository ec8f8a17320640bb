"""Refuse text that no database keeps and no person types: a NUL in a form or an address, bytes that spell nothing."""

from flask import Flask, abort, request

NUL = "\0"


def guard() -> None:
    """Answer 400 before a view meets it. Files are left to whoever reads them."""
    try:
        sent = (*request.args.lists(), *request.form.lists())
    except UnicodeDecodeError:
        abort(400)
    if any(NUL in text for name, values in sent for text in (name, *values)):
        abort(400)


def asked(name: str) -> str:
    """Read one word of the address, on pages that are drawn whatever it holds: the one that refuses it, too."""
    try:
        return request.args.get(name, "")
    except UnicodeDecodeError:
        return ""


def init_app(app: Flask) -> None:
    app.before_request(guard)
