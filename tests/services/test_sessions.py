"""Sessions are planned, moved, held and cancelled; a held one settles what was to be talked about."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.domain.sharing import OWN, Rights, Scope
from webapp.models import AgendaItem
from webapp.models import Session as Appointment
from webapp.services import agenda, sessions

LATER = NOW + timedelta(days=7)


def test_a_session_planned_twice_is_one_session(session: Session, cast: Cast) -> None:
    first = sessions.plan(session, cast.clara, cast.theo, LATER, 50, "Room 2", NOW)
    assert sessions.plan(session, cast.clara, cast.theo, LATER, 50, "Room 2", NOW) == first
    made = session.get_one(Appointment, first)
    assert (made.starts_at, made.minutes, made.place, made.status) == (LATER, 50, "Room 2", "planned")


def test_a_session_moves(session: Session, cast: Cast) -> None:
    sessions.move(session, cast.clara, cast.theo, cast.next_session, LATER, 30, None)
    made = session.get_one(Appointment, cast.next_session)
    assert (made.starts_at, made.minutes) == (LATER, 30)


def test_a_held_session_settles_the_agenda_for_who_saw_it(session: Session, cast: Cast) -> None:
    agenda.add(session, cast.clara, "Sleep", NOW)
    session.get_one(Appointment, cast.next_session).starts_at = NOW
    sessions.hold(session, cast.clara, cast.theo, cast.next_session, OWN, NOW)
    session.expire_all()
    (item,) = session.query(AgendaItem)
    assert (item.settled_at, item.session_id) == (NOW, cast.next_session)


@pytest.mark.parametrize(
    ("scopes", "open_still"),
    [({Scope.PLAN, Scope.SUBSTANCE_USE}, {"Sleep", "The bar"}), ({Scope.AGENDA}, {"The bar"}), (set(Scope), set())],
)
def test_what_was_not_seen_stays_open(session: Session, cast: Cast, scopes: set[Scope], open_still: set[str]) -> None:
    agenda.add(session, cast.clara, "Sleep", NOW)
    agenda.add(session, cast.clara, "The bar", NOW, substance_use=True)
    session.get_one(Appointment, cast.next_session).starts_at = NOW
    sessions.hold(session, cast.clara, cast.theo, cast.next_session, Rights(frozenset(scopes)), NOW)
    session.expire_all()
    assert session.get_one(Appointment, cast.next_session).status == "held"
    assert {item.text for item in session.query(AgendaItem) if item.settled_at is None} == open_still


def test_marking_it_held_again_settles_nothing_new(session: Session, cast: Cast) -> None:
    agenda.add(session, cast.clara, "For next time", NOW)
    sessions.hold(session, cast.clara, cast.theo, cast.last_session, OWN, NOW)
    session.expire_all()
    assert session.query(AgendaItem).one().settled_at is None


def test_a_session_to_come_was_not_held(session: Session, cast: Cast) -> None:
    with pytest.raises(sessions.NotYet):
        sessions.hold(session, cast.clara, cast.theo, cast.next_session, OWN, NOW)


def test_a_cancelled_session_can_be_planned_again(session: Session, cast: Cast) -> None:
    sessions.cancel(session, cast.clara, cast.theo, cast.next_session)
    assert session.get_one(Appointment, cast.next_session).status == "cancelled"
    sessions.restore(session, cast.clara, cast.theo, cast.next_session)
    assert session.get_one(Appointment, cast.next_session).status == "planned"


def test_reading_leaves_a_receipt(session: Session, cast: Cast) -> None:
    sessions.review(session, cast.clara, cast.theo, cast.next_session, NOW)
    assert session.get_one(Appointment, cast.next_session).reviewed_at == NOW


def test_nobody_touches_the_sessions_of_somebody_else(session: Session, cast: Cast) -> None:
    for client, member in ((cast.otto, cast.theo), (cast.clara, cast.tess)):
        for attempt in (
            lambda c, m: sessions.move(session, c, m, cast.next_session, LATER, 50, None),
            lambda c, m: sessions.hold(session, c, m, cast.next_session, OWN, NOW),
            lambda c, m: sessions.cancel(session, c, m, cast.next_session),
            lambda c, m: sessions.restore(session, c, m, cast.next_session),
            lambda c, m: sessions.review(session, c, m, cast.next_session, NOW),
        ):
            with pytest.raises(LookupError):
                attempt(client, member)


def test_a_held_session_is_neither_moved_nor_cancelled(session: Session, cast: Cast) -> None:
    with pytest.raises(LookupError):
        sessions.move(session, cast.clara, cast.theo, cast.last_session, LATER, 50, None)
    with pytest.raises(LookupError):
        sessions.cancel(session, cast.clara, cast.theo, cast.last_session)
