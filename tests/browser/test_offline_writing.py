"""What is tapped without a network is kept, shown as waiting, and arrives once."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.offline import NOISE, Visit, recorded
from tests.support.cast import Cast
from webapp.db import Database

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]


def test_a_tick_made_offline_waits_in_sight_and_is_sent_once(
    visit: Visit, cast: Cast, database: Database, trouble: Any
) -> None:
    trouble.allow(NOISE)
    phone = visit("/today").keep("/today").off().go("/today")
    phone.tick("Done: Take the morning pills")
    card = phone.page.locator(f"#step-{cast.pills}-0800")
    expect(card).to_contain_text("saved on this phone")
    assert "is-waiting" in (card.get_attribute("class") or "")
    phone.says("1 change is saved on this phone")
    expect(phone.page.locator("#live")).to_contain_text("Saved on this phone.")
    assert recorded(database, cast.pills) == []
    phone.go("/today")
    expect(card).to_contain_text("saved on this phone")
    phone.on()
    phone.until_waiting(0)
    expect(card).to_have_class("step is-done")
    assert recorded(database, cast.pills) == [("2026-11-19", "done", True)]
    assert len({form["op_id"] for form in phone.weather.posts_to("/check-ins")}) == 1
    expect(phone.page.locator("#connection")).to_be_hidden()
