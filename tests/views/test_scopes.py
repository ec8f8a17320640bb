"""What a request may touch: the guard holds where a query has forgotten whose records it is about."""

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import As
from tests.support.cast import NOW, Cast
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.guard.statements import Unscoped
from webapp.models import ActionStep, AgendaItem, Person, SharingGrant
from webapp.queries import access
from webapp.views import edge
from webapp.views.policies import CLIENT, POLICIES, PUBLIC


@pytest.fixture
def app(config: Config, database: Database) -> Flask:
    """An application of its own, which takes another route."""
    made = create_app(config, database)
    made.testing = True
    return made


def test_a_loader_that_forgets_whose_a_record_is_finds_none_of_others(
    browse: As, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_number = select(*access._STEP.selected_columns).where(ActionStep.id == bindparam("step_id"))
    monkeypatch.setattr(access, "_STEP", by_number)
    clara, otto = browse(cast.clara), browse(cast.otto)
    assert clara.get(f"/steps/{cast.walk}").status_code == 200
    assert clara.get(f"/steps/{cast.otto_step}").status_code == 404
    assert otto.get(f"/steps/{cast.otto_step}").status_code == 200
    assert otto.get(f"/steps/{cast.walk}").status_code == 404


def test_a_loader_that_forgets_the_assignment_opens_no_record(
    browse: As, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:  # from before she was unassigned, say
        plan = SharingGrant(client_id=cast.clara, person_id=cast.tess, scope="plan", granted_by_id=cast.clara)
        plan.granted_at = plan.starts_at = NOW
        session.add(plan)
    anybody = access._client_with_grants().where(Person.id == bindparam("client_id"))
    monkeypatch.setattr(access, "_ASSIGNED", anybody)
    page = f"/clients/{cast.clara}/before-session"
    assert "Walk" in browse(cast.theo).get(page).text
    with pytest.raises(DBAPIError, match="out of scope|row-level security"):  # the look can't even be written down
        browse(cast.tess).get(page)


def test_a_request_sees_changes_and_makes_only_what_is_its_own(
    app: Flask, browse: As, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless() -> ResponseReturnValue:
        seen = edge.reading().execute(text("SELECT DISTINCT client_id FROM action_steps")).scalars().all()
        with edge.writing() as session:
            session.execute(text("UPDATE action_steps SET cue = 'careless'"))
        try:
            with edge.writing() as session:
                session.add(AgendaItem(client_id=cast.otto, text="careless", created_at=NOW))
        except DBAPIError:
            return {"seen": list(seen), "made": False}
        return {"seen": list(seen), "made": True}

    for name, policy in (("careless", CLIENT), ("open", PUBLIC)):
        app.add_url_rule(f"/{name}", name, careless)
        monkeypatch.setitem(POLICIES, name, policy)
    assert browse(cast.clara).get("/careless").json == {"seen": [cast.clara], "made": False}
    assert browse(None).get("/open").json == {"seen": [], "made": False}
    assert browse(cast.ada).get("/open").json == {"seen": [], "made": False}
    with database.reading() as connection:
        changed = select(ActionStep.client_id).where(ActionStep.cue == "careless").distinct()
        assert connection.execute(changed).scalars().all() == [cast.clara]
        assert connection.execute(select(AgendaItem.id)).all() == []


def test_a_request_has_no_scope_until_its_policy_gave_it_one(app: Flask, cast: Cast) -> None:
    with app.test_request_context("/today"):
        with pytest.raises(Unscoped):
            edge.reading().execute(select(ActionStep.id))
        with pytest.raises(Unscoped), edge.writing() as session:
            session.execute(select(ActionStep.id))
