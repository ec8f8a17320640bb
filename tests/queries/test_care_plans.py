"""The plan as a reader may see it, in a number of queries that doesn't grow with it."""

from pathlib import Path

from sqlalchemy import select

from tests.support.cast import NOW, TODAY, Cast
from tests.support.counting import counting
from webapp.db import Database
from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.sharing import OWN, Reach, Rights, Scope
from webapp.domain.weeks import Weeks
from webapp.models import ActionStep, Contact, PlanChange
from webapp.queries import care_plans, plan_changes
from webapp.queries.access import ClientAccess
from webapp.queries.before_session import before_session
from webapp.queries.care_plans import CarePlanView
from webapp.services import care_plans as services
from webapp.services import plan_export, plan_files, steps

SAMPLE = Path(__file__).parents[1] / "fixtures" / "sample_plans" / "kdense-depression.json"
WEEKLY = Cadence(Kind.TARGET, target_min=1, per_unit=Unit.WEEK, valid_from=TODAY)
PLAN_ONLY = Rights(frozenset({Scope.PLAN}))


def seen(database: Database, client_id: int, rights: Rights = OWN) -> CarePlanView:
    with database.reading() as connection:
        plan = care_plans.care_plan(connection, client_id, rights, TODAY)
    assert plan is not None
    return plan


def test_reading_a_plan_takes_the_same_queries_however_long_it_is(database: Database, cast: Cast) -> None:
    with counting(database.engine) as short:
        seen(database, cast.clara)
    with database.writing() as session:
        plan_files.import_for(session, SAMPLE.read_bytes(), "clara@example.test", "theo@example.test", NOW)
    with counting(database.engine) as long:
        plan = seen(database, cast.clara)
    assert len(plan.steps) == 12
    assert len(long) == len(short) <= 16, str(long)


def test_a_reader_without_the_scope_for_substance_use_sees_neither_steps_nor_goals_about_it(
    database: Database, cast: Cast
) -> None:
    texts = {step.text for step in seen(database, cast.clara, PLAN_ONLY).steps}
    assert "Ring my sponsor" not in texts
    assert "Ring my sponsor" in {step.text for step in seen(database, cast.clara).steps}
    with database.writing() as session:
        values = {"statement": "Feel at home outside again", "substance_use": True}
        services.change(session, cast.clara, "goal", cast.goal, cast.clara, values, NOW)
    plan = seen(database, cast.clara, PLAN_ONLY)
    assert (plan.goals, plan.steps) == ((), ())


