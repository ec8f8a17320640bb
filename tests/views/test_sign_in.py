"""Nobody learns from signing in who has an account, and a cookie is worth nothing after signing out."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.second_factor import give_app, sign_in_fully
from tests.support.smtp import MailServer
from webapp import clock
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.domain.throttle import ACCOUNT
from webapp.models import Endpoint, HalfSignIn, Person, SignIn, Throttle
from webapp.services import passwords, settings
from webapp.views import mailing
from webapp.views.devices import device_name
from webapp.views.sign_in import local_address

GOOD = "walk by the river twice"


@pytest.fixture
def with_passwords(cast: Cast, database: Database) -> Cast:
    """The cast, in which Clara and Theo have a password."""
    kept = passwords.hash_new(GOOD, "", "")
    with database.writing() as session:
        for person_id in (cast.clara, cast.theo):
            session.get_one(Person, person_id).password_hash = kept
        give_app(session, cast.theo)
    return cast


def _sign_in(
    browser: FlaskClient, email: str = "clara@example.test", password: str = GOOD, **more: str
) -> TestResponse:
    return browser.post("/sign-in", data={"email": email, "password": password} | more)


def test_a_person_signs_in_and_lands_on_their_first_page(with_passwords: Cast, browse: As) -> None:
    for email, home in (("Clara@Example.test ", "/today"), ("theo@example.test", "/sign-in/second-step")):
        response = _sign_in(browse(None), email)
        assert (response.status_code, response.headers["Location"]) == (303, home)
    response = sign_in_fully(browse(None), "theo@example.test", GOOD)
    assert (response.status_code, response.headers["Location"]) == (303, "/caseload")


def test_whoever_signs_in_where_anothers_sign_in_ran_out_ends_what_that_device_was_told(
    with_passwords: Cast, browse: As, database: Database
) -> None:
    cast, clara = with_passwords, browse(with_passwords.clara)
    with database.writing() as session:
        here = session.scalars(select(SignIn.id).where(SignIn.person_id == cast.clara)).one()
        phone = Endpoint(
            person_id=cast.clara,
            channel="push",
            address="https://web.push.apple.com/x",
            sign_in_id=here,
            created_at=NOW,
        )
        session.add(phone)
    with clock.standing_at(NOW + timedelta(days=31)):
        assert sign_in_fully(clara, "theo@example.test", GOOD).headers["Location"] == "/caseload"
    with database.reading() as connection:
        off = connection.execute(select(Endpoint.off_because).where(Endpoint.channel == "push")).scalar_one()
    assert off == "signed_out"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(with_passwords: Cast, browse: As) -> None:
    answers = []
    for email in ("clara@example.test", "sam@example.test", "nobody@example.test"):
        response = _sign_in(browse(None), email, "something else entirely")
        answers.append((response.status_code, response.text.replace(email, "…")))
        assert f'value="{email}"' in response.text
        assert "something else" not in response.text
    assert answers[0][0] == 422
    assert answers[0] == answers[1] == answers[2]


def test_a_phone_that_is_not_ones_own_stays_so_when_the_password_was_wrong(with_passwords: Cast, browse: As) -> None:
    tick = r'name="borrowed" value="1"( checked)?>'
    for more, checked in (({"borrowed": "1"}, " checked"), ({}, None)):
        found = re.search(tick, _sign_in(browse(None), password="something else", **more).text)
        assert found
        assert found[1] == checked


def test_an_unknown_address_takes_as_long_as_a_wrong_password(
    with_passwords: Cast, browse: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not measured in seconds, which vary: counted, how often the slow hash is worked out."""
    worked = []
    slow = passwords._HASHER.__class__.verify
    monkeypatch.setattr(
        passwords._HASHER.__class__,
        "verify",
        lambda self, kept, typed: (worked.append(kept), slow(self, kept, typed))[1],
    )
    for email in ("clara@example.test", "sam@example.test", "nobody@example.test", ""):
        _sign_in(browse(None), email, "something else entirely")
    assert len(worked) == 4
    parameters = {kept.rsplit("$", 2)[0] for kept in worked}
    assert len(parameters) == 1


