"""Care team and admin show two things or get nowhere; whoever else set up a code is asked for it, too."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.second_factor import SECRET, code, give_app, sign_in_fully
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.domain.second_factor import step_of
from webapp.domain.throttle import CODE
from webapp.models import HalfSignIn, Person, RecoveryCode, SecondFactor, SignIn
from webapp.notify import outbox
from webapp.services import half_sign_ins, passwords, recovery_codes, second_factor, sign_in_links, sign_ins
from webapp.services.half_sign_ins import LASTS
from webapp.services.second_factor import OFFER_LASTS

GOOD = "walk by the river twice"
STEP, APP = "/sign-in/second-step", "/settings/sign-in/app"


@pytest.fixture
def people(cast: Cast, database: Database) -> Cast:
    """The cast: Theo with password and app, Ada and Clara with a password alone, Sam with an app alone."""
    kept = passwords.hash_new(GOOD)
    with database.writing() as session:
        for person_id in (cast.theo, cast.ada, cast.clara):
            session.get_one(Person, person_id).password_hash = kept
        give_app(session, cast.theo)
        give_app(session, cast.sam)
    return cast


def password(browser: FlaskClient, email: str = "theo@example.test", **more: str) -> TestResponse:
    return browser.post("/sign-in", data={"email": email, "password": GOOD} | more)


def in_at(browser: FlaskClient, path: str = "/caseload") -> bool:
    return browser.get(path).status_code == 200


def mails(config: Config, email: str) -> str:
    return "".join(mail.text for mail in outbox.kept(config.outbox, email))


def test_a_password_alone_opens_nothing_to_staff(people: Cast, browse: As) -> None:
    browser = browse(None)
    assert password(browser, next="/caseload?x=1").headers["Location"] == STEP
    for path in ("/", "/caseload", "/settings", "/settings/sign-in", APP, "/outbox", "/settings/passkeys/new"):
        answer = browser.get(path, follow_redirects=True)
        assert answer.request.path in (STEP, "/sign-in"), path
    for path in ("/settings", "/sign-out", "/settings/sign-in/codes", APP, "/settings/passkeys/options"):
        assert browser.post(path).status_code == 401, path
    page = browser.get(STEP).text
    assert 'autocomplete="one-time-code"' in page
    assert browser.post(STEP, data={"code": "000000"}).status_code == 422
    assert not in_at(browser)
    answer = browser.post(STEP, data={"code": f" {code()[:3]} {code()[3:]}"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/caseload?x=1")
    assert in_at(browser)
    assert browser.get(STEP).status_code == 303  # there is no half any more


def test_the_second_step_leads_whoever_is_in_home_and_nobody_back_to_it(people: Cast, browse: As) -> None:
    browser = browse(None)
    password(browser)
    with clock.standing_at(NOW + LASTS):
        assert browser.get(STEP).headers["Location"] == "/sign-in"  # it ran out, and is no place to come back to
        for target in ({}, {"next": STEP}):  # an address that was kept from before
            password(browser, **target)
            browser.post(STEP, data={"code": code(1 if target else 0)})
            assert browser.get(STEP).headers["Location"] == "/caseload"
            led = browser.get(f"/sign-in?next={STEP}", follow_redirects=True)
            assert (led.request.path, led.status_code) == ("/caseload", 200)
        browser.post("/sign-out")
        assert browser.get(STEP).headers["Location"] == "/sign-in"
    clara = browse(people.clara)
    assert clara.get(STEP).headers["Location"] == "/today"
    clara.post("/settings/privacy/lock", data={"pin": "4071", "again": "4071", "after": "1"})
    clara.post("/lock")
    assert clara.get(STEP).headers["Location"] == "/unlock"


def test_a_sign_in_of_staff_that_showed_one_thing_lets_in_nobody_whatever_made_it(
    people: Cast, browse: As, database: Database
) -> None:
    theo, clara = browse(people.theo), browse(people.clara)
    with database.writing() as session:
        session.execute(update(SignIn).values(both=False))
    assert (in_at(theo), in_at(clara, "/today")) == (False, True)
    with database.writing() as session:
        token = sign_ins.begin(session, people.ada, "device", NOW)
    ada = browse(None)
    with ada.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert not in_at(ada, "/admin")


def test_a_code_counts_once_and_so_does_none_before_it(people: Cast, browse: As) -> None:
    early, now, late = code(-1), code(), code(1)
    for typed, status in ((code(2), 422), (code(-2), 422), (now, 303), (now, 422), (early, 422), (late, 303)):
        browser = browse(None)
        password(browser)
        assert browser.post(STEP, data={"code": typed}).status_code == status, typed


def test_a_code_that_two_bring_at_once_lets_one_in(people: Cast, database: Database) -> None:
    """Whoever read the row first does not know of the other; the write does."""
    with database.writing() as session:
        row = session.get_one(SecondFactor, people.theo)
        session.execute(
            text("UPDATE second_factors SET last_step = :step WHERE person_id = :person"),
            {"step": step_of(NOW), "person": people.theo},
        )
        assert row.last_step is None
        assert not second_factor.use_code(session, "0123456789abcdef" * 4, people.theo, code(), NOW)


def test_what_is_half_way_ends_after_ten_minutes_with_a_new_password_and_with_the_account(
    people: Cast, browse: As, database: Database
) -> None:
    browsers = [browse(None) for _ in range(3)]
    for browser in browsers:
        password(browser)
    with clock.standing_at(NOW + LASTS):
        assert browsers[0].post(STEP, data={"code": code()}).status_code == 401
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == people.theo).values(deactivated_at=NOW))
    assert browsers[1].post(STEP, data={"code": code()}).status_code == 401
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == people.theo).values(deactivated_at=None))
    changed = {"present": GOOD, "new": "sing with the choir again"}
    assert browse(people.theo).post("/settings/password", data=changed).status_code == 303
    assert browsers[2].post(STEP, data={"code": code()}).status_code == 401


def test_staff_without_a_second_step_are_led_to_set_one_up_before_anything_else(
    people: Cast, browse: As, config: Config, database: Database
) -> None:
    ada = browse(None)
    assert password(ada, "ada@example.test").headers["Location"] == STEP
    assert "Set up a second step" in ada.get("/admin", follow_redirects=True).text
    page = ada.get(APP).text
    offered = re.search(r'name="offered" value="([^"]+)"', page)
    secret = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert offered
    assert secret
    assert 'src="data:image/svg+xml' in page
    with database.reading() as connection:
        assert connection.execute(select(func.count(SecondFactor.person_id))).scalar_one() == 2  # a look keeps nothing
    right = second_factor.code_of(secret[1].replace(" ", ""), step_of(NOW))
    wrong = ada.post(APP, data={"offered": offered[1], "code": "000000"})
    assert wrong.status_code == 422
    assert offered[1] in wrong.text
    assert not in_at(ada, "/admin")
    done = ada.post(APP, data={"offered": offered[1], "code": right})
    codes = re.findall(r"<li>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</li>", done.text)
    assert len(set(codes)) == 10
    assert in_at(ada, "/admin")
    assert "app for codes was set up" in mails(config, "ada@example.test")
    again = browse(None)
    password(again, "ada@example.test")
    assert again.post(STEP, data={"code": right}).status_code == 422  # used for setting up
    assert again.post(STEP, data={"recovery": codes[3].upper().replace("-", " ")}).status_code == 303
    assert "recovery code of your account was used" in mails(config, "ada@example.test")


def test_an_offered_secret_is_its_owners_and_not_for_ever(people: Cast, browse: As) -> None:
    key = "0123456789abcdef" * 4
    clara = browse(people.clara)
    of_otto, of_another = second_factor.offer(key, people.otto, NOW), second_factor.offer("other", people.clara, NOW)
    for offered in (of_otto, of_another, second_factor.offer(key, people.clara, NOW - OFFER_LASTS), "é", ""):
        answer = clara.post(APP, data={"offered": offered, "code": code()})
        assert (answer.status_code, "new picture" in answer.text) == (422, True)


def test_no_dump_of_the_database_alone_shows_a_secret(people: Cast, database: Database, browse: As) -> None:
    with database.reading() as connection:
        kept = {row.person_id: row.secret for row in connection.execute(select(SecondFactor))}
    for secret in kept.values():
        assert SECRET.encode() not in secret
    assert kept[people.theo] != kept[people.sam]
    with database.writing() as session:  # put in another's place, or read with another key, it is none
        session.execute(
            update(SecondFactor).where(SecondFactor.person_id == people.sam).values(secret=kept[people.theo])
        )
        assert not second_factor.use_code(session, "0123456789abcdef" * 4, people.sam, code(), NOW)
        assert not second_factor.use_code(session, "another key", people.theo, code(), NOW)
        assert not second_factor.use_code(session, "0123456789abcdef" * 4, people.otto, code(), NOW)


def test_a_mailed_link_does_not_go_round_the_second_step(people: Cast, browse: As, database: Database) -> None:
    for email, path in (("sam@example.test", "/promises"), ("theo@example.test", "/caseload")):
        with database.writing() as session:
            token = sign_in_links.ask(session, email, NOW)
        browser = browse(None)
        answer = browser.post(f"/sign-in/link/{token}", data={"password": "sing with the choir again"})
        assert answer.headers["Location"] == STEP
        assert not in_at(browser, path)
        assert browser.post(STEP, data={"code": code()}).status_code == 303
        assert in_at(browser, path)


def test_a_mailbox_alone_changes_no_password_where_a_second_step_is_asked(
    people: Cast, browse: As, config: Config, database: Database
) -> None:
    with database.writing() as session:
        give_app(session, people.clara)
    for person_id, email, home in (
        (people.theo, "theo@example.test", "/caseload"),
        (people.clara, "clara@example.test", "/today"),
    ):
        with database.writing() as session:
            token = sign_in_links.ask(session, email, NOW)
        link, new = f"/sign-in/link/{token}", "sing with the choir again"
        elsewhere, browser = browse(person_id), browse(None)
        with database.writing() as session:
            session.execute(update(SignIn).values(proved_at=None))
        for other in (browser, elsewhere, browse(people.otto)):  # of whom one is signed in, but showed nothing lately
            page = other.get(link).text
            assert ("second step" in page, 'name="password"' in page) == (True, False)
        assert browser.post(f"{link}?next=/settings", data={"password": new}).headers["Location"] == STEP
        assert password(browse(None), email).status_code == 303  # as before
        assert in_at(elsewhere, home)
        assert mails(config, email) == ""
        after = browser.post(STEP, data={"code": code()}).headers["Location"]
        assert after == f"{link}?next=/settings"
        assert 'name="password"' in browser.get(after).text
        assert browser.post(after, data={"password": "too short"}).status_code == 422
        assert browser.post(after, data={"password": new}).headers["Location"] == "/settings"
        assert "password of your account was changed" in mails(config, email)
        assert (in_at(browser, home), in_at(elsewhere, home)) == (True, False)
        assert browse(None).post("/sign-in", data={"email": email, "password": new}).headers["Location"] == STEP
        assert browser.get(link).status_code == 410


def test_staff_who_set_up_their_second_step_by_a_mailed_link_choose_a_password_afterwards(
    people: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        token = sign_in_links.ask(session, "ada@example.test", NOW)
    ada, link = browse(None), f"/sign-in/link/{token}"
    assert ada.post(link, data={"borrowed": "1"}).headers["Location"] == STEP
    offered = second_factor.offer("0123456789abcdef" * 4, people.ada, NOW)
    secret = second_factor.offered_secret("0123456789abcdef" * 4, people.ada, offered, NOW)
    done = ada.post(APP, data={"offered": offered, "code": second_factor.code_of(secret, step_of(NOW))})
    assert f'href="{link}"' in done.text
    assert ada.post(link, data={"password": "sing with the choir again"}).headers["Location"] == "/admin"
    with ada.session_transaction() as cookie:
        assert cookie["borrowed"] is True


def test_recovery_codes_work_once_are_kept_hashed_and_a_new_set_ends_the_old(
    people: Cast, browse: As, database: Database, config: Config
) -> None:
    with database.writing() as session:
        old = recovery_codes.renew(session, people.theo, NOW)
        of_sam = recovery_codes.renew(session, people.sam, NOW)
    with database.reading() as connection:
        kept = " ".join(connection.execute(select(RecoveryCode.code_hash)).scalars())
    assert not any(one in kept or one.replace("-", "") in kept for one in old)

    def typed(one: str) -> int:
        browser = browse(None)
        password(browser)
        return browser.post(STEP, data={"recovery": one}).status_code

    assert [typed(old[0]), typed(old[0]), typed(of_sam[0]), typed(old[1])] == [303, 422, 422, 303]
    theo = browse(people.theo)
    assert "8 codes on your paper still work" in theo.get("/settings/sign-in").text
    page = theo.post("/settings/sign-in/codes")
    assert page.headers["Cache-Control"] == "no-store"
    anew = re.findall(r"<li>([a-z2-9-]{19})</li>", page.text)
    assert [typed(old[2]), typed(anew[0])] == [422, 303]
    assert "New recovery codes were made" in mails(config, "theo@example.test")


def test_guessing_codes_waits_longer_and_longer_whatever_one_begins_anew(
    people: Cast, browse: As, database: Database
) -> None:
    statuses = []
    for _ in range(CODE.free + 1):
        browser = browse(None)
        password(browser)
        statuses.append(browser.post(STEP, data={"code": "000000"}).status_code)
    assert statuses == [422] * CODE.free + [429]
    waiting = browser.post(STEP, data={"code": code()})
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "30")
    with database.writing() as session:
        (one, *_) = recovery_codes.renew(session, people.theo, NOW)
    assert browser.post(STEP, data={"recovery": one}).status_code == 303  # the paper is counted apart
    with clock.standing_at(NOW + timedelta(seconds=31)):
        assert sign_in_fully(browse(None), "theo@example.test", GOOD).status_code == 303


def test_guessing_recovery_codes_waits_too(people: Cast, browse: As) -> None:
    browser = browse(None)
    password(browser)
    statuses = [browser.post(STEP, data={"recovery": "x"}).status_code for _ in range(CODE.free + 1)]
    assert statuses == [422] * CODE.free + [429]


def test_clients_may_use_an_app_and_let_it_go_and_staff_keep_their_last(
    people: Cast, browse: As, config: Config
) -> None:
    sam, theo = browse(people.sam), browse(people.theo)
    assert "set up" in sam.get("/settings/sign-in").text
    assert sam.post("/settings/sign-in/app/remove").status_code == 303
    assert "app for codes was removed" in mails(config, "sam@example.test")
    assert sam.post("/settings/sign-in/app/remove").status_code == 303  # nothing there, nothing to say
    kept = theo.post("/settings/sign-in/app/remove")
    assert (kept.status_code, "the only one you have" in kept.text) == (422, True)


def test_a_client_half_way_in_cannot_set_up_another_app_in_place_of_the_one_asked_for(
    people: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        give_app(session, people.clara)
    browser = browse(None)
    password(browser, "clara@example.test")
    assert browser.get(APP).headers["Location"] == STEP
    offered = second_factor.offer("0123456789abcdef" * 4, people.clara, NOW)
    assert browser.post(APP, data={"offered": offered, "code": code()}).status_code == 401


def test_whoever_goes_half_way_ends_the_sign_in_that_was_there(people: Cast, browse: As, database: Database) -> None:
    clara = browse(people.clara)
    password(clara)
    assert not in_at(clara, "/today")
    assert clara.post(STEP, data={"code": code()}).headers["Location"] == "/caseload"
    with database.reading() as connection:
        assert connection.execute(select(func.count(HalfSignIn.id))).scalar_one() == 0


def test_staff_who_are_signed_in_are_asked_for_both_things_again_whenever_they_sign_in(
    people: Cast, browse: As, database: Database
) -> None:
    theo, elsewhere = browse(people.theo), browse(people.theo)
    with clock.standing_at(NOW + timedelta(minutes=20)):
        assert password(theo).headers["Location"] == STEP
        assert not in_at(theo)
        with database.writing() as session:
            token = sign_in_links.ask(session, "theo@example.test", clock.now())
        link = elsewhere.post(f"/sign-in/link/{token}", data={"password": "sing with the choir again"})
        assert link.headers["Location"] == STEP
        assert not in_at(elsewhere)
    with database.reading() as connection:
        assert all(connection.execute(select(SignIn.ended_at)).scalars())


def test_of_two_requests_with_the_same_cookie_one_makes_the_sign_in_whole(
    people: Cast, browse: As, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    browser = browse(None)
    password(browser)
    finish = half_sign_ins.finish

    def beaten(session: Session, token: str, now: datetime) -> int:
        finish(session, token, now)
        return finish(session, token, now)

    monkeypatch.setattr(half_sign_ins, "finish", beaten)
    assert browser.post(STEP, data={"code": code()}).status_code == 401
    assert not in_at(browser)


def test_what_is_half_way_is_finished_once_and_in_time(people: Cast, database: Database) -> None:
    """The service refuses by itself, whatever was read before."""
    with database.writing() as session:
        token = half_sign_ins.begin(session, people.theo, NOW)
        with pytest.raises(half_sign_ins.Over):
            half_sign_ins.finish(session, token, NOW + LASTS)
        assert half_sign_ins.finish(session, token, NOW) == people.theo
        with pytest.raises(half_sign_ins.Over):
            half_sign_ins.finish(session, token, NOW)


def test_a_borrowed_phone_stays_borrowed_through_the_second_step(people: Cast, browse: As) -> None:
    browser = browse(None)
    password(browser, borrowed="1")
    browser.post(STEP, data={"code": code()})
    with browser.session_transaction() as cookie:
        assert cookie["borrowed"] is True
        assert not cookie.permanent


def test_a_lost_second_step_is_forgotten_by_command_only(people: Cast, browse: As, database: Database) -> None:
    theo = browse(people.theo)
    with database.writing() as session:
        recovery_codes.renew(session, people.theo, NOW)
        assert second_factor.forget_all(session, "Theo@Example.test", NOW)
        assert not second_factor.forget_all(session, "nobody@example.test", NOW)
    assert not in_at(theo)
    browser = browse(None)
    password(browser)
    assert "Set up a second step" in browser.get(STEP).text
