"""What every view needs from the outside: connections, who acts, the clock, and how to answer htmx."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from flask import Response, current_app, g, redirect, request
from flask_login import current_user

from webapp import clock
from webapp.config import Config
from webapp.db import OUT_OF_REACH, Database
from webapp.domain.people import Actor
from webapp.domain.scopes import Scope
from webapp.domain.wall_time import local_day
from webapp.services.passkeys import Site, site_of

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session


LARGEST_ID = 2**63 - 1
"""No database column holds more; asking for more would be an error there instead of a 404."""


def database() -> Database:
    return cast(Database, current_app.extensions["cairn.database"])


def config() -> Config:
    return cast(Config, current_app.extensions["cairn.config"])


def cookie_name(name: str) -> str:
    """Name a cookie. Over https its name keeps other names under the same domain from setting it."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def site() -> Site | None:
    """Where passkeys count; None where browsers offer none. On one's own machine also at the name `localhost`."""
    at_home = None if config().secure else site_of(request.host_url.rstrip("/"))
    return at_home or site_of(config().origin)


def enter(scope: Scope | Callable[[], Scope]) -> None:
    """Say what this request may touch from here on (views/policies.py does); a function is asked when it matters."""
    g.scope = scope


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Touch something else for a while than what the request is about."""
    before = g.get("scope")
    g.scope = scope
    try:
        yield
    finally:
        g.scope = before


def _scope() -> Scope | None:
    scope = g.get("scope")
    if callable(scope):
        scope = g.scope = scope()
    return cast(Scope | None, scope)


def reading() -> "Connection":
    """Give the request's one connection for reading, opened when first asked for, in the scope of now."""
    scope = _scope()
    if "connection" not in g:
        g.reading = database().reading(scope)
        g.connection = g.reading.__enter__()
    elif scope != g.entered:
        database().change(g.connection, scope)
    g.entered = scope
    return cast("Connection", g.connection)


def stop_reading(_error: BaseException | None = None) -> None:
    """Give the request's connection back, so that what is read next sees what was just written."""
    if g.pop("connection", None) is not None:
        with suppress(*OUT_OF_REACH):  # it has nothing to lose
            g.pop("reading").__exit__(None, None, None)


@contextmanager
def writing() -> Iterator["Session"]:
    """Write in one transaction: committed when the block ends well. Reads before it are over."""
    stop_reading()
    with database().writing(_scope()) as session:
        yield session


def actor() -> Actor:
    """The signed-in person; routes without a sign-in must not ask."""
    return cast(Actor, current_user.actor)


def today() -> date:
    """The actor's local date now; their day turns at their own hour."""
    who = actor()
    return local_day(clock.now(), who.zone, who.day_starts_at)


def record() -> Any:
    """What the route's policy loaded and allowed (see policies.py)."""
    return g.record


def id_of(text: str) -> int:
    """Read a record's id from a form or address. Raises ValueError for what no database column holds."""
    number = int(text)
    if not 0 < number <= LARGEST_ID:
        raise ValueError(text)
    return number


def from_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_json() -> bool:
    """Whether our own service worker asks, which shows no pages."""
    return request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"


def see_other(location: str) -> Response:
    """Answer a form the way that survives reloads: 303 to a page."""
    return cast(Response, redirect(location, code=303))
