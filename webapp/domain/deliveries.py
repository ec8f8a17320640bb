"""Deliveries: the last look before sending, and what follows when a send goes wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.domain.quiet_hours import QuietHours

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30))
REFUSALS = 3


class Channel(StrEnum):
    """How a person is reached."""

    EMAIL = "email"
    PUSH = "push"
    NTFY = "ntfy"


REPLACES = frozenset({Channel.PUSH})
"""Channels on which a message said twice takes its own place, so that one in doubt may be sent again."""


class DeliveryKind(StrEnum):
    """Why a delivery was made."""

    FIRST = "first"
    FOLLOW_UP = "follow_up"
    LATER = "later"
    FALLBACK = "fallback"
    NOTICE = "notice"


class MailUse(StrEnum):
    """When a reminder also comes by mail, for somebody who has another channel that is on.

    unreached: when no other channel took it · unanswered: when it was not answered there in time.
    Without another channel, mail is used at once in all cases but never.
    """

    ALWAYS = "always"
    UNREACHED = "unreached"
    UNANSWERED = "unanswered"
    NEVER = "never"


class DeliveryState(StrEnum):
    """Where one delivery stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


class Verdict(StrEnum):
    """What to do with a delivery at the moment of sending."""

    SEND = "send"
    CANCELLED_DONE = "cancelled_done"
    CANCELLED_QUOTA = "cancelled_quota"
    SUPPRESSED_PAUSED = "suppressed_paused"
    ENDED = "ended"
    REVOKED = "revoked"
    ADDRESS_OFF = "address_off"
    EXPIRED = "expired"
    DEFERRED_QUIET = "deferred_quiet"
    REKEYED = "rekeyed"
    ANSWERED = "answered"

    @property
    def state(self) -> DeliveryState:
        """The state the delivery takes."""
        return _STATES.get(self, DeliveryState.CANCELLED)


_STATES = {
    Verdict.SEND: DeliveryState.SENDING,
    Verdict.ADDRESS_OFF: DeliveryState.FAILED,
    Verdict.SUPPRESSED_PAUSED: DeliveryState.SUPPRESSED,
    Verdict.DEFERRED_QUIET: DeliveryState.PENDING,
}


