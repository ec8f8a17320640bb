"""What browser tests share: a person's page of the served app, signed in without the form."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.browser.offline import Phone, Visit
from tests.support.cast import NOW, Cast
from tests.support.weather import Weather
from webapp.db import Database
from webapp.services import sign_ins

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def enter(app: Flask, database: Database, serve: Callable, open_page: Callable) -> Callable[..., "Page"]:
    """enter(person_id, path, …) opens a page of the served app; None is a stranger."""
    served = serve(app)

    def enter(person_id: int | None, path: str, **options: object) -> "Page":
        page = open_page(**options)
        if person_id is not None:
            with database.writing() as session:
                token = sign_ins.begin(session, person_id, "test", NOW, both=True)
            signed = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
            page.context.add_cookies([{"name": "cairn", "value": signed, "url": served.url}])
        page.goto(served.url + path)
        return page

    return enter


@pytest.fixture
def weather(app: Flask) -> Weather:
    """The network between the phones of a test and the served app."""
    return Weather(app)


@pytest.fixture
def visit(app: Flask, cast: Cast, database: Database, serve: Callable, open_page: Callable, weather: Weather) -> Visit:
    """visit(path, person_id=Clara) -> that person's phone, with the worker in charge."""
    app.config.setdefault("PATIENCE", 20_000)  # a busy machine is slow, too
    served = serve(weather)

    def visit(path: str, person_id: int | None = None, *, settle: bool = True, **options: object) -> Phone:
        page = open_page(**options)
        phone = Phone(page, weather, served.url)
        phone.sign_in(app, database, person_id or cast.clara)
        phone.go(path)
        return phone.settle() if settle else phone

    return visit
