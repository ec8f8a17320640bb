"""Passkeys as people meet them, with the device that Chromium pretends to be; and the pages of the second step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import delete, select, update

from tests.support import axe
from tests.support.browser import Trouble
from tests.support.cast import NOW, Cast
from tests.support.people import acting
from tests.support.second_factor import code, give_app
from webapp.config import Config
from webapp.db import Database
from webapp.domain.people import Role
from webapp.domain.second_factor import PROOF_LASTS
from webapp.models import Passkey, Person, SignIn
from webapp.services import invitations, passwords, sign_ins

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]
GOOD = "walk by the river twice"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
LOCK = "Use this device's lock"


@pytest.fixture
def url(app: Flask, config: Config, cast: Cast, database: Database, serve: Callable) -> str:
    """Cairn at an address with a name, where Clara, Theo and Tess have a password and Tess an app."""
    port = serve(app).port
    url = f"http://localhost:{port}"
    app.extensions["cairn.config"] = replace(config, origin=url)
    kept = passwords.hash_new(GOOD)
    with database.writing() as session:
        for person_id in (cast.clara, cast.theo, cast.tess):
            session.get_one(Person, person_id).password_hash = kept
        give_app(session, cast.tess)
    return url


QUIET = "if (!localStorage.offers) self.PublicKeyCredential.isConditionalMediationAvailable = async () => false"
"""The pretended owner's finger always lies on the device: where the browser offers passkeys by itself, it is taken."""


def with_device(page: "Page") -> "Page":
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.add_init_script(QUIET)
    return page


