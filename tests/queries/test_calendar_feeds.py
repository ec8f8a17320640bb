"""What stands in somebody's calendar: their own steps, what they promised, and their appointments."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from webapp.domain.weeks import Weeks
from webapp.models import ActionStep, CarePlan, Commitment, Pause, Person, SupporterLink
from webapp.models import Session as Appointment
from webapp.queries import calendar_feeds as queries
from webapp.services import calendar_feeds as services
from webapp.services.tokens import token_hash


def words(session: Session, person_id: int) -> list[str]:
    return [step.words for step in queries.steps(session.connection(), person_id, NOW)]


def test_a_client_finds_their_own_steps_and_nobody_elses(cast: Cast, session: Session) -> None:
    assert words(session, cast.clara) == ["Walk by the river", "Take the morning pills", "Ring my sponsor"]
    assert words(session, cast.otto) == ["Otto's own step"]
    assert words(session, cast.theo) == []


def test_own_words_win(cast: Cast, session: Session) -> None:
    session.execute(update(ActionStep).where(ActionStep.id == cast.walk).values(own_words="My river"))
    assert words(session, cast.clara)[0] == "My river"


@pytest.mark.parametrize("status", ["on_hold", "retired", "completed", "suggested"])
def test_a_step_that_is_not_in_use_is_in_no_calendar(cast: Cast, session: Session, status: str) -> None:
    session.execute(update(ActionStep).where(ActionStep.id.in_((cast.walk, cast.ride))).values(status=status))
    assert words(session, cast.clara) == ["Take the morning pills", "Ring my sponsor"]
    assert words(session, cast.sam) == []


def test_a_plan_that_ended_is_in_no_calendar(cast: Cast, session: Session) -> None:
    session.execute(update(CarePlan).values(ended_at=NOW))
    assert words(session, cast.clara) == words(session, cast.sam) == []


def test_a_supporter_finds_what_they_promised_and_nothing_else_of_the_plan(cast: Cast, session: Session) -> None:
    assert words(session, cast.sam) == ["Drive Clara to choir"]
    assert words(session, cast.nora) == []


@pytest.mark.parametrize("state", ["proposed", "change_suggested", "declined", "ended"])
def test_what_is_not_promised_or_no_longer_is_in_no_calendar(cast: Cast, session: Session, state: str) -> None:
    session.execute(update(Commitment).values(state=state))
    assert words(session, cast.sam) == []


def test_a_promise_that_begins_later_stands_there(cast: Cast, session: Session) -> None:
    session.execute(update(Commitment).values(state="accepted"))
    assert words(session, cast.sam) == ["Drive Clara to choir"]


@pytest.mark.parametrize(
    "over",
    [
        lambda cast: update(SupporterLink).where(SupporterLink.supporter_id == cast.sam).values(ended_at=NOW),
        lambda cast: update(Person).where(Person.id == cast.clara).values(deactivated_at=NOW),
    ],
    ids=["no longer in the circle", "the client's account is closed"],
)
def test_a_promise_to_whom_one_no_longer_belongs_is_gone(cast: Cast, session: Session, over: Any) -> None:
    session.execute(over(cast))
    assert words(session, cast.sam) == []


def test_a_promise_rests_and_counts_weeks_as_its_client_does(cast: Cast, session: Session) -> None:
    session.execute(update(Person).where(Person.id == cast.clara).values(week_starts_on=6))
    for step, days in ((None, 1), (cast.ride, 2), (cast.walk, 3)):
        session.add(
            Pause(
                client_id=cast.clara,
                step_id=step,
                starts_on=TODAY,
                ends_on=TODAY + timedelta(days=days),
                created_at=NOW,
            )
        )
    session.flush()
    (ride,) = queries.steps(session.connection(), cast.sam, NOW)
    assert ride.week_start == Weeks(6)
    assert {(pause.end - TODAY).days for pause in ride.pauses if pause.end} == {1, 2}
    assert [version.weekdays for version in ride.versions] == [frozenset({3})]


def test_appointments_are_the_clients_own_within_the_span_and_not_cancelled(cast: Cast, session: Session) -> None:
    since, until = NOW, NOW + timedelta(days=10)
    for days, status in ((0, "planned"), (2, "cancelled"), (3, "held"), (10, "planned")):
        session.add(
            Appointment(
                client_id=cast.clara,
                care_team_id=cast.theo,
                starts_at=NOW + timedelta(days=days),
                status=status,
                created_at=NOW,
            )
        )
    session.flush()
    found = queries.meetings(session.connection(), cast.clara, since, until)
    assert [(one.starts_at - NOW).days for one in found] == [0, 1, 3]
    assert {one.minutes for one in found} == {50}
    assert queries.meetings(session.connection(), cast.sam, since, until) == ()


def test_an_address_is_its_owners_only_while_their_account_is_open(cast: Cast, session: Session) -> None:
    token = services.begin(session, cast.sam, True, NOW)
    found = queries.reader(session.connection(), token_hash(token))
    assert found == queries.Reader(cast.sam, "America/New_York", "en", neutral_name=False, plain_words=True)
    assert queries.reader(session.connection(), token_hash("made-up")) is None
    assert queries.reader(session.connection(), token) is None
    session.execute(update(Person).where(Person.id == cast.sam).values(deactivated_at=NOW))
    assert queries.reader(session.connection(), token_hash(token)) is None
