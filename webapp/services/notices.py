"""Make notices, each once, and keep which of them somebody wants."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, insert, select
from sqlalchemy.orm import Session

from webapp.domain.deliveries import Channel, DeliveryKind, DeliveryState, Verdict
from webapp.domain.notices import Due
from webapp.domain.people import Actor
from webapp.models import Delivery, Endpoint, Notice, Person
from webapp.models.base import insert_into
from webapp.queries.notices import Wishes

MOST = 500
"""Notices of one transaction."""


def tell(session: Session, found: Sequence[Due], now: datetime) -> int:
    """Make these notices, with a mail to send for each that is new, and return how many are.

    Several processes may do this at once: the database lets one of them make each. An address that is off gets
    its line in the ledger too: nobody is silent about it.
    """
    # In one order everywhere, so that two who make the same ones wait for each other and never in a ring.
    rows = [
        {
            "person_id": one.person_id,
            "client_id": one.client_id,
            "kind": one.kind,
            "key": one.key,
            "due_at": one.due_at,
            "expires_at": one.expires_at,
            "created_at": now,
        }
        for one in sorted(found, key=lambda one: (one.person_id, one.kind, one.key))
    ]
    if not rows:
        return 0
    write = insert_into(session.get_bind().dialect, Notice).on_conflict_do_nothing()
    written = write.returning(Notice.id, Notice.person_id, Notice.client_id, Notice.due_at)
    made = session.connection().execute(written, rows).all()
    if made:
        addresses = _addresses(session, {row.person_id for row in made}, now)
        session.connection().execute(insert(Delivery), [_delivery(row, *addresses[row.person_id]) for row in made])
    return len(made)


def keep(session: Session, actor: Actor, wanted: Wishes) -> None:
    """Keep which mails the actor wants; what is None, and was not theirs to choose, stays as it is."""
    person = session.get_one(Person, actor.id)
    for name in ("look_back", "digest", "plan_dates"):
        chosen = getattr(wanted, name)
        if chosen is not None:
            setattr(person, name, chosen)
    session.flush()


def _delivery(notice: Row[Any], endpoint_id: int, is_off: bool) -> dict[str, Any]:
    return {
        "client_id": notice.client_id,
        "notice_id": notice.id,
        "endpoint_id": endpoint_id,
        "person_id": notice.person_id,
        "channel": Channel.EMAIL,
        "kind": DeliveryKind.NOTICE,
        "state": DeliveryState.FAILED if is_off else DeliveryState.PENDING,
        "because": Verdict.ADDRESS_OFF if is_off else None,
        "due_at": notice.due_at,
    }


def _addresses(session: Session, people: Collection[int], now: datetime) -> dict[int, tuple[int, bool]]:
    """Return each one's mail address and whether it is off, making it for those who have none yet."""
    has_one = exists().where(Endpoint.person_id == Person.id, Endpoint.channel == Channel.EMAIL)
    without = select(Person.id, Person.email).where(Person.id.in_(people), ~has_one).order_by(Person.id)
    new = [
        {"person_id": row.id, "channel": Channel.EMAIL, "address": row.email, "created_at": now}
        for row in session.execute(without)
    ]
    if new:
        session.connection().execute(insert_into(session.get_bind().dialect, Endpoint).on_conflict_do_nothing(), new)
    found = (
        select(Endpoint.id, Endpoint.person_id, Endpoint.off_at)
        .where(Endpoint.person_id.in_(people), Endpoint.channel == Channel.EMAIL)
        .order_by(Endpoint.off_at.is_(None), Endpoint.id)
    )
    return {row.person_id: (row.id, row.off_at is not None) for row in session.execute(found)}
