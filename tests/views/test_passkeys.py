"""A passkey lets its owner in by itself, and nobody else: not from another site, not twice, not once it is removed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.support.authenticator import PRESENT, VERIFIED, Device
from tests.support.cast import NOW, Cast
from webapp import clock
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.domain.second_factor import PROOF_LASTS
from webapp.domain.sign_ins import limits
from webapp.models import Passkey, Person, SecondFactor, SignIn, UsedChallenge
from webapp.notify import outbox
from webapp.services.passkeys import LASTS, MANY, site_of

NEW, OFFER, ASK, ENTER = (
    "/settings/passkeys/new",
    "/settings/passkeys/options",
    "/sign-in/passkey/options",
    "/sign-in/passkey",
)


def options(browser: FlaskClient, path: str = ASK) -> dict[str, Any]:
    answer = browser.post(path)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json
    return told


def add(browser: FlaskClient, device: Device) -> TestResponse:
    return browser.post(NEW, data={"credential": device.make(options(browser, OFFER))})


def enter(browser: FlaskClient, device: Device, **more: str) -> TestResponse:
    return browser.post(ENTER, data={"credential": device.sign(options(browser))} | more)


@pytest.fixture
def theos(cast: Cast, browse: As) -> Device:
    """Theo's phone, of which he has made a passkey."""
    device = Device()
    assert add(browse(cast.theo), device).status_code == 200
    return device


def test_a_passkey_alone_signs_staff_in_and_its_owner_is_told_of_it(
    theos: Device, cast: Cast, browse: As, config: Config, database: Database
) -> None:
    (mail,) = outbox.kept(config.outbox, "theo@example.test")
    assert "A passkey was added" in mail.text
    assert "Theo" not in mail.text + mail.subject
    browser = browse(None)
    asked = options(browser)
    assert (asked["allowCredentials"], asked["userVerification"]) == ([], "required")
    browser.post(ENTER, data={"credential": theos.sign(asked)})
    assert browser.get("/caseload").status_code == 200
    assert enter(browse(None), theos, next="/settings").headers["Location"] == "/settings"
    with database.reading() as connection:
        key = connection.execute(select(Passkey.name, Passkey.uses, Passkey.used_at)).one()
        assert (key.uses, key.used_at) == (2, NOW)
        handle = connection.execute(select(SecondFactor.handle)).scalar_one()
    assert (len(handle), handle) == (64, theos.handle)  # a random name, not the person's number
    assert "used" in browser.get("/settings/sign-in").text


def test_a_passkey_on_a_borrowed_phone_signs_in_for_no_longer_than_a_password_would(
    theos: Device, browse: As, database: Database
) -> None:
    browser, now = browse(None), clock.now()
    enter(browser, theos, borrowed="1")
    with browser.session_transaction() as cookie:
        assert (cookie["borrowed"], cookie.permanent) == (True, False)
    with database.reading() as connection:
        newest = select(SignIn.borrowed, SignIn.expires_at).order_by(SignIn.id.desc()).limit(1)
        assert connection.execute(newest).one() == (True, now + limits(staff=True, borrowed=True).absolute)


WRONG: dict[str, Callable[[Device], object]] = {
    "from another site": lambda device: setattr(device, "origin", "https://evil.example"),
    "made for another site": lambda device: setattr(device, "site", "evil.example"),
    "not unlocked": lambda device: setattr(device, "flags", PRESENT),
    "nobody there": lambda device: setattr(device, "flags", VERIFIED),
    "an older count: a copy of the key": lambda device: setattr(device, "uses", -1),
    "another key": lambda device: setattr(device, "key", Device().key),
    "an unknown key": lambda device: setattr(device, "credential", b"never heard of"),
    "another account's name": lambda device: setattr(device, "handle", b"somebody else"),
    "no account's name": lambda device: setattr(device, "handle", b""),
}


def test_what_a_passkey_must_not_do_lets_nobody_in_and_is_answered_alike(
    theos: Device, cast: Cast, browse: As, database: Database
) -> None:
    enter(browse(None), theos)
    answers = set()
    for wrong in WRONG.values():
        device = replace(theos)
        wrong(device)
        device.counts = device.uses >= 0
        device.uses = max(device.uses, 0)
        browser = browse(None)
        answer = enter(browser, device)
        answers.add((answer.status_code, answer.text))
        assert browser.get("/caseload").status_code == 303
    for made_up in (
        "",
        "{}",
        "[]",
        "null",
        "x" * 30_000,
        "[" * 9_000,
        '{"id": "a", "rawId": "a", "type": "public-key"}',
    ):
        browser = browse(None)
        options(browser)
        answer = browser.post(ENTER, data={"credential": made_up})
        answers.add((answer.status_code, answer.text))
    assert len(answers) == 1
    assert answers.pop()[0] == 422
    assert enter(browse(None), theos).status_code == 303  # the right one still does


def test_a_challenge_is_asked_once_and_not_for_long_and_its_answer_never_counts_again(
    theos: Device, cast: Cast, browse: As, database: Database
) -> None:
    theos.counts = False  # as key rings that many devices share
    browser, thief = browse(None), browse(None)
    asked = options(browser)
    with browser.session_transaction() as cookie, thief.session_transaction() as copy:
        copy.update(cookie)
    credential = theos.sign(asked)
    assert browser.post(ENTER, data={"credential": credential}).status_code == 303
    assert thief.post(ENTER, data={"credential": credential}).status_code == 422  # the whole cookie was copied
    assert browse(None).post(ENTER, data={"credential": credential}).status_code == 422
    late = browse(None)
    asked = options(late)
    with clock.standing_at(NOW + LASTS):
        assert late.post(ENTER, data={"credential": theos.sign(asked)}).status_code == 422
    theo = browse(cast.theo)
    asked = options(theo, OFFER)  # made for adding, not for signing in
    assert theo.post(ENTER, data={"credential": theos.sign(asked)}).status_code == 422
    with database.reading() as connection:
        assert len(connection.execute(select(UsedChallenge.hash)).all()) == 2


