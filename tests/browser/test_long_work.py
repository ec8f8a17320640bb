"""Long work says at once that it has begun, how far it is, and in a sentence how it ended."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from jobs import backup as jobs
from tests.support.cast import Cast
from webapp import backups
from webapp.config import Config
from webapp.db import Database
from webapp.services import plan_files

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
Enter = Callable[..., Page]
BETSY = Path(__file__).parent.parent / "fixtures" / "sample_plans" / "eltss-betsy.json"


class Gate:
    """Something that waits until it is let through; the test sees what is shown meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
        through = getattr(module, name)
        self.reached, self.open = threading.Event(), threading.Event()

        def wait(*given: object, **named: object) -> object:
            self.reached.set()
            assert self.open.wait(20)
            return through(*given, **named)

        monkeypatch.setattr(module, name, wait)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch, plan_files, "import_file")


def choose(page: Page, file: Path) -> None:
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Take it in").click()


def test_a_plan_file_is_seen_to_be_read_and_then_the_page_says_what_came_in(
    enter: Enter, cast: Cast, reading: Gate
) -> None:
    page = enter(cast.theo, f"/clients/{cast.clara}/plan/import", width=1280, height=800)
    choose(page, BETSY)
    assert reading.reached.wait(20)
    form = page.locator("form[data-working]")
    expect(form).to_have_attribute("aria-busy", "true")
    expect(page.locator("#main").get_by_text("It is here. Reading it now")).to_be_visible()
    assert not page.locator("progress").get_attribute("value"), "nobody knows how far the reading is"
    reading.open.set()
    expect(page.get_by_role("heading", level=1)).to_have_text("The plan is in")
    expect(page).to_have_title("Plan file · Cairn")


def test_a_broken_file_comes_back_with_its_reasons_and_can_be_chosen_anew(
    enter: Enter, cast: Cast, tmp_path: Path, trouble: object
) -> None:
    trouble.allow("422")  # type: ignore[attr-defined]
    page = enter(cast.theo, f"/clients/{cast.clara}/plan/import")
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"format": "plan-facts/1", "goals": [{"statement": 3}]}))
    choose(page, broken)
    expect(page.get_by_role("alert")).to_be_focused()
    choose(page, BETSY)
    expect(page.get_by_role("heading", level=1)).to_have_text("The plan is in")


def test_a_file_that_did_not_arrive_is_said_to_have_changed_nothing(enter: Enter, cast: Cast, trouble: object) -> None:
    trouble.allow("ERR_INTERNET_DISCONNECTED")  # type: ignore[attr-defined]
    page = enter(cast.theo, f"/clients/{cast.clara}/plan/import")
    page.context.set_offline(True)
    choose(page, BETSY)
    expect(page.locator("#main").get_by_text("It did not arrive, and the plan is as it was.")).to_be_visible()
    expect(page.locator("form[data-working]")).to_have_attribute("aria-busy", "false")
    page.context.set_offline(False)
    page.wait_for_timeout(1000)  # app.js takes two taps within a second for one
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The plan is in")


def test_without_script_the_file_is_sent_all_the_same(enter: Enter, cast: Cast) -> None:
    page = enter(cast.theo, f"/clients/{cast.clara}/plan/import", javascript=False)
    choose(page, BETSY)
    expect(page.get_by_role("heading", level=1)).to_have_text("The plan is in")


def test_a_backup_is_asked_for_watched_and_made(
    enter: Enter, cast: Cast, config: Config, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifying = Gate(monkeypatch, backups, "verify")
    page = enter(cast.ada, "/admin")
    page.get_by_role("button", name="Back up now").click()
    expect(page.locator("#main").get_by_text("It begins in a moment.")).to_be_visible()
    job = threading.Thread(target=jobs.wanted, args=(config, database))
    job.start()
    expect(page.locator("#main").get_by_text("Copied. Reading it back")).to_be_visible()
    verifying.open.set()
    job.join(20)
    expect(page.locator("#backup-now")).to_contain_text("is made and was read back whole")
    expect(page.locator("#live")).to_contain_text("is made and was read back whole")
    expect(page.get_by_role("button", name="Back up now")).to_be_visible()


def test_without_script_a_backup_is_looked_at_again_by_a_link(
    enter: Enter, cast: Cast, config: Config, database: Database
) -> None:
    page = enter(cast.ada, "/admin", javascript=False)
    page.get_by_role("button", name="Back up now").click()
    expect(page.locator("#main").get_by_text("It begins in a moment.")).to_be_visible()
    jobs.wanted(config, database)
    page.get_by_role("link", name="Look again").click()
    expect(page.locator("#backup-now")).to_contain_text("is made and was read back whole")
