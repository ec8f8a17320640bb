"""Every number on the page is what was recorded, and what is not shared is not there."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session as Writing

from tests.support.cast import NOW, Cast
from tests.support.clara import SPONSOR, TALK, WALKED, live_two_weeks, says
from tests.support.counting import counting
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.before_session import LookKind, NeedsLook, WeekCounts, Win
from webapp.domain.pauses import Pause as Rest
from webapp.domain.people import Role
from webapp.domain.sharing import Scope
from webapp.models import ActionStep, CheckIn, Pause, PlanChange, SharingGrant
from webapp.models import Session as Appointment
from webapp.queries import access
from webapp.queries.before_session import BeforeSession, Confirmed, Doubtful, Reached, TwoVoices, before_session

WEEKS = (date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16))


@pytest.fixture
def lived(database: Database, cast: Cast) -> Cast:
    with database.writing() as session:
        live_two_weeks(session, cast)
    return cast


def look(database: Database, cast: Cast, who: int | None = None) -> BeforeSession:
    with database.reading() as connection:
        theo = acting(who or cast.theo, Role.CARE_TEAM)
        found = access.assigned_client(connection, theo, {"client_id": cast.clara}, NOW)
        assert found is not None
        return before_session(connection, found, theo.id, NOW)


def share_only(database: Database, cast: Cast, *scopes: Scope) -> None:
    """Let Theo see these and nothing else."""
    with database.writing() as session:
        session.query(SharingGrant).filter_by(client_id=cast.clara, person_id=cast.theo).delete()
        for scope in scopes:
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


def test_the_page_tells_from_the_last_session_on(database: Database, lived: Cast) -> None:
    told = look(database, lived)
    assert (told.since, told.today, told.weeks, told.shortened) == (date(2026, 11, 5), date(2026, 11, 19), WEEKS, False)
    assert told.meetings.last
    assert told.meetings.last.id == lived.last_session
    assert told.meetings.next
    assert told.meetings.next.id == lived.next_session


def test_every_week_of_every_step_is_what_was_recorded(database: Database, lived: Cast) -> None:
    steps = {step.id: step for step in look(database, lived).steps or ()}
    assert steps[lived.walk].weeks == (
        WeekCounts(WEEKS[0], asked=2, kept=2, done=1, some=1),
        WeekCounts(WEEKS[1], asked=2, kept=1, done=1, not_today=1),
        WeekCounts(WEEKS[2], asked=2, kept=1, done=1, open=True),
    )
    assert (steps[lived.walk].kept, steps[lived.walk].asked) == (3, 4)
    assert steps[lived.pills].weeks[1] == WeekCounts(WEEKS[1], asked=6, kept=3, done=3, not_today=1, no_record=3)
    assert steps[lived.pills].weeks[0].no_record == 7
    assert (steps[lived.pills].kept, steps[lived.pills].asked) == (3, 13)


def test_a_step_that_rests_today_says_until_when(database: Database, lived: Cast) -> None:
    until = date(2026, 11, 26)
    with database.writing() as session:
        for step, start in ((lived.walk, date(2026, 11, 18)), (lived.pills, date(2026, 11, 20))):
            session.add(Pause(client_id=lived.clara, step_id=step, starts_on=start, ends_on=until, created_at=NOW))
    rests = {step.id: step.rests for step in look(database, lived).steps or ()}
    assert (rests[lived.walk], rests[lived.pills]) == (Rest(date(2026, 11, 18), until), None)


def test_two_voices_about_one_ride_are_one_ride_and_both_are_heard(database: Database, lived: Cast) -> None:
    told = look(database, lived)
    ride = next(step for step in told.steps or () if step.id == lived.ride)
    assert [(week.done, week.asked) for week in ride.weeks] == [(1, 1), (1, 1), (0, 1)]
    assert ride.who == "Sam Reyes"
    assert told.confirmed == (
        Confirmed(
            "Drive Clara to choir",
            "Sam Reyes",
            "active",
            happened=2,
            moved=0,
            not_happened=0,
            differ=(TwoVoices(date(2026, 11, 12), "not_today", "done"),),
        ),
    )


def test_a_ride_that_moved_is_told_as_moved(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        says(session, lived, lived.ride, date(2026, 11, 19), "not_today", lived.sam, moved_to=date(2026, 11, 20))
    (confirmed,) = look(database, lived).confirmed or ()
    assert (confirmed.happened, confirmed.moved, confirmed.not_happened) == (2, 1, 0)


def test_professional_steps_stand_there_only_when_somebody_recorded_something(database: Database, lived: Cast) -> None:
    assert lived.therapy not in [step.id for step in look(database, lived).steps or ()]
    with database.writing() as session:
        says(session, lived, lived.therapy, date(2026, 11, 10))
    assert lived.therapy in [step.id for step in look(database, lived).steps or ()]


def test_words_are_the_clients_own_newest_first(database: Database, lived: Cast) -> None:
    words = look(database, lived).words or ()
    assert [(said.day.day, said.step, said.reason, said.note, said.outcome) for said in words] == [
        (12, "Take the morning pills", "unwell", None, "not_today"),
        (12, "Walk by the river", "no_time", None, "not_today"),
        (10, "Walk by the river", None, WALKED, "done"),
    ]


def test_what_came_of_coping_is_told_in_means(database: Database, lived: Cast) -> None:
    (breathing,) = look(database, lived).coping or ()
    assert (breathing.text, breathing.told.uses, breathing.told.helped) == ("Slow breathing", 3, 2)
    assert (breathing.told.measured, breathing.told.before, breathing.told.after) == (2, 7.5, 6.5)


def test_reminders_are_counted_by_what_became_of_them(database: Database, lived: Cast) -> None:
    doubtful = (Doubtful("Walk by the river", date(2026, 11, 15)),)
    assert look(database, lived).reached == Reached(sent=3, in_doubt=1, not_reached=1, doubtful=doubtful)


def test_the_plan_has_its_dates_and_its_changes(database: Database, lived: Cast) -> None:
    told = look(database, lived)
    assert told.plan
    assert (told.plan.starts_on, told.plan.ends_on, told.plan.review_on) == (
        date(2026, 10, 5),
        date(2027, 3, 31),
        date(2026, 12, 7),
    )
    changes = [(change.noun, change.what, change.by_name, change.after) for change in told.changes or ()]
    assert changes == [
        ("coping_strategy", "added", "Theo Lindqvist", {"text": "canary-coping-change"}),
        ("step", "changed", "Theo Lindqvist", {"text": "canary-changed-step"}),
    ]


def test_three_things_at_most_need_a_look_and_one_win_is_named(database: Database, lived: Cast) -> None:
    told = look(database, lived)
    assert told.looks == (
        NeedsLook(LookKind.LESS_THAN_HALF, "Take the morning pills", 3, 13),
        NeedsLook(LookKind.STAYS_HIGH, "Slow breathing", 2),
        NeedsLook(LookKind.NOT_REACHED, number=1),
    )
    assert told.win == Win("Walk by the river", 3, 4, 4)


def test_days_without_a_record_are_counted_from_the_clients_own_last_word(database: Database, lived: Cast) -> None:
    after_the_eleventh = update(CheckIn).where(CheckIn.day > date(2026, 11, 11), CheckIn.by_id == lived.clara)
    with database.writing() as session:
        session.execute(after_the_eleventh.values(undone_at=NOW))
    assert NeedsLook(LookKind.QUIET, number=8) in (look(database, lived).looks or ())


def test_no_day_is_counted_as_quiet_while_everything_is_paused(database: Database, cast: Cast) -> None:
    assert LookKind.QUIET in [one.kind for one in look(database, cast).looks or ()]
    with database.writing() as session:
        session.add(Pause(client_id=cast.clara, starts_on=date(2026, 11, 18), created_at=NOW))
    assert LookKind.QUIET not in [one.kind for one in look(database, cast).looks or ()]


def test_a_step_that_no_longer_fits_is_said_only_with_its_reason_shared(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        says(session, cast, cast.walk, date(2026, 11, 18), "not_today", reason="no_longer_fits")
    assert NeedsLook(LookKind.NO_LONGER_FITS, "Walk by the river") in (look(database, cast).looks or ())
    share_only(database, cast, Scope.STEPS)
    assert LookKind.NO_LONGER_FITS not in [one.kind for one in look(database, cast).looks or ()]


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        (Scope.AGENDA, "agenda"),
        (Scope.PLAN, "plan"),
        (Scope.PLAN, "changes"),
        (Scope.STEPS, "steps"),
        (Scope.STEPS, "confirmed"),
        (Scope.STEPS, "reached"),
        (Scope.STEPS, "win"),
        (Scope.NOTES, "words"),
        (Scope.COPING, "coping"),
    ],
)
def test_each_part_is_there_with_its_grant_and_gone_without(
    database: Database, lived: Cast, scope: Scope, part: str
) -> None:
    share_only(database, lived, scope)
    assert getattr(look(database, lived), part)
    share_only(database, lived, *(other for other in Scope if other is not scope))
    assert getattr(look(database, lived), part) is None


CANARIES = {
    Scope.AGENDA: TALK,
    Scope.PLAN: "canary-changed-step",
    Scope.STEPS: "Walk by the river",
    Scope.NOTES: WALKED,
    Scope.COPING: "Slow breathing",
    Scope.DISTRESS: "7.5",
}
"""Words that stand on the page because of one kind of record alone."""


@pytest.mark.parametrize("scope", CANARIES)
def test_nothing_of_a_kind_that_is_not_shared_is_on_the_page(database: Database, lived: Cast, scope: Scope) -> None:
    everything = [other for other in Scope if other is not Scope.SUBSTANCE_USE]
    share_only(database, lived, *everything)
    assert CANARIES[scope] in repr(look(database, lived))
    share_only(database, lived, *(other for other in everything if other is not scope))
    assert CANARIES[scope] not in repr(look(database, lived))


SOBER = ("canary-sober-change", "canary-sober-strategy", SPONSOR, "Ring my sponsor")


def counts(told: BeforeSession) -> tuple[int, int, int]:
    assert told.reached is not None
    return told.reached.sent, told.reached.in_doubt, told.reached.not_reached


def test_substance_use_stands_there_only_with_its_own_grant(database: Database, lived: Cast) -> None:
    without = look(database, lived)
    assert [canary for canary in SOBER if canary in repr(without)] == []
    assert counts(without) == (3, 1, 1)
    share_only(database, lived, *Scope)
    with_it = look(database, lived)
    assert [canary for canary in SOBER if canary not in repr(with_it)] == []
    assert counts(with_it) == (4, 1, 1)


def test_substance_use_alone_shows_nothing(database: Database, lived: Cast) -> None:
    share_only(database, lived, Scope.SUBSTANCE_USE)
    assert "canary" not in repr(look(database, lived))


def test_a_note_without_steps_names_no_step(database: Database, lived: Cast) -> None:
    share_only(database, lived, Scope.NOTES)
    assert {(said.step, said.outcome) for said in look(database, lived).words or ()} == {(None, None)}


def test_a_change_of_a_step_that_became_private_is_hidden_too(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        session.query(PlanChange).filter_by(noun="step", substance_use=False).update({"noun_id": lived.walk})
    assert "canary-changed-step" in repr(look(database, lived).changes)
    with database.writing() as session:
        session.get_one(ActionStep, lived.walk).substance_use = True
    assert "canary-changed-step" not in repr(look(database, lived).changes)


def test_a_coping_change_needs_the_grant_for_coping(database: Database, lived: Cast) -> None:
    share_only(database, lived, Scope.PLAN)
    assert [change.noun for change in look(database, lived).changes or ()] == ["step"]


def test_a_withdrawn_grant_counts_at_the_next_look(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        session.query(SharingGrant).filter_by(person_id=lived.theo, scope="agenda").update({"withdrawn_at": NOW})
    assert look(database, lived).agenda is None


def test_without_any_session_the_page_begins_with_the_plan(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        session.query(Appointment).delete()
    told = look(database, lived)
    assert (told.since, told.shortened, told.meetings.last) == (date(2026, 10, 5), False, None)


def test_after_half_a_year_the_page_tells_of_eight_weeks_and_says_so(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        session.get_one(Appointment, lived.last_session).starts_at = NOW - timedelta(days=180)
    told = look(database, lived)
    assert (told.since, told.shortened, len(told.weeks)) == (date(2026, 9, 28), True, 8)


def test_a_session_with_somebody_else_does_not_move_the_beginning(database: Database, lived: Cast) -> None:
    with database.writing() as session:
        other = Appointment(
            client_id=lived.clara, care_team_id=lived.tess, starts_at=NOW - timedelta(days=1), created_at=NOW
        )
        other.status = "held"
        session.add(other)
    assert look(database, lived).since == date(2026, 11, 5)


def test_nothing_recorded_is_empty_and_not_hidden(database: Database, cast: Cast) -> None:
    told = look(database, cast)
    assert (told.agenda, told.changes, told.words, told.coping) == ((), (), (), ())
    assert told.reached == Reached(0, 0, 0)
    assert told.win is None


def test_the_page_takes_at_most_nine_queries_whatever_is_on_it(database: Database, lived: Cast) -> None:
    with counting(database.engine) as counted:
        look(database, lived)
    assert len(counted) <= 10, str(counted)  # one of them is the loader that authorises
    with database.writing() as session:
        for number in range(20):
            _another_step(session, lived, number)
    with counting(database.engine) as again:
        look(database, lived)
    assert len(again) == len(counted)


def _another_step(session: Writing, cast: Cast, number: int) -> None:
    step = ActionStep(
        client_id=cast.clara,
        plan_id=cast.plan,
        actor_kind="self",
        text=f"Step {number}",
        created_by_id=cast.theo,
        created_at=NOW,
    )
    session.add(step)
    session.flush()
    says(session, cast, step.id, date(2026, 11, 10))
