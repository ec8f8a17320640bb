"""The main job from end to end, on a real plan: therapist, client and supporter live a week of it.

The clock is ours: it stands where the story says, so that a reminder can be due and a week can pass.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from jobs.dispatch import dispatch
from jobs.tick import tick
from tests.support.second_factor import code, give_app
from tests.support.smtp import MailServer
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.domain.deliveries import Channel
from webapp.models import Organisation, Person
from webapp.services import passwords

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BETSY = Path(__file__).parent.parent / "fixtures" / "sample_plans" / "eltss-betsy.json"
THEOS, BETSYS = "seven-quiet-rivers", "dancing-at-the-wedding"
THURSDAY_NOON = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)


@dataclass
class World:
    """The served app with its mail server, its jobs and a clock that the story sets."""

    app: Flask
    database: Database
    mail: MailServer
    url: str
    open_page: Callable[..., "Page"]
    clocks: ExitStack

    def at(self, instant: datetime) -> None:
        self.clocks.enter_context(clock.standing_at(instant))

    def run_jobs(self) -> None:
        config: Config = self.app.extensions["cairn.config"]
        tick(self.database)
        dispatch(config, self.database, "the loop", Event(), Channel.EMAIL)

    def link_from_last_mail(self, to: str) -> str:
        """The link in the newest mail to somebody."""
        mails = [mail for mail in self.mail.messages if mail.recipients == [to]]
        found = re.search(r"http://\S+", mails[-1].text)
        assert found, mails[-1].text
        return found.group()


@pytest.fixture
def world(
    app: Flask, config: Config, database: Database, mail_server: MailServer, serve: Callable, open_page: Callable
) -> Iterator[World]:
    with database.writing() as session:
        practice = Organisation(name="Riverside Practice", country="US", created_at=THURSDAY_NOON)
        session.add(practice)
        session.flush()
        theo = Person(
            organisation_id=practice.id,
            name="Theo Lindqvist",
            called="Theo",
            email="theo@example.test",
            email_key="theo@example.test",
            password_hash=passwords.hash_new(THEOS),
            is_care_team=True,
            discipline="psychotherapist",
            created_at=THURSDAY_NOON,
            joined_at=THURSDAY_NOON,
        )
        session.add(theo)
        session.flush()
        give_app(session, theo.id)
    served = serve(app)
    app.extensions["cairn.config"] = replace(config, origin=served.url, smtp_url=mail_server.url)
    with ExitStack() as clocks:
        yield World(app, database, mail_server, served.url, open_page, clocks)


def sign_in(page: "Page", url: str, email: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("The six digits in your app").fill(code())
    page.get_by_role("button", name="Go on").click()


def numbers(page: "Page", step: str) -> str:
    """The row of a step on *Before the session*, as one line of text."""
    row = page.get_by_role("row").filter(has_text=step)
    return " ".join(row.inner_text().split())


def block(page: "Page", title: str) -> str:
    """What *Before the session* says under a heading."""
    return page.locator(".session section").filter(has=page.get_by_role("heading", name=title)).inner_text()


def test_a_plan_is_lived_for_a_week_from_three_sides(world: World) -> None:
    world.at(THURSDAY_NOON)

    # Theo signs in, invites Betsy, reads her plan from a file and makes one step a target.
    theo = world.open_page(width=1280, height=800)
    sign_in(theo, world.url, "theo@example.test", THEOS)
    theo.get_by_role("link", name="Invite a client").click()
    theo.get_by_label("Name").fill("Betsy Smith-Johnson")
    theo.get_by_label("E-mail").fill("betsy@example.test")
    theo.get_by_role("button", name="Invite").click()
    theo.wait_for_url("**/invitations/sent/*")
    theo.goto(f"{world.url}/caseload")
    theo.get_by_role("link", name="Plan : Betsy Smith-Johnson").click()
    theo.get_by_role("link", name="From a file").click()
    theo.locator("input[type=file]").set_input_files(BETSY)
    theo.get_by_role("button", name="Take it in").click()
    theo.get_by_text("The plan is in").wait_for()
    theo.get_by_role("link", name="Open the plan").click()
    theo.get_by_role("link", name=re.compile("do balance exercises")).click()
    theo.get_by_label("So many times, on any days").check()
    theo.get_by_label("How many times").fill("3")
    theo.get_by_role("button", name="Save").click()
    theo.wait_for_url(re.compile(r"/plan(#.*)?$"))

    # Betsy opens the link in her mail on her phone, chooses a password, says how to call her, and leaves the rest.
    betsy = world.open_page()
    betsy.goto(world.link_from_last_mail("betsy@example.test"))
    betsy.get_by_label("Choose a password").fill(BETSYS)
    betsy.get_by_role("button", name="Join").click()
    betsy.wait_for_url("**/welcome/name")
    betsy.get_by_label("Name to be called").fill("Betsy")
    betsy.get_by_role("button", name="Next").click()
    betsy.wait_for_url(lambda url: not url.endswith("/name"))
    while not betsy.url.endswith("/today"):
        here = betsy.url
        betsy.get_by_role("button", name="Skip", exact=True).click()
        betsy.wait_for_url(lambda url, here=here: url != here)

    # Theo may see more than the plan.
    betsy.get_by_role("link", name="People").click()
    betsy.get_by_text("Change what Theo sees").click()
    for kind in ("Your weeks", "Your notes", "Coping", "How strong it was", "What to talk about"):
        betsy.get_by_role("button", name=f"Share : {kind}").click()
        betsy.get_by_role("button", name=f"Stop sharing : {kind}").wait_for()
    betsy.get_by_role("link", name="Today").click()

    # She ticks the step and writes a note; wants a reminder at six; says what she wants to talk about.
    card = betsy.locator("[id^=step-]").filter(has_text="do balance exercises")
    card.get_by_role("button", name="Done: do balance exercises").click()
    card.get_by_text("1 of 2 this week").wait_for()
    card.locator("summary").first.click()
    card.get_by_text("Add a note").click()
    card.get_by_label("Note").first.fill("Held on to the kitchen table")
    card.get_by_role("button", name="Save the note").click()
    card.locator(".own", has_text="Held on to the kitchen table").wait_for(state="attached")
    card.locator("summary").first.click()
    betsy.get_by_role("link", name="All about this step").click()
    betsy.get_by_label("Remind me at").fill("18:00")
    betsy.get_by_role("button", name="Remind me").click()
    betsy.get_by_text("You are reminded at 6:00\xa0PM").wait_for()
    betsy.goto(f"{world.url}/agenda")
    betsy.get_by_role("textbox").first.fill("Dancing without the cane")
    betsy.get_by_role("button", name="Put it on the list").click()
    betsy.get_by_text("Dancing without the cane").wait_for()

    # She adds what helps, uses it, and says how hard it was before and after.
    betsy.goto(f"{world.url}/coping")
    betsy.get_by_role("link", name="Add something that helps").click()
    betsy.get_by_label("What helps").fill("Hum the wedding waltz")
    betsy.get_by_role("button", name="Save").click()
    betsy.get_by_text("I’m using this now").click()
    betsy.get_by_role("button", name="7", exact=True).click()
    betsy.get_by_role("group", name="How hard is it now?").get_by_label("4", exact=True).check()
    betsy.get_by_label("yes", exact=True).check()
    betsy.get_by_role("button", name="Save").click()
    betsy.get_by_text("Saved. You did something for yourself.").wait_for()

    # She invites her son for a step; he joins by the link alone. Once she said that it is him he says yes, and tells.
    betsy.goto(f"{world.url}/people")
    betsy.get_by_role("link", name="Invite a supporter").click()
    betsy.get_by_label("Name").fill("Charles Johnson")
    betsy.get_by_label("E-mail").fill("charles@example.test")
    betsy.get_by_label("What they are to you").fill("son")
    betsy.get_by_label("A step to ask them for").select_option(label="practise moving about with Betsy")
    betsy.get_by_role("button", name="Send the invitation").click()
    betsy.wait_for_url("**/invitations/sent/*")
    charles = world.open_page()
    charles.goto(world.link_from_last_mail("charles@example.test"))
    charles.get_by_role("button", name="Join Betsy").click()
    charles.wait_for_url("**/promises")
    charles.get_by_text("Whoever invited you is asked first whether it is you.").wait_for()
    betsy.goto(f"{world.url}/today")
    betsy.get_by_text("Charles Johnson said yes to your invitation.").wait_for()
    betsy.get_by_role("button", name="Yes", exact=True).click()
    betsy.get_by_text("Charles is in your circle now").wait_for()
    charles.reload()
    charles.get_by_role("button", name="Yes, I will").click()
    charles.get_by_role("button", name="It happened, today").click()
    charles.get_by_role("button", name="Undo").wait_for()
    betsy.goto(f"{world.url}/people")
    betsy.get_by_text("Charles: it happened").wait_for()

    # On Friday the reminder comes at six in the evening in New York and not before, says nothing, and comes once.
    before = len(world.mail.messages)
    world.at(datetime(2026, 11, 20, 22, 59, 50, tzinfo=UTC))
    world.run_jobs()
    assert len(world.mail.messages) == before
    world.at(datetime(2026, 11, 20, 23, 0, 5, tzinfo=UTC))
    world.run_jobs()
    world.run_jobs()
    (reminder,) = world.mail.wait_for(before + 1)[before:]
    assert reminder.recipients == ["betsy@example.test"]
    assert reminder.message["Subject"] == "Cairn: you have something for today"
    assert "balance" not in reminder.text
    betsy.goto(world.link_from_last_mail("betsy@example.test"))
    betsy.get_by_role("heading", name="do balance exercises").wait_for()
    betsy.get_by_text("1 of 2 this week").wait_for()

    # Theo was signed out overnight. Before the session he opens the page: every number is what was done.
    sign_in(theo, world.url, "theo@example.test", THEOS)
    theo.wait_for_url("**/caseload")
    theo.get_by_role("link", name="Before the session").first.click()
    theo.get_by_role("heading", name="Betsy Smith-Johnson").wait_for()
    assert "1 of 2 : 1 done, still open" in numbers(theo, "do balance exercises")
    assert "1 time : 1 done, still open" in numbers(theo, "practise moving about with Betsy")
    assert "1 time 1 of 1 7.0 → 4.0" in numbers(theo, "Hum the wedding waltz")
    assert "Dancing without the cane" in block(theo, "Wants to talk about")
    assert "Nov 19 · do balance exercises · done: Held on to the kitchen table" in block(theo, "In their words")
    assert "it happened 1 time" in block(theo, "What supporters say")
    assert "1 reminder sent" in block(theo, "Reminders")
    assert "from May 1, 2020, to Dec 31, 2020" in block(theo, "Plan dates")

    # Betsy stops sharing her steps. Theo's next request shows it gone, and says so; Betsy reads who looked.
    betsy.goto(f"{world.url}/people")
    betsy.get_by_text("Change what Theo sees").click()
    betsy.get_by_role("button", name="Stop sharing : Your weeks").click()
    betsy.get_by_role("button", name=re.compile("Share : Your weeks")).wait_for()
    theo.reload()
    assert "not shared" in block(theo, "Steps")
    assert "Held on to the kitchen table" in block(theo, "In their words")
    assert theo.get_by_role("row").filter(has_text="do balance exercises").count() == 0
    betsy.reload()
    assert "Theo Lindqvist" in betsy.locator("section", has_text="Who looked").inner_text()
