"""The plan by form, on a phone, with script and without: a step comes in, and a slip loses nothing."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import Trouble
from tests.support.cast import Cast
from tests.support.rows import only
from webapp.db import Database
from webapp.models import ActionStep, CadenceVersion

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Enter = Callable[..., "Page"]
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])


def cadence_of(database: Database, text: str) -> CadenceVersion:
    return only(database, CadenceVersion, step_id=only(database, ActionStep, text=text).id)


@BOTH
def test_a_therapist_adds_a_step_on_set_days_by_form(
    cast: Cast, database: Database, enter: Enter, trouble: Trouble, javascript: bool
) -> None:
    trouble.allow("422")
    page = enter(cast.theo, f"/clients/{cast.clara}/plan", javascript=javascript)
    page.locator(f"#goal-{cast.goal}").get_by_role("link", name="Add a step").click()
    page.get_by_label("The step", exact=True).fill("Swim with Nora")
    page.get_by_label("Nora Quist (friend)").check()
    assert not page.get_by_label("Relation or discipline").is_visible()
    page.get_by_label("On set days or times").check()
    assert not page.get_by_label("At least or at most").is_visible()
    page.get_by_role("button", name="Save").click()

    # A slip: no weekday was chosen. It is said beside the field, and what was typed is still there.
    page.get_by_text("Choose at least one weekday.").first.wait_for()
    assert page.get_by_label("The step", exact=True).input_value() == "Swim with Nora"
    assert page.get_by_label("Nora Quist (friend)").is_checked()
    page.get_by_label("Tue", exact=True).check()
    page.get_by_label("Times of day").fill("8:00")
    page.get_by_label("Last day").fill("2027-05-02")
    page.get_by_role("button", name="Save").click()

    step = page.get_by_role("link", name="Swim with Nora")
    step.get_by_text("every Tuesday, at 8:00\xa0AM, until May 2, 2027").wait_for()
    cadence = cadence_of(database, "Swim with Nora")
    assert (cadence.weekdays, cadence.times, cadence.valid_to) == ([1], ["08:00"], date(2027, 5, 3))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360 if javascript else True


@BOTH
def test_a_client_adds_a_step_of_their_own(cast: Cast, database: Database, enter: Enter, javascript: bool) -> None:
    page = enter(cast.clara, "/plan", javascript=javascript)
    page.get_by_role("link", name="Add a step", exact=True).click()
    page.get_by_label("What I want to do").fill("Paint the fence")
    page.get_by_label("Once", exact=True).check()
    page.get_by_label("By which day").fill("2026-12-01")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Paint the fence").first.wait_for()
    assert cadence_of(database, "Paint the fence").due == date(2026, 12, 1)
