"""A therapist reads, copies, prints and leaves a receipt; on a phone nothing is cut off."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.cast import Cast
from tests.support.clara import TALK, live_two_weeks
from webapp.db import Database

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
A4 = 794  # pixels of 210 mm at 96 per inch


@pytest.fixture
def lived(database: Database, cast: Cast) -> Cast:
    with database.writing() as session:
        live_two_weeks(session, cast)
    return cast


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_from_the_caseload_to_a_receipt(lived: Cast, enter: Callable[..., "Page"], width: int) -> None:
    page = enter(lived.theo, "/caseload", width=width)
    page.get_by_role("link", name="Clara Reyes", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Clara Reyes"
    assert page.locator(".session section").count() == 10
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Reviewed").click()
    page.get_by_text("Clara sees that you read this today, 12:00\xa0PM.").wait_for()


def test_the_text_for_a_note_opens_and_can_be_copied(lived: Cast, enter: Callable[..., "Page"]) -> None:
    page = enter(
        lived.theo,
        f"/clients/{lived.clara}/before-session",
        width=1280,
        permissions=["clipboard-write"],
    )
    page.get_by_text("Text to copy into a note").first.click()
    note = page.locator("#note").input_value()
    assert TALK in note
    page.get_by_role("button", name="Copy", exact=True).click()
    page.locator("#live").get_by_text("Copied").wait_for(state="attached")
    # No page of ours may read the clipboard (headers.py), so it is pasted, as the therapist would.
    page.evaluate("document.querySelector('main').prepend(document.createElement('textarea'))")
    page.locator("main > textarea").press("ControlOrMeta+v")
    assert page.locator("main > textarea").input_value().splitlines() == note.splitlines()


def test_a_typical_page_prints_on_one_sheet_without_what_is_only_for_the_screen(
    lived: Cast, enter: Callable[..., "Page"]
) -> None:
    page = enter(lived.theo, f"/clients/{lived.clara}/before-session", width=A4, height=1123)
    assert page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    page.emulate_media(media="print")
    for hidden in (".top", ".bar", ".tabs", "#note", "text=Reviewed"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.get_by_text(TALK).first.is_visible()
