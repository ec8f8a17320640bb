"""The reminders page in a browser: by keyboard alone, with every kind of place and of line, at every size."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.support.cast import NOW, Cast
from tests.views.test_reminders import after, an_endpoint, came_due
from webapp.db import Database
from webapp.models import ActionStep, Person

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
Visit = Callable[..., Page]


def tab_to(page: Page, selector: str) -> None:
    """Move by Tab until something has the focus."""
    there = page.locator(selector)
    for _ in range(60):
        if there.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(there).to_be_focused()


def test_the_settings_by_keyboard_alone(enter: Visit, cast: Cast, database: Database) -> None:
    page = enter(cast.clara, "/reminders", width=1280, height=800)
    tab_to(page, "#mail_use input:checked")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("How long to wait for an answer")).to_be_visible()
    tab_to(page, "#mail_after")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#keep-mail")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Kept.")
    tab_to(page, "#quiet_from")
    page.keyboard.type("1000PM")
    tab_to(page, "#quiet_to")
    page.keyboard.type("0700AM")
    tab_to(page, "#follow_up")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#keep-quiet")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Your quiet hours are kept.")
    with database.reading() as connection:
        kept = select(Person.mail_use, Person.mail_after, Person.quiet_from, Person.quiet_to, Person.follow_up_after)
        row = connection.execute(kept.where(Person.id == cast.clara)).one()
    assert [str(value) for value in row] == ["unanswered", "90", "22:00:00", "07:00:00", "30"]


def test_how_long_to_wait_is_asked_only_where_it_matters(enter: Visit, cast: Cast) -> None:
    page = enter(cast.clara, "/reminders")
    wait = page.get_by_label("How long to wait for an answer")
    expect(wait).to_be_hidden()
    page.get_by_label("When I have not answered there for some time").check()
    expect(wait).to_be_visible()


def test_half_quiet_hours_lead_to_the_field_that_needs_another_look(enter: Visit, cast: Cast, trouble: Any) -> None:
    trouble.allow("422")
    page = enter(cast.clara, "/reminders")
    page.get_by_label("Quiet from").fill("22:00")
    page.locator("#keep-quiet").tap()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").tap()
    expect(page.get_by_label("until", exact=True)).to_be_focused()
    expect(page.get_by_label("Quiet from")).to_have_value("22:00")


def test_a_test_message_says_what_happened(enter: Visit, cast: Cast) -> None:
    page = enter(cast.clara, "/reminders")
    page.get_by_role("button", name=re.compile("Test.*clara@example.test")).tap()
    expect(page.locator("#messages")).to_contain_text("A test message is on its way to clara@example.test.")


def test_everything_works_without_script(enter: Visit, cast: Cast, database: Database) -> None:
    an_endpoint(database, cast.clara, device="Safari, iPhone", keys={})
    page = enter(cast.clara, "/reminders", javascript=False)
    page.get_by_role("button", name=re.compile("Turn off.*Safari, iPhone")).click()
    expect(page.locator("#messages")).to_contain_text("Turned off.")
    page.get_by_label("Never").check()
    page.locator("#keep-mail").click()
    expect(page.get_by_text("Nothing reaches you just now.")).to_be_visible()
    page.get_by_role("button", name="I need a day").click()
    expect(page.get_by_text("A small day")).to_be_visible()


@pytest.mark.parametrize(("width", "height", "scale"), [(360, 740, 1), (360, 740, 2), (1280, 800, 1), (1280, 800, 4)])
def test_long_names_and_large_text_fit(
    enter: Visit, cast: Cast, database: Database, width: int, height: int, scale: int
) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente"
    with database.writing() as session:
        session.get_one(ActionStep, cast.walk).own_words = f"{long} " * 3
    device = {"device": f"{long}, Android", "keys": {}, "address": f"https://{long.lower()}.push.apple.com/"}
    phone = {"channel": "push", "endpoint_id": an_endpoint(database, cast.clara, **device)}
    an_endpoint(database, cast.clara, device=long, off_because="gone", off_at=NOW)
    an_endpoint(database, cast.clara, "email", address=f"{long.lower()}@example.test", off_at=NOW, off_because=long)
    came_due(database, cast, cast.clara, cast.pills, phone | after(0), phone | {"state": "failed"})
    page = enter(cast.clara, "/reminders", width=width // scale, height=height // scale, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
