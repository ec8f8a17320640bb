"""The role as which the app connects to PostgreSQL in tests: it owns nothing, as in production."""

import contextlib

import psycopg
from psycopg import sql
from sqlalchemy import make_url

APP = "cairn_app"


def ensure_app_role(url: str) -> None:
    """Make the role, which may connect and nothing else, unless it is there."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection, contextlib.suppress(psycopg.errors.DuplicateObject):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APP)))


def as_app(url: str) -> str:
    """Give the URL of the same database for that role, which needs no password here."""
    return make_url(url).set(username=APP, password=None).render_as_string(hide_password=False)
