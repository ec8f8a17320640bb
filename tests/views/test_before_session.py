"""What a therapist reads before a session, that the client can see they read it, and what is not shared."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.cast import NOW, TODAY, Cast
from tests.support.clara import TALK, WALKED, live_two_weeks
from tests.support.counting import counting
from webapp.db import Database
from webapp.domain.before_session import WeekCounts
from webapp.domain.sharing import Scope
from webapp.models import CarePlan, Look, PlanChange, SharingGrant
from webapp.models import Session as Appointment
from webapp.queries.before_session import Confirmed, Reached
from webapp.views.before_session import confirmed_words, reached_words, week_words

As = Callable[[int | None], FlaskClient]


@pytest.fixture
def lived(database: Database, cast: Cast) -> Cast:
    with database.writing() as session:
        live_two_weeks(session, cast)
    return cast


def address(cast: Cast) -> str:
    return f"/clients/{cast.clara}/before-session"


def looks(database: Database) -> list[tuple[int, int, str]]:
    with database.writing() as session:
        return [(look.by_id, look.client_id, look.page) for look in session.query(Look)]


def squeezed(text: str) -> str:
    return re.sub(r"[ \t\n]+", " ", text)


def test_the_page_says_what_was_recorded(browse: As, lived: Cast) -> None:
    answer = browse(lived.theo).get(address(lived))
    assert answer.status_code == 200
    page = squeezed(answer.text)
    for words in (
        "Since your last session on Nov 5, 12:00\xa0PM.",
        "Next session tomorrow, 12:00\xa0PM.",
        TALK,
        "“Take the morning pills”: 3 of 13 so far",
        "After “Slow breathing” distress stayed high (2 uses)",
        "1 reminder did not arrive",
        '2 of 2<span class="hide">: 1 done, 1 some',
        '1 of 2<span class="hide">: 1 done, 1 not today',
        '1 of 2<span class="hide">: 1 done, still open',
        '3 of 6<span class="hide">: 3 done, 1 not today, 3 no record',
        "at least twice a week",
        WALKED,
        "“Walk by the river”: 3 of 4",
        "7.5 → 6.5",
        "it happened 2 times",
        "Clara says not today, Sam Reyes says done",
        "3 reminders sent, 1 we can’t be sure of, 1 did not arrive",
        "from Oct 5, to Mar 31, 2027, review on Dec 7",
        "canary-changed-step",
    ):
        assert words in page, words
    assert "not shared" not in page


def test_the_text_to_copy_says_the_same(browse: As, lived: Cast) -> None:
    page = browse(lived.theo).get(address(lived)).text
    note = page[page.index("<textarea") : page.index("</textarea>")]
    for words in (
        TALK,
        WALKED,
        "3 of 13 so far",
        "week from Nov 2: 2 of 2 (1 done, 1 some)",
        "7.5 → 6.5",
        "3 reminders sent",
    ):
        assert words in note, words


def test_what_people_wrote_is_never_markup(browse: As, database: Database, cast: Cast) -> None:
    from webapp.services import agenda

    with database.writing() as session:
        agenda.add(session, cast.clara, "</textarea><script>alert(1)</script>", NOW)
    page = browse(cast.theo).get(address(cast)).text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 2


def test_opening_the_page_is_a_look_the_client_can_read(browse: As, database: Database, cast: Cast) -> None:
    browse(cast.theo).get(address(cast))
    assert looks(database) == [(cast.theo, cast.clara, "before_session")]


def test_a_refused_look_is_no_look(browse: As, database: Database, cast: Cast) -> None:
    assert browse(cast.tess).get(address(cast)).status_code == 404
    assert looks(database) == []


@pytest.mark.parametrize("scope", [Scope.AGENDA, Scope.PLAN, Scope.STEPS, Scope.NOTES, Scope.COPING, Scope.DISTRESS])
def test_a_withdrawn_grant_says_not_shared_at_the_next_request(
    browse: As, database: Database, lived: Cast, scope: Scope
) -> None:
    theo = browse(lived.theo)
    canary = {
        Scope.AGENDA: TALK,
        Scope.PLAN: "canary-changed-step",
        Scope.STEPS: "Take the morning pills",
        Scope.NOTES: WALKED,
        Scope.COPING: "Slow breathing",
        Scope.DISTRESS: "7.5",
    }[scope]
    assert canary in theo.get(address(lived)).text
    with database.writing() as session:
        session.query(SharingGrant).filter_by(person_id=lived.theo, scope=scope).update({"withdrawn_at": NOW})
    page = theo.get(address(lived)).text
    assert canary not in page
    assert "not shared" in page


def test_with_nothing_shared_the_page_says_so_everywhere(browse: As, database: Database, lived: Cast) -> None:
    with database.writing() as session:
        session.query(SharingGrant).update({"withdrawn_at": NOW})
    assert browse(lived.theo).get(address(lived)).status_code == 404
    with database.writing() as session:  # this one alone opens the page, and shows nothing by itself
        kind = Scope.SUBSTANCE_USE
        session.add(
            SharingGrant(
                client_id=lived.clara,
                person_id=lived.theo,
                scope=kind,
                granted_by_id=lived.clara,
                granted_at=NOW,
                starts_at=NOW,
            )
        )
    page = browse(lived.theo).get(address(lived)).text
    sections = page[page.index('class="session') : page.index("<textarea")]
    assert sections.count("not shared") == sections.count("<section") == 10
    assert "canary" not in page
    assert "nothing recorded" not in page


def test_with_nothing_recorded_the_page_says_so(browse: As, cast: Cast) -> None:
    page = browse(cast.theo).get(address(cast)).text
    assert "nothing recorded" in page
    assert "not shared" not in page


def test_substance_use_is_not_hinted_at(browse: As, lived: Cast) -> None:
    page = browse(lived.theo).get(address(lived)).text
    for canary in ("canary-sober", "sponsor", "substance"):
        assert canary not in page


def test_the_page_takes_at_most_twelve_queries(browse: As, database: Database, lived: Cast) -> None:
    theo = browse(lived.theo)
    theo.get(address(lived))
    with counting(database.engine) as counted:
        assert theo.get(address(lived)).status_code == 200
    assert len(counted) <= 12, str(counted)


def test_the_front_door_of_a_record_is_this_page(browse: As, cast: Cast) -> None:
    answer = browse(cast.theo).get(f"/clients/{cast.clara}")
    assert (answer.status_code, answer.location) == (303, address(cast))


def test_reviewed_leaves_a_receipt(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    assert "leaves a receipt" in theo.get(address(cast)).text
    answer = theo.post(f"/clients/{cast.clara}/sessions/{cast.next_session}/reviewed")
    assert (answer.status_code, answer.location) == (303, address(cast))
    assert "sees that you read this today, 12:00\xa0PM" in theo.get(address(cast)).text
    with database.writing() as session:
        assert session.get_one(Appointment, cast.next_session).reviewed_at == NOW


def test_a_session_half_a_year_ago_shortens_the_page(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Appointment, cast.last_session).starts_at = NOW - timedelta(days=200)
    assert "the last 8 weeks" in browse(cast.theo).get(address(cast)).text


def test_without_a_session_the_page_says_since_when(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.query(Appointment).delete()
    page = browse(cast.theo).get(address(cast)).text
    assert "No session held yet: since Oct 5" in page
    assert "/reviewed" not in page


def test_a_count_of_none_is_left_out_and_one_is_not_many(app: Flask) -> None:
    with app.test_request_context():
        _counts_read_well()


def _counts_read_well() -> None:
    assert confirmed_words(Confirmed("Sam", "Drive", "active", 1, 0, 0, ())) == "it happened 1 time"
    assert confirmed_words(Confirmed("Sam", "Drive", "active", 0, 0, 0, ())) == "promised, nothing said since"
    assert confirmed_words(Confirmed("Sam", "Drive", "proposed", 0, 0, 0, ())) == "asked, no answer yet"
    assert reached_words(Reached(1, 0, 0)) == "1 reminder sent"


def test_a_bare_count_says_times_and_an_empty_week_says_nothing(app: Flask) -> None:
    week = WeekCounts(TODAY, done=5)
    with app.test_request_context():
        assert (week_words(week), week_words(replace(week, done=1))) == ("5 times", "1 time")
        assert week_words(WeekCounts(TODAY)) == ""


def test_a_review_gone_by_is_said(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(CarePlan, cast.plan).review_on = TODAY - timedelta(days=4)
    assert "the review was for Nov 15" in browse(cast.theo).get(address(cast)).text


def test_a_changed_rhythm_says_from_what_to_what(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        before, after = ({"text": "Walk", "priority": each} for each in ("low", "high"))
        told = {"noun": "goal", "noun_id": cast.goal, "what": "changed", "before": before, "after": after}
        session.add(PlanChange(client_id=cast.clara, plan_id=cast.plan, by_id=cast.theo, at=NOW, **told))
    page = squeezed(browse(cast.theo).get(address(cast)).text)
    assert 'Priority: <span class="soft">low</span> → high' in page


def test_the_receipt_names_its_session(browse: As, cast: Cast) -> None:
    assert "for the session of tomorrow, 12:00\xa0PM" in browse(cast.theo).get(address(cast)).text
