"""Tries are counted where they are made, and the table names nobody."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import NOW
from webapp.domain.throttle import ACCOUNT, ADDRESS, NO_WAIT
from webapp.models import Throttle
from webapp.services import throttles
from webapp.services.tokens import keyed_hash

CLARA = keyed_hash("secret", "account", "clara@example.test")
HOME = keyed_hash("secret", "address", "192.0.2.7")
WATCHED = {CLARA: ACCOUNT, HOME: ADDRESS}


def test_five_tries_are_free_and_the_sixth_waits(session: Session) -> None:
    waits = [throttles.try_once(session, WATCHED, NOW) for _ in range(6)]
    assert waits == [NO_WAIT] * 5 + [ACCOUNT.first]
    assert throttles.try_once(session, WATCHED, NOW + ACCOUNT.first) == NO_WAIT


def test_a_try_that_has_to_wait_is_not_counted(session: Session) -> None:
    for _ in range(50):
        throttles.try_once(session, WATCHED, NOW)
    assert set(session.scalars(select(Throttle.tries))) == {ACCOUNT.free}


def test_one_address_is_stopped_over_many_accounts(session: Session) -> None:
    for number in range(ADDRESS.free):
        watched = {keyed_hash("secret", "account", str(number)): ACCOUNT, HOME: ADDRESS}
        assert throttles.try_once(session, watched, NOW) == NO_WAIT
    fresh = {keyed_hash("secret", "account", "new"): ACCOUNT, HOME: ADDRESS}
    assert throttles.try_once(session, fresh, NOW) == ADDRESS.first


def test_signing_in_forgets_the_tries_of_the_account_and_gives_the_address_its_try_back(session: Session) -> None:
    for _ in range(4):
        throttles.try_once(session, WATCHED, NOW)
    throttles.forget(session, CLARA)
    throttles.give_back(session, {HOME: ADDRESS}, NOW)
    kept = {row.key: row.tries for row in session.scalars(select(Throttle))}
    assert kept == {HOME: 3}


def test_the_keys_tell_nothing_without_the_secret() -> None:
    assert "clara" not in CLARA
    assert keyed_hash("another", "account", "clara@example.test") != CLARA
    assert keyed_hash("secret", "link", "clara@example.test") != CLARA


def test_after_a_quiet_time_all_tries_are_free_again(session: Session) -> None:
    for _ in range(5):
        throttles.try_once(session, WATCHED, NOW)
    later = NOW + ACCOUNT.memory + timedelta(seconds=1)
    assert [throttles.try_once(session, WATCHED, later) for _ in range(5)] == [NO_WAIT] * 5