def test_a_removed_passkey_and_one_of_a_closed_account_open_nothing(
    theos: Device, cast: Cast, browse: As, database: Database, config: Config
) -> None:
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.theo).values(deactivated_at=NOW))
    assert enter(browse(None), theos).status_code == 422
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.theo).values(deactivated_at=None))
    theo = browse(cast.theo)
    with database.reading() as connection:
        first = connection.execute(select(Passkey.id)).scalar_one()
    last = theo.post(f"/settings/passkeys/{first}/remove")
    assert (last.status_code, "the only one you have" in last.text) == (422, True)
    second = Device(credential=b"another")
    assert add(theo, second).status_code == 303  # the recovery codes of the first are still good
    assert theo.post(f"/settings/passkeys/{first}/remove").status_code == 303
    assert enter(browse(None), theos).status_code == 422
    assert enter(browse(None), second).status_code == 303
    assert any("A passkey was removed" in mail.text for mail in outbox.kept(config.outbox, "theo@example.test"))


def test_a_passkey_is_named_and_renamed_by_its_owner(theos: Device, cast: Cast, browse: As, database: Database) -> None:
    theo = browse(cast.theo)
    with database.reading() as connection:
        key = connection.execute(select(Passkey.id)).scalar_one()
    for name in ("", " ", "x" * 61):
        wrong = theo.post(f"/settings/passkeys/{key}/name", data={"name": name})
        assert (wrong.status_code, "up to 60 letters" in wrong.text) == (422, True)
    assert theo.post(f"/settings/passkeys/{key}/name", data={"name": "My <b>phone"}).status_code == 303
    assert "My &lt;b&gt;phone" in theo.get("/settings/sign-in").text
    assert browse(cast.clara).post(f"/settings/passkeys/{key}/name", data={"name": "x"}).status_code == 404


def test_no_passkey_is_made_of_a_wrong_answer_nor_a_second_time_nor_a_twenty_first(
    cast: Cast, browse: As, database: Database
) -> None:
    clara = browse(cast.clara)
    assert clara.post(NEW, data={"credential": "{}"}).status_code == 422  # nothing was asked
    for wrong in (Device(origin="https://evil.example"), Device(site="evil.example"), Device(flags=PRESENT)):
        assert add(clara, wrong).status_code == 422
    device = Device()
    asked = options(clara, OFFER)
    credential = device.make(asked)
    assert browse(cast.otto).post(NEW, data={"credential": credential}).status_code == 422
    page = clara.post(NEW, data={"credential": credential})
    assert page.text.count("<li>") >= 10  # her recovery codes, this once
    assert clara.post(NEW, data={"credential": credential}).status_code == 422
    assert options(clara, OFFER)["excludeCredentials"]
    assert add(browse(cast.otto), device).status_code == 422  # a key belongs to one person
    with database.writing() as session:
        for number in range(MANY - 1):
            session.add(Passkey(person_id=cast.clara, credential=bytes([number]), public_key=b"", uses=0, name="x",
                                created_at=NOW))  # fmt: skip
    full = add(clara, Device(credential=b"one more"))
    assert (full.status_code, "twenty passkeys" in full.text) == (422, True)


def test_where_browsers_offer_no_passkeys_neither_do_we(cast: Cast, config: Config, database: Database) -> None:
    assert [site_of(origin) is not None for origin in (
        "https://cairn.example", "https://cairn.example:8443", "http://localhost:8000", "http://127.0.0.1:8000",
        "https://192.0.2.1", "https://[2001:db8::1]", "http://cairn.example", "nonsense")
    ] == [True, True, True, False, False, False, False, False]  # fmt: skip
    browser = create_app(replace(config, origin="http://127.0.0.1:8000"), database).test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    bare = "http://127.0.0.1:8000"
    assert "passkeys.js" not in browser.get("/sign-in", base_url=bare).text
    assert browser.post(ASK, base_url=bare).status_code == 404
    assert browser.post(ENTER, data={"credential": "{}"}, base_url=bare).status_code == 422
    assert "passkeys.js" in browser.get("/sign-in", base_url="http://localhost:8000").text


def test_many_tries_with_passkeys_from_one_address_wait(cast: Cast, browse: As) -> None:
    statuses = [browse(None).post(ENTER, data={"credential": "{}"}).status_code for _ in range(31)]
    assert statuses == [422] * 30 + [429]


def test_a_passkey_proves_again_that_it_is_its_owner_and_nobody_elses_does(
    theos: Device, cast: Cast, browse: As, database: Database
) -> None:
    theo, clara = browse(cast.theo), browse(cast.clara)
    with database.writing() as session:
        session.execute(update(SignIn).values(proved_at=NOW - PROOF_LASTS, expires_at=NOW + timedelta(days=1)))
    wrong = clara.post("/settings/sign-in/codes", data={"credential": theos.sign(options(clara))})
    assert (wrong.status_code, "not known here" in wrong.text) == (422, True)
    right = theo.post("/settings/sign-in/codes", data={"credential": theos.sign(options(theo))})
    assert (right.status_code, "Your recovery codes" in right.text) == (200, True)
