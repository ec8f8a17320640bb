"""The plan editor of the care team: every part by form, every mistake said beside the field, nothing typed lost."""

import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.cast import MONDAY, NOW, TODAY, Cast
from tests.support.rows import all_of, only
from webapp.db import Database
from webapp.domain.sharing import Scope
from webapp.models import (
    ActionStep,
    CadenceVersion,
    CarePlan,
    ClientInformation,
    Commitment,
    Contact,
    CopingStrategy,
    Goal,
    Look,
    Monitoring,
    Objective,
    PlanChange,
    PlanLine,
    SharingGrant,
    Sign,
    StrategySign,
    Support,
    TeamMember,
)
from webapp.services import steps

As = Callable[[int | None], FlaskClient]
SAMPLE = Path(__file__).parents[1] / "fixtures" / "sample_plans" / "eltss-betsy.json"
STEP = {
    "text": "Swim with Nora",
    "who": "self",
    "kind": "target",
    "bound": "at_least",
    "count": "2",
    "interval": "1",
    "per_unit": "week",
    "goal_id": "",
    "intervention": "exercise_nutrition",
    "time_of_day": "",
    "from_when": "next",
}


def plan_of(cast: Cast) -> str:
    return f"/clients/{cast.clara}/plan"


def latest_change(database: Database) -> PlanChange:
    return all_of(database, PlanChange)[-1]


def grant(database: Database, cast: Cast, scope: Scope) -> None:
    with database.writing() as session:
        session.add(
            SharingGrant(
                client_id=cast.clara,
                person_id=cast.theo,
                scope=scope,
                granted_by_id=cast.clara,
                granted_at=NOW,
                starts_at=NOW,
            )
        )


def test_the_page_shows_the_whole_plan_and_what_a_professional_step_lacks(browse: As, cast: Cast) -> None:
    page = browse(cast.theo).get(plan_of(cast)).text
    for words in ("Dance at the summer party", "Walk by the river", "Drive Clara to choir", "Slow breathing"):
        assert words in page
    assert "not said yet: WHEN (until when)" in page
    assert "WHY (what it is for)" in page


def test_that_the_plan_was_opened_can_be_read_by_the_client(browse: As, database: Database, cast: Cast) -> None:
    browse(cast.theo).get(plan_of(cast))
    assert only(database, Look, by_id=cast.theo, page="care_plan").client_id == cast.clara


def test_what_is_about_substance_use_is_not_there_without_its_own_scope(
    browse: As, database: Database, cast: Cast
) -> None:
    theo = browse(cast.theo)
    assert "sponsor" not in theo.get(plan_of(cast)).text
    assert theo.get(f"{plan_of(cast)}/steps/{cast.hotline}").status_code == 404
    assert theo.post(f"{plan_of(cast)}/steps/{cast.hotline}/retire").status_code == 404
    grant(database, cast, Scope.SUBSTANCE_USE)
    assert "sponsor" in theo.get(plan_of(cast)).text


def test_changes_of_what_is_about_substance_use_are_hidden_even_when_it_was_flagged_later(
    browse: As, database: Database, cast: Cast
) -> None:
    theo = browse(cast.theo)
    theo.post(f"{plan_of(cast)}/steps/{cast.walk}", data=STEP | {"text": "Walk past the old bar"})
    assert "old bar" in theo.get(f"{plan_of(cast)}/changes").text
    with database.writing() as session:
        session.get_one(ActionStep, cast.walk).substance_use = True
    assert "old bar" not in theo.get(f"{plan_of(cast)}/changes").text
    grant(database, cast, Scope.SUBSTANCE_USE)
    assert "old bar" in theo.get(f"{plan_of(cast)}/changes").text


