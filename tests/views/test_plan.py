"""The client's own plan: all steps with whose they are, own steps in own words, and what changed."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.support.cast import NOW, TODAY, Cast
from tests.support.rows import all_of
from webapp.db import Database
from webapp.models import ActionStep, CadenceVersion, CarePlan, Goal, PlanChange, TeamMember

As = Callable[[int | None], FlaskClient]
OWN = {
    "text": "Paint on Sundays",
    "who": "self",
    "kind": "fixed",
    "fixed_interval": "1",
    "fixed_unit": "week",
    "weekdays": "6",
    "goal_id": "",
    "time_of_day": "afternoon",
    "from_when": "next",
}
TWICE = {"kind": "target", "bound": "at_least", "count": "2", "interval": "1", "per_unit": "week", "from_when": "next"}


def step_named(database: Database, text: str) -> ActionStep:
    (found,) = [step for step in all_of(database, ActionStep) if step.text == text]
    return found


def test_the_plan_shows_whose_every_step_is_and_when_it_is_looked_at_again(browse: As, cast: Cast) -> None:
    page = browse(cast.clara).get("/plan").text
    for words in (
        "Dance at the summer party",
        "Feel at home outside again",
        "Ring my sponsor",
        "Sam Reyes",
        "brother",
        "Theo Lindqvist",
        "every Thursday",
        "We look at it together again: Dec 7.",
    ):
        assert words in page


def test_own_words_win(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Goal, cast.goal).own_words = "Go out without fear"
        session.get_one(ActionStep, cast.walk).own_words = "Say hello to the river"
    page = browse(cast.clara).get("/plan").text
    assert page.index("Go out without fear") < page.index("Feel at home outside again")
    assert page.index("Say hello to the river") < page.index("Walk by the river")


def test_a_step_of_ones_own_is_added(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    assert clara.get(f"/plan/steps/new?goal_id={cast.goal}").status_code == 200
    answer = clara.post("/plan/steps/new", data=OWN | {"goal_id": str(cast.goal), "purpose": "joy"})
    assert (answer.status_code, answer.location) == (303, "/plan")
    step = step_named(database, "Paint on Sundays")
    assert (step.own, step.status, step.actor_kind, step.time_of_day) == (True, "active", "self", "afternoon")
    assert step.created_by_id == cast.clara
    (change,) = all_of(database, PlanChange)
    assert (change.what, change.by_id, (change.after or {})["text"]) == ("added", cast.clara, "Paint on Sundays")
    page = clara.get("/plan").text
    assert "every Sunday" in page
    assert "Step added: “Paint on Sundays”" in page


def test_a_supporter_who_joined_and_is_not_in_the_plan_yet_can_be_asked(
    browse: As, database: Database, cast: Cast
) -> None:
    clara = browse(cast.clara)
    assert f'value="person:{cast.nora}"' in clara.get("/plan/steps/new").text
    clara.post("/plan/steps/new", data=OWN | {"text": "Nora brings the paper", "who": f"person:{cast.nora}"})
    step = step_named(database, "Nora brings the paper")
    assert (step.actor_kind, step.status) == ("natural_supporter", "suggested"), "the care team takes it into the plan"
    (member,) = [one for one in all_of(database, TeamMember) if one.id == step.team_member_id]
    assert member.person_id == cast.nora


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"text": ""}, "Write what you want to do"),
        ({"kind": "target"}, "Please fill this in."),
        ({"fixed_unit": "month", "weekdays": []}, "Write a day of the month"),
        ({"times": "noon"}, "Write times like"),
        ({"goal_id": "77777"}, "Choose from the list."),
        ({"who": "member:77777"}, "Choose from the list."),
        ({"weekdays": "eighth"}, "Choose from the list."),
    ],
)
def test_a_step_that_cannot_be_is_said_beside_the_field_and_nothing_typed_is_lost(
    browse: As, database: Database, cast: Cast, data: dict[str, Any], sentence: str
) -> None:
    typed = {"cue": "when the light is good", "smallest": "open the box"}
    answer = browse(cast.clara).post("/plan/steps/new", data=OWN | typed | data)
    assert answer.status_code == 422
    assert sentence in answer.text
    for words in typed.values():
        assert words in answer.text
    assert all_of(database, PlanChange) == []


def test_a_first_step_begins_a_plan(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(CarePlan, cast.plan).ended_at = NOW
    clara = browse(cast.clara)
    assert "You can begin with one step." in clara.get("/plan").text
    assert clara.get("/plan/steps/new").status_code == 200
    assert clara.post("/plan/steps/new", data=OWN).status_code == 303
    assert "Paint on Sundays" in clara.get("/plan").text


def test_a_step_worded_by_the_care_team_keeps_its_words_beside_ones_own(
    browse: As, database: Database, cast: Cast
) -> None:
    clara, at = browse(cast.clara), f"/plan/steps/{cast.walk}/edit"
    page = clara.get(at).text
    assert "In the plan: Walk by the river" in page
    assert 'name="text"' not in page
    data = TWICE | {"own_words": "Say hello to the river", "text": "Sneaky", "smallest": "shoes", "time_of_day": ""}
    assert clara.post(at, data=data).status_code == 303
    step = step_named(database, "Walk by the river")
    assert (step.own_words, step.smallest, step.goal_id) == ("Say hello to the river", "shoes", cast.goal)
    assert len([row for row in all_of(database, CadenceVersion) if row.step_id == cast.walk]) == 1


def test_a_new_rhythm_of_ones_own_step_holds_from_next_week_or_from_today(
    browse: As, database: Database, cast: Cast
) -> None:
    clara, at = browse(cast.clara), f"/plan/steps/{cast.walk}/edit"

    def versions() -> list[tuple[int | None, date]]:
        return [
            (row.target_min, row.valid_from) for row in all_of(database, CadenceVersion) if row.step_id == cast.walk
        ]

    began = date(2026, 10, 5)
    clara.post(at, data=TWICE | {"count": "1", "time_of_day": ""})
    assert versions() == [(2, began), (1, date(2026, 11, 23))]
    assert "From Nov 23: at least once a week" in clara.get("/plan").text
    clara.post(at, data=TWICE | {"count": "1", "time_of_day": "", "from_when": "today"})
    assert versions() == [(2, began), (1, date(2026, 11, 23))]
    clara.post(at, data=TWICE | {"count": "3", "time_of_day": "", "from_when": "today"})
    assert versions() == [(2, began), (3, TODAY)]
    clara.post(at, data=TWICE | {"count": "4", "time_of_day": "", "from_when": "today"})
    assert "0 of 3 this week" in clara.get("/today").text, "three days at twice a week, four at four times"


def test_the_form_says_what_is_agreed_and_from_which_day_a_change_would_hold(browse: As, cast: Cast) -> None:
    clara, at = browse(cast.clara), f"/plan/steps/{cast.walk}/edit"
    page = clara.get(at).text
    assert "Agreed: at least twice a week" in page
    assert "From Monday, November 23 on; until then it stays as it is" in page
    clara.post(at, data=TWICE | {"count": "1", "time_of_day": ""})
    assert "Agreed: at least twice a week, until Nov 22; at least once a week, from Nov 23" in clara.get(at).text
    # Nothing is under way that a change would have to wait for.
    assert "From today on" not in clara.get(f"/plan/steps/{cast.hotline}/edit").text
    hotline = {"kind": "as_needed", "time_of_day": "", "minutes": "5"}
    assert clara.post(f"/plan/steps/{cast.hotline}/edit", data=hotline).status_code == 303
    assert "as needed, 5 minutes" in clara.get("/plan").text


def test_an_appointment_stays_with_its_place(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    assert '<option selected value="America/New_York">' in clara.get("/plan/steps/new").text
    clara.post("/plan/steps/new", data=OWN | {"times": "2 pm", "stays": "y", "tz": "America/Los_Angeles"})
    step = step_named(database, "Paint on Sundays")
    (version,) = [row for row in all_of(database, CadenceVersion) if row.step_id == step.id]
    assert (version.tz_mode, version.tz, version.times) == ("fixed", "America/Los_Angeles", ["14:00"])
    assert "every Sunday, at 2:00\xa0PM, by the clock in Los Angeles" in clara.get("/plan").text
    page = clara.get(f"/plan/steps/{step.id}/edit").text
    assert '<option selected value="America/Los_Angeles">' in page
    assert re.search(r'<input[^>]*checked[^>]*name="stays"', page)


def test_a_step_whose_day_or_span_has_passed_can_still_be_reworded(browse: As, database: Database, cast: Cast) -> None:
    clara, at = browse(cast.clara), f"/plan/steps/{cast.walk}/edit"
    once = {"kind": "once", "due": "2026-11-01"}
    for changed, typed in (
        ({"kind": "once", "due": date(2026, 11, 1)}, once),
        ({"kind": "target", "due": None, "valid_to": date(2026, 11, 1)}, TWICE | {"ends_on": "2026-10-31"}),
    ):
        with database.writing() as session:
            session.execute(update(CadenceVersion).where(CadenceVersion.step_id == cast.walk).values(**changed))
        answer = clara.post(at, data=typed | {"own_words": f"Hello {changed['kind']}", "time_of_day": ""})
        assert answer.status_code == 303
        assert step_named(database, "Walk by the river").own_words == f"Hello {changed['kind']}"
    assert clara.post(at, data=once | {"time_of_day": ""}).status_code == 422


def test_an_edit_that_cannot_be_keeps_what_was_typed(browse: As, database: Database, cast: Cast) -> None:
    clara, at = browse(cast.clara), f"/plan/steps/{cast.walk}/edit"
    typed = {"own_words": "Hello river", "time_of_day": ""}
    for data in (TWICE | {"count": "x"}, TWICE | {"count": "5", "ends_on": "2026-11-20"}):
        answer = clara.post(at, data=data | typed)
        assert answer.status_code == 422
        assert "Hello river" in answer.text
    assert all_of(database, PlanChange) == []


def test_ones_own_step_can_be_reworded_whole(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    clara.post("/plan/steps/new", data=OWN)
    step = step_named(database, "Paint on Sundays")
    assert "Paint on Sundays" in clara.get(f"/plan/steps/{step.id}/edit").text
    clara.post(f"/plan/steps/{step.id}/edit", data=OWN | {"text": "Draw on Sundays", "goal_id": str(cast.goal)})
    assert step_named(database, "Draw on Sundays").goal_id == cast.goal
    assert "Words: " in clara.get("/plan/changes").text


def test_letting_go_of_a_step_offers_to_take_it_up_again(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    clara.post(f"/plan/steps/{cast.walk}/retire")
    assert f"/plan/steps/{cast.walk}/restore" in clara.get("/plan").text
    assert step_named(database, "Walk by the river").status == "retired"
    clara.post(f"/plan/steps/{cast.walk}/restore")
    assert step_named(database, "Walk by the river").status == "active"


@pytest.mark.parametrize("what", ["edit", "retire", "restore"])
def test_other_peoples_steps_are_theirs_to_change(browse: As, database: Database, cast: Cast, what: str) -> None:
    clara = browse(cast.clara)
    assert clara.post(f"/plan/steps/{cast.ride}/{what}", data=TWICE).status_code == 404
    assert step_named(database, "Drive Clara to choir").status == "active"


def test_a_change_to_somebody_elses_step_can_be_suggested(browse: As, database: Database, cast: Cast) -> None:
    clara, at = browse(cast.clara), f"/plan/steps/{cast.ride}/suggestion"
    assert "Drive Clara to choir" in clara.get(at).text
    assert "Write what you would change." in clara.post(at, data={"words": " "}).text
    assert clara.post(at, data={"words": " "}).status_code == 422
    assert clara.post(at, data={"words": "a" * 1001}).status_code == 422
    assert clara.post(at, data={"words": "Friday suits me better"}).status_code == 303
    (change,) = all_of(database, PlanChange)
    assert (change.what, change.noun_id) == ("suggested", cast.ride)
    assert "Friday suits me better" in clara.get("/plan").text


def test_what_changed_is_empty_at_first(browse: As, cast: Cast) -> None:
    assert "Every change of your plan" in browse(cast.clara).get("/plan/changes").text


def ends(database: Database, step_id: int, last_day: date) -> None:
    with database.writing() as session:
        version = session.scalars(select(CadenceVersion).where(CadenceVersion.step_id == step_id)).one()
        version.valid_to = last_day + timedelta(days=1)


def test_what_ends_soon_is_said_first_and_marked_on_its_step(browse: As, database: Database, cast: Cast) -> None:
    clara = browse(cast.clara)
    assert "Ends soon" not in clara.get("/plan").text
    ends(database, cast.therapy, date(2026, 12, 3))
    ends(database, cast.walk, date(2026, 11, 25))
    ends(database, cast.pills, date(2026, 12, 4))  # more than two weeks ahead
    page = clara.get("/plan").text
    soon = page[page.index("Ends soon") :]
    assert soon.index("Walk by the river") < soon.index("last day Wed, Nov 25") < soon.index("Talking therapy")
    assert page.index("Ends soon") < page.index("Feel at home outside again")
    assert page.count("ends on Nov 25") == 1
    assert page.count("ends on Dec 3") == 1
    assert "ends on Dec 4" not in page


@pytest.mark.parametrize("status", ["on_hold", "retired", "completed"])
def test_a_step_that_rests_or_is_over_does_not_end_soon(
    browse: As, database: Database, cast: Cast, status: str
) -> None:
    ends(database, cast.walk, date(2026, 11, 25))
    with database.writing() as session:
        session.get_one(ActionStep, cast.walk).status = status
    assert "Ends soon" not in browse(cast.clara).get("/plan").text


def test_the_care_team_sees_what_ends_soon_in_the_plan_and_before_the_session(
    browse: As, database: Database, cast: Cast
) -> None:
    ends(database, cast.walk, date(2026, 11, 25))
    theo = browse(cast.theo)
    for path in (f"/clients/{cast.clara}/plan", f"/clients/{cast.clara}/before-session"):
        page = theo.get(path)
        assert page.status_code == 200
        assert page.text.count("ends on Nov 25") == 1
