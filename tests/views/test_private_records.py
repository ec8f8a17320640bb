"""What is about substance use is, for everybody without that grant, as if it had never been written.

The pages of others are read, then every kind of record about substance use is added, then they are read again:
not a letter may differ, so that no count, order, date or version tells either.
"""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from tests.support.taps import tap
from webapp.db import Database
from webapp.domain.cadence import Cadence, Kind
from webapp.domain.check_ins import Entry
from webapp.domain.scores import Outcome
from webapp.domain.sharing import Scope
from webapp.models import (
    ActionStep,
    CopingStrategy,
    Delivery,
    Endpoint,
    Reminder,
    ReminderOccurrence,
    SharingGrant,
    StrategySign,
)
from webapp.services import agenda, care_plans, check_ins, coping, steps

CANARY = "zinnia"
LISTED = {
    **{noun: "text" for noun in ("strength", "preference", "concern", "crisis_step", "review")},
    **{"trigger": "text", "warning_sign": "text", "support": "name", "monitoring": "what"},
}
"""What else a plan lists, each with the field of its words."""
DAY = timedelta(days=1)


def _pages(cast: Cast) -> list[tuple[int, str]]:
    theirs = [f"/clients/{cast.clara}{page}" for page in ("/before-session", "/plan", "/plan/changes", "/sessions")]
    theirs += [f"/clients/{cast.clara}/plan/steps/{cast.walk}", f"/clients/{cast.clara}/plan/coping_strategy/new"]
    theirs += [f"/clients/{cast.clara}/plan/{page}" for page in ("information", f"coping_strategy/{cast.breathing}")]
    return [
        *((cast.theo, page) for page in ("/caseload", *theirs)),
        *((cast.sam, page) for page in ("/promises", "/reminders", "/outbox")),
        *((cast.ada, page) for page in ("/admin", f"/admin/people/{cast.clara}", "/outbox")),
        *((cast.clara, f"/people/{person}/seen") for person in (cast.theo, cast.sam)),
    ]


def _read(browse: As, cast: Cast) -> dict[tuple[int, str], str]:
    browsers = {person: browse(person) for person in (cast.theo, cast.sam, cast.ada, cast.clara)}
    found = {}
    for person, page in _pages(cast):
        response = browsers[person].get(page)
        assert response.status_code == 200, page
        found[person, page] = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "op-id", response.text)
    return found


def _write_all_kinds(database: Database, cast: Cast) -> None:
    """Add everything that can be about substance use: steps, goals, strategies, lists, and what was said of them."""
    with database.writing() as session:
        clara, then = acting(cast.clara), NOW - timedelta(days=3)
        private = {"text": f"Pour it away {CANARY}", "substance_use": True, "goal_id": None}
        often = Cadence(kind=Kind.TARGET, target_min=3, valid_from=date(2026, 10, 5))
        step = steps.add(session, cast.clara, cast.clara, steps.SELF, private, often, then)
        steps.change(session, cast.clara, step, cast.clara, private | {"purpose": CANARY}, then, CANARY)
        for number in range(6):
            outcome, day = (Outcome.DONE, Outcome.NOT_TODAY)[number % 2], TODAY - number * DAY
            reason = CANARY if outcome is Outcome.NOT_TODAY else None
            for one in (step, cast.hotline):
                entry = Entry(str(uuid4()), day, outcome, reason=reason, note=f"{CANARY} {number}")
                check_ins.check_in(session, clara, cast.clara, one, entry, NOW - number * DAY)
        steps.suggest(session, cast.clara, step, CANARY, then)
        goal_values = {"statement": f"Without {CANARY}", "status": "active", "substance_use": True}
        goal = care_plans.add(session, cast.clara, "goal", cast.clara, goal_values, then)
        care_plans.add(session, cast.clara, "objective", cast.clara, {"statement": CANARY}, then, goal_id=goal)
        under = {"text": CANARY, "goal_id": goal}
        gone = steps.add(session, cast.clara, cast.clara, steps.SELF, under, often, then)
        steps.retire(session, cast.clara, gone, cast.clara, TODAY, then)
        strategy = coping.add_strategy(session, cast.clara, cast.clara, CANARY, substance_use=True, now=then)
        for number in range(3):
            use = str(uuid4())
            coping.start_use(session, cast.clara, strategy, tap(then, use), 9, TODAY - number * DAY, then)
            coping.finish_use(session, cast.clara, use, 9, "no", CANARY, tap(then), then)
        coping.retire_strategy(session, cast.clara, strategy, cast.clara, then)
        for noun, field in LISTED.items():
            values = {field: f"{noun}: {CANARY}", "substance_use": True}
            opened = care_plans.add(session, cast.clara, noun, cast.clara, {field: CANARY}, then)
            care_plans.change(session, cast.clara, noun, opened, cast.clara, values, then)
            care_plans.retire(session, cast.clara, noun, opened, cast.clara, then)
            kept = care_plans.add(session, cast.clara, noun, cast.clara, values, then)
            if noun == "trigger":
                session.add(StrategySign(strategy_id=cast.breathing, sign_id=kept))
        agenda.add(session, cast.clara, f"agenda: {CANARY}", then, substance_use=True)
        private = {"substance_use_history": f"history: {CANARY}"}
        care_plans.change_information(session, cast.clara, cast.clara, private, then)
        reminder = Reminder(
            client_id=cast.clara,
            step_id=step,
            person_id=cast.clara,
            at_time="09:00",
            zone="America/New_York",
            plain_words=True,
            created_at=then,
        )
        session.add(reminder)
        session.flush()
        for number, state in enumerate(("sent", "failed", "unknown")):
            due = then + timedelta(hours=number)
            occurrence = ReminderOccurrence(
                client_id=cast.clara,
                reminder_id=reminder.id,
                occ_key=f"k{number}",
                day=TODAY,
                due_at=due,
                expires_at=due + DAY,
                zone="America/New_York",
            )
            session.add(occurrence)
            session.flush()
            endpoint = session.scalars(select(Endpoint.id).where(Endpoint.person_id == cast.clara)).one()
            session.add(
                Delivery(
                    channel="email",
                    client_id=cast.clara,
                    occurrence_id=occurrence.id,
                    endpoint_id=endpoint,
                    person_id=cast.clara,
                    state=state,
                    due_at=due,
                )
            )


