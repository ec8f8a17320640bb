"""A mailed link is good once, for ten minutes, and only while the account is."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.models import Person, SignInLink
from webapp.services import sign_in_links
from webapp.services.sign_in_links import NoLongerGood


def _ask(session: Session, email: str = "Sam@Example.test") -> str:
    token = sign_in_links.ask(session, email, NOW)
    assert token is not None
    return token


def test_a_link_is_good_once(cast: Cast, session: Session) -> None:
    token = _ask(session)
    assert sign_in_links.use(session, token, NOW) == cast.sam
    with pytest.raises(NoLongerGood):
        sign_in_links.use(session, token, NOW)


def test_a_link_is_good_for_ten_minutes(cast: Cast, session: Session) -> None:
    token = _ask(session)
    with pytest.raises(NoLongerGood):
        sign_in_links.use(session, token, NOW + timedelta(minutes=10))
    assert sign_in_links.use(session, token, NOW + timedelta(minutes=10, seconds=-1)) == cast.sam


def test_asking_again_ends_the_earlier_link(cast: Cast, session: Session) -> None:
    first, second = _ask(session), _ask(session)
    with pytest.raises(NoLongerGood):
        sign_in_links.use(session, first, NOW)
    assert sign_in_links.use(session, second, NOW) == cast.sam


def test_only_a_hash_is_kept(cast: Cast, session: Session) -> None:
    token = _ask(session)
    assert token not in session.scalars(select(SignInLink.token_hash)).one()


def test_nobody_unknown_closed_or_not_yet_joined_gets_a_link(cast: Cast, session: Session) -> None:
    session.get_one(Person, cast.sam).deactivated_at = NOW
    session.get_one(Person, cast.nora).joined_at = None
    session.flush()
    for email in ("sam@example.test", "nora@example.test", "who@example.test", ""):
        assert sign_in_links.ask(session, email, NOW) is None


def test_the_link_of_an_account_closed_since_lets_nobody_in(cast: Cast, session: Session) -> None:
    token = _ask(session)
    session.get_one(Person, cast.sam).deactivated_at = NOW
    session.flush()
    with pytest.raises(NoLongerGood):
        sign_in_links.use(session, token, NOW)