def test_a_closed_account_is_answered_like_none(with_passwords: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        session.get_one(Person, with_passwords.clara).deactivated_at = NOW
    assert _sign_in(browse(None)).status_code == 422


@pytest.mark.parametrize("email", ["clara@example.test", "theo@example.test"])
@pytest.mark.parametrize("what", ["a new password", "closed"])
def test_a_sign_in_is_overtaken_by_what_changes_while_its_password_is_checked(
    with_passwords: Cast,
    browse: As,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    email: str,
    what: str,
) -> None:
    check = passwords.matches

    def slowly(kept: str | None, typed: str) -> bool:
        right = check(kept, typed)
        with database.writing() as session:
            person = session.scalars(select(Person).where(Person.email_key == email)).one()
            if what == "closed":
                person.deactivated_at = NOW
            else:
                settings.choose_password(session, person.id, "sing with the choir again", NOW)
        return right

    browser, wrong = browse(None), _sign_in(browse(None), email, "something else entirely")
    monkeypatch.setattr(passwords, "matches", slowly)
    answer = _sign_in(browser, email)
    assert (answer.status_code, answer.text) == (422, wrong.text)
    with database.writing() as session:
        assert session.scalars(select(SignIn.id)).all() == session.scalars(select(HalfSignIn.id)).all() == []
    assert browser.get("/settings").status_code == 303


def test_many_tries_wait_and_say_how_long(with_passwords: Cast, browse: As) -> None:
    for _ in range(ACCOUNT.free):
        assert _sign_in(browse(None), password="wrong").status_code == 422
    response = _sign_in(browse(None))  # the right one, but now it has to wait like any other
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "15"
    assert "15 seconds" in response.text
    assert 'value="clara@example.test"' in response.text
    assert _sign_in(browse(None), "theo@example.test").status_code == 303  # others are not kept out
    with clock.standing_at(NOW + timedelta(seconds=15)):
        assert _sign_in(browse(None)).status_code == 303


def test_unknown_addresses_wait_alike(with_passwords: Cast, browse: As) -> None:
    statuses = {
        email: [_sign_in(browse(None), email, "wrong").status_code for _ in range(ACCOUNT.free + 1)]
        for email in ("clara@example.test", "nobody@example.test")
    }
    assert statuses["clara@example.test"] == statuses["nobody@example.test"] == [422] * ACCOUNT.free + [429]


def test_one_address_is_slowed_down_over_many_accounts(with_passwords: Cast, browse: As, database: Database) -> None:
    for number in range(30):
        assert _sign_in(browse(None), f"{number}@example.test", "wrong").status_code == 422
    assert _sign_in(browse(None)).status_code == 429
    elsewhere = browse(None)
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    assert _sign_in(elsewhere).status_code == 303
    with database.writing() as session:
        assert not any("example" in row.key for row in session.query(Throttle))


def test_the_neighbours_in_an_ipv6_house_count_as_one(with_passwords: Cast, browse: As) -> None:
    for number in range(30):
        browser = browse(None)
        browser.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number:x}"
        _sign_in(browser, f"{number}@example.test", "wrong")
    browser = browse(None)
    browser.environ_base["REMOTE_ADDR"] = "2001:db8:1:2::ffff"
    assert _sign_in(browser).status_code == 429


def test_signing_in_makes_a_new_session_and_ends_the_one_before(with_passwords: Cast, browse: As) -> None:
    browser = browse(None)
    with browser.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    _sign_in(browser)
    with browser.session_transaction() as cookie:
        first = dict(cookie)
    assert "planted" not in first
    _sign_in(browser)
    with browser.session_transaction() as cookie:
        assert cookie["_user_id"] != first["_user_id"]
    old = browse(None)
    with old.session_transaction() as cookie:
        cookie.update(first)
    assert old.get("/settings").status_code == 303


def test_signing_out_ends_every_copy_of_the_cookie_at_once(cast: Cast, browse: As) -> None:
    browser, thief = browse(cast.clara), browse(None)
    with browser.session_transaction() as cookie, thief.session_transaction() as copy:
        copy.update(cookie)
    assert thief.get("/settings").status_code == 200
    response = browser.post("/sign-out")
    assert (response.status_code, response.headers["Location"]) == (303, "/sign-in")
    assert thief.get("/settings").status_code == 303
    assert browser.get("/settings").status_code == 303


def test_signing_out_everywhere_ends_all_devices_of_one_person(cast: Cast, browse: As) -> None:
    here, there, sam = browse(cast.clara), browse(cast.clara), browse(cast.sam)
    here.post("/sign-out-everywhere")
    assert [browser.get("/settings").status_code for browser in (here, there, sam)] == [303, 303, 200]


