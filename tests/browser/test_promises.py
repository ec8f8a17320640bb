"""A supporter's week on a phone, with script and without: a yes, what came of it, and a change of mind."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.cast import NOW, TODAY, Cast
from webapp.db import Database
from webapp.models import CheckIn, Commitment
from webapp.services import commitments, sign_ins

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def enter(app: Flask, database: Database, serve: Callable, open_page: Callable) -> Callable[..., "Page"]:
    """enter(person_id, path, …) opens a page of the served app as somebody who is signed in."""
    served = serve(app)

    def enter(person_id: int, path: str, **options: object) -> "Page":
        with database.writing() as session:
            token = sign_ins.begin(session, person_id, "test", NOW, both=True)
        signed = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
        page = open_page(**options)
        page.context.add_cookies([{"name": "cairn", "value": signed, "url": served.url}])
        page.goto(served.url + path)
        return page

    return enter


@pytest.fixture
def asked(cast: Cast, database: Database) -> int:
    """Nora is asked for the ride."""
    with database.writing() as session:
        return commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW).id


def said(database: Database) -> list[tuple[str, bool]]:
    with database.writing() as session:
        rows = session.scalars(select(CheckIn).order_by(CheckIn.id))
        return [(row.outcome, row.undone_at is not None) for row in rows]


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_supporter_says_yes_tells_that_it_happened_and_takes_it_back(
    cast: Cast, asked: int, database: Database, enter: Callable[..., "Page"], javascript: bool
) -> None:
    page = enter(cast.nora, "/promises", javascript=javascript)
    card = page.locator(f"#promise-{asked}")
    card.get_by_role("button", name="Yes, I will").click()
    card.get_by_role("button", name="It happened, today").click()
    card.get_by_text("It happened, today").wait_for()
    card.get_by_role("button", name="Undo").click()
    card.get_by_role("button", name="It happened, today").wait_for()
    with database.writing() as session:
        assert session.get_one(Commitment, asked).state == "active"
    assert said(database) == [("done", True)]
    assert page.url.endswith("/promises") is javascript  # with script the card alone was changed
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_it_moved_asks_for_the_day_beside_the_field_and_keeps_the_words(
    cast: Cast, database: Database, enter: Callable[..., "Page"], trouble, javascript: bool
) -> None:
    trouble.allow("422")
    page = enter(cast.sam, "/promises", javascript=javascript)
    card = page.locator(f"#promise-{cast.promise}")
    card.get_by_text("It moved", exact=True).click()
    moved = card.locator("details").filter(has=page.get_by_text("It moved", exact=True))
    moved.get_by_label("A word about it").fill("The hall is closed")
    moved.get_by_role("button", name="Save").click()
    card.get_by_text("Choose the day it moved to.").wait_for()
    assert moved.get_by_label("A word about it").input_value() == "The hall is closed"
    moved.get_by_label("The day it moved to").fill(TODAY.replace(day=21).isoformat())
    moved.get_by_role("button", name="Save").click()
    card.get_by_text("Moved from today to Sat, Nov 21").wait_for()
    assert said(database) == [("not_today", False)]


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_client_shares_and_stops_and_the_supporters_next_page_follows(
    cast: Cast, database: Database, enter: Callable[..., "Page"], javascript: bool
) -> None:
    nora = enter(cast.nora, "/promises", javascript=javascript)
    clara = enter(cast.clara, "/people", javascript=javascript)
    card = clara.locator(f"#person-{cast.nora}")
    card.get_by_text("Change what Nora sees").click()
    share = card.get_by_role("button", name=re.compile("^Share.*Your weeks"))
    stop = card.get_by_role("button", name=re.compile("^Stop sharing.*Your weeks"))
    share.click()
    stop.wait_for()
    nora.reload()
    nora.get_by_text("Walk by the river").wait_for()
    stop.click()
    share.wait_for()
    nora.reload()
    assert nora.get_by_text("Walk by the river").count() == 0
