"""Scripts blocked, or not arrived yet: every role still does what it came for, by plain forms and pages."""

from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from tests.support.cast import Cast
from webapp.db import Database
from webapp.models import AgendaItem, BadDay, CheckIn, CopingUse, Invitation, Person, SharingGrant
from webapp.models import Session as Appointment
from webapp.services import passwords

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]


def send(page: Page, action: str, value: str | None = None, **fields: str) -> None:
    """Open what holds the form with these fields and this value, fill it in and press its button."""
    forms = page.locator(f"main form[action='{action}']")
    for name in fields:
        forms = forms.filter(has=page.locator(f"[name={name}]"))
    form = (forms.filter(has=page.locator(f"[value='{value}']")) if value else forms).first
    folded = form.locator("xpath=ancestor::details[not(@open)]")
    while folded.count():
        folded.first.locator("> summary").click()
    for name, words in fields.items():
        form.locator(f"[name={name}]").fill(words)
    named = form.locator(f"button[value='{value}']")
    (named if value and named.count() else form.locator("button")).first.click()
    expect(page.locator("h1")).to_be_visible()


def count(database: Database, model: type, *which: object) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(model).where(*which)).scalar_one())


def test_a_client_says_how_it_went_what_helps_and_who_may_see(
    enter: Callable[..., Page], cast: Cast, database: Database
) -> None:
    page = enter(cast.clara, f"/steps/{cast.walk}?slot=#say", javascript=False)
    send(page, f"/steps/{cast.walk}/check-ins", "some", note="Only to the bridge")
    assert count(database, CheckIn, CheckIn.outcome == "some", CheckIn.note == "Only to the bridge") == 1
    page.goto(urljoin(page.url, "/today"))
    send(page, "/bad-day")
    assert count(database, BadDay) == 1
    page.goto(urljoin(page.url, "/coping"))
    send(page, f"/coping/strategies/{cast.breathing}/uses", "8")
    page.locator("[name=after][value='3']").check()
    page.locator("[name=helped]").first.check()
    page.locator("main form button").last.click()
    assert count(database, CopingUse, CopingUse.before == 8, CopingUse.after == 3) == 1
    page.goto(urljoin(page.url, "/agenda"))
    send(page, "/agenda", text="Sleeping badly")
    assert count(database, AgendaItem, AgendaItem.text == "Sleeping badly") == 1
    page.goto(urljoin(page.url, "/people"))
    before = count(database, SharingGrant, SharingGrant.withdrawn_at.is_not(None))
    send(page, f"/people/{cast.sam}/withdrawals")
    assert count(database, SharingGrant, SharingGrant.withdrawn_at.is_not(None)) == before + 1


def test_a_supporter_says_that_it_happened_and_takes_it_back(
    enter: Callable[..., Page], cast: Cast, database: Database
) -> None:
    page = enter(cast.sam, "/promises", javascript=False)
    send(page, f"/promises/{cast.promise}/check-ins", "happened")
    stands = (CheckIn.by_id == cast.sam, CheckIn.outcome == "done", CheckIn.undone_at.is_(None))
    assert count(database, CheckIn, *stands) == 1
    page.locator("main form[action$='/undone'] button").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert count(database, CheckIn, *stands) == 0


def test_a_therapist_plans_a_session_and_writes_into_the_plan(
    enter: Callable[..., Page], cast: Cast, database: Database
) -> None:
    page = enter(cast.theo, f"/clients/{cast.clara}/sessions", javascript=False)
    before = count(database, Appointment)
    send(page, f"/clients/{cast.clara}/sessions", day="2026-12-03", at="14:30")
    assert count(database, Appointment) == before + 1
    page.goto(urljoin(page.url, f"/clients/{cast.clara}/plan/goal/new"))
    page.locator("main form [name=statement]").fill("Sing where people can hear it")
    page.locator("main form button").last.click()
    expect(page.locator("main")).to_contain_text("Sing where people can hear it")


def test_an_admin_invites_and_a_stranger_signs_in(
    enter: Callable[..., Page], open_page: Callable[..., Page], cast: Cast, database: Database
) -> None:
    page = enter(cast.ada, "/admin/people/new", javascript=False)
    page.locator("[name=role]").first.check()
    send(page, "/admin/people/new", name="Lou Berg", email="lou@example.test")
    assert count(database, Invitation) == 1
    with database.writing() as session:
        session.get_one(Person, cast.clara).password_hash = passwords.hash_new("the-choir-sings-on-monday")
    stranger = open_page(javascript=False)
    stranger.goto(urljoin(page.url, "/sign-in?next=/plan"))
    send(stranger, "/sign-in", email="clara@example.test", password="the-choir-sings-on-monday")
    expect(stranger).to_have_url(urljoin(page.url, "/plan"))
