"""Plan files come in whole and go out with the same facts."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, select

from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from tests.support.plan_files import plans
from webapp.db import Database
from webapp.domain.people import Role
from webapp.models import (
    ActionStep,
    Assignment,
    CadenceVersion,
    CarePlan,
    Commitment,
    CopingStrategy,
    Goal,
    Person,
    PlanChange,
    SharingGrant,
    TeamMember,
)
from webapp.services import invitations, plan_files

OWN = Path(__file__).parents[1] / "fixtures" / "sample_plans"
BESIDE = Path(__file__).parents[3] / "shared" / "data" / "sample_plans"
SAMPLES = [*sorted(OWN.glob("*.json")), *sorted(BESIDE.glob("*.json"))]


def sample(name: str) -> bytes:
    return (OWN / f"{name}.json").read_bytes()


def take_in(database: Database, content: bytes, client: str = "betsy@example.test"):
    with database.writing() as session:
        return plan_files.import_for(session, content, client, "theo@example.test", NOW)


def give_out(database: Database, client: str = "betsy@example.test") -> object:
    with database.writing() as session:
        return json.loads(plan_files.export_for(session, client, NOW))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: f"{file.parents[1].name}-{file.stem}")
def test_a_plan_that_was_imported_is_exported_with_the_same_facts(database: Database, cast: Cast, file: Path) -> None:
    report = take_in(database, file.read_bytes())
    assert give_out(database) == json.loads(file.read_bytes())
    assert report.kept_without_place == ()


def test_all_four_sample_plans_are_here() -> None:
    assert len(list(OWN.glob("*.json"))) == 4


def test_one_plan_after_the_other_leaves_the_last_and_keeps_the_first_in_the_history(
    database: Database, cast: Cast
) -> None:
    for file in SAMPLES[:4]:
        take_in(database, file.read_bytes())
        assert give_out(database) == json.loads(file.read_bytes())
    with database.writing() as session:
        client = session.scalars(select(Person).where(Person.email_key == "betsy@example.test")).one()
        plans = session.scalars(select(CarePlan).where(CarePlan.client_id == client.id).order_by(CarePlan.id)).all()
        assert [plan.ended_at is None for plan in plans] == [False, False, False, True]
        changes = session.scalars(
            select(PlanChange).where(PlanChange.client_id == client.id).order_by(PlanChange.id)
        ).all()
        assert [change.before for change in changes] == [
            None,
            *(json.loads(file.read_bytes()) for file in SAMPLES[:3]),
        ]
        # What helps stays with the person, whatever the new plan says.
        strategies = session.scalars(select(CopingStrategy).where(CopingStrategy.client_id == client.id)).all()
        assert len(strategies) == 6
        assert all(strategy.retired_at is None for strategy in strategies)


def test_the_same_plan_twice_does_not_double_what_helps(database: Database, cast: Cast) -> None:
    take_in(database, sample("kdense-depression"))
    take_in(database, sample("kdense-depression"))
    assert give_out(database) == json.loads(sample("kdense-depression"))
    with database.writing() as session:
        assert len(session.scalars(select(CopingStrategy).where(CopingStrategy.created_by_id == cast.theo)).all()) == 6


def test_a_client_with_a_plan_gets_the_new_one_and_their_promises_of_the_old_one_end(
    database: Database, cast: Cast
) -> None:
    report = take_in(database, sample("pco-dorothy"), "clara@example.test")
    assert report.ended_a_plan
    with database.writing() as session:
        assert session.get_one(CarePlan, cast.plan).ended_at == NOW
        assert session.get_one(ActionStep, cast.walk).status == "retired"
        walk = session.scalars(select(CadenceVersion).where(CadenceVersion.step_id == cast.walk)).one()
        assert walk.valid_to == TODAY
        assert session.get_one(Commitment, cast.promise).state == "ended"
        change = session.scalars(select(PlanChange).where(PlanChange.client_id == cast.clara)).one()
        assert change.before is not None
        assert "Walk by the river" in json.dumps(change.before)
        assert change.substance_use  # one of the old steps was about substance use
        # Slow breathing stays on Clara's own list.
        assert session.get_one(CopingStrategy, cast.breathing).retired_at is None
        assert session.get_one(Person, cast.clara).name == "Clara Reyes"
    # The account's name was not touched; the file's own words still come back.
    assert give_out(database, "clara@example.test") == json.loads(sample("pco-dorothy"))


def test_a_new_client_has_no_password_and_lets_the_member_see_the_plan(database: Database, cast: Cast) -> None:
    take_in(database, sample("eltss-betsy"))
    with database.writing() as session:
        client = session.scalars(select(Person).where(Person.email_key == "betsy@example.test")).one()
        assert (client.name, client.is_client, client.password_hash) == ("Betsy Smith-Johnson", True, None)
        grant = session.scalars(select(SharingGrant).where(SharingGrant.client_id == client.id)).one()
        assert (grant.person_id, grant.scope, grant.purpose) == (cast.theo, "plan", "drawn up together")
        assert grant.granted_by_id == cast.theo, "the client did nothing yet"
        assert session.scalars(select(Assignment).where(Assignment.client_id == client.id)).one().ended_at is None


def cadence_of(database: Database, text: str) -> CadenceVersion:
    with database.writing() as session:
        (step,) = (one for one in session.scalars(select(ActionStep)) if one.text.startswith(text))
        return session.scalars(select(CadenceVersion).where(CadenceVersion.step_id == step.id)).one()


def test_a_step_without_its_own_span_lives_on_after_the_plans_end(database: Database, cast: Cast) -> None:
    take_in(database, sample("eltss-betsy"))
    balance = cadence_of(database, "do balance exercises")
    assert (balance.kind, balance.valid_from, balance.valid_to) == ("ongoing", TODAY, None)
    visits = cadence_of(database, "therapeutic exercise visits")
    assert (str(visits.valid_from), str(visits.valid_to)) == ("2020-05-01", "2020-08-02")
    bar = cadence_of(database, "put up a grab bar")
    assert (bar.kind, str(bar.due), bar.valid_to) == ("once", "2020-12-31", None)


def test_clock_times_become_times_and_words_become_a_part_of_the_day(database: Database, cast: Cast) -> None:
    take_in(database, sample("kdense-depression"))
    bed = cadence_of(database, "in bed")
    assert (bed.kind, bed.per_unit, bed.times, bed.time_words) == ("fixed", "day", ["23:00"], "23:00-07:00")
    light = cadence_of(database, "morning daylight")
    assert (light.times, light.time_words) == ([], "morning")
    cbt = cadence_of(database, "individual CBT")
    assert (cbt.bound, cbt.target_min, cbt.minutes, str(cbt.valid_to)) == ("exactly", 1, 50, "2027-03-11")
    social = cadence_of(database, "social activity")
    assert (social.target_min, social.target_max) == (1, 2)
    with database.writing() as session:
        steps = session.scalars(select(ActionStep))
        assert [one.time_of_day for one in steps if one.text.startswith("morning daylight")] == ["morning"]


def test_a_supporter_in_the_circle_is_asked_at_once(database: Database, cast: Cast) -> None:
    plan = {
        "schema": "plan-facts/1",
        "team": [{"id": "b", "name": "sam reyes", "kind": "natural_supporter", "relation": "brother"}],
        "unlinked_steps": [{"actor_kind": "natural_supporter", "actor_id": "b", "text": "drive to choir"}],
    }
    take_in(database, json.dumps(plan).encode(), "clara@example.test")
    assert give_out(database, "clara@example.test") == plan
    with database.writing() as session:
        asked = session.scalars(select(Commitment).where(Commitment.state == "proposed")).one()
        assert asked.supporter_id == cast.sam
        members = session.scalars(select(TeamMember))
        assert [member.person_id for member in members if member.ref == "b"] == [cast.sam]


def test_what_has_no_place_is_kept_and_listed_with_its_place(database: Database, cast: Cast) -> None:
    plan = json.loads(sample("pco-dorothy"))
    plan["insurance"] = {"payer": "none"}
    plan["team"][0]["phone"] = "555-0100"
    plan["goals"][0]["steps"][0]["frequency"]["phrase"] = "three times a month"
    plan["goals"][0]["steps"][1]["mood"] = [1, 2.5, None, {"a": True}]
    plan["coping"] = [{"text": "call Ana", "category": None, "when": "in a crisis", "rank": 1}]
    plan["goals"][0]["steps"][3]["duration"] = {"type": "until", "until": "the wedding"}
    report = take_in(database, json.dumps(plan).encode())
    assert give_out(database) == plan
    assert {item.place for item in report.kept_without_place} == {
        "insurance",
        "team[0].phone",
        "goals[0].steps[0].frequency.phrase",
        "goals[0].steps[1].mood",
        "coping[0].rank",
        "goals[0].steps[3].duration.until",
    }
    assert "team[0].phone" in report.in_words()


@pytest.mark.parametrize(
    ("client", "care_team", "because"),
    [
        ("betsy@example.test", "nobody@example.test", "Nobody on the care team"),
        ("betsy@example.test", "sam@example.test", "Nobody on the care team"),
        ("betsy", "theo@example.test", "not an e-mail address"),
        ("Sam@example.test", "theo@example.test", "Sam@example.test has an account already and is no client"),
        ("tess@example.test", "theo@example.test", "is no client. Invite them first"),
    ],
)
def test_an_import_that_cannot_be_says_why(
    database: Database, cast: Cast, client: str, care_team: str, because: str
) -> None:
    before = _standing(database)
    with database.writing() as session, pytest.raises(plan_files.NotImported, match=because):
        plan_files.import_for(session, sample("eltss-betsy"), client, care_team, NOW)
    assert _standing(database) == before


def _standing(database: Database) -> list[object]:
    """Who is a client, who works with whom, and how much there is of plans and of what is shared."""
    with database.reading() as connection:
        clients = select(Person.id).where(Person.is_client).order_by(Person.id)
        counted = [select(func.count()).select_from(table) for table in (Assignment, SharingGrant, CarePlan)]
        return [*connection.scalars(clients), *(connection.scalar(one) for one in counted)]


def test_a_plan_for_somebody_who_was_a_supporter_comes_in_once_they_said_yes_to_being_a_client(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        ada = acting(cast.ada, Role.ADMIN)
        made = invitations.invite_member(session, ada, "Sam", "sam@example.test", Role.CLIENT, None, NOW)
        answers = invitations.Answers(password="walk by the river twice")
        invitations.accept(session, made.token, answers, cast.sam, NOW)
    take_in(database, sample("eltss-betsy"), "sam@example.test")
    with database.writing() as session:
        assert session.scalars(select(SharingGrant).where(SharingGrant.client_id == cast.sam)).all() == []


def test_a_broken_file_changes_nothing(database: Database, cast: Cast) -> None:
    broken = sample("pco-dorothy").replace(b'"coach",\n     "text"', b'"nobody",\n     "text"')
    with pytest.raises(plan_files.NotImported, match=r"goals\[0\].steps\[1\].actor_id"):
        take_in(database, broken, "clara@example.test")
    with database.writing() as session:
        assert session.get_one(CarePlan, cast.plan).ended_at is None


def test_there_is_nothing_to_export_without_a_plan(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        with pytest.raises(plan_files.NotExported, match="no plan"):
            plan_files.export_for(session, "sam@example.test", NOW)
        with pytest.raises(plan_files.NotExported, match="Nobody"):
            plan_files.export_for(session, "zed@example.test", NOW)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(plan=plans)
def test_whatever_the_schema_allows_comes_out_as_it_went_in(database: Database, cast: Cast, plan: Any) -> None:
    """One client for all: the next plan ends the one before, which is tried at the same time."""
    take_in(database, json.dumps(plan).encode())
    assert json.dumps(give_out(database), sort_keys=True) == json.dumps(plan, sort_keys=True)


@pytest.mark.parametrize(
    ("said", "of_goal", "of_step"),
    [
        ("in-progress", "active", "active"),
        ("accepted", "active", "active"),
        ("not-started", "on_hold", "on_hold"),
        ("proposed", "on_hold", "suggested"),
        ("completed", "reached", "completed"),
        ("cancelled", "ended", "retired"),
        ("revoked", "ended", "retired"),
    ],
)
def test_the_words_of_other_systems_for_where_a_plan_stands_are_understood_and_kept(
    database: Database, cast: Cast, said: str, of_goal: str, of_step: str
) -> None:
    step = {"actor_kind": "self", "text": "walk", "status": said}
    file = {"schema": "plan-facts/1", "goals": [{"statement": "sleep", "status": said, "steps": [step]}]}
    take_in(database, json.dumps(file).encode())
    with database.reading() as connection:
        goals = connection.execute(select(Goal.statement, Goal.status))
        assert [goal.status for goal in goals if goal.statement == "sleep"] == [of_goal]
        steps = connection.execute(select(ActionStep.text, ActionStep.status))
        assert [step.status for step in steps if step.text == "walk"] == [of_step]
    assert give_out(database) == file
