"""Endpoints: take one into use, end it, and end those of devices that are signed out."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.domain.deliveries import Channel
from webapp.domain.endpoints import MOST
from webapp.domain.people import Actor
from webapp.models import Endpoint
from webapp.queries.endpoints import ENDED, MOVED, REPLACED, SIGNED_OUT

QUIETLY = {"synchronize_session": False}


class TooMany(Exception):
    """More devices than anybody uses; one has to be ended first."""


def add_push(
    session: Session, by: Actor, address: str, keys: Mapping[str, str], device: str, now: datetime, asked: bool = True
) -> bool:
    """Let this device take the actor's reminders, and tell whether it does.

    The same address again is the same endpoint. It is switched off for anybody else who had it, and what this
    device had before is replaced. `asked`: the person tapped; without that (a device puts itself right) it only
    changes what is the actor's already: not an endpoint that was ended or that somebody else has, and nothing on a
    device where they never turned it on. Raises TooMany.
    """
    known = session.scalar(_push(address).where(Endpoint.person_id == by.id).with_for_update())
    own = Endpoint.person_id == by.id
    if not asked and not _may_put_right(session, by, known, _push(address).where(~own, Endpoint.off_at.is_(None))):
        return False
    _end(session, (Endpoint.address_key == address) & ~own, MOVED, now)
    _end(session, own & (Endpoint.sign_in_id == by.sign_in_id) & (Endpoint.address_key != address), REPLACED, now)
    if known is None or known.off_at is not None:
        _room(session, by.id)
    found = known or Endpoint(person_id=by.id, channel=Channel.PUSH, address=address)
    if known is None or known.off_at is not None:
        found.created_at = now
    found.keys, found.device, found.sign_in_id = dict(keys), device, by.sign_in_id
    found.refused, found.off_at, found.off_because = 0, None, None
    _keep(session, found)
    return True


def left(session: Session, by: Actor, address: str, now: datetime) -> None:
    """End what a browser took for somebody else, now that the actor is the one who uses it."""
    _end(session, (Endpoint.address_key == address) & (Endpoint.person_id != by.id), MOVED, now)


def add_ntfy(session: Session, person_id: int, now: datetime) -> str:
    """Give somebody a topic of their own, and return it: whoever knows it can read along, so nobody can guess it."""
    topic = secrets.token_urlsafe(24)
    known = session.scalar(
        select(Endpoint).where(
            Endpoint.person_id == person_id, Endpoint.channel == Channel.NTFY, Endpoint.off_at.is_(None)
        )
    )
    if known is not None:
        return known.address
    session.add(Endpoint(person_id=person_id, channel=Channel.NTFY, address=topic, created_at=now))
    session.flush()
    return topic


def end(session: Session, endpoint_id: int, now: datetime) -> None:
    """Send nothing more to an endpoint, because its owner says so."""
    _end(session, Endpoint.id == endpoint_id, ENDED, now, every=True)


def switch_on(session: Session, endpoint_id: int) -> None:
    """Use a mail address again that was switched off."""
    again = update(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.channel == Channel.EMAIL)
    session.execute(again.values(refused=0, off_at=None, off_because=None), execution_options=QUIETLY)


def signed_out(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    """End the notifications of devices that are signed out; mail goes on."""
    _end(session, which, SIGNED_OUT, now)


def end_devices(session: Session, person_id: int, now: datetime) -> None:
    """End every phone and other device of somebody who leaves; their mail address stays."""
    _end(session, (Endpoint.person_id == person_id) & (Endpoint.channel != Channel.EMAIL), ENDED, now, every=True)


def end_ntfy(session: Session, person_id: int, now: datetime) -> None:
    """End a person's topic: whoever knows it reads along."""
    _end(session, (Endpoint.person_id == person_id) & (Endpoint.channel == Channel.NTFY), ENDED, now, every=True)


def hand_over(session: Session, before: int, after: int) -> None:
    """Let the endpoint of one sign-in belong to the next one on the same device."""
    moved = update(Endpoint).where(Endpoint.sign_in_id == before)
    session.execute(moved.values(sign_in_id=after), execution_options=QUIETLY)


def _push(address: str) -> Select[Endpoint]:
    return select(Endpoint).where(Endpoint.channel == Channel.PUSH, Endpoint.address_key == address)


def _may_put_right(session: Session, by: Actor, known: Endpoint | None, others: Select[Endpoint]) -> bool:
    if known is None and by.device_address is None:
        return False
    if known is not None and known.off_because in (ENDED, MOVED):
        return False
    return session.scalar(others) is None


def _end(session: Session, which: ColumnElement[bool], why: str, now: datetime, every: bool = False) -> None:
    """Switch endpoints off and forget their keys; `every` channel, or push alone."""
    channel = Endpoint.channel.in_(tuple(Channel) if every else (Channel.PUSH,))
    ended = update(Endpoint).where(which, channel, Endpoint.off_at.is_(None))
    values = {"off_at": now, "off_because": why, "keys": None, "sign_in_id": None}
    session.execute(ended.values(values), execution_options=QUIETLY)


def _room(session: Session, person_id: int) -> None:
    on = select(func.count()).where(
        Endpoint.person_id == person_id, Endpoint.channel == Channel.PUSH, Endpoint.off_at.is_(None)
    )
    if (session.scalar(on) or 0) >= MOST:
        raise TooMany


def _keep(session: Session, found: Endpoint) -> None:
    try:
        with session.begin_nested():
            session.add(found)
    except IntegrityError:
        # Two tabs of the same browser told at the same moment; what was wanted is there.
        return
