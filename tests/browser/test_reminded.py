"""The page behind a reminder: by finger, by keyboard, without script, with long names and large text."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.services.test_answers import came_due
from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import ActionStep, CheckIn

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
Visit = Callable[..., Page]


@pytest.fixture
def visit(enter: Visit, cast: Cast, database: Database) -> Visit:
    """visit(…) -> the reminder of Clara's walk, in a browser of its own."""
    with database.writing() as session:
        occurrence = came_due(session, cast.clara, cast.walk)
    return lambda **options: enter(cast.clara, f"/reminded/{occurrence}", **options)


def said(database: Database) -> list[tuple[str, str | None]]:
    rows = select(CheckIn.outcome, CheckIn.reason).where(CheckIn.undone_at.is_(None))
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(rows)]  # type: ignore[misc]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_one_tap_is_done_and_undo_brings_the_question_back(visit: Visit, database: Database) -> None:
    page = visit()
    page.get_by_role("button", name="Done").tap()
    expect(page.get_by_text("Done. Good that you did it.")).to_be_visible()
    assert said(database) == [("done", None)]
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_role("button", name="Done")).to_be_visible()
    assert said(database) == []


def test_later_opens_its_choices_and_tells_when(visit: Visit) -> None:
    page = visit()
    expect(page.get_by_role("button", name="30 minutes")).to_be_hidden()
    page.get_by_text("Later", exact=True).tap()
    page.get_by_role("button", name="30 minutes").tap()
    expect(page.locator("#reminded")).to_contain_text("It comes again today, 12:30\xa0PM.")
    expect(page.locator("#live")).to_have_text("It comes again today, 12:30\xa0PM.")
    expect(page.get_by_role("button", name="Done")).to_be_visible()


def test_a_reason_is_one_more_tap_for_those_who_like(visit: Visit, database: Database) -> None:
    page = visit()
    page.get_by_role("button", name="Not today").tap()
    page.get_by_role("button", name="no ride").tap()
    expect(page.get_by_text("What got in the way?")).to_be_hidden()
    assert said(database) == [("not_today", "no_ride")]


def test_the_whole_of_it_by_keyboard(visit: Visit, database: Database) -> None:
    page = visit(width=1280, height=800)
    page.locator("#answer-not_today").focus()
    page.keyboard.press("Enter")
    told = page.locator(".flash", has_text="Not today, and that is all right.")
    expect(told).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#answer-undo")).to_be_focused()
    for _ in range(6):
        page.keyboard.press("Tab")
    expect(page.get_by_label("In your own words")).to_be_focused()
    page.keyboard.type("My knee")
    page.keyboard.press("Enter")
    expect(page.get_by_text("My knee")).to_be_visible()
    assert said(database) == [("not_today", "My knee")]


def test_everything_works_without_script(visit: Visit, database: Database) -> None:
    page = visit(javascript=False)
    page.get_by_text("Later", exact=True).click()
    page.get_by_role("button", name="1 hour").click()
    expect(page.get_by_text("It comes again today, 1:00\xa0PM.")).to_be_visible()
    page.get_by_role("button", name="Not today").click()
    page.get_by_label("In your own words").fill("It rained")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It rained")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Done. Good that you did it.")).to_be_visible()
    assert said(database) == [("done", None)]


def test_what_could_not_be_saved_stays_with_what_was_typed(visit: Visit, trouble: object) -> None:
    trouble.allow("422")  # type: ignore[attr-defined]
    page = visit()
    page.get_by_role("button", name="Not today").tap()
    page.get_by_label("In your own words").fill("rain " * 50)
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_role("alert")).to_contain_text("longer than 200 letters")
    expect(page.get_by_label("In your own words")).to_have_value("rain " * 50)


def test_a_day_off_is_one_tap_away(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="I need a day").tap()
    expect(page.get_by_text("A small day")).to_be_visible()


@pytest.mark.parametrize(("width", "height", "scale"), [(360, 740, 1), (360, 740, 2), (1280, 800, 1), (1280, 800, 4)])
def test_long_words_and_large_text_fit(
    visit: Visit, cast: Cast, database: Database, width: int, height: int, scale: int
) -> None:
    with database.writing() as session:
        step = session.get_one(ActionStep, cast.walk)
        step.own_words = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente " * 4
        step.cue = step.smallest = "A long sentence that goes on and on. " * 20
    page = visit(width=width // scale, height=height // scale, color_scheme="dark")
    assert fits(page)
    page.get_by_text("Later", exact=True).click()
    assert fits(page)
    page.get_by_role("button", name="Not today").click()
    expect(page.get_by_text("What got in the way?")).to_be_visible()
    assert fits(page)
