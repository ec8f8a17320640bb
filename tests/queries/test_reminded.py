"""One reminder that came due, as its owner's page needs it."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.services.test_answers import came_due, own
from tests.support.cast import NOW, TODAY, Cast
from tests.support.counting import counting
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.people import Role
from webapp.models import ActionStep, CheckIn, Commitment, Person, Reminder, ReminderOccurrence, SupporterLink
from webapp.queries import reminded


def says(session: Session, cast: Cast, step: int, by: int, outcome: str = "done", slot: str = "") -> None:
    session.add(
        CheckIn(
            client_id=cast.clara,
            step_id=step,
            by_id=by,
            op_id=str(uuid4()),
            day=TODAY,
            slot=slot,
            outcome=outcome,
            at=NOW,
        )  # fmt: skip
    )
    session.flush()


def test_it_tells_the_step_the_day_and_the_slot_it_is_about(cast: Cast, session: Session) -> None:
    to = own(session, cast.clara, came_due(session, cast.clara, cast.pills))
    assert (to.words, to.called, to.commitment_id) == ("Take the morning pills", None, None)
    assert (to.day, to.slot, to.said, to.left.done, to.ended) == (TODAY, "08:00", (), False, False)
    assert (to.again_at, to.answer, to.zone) == (None, None, "America/New_York")


def test_what_was_said_of_that_day_and_slot_comes_with_it(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.clara, cast.pills)
    says(session, cast, cast.pills, cast.clara, slot="08:00")
    says(session, cast, cast.pills, cast.clara, "not_today", slot="20:00")
    to = own(session, cast.clara, occurrence)
    assert [(one.outcome, one.slot) for one in to.said] == [("done", "08:00")]
    assert to.left.done


def test_a_target_says_how_many_there_are(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.clara, cast.walk)
    says(session, cast, cast.walk, cast.clara)
    to = own(session, cast.clara, occurrence)
    assert (to.stands.done_in_period, to.stands.asked_in_period, to.smallest) == (1, 2, "Put on my shoes")
    assert to.cadence is not None


def test_quiet_hours_come_with_it_unless_their_owner_said_yes_to_the_time(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.clara, cast.walk)
    night = {"quiet_from": time(22), "quiet_to": time(7)}
    session.execute(update(Person).values(night))
    session.execute(update(Reminder).values(even_when_quiet=True))
    assert own(session, cast.clara, occurrence).quiet is None
    session.execute(update(Reminder).values(even_when_quiet=False))
    assert own(session, cast.clara, occurrence).quiet is not None


@pytest.mark.parametrize("who", ["sam", "otto", "theo", "nora"])
def test_nobody_else_finds_it(cast: Cast, session: Session, who: str) -> None:
    occurrence = came_due(session, cast.clara, cast.walk)
    other = acting(getattr(cast, who), Role.SUPPORTER)
    assert reminded.own(session.connection(), other, {"occurrence_id": occurrence}, NOW) is None


def test_a_promise_is_found_only_while_it_stands_and_its_owner_is_in_the_circle(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.sam, cast.ride)
    to = own(session, cast.sam, occurrence)
    assert (to.called, to.commitment_id, to.client_id) == ("Clara", cast.promise, cast.clara)
    sam = acting(cast.sam, Role.SUPPORTER)

    def found() -> bool:
        session.flush()
        return reminded.own(session.connection(), sam, {"occurrence_id": occurrence}, NOW) is not None

    link = session.scalars(select(SupporterLink).where(SupporterLink.supporter_id == cast.sam)).one()
    link.ended_at = NOW
    assert not found()
    link.ended_at = None
    assert found()
    session.get_one(Commitment, cast.promise).state = "ended"
    assert not found()


def test_a_zone_left_behind_or_an_outage_leaves_nothing_to_answer(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.clara, cast.walk)
    for state in ("rekeyed", "expired"):
        session.execute(update(ReminderOccurrence).values(state=state))
        assert reminded.own(session.connection(), acting(cast.clara), {"occurrence_id": occurrence}, NOW) is None


def test_a_step_that_is_no_longer_in_use_says_so(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.clara, cast.walk)
    session.get_one(ActionStep, cast.walk).status = "retired"
    assert own(session, cast.clara, occurrence).ended


def test_next_day_it_is_still_about_its_own_day(cast: Cast, session: Session) -> None:
    occurrence = came_due(session, cast.clara, cast.pills)
    to = own(session, cast.clara, occurrence, NOW + timedelta(days=1))
    assert (to.day, to.left.done) == (date(2026, 11, 19), False)


def test_it_takes_five_queries(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        occurrence = came_due(session, cast.clara, cast.walk)
    with database.reading() as connection, counting(database.engine) as counted:
        reminded.own(connection, acting(cast.clara), {"occurrence_id": occurrence}, NOW)
    assert len(counted) == 5, str(counted)
