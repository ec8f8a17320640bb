"""The first run by plain forms: one question a screen, each may be skipped, and it is asked once."""

import re
from collections.abc import Iterable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from tests.conftest import As
from tests.support.cast import NOW, Cast
from tests.support.counting import counting
from webapp.db import Database
from webapp.domain.first_run import Screen
from webapp.domain.sharing import Scope
from webapp.models import ActionStep, Assignment, Commitment, Person, SharingGrant, SupporterLink
from webapp.queries import reminders
from webapp.views import forms, welcome

TWO_LANGUAGES = {"en": "English", "es": "Español"}


def speaks(monkeypatch: pytest.MonkeyPatch, languages: dict[str, str]) -> None:
    for module in (welcome, forms):
        monkeypatch.setattr(module, "offered", lambda: languages)


@pytest.fixture(autouse=True)
def one_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody is asked for theirs, unless a test speaks two."""
    speaks(monkeypatch, {"en": "English"})


def begin(database: Database, person_id: int, at: Screen | None = Screen.NAME) -> None:
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == person_id).values(first_run=at))


def kept(database: Database, person_id: int) -> Person:
    with database.writing() as session:
        person = session.get_one(Person, person_id)
        session.expunge(person)
        return person


def walk(browser: FlaskClient, answers: Iterable[dict[str, object]]) -> list[str]:
    """Answer one screen after the other and return where each answer led."""
    place = browser.get("/", follow_redirects=True).request.path
    seen = []
    for answer in answers:
        gone = browser.post(place, data=answer)
        assert gone.status_code == 303, place
        place = gone.headers["Location"]
        seen.append(place)
    return seen


def told(page: str) -> str:
    found = re.search(r"<span>(\d of \d)</span>", page)
    assert found, page
    return found.group(1)


def test_only_the_first_time_the_clock_of_the_phone_says_where_somebody_is(
    cast: Cast, browse: As, database: Database
) -> None:
    begin(database, cast.clara)
    clara = browse(cast.clara)
    assert "data-first" in clara.get("/welcome/day").text
    assert "data-first" not in clara.post("/welcome/day", data={"day_starts_at": "25"}).text
    walk(clara, [{"called": "Clara"}, {"day_starts_at": "5", "time_zone": "America/Chicago"}])
    for answered in ("day", "name"):  # one screen back, and all the way
        assert "data-first" not in clara.get("/welcome/day").text
        clara.post(f"/welcome/{answered}", data={"skip": "1"})
    assert "data-first" not in clara.get("/welcome/day").text


def test_a_client_s_way_from_their_name_to_today(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.clara)
    clara = browse(cast.clara)
    places = walk(clara, [
        {"called": "  Clarita "},
        {"day_starts_at": "5", "time_zone": "America/Chicago"},
        {"parts": ["morning", "evening"]},
        {},
        {"skip": "1"},
    ])  # fmt: skip
    assert places == ["/welcome/day", "/welcome/reminders", "/welcome/device", "/welcome/sharing", "/today"]
    now = kept(database, cast.clara)
    assert (now.called, now.day_starts_at, now.time_zone, now.first_run) == ("Clarita", 5, "America/Chicago", None)
    with database.reading() as connection:
        standing = reminders.of_person(connection, cast.clara, NOW)
    assert [(one.step_id, one.at) for one in standing] == [(cast.pills, "08:00"), (cast.walk, "19:00")]
    page = clara.get("/today").text
    assert page.count("That is all.") == 1
    assert "That is all." not in clara.get("/today").text


def test_every_screen_says_how_far_one_is(
    cast: Cast, browse: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, TWO_LANGUAGES)
    begin(database, cast.clara)
    clara = browse(cast.clara)
    clara.post("/welcome/reminders", data={"parts": ["morning"]})
    places = [f"/welcome/{screen}" for screen in Screen]
    assert [told(clara.get(place).text) for place in places] == [
        "1 of 5", "2 of 5", "3 of 5", "4 of 5", "4 of 5", "5 of 5",
    ]  # fmt: skip


def test_each_may_be_skipped_and_what_is_skipped_stays_as_it_was(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.clara)
    before = kept(database, cast.clara)
    skip = {"skip": "1", "called": "Nobody", "parts": "morning", "day_starts_at": "9"}
    places = walk(browse(cast.clara), [skip] * 4)
    assert places == ["/welcome/day", "/welcome/reminders", "/welcome/sharing", "/today"]
    after = kept(database, cast.clara)
    assert (after.called, after.day_starts_at, after.first_run) == (before.called, before.day_starts_at, None)
    with database.reading() as connection:
        assert reminders.of_person(connection, cast.clara, NOW) == ()


def test_all_of_it_may_be_left_out_at_once_and_is_never_asked_again(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.clara)
    clara = browse(cast.clara)
    assert clara.get("/").headers["Location"] == "/welcome"
    assert clara.post("/welcome/end").headers["Location"] == "/today"
    assert clara.get("/").headers["Location"] == "/today"
    for place in ("/welcome", "/welcome/name"):
        assert clara.get(place, follow_redirects=True).request.path == "/today"
    assert clara.post("/welcome/name", data={"called": "Late"}, follow_redirects=True).request.path == "/today"
    assert kept(database, cast.clara).called == "Clara"


def test_one_goes_back_sees_what_one_said_and_goes_on_from_there(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.clara)
    clara = browse(cast.clara)
    clara.post("/welcome/reminders", data={"parts": ["evening"]})
    assert 'href="/welcome/reminders"' in clara.get("/welcome/device").text
    page = clara.get("/welcome/reminders").text
    assert re.search(r'value="evening" checked', page)
    assert not re.search(r'value="morning" checked', page)
    clara.post("/welcome/reminders", data={})
    with database.reading() as connection:
        assert reminders.of_person(connection, cast.clara, NOW) == ()
    assert kept(database, cast.clara).first_run == "sharing", "without reminders there is no asking where"


def test_who_comes_back_another_day_goes_on_where_they_were(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.clara)
    browse(cast.clara).post("/welcome/name", data={"skip": "1"})
    again = browse(cast.clara).get("/", follow_redirects=True)
    assert again.request.path == "/welcome/day"


def test_what_can_not_be_used_is_said_and_nothing_moves(
    cast: Cast, browse: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, TWO_LANGUAGES)
    begin(database, cast.clara)
    clara = browse(cast.clara)
    for screen, answer, words in (
        ("name", {"called": ""}, "Write the name you want to be called"),
        ("language", {"language": "tlh"}, "Choose one of the languages"),
        ("day", {"day_starts_at": "25", "time_zone": "America/Chicago"}, "Choose an hour"),
        ("day", {"day_starts_at": "5", "time_zone": "Mars/Base"}, "Choose a place"),
    ):
        page = clara.post(f"/welcome/{screen}", data=answer)
        assert page.status_code == 422
        assert words in page.text
    assert kept(database, cast.clara).first_run == "name"


def test_a_language_is_kept_and_with_one_alone_nobody_is_asked(
    cast: Cast, browse: As, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(database, cast.clara)
    clara = browse(cast.clara)
    speaks(monkeypatch, {"en": "English"})
    assert clara.get("/welcome/language").headers["Location"] == "/welcome"
    speaks(monkeypatch, TWO_LANGUAGES)
    assert clara.post("/welcome/language", data={"language": "es"}).headers["Location"] == "/welcome/day"
    assert kept(database, cast.clara).language == "es"


def test_a_client_without_steps_or_people_is_asked_less(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        session.execute(update(ActionStep).where(ActionStep.client_id == cast.clara).values(status="retired"))
        session.execute(delete(Assignment).where(Assignment.client_id == cast.clara))
        session.execute(delete(SupporterLink).where(SupporterLink.client_id == cast.clara))
    begin(database, cast.clara)
    clara = browse(cast.clara)
    assert told(clara.get("/welcome/day").text) == "2 of 2"
    assert "Finish" in clara.get("/welcome/day").text
    assert clara.get("/welcome/sharing").headers["Location"] == "/welcome"
    assert clara.post("/welcome/sharing", data={}).headers["Location"] == "/welcome"
    begin(database, cast.clara, Screen.SHARING)
    assert clara.get("/welcome").headers["Location"] == "/today", "what is not asked any more holds nobody up"


# Who sees what


def scopes(database: Database, client: int, person: int) -> set[str]:
    grants = select(SharingGrant.scope).where(
        SharingGrant.client_id == client, SharingGrant.person_id == person, SharingGrant.withdrawn_at.is_(None)
    )
    with database.writing() as session:
        return set(session.scalars(grants))


def test_the_last_screen_lists_all_that_anybody_sees_and_offers_nothing_more(
    cast: Cast, browse: As, database: Database
) -> None:
    begin(database, cast.clara)
    page = browse(cast.clara).get("/welcome/sharing").text
    shared = {f"{cast.theo}-{scope}" for scope in Scope if scope is not Scope.SUBSTANCE_USE} | {f"{cast.sam}-steps"}
    assert set(re.findall(r'name="sees" value="([^"]+)" checked', page)) == shared
    assert set(re.findall(r'name="sees" value="([^"]+)"', page)) == shared
    assert "Nora Quist" in page
    assert "Sees only what you ask of them." in page


def test_what_is_left_ticked_stays_and_the_rest_stops(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.clara)
    shown = [f"{cast.theo}-plan", f"{cast.theo}-steps", f"{cast.sam}-steps"]
    browse(cast.clara).post("/welcome/sharing", data={"shown": shown, "sees": [f"{cast.theo}-plan"]})
    assert scopes(database, cast.clara, cast.sam) == set()
    assert scopes(database, cast.clara, cast.theo) == set(Scope) - {Scope.STEPS, Scope.SUBSTANCE_USE}, (
        "what was not on the screen is not touched"
    )


def test_a_care_team_without_the_plan_may_be_given_it_and_no_more(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        session.execute(delete(SharingGrant).where(SharingGrant.client_id == cast.clara))
    begin(database, cast.clara)
    clara = browse(cast.clara)
    page = clara.get("/welcome/sharing").text
    assert re.findall(r'name="sees" value="([^"]+)"', page) == [f"{cast.theo}-plan"]
    assert "checked" not in page
    wanted = [f"{cast.theo}-plan", f"{cast.theo}-notes", f"{cast.tess}-plan", "7", "x-plan"]
    clara.post("/welcome/sharing", data={"shown": wanted, "sees": wanted})
    assert scopes(database, cast.clara, cast.theo) == {"plan"}
    assert scopes(database, cast.clara, cast.tess) == set()


@pytest.mark.parametrize("screen", ["name", "day", "sharing"])
def test_a_screen_reads_nothing_twice(cast: Cast, browse: As, database: Database, screen: str) -> None:
    begin(database, cast.clara)
    clara = browse(cast.clara)
    with counting(database.engine) as said:
        assert clara.get(f"/welcome/{screen}").status_code == 200
    assert said
    assert len(said) == len(set(said.statements)), str(said)


# Supporters


def test_a_supporter_is_offered_it_once_nothing_waits_for_an_answer(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.sam)
    with database.writing() as session:
        session.get_one(Commitment, cast.promise).state = "proposed"
    sam = browse(cast.sam)
    assert sam.get("/").headers["Location"] == "/promises", "the promise comes first"
    assert "A few short questions" not in sam.get("/promises").text
    told = sam.post(f"/promises/{cast.promise}/answers", data={"verb": "accept"}, headers={"HX-Request": "true"})
    assert 'data-hx-swap-oob="innerHTML:#after"' in told.text
    assert told.text.count('id="offer"') == 1
    assert sam.get("/promises").text.count('id="offer"') == 1


@pytest.mark.parametrize("verb", ["decline", "suggest"])
def test_without_a_promise_there_is_nothing_to_ask_about(cast: Cast, browse: As, database: Database, verb: str) -> None:
    begin(database, cast.sam)
    with database.writing() as session:
        session.get_one(Commitment, cast.promise).state = "proposed"
    sam = browse(cast.sam)
    sam.post(f"/promises/{cast.promise}/answers", data={"verb": verb, "words": "On Fridays"})
    assert 'id="offer"' not in sam.get("/promises").text
    begin(database, cast.nora)
    assert 'id="offer"' not in browse(cast.nora).get("/promises").text


def test_a_supporter_s_way_is_short_and_ends_on_their_promises(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.sam)
    sam = browse(cast.sam)
    assert told(sam.get("/welcome/name").text) == "1 of 2"
    for at, answer, after in (
        ("name", {"called": "Sammy"}, "/welcome/reminders"),
        ("reminders", {"parts": ["evening"]}, "/welcome/device"),
        ("device", {}, "/promises"),
    ):
        assert sam.post(f"/welcome/{at}", data=answer).headers["Location"] == after
    with database.reading() as connection:
        standing = reminders.of_person(connection, cast.sam, NOW)
    assert [(one.step_id, one.at) for one in standing] == [(cast.ride, "19:00")]
    page = sam.get("/promises").text
    assert "That is all. What you promise stands here" in page
    assert 'id="offer"' not in page
    assert sam.get("/welcome/day", follow_redirects=True).request.path == "/promises"


def test_not_now_is_never_asked_again(cast: Cast, browse: As, database: Database) -> None:
    begin(database, cast.sam)
    sam = browse(cast.sam)
    assert 'action="/welcome/end"' in sam.get("/promises").text
    assert sam.post("/welcome/end").headers["Location"] == "/promises"
    assert 'id="offer"' not in sam.get("/promises").text


def test_staff_and_those_who_were_there_before_are_asked_nothing(cast: Cast, browse: As) -> None:
    for person, home in ((cast.clara, "/today"), (cast.sam, "/promises"), (cast.theo, "/caseload")):
        assert browse(person).get("/").headers["Location"] == home
    assert browse(cast.theo).get("/welcome").status_code == 404
    assert 'id="offer"' not in browse(cast.sam).get("/promises").text
