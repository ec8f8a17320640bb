"""Ending a session counts at once, for every copy of its cookie."""

from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.domain.people import Actor
from webapp.models import Person
from webapp.queries import sign_ins as read
from webapp.services import admin, passwords, sign_ins
from webapp.services.tokens import token_hash


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


def test_staff_are_signed_out_after_twelve_hours_and_others_after_thirty_days(cast: Cast, session: Session) -> None:
    theo, clara = (sign_ins.begin(session, person, "device", NOW, both=True) for person in (cast.theo, cast.clara))
    assert _who(session, theo, timedelta(hours=12, seconds=-1))
    assert _who(session, theo, timedelta(hours=12)) is None
    assert _who(session, clara, timedelta(days=30, seconds=-1))
    assert _who(session, clara, timedelta(days=30)) is None


def test_a_closed_account_is_out_at_once(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.theo, "device", NOW, both=True)
    admin.deactivate(session, acting(cast.ada), cast.theo, NOW)
    assert _who(session, token) is None
    admin.reactivate(session, acting(cast.ada), cast.theo)
    assert _who(session, token) is None


def test_a_password_kept_with_old_parameters_is_kept_anew(cast: Cast, session: Session) -> None:
    clara = session.get_one(Person, cast.clara)
    clara.password_hash = PasswordHasher(time_cost=1, memory_cost=8192).hash("walk by the river twice")
    before = clara.password_hash
    sign_ins.refresh_hash(session, cast.clara, "walk by the river twice")
    assert clara.password_hash != before
    assert passwords.matches(clara.password_hash, "walk by the river twice")
