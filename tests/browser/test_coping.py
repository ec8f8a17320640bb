"""In a hard moment: one tap to begin, a few to say how it went, and help for whoever is there."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import CopingUse

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_before_and_after_with_a_few_taps(
    cast: Cast, database: Database, enter: Callable[..., "Page"], javascript: bool
) -> None:
    page = enter(cast.clara, "/coping", javascript=javascript)
    page.locator("summary", has_text="I’m using this now").click()
    page.get_by_role("button", name="8", exact=True).click()
    page.get_by_text("It was 8 when you started.").wait_for()
    page.locator("#after").get_by_role("radio", name="3", exact=True).check()
    page.locator("#helped").get_by_text("a little").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("used once, helped once, how strong it was: from 8 to 3").wait_for()
    with database.writing() as session:
        use = session.query(CopingUse).one()
        assert (use.before, use.after, use.helped) == (8, 3, "a_little")


def test_something_added_stands_on_the_list_and_comes_off_with_a_way_back(
    cast: Cast, enter: Callable[..., "Page"]
) -> None:
    page = enter(cast.clara, "/coping")
    page.get_by_role("link", name="Add something that helps").click()
    page.get_by_label("What helps").fill("Sing in the car")
    page.get_by_text("In a crisis").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change: Sing in the car").click()
    page.get_by_role("button", name="Take it off my list").click()
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_role("heading", name="Sing in the car").is_visible()


def test_one_endless_word_makes_no_page_wide(cast: Cast, enter: Callable[..., "Page"]) -> None:
    page = enter(cast.clara, "/coping/strategies/new")
    page.get_by_label("What helps").fill("w" * 300)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change: www").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_can_be_done_with_a_step_of_the_plan_is_not_cut_off(cast: Cast, enter: Callable[..., "Page"]) -> None:
    page = enter(cast.clara, "/plan")
    page.locator(f"#step-{cast.walk} summary").click()
    change = page.locator(f"#step-{cast.walk}").get_by_role("link", name="Change").bounding_box()
    card = page.locator(f"#step-{cast.walk}").bounding_box()
    assert change["x"] >= card["x"]  # type: ignore[index]


@pytest.mark.parametrize(("width", "javascript"), [(320, True), (360, False), (1280, True)])
def test_help_now_opens_in_one_tap_with_own_people_first(
    cast: Cast, enter: Callable[..., "Page"], width: int, javascript: bool
) -> None:
    page = enter(cast.clara, "/coping", width=width, javascript=javascript)
    page.get_by_role("link", name="Help now").first.click()
    june, line = page.get_by_text("Aunt June", exact=True).first, page.get_by_text("988 Suicide & Crisis Lifeline")
    assert june.bounding_box()["y"] < line.bounding_box()["y"]  # type: ignore[index]
    call = page.get_by_role("link", name="Call Aunt June")
    assert call.get_attribute("href") == "tel:5550117"
    assert call.bounding_box()["height"] >= 48  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("nav").count() == 0


def test_help_now_is_there_for_a_stranger(cast: Cast, enter: Callable[..., "Page"]) -> None:
    page = enter(None, "/help-now", javascript=False)
    assert page.get_by_role("link", name="Call 911").get_attribute("href") == "tel:911"
