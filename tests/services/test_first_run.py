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
from webapp.services.reminders import set_times


def times(session: Session, person_id: int) -> list[tuple[int, str]]:
    session.flush()
    return [(one.step_id, one.at) for one in reminders.of_person(session.connection(), person_id, NOW)]


def answer(session: Session, cast: Cast, *wanted: Part) -> None:
    steps = queries.own_steps(session.connection(), cast.clara, TODAY)
    first_run.remind(session, cast.clara, steps, wanted, NOW)


def test_it_goes_on_from_screen_to_screen_and_ends_for_good(cast: Cast, session: Session) -> None:
    for screen in (Screen.DAY, None):
        first_run.go_on(session, cast.clara, screen)
        assert session.get_one(Person, cast.clara).first_run == screen


def test_reminders_are_set_and_a_second_answer_takes_the_place_of_the_first(cast: Cast, session: Session) -> None:
    answer(session, cast, Part.MORNING, Part.EVENING)
    assert times(session, cast.clara) == [(cast.pills, "08:00"), (cast.walk, "19:00")]
    answer(session, cast, Part.AFTERNOON)
    assert times(session, cast.clara) == [(cast.walk, "12:30")]
    answer(session, cast)
    assert times(session, cast.clara) == []


def test_the_same_answer_again_leaves_what_was_set_by_hand_meanwhile(cast: Cast, session: Session) -> None:
    by_hand = {cast.pills: ["07:30", "09:45"], cast.hotline: ["10:00"]}
    for step_id, at in by_hand.items():
        set_times(session, step_id, cast.clara, at, True, False, NOW)
    answer(session, cast, Part.MORNING)
    assert times(session, cast.clara) == [(cast.pills, "07:30"), (cast.pills, "09:45"), (cast.hotline, "10:00")]
    answer(session, cast, Part.MORNING, Part.EVENING)
    assert [one for one in times(session, cast.clara) if one[1] < "12:00"] == [
        (cast.pills, "07:30"), (cast.pills, "09:45"), (cast.hotline, "10:00"),
    ]  # fmt: skip
    answer(session, cast)
    assert times(session, cast.clara) == [(cast.hotline, "10:00")], "the first run would never have chosen it"


def test_a_time_in_quiet_hours_is_left_out(cast: Cast, session: Session) -> None:
    clara = session.get_one(Person, cast.clara)
    clara.quiet_from, clara.quiet_to = time(18), time(7)
    answer(session, cast, Part.MORNING, Part.EVENING)
    assert times(session, cast.clara) == [(cast.pills, "08:00")]


def test_of_one_step_s_times_only_those_in_quiet_hours_are_left_out(cast: Cast, session: Session) -> None:
    clara = session.get_one(Person, cast.clara)
    clara.quiet_from, clara.quiet_to = time(18), time(7)
    walk = [Remindable(cast.walk, Part.ANY_TIME)]
    first_run.remind(session, cast.clara, walk, [Part.MORNING, Part.EVENING], NOW)
    assert times(session, cast.clara) == [(cast.walk, "09:00")]


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
