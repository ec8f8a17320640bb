"""Claim deliveries, look once more before sending, and record what became of them.

Each function is one short transaction for many deliveries; sending itself happens between them, outside any (see
jobs/dispatch.py): claim → commit → begin → commit → send → record → commit. Every step is fenced by the lease:
whoever lost it changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from webapp.config import Config
from webapp.domain.deliveries import (
    Answer,
    Channel,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    Verdict,
    address_off,
    retry_after,
    verdict,
)
from webapp.models import Delivery, Endpoint, Reminder
from webapp.models.bulk import Updating, among, table_of
from webapp.models.reminders import IS_LEASED
from webapp.notify import email, wording
from webapp.notify.endings import NotSent
from webapp.notify.messages import Message
from webapp.queries import deliveries as queries
from webapp.queries.deliveries import ToSend
from webapp.queries.endpoints import GONE
from webapp.services import again, reminders

CLAIM_LASTS = timedelta(seconds=60)
SENDING_LASTS = timedelta(minutes=5)
"""Longer than the slowest conversation with a mail server, so that nobody takes over what is still going on."""

MOST = 20
QUIETLY = {"synchronize_session": False}

_FREED: dict[str, Any] = {"lease_owner": None, "lease_until": None}
_HELD = (
    select(Delivery.id)
    .where(among(Delivery.id, "ids"), Delivery.state == bindparam("state"), Delivery.lease_owner == bindparam("owner"))
    .with_for_update()
)
_STILL_HELD = _HELD.where(Delivery.lease_until > bindparam("now"))
_OF_IDS = update(table_of(Delivery)).where(among(Delivery.id, "ids"))
_SENDING = _OF_IDS.values(state="sending", because=None, attempts=Delivery.attempts + 1, lease_until=bindparam("until"))
_SENT = _OF_IDS.values(state="sent", sent_at=bindparam("at"), because=None, **_FREED)
_SETTLED = _OF_IDS.values(state=bindparam("new_state"), because=bindparam("why"), **_FREED)
_GIVEN_BACK = _OF_IDS.values(state="pending", attempts=Delivery.attempts - 1, **_FREED)
_REACHED = update(table_of(Endpoint)).where(among(Endpoint.id, "ids"), Endpoint.refused > 0).values(refused=0)
_wait = Updating(Delivery, "state", "because", "due_at", "lease_owner", "lease_until")


@dataclass(frozen=True, slots=True)
class Result:
    """How sending one delivery ended. `tried` False: we were told to stop before it was handed over."""

    what: ToSend
    error: NotSent | None = None
    tried: bool = True


def claim(session: Session, owner: str, channel: str, now: datetime, most: int = MOST) -> list[int]:
    """Lease up to `most` deliveries that are due on a channel to `owner`, oldest first, and return their ids."""
    due = (
        select(Delivery.id)
        .where(Delivery.state == "pending", Delivery.channel == channel, Delivery.due_at <= now)
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


def begin(
    session: Session, config: Config, ids: Collection[int], owner: str, now: datetime
) -> list[tuple[ToSend, Message]]:
    """Look once more at claimed deliveries: give the messages to send, and settle the others without one.

    Those whose lease was lost are left out and left alone.
    """
    mine = {"ids": ids, "owner": owner, "state": "claimed", "now": now}
    held = session.connection().execute(_STILL_HELD, mine).scalars().all()
    if not held:
        return []
    ready = queries.to_send(session.connection(), held, now)
    said = {one.id: verdict(one.facts) for one in ready}
    going = [one for one in ready if said[one.id].verdict is Verdict.SEND]
    if going:
        session.connection().execute(_SENDING, {"ids": [one.id for one in going], "until": now + SENDING_LASTS})
    _settle(session, [(one, said[one.id]) for one in ready if said[one.id].verdict is not Verdict.SEND])
    _rekey(session, [one for one in ready if said[one.id].verdict is Verdict.REKEYED], now)
    again.after_lost(session, [one for one in ready if said[one.id].verdict is Verdict.ADDRESS_OFF], now)
    reached = {one.person_id for one in going if one.channel == Channel.PUSH}
    waiting = queries.waiting(session.connection(), reached, now)
    return [(one, _message(config, one, waiting.get(one.person_id), now)) for one in going]


def record(session: Session, results: Iterable[Result], owner: str, now: datetime) -> set[int]:
    """Record how sending ended and return whose end was written down; a lost lease changes nothing.

    Three mails refused for good, with none that went through between them, switch the address off. A push
    endpoint that is gone is emptied, and whoever can't be reached on it is written to where they wish so.
    """
    by_id = {result.what.id: result for result in results}
    # `now` is left out of the fence: what is known about a send is worth writing down as long as nobody else has.
    mine = {"ids": list(by_id), "owner": owner, "state": "sending"}
    held = set(session.connection().execute(_HELD, mine).scalars())
    kept = [result for delivery_id, result in by_id.items() if delivery_id in held]
    untried = [result.what for result in kept if not result.tried]
    sent = [result.what for result in kept if result.tried and result.error is None]
    wrong = [(result.what, result.error) for result in kept if result.tried and result.error is not None]
    if untried:
        session.connection().execute(_GIVEN_BACK, {"ids": [one.id for one in untried]})
    if sent:
        _sent(session, sent, now)
    if wrong:
        _not_sent(session, wrong, now)
    return held


def release(session: Session, owner: str, channel: str) -> None:
    """Give back what was claimed and not begun."""
    mine = update(Delivery).where(
        IS_LEASED, Delivery.state == "claimed", Delivery.lease_owner == owner, Delivery.channel == channel
    )
    session.execute(mine.values(state="pending", **_FREED), execution_options=QUIETLY)


def _settle(session: Session, silent: Iterable[tuple[ToSend, Answer]]) -> None:
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    waits = []
    for one, said in silent:
        if said.until is not None:
            waits.append({"id": one.id, "state": "pending", "because": said.verdict, "due_at": said.until, **_FREED})
        else:
            groups[said.verdict.state, said.verdict].append(one.id)
    for (state, because), ids in groups.items():
        session.connection().execute(_SETTLED, {"ids": ids, "new_state": state, "why": because})
    if waits:
        _wait(session.connection(), waits)


def _rekey(session: Session, moved: Collection[ToSend], now: datetime) -> None:
    if not moved:
        return
    reminders.rekey(session, {one.occurrence_id for one in moved if one.occurrence_id is not None})
    reminders.recompute(session, Reminder.id.in_({one.reminder_id for one in moved}), now)


def _message(config: Config, one: ToSend, waiting: int | None, now: datetime) -> Message:
    if one.notice:
        text, tag = wording.notice(one.language, one.notice), f"n{one.notice_id}"
    else:
        text, tag = wording.reminder(one.language, one.words if one.plain_words else None), f"r{one.occurrence_id}"
    if one.neutral_name:
        text = wording.by_other_name(text, one.language)
    return Message(
        to=one.address,
        title=text.title,
        body=text.body,
        neutral=text.neutral,
        lead=text.lead,
        footer=text.footer,
        language=one.language,
        link=f"{config.origin}{one.link}",
        tag=tag,
        again=one.kind in (DeliveryKind.FOLLOW_UP, DeliveryKind.LATER),
        lasts=one.expires_at - now,
        answers=() if one.notice else wording.answers(one.language),
        badge=waiting,
        keys=one.keys,
        message_id=email.message_id_of(config, one.id) if one.channel == Channel.EMAIL else None,
    )


def _sent(session: Session, sent: Collection[ToSend], now: datetime) -> None:
    session.connection().execute(_SENT, {"ids": [one.id for one in sent], "at": now})
    session.connection().execute(_REACHED, {"ids": list({one.endpoint_id for one in sent})})
    again.after_sent(session, sent, now)


def _not_sent(session: Session, wrong: Collection[tuple[ToSend, NotSent]], now: datetime) -> None:
    lost = []
    for one, error in wrong:
        after = retry_after(
            Channel(one.channel), one.attempts + 1, error.kind, asked_wait=error.wait, left=one.expires_at - now
        )
        values: dict[str, Any] = {"state": after.state, "because": str(error), **_FREED}
        if after.wait is not None:
            values["due_at"] = now + after.wait
        session.execute(update(Delivery).where(Delivery.id == one.id).values(values), execution_options=QUIETLY)
        if error.kind is ErrorClass.REFUSED and one.channel == Channel.EMAIL:
            _refused(session, one.endpoint_id, str(error), now)
        if after.endpoint_gone:
            gone(session, one.endpoint_id, now)
        if after.state is DeliveryState.FAILED:
            lost.append(one)
    again.after_lost(session, lost, now)


def _refused(session: Session, endpoint_id: int, reason: str, now: datetime) -> None:
    endpoint = session.scalars(select(Endpoint).where(Endpoint.id == endpoint_id).with_for_update()).one()
    endpoint.refused += 1
    if address_off(endpoint.refused) and endpoint.off_at is None:
        endpoint.off_at, endpoint.off_because = now, reason
    session.flush()


def gone(session: Session, endpoint_id: int, now: datetime) -> None:
    """Empty an endpoint that will never be there again; its place in the ledger stays."""
    emptied = update(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.off_at.is_(None))
    nothing = f"gone-{endpoint_id}"
    values = {"off_at": now, "off_because": GONE, "address": nothing, "address_key": nothing, "keys": None}
    session.execute(emptied.values(values | {"sign_in_id": None}), execution_options=QUIETLY)