def by_password(page: "Page", url: str, email: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(GOOD)
    page.get_by_role("button", name="Sign in").click()


def out(page: "Page") -> None:
    page.locator(".you > summary").click()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in")


def looks_well(page: "Page") -> None:
    axe.open_everything(page)
    found = axe.complaints(page)
    page.emulate_media(color_scheme="dark")
    assert found + axe.complaints(page, rules=("color-contrast",)) == []
    page.emulate_media(color_scheme="light")


def test_a_client_makes_a_passkey_signs_in_with_it_and_not_once_it_is_removed(
    url: str, cast: Cast, database: Database, open_page: Callable, trouble: Trouble
) -> None:
    trouble.allow("422")
    page = with_device(open_page())
    by_password(page, url, "clara@example.test")
    page.wait_for_url("**/today")
    page.goto(f"{url}/settings")
    page.get_by_role("link", name="Lock of your device, and codes").click()
    page.get_by_role("link", name="Sign in with this device's lock").click()
    expect(page.get_by_text("This browser has no way")).to_be_hidden()
    page.get_by_role("button", name=LOCK).click()
    expect(page.locator("#codes > li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("not used yet")).to_be_visible()
    page.get_by_role("link", name="Sign in with this device's lock").click()
    page.get_by_role("button", name=LOCK).click()
    expect(page.get_by_text("has a passkey for your account already")).to_be_visible()
    out(page)
    page.get_by_role("button", name=LOCK).click()
    page.wait_for_url("**/today")
    page.evaluate("localStorage.offers = '1'")
    out(page)  # the browser offers it where the address is typed, and that is enough
    page.wait_for_url("**/today")
    page.evaluate("localStorage.removeItem('offers')")
    out(page)
    with database.writing() as session:
        session.execute(delete(Passkey))
    page.get_by_role("button", name=LOCK).click()
    expect(page.get_by_text("this passkey is not known here")).to_be_visible()
    page.goto(f"{url}/today")
    page.wait_for_url("**/sign-in?**")


def test_a_new_client_joins_with_the_lock_of_their_device_and_chooses_no_password(
    url: str, cast: Cast, database: Database, open_page: Callable, trouble: Trouble
) -> None:
    with database.writing() as session:
        theo = acting(cast.theo, Role.CARE_TEAM)
        token = invitations.invite_client(session, theo, "Mary Lou", "mary@example.test", None, NOW).token
    page = with_device(open_page())
    page.goto(f"{url}/invitations/{token}")
    looks_well(page)
    page.get_by_role("button", name="Join with this device's lock").click()
    page.wait_for_url("**/welcome/name")
    page.get_by_role("button", name="Next").click()
    page.context.clear_cookies()
    page.goto(f"{url}/sign-in")
    page.get_by_role("button", name=LOCK).click()
    page.wait_for_url("**/welcome/**")
    with database.reading() as connection:
        kept = connection.execute(select(Person.password_hash).where(Person.email_key == "mary@example.test"))
        assert kept.scalar_one() is None


@pytest.mark.parametrize("by_itself", [False, True], ids=["by the button", "as the browser offers it"])
def test_a_phone_that_is_not_ones_own_is_borrowed_whatever_one_signs_in_with(
    url: str, cast: Cast, database: Database, open_page: Callable, trouble: Trouble, by_itself: bool
) -> None:
    page = with_device(open_page())
    by_password(page, url, "clara@example.test")
    page.wait_for_url("**/today")
    page.goto(f"{url}/settings/passkeys/new")
    page.get_by_role("button", name=LOCK).click()
    expect(page.locator("#codes > li")).to_have_count(10)
    out(page)
    if by_itself:  # the tick is there before the owner's finger is
        tick = "addEventListener('DOMContentLoaded', () => document.querySelector('[name=borrowed]')?.click())"
        page.add_init_script(tick)
        page.evaluate("localStorage.offers = '1'")
        page.reload()
    else:
        page.get_by_label("This phone is not mine").check()
        page.get_by_role("button", name=LOCK).click()
    page.wait_for_url("**/today")
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["expires"]) == ("cairn", -1)
    with database.reading() as connection:
        borrowed = connection.execute(select(SignIn.borrowed).order_by(SignIn.id)).scalars().all()
    assert borrowed == [False, True]


def test_staff_are_led_to_a_passkey_first_and_then_need_nothing_else(
    url: str, cast: Cast, open_page: Callable, trouble: Trouble
) -> None:
    page = with_device(open_page(width=1280, height=800))
    by_password(page, url, "theo@example.test")
    page.wait_for_url("**/sign-in/second-step")
    looks_well(page)
    page.goto(f"{url}/caseload")
    page.wait_for_url("**/sign-in/second-step")
    page.get_by_role("link", name="Use an app").click()
    looks_well(page)
    page.go_back()
    page.get_by_role("link", name=LOCK).click()
    page.get_by_role("button", name=LOCK).click()
    expect(page.locator("#codes > li")).to_have_count(10)
    looks_well(page)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/caseload")
    out(page)
    page.get_by_role("button", name=LOCK).click()
    page.wait_for_url("**/caseload")
    out(page)
    by_password(page, url, "theo@example.test")  # the passkey is the second thing after a password, too
    expect(page.get_by_label("The six digits in your app")).to_have_count(0)
    page.get_by_role("button", name=LOCK).click()
    page.wait_for_url("**/caseload")


def test_without_script_or_at_another_address_the_other_ways_are_there(
    url: str, cast: Cast, open_page: Callable, trouble: Trouble
) -> None:
    trouble.allow("422")
    elsewhere = with_device(open_page())
    elsewhere.goto(f"{url.replace('localhost', '127.0.0.1')}/sign-in")
    page = open_page(javascript=False)
    page.goto(f"{url}/sign-in")
    for each in (elsewhere, page):
        expect(each.get_by_role("button", name=LOCK)).to_be_hidden()
        expect(each.get_by_role("button", name="Sign in")).to_be_visible()
    by_password(page, url, "tess@example.test")
    expect(page.get_by_role("button", name=LOCK)).to_have_count(0)
    page.get_by_label("The six digits in your app").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("not the code of this moment")).to_be_visible()
    page.get_by_label("The six digits in your app").fill(code())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/caseload")
    page.goto(f"{url}/settings/passkeys/new")
    expect(page.get_by_text("This browser has no way")).to_be_visible()


def test_what_was_typed_waits_while_one_confirms_who_one_is(
    url: str, app: Flask, cast: Cast, database: Database, open_page: Callable, trouble: Trouble
) -> None:
    trouble.allow("403")
    with database.writing() as session:
        token = sign_ins.begin(session, cast.clara, "test", NOW)
        session.execute(update(SignIn).values(proved_at=NOW - PROOF_LASTS - timedelta(seconds=1)))
    signed = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
    page = open_page()
    page.context.add_cookies([{"name": "cairn", "value": signed, "url": url}])
    page.goto(f"{url}/people?open={cast.nora}")
    share = page.locator(f"#sees-{cast.nora}-steps")
    share.locator("details > summary").click()
    share.locator("[name=purpose]").fill("so that she knows")
    share.get_by_role("button", name="Share").click()
    expect(page.get_by_role("heading", name="Confirm that it's you")).to_be_visible()
    looks_well(page)
    page.get_by_label("Your password").fill(GOOD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("so that she knows")).to_be_visible()
