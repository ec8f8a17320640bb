"""Today on a phone: one tap is done and can be taken back, by finger, by keyboard and without script."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import ActionStep

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
Visit = Callable[..., Page]


@pytest.fixture
def visit(enter: Callable[..., Page], cast: Cast) -> Visit:
    """visit(…) -> Clara's Today in a browser of its own; keywords go to open_page."""
    return lambda **options: enter(cast.clara, "/today", **options)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_one_tap_is_done_and_another_takes_it_back(visit: Visit, cast: Cast) -> None:
    page = visit()
    card = page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_have_class("step is-open is-next")
    page.get_by_role("button", name="Done: Take the morning pills").tap()
    expect(card).to_have_class("step is-done")
    expect(card.locator(".tick .icon")).to_have_css("stroke-dashoffset", "0px")  # the check is drawn
    expect(page.locator("#live")).to_have_text("Saved: done, today.")
    page.wait_for_timeout(1000)  # app.js takes two taps within a second for one
    page.get_by_role("button", name="Take back: Take the morning pills").tap()
    expect(card).to_have_class("step is-open")
    page.reload()
    expect(card).to_have_class("step is-open is-next")


def test_did_some_another_day_and_a_note_live_under_the_card(visit: Visit, cast: Cast) -> None:
    page = visit()
    card = page.locator(f"#step-{cast.walk}")
    card.locator("summary").first.click()
    card.get_by_text("Did some, not today, another day").click()
    card.get_by_label("Note").fill("Only to the bridge")
    card.get_by_label("Which day").fill("2026-11-17")
    card.get_by_role("button", name="Did some").click()
    expect(page.locator("#messages")).to_contain_text("Saved: did some, Tue, Nov 17. That counts.")
    expect(card).to_contain_text("1 of 2 this week")


def test_what_could_not_be_saved_stays_open_with_what_was_typed(visit: Visit, cast: Cast, trouble: Any) -> None:
    trouble.allow("422")
    page = visit()
    card = page.locator(f"#step-{cast.walk}")
    card.locator("summary").first.click()
    card.get_by_text("Did some, not today, another day").click()
    card.get_by_label("Note").fill("Too early to tell")
    card.get_by_label("Which day").fill("2026-12-24")
    card.locator(f"#step-{cast.walk}-done").click()
    expect(card.get_by_role("alert")).to_have_text("Dec 24 is still to come. You can add it on the day.")
    expect(card.get_by_label("Note")).to_have_value("Too early to tell")
    expect(card.get_by_label("Which day")).to_be_focused()


def test_the_form_of_a_card_speaks_of_its_own_step_and_time(visit: Visit, cast: Cast) -> None:
    page = visit()
    for card in (page.locator(f"#step-{cast.walk}"), page.locator(f"#step-{cast.pills}-0800")):
        card.locator("summary").first.click()
        card.get_by_text("Did some, not today, another day").click()
    assert page.evaluate("[...document.querySelectorAll('[id]')].length") == page.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size"
    )
    card.get_by_label("Note").fill("With tea")
    card.get_by_text("no time").click()
    card.get_by_role("button", name="Not today").click()
    expect(card).to_have_class("step is-not-today")
    card.locator("summary").first.click()
    expect(card).to_contain_text("With tea")


def test_the_whole_of_it_by_keyboard(visit: Visit, cast: Cast) -> None:
    page = visit(width=1280, height=800)
    tick = page.locator(f"#tick-step-{cast.pills}-0800")
    for _ in range(40):
        page.keyboard.press("Tab")
        if tick.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    card = page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_have_class("step is-done")
    expect(tick).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    undo = card.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_visible()
    page.keyboard.press("Tab")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(card).to_have_class("step is-open")


def test_everything_works_without_script(visit: Visit, cast: Cast) -> None:
    page = visit(javascript=False)
    page.get_by_role("button", name="Done: Take the morning pills").click()
    expect(page.locator("#messages")).to_contain_text("Saved: done, today.")
    expect(page.locator("#answered")).to_contain_text("Settled today")
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.locator(f"#step-{cast.pills}-0800")).to_have_class("step is-open is-next")
    card = page.locator(f"#step-{cast.walk}")
    card.locator("summary").first.click()
    card.get_by_role("link", name="Did some, not today, another day").click()
    say = page.locator("#say")
    say.get_by_text("not well").click()
    say.get_by_role("button", name="Not today").click()
    expect(page.locator("#messages")).to_contain_text("Saved: not today. That is all right.")
    page.get_by_role("link", name="Today").first.click()
    page.get_by_role("button", name="I need a day").click()
    expect(page.locator("main")).to_contain_text("A small day")


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(320, 640, 1), (360, 740, 2), (1280, 800, 2)], ids=["narrow", "phone 200 %", "200 %"]
)
def test_long_words_and_large_text_stay_on_the_page(
    visit: Visit, database: Database, cast: Cast, width: int, height: int, scale: int
) -> None:
    """A page zoomed to 200 % is a page half as wide."""
    with database.writing() as session:
        step = session.get_one(ActionStep, cast.walk)
        step.own_words = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente " * 4
        step.how_to = step.cue = "A long sentence that goes on and on. " * 30
    page = visit(width=width // scale, height=height // scale, color_scheme="dark")
    assert fits(page)
    page.locator(f"#step-{cast.walk} summary").first.click()
    page.locator(f"#step-{cast.walk} .more summary").first.click()
    assert fits(page)
    page.goto(page.url.replace("/today", f"/steps/{cast.walk}"))
    assert fits(page)
    page.goto(page.url.replace(f"/steps/{cast.walk}", "/progress"))
    assert fits(page)
