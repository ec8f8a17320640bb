"""Before what matters one shows again who one is, and loses nothing typed meanwhile."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.second_factor import code, give_app
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.domain.second_factor import PROOF_LASTS
from webapp.domain.throttle import ACCOUNT, CODE
from webapp.models import Invitation, Person, ProofLink, SharingGrant, SignIn, SupporterLink
from webapp.notify import outbox
from webapp.services import passwords, proofs
from webapp.views.policies import POLICIES

GOOD = "walk by the river twice"
LATER = NOW + PROOF_LASTS
PROVED = {
    "people.confirm",
    "people.grant",
    "people.send_invitation",
    "people.share_again",
    "settings.password",
    "second_factor.app",
    "second_factor.set_up",
    "second_factor.remove",
    "second_factor.renew",
    "passkeys.new",
    "passkeys.offer",
    "passkeys.add",
    "passkeys.rename",
    "passkeys.remove",
    "proving.confirm",
    "calendar_feeds.begin",
    "calendar_feeds.words",
    "own_data.download",
    "own_data.delete",
}
"""Routes that ask again."""
ASKING = r'action="[^"]*(grants|confirmed|undone|password|/sign-in/|passkeys)|name="relation"'
"""In a form of one of them."""


@pytest.fixture
def people(cast: Cast, database: Database) -> Cast:
    """The cast: Clara has a password, Theo an app."""
    with database.writing() as session:
        session.get_one(Person, cast.clara).password_hash = passwords.hash_new(GOOD)
        give_app(session, cast.theo)
    return cast


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def target(page: str) -> str:
    found = re.search(r'<form method="post" action="([^"]+)" novalidate>\s*<input type="hidden"', page)
    assert found
    return unescape(found[1])


def granted(database: Database, cast: Cast) -> list[str]:
    with database.reading() as connection:
        to_nora = select(SharingGrant.purpose).where(SharingGrant.person_id == cast.nora)
        return [str(purpose) for purpose in connection.execute(to_nora).scalars()]


def grant(browser: FlaskClient, cast: Cast, **more: str) -> TestResponse:
    return browser.post(f"/people/{cast.nora}/grants", data={"scope": "steps", "purpose": 'so <she> "knows"'} | more)


def test_these_routes_ask_again_and_no_other_does() -> None:
    assert {endpoint for endpoint, policy in POLICIES.items() if policy.proved} == PROVED


def test_whoever_signed_in_just_now_is_not_asked(people: Cast, browse: As, database: Database) -> None:
    with clock.standing_at(LATER - timedelta(seconds=1)):
        browser = browse(people.clara)
    with clock.standing_at(LATER):
        assert grant(browser, people).status_code == 303
    assert granted(database, people) == ['so <she> "knows"']


def test_what_was_typed_goes_on_with_the_proof_and_without_script(people: Cast, browse: As, database: Database) -> None:
    clara = browse(people.clara)
    with clock.standing_at(LATER):
        asked = grant(clara, people)
        assert (asked.status_code, "Confirm that it" in asked.text) == (403, True)
        assert granted(database, people) == []
        kept = hidden(asked.text)
        assert {"scope": "steps", "purpose": 'so <she> "knows"'}.items() <= kept.items()
        assert target(asked.text) == f"/people/{people.nora}/grants"
        wrong = clara.post(target(asked.text), data=kept | {"prove_password": "something else"})
        assert (wrong.status_code, "not your password" in wrong.text) == (422, True)
        assert "something else" not in wrong.text
        assert granted(database, people) == []
        right = clara.post(target(wrong.text), data=hidden(wrong.text) | {"prove_password": GOOD})
        assert right.status_code == 303
        assert granted(database, people) == ['so <she> "knows"']
        assert grant(clara, people, scope="plan").status_code == 303  # proved for ten minutes
    other = browse(people.clara)
    with clock.standing_at(LATER + PROOF_LASTS):
        assert [grant(browser, people).status_code for browser in (clara, other)] == [403, 403]


def test_giving_somebody_a_way_in_asks_too_and_loses_nothing_typed(
    people: Cast, browse: As, config: Config, database: Database
) -> None:
    clara, nora = browse(people.clara), f"/people/{people.nora}"
    grant(clara, people)
    with database.writing() as session:
        confirmed = update(SupporterLink).where(SupporterLink.supporter_id == people.nora)
        session.execute(confirmed.values(confirmed_at=None))

    def waits() -> bool:
        with database.reading() as connection:
            link = select(SupporterLink.confirmed_at).where(SupporterLink.supporter_id == people.nora)
            return connection.execute(link).scalar_one() is None

    guest = {
        "name": "Ed Lou",
        "email": "ed@example.test",
        "relation": "a friend",
        "message": 'So <you> "know".\nSee you',
        "step_id": str(people.ride),
    }
    for path, typed, grants, led in (
        (f"{nora}/confirmed", {"at": "today"}, 1, "/today"),
        (f"{nora}/withdrawals/undone", {"scope": "steps"}, 1, f"/people?open={people.nora}#person-{people.nora}"),
        ("/people/invite", guest, 2, "/invitations/"),
    ):
        with clock.standing_at(LATER):
            with database.writing() as session:
                session.execute(update(SignIn).values(proved_at=NOW))
            if "undone" in path:
                clara.post(f"{nora}/withdrawals", data=typed)
            asked = clara.post(path, data=typed)
            assert (asked.status_code, target(asked.text)) == (403, path)
            assert typed.items() <= hidden(asked.text).items()
            assert (waits(), len(granted(database, people))) == ("confirmed" in path, grants)
            assert not outbox.kept(config.outbox, "ed@example.test")
            done = clara.post(path, data=hidden(asked.text) | {"prove_password": GOOD})
            assert (done.status_code, str(done.location).startswith(led)) == (303, True), path
    assert (waits(), granted(database, people)) == (False, ['so <she> "knows"'] * 2)
    assert len(outbox.kept(config.outbox, "ed@example.test")) == 1
    with database.reading() as connection:
        written = connection.execute(select(Invitation.name, Invitation.relation, Invitation.message)).one()
    assert tuple(written) == (guest["name"], guest["relation"], guest["message"])


def test_a_page_that_asks_first_leads_on_to_where_one_wanted(people: Cast, browse: As) -> None:
    theo = browse(people.theo)
    with clock.standing_at(LATER):
        asked = theo.get("/settings/sign-in/app?x=1")
        assert (asked.status_code, target(asked.text)) == (403, "/confirm")
        assert theo.post("/confirm", data=hidden(asked.text) | {"prove_code": "000000"}).status_code == 422
        done = theo.post("/confirm", data=hidden(asked.text) | {"prove_code": code()})
        assert (done.status_code, done.headers["Location"]) == (303, "/settings/sign-in/app?x=1")
        assert theo.get("/settings/sign-in/app").status_code == 200
        elsewhere = theo.post("/confirm", data={"next": "https://evil.example/"})
        assert elsewhere.headers["Location"] == "/"


def test_htmx_shows_the_same_page_in_place_of_the_one_it_was_asked_from(people: Cast, browse: As) -> None:
    clara = browse(people.clara)
    with clock.standing_at(LATER):
        asked = clara.post(
            f"/people/{people.nora}/grants",
            data={"scope": "steps", "until": "2027-01-01"},
            headers={"HX-Request": "true"},
        )
    assert asked.headers["HX-Retarget"] == asked.headers["HX-Reselect"] == "#main"
    assert hidden(asked.text)["until"] == "2027-01-01"


def test_a_program_gets_a_sentence_and_no_form(people: Cast, browse: As, database: Database) -> None:
    clara = browse(people.clara)
    with clock.standing_at(LATER):
        asked = clara.post(
            f"/people/{people.nora}/grants",
            data={"scope": "steps", "prove_password": GOOD},
            headers={"Accept": "application/json"},
        )
    assert (asked.status_code, asked.json["ok"]) == (403, False)
    assert granted(database, people) == []


def test_changing_a_password_asks_for_the_present_one_once(people: Cast, browse: As, database: Database) -> None:
    clara, elsewhere = browse(people.clara), browse(people.clara)
    with clock.standing_at(LATER):
        form = {"present": "something else", "new": "sing with the choir again"}
        asked = clara.post("/settings/password", data=form)
        assert (asked.status_code, "not your password" in asked.text) == (422, True)
        assert elsewhere.get("/settings").status_code == 200
        assert clara.post("/settings/password", data=form | {"present": GOOD}).status_code == 303
        assert elsewhere.get("/settings").status_code == 303  # signed out


def test_guessing_has_its_limit_and_the_right_answer_waits_too(people: Cast, browse: As) -> None:
    clara, theo = browse(people.clara), browse(people.theo)
    with clock.standing_at(LATER):
        for browser, wrong, right, rule in (
            (clara, {"prove_password": "x"}, {"prove_password": GOOD}, ACCOUNT),
            (theo, {"prove_code": "000000"}, {"prove_code": code()}, CODE),
        ):
            for _ in range(rule.free):
                assert "many tries" not in browser.post("/confirm", data=wrong).text
            assert "many tries" in browser.post("/confirm", data=right).text
    with clock.standing_at(NOW):
        fresh = browse(people.clara)  # asked for no proof, but the present password of the form is one to guess at
        tries = {"present": "x", "new": "sing with the choir again"}
        assert fresh.post("/settings/password", data=tries).status_code == 429


def link_of(config: Config) -> str:
    found = re.search(r"http://localhost(/confirm/link/\S+)", outbox.kept(config.outbox, "sam@example.test")[0].text)
    assert found
    return found[1]


def test_whoever_signs_in_by_mail_proves_it_by_mail_and_goes_on(
    people: Cast, browse: As, config: Config, database: Database
) -> None:
    sam, elsewhere = browse(people.sam), browse(people.sam)
    password = {"new": "sing with the choir again"}
    with clock.standing_at(LATER):
        asked = sam.post("/settings/password", data=password)
        assert "prove_password" not in asked.text
        mailed = sam.post("/confirm/mail", data=hidden(asked.text))
        assert (mailed.status_code, target(mailed.text)) == (200, "/settings/password")
        assert password.items() <= hidden(mailed.text).items()
        early = sam.post(target(mailed.text), data=hidden(mailed.text))
        assert (early.status_code, "Not confirmed yet" in early.text) == (422, True)
        assert (target(early.text), hidden(early.text)) == (target(mailed.text), hidden(mailed.text))
        assert "I pressed the button" in early.text  # and what was mailed still counts
        link = link_of(config)
        stranger = browse(None)  # the mail program's own browser
        for _ in range(2):
            assert stranger.get(link).status_code == 200
        assert stranger.post(link).status_code == 200
        assert (stranger.post(link).status_code, stranger.get(link).status_code) == (410, 410)
        assert stranger.get("/promises").status_code == 303  # it lets nobody in
        assert elsewhere.post("/settings/password", data=password).status_code == 403  # it proves one sign-in
        assert sam.post(target(mailed.text), data=hidden(mailed.text)).status_code == 303
        with database.reading() as connection:
            assert connection.execute(select(Person.password_hash).where(Person.id == people.sam)).scalar_one()


def test_a_link_that_proves_ends_after_ten_minutes_with_a_newer_one_and_with_the_sign_in(
    people: Cast, browse: As, database: Database
) -> None:
    sam = browse(people.sam)

    def ask(at: datetime = NOW) -> str:
        with database.writing() as session:
            return f"/confirm/link/{proofs.ask(session, session.scalars(select(SignIn.id)).one(), at)}"

    first, second = ask(), ask()
    assert browse(None).post(first).status_code == 410
    with clock.standing_at(NOW + proofs.LASTS):
        assert browse(None).post(second).status_code == 410
    third = ask()
    with database.reading() as connection:
        assert third.rpartition("/")[2] not in connection.execute(select(ProofLink.token_hash)).scalars().all()
    sam.post("/sign-out")
    assert browse(None).get(third).status_code == 410


def proof_links(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count(ProofLink.id))).scalar_one()


def test_whoever_has_a_password_or_an_app_proves_nothing_by_mail(people: Cast, browse: As, database: Database) -> None:
    for who, status in ((people.clara, 404), (people.theo, 404), (people.sam, 200)):
        assert browse(who).post("/confirm/mail", data={"prove_to": "/settings/password"}).status_code == status
    assert proof_links(database) == 1, "Sam's"


def test_a_client_with_a_passkey_alone_proves_nothing_by_mail_and_is_led_to_a_password(
    cast: Cast, browse: As, database: Database
) -> None:
    clara = browse(cast.clara)
    with clock.standing_at(LATER):
        asked = grant(clara, cast)
        assert 'action="/confirm/mail"' not in asked.text
        assert "/confirm/mail" not in asked.text
        assert 'href="/sign-in/link"' in asked.text
        assert clara.get("/sign-in/link").status_code == 200
        assert clara.post("/confirm/mail", data={"prove_to": "/settings/password"}).status_code == 404
    assert proof_links(database) == 0


@pytest.mark.parametrize("what", ["password", "app"])
def test_a_link_proves_nothing_once_its_owner_has_something_else_to_show(
    people: Cast, browse: As, config: Config, database: Database, what: str
) -> None:
    sam = browse(people.sam)
    with clock.standing_at(LATER):
        sam.post("/confirm/mail")
        with database.writing() as session:
            if what == "app":
                give_app(session, people.sam)
            else:
                session.get_one(Person, people.sam).password_hash = passwords.hash_new(GOOD)
        assert browse(None).post(link_of(config)).status_code == 410
        assert sam.get("/settings/sign-in/app").status_code == 403


def test_asking_for_such_links_has_its_limit_and_leads_nowhere_else(people: Cast, browse: As) -> None:
    sam = browse(people.sam)
    answers = [sam.post("/confirm/mail", data={"prove_to": "https://evil.example/", "scope": "x"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {target(answer.text) for answer in answers} == {"/confirm"}
    assert hidden(answers[-1].text)["scope"] == "x"
    waiting = sam.post("/confirm/mail", data=hidden(answers[0].text))
    assert (waiting.status_code, "I pressed the button" in waiting.text) == (429, True)


def test_a_sign_in_from_before_is_asked_at_once(people: Cast, browse: As, database: Database) -> None:
    clara = browse(people.clara)
    with database.writing() as session:
        session.execute(update(SignIn).values(proved_at=None))
    assert grant(clara, people).status_code == 403


def test_no_form_that_asks_again_is_ever_kept_on_a_phone(people: Cast, browse: As, database: Database) -> None:
    """The outbox keeps what carries an op; what it sends by itself asks for JSON, which proves nothing."""
    with database.writing() as session:
        give_app(session, people.clara)
    clara = browse(people.clara)
    with database.writing() as session:
        session.execute(update(SupporterLink).where(SupporterLink.supporter_id == people.sam).values(confirmed_at=None))
    for page in ("/today", "/people/invite", f"/people?open={people.nora}", "/settings", "/settings/sign-in"):
        forms = re.findall(r"<form[^>]*>.*?</form>", clara.get(page).text, re.S)
        asking = [form for form in forms if re.search(ASKING, form)]
        assert asking, page
        assert not [form for form in asking if "op_id" in form or "data-op" in form]