@pytest.fixture
def with_history(cast: Cast, database: Database) -> None:
    """Something open to compare with: ticks, a strategy's use, a change; and Sam sees the plan as well."""
    with database.writing() as session:
        then = NOW - timedelta(days=4)
        session.add(
            SharingGrant(
                client_id=cast.clara,
                person_id=cast.sam,
                scope=Scope.PLAN,
                granted_by_id=cast.clara,
                granted_at=then,
                starts_at=then,
            )
        )
        entry = Entry(str(uuid4()), TODAY - 4 * DAY, Outcome.DONE, note="by the bridge")
        check_ins.check_in(session, acting(cast.clara), cast.clara, cast.walk, entry, then)
        coping.start_use(session, cast.clara, cast.breathing, tap(then), 5, TODAY - 4 * DAY, then)
        for noun, field in (("trigger", "text"), ("support", "name")):
            # What comes after it may get its number, where the database gives a number twice.
            gone = care_plans.add(session, cast.clara, noun, cast.theo, {field: f"No longer {noun}"}, then)
            care_plans.retire(session, cast.clara, noun, gone, cast.theo, then)
        care_plans.add(session, cast.clara, "strength", cast.theo, {"text": "Patience"}, then)


def test_records_about_substance_use_change_no_letter_of_what_others_see(
    with_history: None, cast: Cast, browse: As, database: Database
) -> None:
    before = _read(browse, cast)
    _write_all_kinds(database, cast)
    after = _read(browse, cast)
    assert [page for page in before if before[page] != after[page]] == []
    assert not any(CANARY in page for page in after.values())


def test_with_that_grant_they_are_there(with_history: None, cast: Cast, browse: As, database: Database) -> None:
    """The proof that the records of the test above are ones that would show."""
    before = _read(browse, cast)
    _write_all_kinds(database, cast)
    with database.writing() as session:
        for person in (cast.theo, cast.sam):
            grant = {"client_id": cast.clara, "person_id": person, "scope": Scope.SUBSTANCE_USE}
            session.add(SharingGrant(**grant, granted_by_id=cast.clara, granted_at=NOW, starts_at=NOW))
    after = _read(browse, cast)
    for person, page in ((cast.theo, _pages(cast)[1][1]), (cast.theo, _pages(cast)[2][1]), (cast.sam, "/promises")):
        assert CANARY in after[person, page], page
    plan = after[cast.theo, f"/clients/{cast.clara}/plan"]
    assert [noun for noun in LISTED if f"{noun}: {CANARY}" not in plan] == []
    assert f"history: {CANARY}" in after[cast.theo, f"/clients/{cast.clara}/plan/information"]
    assert f"agenda: {CANARY}" in after[cast.theo, f"/clients/{cast.clara}/before-session"]
    assert before[cast.theo, "/caseload"] != after[cast.theo, "/caseload"]


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.SUBSTANCE_USE])
def test_each_scope_alone_shows_its_own_words_and_no_others(
    with_history: None, cast: Cast, browse: As, database: Database, scope: Scope
) -> None:
    _write_all_kinds(database, cast)
    clara = browse(cast.clara)
    clara.post("/agenda", data={"text": "The weekend"})
    with database.writing() as session:
        others = (SharingGrant.person_id == cast.theo) & (SharingGrant.scope != scope)
        session.execute(update(SharingGrant).where(others).values(withdrawn_at=NOW))
    told = browse(cast.theo).get(f"/clients/{cast.clara}/before-session").text
    words = {
        Scope.STEPS: "Walk by the river",
        Scope.NOTES: "by the bridge",
        Scope.COPING: "Slow breathing",
        Scope.AGENDA: "The weekend",
        Scope.PLAN: "Patience",
    }
    assert {one for one, word in words.items() if word in told} == {scope} & set(words)
    assert browse(cast.theo).get(f"/clients/{cast.clara}/plan").status_code == (200 if scope is Scope.PLAN else 404)
    if scope is Scope.PLAN:
        plan = browse(cast.theo).get(f"/clients/{cast.clara}/plan").text
        assert "Slow breathing" not in plan
        assert "by the bridge" not in plan