def test_the_clients_own_people_are_not_in_the_plan(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        june = session.scalars(select(Contact)).one()
        assert june.name == "Aunt June"
    assert "crisis_contact" not in seen(database, cast.clara).lists


def test_nobody_without_a_plan_has_one(database: Database, cast: Cast) -> None:
    with database.reading() as connection:
        assert care_plans.care_plan(connection, cast.sam, OWN, TODAY) is None


def test_everybody_who_works_with_or_supports_the_client_can_take_a_step(database: Database, cast: Cast) -> None:
    with database.reading() as connection:
        circle = care_plans.circle(connection, cast.clara)
    assert [(one.name, one.kind, one.role or one.relation) for one in circle] == [
        ("Theo Lindqvist", "professional", "psychotherapist"),
        ("Nora Quist", "natural_supporter", "friend"),
        ("Sam Reyes", "natural_supporter", "brother"),
    ]


def test_changes_about_coping_need_its_scope(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        services.add(session, cast.clara, "trigger", cast.theo, {"text": "the bus stop"}, NOW)
        services.add(session, cast.clara, "strength", cast.theo, {"text": "humour"}, NOW)
    with database.reading() as connection:
        nouns = {change.noun for change in plan_changes.recent(connection, cast.clara, PLAN_ONLY)}
        everything = {change.noun for change in plan_changes.recent(connection, cast.clara, OWN)}
    assert (nouns, everything) == ({"strength"}, {"strength", "trigger"})


def test_objectives_and_suggestions_about_substance_use_are_hidden_too(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        services.add(session, cast.clara, "objective", cast.theo, {"statement": "x"}, NOW, goal_id=cast.goal)
        steps.suggest(session, cast.clara, cast.hotline, "ring Ana instead", NOW)
        steps.suggest(session, cast.clara, cast.ride, "Friday", NOW)
        values = {"statement": "Feel at home outside again", "substance_use": True}
        services.change(session, cast.clara, "goal", cast.goal, cast.clara, values, NOW)
    with database.reading() as connection:
        assert plan_changes.recent(connection, cast.clara, PLAN_ONLY) == ()
        assert plan_changes.suggestions(connection, cast.clara, PLAN_ONLY) == ()
        assert len(plan_changes.suggestions(connection, cast.clara, OWN)) == 2


def test_what_was_written_by_form_is_exported_too(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        services.add(session, cast.clara, "concern", cast.theo, {"text": "sleep"}, NOW)
        services.change_head(session, cast.clara, cast.theo, {"vision": "Sing"}, NOW)
        session.get_one(ActionStep, cast.walk).own_words = "Say hello to the river"
        assert len(session.scalars(select(PlanChange)).all()) == 2
    with database.reading() as connection:
        told = plan_export.facts(connection, cast.clara)
    assert (told["concerns"], told["person"]["vision"]) == (["sleep"], "Sing")
    walk, pills, hotline, ride, therapy = told["goals"][0]["steps"]
    assert (walk["own_words"], walk["smallest"]) == ("Say hello to the river", "Put on my shoes")
    assert walk["frequency"]["at_least"] is True
    assert (pills["frequency"]["kind"], pills["frequency"]["time"]) == ("fixed", "08:00")
    assert hotline["substance_use"] is True
    assert ride["frequency"]["weekdays"] == ["TH"]
    assert {member["id"] for member in told["team"]} == {ride["actor_id"], therapy["actor_id"]}
    assert told["coping"][0]["text"] == "Slow breathing"


def test_an_exported_plan_of_forms_can_be_taken_in_by_another_cairn(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        told = plan_files.export_for(session, "clara@example.test", NOW)
    with database.writing() as session:
        report = plan_files.import_for(session, told.encode(), "new@example.test", "theo@example.test", NOW)
    assert report.kept_without_place == ()
    with database.writing() as session:
        assert plan_files.export_for(session, "new@example.test", NOW) == told


def test_that_somebody_joined_the_team_for_a_hidden_step_alone_is_not_among_the_changes(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        values = {"text": "Meet my sponsor", "substance_use": True}
        rosa = steps.Taker("natural_supporter", name="Rosa Elm", what="sponsor")
        private = steps.add(session, cast.clara, cast.clara, rosa, values, WEEKLY, NOW)
        ines = steps.Taker("professional", name="Ines Roth", what="dietitian")
        shared = steps.add(session, cast.clara, cast.clara, ines, {"text": "Talk about food"}, WEEKLY, NOW)

    def joined(rights: Rights) -> set[str]:
        access = ClientAccess(cast.clara, "Clara Reyes", "Clara", "America/New_York", 3, Weeks(), rights)
        with database.reading() as connection:
            changes = plan_changes.recent(connection, cast.clara, rights)
            again = before_session(connection, access, cast.theo, NOW)
        assert again.changes is not None
        told = [{one.after["name"] for one in found if one.noun == "team_member" and one.after}
                for found in (changes, again.changes)]  # fmt: skip
        assert told[0] == told[1]
        assert again.plan is not None
        assert again.plan.version == len(changes) + 1, "nor is it counted"
        return told[0]

    assert joined(OWN) == {"Rosa Elm", "Ines Roth"}
    assert joined(PLAN_ONLY) == {"Ines Roth"}
    every = frozenset({Scope.PLAN, Scope.SUBSTANCE_USE})
    assert joined(Rights(every, {Scope.PLAN: Reach(True, frozenset({private}))})) == {"Ines Roth"}
    assert joined(Rights(every, {Scope.PLAN: Reach(False, frozenset({private}))})) == {"Rosa Elm"}
    assert joined(Rights(frozenset({Scope.PLAN}), {Scope.PLAN: Reach(True, frozenset({shared}))})) == set()