def test_a_slow_answer_does_not_set_the_cookie_again(cast: Cast, browse: As) -> None:
    browser = browse(cast.clara)
    browser.get("/settings")
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.77"  # the phone left the house
    response = browser.get("/settings", headers={"User-Agent": "another"})
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


TRICKS = (
    *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "today"),
    *("/\t/evil.example", "/\n/evil.example", " //evil.example", "\t//evil.example", "https:evil", "?x", ""),
    *("///evil.example", "////evil.example", "/\u2028/evil.example", "\uff0f\uff0fevil.example", "data:text/html,x"),
    *("%2f%2fevil.example", "https%3a//evil.example", "JaVaScRiPt:alert(1)", "http:/evil.example", "@evil.example"),
    *("//evil.example\\@cairn.example", "/\r\nSet-Cookie: a=b", "/\u202e/elpmaxe", "/" + "x" * 10_000, ".evil.example"),
)
ODD_BUT_OURS = (
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/today?next=//evil.example",
    "/@evil.example",
    "/\uff0fevil",
)
"""A browser asks us for these, whatever stands in them."""


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_after_signing_in_nobody_is_sent_off_the_site(with_passwords: Cast, browse: As) -> None:
    signed_in, stranger = browse(with_passwords.clara), browse(None)
    for target in TRICKS:
        assert local_address(target) is None, target
        assert signed_in.get("/sign-in", query_string={"next": target}).headers["Location"] == "/today", target
        kept = stranger.post("/language", data={"language": "en", "to": target})
        assert (kept.headers["Location"], kept.headers.getlist("Set-Cookie")[1:]) == ("/", []), target
        assert 'name="next"' not in stranger.get("/sign-in", query_string={"next": target}).text, target
    assert local_address(None) is None
    assert _sign_in(browse(None), next=TRICKS[0]).headers["Location"] == "/today"
    for target in ODD_BUT_OURS:
        place = signed_in.get("/sign-in", query_string={"next": target}).headers["Location"]
        assert urlsplit(urljoin("https://cairn.example/sign-in", place)).netloc == "cairn.example", target


def test_after_signing_in_one_is_where_one_wanted_to_be(with_passwords: Cast, browse: As) -> None:
    browser = browse(None)
    asked = browser.get("/settings?from=mail")
    page = browser.get(asked.headers["Location"])
    assert 'name="next" value="/settings?from=mail"' in page.text
    assert _sign_in(browser, next="/settings?from=mail").headers["Location"] == "/settings?from=mail"


def test_the_page_lets_people_paste_and_reach_help(browse: As) -> None:
    page = browse(None).get("/sign-in").text
    assert 'autocomplete="current-password"' in page
    assert "onpaste" not in page
    assert "/help-now" in page


def test_signed_in_pages_are_kept_by_no_browser(cast: Cast, browse: As) -> None:
    assert browse(cast.clara).get("/settings").headers["Cache-Control"] == "no-store"


# Links by mail


