"""Ending a session counts at once, for every copy of its cookie."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.domain.people import Actor
from webapp.models import Assignment, Person, SignIn
from webapp.queries import sign_ins as read
from webapp.services import (
    admin,
    half_sign_ins,
    own_data,
    passwords,
    second_factor,
    settings,
    sign_in_links,
    sign_ins,
)
from webapp.services.tokens import token_hash

GOOD = "walk by the river twice"


def _who(session: Session, token: str, later: timedelta = timedelta()) -> Actor | None:
    return read.actor(session.connection(), token_hash(token), NOW + later)


def test_signing_out_ends_this_device_and_no_other(cast: Cast, session: Session) -> None:
    here, there = (sign_ins.begin(session, cast.clara, device, NOW) for device in ("here", "there"))
    actor = _who(session, here)
    assert actor is not None
    sign_ins.end(session, actor, NOW)
    assert _who(session, here) is None
    assert _who(session, there) is not None


def test_signing_out_everywhere_ends_all_of_ones_own(cast: Cast, session: Session) -> None:
    tokens = [sign_ins.begin(session, cast.clara, "device", NOW) for _ in range(3)]
    others = sign_ins.begin(session, cast.sam, "device", NOW)
    sign_ins.end_everywhere(session, cast.clara, NOW)
    assert [_who(session, token) for token in tokens] == [None] * 3
    assert _who(session, others) is not None


def test_one_device_can_be_ended_by_its_owner_alone(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.clara, "lost phone", NOW)
    (device,) = read.devices(session.connection(), cast.clara, NOW)
    sign_ins.end_one(session, cast.sam, device.id, NOW)
    assert _who(session, token) is not None
    sign_ins.end_one(session, cast.clara, device.id, NOW)
    assert _who(session, token) is None
    assert read.devices(session.connection(), cast.clara, NOW) == ()


def test_staff_are_out_half_an_hour_after_they_last_did_something_and_after_twelve_hours_in_any_case(
    cast: Cast, session: Session
) -> None:
    half, tick = timedelta(minutes=30), timedelta(seconds=1)
    theo = sign_ins.begin(session, cast.theo, "device", NOW, both=True)
    assert _who(session, theo, half - tick)
    assert _who(session, theo, half) is None
    for n in range(1, 29):
        now = NOW + timedelta(minutes=25 * n)
        actor = _who(session, theo, now - NOW)
        assert actor is not None
        sign_ins.seen(session, actor.sign_in_id or 0, now)
        assert len(read.devices(session.connection(), cast.theo, now)) == 1
    assert _who(session, theo, timedelta(hours=12) - tick)
    assert _who(session, theo, timedelta(hours=12)) is None
    assert read.devices(session.connection(), cast.theo, NOW + timedelta(hours=12)) == ()


def test_clients_are_out_after_thirty_days_and_on_a_borrowed_phone_after_two_hours(
    cast: Cast, session: Session
) -> None:
    tick = timedelta(seconds=1)
    own, lent = (sign_ins.begin(session, cast.clara, "device", NOW, borrowed) for borrowed in (False, True))
    assert _who(session, own, timedelta(days=30) - tick)
    assert _who(session, own, timedelta(days=30)) is None
    assert _who(session, lent, timedelta(minutes=30)) is None
    for n in range(1, 6):
        actor = _who(session, lent, timedelta(minutes=20 * n))
        assert actor is not None
        sign_ins.seen(session, actor.sign_in_id or 0, NOW + timedelta(minutes=20 * n))
    assert _who(session, lent, timedelta(hours=2) - tick)
    assert _who(session, lent, timedelta(hours=2)) is None


def test_whoever_becomes_staff_has_the_shorter_limits_at_once(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.clara, "device", NOW, both=True)
    session.get_one(Person, cast.clara).is_care_team = True
    session.flush()
    assert _who(session, token, timedelta(minutes=29))
    assert _who(session, token, timedelta(minutes=30)) is None


def test_use_is_noted_once_a_minute_and_never_of_what_has_ended(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.clara, "device", NOW)
    actor = _who(session, token)
    assert actor is not None
    number = actor.sign_in_id or 0
    for seconds, noted in ((59, 0), (60, 60), (100, 60), (121, 121)):
        sign_ins.seen(session, number, NOW + timedelta(seconds=seconds))
        assert session.scalars(select(SignIn.seen_at).where(SignIn.id == number)).one() == NOW + timedelta(
            seconds=noted
        ), seconds
    sign_ins.end(session, actor, NOW)
    sign_ins.seen(session, number, NOW + timedelta(hours=1))
    assert session.scalars(select(SignIn.seen_at).where(SignIn.id == number)).one() == NOW + timedelta(seconds=121)


def test_a_closed_account_is_out_at_once(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.theo, "device", NOW, both=True)
    admin.deactivate(session, acting(cast.ada), cast.theo, NOW)
    assert _who(session, token) is None
    admin.reactivate(session, acting(cast.ada), cast.theo)
    assert _who(session, token) is None


ENDINGS: dict[str, Callable[[Session, int], object]] = {
    "everywhere": lambda session, who: sign_ins.end_everywhere(session, who, NOW),
    "elsewhere": lambda session, who: sign_ins.end_others(session, acting(who), NOW),
    "closed": lambda session, who: admin.deactivate(session, acting(who), who, NOW),
    "a new password": lambda session, who: settings.change_password(session, acting(who), None, GOOD, NOW),
    "a password by mail": lambda session, who: settings.choose_password(session, who, GOOD, NOW),
    "a lost second step": lambda session, who: second_factor.forget_all(session, "theo@example.test", NOW),
    "leaving": lambda session, who: own_data.ask(session, acting(who), NOW),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_signs_out_everywhere_ends_links_and_half_sign_ins_of_that_person(
    cast: Cast, session: Session, ending: str
) -> None:
    links = [sign_in_links.ask(session, f"{name}@example.test", NOW) for name in ("theo", "sam")]
    halves = [half_sign_ins.begin(session, who, NOW) for who in (cast.theo, cast.sam)]
    session.execute(update(Assignment).where(Assignment.care_team_id == cast.theo).values(ended_at=NOW))
    ENDINGS[ending](session, cast.theo)
    session.execute(update(Person).where(Person.id == cast.theo).values(deactivated_at=None))
    with pytest.raises(sign_in_links.NoLongerGood):
        sign_in_links.use(session, str(links[0]), NOW)
    with pytest.raises(half_sign_ins.Over):
        half_sign_ins.finish(session, halves[0], NOW)
    assert sign_in_links.use(session, str(links[1]), NOW) == half_sign_ins.finish(session, halves[1], NOW) == cast.sam


def test_a_password_kept_with_old_parameters_is_kept_anew(cast: Cast, session: Session) -> None:
    clara = session.get_one(Person, cast.clara)
    clara.password_hash = PasswordHasher(time_cost=1, memory_cost=8192).hash("walk by the river twice")
    before = clara.password_hash
    sign_ins.still_right(session, cast.clara, before, "walk by the river twice")
    assert clara.password_hash != before
    assert passwords.matches(clara.password_hash, "walk by the river twice")


@pytest.mark.parametrize("kept", [None, "another"])
def test_a_password_that_is_not_the_kept_one_any_more_is_not_right(
    cast: Cast, session: Session, kept: str | None
) -> None:
    session.get_one(Person, cast.clara).password_hash = kept and passwords.hash_new("sing with the choir again")
    session.flush()
    with pytest.raises(sign_ins.Overtaken):
        sign_ins.still_right(session, cast.clara, kept, "walk by the river twice")
