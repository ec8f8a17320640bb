"""Progress on a phone: weeks and days to tap, the same numbers in picture and table, and a page worth printing."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import NOW, TODAY, Cast
from tests.support.clara import WALKED, live_two_weeks
from webapp.db import Database
from webapp.models import CadenceVersion, CheckIn

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
Visit = Callable[..., Page]
A_YEAR = timedelta(days=52 * 7)


@pytest.fixture
def visit(enter: Callable[..., Page], cast: Cast, database: Database) -> Visit:
    """visit(path, …) -> a page of Clara's, who has a year behind her; keywords go to open_page."""
    with database.writing() as session:
        live_two_weeks(session, cast)
        first = TODAY - A_YEAR
        session.query(CadenceVersion).filter_by(client_id=cast.clara).update({"valid_from": first, "anchor": first})
        for n in range(300):
            check_in = CheckIn(
                client_id=cast.clara,
                step_id=(cast.walk, cast.pills)[n % 2],
                by_id=cast.clara,
                op_id=str(uuid4()),
                day=first + timedelta(days=n),
                outcome=("done", "done", "some")[n % 3],
                at=NOW,
            )
            session.add(check_in)
    return lambda path, **options: enter(cast.clara, path, **options)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_week_can_be_tapped_and_tells_what_was_recorded(visit: Visit, javascript: bool) -> None:
    page = visit("/progress", javascript=javascript)
    page.get_by_role("link", name=re.compile("^Week from 9 Nov: ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Week from 9 Nov to 15 Nov")
    expect(page.get_by_text(WALKED)).to_be_visible()
    page.get_by_role("link", name="Week before").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Week from 2 Nov to 8 Nov")
    page.get_by_role("main").get_by_role("link", name="Progress").click()
    expect(page.get_by_role("heading", name="Your weeks")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_day_of_a_step_can_be_tapped_and_told_about(visit: Visit, cast: Cast, javascript: bool) -> None:
    page = visit(f"/steps/{cast.walk}", javascript=javascript)
    page.get_by_role("link", name="Mon 9 Nov", exact=True).click()
    form = page.locator("#say form")
    expect(form.get_by_label("Which day")).to_have_value("2026-11-09")
    form.get_by_role("button", name="Did some").click()
    expect(page.locator("#messages")).to_contain_text("Mon 9 Nov")
    expect(page.get_by_role("link", name="Mon 9 Nov: did some", exact=True)).to_be_visible()


def test_the_table_says_what_the_picture_shows(visit: Visit) -> None:
    page = visit("/progress", javascript=False)
    pictured = page.locator("#weeks .months a").evaluate_all(
        "links => links.map(a => [a.getAttribute('href'), ...['full', 'half'].map("
        "kind => (a.querySelector('.' + kind)?.getAttribute('d').match(/M/g) ?? []).length)])"
    )
    page.get_by_text("The same as a table").click()
    rows = page.locator("#weeks-table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(1, 3).map(cell => Number(cell.textContent)))"
    )
    newest_first = sorted(pictured, key=lambda one: one[0], reverse=True)
    assert len(rows) == 53
    assert [[full, half] for _address, full, half in newest_first] == rows
    assert sum(map(sum, rows)) > 40


def test_weeks_and_days_are_large_enough_to_tap_and_nothing_runs_out_of_the_screen(visit: Visit, cast: Cast) -> None:
    for path, links in (("/progress", ".months a"), (f"/steps/{cast.walk}", ".days a")):
        page = visit(path)
        boxes = [box for link in page.locator(f"{links}:visible").all() if (box := link.bounding_box())]
        assert len(boxes) > 20
        assert min(min(box["width"], box["height"]) for box in boxes) >= 47.9, path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_year_prints_on_two_sheets_with_every_month_and_no_button(visit: Visit) -> None:
    page = visit("/progress")
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    for hidden in (".bar", "[data-print]", "#weeks summary"):
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    assert all(one.is_visible() for one in page.locator("#weeks .months a").all())
    printed = page.pdf(format="A4")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2


def test_print_calls_the_printer(visit: Visit) -> None:
    page = visit("/progress")
    page.evaluate("window.print = () => { document.title = 'printing'; }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printing")