def test_coping_needs_its_own_grant_and_the_page_says_so(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        for row in session.scalars(select(SharingGrant).where(SharingGrant.scope == Scope.COPING)):
            row.withdrawn_at = NOW
    theo = browse(cast.theo)
    page = theo.get(plan_of(cast)).text
    assert "Not shared" in page
    assert "Slow breathing" not in page
    for noun in ("trigger", "warning_sign", "coping_strategy"):
        assert theo.get(f"{plan_of(cast)}/{noun}/new").status_code == 404
    assert theo.post(f"{plan_of(cast)}/coping-strategies/{cast.breathing}/restore").status_code == 404


ITEMS: list[tuple[str, Any, dict[str, str], dict[str, Any]]] = [
    ("strength", PlanLine, {"text": "keeps a garden"}, {"kind": "strength"}),
    ("preference", PlanLine, {"text": "mornings"}, {"kind": "preference"}),
    ("concern", PlanLine, {"text": "sleep"}, {"kind": "concern"}),
    ("crisis_step", PlanLine, {"text": "call June"}, {"kind": "crisis_step"}),
    ("review", PlanLine, {"text": "all of it", "on": "2026-12-07"}, {"kind": "review", "on": date(2026, 12, 7)}),
    ("support", Support, {"name": "Tuesday group", "kind": "group", "relation": ""}, {"relation": None}),
    ("monitoring", Monitoring, {"what": "sleep diary", "who": "Clara", "how_often": "weekly"}, {"who": "Clara"}),
    ("team_member", TeamMember, {"kind": "professional", "name": "Ines Roth", "role": "dietitian"},
     {"role": "dietitian", "person_id": None}),
    ("emergency_contact", Contact, {"name": "Ben Reyes", "phone": "555-0199"}, {"emergency": True, "plan_id": None}),
    ("crisis_contact", Contact, {"name": "Night line", "how": "call"}, {"emergency": False}),
    ("trigger", Sign, {"text": "the bus stop"}, {"kind": "trigger"}),
    ("warning_sign", Sign, {"text": "not sleeping"}, {"kind": "warning_sign"}),
    ("goal", Goal, {"statement": "Swim again", "status": "active", "importance": "8", "confidence": ""},
     {"importance": 8, "confidence": None}),
    ("coping_strategy", CopingStrategy, {"text": "Hum", "use_when": "crisis"}, {"use_when": "crisis", "own": False}),
]  # fmt: skip
WORDS = {"monitoring": "what", "goal": "statement", "support": "name", "team_member": "name"}


def words_of(noun: str) -> str:
    return WORDS.get(noun, "name" if "contact" in noun else "text")


@pytest.mark.parametrize(("noun", "model", "data", "expected"), ITEMS, ids=[item[0] for item in ITEMS])
def test_every_part_of_the_plan_is_added_changed_and_taken_off_by_form(
    browse: As, database: Database, cast: Cast, noun: str, model: Any, data: dict[str, str], expected: dict[str, Any]
) -> None:
    theo, at, name = browse(cast.theo), f"{plan_of(cast)}/{noun}", words_of(noun)
    assert theo.get(f"{at}/new").status_code == 200
    answer = theo.post(f"{at}/new", data=data | {"why": "we talked"})
    assert (answer.status_code, answer.location.partition("#")[0]) == (303, plan_of(cast))
    row = only(database, model, **{name: data[name]})
    for key, value in expected.items():
        assert getattr(row, key) == value
    added = latest_change(database)
    assert (added.what, added.by_id, added.noun_id, added.before) == ("added", cast.theo, row.id, None)
    assert data[name] in theo.get(plan_of(cast)).text

    assert data[name] in theo.get(f"{at}/{row.id}").text
    theo.post(f"{at}/{row.id}", data=data | {name: "Something else"})
    changed = latest_change(database)
    assert changed.what == "changed"
    assert (changed.before or {})[name] == data[name]
    assert (changed.after or {})[name] == "Something else"
    again = len(all_of(database, PlanChange))
    theo.post(f"{at}/{row.id}", data=data | {name: "Something else"})
    assert len(all_of(database, PlanChange)) == again

    assert theo.post(f"{at}/{row.id}/retire").status_code == 303
    gone = latest_change(database)
    assert (gone.what, (gone.before or {})[name]) == ("retired", "Something else")
    message = theo.get(plan_of(cast)).text
    undo = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', message, re.DOTALL)
    assert undo
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo[2]))
    assert theo.post(undo[1], data=fields).status_code == 303
    back = [row for row in all_of(database, model) if getattr(row, name) == "Something else"]
    assert back
    for key, value in expected.items():
        assert getattr(back[-1], key) == value


def test_an_entry_about_substance_use_is_there_only_with_its_own_scope_and_stays_marked(
    browse: As, database: Database, cast: Cast
) -> None:
    theo = browse(cast.theo)
    marked = [(noun, model, data) for noun, model, data, _ in ITEMS if model in (Sign, Support, Monitoring, PlanLine)]
    rows = {}
    for noun, model, data in marked:
        theo.post(f"{plan_of(cast)}/{noun}/new", data=data | {"substance_use": "y"})
        rows[noun] = only(database, model, **{words_of(noun): data[words_of(noun)]})
        assert rows[noun].substance_use, noun
    for page in ("", "/changes", "/coping_strategy/new"):
        told = theo.get(plan_of(cast) + page).text
        assert [data for noun, _, data in marked if data[words_of(noun)] in told] == []
    for noun, _, data in marked:
        at = f"{plan_of(cast)}/{noun}/{rows[noun].id}"
        for answer in (theo.get(at), theo.post(at, data=data), theo.post(f"{at}/retire")):
            assert answer.status_code == 404, noun
    grant(database, cast, Scope.SUBSTANCE_USE)
    told = theo.get(plan_of(cast)).text
    assert told.count("</svg>substance use</span>") == len(marked) + 1 == 10
    for noun, model, data in marked:
        at, name = f"{plan_of(cast)}/{noun}/{rows[noun].id}", words_of(noun)
        assert data[name] in told
        assert re.search(r"<input[^>]*checked[^>]*name=.substance_use", theo.get(at).text), noun
        theo.post(at, data=data | {name: "Another", "substance_use": "y"})
        theo.post(f"{at}/retire")
        undo = re.findall(r'<form method="post" action="([^"]+/new)">(.*?)</form>', theo.get(plan_of(cast)).text, re.S)
        theo.post(undo[0][0], data=dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo[0][1])))
        back = [row for row in all_of(database, model) if getattr(row, name) == "Another"]
        assert back[-1].substance_use, noun


