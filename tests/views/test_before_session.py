"""What a therapist reads before a session, that the client can see they read it, and what is not shared."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.support.cast import NOW, Cast
from tests.support.clara import TALK, WALKED, live_two_weeks
from tests.support.counting import counting
from webapp.db import Database
from webapp.domain.sharing import Scope
from webapp.models import Look, SharingGrant
from webapp.models import Session as Appointment

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
    return " ".join(text.split())


def test_the_page_says_what_was_recorded(browse: As, lived: Cast) -> None:
    answer = browse(lived.theo).get(address(lived))
    assert answer.status_code == 200
    page = squeezed(answer.text)
    for words in (
        "Since your last session on 5 Nov, 12:00.",
        "Next session tomorrow, 12:00.",
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
        "it happened 2×, it moved 0×, it didn’t 0×",
        "Clara says not today, Sam Reyes says done",
        "3 sent, 1 in doubt, 1 not reached",
        "from 5 Oct, to 31 Mar 2027, review on 7 Dec",
        "canary-changed-step",
    ):
        assert words in page, words
    assert "not shared" not in page


def test_the_text_to_copy_says_the_same(browse: As, lived: Cast) -> None:
    page = browse(lived.theo).get(address(lived)).text
    note = page[page.index("<textarea") : page.index("</textarea>")]
    for words in (TALK, WALKED, "3 of 13 so far", "week from 2 Nov: 2 of 2 (1 done, 1 some)", "7.5 → 6.5", "3 sent"):
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
        session.query(SharingGrant).delete()
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
    assert "sees that you read this today, 12:00" in theo.get(address(cast)).text
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
    assert "No session held yet: since 5 Oct" in page
    assert "/reviewed" not in page