def test_a_private_strategy_that_was_retired_is_not_to_be_brought_back_by_who_may_not_see_it(
    cast: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        strategy = coping.add_strategy(session, cast.clara, cast.clara, CANARY, substance_use=True, now=NOW)
        coping.retire_strategy(session, cast.clara, strategy, cast.clara, NOW)
    theo = browse(cast.theo)
    known, unknown = (
        theo.post(f"/clients/{cast.clara}/plan/coping-strategies/{one}/restore") for one in (strategy, 999_999)
    )
    assert (known.status_code, known.data) == (404, unknown.data)
    with database.writing() as session:
        assert session.get_one(CopingStrategy, strategy).retired_at is not None


@pytest.mark.parametrize(
    ("begins", "ends", "seen"),
    [(-1, None, True), (0, None, True), (1, None, False), (-2, 1, True), (-2, 0, False), (-2, -1, False)],
)
def test_a_grant_counts_from_its_first_second_until_before_its_end(
    cast: Cast, browse: As, database: Database, begins: int, ends: int | None, seen: bool
) -> None:
    with database.writing() as session:
        grants = update(SharingGrant).where(SharingGrant.client_id == cast.clara)
        ends_at = NOW + timedelta(seconds=ends) if ends is not None else None
        session.execute(grants.values(starts_at=NOW + timedelta(seconds=begins), ends_at=ends_at))
    theo, sam = browse(cast.theo), browse(cast.sam)
    assert ("Walk by the river" in theo.get(f"/clients/{cast.clara}/before-session").text) is seen
    assert theo.get(f"/clients/{cast.clara}/plan").status_code == (200 if seen else 404)
    assert theo.post(f"/clients/{cast.clara}/plan/strength/new", data={"text": "x"}).status_code == (
        303 if seen else 404
    )
    assert ("Walk by the river" in sam.get("/promises").text) is seen


def test_a_form_that_names_the_step_or_goal_of_another_client_finds_nothing(
    cast: Cast, browse: As, database: Database
) -> None:
    with database.writing() as session:
        values = {"statement": "Otto's goal", "status": "active"}
        goal = care_plans.add(session, cast.otto, "goal", cast.otto, values, NOW)
        session.get_one(ActionStep, cast.otto_step).actor_kind = "natural_supporter"
        often = Cadence(kind=Kind.ONGOING, valid_from=TODAY)
        with pytest.raises(LookupError):
            steps.add(session, cast.clara, cast.clara, steps.SELF, {"text": "x", "goal_id": goal}, often, NOW)
    asked = browse(cast.clara).post("/people/asks", data={"step_id": cast.otto_step, "person_id": cast.sam})
    assert asked.status_code == 404


def test_without_the_plan_its_changing_parts_are_not_there_either(cast: Cast, browse: As, database: Database) -> None:
    with database.writing() as session:
        plan = (SharingGrant.person_id == cast.theo) & (SharingGrant.scope == Scope.PLAN)
        session.execute(update(SharingGrant).where(plan).values(withdrawn_at=NOW))
    theo = browse(cast.theo)
    for page in ("", "/changes", "/vision", "/steps/new", f"/steps/{cast.walk}", "/goal/new", "/import"):
        assert theo.get(f"/clients/{cast.clara}/plan{page}").status_code == 404, page
    assert theo.post(f"/clients/{cast.clara}/plan/steps/{cast.walk}/retire").status_code == 404
