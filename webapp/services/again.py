"""What is said once more: a follow-up, and a mail that stands in for a phone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.deliveries import Channel, DeliveryKind, MailUse, Way
from webapp.domain.reminders import follow_up_at
from webapp.models import Delivery, ReminderOccurrence
from webapp.models.bulk import Inserting
from webapp.queries import endpoints
from webapp.queries.deliveries import ToSend

_deliver_once = Inserting(
    Delivery,
    *(
        "client_id",
        "occurrence_id",
        "endpoint_id",
        "channel",
        "person_id",
        "kind",
        "seq",
        "state",
        "due_at",
        "attempts",
    ),
    shape=lambda write: write.on_conflict_do_nothing(),
)

STOOD_IN_FOR = {DeliveryKind.FIRST: DeliveryKind.FALLBACK, DeliveryKind.LATER: DeliveryKind.LATER}
"""What a mail may stand in for, and what it is then: one that was asked for "later" is still wanted."""


def after_sent(session: Session, sent: Iterable[ToSend], now: datetime) -> None:
    """After reminders went out: at most one follow-up each, and a mail where no answer comes, as the person chose."""
    first = [one for one in sent if one.kind == DeliveryKind.FIRST]
    rows = [
        _row(one, DeliveryKind.FOLLOW_UP, _own_way(one), one.seq + 1, at) for one in first if (at := _again(one, now))
    ]
    waiting = [one for one in first if one.mail_use == MailUse.UNANSWERED and one.channel != Channel.EMAIL]
    if waiting:
        ways = endpoints.ways(session.connection(), {one.person_id for one in waiting})
        for one in waiting:
            at = now + timedelta(minutes=one.mail_after)
            if at < one.expires_at:
                rows += [_row(one, DeliveryKind.FALLBACK, way, one.seq, at) for way in ways[one.person_id].fallback]
    _insert(session, rows)


def after_lost(session: Session, lost: Iterable[ToSend], now: datetime) -> None:
    """After reminders that a phone did not take: a mail at once, as the person chose, unless another device has it.

    What was to be said again "later" is said by mail likewise; a follow-up was said once already. The occurrences
    are locked, so that of two devices lost at the same moment the second sees the first.
    """
    about = {
        (one.occurrence_id, one.seq): one
        for one in lost
        if one.occurrence_id is not None and one.channel != Channel.EMAIL and one.kind in STOOD_IN_FOR
    }
    if not about:
        return
    ids = sorted({occurrence_id for occurrence_id, _ in about})
    lock = select(ReminderOccurrence.id).where(ReminderOccurrence.id.in_(ids)).order_by(ReminderOccurrence.id)
    session.execute(lock.with_for_update())
    elsewhere = select(Delivery.occurrence_id, Delivery.seq).where(
        Delivery.occurrence_id.in_(ids),
        Delivery.channel != Channel.EMAIL,
        Delivery.state.in_(("pending", "claimed", "sending", "sent")),
    )
    taken = {(row.occurrence_id, row.seq) for row in session.execute(elsewhere)}
    alone = [one for said, one in about.items() if said not in taken]
    ways = endpoints.ways(session.connection(), {one.person_id for one in alone})
    _insert(
        session,
        [
            _row(one, STOOD_IN_FOR[DeliveryKind(one.kind)], way, one.seq, now)
            for one in alone
            for way in ways[one.person_id].fallback
        ],
    )


def _again(one: ToSend, now: datetime) -> datetime | None:
    if one.follow_up_after is None:
        return None
    return follow_up_at(now, timedelta(minutes=one.follow_up_after), 0, one.expires_at)


def _own_way(one: ToSend) -> Way:
    return Way(one.endpoint_id, one.channel)


def _row(one: ToSend, kind: DeliveryKind, way: Way, seq: int, due_at: datetime) -> dict[str, Any]:
    return {
        "client_id": one.client_id,
        "occurrence_id": one.occurrence_id,
        "endpoint_id": way.id,
        "channel": way.channel,
        "person_id": one.person_id,
        "kind": kind,
        "seq": seq,
        "state": "pending",
        "due_at": due_at,
        "attempts": 0,
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        _deliver_once(session.connection(), rows)
