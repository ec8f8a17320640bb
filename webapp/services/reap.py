"""Take back what a process that is gone had claimed."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.deliveries import Channel, DeliveryState, lease_expired
from webapp.models import Delivery
from webapp.models.reminders import IS_LEASED

MOST = 200
IN_DOUBT = "the process that was sending it ended"


def reap(session: Session, now: datetime, most: int = MOST) -> int:
    """Settle up to `most` deliveries whose lease ran out and return how many there were.

    Claimed ones are tried again. What was being sent depends on the channel: an e-mail may have left, so it is
    unknown and never re-sent by itself. A try whose end nobody knows does not count: a push whose senders died
    over and over was refused by nobody.
    """
    over = (
        select(Delivery.id, Delivery.state, Delivery.channel)
        .where(IS_LEASED, Delivery.lease_until < now)
        .order_by(Delivery.lease_until, Delivery.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found: defaultdict[tuple[DeliveryState, int], list[int]] = defaultdict(list)
    for row in session.execute(over):
        state = lease_expired(Channel(row.channel), DeliveryState(row.state))
        begun = row.state == "sending" and state is DeliveryState.PENDING
        found[state, int(begun)].append(row.id)
    for (state, uncounted), ids in found.items():
        because = IN_DOUBT if state is DeliveryState.UNKNOWN else None
        settled = update(Delivery).where(Delivery.id.in_(ids))
        session.execute(
            settled.values(
                state=state,
                because=because,
                attempts=Delivery.attempts - uncounted,
                lease_owner=None,
                lease_until=None,
            ),
            execution_options={"synchronize_session": False},
        )
    return sum(len(ids) for ids in found.values())
