"""*My promises*: per client, what a supporter was asked, what both say happened, and what is shared with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from webapp.domain.check_ins import DATED, CheckIn, marks
from webapp.domain.commitments import State
from webapp.domain.occurrences import Occurrence, occurrences
from webapp.domain.pauses import Pause
from webapp.domain.scores import Outcome
from webapp.domain.standing import Standing, standing
from webapp.domain.wall_time import local_day
from webapp.queries import cadences, commitments, shared
from webapp.queries.access import ClientAccess
from webapp.queries.commitments import Asked, Voice
from webapp.queries.shared import Shared

RECORD = timedelta(days=60)
SHOWN = timedelta(days=14)
OPEN_FOR = timedelta(days=7)
"""A day that was promised waits this long to be told of; then it is simply no record."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What the supporter said about a day, and what the client said about the same one, if anything."""

    mine: Voice
    client: Voice | None


@dataclass(frozen=True, slots=True)
class Card:
    """One promise. `ask` is the day (and time) it would be told of now; None when there is nothing to tell."""

    asked: Asked
    stands: Standing
    ask: Occurrence | None
    said: tuple[Said, ...]
    today: date

    @property
    def dated(self) -> bool:
        return self.asked.cadence is not None and self.asked.cadence.kind in DATED


@dataclass(frozen=True, slots=True)
class Circle:
    """One client whose circle the supporter belongs to."""

    client: ClientAccess
    cards: tuple[Card, ...]
    shared: Shared


def circles(
    connection: Connection, supporter_id: int, found: Sequence[ClientAccess], today: date, now: datetime
) -> tuple[Circle, ...]:
    """Gather the page for the clients `found` (see access.supported_clients); `today` is the supporter's."""
    asked = commitments.of_supporter(connection, supporter_id, now)
    return tuple(
        Circle(
            client=client,
            cards=_cards(
                connection, client, supporter_id, [a for a in asked if a.client_id == client.client_id], today
            ),
            shared=shared.shared(connection, client, now),
        )
        for client in found
    )


def circle(connection: Connection, supporter_id: int, client: ClientAccess, now: datetime) -> Circle:
    """What one supporter sees of one client, on the client's own day."""
    today = local_day(now, client.time_zone, client.day_starts_at)
    return circles(connection, supporter_id, [client], today, now)[0]


def card(
    connection: Connection, supporter_id: int, client: ClientAccess, commitment_id: int, today: date, now: datetime
) -> Card | None:
    """One promise of a supporter, or None when it has ended."""
    asked = [one for one in commitments.of_supporter(connection, supporter_id, now) if one.id == commitment_id]
    return next(iter(_cards(connection, client, supporter_id, asked, today)), None)


def _cards(
    connection: Connection, client: ClientAccess, supporter_id: int, asked: list[Asked], today: date
) -> tuple[Card, ...]:
    if not asked:
        return ()
    steps = tuple(one.step_id for one in asked)
    first = today - RECORD
    said = commitments.both_voices(connection, client.client_id, supporter_id, steps, first, today + RECORD)
    pauses = cadences.pauses(connection, client.client_id)
    return tuple(
        _card(one, client, [v for v in said if v.step_id == one.step_id], pauses.of(one.step_id), today)
        for one in asked
    )


def _card(asked: Asked, client: ClientAccess, voices: list[Voice], pauses: Sequence[Pause], today: date) -> Card:
    # The client's day may be ahead of the supporter's: nobody is asked about a day that has not come for them.
    today = min(today, asked.today)
    told = [_check_in(voice) for voice in voices]
    stands = standing(asked.versions, pauses, marks(told, asked.versions), today, client.week_starts_on)
    mine = [voice for voice in voices if voice.by_id == asked.supporter_id]
    theirs = {(v.day, v.slot): v for v in reversed(voices) if v.by_id == asked.client_id}
    return Card(
        asked=asked,
        stands=stands,
        ask=None if asked.state is not State.ACTIVE or asked.on_hold else _ask(asked, client, mine, pauses, today),
        said=tuple(Said(v, theirs.get((v.day, v.slot))) for v in mine if v.day >= today - SHOWN),
        today=today,
    )


def _ask(
    asked: Asked, client: ClientAccess, mine: list[Voice], pauses: Sequence[Pause], today: date
) -> Occurrence | None:
    cadence = asked.cadence
    if cadence is None or cadence.kind not in DATED or (cadence.kind == "once" and cadence.due is None):
        return None if any(voice.day == today for voice in mine) else Occurrence(today)
    told = {(voice.day, voice.slot) for voice in mine}
    days = occurrences(asked.versions, today - OPEN_FOR + DAY, today + DAY, pauses, client.week_starts_on)
    open_now = [one for one in days if (one.day, one.slot) not in told]
    # Today's in their order; or else the latest day before.
    return next((one for one in open_now if one.day == today), open_now[-1] if open_now else None)


def _check_in(voice: Voice) -> CheckIn:
    return CheckIn(
        voice.check_in_id, voice.by_id, voice.day, Outcome(voice.outcome), voice.at, voice.slot, voice.reason,
        voice.note, voice.moved_to,
    )  # fmt: skip
