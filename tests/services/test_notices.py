"""Making notices, and keeping who wants which."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.domain.notices import Due, NoticeKind
from webapp.domain.people import Role
from webapp.models import Delivery, Endpoint, Notice, Person
from webapp.queries.notices import Wishes
from webapp.services.notices import keep, tell


def digest(person_id: int, key: str = "2026-11-20") -> Due:
    return Due(NoticeKind.SESSIONS, person_id, None, key, NOW, NOW + timedelta(hours=6))


def deliveries(session: Session) -> list[Delivery]:
    return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def test_a_notice_is_made_once_with_one_mail_to_send(cast: Cast, session: Session) -> None:
    assert tell(session, [], NOW) == 0
    assert tell(session, [digest(cast.theo)], NOW) == 1
    assert tell(session, [digest(cast.theo), digest(cast.theo, "2026-11-21")], NOW) == 1
    made = deliveries(session)
    assert [(one.person_id, one.state, one.kind, one.channel, one.seq) for one in made] == [
        (cast.theo, "pending", "notice", "email", 0)
    ] * 2
    assert {one.notice_id for one in made} == set(session.scalars(select(Notice.id)))


def test_whoever_has_no_mail_address_on_file_gets_the_one_they_sign_in_with(cast: Cast, session: Session) -> None:
    tell(session, [digest(cast.theo)], NOW)
    tell(session, [digest(cast.theo, "2026-11-21")], NOW)
    made = session.scalars(select(Endpoint).where(Endpoint.person_id == cast.theo)).one()
    assert (made.channel, made.address, made.off_at) == ("email", "theo@example.test", None)


def test_a_mail_to_an_address_that_is_off_is_told_as_such(cast: Cast, session: Session) -> None:
    session.add(Endpoint(person_id=cast.theo, channel="email", address="old@x.test", created_at=NOW, off_at=NOW))
    tell(session, [digest(cast.theo)], NOW)
    (one,) = deliveries(session)
    assert (one.state, one.because) == ("failed", "address_off")


def test_an_address_that_is_on_is_chosen_before_one_that_is_off_and_no_other_channel_is_used(
    cast: Cast, session: Session
) -> None:
    on, off, phone = (
        Endpoint(person_id=cast.theo, channel="email", address="new@x.test", created_at=NOW),
        Endpoint(person_id=cast.theo, channel="email", address="old@x.test", created_at=NOW, off_at=NOW),
        Endpoint(person_id=cast.theo, channel="push", address="https://push.test/1", created_at=NOW),
    )
    session.add_all([on, off, phone])
    session.flush()
    tell(session, [digest(cast.theo)], NOW)
    assert [(one.endpoint_id, one.state) for one in deliveries(session)] == [(on.id, "pending")]


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Wishes(look_back=True, digest=None, plan_dates=False), (True, True, False)),
        (Wishes(look_back=None, digest=False, plan_dates=None), (False, False, True)),
    ],
)
def test_what_was_not_theirs_to_choose_stays_as_it_is(
    cast: Cast, session: Session, wanted: Wishes, kept: tuple[bool, bool, bool]
) -> None:
    keep(session, acting(cast.clara, Role.CLIENT), wanted)
    clara = session.get_one(Person, cast.clara)
    assert (clara.look_back, clara.digest, clara.plan_dates) == kept