def test_links_with_signs_that_one_does_not_see_outlast_a_change_of_the_strategy(
    browse: As, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        signs = [Sign(client_id=cast.clara, kind="trigger", text=text) for text in ("rain", "paydays", "the old bar")]
        signs[2].substance_use = True
        session.add_all(signs)
        session.flush()
        rain, payday, bar = (sign.id for sign in signs)
        session.add_all(StrategySign(strategy_id=cast.breathing, sign_id=sign) for sign in (rain, bar))
    theo, at = browse(cast.theo), f"{plan_of(cast)}/coping_strategy/{cast.breathing}"
    assert "the old bar" not in theo.get(at).text
    data = {"text": "Slow breathing", "use_when": "early_signs"}
    assert theo.post(at, data=data | {"sign_ids": [str(bar)]}).status_code == 422
    assert theo.post(at, data=data | {"sign_ids": [str(payday)]}).status_code == 303
    with database.writing() as session:
        assert set(session.scalars(select(StrategySign.sign_id))) == {payday, bar}


@pytest.mark.parametrize("noun", [item[0] for item in ITEMS])
def test_a_part_without_words_is_not_saved_and_says_so(browse: As, database: Database, cast: Cast, noun: str) -> None:
    theo = browse(cast.theo)
    answer = theo.post(f"{plan_of(cast)}/{noun}/new", data={"why": "kept words", words_of(noun): "  "})
    assert answer.status_code == 422
    assert "Nothing you wrote is lost." in answer.text
    assert 'value="kept words"' in answer.text
    assert all_of(database, PlanChange) == []


@pytest.mark.parametrize(
    ("noun", "data", "sentence"),
    [
        ("goal", {"statement": "x", "target_date": "soon"}, "year-month-day"),
        ("goal", {"statement": "x", "target_date": "0001-01-01"}, "can&#39;t be meant"),
        ("goal", {"statement": "x" * 4001}, "longer than 4000"),
        ("team_member", {"name": "Ines", "kind": "robot"}, "Choose who this is"),
        ("coping_strategy", {"text": "x", "use_when": "someday"}, "Choose from the list."),
        ("coping_strategy", {"text": "x", "use_when": "crisis", "sign_ids": "99999"}, "Choose from the list."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    browse: As, database: Database, cast: Cast, noun: str, data: dict[str, str], sentence: str
) -> None:
    answer = browse(cast.theo).post(f"{plan_of(cast)}/{noun}/new", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_objectives_belong_to_their_goal(browse: As, database: Database, cast: Cast) -> None:
    theo, at = browse(cast.theo), f"{plan_of(cast)}/objective"
    assert theo.get(f"{at}/new").status_code == 404
    assert theo.get(f"{at}/new?goal_id={cast.goal}").status_code == 200
    data = {"goal_id": str(cast.goal), "statement": "outside twice a week", "by": "8 weeks"}
    assert theo.post(f"{at}/new", data=data | {"statement": ""}).status_code == 422
    assert theo.post(f"{at}/new", data=data).status_code == 303
    made = only(database, Objective, statement="outside twice a week")
    assert (made.goal_id, made.by) == (cast.goal, "8 weeks")
    theo.post(f"{at}/{made.id}", data={"statement": "outside daily"})
    assert "outside daily" in theo.get(plan_of(cast)).text
    theo.post(f"{at}/{made.id}/retire")
    assert all_of(database, Objective) == []


def test_vision_and_dates_are_changed_and_an_end_before_the_start_is_not_saved(
    browse: As, database: Database, cast: Cast
) -> None:
    theo, at = browse(cast.theo), f"{plan_of(cast)}/vision"
    assert "Dance at the summer party" in theo.get(at).text
    wrong = theo.post(at, data={"vision": "Sing", "starts_on": "2026-10-05", "ends_on": "2026-10-01"})
    assert wrong.status_code == 422
    assert "before the start" in wrong.text
    assert "Sing" in wrong.text
    theo.post(at, data={"vision": "Sing", "starts_on": "2026-10-05", "ends_on": "2027-04-01", "why": "she said so"})
    plan = only(database, CarePlan, id=cast.plan)
    assert (plan.vision, plan.ends_on, plan.review_on, plan.version) == ("Sing", date(2027, 4, 1), None, 2)
    change = latest_change(database)
    assert (change.why, (change.before or {})["vision"]) == ("she said so", "Dance at the summer party")
    told = theo.get(f"{plan_of(cast)}/changes").text
    assert "she said so" in told
    assert "Theo Lindqvist" in told


def test_what_the_plan_says_about_the_client_is_kept(browse: As, database: Database, cast: Cast) -> None:
    theo, at = browse(cast.theo), f"{plan_of(cast)}/information"
    assert theo.get(at).status_code == 200
    assert theo.post(at, data={"born": "in May", "history": "long"}).status_code == 422
    data = {"born": "1984-05-09", "stage_of_change": "action", "history": "long"}
    assert theo.post(at, data=data).status_code == 303
    with database.writing() as session:
        kept = session.get_one(ClientInformation, cast.clara)
        assert (kept.born, kept.stage_of_change, kept.history, kept.address) == (
            date(1984, 5, 9),
            "action",
            "long",
            None,
        )
        kept.stage_of_change = "in between"
    assert "in between" in theo.get(at).text


def test_history_about_substance_use_stands_apart_and_is_lost_to_nobody_who_does_not_see_it(
    browse: As, database: Database, cast: Cast
) -> None:
    theo, at = browse(cast.theo), f"{plan_of(cast)}/information"
    theo.post(at, data={"history": "detox in spring", "address": "Mill Lane"})
    assert "detox in spring" in theo.get(f"{plan_of(cast)}/changes").text
    for words in ("detox in spring", "", "detox in spring", "AA since May"):
        theo.post(at, data={"history": "", "address": "Mill Lane", "substance_use_history": words})
    for page in ("", "/information", "/changes"):
        told = theo.get(plan_of(cast) + page).text
        assert "detox" not in told
        assert "AA since" not in told
    grant(database, cast, Scope.SUBSTANCE_USE)
    assert "detox in spring\n\nAA since May</textarea>" in theo.get(at).text.replace("\r", "")
    assert "detox in spring" in theo.get(f"{plan_of(cast)}/changes").text
    opened_before = {"address": "Mill Lane", "substance_use_history": "", "history": "in spring"}
    theo.post(at, data=opened_before | {"why": "after the relapse"})
    assert "AA since May</textarea>" in theo.get(at).text, "a form that did not show it takes nothing away"
    theo.post(
        at, data=opened_before | {"history": "", "substance_use_history": "no detox in spring", "why": "a relapse"}
    )
    with database.writing() as session:
        kept = session.get_one(ClientInformation, cast.clara)
        assert kept.substance_use_history == "detox in spring\n\nAA since May\n\nno detox in spring"
        told = [
            (change.substance_use, change.why) for change in session.scalars(select(PlanChange).order_by(PlanChange.id))
        ]
        assert told[-2:] == [(True, "a relapse"), (True, None)], "the reason may be about what is hidden"
    theo.post(at, data={"address": "Mill Lane", "substance_use_history": "", "history_shown": "y"})
    with database.writing() as session:
        kept = session.get_one(ClientInformation, cast.clara)
        assert (kept.history, kept.address, kept.substance_use_history) == (None, "Mill Lane", None)


def test_somebody_with_steps_stays_in_the_team(browse: As, database: Database, cast: Cast) -> None:
    theo, member = browse(cast.theo), only(database, TeamMember, name="Sam Reyes")
    theo.post(f"{plan_of(cast)}/team_member/{member.id}/retire")
    assert "still have steps" in theo.get(plan_of(cast)).text
    assert only(database, TeamMember, name="Sam Reyes")


def test_a_goal_about_substance_use_hides_its_steps_too(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    data = {"statement": "x", "status": "active", "importance": "", "confidence": "", "substance_use": "y"}
    theo.post(f"{plan_of(cast)}/goal/{cast.goal}", data=data)
    assert all(step.substance_use for step in all_of(database, ActionStep) if step.goal_id == cast.goal)
    assert "Walk by the river" not in theo.get(plan_of(cast)).text


# Steps


def test_a_step_for_the_client_is_added_by_form(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    assert theo.get(f"{plan_of(cast)}/steps/new?goal_id={cast.goal}").status_code == 200
    data = STEP | {"goal_id": str(cast.goal), "purpose": "to feel light", "minutes": "30", "ends_on": "2027-05-02"}
    assert theo.post(f"{plan_of(cast)}/steps/new", data=data).status_code == 303
    step = only(database, ActionStep, text="Swim with Nora")
    assert (step.actor_kind, step.goal_id, step.own, step.status) == ("self", cast.goal, False, "active")
    cadence = only(database, CadenceVersion, step_id=step.id)
    assert (cadence.kind, cadence.bound, cadence.target_min, cadence.per_unit) == ("target", "at_least", 2, "week")
    assert (cadence.minutes, cadence.valid_from, cadence.valid_to) == (30, TODAY, date(2027, 5, 3))
    assert step.duration == {"type": "between", "start": "2026-11-19", "end": "2027-05-02"}
    assert "at least twice a week, 30 minutes, until May 2, 2027" in theo.get(plan_of(cast)).text


FIXED = {"kind": "fixed", "fixed_interval": "1"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"bound": "at_most", "count": "0"}, {"bound": "at_most", "target_max": 0, "target_min": None}),
        ({"kind": "target", "count": "2", "count_max": "3"}, {"target_min": 2, "target_max": 3}),
        ({"kind": "target", "interval": "2", "per_unit": "month"}, {"interval": 2, "per_unit": "month"}),
        (FIXED | {"fixed_unit": "week", "weekdays": ["0", "3"]}, {"weekdays": [0, 3], "kind": "fixed"}),
        (FIXED | {"fixed_unit": "day", "times": "8:00, 20.30"}, {"times": ["08:00", "20:30"], "per_unit": "day"}),
        (FIXED | {"fixed_unit": "month", "monthday": "31"}, {"monthday": 31}),
        (FIXED | {"fixed_unit": "year", "monthday": "2"}, {"per_unit": "month", "interval": 12, "monthday": 2}),
        ({"interval": "2", "per_unit": "year"}, {"per_unit": "month", "interval": 24}),
        (FIXED | {"fixed_unit": "month", "weekdays": ["4"], "nth": "-1"}, {"nth": -1, "weekdays": [4]}),
        (FIXED | {"fixed_unit": "day", "times": "2 pm", "stays": "y", "tz": "Europe/Berlin"},
         {"times": ["14:00"], "tz_mode": "fixed", "tz": "Europe/Berlin"}),
        (FIXED | {"fixed_unit": "day", "tz": "Europe/Berlin"}, {"tz_mode": "floating", "tz": None}),
        ({"kind": "once", "due": "2026-12-01", "times": "14:00"}, {"due": date(2026, 12, 1), "times": ["14:00"]}),
        ({"kind": "once", "due": "2026-12-01"}, {"kind": "once", "due": date(2026, 12, 1), "valid_to": None}),
        ({"kind": "as_needed"}, {"kind": "as_needed", "target_min": None}),
        ({"kind": "ongoing", "starts_on": "2026-12-01"}, {"kind": "ongoing", "valid_from": date(2026, 12, 1)}),
    ],
)  # fmt: skip
def test_every_kind_of_cadence_can_be_entered_and_comes_back_into_the_form(
    browse: As, database: Database, cast: Cast, data: dict[str, Any], expected: dict[str, Any]
) -> None:
    theo = browse(cast.theo)
    assert theo.post(f"{plan_of(cast)}/steps/new", data=STEP | data).status_code == 303
    step = only(database, ActionStep, text="Swim with Nora")
    cadence = only(database, CadenceVersion, step_id=step.id)
    for name, value in expected.items():
        assert getattr(cadence, name) == value, name
    # The form, sent back as it was shown, changes nothing.
    page = theo.get(f"{plan_of(cast)}/steps/{step.id}").text
    before = len(all_of(database, PlanChange))
    assert theo.post(f"{plan_of(cast)}/steps/{step.id}", data=shown(page)).status_code == 303
    assert len(all_of(database, PlanChange)) == before
    assert len([row for row in all_of(database, CadenceVersion) if row.step_id == step.id]) == 1


def shown(page: str) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    import html5lib

    tree = html5lib.parse(page, namespaceHTMLElements=False)
    form = next(form for form in tree.iter("form") if form.find(".//textarea[@name='text']") is not None)
    sent: dict[str, Any] = {}
    for field in form.iter("input"):
        if field.get("type") in ("radio", "checkbox") and field.get("checked") is None:
            continue
        if field.get("name"):
            sent.setdefault(field.get("name"), []).append(field.get("value", "on"))
    for field in form.iter("textarea"):
        sent[field.get("name")] = [(field.text or "").removeprefix("\n")]
    for field in form.iter("select"):
        options = list(field.iter("option"))
        chosen = next((option for option in options if option.get("selected") is not None), options[0])
        sent[field.get("name")] = [chosen.get("value")]
    return sent


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"text": " "}, "Write what is done"),
        ({"who": "somebody"}, "Choose from the list."),
        ({"who": "new:natural_supporter"}, "Write a name, or what they are."),
        ({"goal_id": "99999"}, "Choose from the list."),
        ({"kind": "sometimes"}, "Choose from the list."),
        ({"count": ""}, "Please fill this in."),
        ({"count": "0"}, "too small"),
        ({"count": "many"}, "whole number from 0 to 100"),
        ({"count": "9" * 30}, "whole number from 0 to 100"),
        ({"count": "3", "count_max": "2"}, "less than the number before it"),
        ({"bound": "exactly", "count_max": "5"}, "has one number"),
        (FIXED | {"fixed_unit": "week"}, "Choose at least one weekday."),
        (FIXED | {"fixed_unit": "month"}, "Write a day of the month"),
        (FIXED | {"fixed_unit": "month", "weekdays": ["0"]}, "or choose which weekday of it."),
        (FIXED | {"fixed_unit": "month", "weekdays": ["0", "1"], "nth": "1"}, "Choose one weekday."),
        (FIXED | {"fixed_unit": "month", "monthday": "3", "nth": "1"}, "Choose one weekday."),
        (FIXED | {"fixed_unit": "day", "stays": "y", "tz": "Mars/Base"}, "Choose a place from the list"),
        ({"kind": "once", "times": "14:00"}, "Please fill this in."),
        ({"interval": "31", "per_unit": "year"}, "This number is too large."),
        (FIXED | {"fixed_interval": "31", "fixed_unit": "year", "monthday": "1"}, "This number is too large."),
        (FIXED | {"fixed_unit": "day", "times": "at dawn"}, "Write times like 8:00"),
        (FIXED | {"fixed_unit": "day", "times": "25:00"}, "Write times like 8:00"),
        (FIXED | {"fixed_unit": "day", "times": "8:00 8:00"}, "twice"),
        ({"kind": "once", "due": "2026-11-01"}, "before the first day"),
        ({"minutes": "0"}, "from 1 to 1440"),
        ({"minutes": "30", "minutes_max": "20"}, "less than the number before it"),
        ({"starts_on": "2026-12-01", "ends_on": "2026-11-25"}, "before the first day"),
        ({"ends_on": "in May"}, "year-month-day"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_is_said_beside_the_field_with_everything_typed_still_there(
    browse: As, database: Database, cast: Cast, data: dict[str, Any], sentence: str
) -> None:
    typed = {"purpose": "for lightness", "cue": "when it rains", "smallest": "one length", "how_to": "slowly"}
    answer = browse(cast.theo).post(f"{plan_of(cast)}/steps/new", data=STEP | typed | data)
    assert answer.status_code == 422
    assert sentence in answer.text
    for words in typed.values():
        assert words in answer.text
    assert all_of(database, PlanChange) == []


def test_an_edit_holds_from_the_next_week_and_keeps_what_was_promised_before(
    browse: As, database: Database, cast: Cast
) -> None:
    theo = browse(cast.theo)
    data = STEP | {"text": "Walk by the river", "count": "4", "goal_id": str(cast.goal), "why": "it goes well"}
    assert theo.post(f"{plan_of(cast)}/steps/{cast.walk}", data=data).status_code == 303
    versions = [row for row in all_of(database, CadenceVersion) if row.step_id == cast.walk]
    next_week = date(2026, 11, 23)
    assert [(row.target_min, row.valid_to) for row in versions] == [(2, next_week), (4, None)]
    assert versions[1].anchor == versions[0].anchor
    change = latest_change(database)
    assert (change.what, change.why) == ("changed", "it goes well")
    page = theo.get(plan_of(cast)).text
    assert "then at least 4 times a week, from Nov 23" in page
    assert "How often: " in page

    theo.post(f"{plan_of(cast)}/steps/{cast.walk}", data=data | {"count": "3", "from_when": "today"})
    versions = [row for row in all_of(database, CadenceVersion) if row.step_id == cast.walk]
    assert [(row.target_min, row.valid_from, row.valid_to) for row in versions] == [
        (2, date(2026, 10, 5), TODAY),
        (3, TODAY, None),
    ]
    assert MONDAY < TODAY


def test_an_end_before_the_new_rhythm_begins_is_said_beside_the_field(
    browse: As, database: Database, cast: Cast
) -> None:
    data = STEP | {"count": "4", "ends_on": "2026-11-20"}
    answer = browse(cast.theo).post(f"{plan_of(cast)}/steps/{cast.walk}", data=data)
    assert answer.status_code == 422
    assert "before the new rhythm begins" in answer.text


def test_a_supporter_of_the_circle_who_gets_a_step_joins_the_team_and_is_asked(
    browse: As, database: Database, cast: Cast
) -> None:
    theo = browse(cast.theo)
    data = STEP | {"who": f"person:{cast.nora}", "text": "Bring soup"}
    assert theo.post(f"{plan_of(cast)}/steps/new", data=data).status_code == 303
    member = only(database, TeamMember, person_id=cast.nora)
    assert (member.kind, member.relation) == ("natural_supporter", "friend")
    step = only(database, ActionStep, text="Bring soup")
    assert step.team_member_id == member.id
    asked = only(database, Commitment, step_id=step.id)
    assert (asked.supporter_id, asked.state) == (cast.nora, "proposed")
    # Given to somebody else, the question ends.
    sam = only(database, TeamMember, person_id=cast.sam)
    theo.post(f"{plan_of(cast)}/steps/{step.id}", data=data | {"who": f"member:{sam.id}"})
    states = {row.supporter_id: row.state for row in all_of(database, Commitment) if row.step_id == step.id}
    assert states == {cast.nora: "ended", cast.sam: "proposed"}


def test_somebody_new_is_named_in_the_step_form(browse: As, database: Database, cast: Cast) -> None:
    data = STEP | {
        "who": "new:professional",
        "new_name": "Ines Roth",
        "new_what": "dietitian",
        "text": "Talk about food",
    }
    assert browse(cast.theo).post(f"{plan_of(cast)}/steps/new", data=data).status_code == 303
    member = only(database, TeamMember, name="Ines Roth")
    assert (member.kind, member.role) == ("professional", "dietitian")
    assert only(database, ActionStep, text="Talk about food").team_member_id == member.id


def test_the_editor_is_gentle_about_steps_that_only_turn_up(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    assert theo.post(f"{plan_of(cast)}/steps/new", data=STEP | {"text": "Attend talking therapy"}).status_code == 303
    step = only(database, ActionStep, text="Attend talking therapy")
    assert "basketball" in theo.get(f"{plan_of(cast)}/steps/{step.id}").text
    assert "could say more" in theo.get(plan_of(cast)).text


def test_a_step_that_was_let_go_can_be_taken_up_again_as_it_was(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    theo.post(f"{plan_of(cast)}/steps/{cast.walk}/retire")
    assert only(database, ActionStep, id=cast.walk).status == "retired"
    theo.post(f"{plan_of(cast)}/steps/{cast.walk}/retire")
    theo.post(f"{plan_of(cast)}/steps/{cast.walk}/restore")
    theo.post(f"{plan_of(cast)}/steps/{cast.walk}/restore")
    assert only(database, ActionStep, id=cast.walk).status == "active"
    versions = [row for row in all_of(database, CadenceVersion) if row.step_id == cast.walk]
    assert [(row.target_min, row.valid_to) for row in versions] == [(2, TODAY), (2, None)]
    assert [change.what for change in all_of(database, PlanChange)] == ["retired", "brought_back"]


def test_letting_go_of_a_supporters_step_ends_the_promise_and_taking_it_up_asks_again(
    browse: As, database: Database, cast: Cast
) -> None:
    theo = browse(cast.theo)
    theo.post(f"{plan_of(cast)}/steps/{cast.ride}/retire")
    assert only(database, Commitment, id=cast.promise).state == "ended"
    theo.post(f"{plan_of(cast)}/steps/{cast.ride}/restore")
    assert only(database, Commitment, state="proposed").supporter_id == cast.sam


def test_what_the_client_suggests_waits_in_the_editor_until_it_was_talked_about(
    browse: As, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        steps.suggest(session, cast.clara, cast.ride, "Could we go on Friday?", NOW)
    theo = browse(cast.theo)
    assert "Could we go on Friday?" in theo.get(plan_of(cast)).text
    assert "Could we go on Friday?" in theo.get(f"{plan_of(cast)}/steps/{cast.ride}").text
    suggestion = latest_change(database)
    for _ in range(2):
        theo.post(f"{plan_of(cast)}/suggestions/{suggestion.id}/settled")
    assert "suggests a change" not in theo.get(plan_of(cast)).text
    assert [change.noun for change in all_of(database, PlanChange)] == ["step", "suggestion"]


def test_a_step_the_client_suggests_is_taken_into_the_plan_and_asked(
    browse: As, database: Database, cast: Cast
) -> None:
    sam = only(database, TeamMember, person_id=cast.sam)
    browse(cast.clara).post("/plan/steps/new", data=STEP | {"who": f"member:{sam.id}", "text": "Cook on Sundays"})
    step = only(database, ActionStep, text="Cook on Sundays")
    assert step.status == "suggested"
    theo = browse(cast.theo)
    assert "suggests a step" in theo.get(plan_of(cast)).text
    for _ in range(2):
        theo.post(f"{plan_of(cast)}/steps/{step.id}/accept")
    assert only(database, ActionStep, id=step.id).status == "active"
    assert only(database, Commitment, step_id=step.id).state == "proposed"


def test_whoever_takes_only_steps_one_does_not_see_is_not_on_the_team(
    browse: As, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        team = {"client_id": cast.clara, "plan_id": cast.plan, "kind": "natural_supporter"}
        session.add_all([TeamMember(**team, name="Rosa Elm", relation="sponsor"), TeamMember(**team, name="Jo Fenn")])
    rosa, jo = (only(database, TeamMember, name=name).id for name in ("Rosa Elm", "Jo Fenn"))
    theo = browse(cast.theo)
    assert "Rosa Elm" in theo.get(plan_of(cast)).text, "whoever takes no step yet is on the team"
    with database.writing() as session:
        session.get_one(ActionStep, cast.hotline).team_member_id = rosa
        session.get_one(ActionStep, cast.ride).team_member_id = jo
    for page in (plan_of(cast), f"{plan_of(cast)}/steps/new"):
        assert "Rosa Elm" not in theo.get(page).text
        assert "Jo Fenn" in theo.get(page).text
    nowhere = theo.get(f"{plan_of(cast)}/team_member/987654")
    assert theo.get(f"{plan_of(cast)}/team_member/{rosa}").data == nowhere.data
    assert theo.post(f"{plan_of(cast)}/team_member/{rosa}/retire").status_code == 404
    answer = theo.post(f"{plan_of(cast)}/team_member/{jo}/retire", follow_redirects=True)
    assert "They still have steps in the plan." in answer.text
    assert "Rosa Elm" in browse(cast.clara).get("/plan/steps/new").text


# Beginning a plan, and plan files


def without_plan(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(CarePlan, cast.plan).ended_at = NOW


def test_without_a_plan_one_can_be_begun(browse: As, database: Database, cast: Cast) -> None:
    without_plan(database, cast)
    theo = browse(cast.theo)
    assert "There is no plan yet." in theo.get(plan_of(cast)).text
    assert theo.get(f"{plan_of(cast)}/goal/new").status_code == 404
    for _ in range(2):
        assert theo.post(plan_of(cast)).status_code == 303
    plan = only(database, CarePlan, ended_at=None, client_id=cast.clara)
    assert (plan.client_id, plan.starts_on, plan.version) == (cast.clara, TODAY, 1)
    assert theo.get(f"{plan_of(cast)}/goal/new").status_code == 200


def send(theo: FlaskClient, cast: Cast, content: bytes | None) -> Any:
    data = {} if content is None else {"file": (io.BytesIO(content), "plan.json")}
    return theo.post(f"{plan_of(cast)}/import", data=data, content_type="multipart/form-data")


def test_a_plan_file_comes_in_and_the_page_lists_what_did(browse: As, database: Database, cast: Cast) -> None:
    theo = browse(cast.theo)
    assert theo.get(f"{plan_of(cast)}/import").status_code == 200
    plan = json.loads(SAMPLE.read_bytes()) | {"insurance": "none"}
    answer = send(theo, cast, json.dumps(plan).encode())
    assert answer.status_code == 200
    assert "insurance" in answer.text
    assert "to dance at her son&#39;s wedding" in theo.get(plan_of(cast)).text
    assert only(database, CarePlan, id=cast.plan).ended_at == NOW


def test_steps_and_people_that_a_file_leaves_without_a_name_are_not_taken_for_the_client(
    browse: As, database: Database, cast: Cast
) -> None:
    steps = [
        {"actor_kind": "natural_supporter", "text": "bring soup"},
        {"actor_kind": "professional", "actor_id": "t", "text": "review the medicine"},
    ]
    team = [{"id": "t", "kind": "professional"}, {"kind": "natural_supporter"}]
    file = {"schema": "plan-facts/1", "team": team, "unlinked_steps": steps}
    send(browse(cast.theo), cast, json.dumps(file).encode())
    editor, plan, today = (
        browse(cast.theo).get(plan_of(cast)).text,
        browse(cast.clara).get("/plan").text,
        browse(cast.clara).get("/today").text,
    )
    for page in (editor, plan):
        assert "None" not in page
        assert re.search(r"bring soup</strong>.{0,90}a supporter", page, re.S)
        assert re.search(r"review the medicine</strong>.{0,90}care team", page, re.S)
    assert "your supporter" in today


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Choose a plan file first."),
        (b"not json", "line 1, column 1"),
        (SAMPLE.read_bytes().replace(b'"kind": "once"', b'"kind": "twice"'), "goals[0].steps[2].frequency.kind"),
        (b" " * (1024 * 1024 + 1), "larger than 1 MB"),
    ],
)
def test_a_broken_plan_file_changes_nothing_and_says_where_it_is_broken(
    browse: As, database: Database, cast: Cast, content: bytes | None, words: str
) -> None:
    answer = send(browse(cast.theo), cast, content)
    assert answer.status_code == 422
    assert words in answer.text
    assert only(database, CarePlan, id=cast.plan).ended_at is None


def test_a_review_before_the_start_and_a_birth_to_come_are_asked_about(browse: As, cast: Cast) -> None:
    theo = browse(cast.theo)
    answer = theo.post(f"{plan_of(cast)}/vision", data={"starts_on": "2026-12-01", "review_on": "2020-11-01"})
    assert answer.status_code == 422
    assert "lies before the start" in answer.text
    answer = theo.post(f"{plan_of(cast)}/information", data={"born": "2099-01-01"})
    assert answer.status_code == 422
    assert "has not come yet" in answer.text


def test_a_step_that_only_attends_is_saved_with_a_gentle_word(browse: As, database: Database, cast: Cast) -> None:
    data = STEP | {"text": "Attend anger management classes", "who": "self"}
    answer = browse(cast.theo).post(f"{plan_of(cast)}/steps/new", data=data, follow_redirects=True)
    assert "“Attend anger management classes” is saved." in answer.text
    assert "play pick-up basketball" in answer.text
    assert [step.text for step in all_of(database, ActionStep)].count("Attend anger management classes") == 1


def test_a_stage_of_change_is_said_in_words(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.add(ClientInformation(client_id=cast.clara, stage_of_change="contemplation"))
    page = browse(cast.theo).get(plan_of(cast)).text
    assert "Thinking about it" in page
    assert "contemplation" not in page


def test_a_form_says_which_fields_may_be_left_empty(browse: As, cast: Cast) -> None:
    page = browse(cast.theo).get(f"{plan_of(cast)}/monitoring/new").text
    assert page.count("(if you like)") == 3
    assert "Why it is added" in page


def test_the_report_of_a_plan_file_speaks_in_words(browse: As, cast: Cast) -> None:
    file = {"file": (io.BytesIO(SAMPLE.read_bytes()), "plan.json")}
    page = browse(cast.theo).post(f"{plan_of(cast)}/import", data=file).text
    assert "Notes on progress" in page
    assert "progress_notes" not in page
