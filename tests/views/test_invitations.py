"""Opening an invitation changes nothing; one button does, once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import As
from tests.support.authenticator import Device
from tests.support.cast import NOW, Cast
from tests.support.people import acting
from tests.support.smtp import MailServer
from webapp import clock
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.domain.people import Role
from webapp.domain.sign_ins import AT_WORK, BORROWED, OWN
from webapp.models import Invitation, Passkey, Person, RecoveryCode, SharingGrant, SignIn, SupporterLink
from webapp.models import Session as Appointment
from webapp.notify import outbox
from webapp.services import invitations, sign_ins

GOOD = "walk by the river twice"
JOIN = {
    "called": "Mary",
    "password": GOOD,
    "time_zone": "America/Chicago",
    "language": "en",
    "shares": ["plan", "steps"],
}
Invite = Callable[..., str]


@pytest.fixture
def invite(cast: Cast, database: Database) -> Invite:
    """invite("supporter") makes one from Clara, invite("client") one from Theo: its address."""

    def make(role: str, email: str = "mary@example.test") -> str:
        with database.writing() as session:
            if role == "supporter":
                made = invitations.invite_supporter(session, acting(cast.clara), "Ed Lou", email, None, "Hi <b>!", NOW)
            elif role == "client":
                theo = acting(cast.theo, Role.CARE_TEAM)
                made = invitations.invite_client(session, theo, "Mary Lou", email, None, NOW)
            else:
                ada = acting(cast.ada, Role.ADMIN)
                made = invitations.invite_member(session, ada, "Pat Doe", email, Role(role), None, NOW)
        return f"/invitations/{made.token}"

    return make


def _link(page: str) -> str:
    found = re.search(r'value="http://localhost(/invitations/[^"]+)"', page)
    assert found
    return found.group(1)


def test_the_care_team_invites_a_client_and_gets_the_link_once(cast: Cast, browse: As, database: Database) -> None:
    theo = browse(cast.theo)
    form = {"name": " Mary  Lou ", "email": "mary@example.test", "session_at": "2026-11-26T14:30"}
    sent = theo.post("/clients/new", data=form)
    assert sent.status_code == 303
    first, second = (theo.get(sent.headers["Location"]).text for _ in range(2))
    assert "/invitations/" in _link(first)
    assert 'value="http' not in second
    with database.writing() as session:
        mary = session.scalars(select(Person).where(Person.email_key == "mary@example.test")).one()
        assert mary.name == "Mary Lou"
        starts = session.scalars(select(Appointment.starts_at).where(Appointment.client_id == mary.id)).one()
        assert starts.isoformat() == "2026-11-26T19:30:00+00:00"  # half past two in New York


def test_the_mail_holds_the_link_and_nothing_personal(
    cast: Cast, config: Config, database: Database, mail_server: MailServer
) -> None:
    app = create_app(replace(config, smtp_url=mail_server.url), database)
    browser = _signed_in(app.test_client(), database, cast.theo)
    page = browser.post("/clients/new", data={"name": "Mary Lou", "email": "mary@example.test"}, follow_redirects=True)
    assert "on its way" in page.text
    (mail,) = mail_server.wait_for(1)
    (link,) = (line for line in mail.text.splitlines() if line.startswith("http://localhost/invitations/"))
    assert link not in page.text
    assert "/invitations/" + link.rpartition("/")[2] not in page.text  # only who reads the mail may say yes
    assert browser.get(link).status_code == 200
    told = mail.text + str(mail.message["Subject"])
    assert not any(word in told for word in ("Mary", "Theo", "Lindqvist", "Riverside", "therap", "recovery"))


def test_when_the_mail_does_not_leave_the_invitation_is_kept_and_the_page_says_so(
    cast: Cast, config: Config, database: Database, mail_server: MailServer
) -> None:
    mail_server.answer("554 No")
    app = create_app(replace(config, smtp_url=mail_server.url), database)
    browser = _signed_in(app.test_client(), database, cast.theo)
    page = browser.post("/clients/new", data={"name": "Mary Lou", "email": "mary@example.test"}, follow_redirects=True)
    assert "The mail was not sent" in page.text
    assert browser.get(_link(page.text)).status_code == 200


def test_the_link_to_an_account_that_others_prepared_is_not_shown(cast: Cast, browse: As, invite: Invite) -> None:
    invite("admin", "pat@example.test")
    invite("client", "mary@example.test")
    clara = browse(cast.clara)
    for email in ("pat@example.test", "mary@example.test"):
        sent = clara.post("/people/invite", data={"name": "Somebody", "email": email})
        page = clara.get(sent.headers["Location"]).text
        assert "by mail only" in page
        assert 'value="http' not in page
        again = clara.post(sent.headers["Location"] + "/again")
        assert 'value="http' not in clara.get(again.headers["Location"]).text


def _signed_in(browser: FlaskClient, database: Database, person_id: int) -> FlaskClient:
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    with database.writing() as session:
        token = sign_ins.begin(session, person_id, "test", NOW, both=True)
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    return browser


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Write the person"),
        ("name", "x" * 121, "Write the person"),
        ("email", "", "one e-mail address"),
        ("email", "mary", "one e-mail address"),
        ("email", "a@example.test, b@example.test", "one e-mail address"),
        ("email", "a@example.test\r\nBcc: b@example.test", "one e-mail address"),
        ("email", "theo@example.test", "your own address"),
        ("email", "clara@example.test", "with you already"),
        ("session_at", "soon", "Choose a day and a time"),
        ("session_at", "2020-01-01T10:00", "The first session lies ahead"),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_field_and_stays_there(
    cast: Cast, browse: As, database: Database, field: str, value: str, words: str
) -> None:
    form = {"name": "Mary Lou", "email": "mary@example.test", "session_at": ""} | {field: value}
    response = browse(cast.theo).post("/clients/new", data=form)
    assert response.status_code == 422
    assert words in response.text.replace("&#39;", "'")
    if field != "name":
        assert 'value="Mary Lou"' in response.text
    with database.writing() as session:
        assert session.scalars(select(Invitation)).all() == []


def test_opening_says_who_invites_and_changes_nothing(invite: Invite, browse: As, database: Database) -> None:
    address = invite("supporter")
    for _ in range(3):
        page = browse(None).get(address)
        assert page.status_code == 200
        assert "Clara would like your support" in page.text
        assert "Hi &lt;b&gt;!" in page.text
        assert "Set-Cookie" not in page.headers
    with database.writing() as session:
        assert session.scalars(select(Invitation.accepted_at)).one() is None
        assert session.scalars(select(SignIn)).all() == []


def test_a_supporter_joins_with_one_button_and_is_signed_in(
    invite: Invite, cast: Cast, browse: As, database: Database
) -> None:
    browser = browse(None)
    response = browser.post(invite("supporter"))
    assert (response.status_code, response.headers["Location"]) == (303, "/promises")
    assert browser.get("/settings").status_code == 200
    with database.writing() as session:
        joined = session.scalars(select(Person).where(Person.email_key == "mary@example.test")).one()
        link = session.scalars(select(SupporterLink).where(SupporterLink.supporter_id == joined.id)).one()
        assert (joined.password_hash, link.client_id) == (None, cast.clara)


def test_a_client_joins_with_a_password_alone_and_the_rest_is_asked_afterwards(
    invite: Invite, cast: Cast, browse: As, database: Database
) -> None:
    browser, address = browse(None), invite("client")
    page = browser.get(address).text
    assert 'autocomplete="new-password"' in page
    asked, _switch = page.split("</form>", 1)
    assert re.findall(r'<(?:input|select)[^>]* name="(\w+)"', asked) == ["credential", "username", "password"]
    response = browser.post(address, data=JOIN)
    assert (response.status_code, response.headers["Location"]) == (303, "/welcome")
    assert browser.get("/", follow_redirects=True).request.path == "/welcome/name"
    with database.writing() as session:
        mary = session.scalars(select(Person).where(Person.email_key == "mary@example.test")).one()
        scopes = select(SharingGrant.scope).where(
            SharingGrant.client_id == mary.id, SharingGrant.withdrawn_at.is_(None)
        )
        assert set(session.scalars(scopes)) == {"plan"}, "what the plan was drawn up with, and no more"
        assert (mary.called, mary.time_zone, mary.first_run) == ("Mary", "America/New_York", "name")


def test_somebody_with_an_account_chooses_what_to_share_as_they_say_yes(
    invite: Invite, cast: Cast, browse: As, database: Database
) -> None:
    sam, address = browse(cast.sam), invite("client", "sam@example.test")
    page = sam.get(address).text
    assert re.search(r'value="plan" checked', page)
    assert not re.search(r'value="steps" checked', page)
    joined = sam.post(address, data={"shares": ["substance_use", "steps"], "password": GOOD})
    assert (joined.status_code, joined.headers["Location"]) == (303, "/today"), "who knows Cairn is asked nothing"
    with database.writing() as session:
        scopes = select(SharingGrant.scope).where(
            SharingGrant.client_id == cast.sam, SharingGrant.withdrawn_at.is_(None)
        )
        assert set(session.scalars(scopes)) == {"steps"}, "substance use can't be slipped in with the rest"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "15 characters"),
        ("password", "passwordpassword", "Many people use this one"),
        ("password", "mary@example.test", "mostly your name"),
        ("called", "", "the name you want to be called"),
        ("time_zone", "Mars/Base", "Choose a place"),
        ("language", "tlh", "Choose one of the languages"),
    ],
)
def test_joining_says_what_needs_another_look_and_the_invitation_stays_open(
    invite: Invite, browse: As, field: str, value: str, words: str
) -> None:
    browser, address = browse(None), invite("client" if field == "password" else "care_team")
    response = browser.post(address, data=JOIN | {field: value})
    assert response.status_code == 422
    assert words in response.text
    assert GOOD not in response.text
    assert browser.post(address, data=JOIN).status_code == 303


def test_an_invitation_is_good_once(invite: Invite, browse: As) -> None:
    address = invite("supporter")
    browse(None).post(address)
    for response in (browse(None).get(address), browse(None).post(address)):
        assert response.status_code == 410
        assert "accepted already" in response.text


def test_after_seven_days_it_says_kindly_whom_to_ask(invite: Invite, browse: As) -> None:
    address = invite("supporter")
    with clock.standing_at(NOW + timedelta(days=7)):
        for response in (browse(None).get(address), browse(None).post(address)):
            assert response.status_code == 410
            assert "Ask Clara to send it again" in response.text


def test_an_account_in_use_is_entered_by_its_owner_only(invite: Invite, cast: Cast, browse: As) -> None:
    address = invite("supporter", "tess@example.test")
    stranger = browse(None).post(address)
    assert (stranger.status_code, stranger.headers["Location"]) == (303, f"/sign-in?next={address}")
    assert browse(cast.otto).post(address).status_code == 409
    tess = browse(cast.tess)
    assert tess.post(address).headers["Location"] == "/promises"
    assert tess.get("/settings").status_code == 200


@pytest.mark.parametrize(("who", "lasts"), [("tess", AT_WORK.absolute), ("otto", OWN.absolute)])
def test_who_accepts_while_signed_in_stays_so_for_no_longer_and_proved_nothing_by_it(
    invite: Invite, cast: Cast, browse: As, database: Database, who: str, lasts: timedelta
) -> None:
    address, browser = invite("supporter", f"{who}@example.test"), browse(getattr(cast, who))
    with clock.standing_at(NOW + timedelta(minutes=20)):
        assert browser.post(address).headers["Location"] == "/promises"
        assert browser.get("/settings").status_code == 200
        assert browser.get("/settings/sign-in/app").status_code == 403, "that it is they was shown too long ago"
    with database.reading() as connection:
        times = select(SignIn.created_at, SignIn.expires_at, SignIn.proved_at).where(SignIn.ended_at.is_(None))
        assert tuple(connection.execute(times).one()) == (NOW, NOW + lasts, NOW)


@pytest.mark.parametrize(("role", "home"), [("client", "/today"), ("care_team", "/sign-in/second-step")])
def test_a_supporter_who_becomes_more_is_told_that_older_keys_end_and_chooses_a_password(
    invite: Invite, cast: Cast, browse: As, config: Config, database: Database, role: str, home: str
) -> None:
    address, stranger, sam = invite(role, "sam@example.test"), browse(None), browse(cast.sam)
    assert 'name="password"' not in stranger.get(address).text, "who is not signed in is asked for that first"
    assert stranger.post(address).headers["Location"] == f"/sign-in?next={address}"
    page = sam.get(address).text
    assert "What opened the account before ends" in page
    assert 'name="called"' not in page
    weak = sam.post(address, data={"password": "too short"})
    assert (weak.status_code, "15 characters" in weak.text) == (422, True)
    assert sam.post(address, data={"password": GOOD}).headers["Location"] == home
    assert "password of your account was changed" in outbox.kept(config.outbox, "sam@example.test")[0].text
    entered = browse(None).post("/sign-in", data={"email": "sam@example.test", "password": GOOD})
    assert entered.headers["Location"] == home


def test_the_inviter_sends_again_and_takes_back(cast: Cast, browse: As) -> None:
    theo = browse(cast.theo)
    sent = theo.post("/clients/new", data={"name": "Mary", "email": "mary@example.test"}).headers["Location"]
    first = _link(theo.get(sent).text)
    theo.post(f"{sent}/again")
    second = _link(theo.get(sent).text)
    assert browse(None).get(first).status_code == 404
    assert browse(None).get(second).status_code == 200
    assert theo.post(f"{sent}/withdrawn").status_code == 303
    assert browse(None).get(second).status_code == 410


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_client_who_joins_by_anothers_link_shares_the_plan_with_them_alone(
    cast: Cast, browse: As, database: Database, taken_back: bool
) -> None:
    theo, tess = browse(cast.theo), browse(cast.tess)
    form = {"name": "Mary", "email": "mary@example.test"}
    first, second = (who.post("/clients/new", data=form).headers["Location"] for who in (theo, tess))
    with database.writing() as session:
        mary = session.scalars(select(Person.id).where(Person.email_key == "mary@example.test")).one()
    plan = f"/clients/{mary}/plan"
    assert [who.get(plan).status_code for who in (theo, tess)] == [200, 404]
    if taken_back:
        assert theo.post(f"{first}/withdrawn").status_code == 303
        assert theo.get(plan).status_code == 404
    with database.writing() as session:
        sent = int(second.rpartition("/")[2])
        link = invitations.send_again(session, acting(cast.tess, Role.CARE_TEAM), sent, NOW)
    assert "Tess Marlowe may read the plan" in browse(None).get(f"/invitations/{link.token}").text
    assert browse(None).post(f"/invitations/{link.token}", data=JOIN).status_code == 303
    assert [who.get(plan).status_code for who in (theo, tess)] == [404, 200]


def test_staff_join_with_a_password_and_are_led_to_a_second_step_first(invite: Invite, browse: As) -> None:
    browser, address = browse(None), invite("care_team", "pat@example.test")
    assert browser.post(address, data={}).status_code == 422
    assert browser.post(address, data=JOIN).headers["Location"] == "/sign-in/second-step"
    assert browser.get("/caseload").headers["Location"] == "/sign-in/second-step"
    assert "Set up a second step" in browser.get("/sign-in/second-step").text


@pytest.mark.parametrize(("role", "home"), [("client", "/welcome"), ("care_team", "/caseload")])
def test_a_new_account_begins_with_a_passkey_and_no_password(
    invite: Invite, browse: As, database: Database, role: str, home: str
) -> None:
    browser, address, phone = browse(None), invite(role), Device()
    made = phone.make(browser.post(f"{address}/passkey").json or {})
    joined = browser.post(
        address, data={"called": "Mary", "time_zone": "America/Chicago", "language": "en"} | {"credential": made}
    )
    if role == "client":
        assert (joined.status_code, joined.headers["Location"]) == (303, home)
    else:
        assert joined.status_code == 200
        assert "recovery codes" in joined.text
        assert f'href="{home}"' in joined.text
    assert browser.get(home, follow_redirects=True).status_code == 200, "showed two things at once"
    with database.reading() as connection:
        row = connection.execute(select(Person.password_hash, Passkey.name).join(Passkey)).one()
        assert row.password_hash is None
        assert connection.execute(select(func.count(RecoveryCode.id))).scalar_one() == (0 if role == "client" else 10)
    again = browse(None)
    signed = phone.sign(again.post("/sign-in/passkey/options").json or {})
    assert again.post("/sign-in/passkey", data={"credential": signed}).headers["Location"] == home
    assert browse(None).post(f"{address}/passkey").status_code == 404, "an invitation is good once"


def test_joining_with_an_answer_that_no_passkey_gave_leaves_the_invitation_open(
    invite: Invite, browse: As, database: Database
) -> None:
    browser, address, phone = browse(None), invite("client"), Device()
    for answer in ("{}", "no json", phone.make(browse(None).post(f"{address}/passkey").json or {})):
        refused = browser.post(address, data={"credential": answer})
        assert refused.status_code == 422
        assert "this passkey is not known here" in refused.text
    with database.reading() as connection:
        assert connection.execute(select(func.count(Passkey.id))).scalar_one() == 0
    assert browser.post(address, data=JOIN).status_code == 303


def test_a_passkey_opens_no_account_that_is_in_use_and_none_is_offered_for_it(
    invite: Invite, cast: Cast, browse: As, database: Database
) -> None:
    sam, address = browse(cast.sam), invite("client", "sam@example.test")
    assert 'name="credential"' not in sam.get(address).text
    assert sam.post(f"{address}/passkey").status_code == 404
    assert sam.post(address, data={"credential": "{}"}).status_code == 422, "a password is asked for"
    assert browse(None).post(f"{invite('supporter')}/passkey").status_code == 404
    assert browse(None).post("/invitations/never-was/passkey").status_code == 404


def test_without_a_mail_server_the_mail_lies_in_the_outbox(cast: Cast, browse: As, config: Config) -> None:
    page = browse(cast.theo).post(
        "/clients/new", data={"name": "Mary", "email": "mary@example.test"}, follow_redirects=True
    )
    assert "no mail server" in page.text
    (mail,) = outbox.kept(config.outbox)
    assert _link(page.text) in mail.text


def test_a_borrowed_phone_stays_borrowed_for_whoever_joins_on_it(
    invite: Invite, cast: Cast, browse: As, database: Database
) -> None:
    browser = _signed_in(browse(None), database, cast.clara)
    with browser.session_transaction() as cookie:
        cookie["borrowed"] = True
    assert browser.post(invite("supporter")).status_code == 303
    assert "data-borrowed" in browser.get("/promises").text
    held = browser.get_cookie("cairn")
    assert held is not None
    assert held.expires is None
    with database.reading() as connection:
        until = connection.execute(select(SignIn.expires_at).order_by(SignIn.id.desc())).scalars().first()
    assert until == NOW + BORROWED.absolute
