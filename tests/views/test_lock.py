"""A locked phone shows nobody anything but lines to call, until its PIN is typed."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import KEY, As
from tests.support.cast import NOW, Cast
from webapp import clock
from webapp.db import Database
from webapp.models import Person, SignIn
from webapp.services import locks, settings

PIN = "4071"
PASSWORD = "a short sentence about rivers"


def turn_on(browser: FlaskClient, pin: str = PIN, after: int = 5, **more: str) -> int:
    form = {"pin": pin, "again": pin, "after": str(after)} | more
    return browser.post("/settings/privacy/lock", data=form).status_code


def is_open(browser: FlaskClient) -> bool:
    return browser.get("/settings").status_code == 200


def test_after_a_while_away_nothing_but_lines_to_call_is_shown_until_the_pin_is_typed(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    assert turn_on(clara) == 303
    with clock.standing_at(NOW + timedelta(minutes=5)):
        assert is_open(clara)
    for minutes in (11, 12):  # asking does not count as being there
        with clock.standing_at(NOW + timedelta(minutes=minutes)):
            for path in ("/today", "/coping", "/plan?x=1", "/settings/privacy"):
                answer = clara.get(path)
                assert (answer.status_code, "/unlock?next=" in answer.location) == (303, True), path
            page = clara.get("/unlock?next=/coping").text
            help_now = clara.get("/help-now")
            for text in (page, help_now.text):
                assert "Clara" not in text
                assert 'data-user=""' in text
            assert "tel:988" in help_now.text
            assert "Aunt June" not in help_now.text
            assert (help_now.headers["Cairn-User"], "Cairn-Keep" in help_now.headers) == ("-", False)
            assert clara.get("/whoami").json == {"user": ""}
            for headers in ({"HX-Request": "true"}, {"Accept": "application/json"}):
                assert clara.post("/bad-day", headers=headers).status_code == 401
            assert clara.get("/sign-in").status_code == 200, "another way in"
    with clock.standing_at(NOW + timedelta(minutes=13)):
        wrong = clara.post("/unlock", data={"pin": "4072", "next": "/coping"})
        assert (wrong.status_code, "4 more tries" in wrong.text, 'value="/coping"' in wrong.text) == (422, True, True)
        told = clara.post("/unlock", data={"pin": "1"}, headers={"Accept": "application/json"})
        assert (told.status_code, told.json["ok"]) == (422, False)
        right = clara.post("/unlock", data={"pin": PIN, "next": "/coping"})
        assert (right.status_code, right.location) == (303, "/coping")
        assert is_open(clara)
        again = clara.post("/unlock", data={}, headers={"Accept": "application/json"})
        assert again.json == {"ok": True, "user": clara.get("/whoami").json["user"]}
        assert clara.get("/unlock?next=//evil.example").location == "/"


def test_five_wrong_pins_in_a_row_end_the_sign_in_wherever_they_are_typed(
    cast: Cast, browse: As, database: Database
) -> None:
    clara, sam = browse(cast.clara), browse(cast.sam)
    turn_on(clara)
    turn_on(sam)
    with clock.standing_at(NOW + timedelta(minutes=5)):
        assert is_open(sam)
    with clock.standing_at(NOW + timedelta(minutes=10, seconds=30)):
        statuses = [clara.post("/unlock", data={"pin": "9999"}).status_code for _ in range(4)]
        assert statuses == [422] * 4
        assert clara.post("/unlock", data={"pin": PIN}).status_code == 303
        assert is_open(clara), "the right one forgets the wrong ones"
        clara.post("/lock")
        for _ in range(4):
            clara.post("/unlock", data={"pin": "9999"})
        out = clara.post("/unlock", data={"pin": "9999", "next": "/plan"})
        assert (out.status_code, out.location) == (303, "/sign-in?next=/plan")
        page = clara.get(out.location)
        assert (page.status_code, "five times" in page.text) == (200, True)
        # On the page where it is changed, the present one is asked once the sign-in is no longer fresh.
        wrong = [turn_on(sam, "90210", present="9999") for _ in range(4)]
        assert wrong == [422] * 4
        assert sam.post("/settings/privacy/lock/remove", data={"present": "9999"}).location == "/sign-in"
        assert sam.get("/settings").status_code == 303
    with database.reading() as connection:
        ended = connection.execute(select(SignIn.wrong_pins, SignIn.ended_at.is_not(None))).all()
    assert [tuple(row) for row in ended] == [(5, True), (5, True)]


def test_tries_that_come_at_once_are_no_more_than_five(cast: Cast, browse: As, database: Database) -> None:
    browse(cast.clara)
    with database.writing() as session:
        number = session.scalars(select(SignIn.id)).one()
        assert [locks.try_once(session, number) for _ in range(7)] == [4, 3, 2, 1, 0, None, None]


def test_a_pin_is_kept_so_that_the_database_alone_does_not_tell_it(cast: Cast, browse: As, database: Database) -> None:
    turn_on(browse(cast.clara))
    with database.reading() as connection:
        kept = connection.execute(select(Person.pin_hash).where(Person.id == cast.clara)).scalar_one()
    assert kept.startswith("$argon2id$")
    assert locks.fits(kept, KEY, cast.clara, PIN)
    assert not locks.fits(kept, "another key", cast.clara, PIN)
    assert not locks.fits(kept, KEY, cast.sam, PIN), "nobody else's PIN has the same hash"
    assert not locks.fits(None, KEY, cast.clara, PIN)


def test_what_is_no_pin_is_said_beside_it_and_the_lock_stays_as_it_was(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    for form, words in (
        ({"pin": "12", "again": "12"}, "4 to 8 digits, and"),
        ({"pin": "1234", "again": "1234"}, "one of the first"),
        ({"pin": PIN, "again": "4072"}, "type the PIN twice"),
        ({"pin": PIN, "again": PIN, "after": "7"}, "Choose one of these"),
        ({"pin": "", "again": ""}, "4 to 8 digits, and"),
    ):
        answer = clara.post("/settings/privacy/lock", data={"after": "5"} | form)
        assert (answer.status_code, words in answer.text) == (422, True), form
        assert PIN not in answer.text
    with clock.standing_at(NOW + timedelta(days=1)):
        assert is_open(clara), "no lock was set"


def test_minutes_are_changed_without_a_new_pin_and_the_lock_is_taken_off_with_the_old_one(
    cast: Cast, browse: As
) -> None:
    clara = browse(cast.clara)
    turn_on(clara)
    assert turn_on(clara, pin="", after=60) == 303
    with clock.standing_at(NOW + timedelta(minutes=60)):
        assert is_open(clara)
        assert 'name="present"' in clara.get("/settings/privacy").text
        assert clara.post("/settings/privacy/lock/remove", data={"present": "1111"}).status_code == 422
        assert clara.post("/settings/privacy/lock/remove", data={"present": PIN}).status_code == 303
    with clock.standing_at(NOW + timedelta(days=3)):
        assert is_open(clara)
        assert clara.post("/lock").status_code == 303
        assert is_open(clara), "without a PIN nothing can be locked"


def test_whoever_forgot_it_signs_in_anew_and_chooses_another(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        settings.choose_password(session, cast.clara, PASSWORD, NOW)
    clara = browse(cast.clara)
    turn_on(clara)
    clara.post("/lock")
    assert not is_open(clara)
    answer = clara.post("/unlock/forgotten", data={"next": "/plan"})
    assert answer.location == "/sign-in?next=/plan"
    signed = {"email": "clara@example.test", "password": PASSWORD}
    assert clara.post("/sign-in", data=signed).status_code == 303
    assert is_open(clara)
    assert 'name="present"' not in clara.get("/settings/privacy").text
    assert turn_on(clara, "90210") == 303
    clara.post("/lock")
    assert clara.post("/unlock", data={"pin": PIN}).status_code == 422
    assert clara.post("/unlock", data={"pin": "90210"}).status_code == 303


def test_a_locked_phone_can_be_signed_out_and_signing_in_on_it_ends_what_was_locked(
    cast: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        settings.choose_password(session, cast.clara, PASSWORD, NOW)
    ways = ("/sign-out", "/sign-out-everywhere", "/phone/forget", "/quick-exit", "/unlock/forgotten", "/sign-in")
    for way in ways:
        clara = browse(cast.clara)
        turn_on(clara)
        clara.post("/lock")
        assert not is_open(clara)
        form = {"email": "clara@example.test", "password": PASSWORD} if way == "/sign-in" else {}
        assert clara.post(way, data=form).status_code == 303, way
        with database.writing() as session:
            open_now = session.scalars(select(SignIn.id).where(SignIn.ended_at.is_(None))).all()
            assert len(open_now) == (way == "/sign-in"), way


def test_only_whoever_uses_it_on_a_phone_is_offered_a_lock(cast: Cast, browse: As) -> None:
    for person, there in ((cast.clara, True), (cast.sam, True), (cast.theo, False), (cast.ada, False)):
        browser = browse(person)
        assert ("/settings/privacy" in browser.get("/settings").text) is there
        assert (browser.get("/settings/privacy").status_code == 200) is there
    assert browse(None).get("/unlock").location == "/"
    assert browse(None).post("/lock").status_code == browse(None).post("/unlock/forgotten").status_code == 303
