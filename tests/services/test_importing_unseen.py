"""Whoever takes a plan file in ends what they may see of the plan before it; the rest goes on as it was."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import SIGNED, acting
from webapp.db import Database
from webapp.domain.sharing import EVERY_STEP, OWN, Reach, Rights, Scope
from webapp.domain.weeks import Weeks
from webapp.interop import plan_facts
from webapp.models import (
    ActionStep,
    CadenceVersion,
    CarePlan,
    Commitment,
    Contact,
    CopingStrategy,
    Goal,
    Monitoring,
    Objective,
    Person,
    PlanLine,
    Reminder,
    Sign,
    Support,
    TeamMember,
)
from webapp.queries import care_plans, plan_changes
from webapp.queries.access import ClientAccess
from webapp.queries.before_session import before_session
from webapp.services import plan_export, plan_files, sharing

USUAL = frozenset(Scope) - {Scope.SUBSTANCE_USE}
FILE = {
    "schema": "plan-facts/1",
    "unlinked_steps": [{"actor_kind": "self", "text": "Swim on Fridays"}],
    "coping": [{"text": "Slow breathing", "category": "body", "when": "in a crisis"}],
}


def take_in(
    session: Session, cast: Cast, scopes: frozenset[Scope], reach: Reach = EVERY_STEP, more: Any = None
) -> CarePlan:
    rights = Rights(scopes, {} if reach == EVERY_STEP else {Scope.PLAN: reach})
    content = json.dumps(FILE | (more or {})).encode()
    report = plan_files.import_file(session, cast.theo, cast.clara, content, NOW, rights)
    return session.get_one(CarePlan, report.plan_id)


def on(session: Session, plan: CarePlan, rights: Rights = OWN) -> set[str]:
    """The steps in use of a plan, as these rights let one see them."""
    found = care_plans.care_plan(session.connection(), plan.client_id, rights, TODAY)
    assert found is not None
    assert found.head.id == plan.id
    return {step.text for step in found.steps if not step.over}


def test_steps_about_substance_use_go_on_for_somebody_who_may_not_see_them(cast: Cast, session: Session) -> None:
    rings = Reminder(client_id=cast.clara, step_id=cast.hotline, person_id=cast.clara, at_time="19:00", zone="Etc/UTC")
    rings.created_at, rings.next_at = NOW, NOW + timedelta(hours=2)
    asked = Commitment(client_id=cast.clara, step_id=cast.hotline, supporter_id=cast.nora, state="active")
    asked.created_at = asked.changed_at = NOW
    session.add_all([rings, asked])
    session.flush()
    plan = take_in(session, cast, USUAL)
    assert on(session, plan) == {"Swim on Fridays", "Ring my sponsor"}
    assert on(session, plan, Rights(USUAL)) == {"Swim on Fridays"}
    hotline = session.get_one(ActionStep, cast.hotline)
    cadence = session.scalars(select(CadenceVersion).where(CadenceVersion.step_id == cast.hotline)).one()
    assert (hotline.status, hotline.plan_id, cadence.valid_to) == ("active", plan.id, None)
    assert (rings.ended_at, rings.next_at, asked.state) == (None, NOW + timedelta(hours=2), "active")
    assert session.get_one(ActionStep, cast.walk).status == "retired"
    told = plan_export.facts(session.connection(), cast.clara)
    assert {step["text"] for step in told["unlinked_steps"]} == {"Swim on Fridays", "Ring my sponsor"}


def test_whoever_may_see_all_of_a_plan_ends_all_of_it(cast: Cast, session: Session) -> None:
    assert on(session, take_in(session, cast, frozenset(Scope))) == {"Swim on Fridays"}


@pytest.mark.parametrize("new", [True, False])
def test_steps_that_are_not_shared_go_on_without_the_goal_that_ends(cast: Cast, session: Session, new: bool) -> None:
    seen = {cast.walk, cast.pills, cast.therapy}
    reach = Reach(True, frozenset({cast.ride, cast.hotline})) if new else Reach(False, frozenset(seen))
    plan = take_in(session, cast, frozenset(Scope), reach)
    assert on(session, plan) == {"Swim on Fridays", "Ring my sponsor", "Drive Clara to choir"}
    ride = session.get_one(ActionStep, cast.ride)
    assert (ride.goal_id, session.get_one(Goal, cast.goal).plan_id) == (None, cast.plan)
    assert session.get_one(Commitment, cast.promise).state == "active"
    sam = session.get_one(TeamMember, ride.team_member_id)
    assert (sam.name, sam.plan_id) == ("Sam Reyes", plan.id), "whoever takes a step is named in its plan"


def test_a_goal_about_substance_use_goes_on_with_all_that_belongs_to_it(cast: Cast, session: Session) -> None:
    goal = Goal(client_id=cast.clara, plan_id=cast.plan, statement="Stay sober", substance_use=True)
    session.add(goal)
    session.flush()
    session.add(Objective(client_id=cast.clara, goal_id=goal.id, statement="thirty days"))
    for step in (cast.hotline, cast.ride):
        session.get_one(ActionStep, step).goal_id = goal.id
    other = ActionStep(client_id=cast.clara, plan_id=cast.plan, actor_kind="natural_supporter", text="Cook together")
    other.created_by_id, other.created_at = cast.theo, NOW
    other.team_member_id = session.get_one(ActionStep, cast.ride).team_member_id
    session.add(other)
    session.flush()
    plan = take_in(session, cast, USUAL)
    found = care_plans.care_plan(session.connection(), cast.clara, OWN, TODAY)
    assert found is not None
    (sober,) = found.goals
    assert (sober.statement, [one.values["statement"] for one in sober.objectives]) == ("Stay sober", ["thirty days"])
    assert {step.text: step.who for step in sober.steps} == {
        "Ring my sponsor": None,
        "Drive Clara to choir": "Sam Reyes",
    }
    theirs = care_plans.care_plan(session.connection(), cast.clara, Rights(USUAL), TODAY)
    assert theirs is not None
    assert (theirs.goals, theirs.team) == ((), ()), "that Sam takes a step is not told either"
    assert session.get_one(TeamMember, other.team_member_id).plan_id == cast.plan != plan.id


def test_what_else_a_plan_lists_about_substance_use_goes_on_and_the_rest_ends(cast: Cast, session: Session) -> None:
    of: Any = {"client_id": cast.clara, "plan_id": cast.plan}
    for private, text in ((True, "the old bar"), (False, "the river")):
        of["substance_use"] = private
        session.add_all(PlanLine(**of, kind=kind, text=text) for kind in ("strength", "crisis_step", "review"))
        session.add_all([Support(**of, name=text), Monitoring(**of, what=text)])
    session.add(Sign(client_id=cast.clara, kind="trigger", text="the old bar", substance_use=True))
    session.flush()
    take_in(session, cast, USUAL, more={"triggers": ["the old bar"]})
    theirs, hers = (care_plans.care_plan(session.connection(), cast.clara, rights, TODAY)
                    for rights in (Rights(USUAL), OWN))  # fmt: skip
    assert theirs is not None
    assert hers is not None
    assert {noun: len(entries) for noun, entries in theirs.lists.items()} == {"trigger": 1}, "as if it were the first"
    assert [one.values["substance_use"] for one in hers.lists.pop("trigger")] == [True, False]
    told = {noun: [one.values.get("text") or one.values.get("name") or one.values.get("what") for one in entries]
            for noun, entries in hers.lists.items()}  # fmt: skip
    assert told == dict.fromkeys(("strength", "crisis_step", "review", "support", "monitoring"), ["the old bar"])
    take_in(session, cast, frozenset(Scope))
    ended = care_plans.care_plan(session.connection(), cast.clara, OWN, TODAY)
    assert ended is not None
    assert set(ended.lists) == {"trigger"}


def test_what_is_marked_in_a_plan_comes_marked_out_of_its_file(cast: Cast, session: Session) -> None:
    said = {
        "person": {"strengths": ["patient", "two years sober"], "substance_use_history": "detox in spring"},
        "triggers": ["paydays", "rain"],
        "supports": [{"name": "Tuesday group", "kind": "group", "substance_use": True}, {"name": "Ana"}],
        "monitoring": [{"what": "breath tests", "substance_use": True}],
        "about_substance_use": {"strength": ["two years sober"], "trigger": ["paydays"]},
    }
    session.add(Sign(client_id=cast.clara, kind="trigger", text="paydays"))
    session.flush()
    take_in(session, cast, frozenset(Scope), more=said)
    found = care_plans.care_plan(session.connection(), cast.clara, Rights(USUAL), TODAY)
    assert found is not None
    assert {noun: [one.values.get("text", one.values.get("name")) for one in entries]
            for noun, entries in found.lists.items()} == {
        "strength": ["patient"], "trigger": ["rain"], "support": ["Ana"]
    }  # fmt: skip
    told = plan_export.facts(session.connection(), cast.clara)
    person = {key: told["person"].get(key) for key in ("strengths", "substance_use_history")}
    assert {key: told.get(key) for key in said} | {"person": person} == said
    assert plan_files.is_about_substance_use({"person": {"substance_use_history": "detox in spring"}})
    assert plan_files.is_about_substance_use(told)
    assert plan_files.is_about_substance_use({"about_substance_use": told["about_substance_use"]})


@pytest.mark.parametrize(
    ("scopes", "private", "changed"),
    [
        (USUAL, False, True),
        (frozenset({Scope.PLAN}), False, False),
        (USUAL, True, False),
        (frozenset(Scope), True, True),
    ],
)
def test_only_a_strategy_that_one_may_see_is_taken_for_the_one_in_the_file(
    cast: Cast, session: Session, scopes: frozenset[Scope], private: bool, changed: bool
) -> None:
    known = session.get_one(CopingStrategy, cast.breathing)
    known.substance_use = private
    session.flush()
    take_in(session, cast, scopes)
    session.refresh(known)
    texts = [one.text for one in session.scalars(select(CopingStrategy))]
    assert (known.category, known.use_when) == (("body", "crisis") if changed else (None, "early_signs"))
    assert texts == ["Slow breathing"] * (1 if changed else 2)


def test_a_file_that_names_somebody_does_not_bring_the_clients_own_contact_into_the_plan(
    cast: Cast, session: Session
) -> None:
    contacts = [{"what": "Aunt June", "how": None}, {"what": "Crisis line", "how": "call 988"}]
    for _ in range(3):
        take_in(session, cast, USUAL, more={"crisis": {"contacts": contacts}})
    found = care_plans.care_plan(session.connection(), cast.clara, Rights(USUAL), TODAY)
    assert found is not None
    theirs = [(one.values["name"], one.values["phone"]) for one in found.lists["crisis_contact"]]
    assert theirs == [("Aunt June", None), ("Crisis line", None)]
    hers = sorted((one.name, one.phone or "") for one in session.scalars(select(Contact)))
    assert hers == [("Aunt June", ""), ("Aunt June", "555-0117"), ("Crisis line", "")], "the plan's are not doubled"


def test_whoever_draws_up_a_plan_for_somebody_who_has_not_joined_replaces_all_of_it(
    cast: Cast, session: Session
) -> None:
    session.get_one(Person, cast.clara).joined_at = None
    session.flush()
    assert on(session, take_in(session, cast, frozenset({Scope.PLAN, Scope.COPING}))) == {"Swim on Fridays"}


def test_the_page_says_by_what_one_may_see_and_not_by_what_there_is_that_hidden_steps_go_on(
    cast: Cast, database: Database, browse: As
) -> None:
    theo, page = browse(cast.theo), f"/clients/{cast.clara}/plan/import"
    words = "What Clara does not share with you, if there is anything, goes on as it is."
    assert words in theo.get(page).text
    with database.writing() as session:
        session.get_one(ActionStep, cast.hotline).substance_use = False
    assert words in theo.get(page).text
    with database.writing() as session:
        sharing.grant(session, acting(cast.clara), cast.theo, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)
    assert words not in theo.get(page).text
    with database.writing() as session:
        few = sharing.Terms(reach=Reach(False, frozenset({cast.walk})))
        sharing.grant(session, acting(cast.clara), cast.theo, Scope.PLAN, NOW, few)
    assert words in theo.get(page).text


def test_on_the_page_a_file_leaves_alone_what_is_not_shared(cast: Cast, database: Database, browse: As) -> None:
    file = {"file": (BytesIO(json.dumps(FILE).encode()), "plan.json")}
    answer = browse(cast.theo).post(f"/clients/{cast.clara}/plan/import", data=file)
    assert answer.status_code == 200
    assert "Ring my sponsor" not in answer.text
    assert "Ring my sponsor" not in browse(cast.theo).get(f"/clients/{cast.clara}/plan").text
    today = browse(cast.clara).get("/today").text
    assert "Ring my sponsor" in today
    assert "Walk by the river" not in today


def test_the_same_file_twice_leaves_a_plan_that_can_be_written_out_and_read_again(cast: Cast, session: Session) -> None:
    step = {"id": "s1", "actor_kind": "natural_supporter", "actor_id": "m1", "text": "Go to the meeting"}
    goal = {
        "id": "g1",
        "statement": "Stay sober",
        "substance_use": True,
        "objectives": [{"id": "o1", "statement": "thirty days"}],
        "steps": [step],
    }
    team = [{"id": "m1", "name": "Rosa Elm", "kind": "natural_supporter"}]
    more = {"team": team, "goals": [goal], "unlinked_steps": [step | {"id": "s2", "text": "Ring every evening"}]}
    for _ in range(2):
        take_in(session, cast, USUAL, more=more)
    written = plan_export.facts(session.connection(), cast.clara)
    read = plan_facts.read(plan_facts.write(written).encode())
    for ids in ([one.id for one in read.team], [one.id for _, one in read.steps()], [one.id for one in read.goals]):
        assert len(set(ids)) == len(ids) > 1
    names = {one.id: one.name for one in read.team}
    takers = {one.text: names.get(one.actor_id or "") for _, one in read.steps()}
    assert takers["Go to the meeting"] == "Rosa Elm"


def test_that_a_plan_was_taken_in_is_told_alike_whether_there_was_anything_to_hide(
    cast: Cast, session: Session
) -> None:
    told: list[Any] = []
    for private in (True, False):
        session.get_one(ActionStep, cast.hotline).substance_use = private
        session.flush()
        take_in(session, cast, USUAL)
        latest, *_ = plan_changes.recent(session.connection(), cast.clara, Rights(USUAL))
        access = ClientAccess(cast.clara, "Clara Reyes", "Clara", "America/New_York", 3, Weeks(), Rights(USUAL))
        again = before_session(session.connection(), access, cast.theo, NOW)
        assert again.changes is not None
        assert again.plan is not None
        told.append([(one.noun, one.what, one.before) for one in (latest, again.changes[0])])
        told.append(again.plan.version)
    assert told == [[("plan", "imported", None)] * 2, 2] * 2
