"""Which session was last, which is next, and for which the record was read."""

from datetime import timedelta

from tests.support.cast import NOW, Cast
from webapp.db import Database
from webapp.models import Session as Appointment
from webapp.queries import sessions


def add(database: Database, cast: Cast, days: float, status: str = "planned", **more: object) -> int:
    with database.writing() as session:
        values = {"client_id": cast.clara, "care_team_id": cast.theo} | more
        made = Appointment(starts_at=NOW + timedelta(days=days), status=status, created_at=NOW, **values)
        session.add(made)
        session.flush()
        return made.id


def test_last_next_and_waiting_are_told_apart(database: Database, cast: Cast) -> None:
    add(database, cast, -20)
    waiting = add(database, cast, -1)
    add(database, cast, 3)
    add(database, cast, -3, "cancelled")
    add(database, cast, -30, "held")
    with database.reading() as connection:
        found = sessions.together(connection, cast.clara, cast.theo, NOW)
    assert found.last
    assert found.next
    assert found.waiting
    assert (found.last.id, found.next.id, found.waiting.id) == (cast.last_session, cast.next_session, waiting)
    assert [meeting.starts_at for meeting in found.all] == sorted((m.starts_at for m in found.all), reverse=True)


def test_sessions_of_others_are_not_among_them(database: Database, cast: Cast) -> None:
    add(database, cast, 0.5, care_team_id=cast.tess)
    with database.reading() as connection:
        assert len(sessions.together(connection, cast.clara, cast.theo, NOW).all) == 2
        assert sessions.together(connection, cast.otto, cast.theo, NOW).all == ()


def test_the_clients_next_session_is_with_anybody(database: Database, cast: Cast) -> None:
    soon = add(database, cast, 0.5, care_team_id=cast.tess)
    with database.reading() as connection:
        found = sessions.next_session(connection, cast.clara, NOW)
        assert found
        assert (found.id, found.with_name) == (soon, "Tess Marlowe")
        assert sessions.next_session(connection, cast.otto, NOW) is None


def test_the_last_receipt_is_the_newest(database: Database, cast: Cast) -> None:
    with database.reading() as connection:
        assert sessions.last_reviewed(connection, cast.clara) is None
    add(database, cast, -7, "held", reviewed_at=NOW - timedelta(days=7))
    newest = add(database, cast, 2, reviewed_at=NOW)
    with database.reading() as connection:
        found = sessions.last_reviewed(connection, cast.clara)
        assert found
        assert (found.id, found.reviewed_at, found.with_name) == (newest, NOW, "Theo Lindqvist")
        assert sessions.last_reviewed(connection, cast.otto) is None
