"""An admin looks after accounts, and learns nothing of any plan."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from webapp.config import Config
from webapp.db import Database
from webapp.models import (
    ActionStep,
    AgendaItem,
    CarePlan,
    CheckIn,
    ClientInformation,
    Contact,
    CopingStrategy,
    Delivery,
    Endpoint,
    Goal,
    Invitation,
    Notice,
    Organisation,
    Person,
    SupporterLink,
)
from webapp.queries import admin as queries
from webapp.queries.admin import Sending


def test_no_page_of_the_admin_shows_anything_of_a_plan(cast: Cast, browse: As, database: Database) -> None:
    """Canaries in every place where somebody writes; none may sing on an admin's page."""
    with database.writing() as session:
        plan = session.get_one(CarePlan, cast.plan)
        plan.vision = plan.note = "canary plan"
        step = session.get_one(ActionStep, cast.walk)
        step.text = step.own_words = step.purpose = step.how_to = "canary step"
        session.get_one(Goal, cast.goal).statement = "canary goal"
        session.get_one(CopingStrategy, cast.breathing).text = "canary coping"
        session.add(ClientInformation(client_id=cast.clara, history="canary history", address="canary address"))
        session.add(Contact(client_id=cast.clara, name="canary contact"))
        session.add(AgendaItem(client_id=cast.clara, text="canary agenda", created_at=NOW))
        session.scalars(select(SupporterLink)).first().relation = "canary relation"  # type: ignore[union-attr]
        session.add(
            CheckIn(
                client_id=cast.clara,
                step_id=cast.walk,
                by_id=cast.clara,
                op_id="1",
                day=TODAY,
                outcome="not_today",
                reason="canary reason",
                note="canary note",
                at=NOW,
            )
        )
    ada = browse(cast.ada)
    pages = ["/admin", "/admin/people/new", "/settings", "/outbox"]
    pages += [f"/admin/people/{person}" for person in (cast.clara, cast.sam, cast.theo, cast.otto)]
    for page in pages:
        response = ada.get(page)
        assert response.status_code == 200, page
        assert "canary" not in response.text, page
        assert "Ring my sponsor" not in response.text


def test_the_list_says_who_is_who(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        session.get_one(Person, cast.otto).deactivated_at = NOW
        session.get_one(Person, cast.nora).joined_at = None
    page = browse(cast.ada).get("/admin").text
    for words in ("Clara Reyes", "psychotherapist", "deactivated", "invited", "7 accounts"):
        assert words in page


def test_deactivating_signs_out_at_once_and_reactivating_lets_back_in(cast: Cast, browse: As) -> None:
    theo, ada = browse(cast.theo), browse(cast.ada)
    assert ada.post(f"/admin/people/{cast.theo}/deactivated").status_code == 303
    assert theo.get("/settings").status_code == 303
    assert "Nobody can sign in" in ada.get(f"/admin/people/{cast.theo}").text
    assert ada.post(f"/admin/people/{cast.theo}/reactivated").status_code == 303
    assert theo.get("/settings").status_code == 303  # the old session stays ended
    assert browse(cast.theo).get("/settings").status_code == 200


def test_the_last_admin_stays(cast: Cast, browse: As) -> None:
    ada = browse(cast.ada)
    response = ada.post(f"/admin/people/{cast.ada}/deactivated")
    assert response.status_code == 422
    assert "only admin" in response.text
    assert ada.get("/admin").status_code == 200


def test_assigning_and_unassigning_count_at_the_next_request(cast: Cast, browse: As) -> None:
    ada, tess, clara = browse(cast.ada), browse(cast.tess), browse(cast.clara)
    record, theirs = f"/clients/{cast.clara}/sessions", f"/admin/people/{cast.clara}"
    for shares, seen in ((False, 404), (True, 200), (False, 404)):
        assert "Clara Reyes" not in tess.get("/caseload").text
        assert ada.post(f"{theirs}/assigned", data={"care_team_id": cast.tess}).status_code == 303
        assert "Clara Reyes" in tess.get("/caseload").text
        if shares:
            clara.post(f"/people/{cast.tess}/grants", data={"scope": "plan"})
        assert tess.get(record).status_code == seen
        ada.post(f"{theirs}/unassigned", data={"care_team_id": cast.tess})
        assert tess.get(record).status_code == 404


@pytest.mark.parametrize("care_team_id", ["", "x", "-1", "999999", "9" * 30, "²"])
def test_assigning_nobody_is_nothing_here(cast: Cast, browse: As, care_team_id: str) -> None:
    response = browse(cast.ada).post(f"/admin/people/{cast.clara}/assigned", data={"care_team_id": care_team_id})
    assert response.status_code == 404


def test_a_supporter_cannot_be_assigned(cast: Cast, browse: As) -> None:
    response = browse(cast.ada).post(f"/admin/people/{cast.clara}/assigned", data={"care_team_id": cast.sam})
    assert response.status_code == 404


def test_an_account_is_made_by_invitation(cast: Cast, browse: As, database: Database) -> None:
    form = {"name": "Pat Doe", "email": "pat@example.test", "role": "care_team", "discipline": "nurse"}
    page = browse(cast.ada).post("/admin/people/new", data=form, follow_redirects=True)
    assert "Invitation to Pat Doe" in page.text
    with database.writing() as session:
        made = session.scalars(select(Invitation)).one()
        pat = session.get_one(Person, made.person_id)
        assert (made.role, pat.is_care_team, pat.discipline, pat.password_hash) == ("care_team", True, "nurse", None)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("role", "supporter", "what the account is for"),
        ("role", "", "what the account is for"),
        ("email", "theo@example.test", "already"),
        ("discipline", "x" * 81, "80 letters"),
    ],
)
def test_an_account_that_cannot_be_made_says_why(cast: Cast, browse: As, field: str, value: str, words: str) -> None:
    form = {"name": "Pat Doe", "email": "pat@example.test", "role": "care_team", "discipline": ""} | {field: value}
    response = browse(cast.ada).post("/admin/people/new", data=form)
    assert response.status_code == 422
    assert words in response.text
    assert 'value="Pat Doe"' in response.text