def _mailed_link(config: Config) -> str:
    newest = max(config.outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    text = message_from_bytes(newest.read_bytes(), policy=policy.default).get_content()  # type: ignore[union-attr]
    found = re.search(r"http://localhost(/sign-in/link/\S+)", text)
    assert found
    return found.group(1)


def test_a_supporter_signs_in_by_mail_with_a_button(cast: Cast, browse: As, config: Config) -> None:
    browser = browse(None)
    assert browser.post("/sign-in/link", data={"email": "Sam@example.test"}).status_code == 200
    link = _mailed_link(config)
    for _ in range(3):  # a mail scanner, a preview, the person
        assert browse(None).get(link).status_code == 200
        assert browse(None).head(link).status_code == 200
    response = browser.post(link)
    assert (response.status_code, response.headers["Location"]) == (303, "/promises")
    assert browser.get("/settings").status_code == 200
    assert browse(None).post(link).status_code == 410
    assert browse(None).get(link).status_code == 410


def test_a_link_ends_after_ten_minutes(cast: Cast, browse: As, config: Config) -> None:
    browse(None).post("/sign-in/link", data={"email": "sam@example.test"})
    link = _mailed_link(config)
    with clock.standing_at(NOW + timedelta(minutes=10)):
        assert browse(None).get(link).status_code == 410
        assert browse(None).post(link).status_code == 410


def test_an_unknown_address_gets_the_same_answer_and_no_mail(cast: Cast, browse: As, config: Config) -> None:
    known = browse(None).post("/sign-in/link", data={"email": "sam@example.test"})
    unknown = browse(None).post("/sign-in/link", data={"email": "nobody@example.test"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("sam@", "nobody@") == unknown.text
    assert len(list(config.outbox.glob("*.eml"))) == 1


def test_a_link_for_nobody_is_written_as_well_and_mailed_to_nobody(
    cast: Cast, browse: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not measured in seconds, which vary: the same work is done, up to the handing over, which nobody waits for."""
    written: list[tuple[str | None, str]] = []
    monkeypatch.setattr(mailing, "sign_in_link", lambda to, link: written.append((to, link)))
    for email in ("sam@example.test", "nobody@example.test"):
        assert browse(None).post("/sign-in/link", data={"email": email}).status_code == 200
    assert [to for to, _link in written] == ["sam@example.test", None]
    assert len({len(link) for _to, link in written}) == 1


@pytest.mark.parametrize("email", ["", "  ", "sam"])
def test_a_link_needs_an_address_to_go_to(cast: Cast, browse: As, email: str) -> None:
    answer = browse(None).post("/sign-in/link", data={"email": email})
    assert answer.status_code == 422
    assert "Write the e-mail address you were invited at" in answer.text


def test_asking_for_links_has_its_limit(cast: Cast, browse: As, config: Config) -> None:
    statuses = [browse(None).post("/sign-in/link", data={"email": "sam@example.test"}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert len(list(config.outbox.glob("*.eml"))) == 3


def test_a_client_chooses_a_new_password_by_mail_and_is_out_elsewhere(
    with_passwords: Cast, browse: As, config: Config
) -> None:
    elsewhere = browse(with_passwords.clara)
    browse(None).post("/sign-in/link", data={"email": "clara@example.test"})
    link = _mailed_link(config)
    browser = browse(None)
    assert 'autocomplete="new-password"' in browser.get(link).text
    short = browser.post(link, data={"password": "too short"})
    assert short.status_code == 422
    assert "15 characters" in short.text
    response = browser.post(link, data={"password": "sing with the choir again"})
    assert (response.status_code, response.headers["Location"]) == (303, "/today")
    assert elsewhere.get("/settings").status_code == 303
    assert _sign_in(browse(None)).status_code == 422
    assert _sign_in(browse(None), password="sing with the choir again").status_code == 303


def test_the_answer_does_not_wait_for_the_mail_server(
    cast: Cast, config: Config, database: Database, mail_server: MailServer
) -> None:
    app = create_app(replace(config, smtp_url=mail_server.url), database)
    browser = app.test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert browser.post("/sign-in/link", data={"email": "sam@example.test"}).status_code == 200
    (mail,) = mail_server.wait_for(1)
    assert mail.recipients == ["sam@example.test"]
    assert "Sam" not in mail.text + str(mail.message["Subject"])


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/153.0", "Firefox, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge, Windows"),
        ("curl/8", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_for_its_owner(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_the_cookie_holds_nothing_that_opens_the_database_row(cast: Cast, browse: As, database: Database) -> None:
    browser = browse(cast.clara)
    with browser.session_transaction() as cookie:
        token = cookie["_user_id"]
    with database.writing() as session:
        assert token not in {row.token_hash for row in session.query(SignIn)}


def test_checking_a_password_is_slow_for_known_and_unknown_alike() -> None:
    kept = passwords.hash_new(GOOD, "", "")
    passwords.matches(None, "warm up")

    def best(check: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            check()
            times.append(time.perf_counter() - begun)
        return min(times)

    known, unknown = best(lambda: passwords.matches(kept, "wrong")), best(lambda: passwords.matches(None, "wrong"))
    assert unknown > known / 3


def test_a_link_by_mail_leads_where_one_wanted_to_be(cast: Cast, browse: As, config: Config) -> None:
    stranger, wanted = browse(None), "/reminded/7"
    assert f'href="/sign-in/link?next={wanted}"' in stranger.get(f"/sign-in?next={wanted}").text
    assert f'name="next" value="{wanted}"' in stranger.get(f"/sign-in/link?next={wanted}").text
    stranger.post("/sign-in/link", data={"email": "sam@example.test", "next": wanted})
    assert stranger.post(_mailed_link(config)).location == wanted


def test_a_link_by_mail_leads_nobody_off_the_site(cast: Cast, browse: As, config: Config) -> None:
    browse(None).post("/sign-in/link", data={"email": "sam@example.test", "next": "https://evil.example/"})
    link = _mailed_link(config)
    assert "evil" not in link
    assert browse(None).post(f"{link}?next=//evil.example").location == "/promises"
