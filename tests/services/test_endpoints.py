"""Endpoints: a device belongs to one person and one sign-in, and ends with them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.domain.people import Actor
from webapp.models import Endpoint, SignIn
from webapp.queries import sign_ins as read
from webapp.services import endpoints, settings, sign_ins
from webapp.services.tokens import token_hash

PHONE, ANEW = "https://web.push.apple.com/phone", "https://web.push.apple.com/anew"
KEYS = {"p256dh": "key", "auth": "secret"}


def at(session: Session, person_id: int) -> Actor:
    """Sign a person in, and give them as their requests see them."""
    token = sign_ins.begin(session, person_id, "device", NOW, both=True)
    return again(session, token)


def again(session: Session, token: str) -> Actor:
    actor = read.actor(session.connection(), token_hash(token), NOW)
    assert actor is not None
    return actor


def on(session: Session, by: Actor, address: str = PHONE, **more: bool) -> bool:
    return endpoints.add_push(session, by, address, KEYS, "Safari, iPhone", NOW, **more)


def pushes(session: Session) -> list[tuple[int, str, str | None]]:
    """Whose, where, and why off."""
    session.expire_all()
    rows = select(Endpoint.person_id, Endpoint.address, Endpoint.off_because).where(Endpoint.channel == "push")
    return [tuple(row) for row in session.execute(rows.order_by(Endpoint.id))]  # type: ignore[misc]


def test_the_same_subscription_again_is_the_same_endpoint(cast: Cast, session: Session) -> None:
    clara = at(session, cast.clara)
    assert on(session, clara)
    assert on(session, clara)
    kept = session.scalars(select(Endpoint).where(Endpoint.channel == "push")).one()
    assert (kept.address, kept.keys, kept.device, kept.sign_in_id) == (PHONE, KEYS, "Safari, iPhone", clara.sign_in_id)


def test_on_a_shared_phone_it_is_off_for_whoever_had_it(cast: Cast, session: Session) -> None:
    clara, sam = at(session, cast.clara), at(session, cast.sam)
    on(session, clara)
    on(session, sam)
    assert pushes(session) == [(cast.clara, PHONE, "moved"), (cast.sam, PHONE, None)]
    assert session.scalars(select(Endpoint.keys).where(Endpoint.off_because == "moved")).one() is None
    assert not on(session, clara, asked=False), "a device does not take it back by itself"
    on(session, clara)
    assert pushes(session) == [(cast.clara, PHONE, None), (cast.sam, PHONE, "moved")]


def test_a_browser_that_got_a_new_subscription_leaves_the_old_one(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.clara, "device", NOW)
    elsewhere = at(session, cast.clara)
    on(session, again(session, token))
    on(session, elsewhere, "https://web.push.apple.com/elsewhere")
    assert on(session, again(session, token), ANEW, asked=False)
    assert [row[2] for row in pushes(session)] == ["replaced", None, None]


@pytest.mark.parametrize(("why", "asked", "kept"), [("ended", True, True), ("ended", False, False)])
def test_what_was_ended_is_only_begun_again_by_a_tap(
    cast: Cast, session: Session, why: str, asked: bool, kept: bool
) -> None:
    clara = at(session, cast.clara)
    on(session, clara)
    endpoints.end(session, session.scalars(select(Endpoint.id).where(Endpoint.channel == "push")).one(), NOW)
    assert pushes(session) == [(cast.clara, PHONE, why)]
    assert on(session, clara, asked=asked) is kept
    assert pushes(session) == [(cast.clara, PHONE, None if kept else why)]


def test_signed_out_elsewhere_and_in_again_a_device_puts_itself_right(cast: Cast, session: Session) -> None:
    clara = at(session, cast.clara)
    on(session, clara)
    assert clara.sign_in_id is not None
    sign_ins.end_one(session, cast.clara, clara.sign_in_id, NOW)
    assert pushes(session) == [(cast.clara, PHONE, "signed_out")]
    assert on(session, at(session, cast.clara), asked=False)
    assert pushes(session) == [(cast.clara, PHONE, None)]


def test_ten_devices_are_enough(cast: Cast, session: Session) -> None:
    for number in range(10):
        on(session, at(session, cast.clara), f"{PHONE}{number}")
    with pytest.raises(endpoints.TooMany):
        on(session, at(session, cast.clara), ANEW)
    assert on(session, at(session, cast.clara), f"{PHONE}3"), "one that is on already needs no room"
    assert on(session, at(session, cast.sam), ANEW)


def test_signing_out_ends_what_this_device_is_told_and_mail_goes_on(cast: Cast, session: Session) -> None:
    here, there = at(session, cast.clara), at(session, cast.clara)
    on(session, here)
    on(session, there, ANEW)
    sign_ins.end(session, here, NOW)
    assert [row[2] for row in pushes(session)] == ["signed_out", None]
    mail = session.scalars(select(Endpoint).where(Endpoint.person_id == cast.clara, Endpoint.channel == "email")).one()
    assert mail.off_at is None


def test_a_new_password_ends_every_other_device(cast: Cast, session: Session) -> None:
    here, there, forgotten = (at(session, cast.clara) for _ in range(3))
    for number, actor in enumerate((here, there, forgotten)):
        on(session, actor, f"{PHONE}{number}")
    session.execute(update(Endpoint).where(Endpoint.sign_in_id == forgotten.sign_in_id).values(sign_in_id=None))
    settings.change_password(session, here, None, "a sentence of my own", NOW)
    assert [row[2] for row in pushes(session)] == [None, "signed_out", "signed_out"]


def test_out_everywhere_is_quiet_everywhere_for_that_person_alone(cast: Cast, session: Session) -> None:
    on(session, at(session, cast.clara))
    on(session, at(session, cast.sam), ANEW)
    sign_ins.end_everywhere(session, cast.clara, NOW)
    assert [row[2] for row in pushes(session)] == ["signed_out", None]


def test_one_person_can_not_end_the_device_of_another(cast: Cast, session: Session) -> None:
    clara = at(session, cast.clara)
    on(session, clara)
    assert clara.sign_in_id is not None
    sign_ins.end_one(session, cast.sam, clara.sign_in_id, NOW)
    assert [row[2] for row in pushes(session)] == [None]


def test_signing_in_over_an_own_session_keeps_the_device(cast: Cast, session: Session) -> None:
    clara = at(session, cast.clara)
    on(session, clara)
    anew = again(session, sign_ins.begin_anew(session, clara, cast.clara, "device", NOW))
    assert anew.device_address == PHONE
    assert pushes(session) == [(cast.clara, PHONE, None)]
    ended = session.scalars(select(SignIn.ended_at).where(SignIn.id == clara.sign_in_id)).one()
    assert ended == NOW


def test_signing_in_over_somebody_elses_session_ends_theirs(cast: Cast, session: Session) -> None:
    clara = at(session, cast.clara)
    on(session, clara)
    sam = again(session, sign_ins.begin_anew(session, clara, cast.sam, "device", NOW))
    assert sam.device_address is None
    assert pushes(session) == [(cast.clara, PHONE, "signed_out")]


def test_a_device_takes_nothing_over_that_nobody_tapped_for(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.sam, "device", NOW)
    assert not on(session, again(session, token), asked=False), "never turned on here"
    on(session, at(session, cast.clara))
    on(session, again(session, token), ANEW)
    assert not on(session, again(session, token), asked=False), "somebody else has it"
    assert pushes(session) == [(cast.clara, PHONE, None), (cast.sam, ANEW, None)]


def test_a_sign_in_that_ran_out_silences_nothing_until_somebody_else_has_the_device(
    cast: Cast, session: Session
) -> None:
    token = sign_ins.begin(session, cast.clara, "device", NOW)
    on(session, again(session, token))
    later = NOW + timedelta(days=31)
    assert read.actor(session.connection(), token_hash(token), later) is None
    sign_ins.begin_after(session, token, cast.clara, "device", later)
    assert pushes(session) == [(cast.clara, PHONE, None)]
    sign_ins.begin_after(session, token, cast.sam, "device", later)
    assert pushes(session) == [(cast.clara, PHONE, "signed_out")]


def test_a_browser_somebody_else_uses_now_is_left_by_whoever_had_it_alone(cast: Cast, session: Session) -> None:
    clara, theo = at(session, cast.clara), at(session, cast.theo)
    on(session, clara)
    endpoints.left(session, clara, PHONE, NOW)
    endpoints.left(session, theo, ANEW, NOW)
    assert pushes(session) == [(cast.clara, PHONE, None)]
    endpoints.left(session, theo, PHONE, NOW)
    assert pushes(session) == [(cast.clara, PHONE, "moved")]


def test_an_actor_knows_the_subscription_of_their_own_device_alone(cast: Cast, session: Session) -> None:
    token = sign_ins.begin(session, cast.clara, "device", NOW)
    other = at(session, cast.clara)
    assert again(session, token).device_address is None
    on(session, again(session, token))
    assert again(session, token).device_address == PHONE
    assert read.actor(session.connection(), token_hash(token), NOW + timedelta(days=29)) is not None
    on(session, other, ANEW)
    assert again(session, token).device_address == PHONE
    sign_ins.end(session, other, NOW)
    assert again(session, token).device_address == PHONE


def test_an_ntfy_topic_can_not_be_guessed_and_is_anew_after_it_was_ended(cast: Cast, session: Session) -> None:
    topic = endpoints.add_ntfy(session, cast.clara, NOW)
    assert len(topic) == 32
    assert endpoints.add_ntfy(session, cast.clara, NOW) == topic, "asked for twice, it is one"
    assert endpoints.add_ntfy(session, cast.sam, NOW) != topic
    endpoints.end(session, session.scalars(select(Endpoint.id).where(Endpoint.address_key == topic)).one(), NOW)
    assert endpoints.add_ntfy(session, cast.clara, NOW) != topic


def test_an_address_switched_on_again_begins_anew(cast: Cast, session: Session) -> None:
    mine = session.scalars(select(Endpoint).where(Endpoint.person_id == cast.clara)).one()
    mine.refused, mine.off_at, mine.off_because = 3, NOW, "mail server answered 550"
    session.flush()
    endpoints.switch_on(session, mine.id)
    session.refresh(mine)
    assert (mine.refused, mine.off_at, mine.off_because) == (0, None, None)


def test_two_tabs_that_tell_at_the_same_moment_make_one_endpoint(cast: Cast, session: Session) -> None:
    clara = at(session, cast.clara)
    twin = Endpoint(person_id=cast.clara, channel="push", address=PHONE, created_at=NOW)
    on(session, clara)
    endpoints._keep(session, twin)
    assert len(pushes(session)) == 1
