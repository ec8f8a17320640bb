"""What was said in the first run is kept where the settings keep it, and no more is changed."""

from datetime import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from webapp.domain.commitments import State
from webapp.domain.first_run import Remindable, Screen
from webapp.domain.sharing import Scope
from webapp.domain.today import Part
from webapp.models import ActionStep, Commitment, Person, SharingGrant
from webapp.queries import first_run as queries
from webapp.queries import reminders
from webapp.services import first_run, sharing


def times(session: Session, person_id: int) -> list[tuple[int, str]]:
    session.flush()
    return [(one.step_id, one.at) for one in reminders.of_person(session.connection(), person_id)]


def test_it_goes_on_from_screen_to_screen_and_ends_for_good(cast: Cast, session: Session) -> None:
    for screen in (Screen.DAY, None):
        first_run.go_on(session, cast.clara, screen)
        assert session.get_one(Person, cast.clara).first_run == screen


def test_reminders_are_set_and_a_second_answer_takes_the_place_of_the_first(cast: Cast, session: Session) -> None:
    first_run.remind(session, cast.clara, {cast.pills: ["08:00"], cast.walk: ["19:00"]}, NOW)
    assert times(session, cast.clara) == [(cast.pills, "08:00"), (cast.walk, "19:00")]
    first_run.remind(session, cast.clara, {cast.walk: ["12:30"]}, NOW)
    assert times(session, cast.clara) == [(cast.walk, "12:30")]
    first_run.remind(session, cast.clara, {}, NOW)
    assert times(session, cast.clara) == []


def test_a_time_in_quiet_hours_is_left_out(cast: Cast, session: Session) -> None:
    clara = session.get_one(Person, cast.clara)
    clara.quiet_from, clara.quiet_to = time(18), time(7)
    first_run.remind(session, cast.clara, {cast.pills: ["08:00"], cast.walk: ["19:00"]}, NOW)
    assert times(session, cast.clara) == [(cast.pills, "08:00")]


def open_scopes(session: Session, client: int, person: int) -> set[str]:
    grants = select(SharingGrant.scope).where(
        SharingGrant.client_id == client, SharingGrant.person_id == person, SharingGrant.withdrawn_at.is_(None)
    )
    return set(session.scalars(grants))


def test_sharing_stops_and_begins_as_it_was_ticked_and_the_rest_stays(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    first_run.share(session, clara, [(cast.theo, Scope.NOTES)], [(cast.sam, Scope.PLAN)], NOW)
    assert Scope.NOTES not in open_scopes(session, cast.clara, cast.theo) >= {Scope.PLAN, Scope.STEPS}
    assert open_scopes(session, cast.clara, cast.sam) == {Scope.STEPS, Scope.PLAN}


def test_nobody_outside_the_circle_is_given_anything(cast: Cast, session: Session) -> None:
    with pytest.raises(sharing.NotInCircle):
        first_run.share(session, acting(cast.clara), [], [(cast.tess, Scope.PLAN)], NOW)


def test_a_client_could_be_reminded_of_their_own_steps_that_are_in_use(cast: Cast, session: Session) -> None:
    found = queries.own_steps(session.connection(), cast.clara, TODAY)
    assert found == (Remindable(cast.walk, Part.ANY_TIME), Remindable(cast.pills, Part.MORNING, "08:00"))
    session.get_one(ActionStep, cast.walk).status = "on_hold"
    session.flush()
    assert [one.step_id for one in queries.own_steps(session.connection(), cast.clara, TODAY)] == [cast.pills]


def test_a_supporter_could_be_reminded_of_what_they_promised(cast: Cast, session: Session) -> None:
    assert queries.promised(session.connection(), cast.sam, NOW) == (Remindable(cast.ride, Part.ANY_TIME),)
    session.get_one(Commitment, cast.promise).state = State.PROPOSED
    session.flush()
    assert queries.promised(session.connection(), cast.sam, NOW) == ()
