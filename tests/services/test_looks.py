"""Every look is remembered; a look at a list once each."""

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.models import Look
from webapp.services import looks


def seen(session: Session) -> list[tuple[int, int, str]]:
    return [(look.client_id, look.by_id, look.page) for look in session.query(Look).order_by(Look.id)]


def test_each_look_is_a_row(session: Session, cast: Cast) -> None:
    for _ in range(2):
        looks.looked(session, cast.theo, cast.clara, "before_session", NOW)
    assert seen(session) == [(cast.clara, cast.theo, "before_session")] * 2


def test_a_list_is_remembered_once_each_and_again_when_that_is_long_ago(session: Session, cast: Cast) -> None:
    both, day = [cast.clara, cast.otto], timedelta(days=1)
    looks.looked_over(session, cast.theo, [cast.clara], "caseload", NOW - day, NOW)
    looks.looked_over(session, cast.theo, both, "caseload", NOW - day, NOW)
    assert sorted(seen(session)) == sorted((client, cast.theo, "caseload") for client in both)
    looks.looked_over(session, cast.tess, both, "caseload", NOW - day, NOW)
    looks.looked_over(session, cast.theo, both, "caseload", NOW + day, NOW + day)
    assert len(seen(session)) == 6


def test_an_empty_list_is_no_look(session: Session, cast: Cast) -> None:
    looks.looked_over(session, cast.theo, [], "caseload", NOW, NOW)
    assert seen(session) == []
