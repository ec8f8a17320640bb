"""Claim deliveries, look once more before sending, and record what became of them.

Each function is one short transaction; sending itself happens between them, outside any (see jobs/dispatch.py):
claim → commit → begin_sending → commit → send → record → commit. Every step is fenced by the lease: whoever
lost it changes nothing.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from webapp.config import Config
from webapp.domain.deliveries import Channel, DeliveryState, ErrorClass, Verdict, address_off, retry_after, verdict
from webapp.models import Delivery, Endpoint, Reminder
from webapp.notify import wording
from webapp.notify.email import InDoubt, Mail, NotSent, Refused, new_message_id
from webapp.queries import deliveries as queries
from webapp.queries.deliveries import ToSend
from webapp.services import reminders
from webapp.services.materialise import ADDRESS_OFF

CLAIM_LASTS = timedelta(seconds=60)
SENDING_LASTS = timedelta(minutes=5)
"""Longer than the slowest conversation with a mail server, so that nobody takes over what is still going on."""

MOST = 20
QUIETLY = {"synchronize_session": False}


class Ready(StrEnum):
    """What a claimed delivery has come to, other than a message to send."""

    SETTLED = "settled"
    LOST = "lost"


def claim(session: Session, owner: str, now: datetime, most: int = MOST) -> list[int]:
    """Lease up to `most` deliveries that are due to `owner`, oldest first, and return their ids."""
    due = (
        select(Delivery.id)
        .where(Delivery.state == "pending", Delivery.due_at <= now)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(Delivery)
        .where(Delivery.id.in_(due))
        .values(state="claimed", lease_owner=owner, lease_until=now + CLAIM_LASTS)
        .returning(Delivery.id)
    )
    return sorted(session.execute(taken, execution_options=QUIETLY).scalars())


def begin_sending(
    session: Session, config: Config, delivery_id: int, owner: str, now: datetime
) -> tuple[ToSend, Mail] | Ready:
    """Look once more at a claimed delivery: give the message to send, or settle it without one."""
    held = session.scalar(select(Delivery).where(_held(delivery_id, owner, "claimed", now)).with_for_update())
    if held is None:
        return Ready.LOST
    ready = queries.to_send(session.connection(), delivery_id, now)
    said = verdict(ready.facts)
    held.state = said.verdict.state
    if said.verdict is not Verdict.SEND:
        held.because, held.lease_owner, held.lease_until = said.verdict, None, None
        held.due_at = said.until or held.due_at
        if not ready.facts.endpoint_on:
            held.state, held.because = DeliveryState.FAILED, ADDRESS_OFF
        session.flush()
        if said.verdict is Verdict.REKEYED:
            reminders.rekey(session, [ready.id], [ready.occurrence_id])
            reminders.recompute(session, Reminder.id == ready.reminder_id, now)
        return Ready.SETTLED
    held.lease_until = now + SENDING_LASTS
    held.attempts += 1
    held.because = None
    held.message_id = held.message_id or new_message_id(config)
    session.flush()
    subject, text = wording.reminder(
        config.origin, ready.own, ready.language, ready.words if ready.plain_words else None
    )
    return ready, Mail(ready.address, subject, text, held.message_id)


def record(session: Session, ready: ToSend, owner: str, error: NotSent | None, now: datetime) -> bool:
    """Record how sending ended; False when the lease was lost meanwhile and nothing was changed.

    Three mails refused for good, with none that went through between them, switch the address off.
    """
    # `now` is left out of the fence: what is known about a send is worth writing down as long as nobody else has.
    held = session.scalar(select(Delivery).where(_held(ready.id, owner, "sending")).with_for_update())
    if held is None:
        return False
    held.lease_owner, held.lease_until = None, None
    if error is None:
        held.state, held.sent_at, held.because = DeliveryState.SENT, now, None
        _reached(session, ready.endpoint_id)
    else:
        after = retry_after(Channel(ready.channel), held.attempts, _kind(error), left=ready.expires_at - now)
        held.state, held.because = after.state, str(error)
        if after.wait is not None:
            held.due_at = now + after.wait
        if _kind(error) is ErrorClass.REFUSED:
            _refused(session, ready.endpoint_id, str(error), now)
    session.flush()
    return True


def release(session: Session, owner: str) -> None:
    """Give back what was claimed and not begun."""
    mine = update(Delivery).where(Delivery.state == "claimed", Delivery.lease_owner == owner)
    session.execute(mine.values(state="pending", lease_owner=None, lease_until=None), execution_options=QUIETLY)


def _held(delivery_id: int, owner: str, state: str, now: datetime | None = None) -> ColumnElement[bool]:
    still = [Delivery.lease_until > now] if now is not None else []
    return and_(Delivery.id == delivery_id, Delivery.state == state, Delivery.lease_owner == owner, *still)


def _kind(error: NotSent) -> ErrorClass:
    if isinstance(error, InDoubt):
        return ErrorClass.IN_DOUBT
    return ErrorClass.REFUSED if isinstance(error, Refused) and error.permanent else ErrorClass.TEMPORARY


def _reached(session: Session, endpoint_id: int) -> None:
    cleared = update(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.refused > 0).values(refused=0)
    session.execute(cleared, execution_options=QUIETLY)


def _refused(session: Session, endpoint_id: int, reason: str, now: datetime) -> None:
    endpoint = session.scalars(select(Endpoint).where(Endpoint.id == endpoint_id).with_for_update()).one()
    endpoint.refused += 1
    if address_off(endpoint.refused) and endpoint.off_at is None:
        endpoint.off_at, endpoint.off_because = now, reason
