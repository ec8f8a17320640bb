"""The first run on a phone: from an invitation to Today, with script and without, one question after the other."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from tests.browser.test_push import ADDRESS, KEYS, SUBSCRIPTIONS
from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.cadence import Kind
from webapp.domain.people import Role
from webapp.models import ActionStep, CadenceVersion, CarePlan, Endpoint, Person, SupporterLink
from webapp.queries import reminders
from webapp.services import commitments, invitations
from webapp.views import forms, welcome

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]


@pytest.fixture
def invited(cast: Cast, database: Database) -> str:
    """The address of an invitation for Mary, whose plan Theo has begun: medicine each morning."""
    with database.writing() as session:
        theo = acting(cast.theo, Role.CARE_TEAM)
        made = invitations.invite_client(session, theo, "Mary Lou", "mary@example.test", None, NOW)
        plan = CarePlan(client_id=made.person_id, starts_on=NOW.date(), created_by_id=cast.theo, created_at=NOW)
        session.add(plan)
        session.flush()
        step = ActionStep(
            client_id=made.person_id, plan_id=plan.id, actor_kind="self", text="Take my medicine",
            created_by_id=cast.theo, created_at=NOW,
        )  # fmt: skip
        session.add(step)
        session.flush()
        session.add(
            CadenceVersion(
                client_id=made.person_id, step_id=step.id, kind=Kind.FIXED, per_unit="day", times=["08:00"],
                valid_from=NOW.date(), anchor=NOW.date(), created_by_id=cast.theo, created_at=NOW,
            )
        )  # fmt: skip
    return f"/invitations/{made.token}"


@pytest.fixture
def asked(cast: Cast, database: Database) -> str:
    """The address of an invitation for Ed, a supporter whom Clara asks for a ride."""
    with database.writing() as session:
        made = invitations.invite_supporter(session, acting(cast.clara), "Ed Lou", "ed@example.test", None, None, NOW)
        commitments.propose(session, cast.clara, cast.ride, made.person_id, cast.clara, NOW)
    return f"/invitations/{made.token}"


@pytest.fixture(autouse=True)
def two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (welcome, forms):
        monkeypatch.setattr(module, "offered", lambda: {"en": "English", "es": "Español"})


def person(database: Database, key: str) -> Person:
    with database.writing() as session:
        found = session.scalars(select(Person).where(Person.email_key == key)).one()
        session.expunge(found)
        return found


def at(page: Page, screen: str) -> None:
    page.wait_for_url(f"**/welcome/{screen}")


def on(page: Page, name: str = "Next") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def join(page: Page) -> None:
    page.get_by_label("Choose a password").fill("walk by the river twice")
    page.get_by_role("button", name="Join").click()
    at(page, "name")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_client_comes_from_the_invitation_to_a_useful_today(
    enter: Callable[..., Page], invited: str, database: Database, javascript: bool
) -> None:
    mary = enter(None, invited, javascript=javascript, timezone_id="America/Chicago")
    join(mary)
    expect(mary.get_by_text("1 of 5")).to_be_visible()
    mary.get_by_label("Name to be called").fill("Lou")
    on(mary)
    at(mary, "language")
    expect(mary.get_by_label("English")).to_be_checked()
    on(mary)
    at(mary, "day")
    if javascript:  # the phone knows where it is
        expect(mary.get_by_label("Time zone")).to_have_value("America/Chicago")
    mary.get_by_label("My day starts at").select_option("5")
    on(mary)
    at(mary, "reminders")
    mary.get_by_label("In the morning").check()
    on(mary)
    at(mary, "device")
    expect(mary.get_by_text("Take my medicine")).to_be_visible()
    expect(mary.get_by_text("They come by mail to mary@example.test.")).to_be_visible()
    on(mary)
    at(mary, "sharing")
    expect(mary.get_by_label("The plan")).to_be_checked()
    on(mary, "Finish")
    mary.wait_for_url("**/today")
    expect(mary.get_by_text("That is all. This is your day")).to_be_visible()
    expect(mary.get_by_role("heading", name="Take my medicine")).to_be_visible()
    kept = person(database, "mary@example.test")
    zone = "America/Chicago" if javascript else "America/New_York"
    assert (kept.called, kept.day_starts_at, kept.time_zone, kept.first_run) == ("Lou", 5, zone, None)


def test_back_skip_and_coming_back_another_day(
    enter: Callable[..., Page], invited: str, database: Database, trouble: Any
) -> None:
    trouble.allow("422")
    mary = enter(None, invited)
    join(mary)
    on(mary, "Skip")
    at(mary, "language")
    mary.get_by_role("link", name="Back").click()
    at(mary, "name")
    mary.get_by_label("Name to be called").fill("")
    on(mary)
    expect(mary.get_by_text("Write the name you want to be called").first).to_be_visible()
    mary.get_by_label("Name to be called").fill("Lou")
    on(mary)
    for screen in ("language", "day"):
        at(mary, screen)
        on(mary, "Skip")
    at(mary, "reminders")
    mary.goto(re.sub(r"/welcome.*", "/", mary.url))
    at(mary, "reminders")
    on(mary, "Skip")
    at(mary, "sharing")
    on(mary, "Skip")
    mary.wait_for_url("**/today")
    mary.goto(mary.url.replace("/today", "/"))
    mary.wait_for_url("**/today")
    with database.reading() as connection:
        assert reminders.of_person(connection, person(database, "mary@example.test").id, NOW) == ()


def test_the_enter_key_goes_on_and_does_not_skip(enter: Callable[..., Page], invited: str, database: Database) -> None:
    mary = enter(None, invited)
    join(mary)
    mary.get_by_label("Name to be called").fill("Lou")
    mary.keyboard.press("Enter")
    at(mary, "language")
    assert person(database, "mary@example.test").called == "Lou"


def test_skipping_all_of_it_leads_to_today_and_ends_it(
    enter: Callable[..., Page], invited: str, database: Database
) -> None:
    mary = enter(None, invited)
    join(mary)
    on(mary, "Skip all")
    mary.wait_for_url("**/today")
    assert person(database, "mary@example.test").first_run is None


@pytest.mark.notifications
def test_notifications_are_turned_on_where_they_are_asked_about(
    enter: Callable[..., Page], cast: Cast, database: Database, app: Flask
) -> None:
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.clara).values(first_run="reminders"))
    clara = enter(cast.clara, "/help-now", permissions=["notifications"])
    clara.context.add_init_script(SUBSCRIPTIONS.replace("TOLD", f'["{ADDRESS}", {KEYS}]'.replace("'", '"')))
    clara.goto(clara.url.replace("/help-now", "/"))
    at(clara, "reminders")
    clara.get_by_label("In the morning").check()
    on(clara)
    at(clara, "device")
    clara.get_by_role("button", name="Turn on reminders").click()
    expect(clara.get_by_text("They come to this device, too.")).to_be_visible()
    at(clara, "device")
    with database.reading() as connection:
        on_here = connection.execute(select(Endpoint.address).where(Endpoint.channel == "push")).scalars().all()
    assert on_here == [ADDRESS]
    on(clara)
    at(clara, "sharing")


def join_circle(page: Page, database: Database) -> None:
    """Join a circle, and have the client say that it is them."""
    page.get_by_role("button", name="Join Clara's circle").click()
    page.wait_for_url("**/promises")
    with database.writing() as session:
        session.execute(update(SupporterLink).values(confirmed_at=NOW))
    page.reload()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_supporter_answers_first_and_is_asked_little_afterwards(
    enter: Callable[..., Page], asked: str, database: Database, javascript: bool
) -> None:
    ed = enter(None, asked, javascript=javascript)
    join_circle(ed, database)
    expect(ed.get_by_text("A few short questions")).to_have_count(0)
    ed.get_by_role("button", name="Yes, I will").click()
    ed.get_by_role("link", name="Answer them").click()
    at(ed, "name")
    expect(ed.get_by_text("1 of 3")).to_be_visible()
    ed.get_by_label("Name to be called").fill("Eddie")
    on(ed)
    at(ed, "language")
    on(ed, "Skip")
    at(ed, "reminders")
    ed.get_by_label("In the evening").check()
    on(ed)
    at(ed, "device")
    on(ed, "Finish")
    ed.wait_for_url("**/promises")
    expect(ed.get_by_text("That is all. What you promise stands here")).to_be_visible()
    expect(ed.get_by_text("A few short questions")).to_have_count(0)
    kept = person(database, "ed@example.test")
    assert (kept.called, kept.first_run) == ("Eddie", None)
    with database.reading() as connection:
        assert [one.at for one in reminders.of_person(connection, kept.id, NOW)] == ["19:00"]


def test_a_supporter_who_says_not_now_is_not_asked_again(
    enter: Callable[..., Page], asked: str, database: Database
) -> None:
    ed = enter(None, asked)
    join_circle(ed, database)
    ed.get_by_role("button", name="Yes, I will").click()
    ed.get_by_role("button", name="Not now").click()
    ed.wait_for_url("**/promises")
    expect(ed.get_by_text("A few short questions")).to_have_count(0)
    ed.reload()
    expect(ed.get_by_text("A few short questions")).to_have_count(0)