def test_the_organisation_has_a_name_and_a_country(cast: Cast, browse: As, database: Database) -> None:
    ada = browse(cast.ada)
    assert ada.post("/admin/organisation", data={"name": "River House", "country": "gb"}).status_code == 303
    with database.writing() as session:
        kept = session.get_one(Organisation, cast.organisation)
        assert (kept.name, kept.country) == ("River House", "GB")
    response = ada.post("/admin/organisation", data={"name": "", "country": "Great Britain"})
    assert response.status_code == 422
    assert "two letters" in response.text


def test_a_closed_account_is_out_even_where_a_session_of_it_was_left_open(
    cast: Cast, browse: As, database: Database
) -> None:
    theo = browse(cast.theo)
    with database.writing() as session:
        session.get_one(Person, cast.theo).deactivated_at = NOW
    assert theo.get("/caseload").headers["Location"].startswith("/sign-in")
    assert theo.post(f"/clients/{cast.clara}/plan/strength/new", data={"text": "x"}).status_code == 401


def test_an_admin_sees_that_a_mail_went_out_but_not_the_link_in_it(cast: Cast, browse: As, config: Config) -> None:
    browse(None).post("/sign-in/link", data={"email": "clara@example.test"})
    page = browse(cast.ada).get("/outbox").text
    assert "clara@example.test" in page
    assert "What it says is for its receiver" in page
    assert "/sign-in/link/" not in page


def test_a_country_without_a_crisis_line_is_said_and_one_that_is_none_refused(cast: Cast, browse: As) -> None:
    ada = browse(cast.ada)
    kept = ada.post("/admin/organisation", data={"name": "River House", "country": "aq"}, follow_redirects=True)
    assert "has no crisis line for AQ yet" in kept.text
    assert ada.post("/admin/organisation", data={"name": "River House", "country": "us"}).status_code == 303
    assert "Saved." in ada.get("/admin").text
    refused = ada.post("/admin/organisation", data={"name": "River House", "country": "zq"})
    assert refused.status_code == 422
    assert "No country has these two letters" in refused.text


def test_how_sending_went_is_told_in_numbers_of_ones_own_organisation(
    cast: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        mails = dict(session.execute(select(Endpoint.person_id, Endpoint.id)).all())
        session.get_one(Endpoint, mails[cast.sam]).off_at = NOW
        session.add(Endpoint(person_id=cast.clara, channel="push", address="x", created_at=NOW))
        days = {"sent": (0, 1), "unknown": (2,), "failed": (3, 4, 5), "cancelled": (1,)}
        for kind, state in enumerate(days):
            for ago in (*days[state], 8):
                then = NOW - timedelta(days=ago)
                notice = Notice(
                    person_id=cast.clara,
                    kind="review",
                    key=f"{kind} {ago}",
                    due_at=then,
                    expires_at=then,
                    created_at=then,
                )
                session.add(notice)
                session.flush()
                session.add(
                    Delivery(
                        notice_id=notice.id,
                        endpoint_id=mails[cast.clara],
                        person_id=cast.clara,
                        channel="email",
                        state=state,
                        due_at=then,
                    )  # fmt: skip
                )
        elsewhere = Organisation(name="Elsewhere", country="US", created_at=NOW)
        session.add(elsewhere)
        session.flush()
    with database.reading() as connection:
        told = queries.sending(connection, cast.organisation, NOW)
        assert told == Sending(addresses_on=1, addresses_off=1, sent=2, in_doubt=1, not_sent=3)
        assert queries.sending(connection, elsewhere.id, NOW) == Sending(0, 0, 0, 0, 0)
    page = " ".join(browse(cast.ada).get("/admin").text.split())
    assert '<dt>In doubt</dt><dd class="num">1</dd>' in page
    assert '<dt>Switched off after refusals</dt><dd class="num">1</dd>' in page