@dataclass(frozen=True, slots=True)
class SendFacts:
    """What is true at the moment of sending; instants are aware UTC.

    `zone` is the zone the delivery was keyed in, `zone_now` the one that holds now. `done`: answered for
    its day, be it with "not today". `quota_met`: the period's target is reached. `paused` covers a bad day
    too. `endpoint_on` and `granted`: the address still stands and its owner may still see the step.
    `even_when_quiet`: the person said yes to this time inside their quiet hours. `answered`: its owner said
    something to this very reminder. `begun`: it was handed over already, here or at another endpoint.
    """

    now: datetime
    expires_at: datetime
    zone: str
    zone_now: str
    kind: str = DeliveryKind.FIRST
    done: bool = False
    quota_met: bool = False
    paused: bool = False
    ended: bool = False
    endpoint_on: bool = True
    granted: bool = True
    answered: bool = False
    begun: bool = False
    quiet: QuietHours | None = None
    even_when_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and for a deferred delivery the instant (UTC) to try again."""

    verdict: Verdict
    until: datetime | None = None


def verdict(facts: SendFacts) -> Answer:
    """Decide whether a delivery still has something to say; in doubt it stays silent.

    What is about the person's rights and wishes comes before what is about time, and a changed zone
    before expiry, because a re-keyed reminder gets a new one; what was handed over somewhere is not re-keyed.
    An answer silences all but what it asked for. An endpoint that went off comes last: only of what would have
    been said there can something stand in. Quiet hours that last until the reminder has expired let it go.
    """
    unasked = facts.kind not in (DeliveryKind.LATER, DeliveryKind.NOTICE)
    silent = (
        (not facts.granted, Verdict.REVOKED),
        (facts.ended, Verdict.ENDED),
        (facts.done, Verdict.CANCELLED_DONE),
        (facts.quota_met, Verdict.CANCELLED_QUOTA),
        (facts.answered and unasked, Verdict.ANSWERED),
        (facts.paused, Verdict.SUPPRESSED_PAUSED),
        (facts.zone != facts.zone_now and not facts.begun, Verdict.REKEYED),
        (facts.now >= facts.expires_at, Verdict.EXPIRED),
        (not facts.endpoint_on, Verdict.ADDRESS_OFF),
    )
    for holds, said in silent:
        if holds:
            return Answer(said)
    if facts.quiet is None or facts.even_when_quiet:
        return Answer(Verdict.SEND)
    until = facts.quiet.release(facts.now, facts.zone_now)
    if until >= facts.expires_at:
        return Answer(Verdict.EXPIRED)
    return Answer(Verdict.DEFERRED_QUIET, until) if until > facts.now else Answer(Verdict.SEND)


class ErrorClass(StrEnum):
    """How a send went wrong, whatever the channel calls it.

    temporary: SMTP 4xx, push 429 or 5xx, or no connection · refused: SMTP 5xx, or push refusing the message
    itself (413) · not_found: push 404 · gone: push 410 · in_doubt: a time-out after the message was handed
    over.
    """

    TEMPORARY = "temporary"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    GONE = "gone"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Retry:
    """The state a delivery takes after an error, how long to wait if it is tried again, and whether the
    endpoint is gone for good."""

    state: DeliveryState
    wait: timedelta | None = None
    endpoint_gone: bool = False


def retry_after(
    channel: Channel,
    attempt: int,
    error: ErrorClass,
    *,
    asked_wait: timedelta | None = None,
    left: timedelta | None = None,
) -> Retry:
    """Say what follows after try number `attempt` (from 1) went wrong.

    Waits are 1, 5 and 30 minutes, or what the server asked for (`asked_wait`, its Retry-After); a wait
    that does not fit into `left`, the time until expiry, ends the trying. What is in doubt is sent again only on
    push, where a repeat takes the place of the first.
    """
    if error is ErrorClass.IN_DOUBT and channel not in REPLACES:
        return Retry(DeliveryState.UNKNOWN)
    if error is ErrorClass.REFUSED:
        return Retry(DeliveryState.FAILED)
    if error is ErrorClass.GONE or (error is ErrorClass.NOT_FOUND and attempt > 1):
        return Retry(DeliveryState.FAILED, endpoint_gone=True)
    if attempt > len(WAITS):
        return Retry(DeliveryState.FAILED)
    wait = max(asked_wait or WAITS[attempt - 1], timedelta(0))
    if left is not None and wait >= left:
        return Retry(DeliveryState.FAILED)
    return Retry(DeliveryState.PENDING, wait)


@dataclass(frozen=True, slots=True)
class Way:
    """One endpoint of a person's; `on`: it may be used."""

    id: int
    channel: str
    on: bool = True


def first_ways(ways: Iterable[Way], mail_use: str) -> list[Way]:
    """Return the endpoints at which a reminder is said first.

    Mail is among them where the person wants it always, or where nothing else is on. A mail address that is
    off stays in, so that the ledger can tell why nobody was reached.
    """
    ways = tuple(ways)
    others = [way for way in ways if way.channel != Channel.EMAIL and way.on]
    mails = [way for way in ways if way.channel == Channel.EMAIL]
    if mail_use == MailUse.ALWAYS:
        return [*others, *mails]
    return others or ([] if mail_use == MailUse.NEVER else mails)


def fallback_ways(ways: Iterable[Way], mail_use: str) -> list[Way]:
    """Return the mail addresses that stand in for a phone that was not reached, or was not answered on."""
    stands_in = mail_use in (MailUse.UNREACHED, MailUse.UNANSWERED)
    return [way for way in ways if stands_in and way.channel == Channel.EMAIL and way.on]


def address_off(refused_in_a_row: int) -> bool:
    """Tell whether an address is turned off, and its owner told: after three refusals in a row."""
    return refused_in_a_row >= REFUSALS


def lease_expired(channel: Channel, state: DeliveryState = DeliveryState.SENDING) -> DeliveryState:
    """Return the state of a delivery whose lease ran out: claimed goes back, sending depends.

    A push may be repeated; what may have left on another channel is unknown and never sent again by itself.
    """
    repeatable = channel in REPLACES or state is DeliveryState.CLAIMED
    return DeliveryState.PENDING if repeatable else DeliveryState.UNKNOWN
