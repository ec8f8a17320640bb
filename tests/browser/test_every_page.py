"""Every page there is, every form with an error and every error page: readable for everybody, with script and without.

Nobody names the pages here: they are found by walking, and a route that was not walked fails the walk.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.support import axe, walk
from tests.support.cast import NOW, Cast
from tests.support.clara import live_two_weeks
from tests.support.walk import BEGIN, Stop, Walk
from webapp.db import Database
from webapp.domain.people import Role

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
Stroll = Callable[..., Iterator[tuple[Page, Stop]]]

LEFT_ALONE = """() => [...document.querySelectorAll('main button, main [data-hx-get], main [data-hx-post]')]
    .filter(one => one.checkVisibility() && !one.closest('form') && !one.closest('a[href]'))
    .map(one => one.outerHTML.slice(0, 200))"""
"""What can be seen and pressed, and would do nothing without script."""


ROLES = pytest.mark.parametrize("role", [*BEGIN], ids=str)


WITHOUT_NEED = ("styleguide.", "offline.")
"""Samples, with nothing to do; and pages that only the worker shows."""


@pytest.fixture
def stroll(app: Flask, database: Database, cast: Cast, serve: Callable, open_page: Callable, trouble: Any) -> Stroll:
    """stroll(role, forms=True, …) walks as somebody of the cast: the page and the stop, again and again."""
    trouble.allow(r"status of 4\d\d")
    with database.writing() as session:
        live_two_weeks(session, cast)
    begin = walk.prepare(database, NOW, *(f"{name}@example.test" for name in ("clara", "theo", "ada")))
    who = {Role.CLIENT: cast.clara, Role.SUPPORTER: cast.sam, Role.CARE_TEAM: cast.theo, Role.ADMIN: cast.ada}
    served = serve(app)

    def stroll(role: Role | None, forms: bool = True, **options: object) -> Iterator[tuple[Page, Stop]]:
        way, page, paths = Walk(app, served.url), open_page(**options), []
        if role is not None:
            walk.sign_in(app, database, page.context, served.url, who[role], NOW)
        for stop in way.stroll(str(role), page, (*BEGIN[role], *begin[role])):
            paths.append(stop.path)
            yield page, stop
        for stop in way.wrong_forms(str(role), page, paths) if forms else ():
            yield page, stop
        assert way.unseen(role) == set(), "no link leads to these pages; say in tests/support/walk.py where they are"

    return stroll


@ROLES
def test_no_page_keeps_anybody_out_in_the_light_or_in_the_dark(stroll: Stroll, role: Role | None) -> None:
    wrong: dict[str, str] = {}
    for page, stop in stroll(role):
        axe.open_everything(page)
        found = axe.complaints(page)
        page.emulate_media(color_scheme="dark")
        found += axe.complaints(page, rules=("color-contrast",))
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 360, "height": 740})
        wrong |= {line: f"{role} at {stop.path}" for line in found}
    assert [f"{where}: {line}" for line, where in wrong.items()] == []


@ROLES
def test_every_page_is_whole_without_script(stroll: Stroll, role: Role | None) -> None:
    wrong = []
    for page, stop in stroll(role, forms=False, javascript=False):
        where = f"{role} at {stop.path}"
        if stop.status != 200 and not re.search("no-such-page|/sign-out|never-was|/over", stop.path):
            wrong.append(f"{where}: {stop.status}")
        if page.locator("main").inner_text().strip() == "" or page.locator("h1").count() != 1:
            wrong.append(f"{where}: no words, or not one heading")
        if not stop.kind.startswith(WITHOUT_NEED):
            wrong += [f"{where}: {piece}" for piece in page.evaluate(LEFT_ALONE)]
    assert wrong == []
