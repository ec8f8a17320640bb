"""What supporters were asked and promised, what was said about it, and what each says happened."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, case, func, select, true
from sqlalchemy.orm import aliased

from webapp.domain.cadence import Cadence, version_or_last
from webapp.domain.commitments import Side, State, Verb, allowed, state_on
from webapp.domain.wall_time import local_day
from webapp.models import (
    ActionStep,
    CadenceVersion,
    CheckIn,
    Commitment,
    CommitmentEvent,
    Invitation,
    Person,
    SupporterLink,
)
from webapp.queries import cadences
from webapp.queries.privacy import may_know
from webapp.queries.steps import WORDS


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was said about a commitment; `verb` is "propose" or one of the domain's verbs."""

    by_id: int
    called: str
    at: datetime
    verb: str
    words: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A commitment as both sides see it on the client's day `today`; nothing else of the plan."""

    id: int
    client_id: int
    client_called: str
    supporter_id: int
    supporter_called: str
    step_id: int
    text: str
    purpose: str | None
    cue: str | None
    how_to: str | None
    on_hold: bool
    state: State
    suggestion: str | None
    changed_at: datetime
    today: date
    versions: tuple[Cadence, ...]
    events: tuple[Event, ...]
    joined: bool
    """Whether the supporter has joined the circle; until then the ask waits for them."""
    known: bool
    """Whether they may know of it: what is about substance use is hidden from them while that is not shared."""

    @property
    def cadence(self) -> Cadence | None:
        """The cadence in force today, or else the last one there is."""
        return version_or_last(self.versions, self.today)

    @property
    def starts_on(self) -> date | None:
        return min((version.valid_from for version in self.versions), default=None)

    @property
    def reply(self) -> Event | None:
        """What the supporter said last, if they said anything."""
        return next((event for event in reversed(self.events) if event.by_id == self.supporter_id), None)

    def may(self, side: str, verb: str) -> bool:
        """Say whether a side may say that now; for the cards, which offer only what is allowed."""
        return Verb(verb) in allowed(self.state, Side(side))


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person said about one step and day, not undone. `reason` and `note` are theirs."""

    check_in_id: int
    step_id: int
    by_id: int
    called: str
    day: date
    slot: str
    outcome: str
    reason: str | None
    note: str | None
    moved_to: date | None
    at: datetime


_CLIENT, _SUPPORTER = aliased(Person, name="client"), aliased(Person, name="supporter")
_STAYS = _CLIENT.leaves_at.is_(None)
"""Whoever is just leaving shares nothing any more, what they asked of others included, unless they take it back."""

_LINK = select(SupporterLink.id).where(
    SupporterLink.client_id == Commitment.client_id,
    SupporterLink.supporter_id == Commitment.supporter_id,
    SupporterLink.ended_at.is_(None),
)
_LINKED, _CONFIRMED = _LINK.exists(), _LINK.where(SupporterLink.confirmed_at.is_not(None)).exists()
# Who has not joined is called as the client wrote it: whether there was an account is not the client's to learn.
_AS_INVITED = (
    select(Invitation.name)
    .where(Invitation.client_id == Commitment.client_id, Invitation.person_id == Commitment.supporter_id)
    .order_by(Invitation.id.desc())
    .limit(1)
    .scalar_subquery()
)

_MAY_KNOW = may_know(Commitment.supporter_id)

_ASKED = (
    select(
        Commitment.id,
        Commitment.client_id,
        _CLIENT.called.label("client_called"),
        _CLIENT.time_zone,
        _CLIENT.day_starts_at,
        Commitment.supporter_id,
        case((_LINKED, _SUPPORTER.called), else_=func.coalesce(_AS_INVITED, _SUPPORTER.called)).label(
            "supporter_called"
        ),
        _LINKED.label("joined"),
        _MAY_KNOW.label("known"),
        Commitment.step_id,
        WORDS.label("text"),
        ActionStep.purpose,
        ActionStep.cue,
        ActionStep.how_to,
        ActionStep.status,
        Commitment.state,
        Commitment.suggestion,
        Commitment.changed_at,
    )
    .join(_CLIENT, _CLIENT.id == Commitment.client_id)
    .join(_SUPPORTER, _SUPPORTER.id == Commitment.supporter_id)
    .join(ActionStep, ActionStep.id == Commitment.step_id)
    .where(Commitment.state != State.ENDED, ActionStep.status.in_(("active", "on_hold")))
    .order_by(ActionStep.position, Commitment.id)
)
_OF_CLIENT = Commitment.client_id == bindparam("client_id")
# A supporter sees what they were asked only while they belong to the circle, confirmed by the client. What is about
# substance use is asked for in `_SIDES`.
_OF_SUPPORTER = (Commitment.supporter_id == bindparam("supporter_id")) & _CONFIRMED


def _cadences(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*cadences.COLUMNS)
        .where(CadenceVersion.step_id.in_(select(Commitment.step_id).where(which, Commitment.state != State.ENDED)))
        .order_by(CadenceVersion.step_id, CadenceVersion.valid_from)
    )


def _events(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            CommitmentEvent.commitment_id,
            CommitmentEvent.by_id,
            Person.called,
            CommitmentEvent.at,
            CommitmentEvent.verb,
            CommitmentEvent.words,
        )
        .join(Person, Person.id == CommitmentEvent.by_id)
        .join(Commitment, Commitment.id == CommitmentEvent.commitment_id)
        .where(which, Commitment.state != State.ENDED)
        .order_by(CommitmentEvent.id)
    )


_SIDES = {
    side: (_ASKED.where(which, also), _cadences(which), _events(which))
    for side, which, also in ((Side.CLIENT, _OF_CLIENT, true()), (Side.SUPPORTER, _OF_SUPPORTER, _MAY_KNOW & _STAYS))
}

_VOICES = (
    select(
        CheckIn.id,
        CheckIn.step_id,
        CheckIn.by_id,
        Person.called,
        CheckIn.day,
        CheckIn.slot,
        CheckIn.outcome,
        CheckIn.reason,
        CheckIn.note,
        CheckIn.moved_to,
        CheckIn.at,
    )
    .join(Person, Person.id == CheckIn.by_id)
    .where(
        CheckIn.client_id == bindparam("client_id"),
        CheckIn.day >= bindparam("since"),
        CheckIn.day < bindparam("until"),
        CheckIn.undone_at.is_(None),
    )
    .order_by(CheckIn.day.desc(), CheckIn.slot, CheckIn.at.desc(), CheckIn.id.desc())
)
_OF_EVERYBODY = _VOICES.where(CheckIn.step_id.in_(bindparam("step_ids", expanding=True)))
_ON_STEPS = _VOICES.where(
    CheckIn.step_id.in_(bindparam("step_ids", expanding=True)),
    CheckIn.by_id.in_((bindparam("supporter_id"), bindparam("client_id"))),
)

_OWN_CHECK_IN = (
    select(CheckIn.id)
    .join(Commitment, Commitment.step_id == CheckIn.step_id)
    .where(
        CheckIn.id == bindparam("check_in_id"),
        CheckIn.by_id == bindparam("by_id"),
        Commitment.id == bindparam("commitment_id"),
    )
)


def of_client(connection: Connection, client_id: int, now: datetime) -> tuple[Asked, ...]:
    """All that was asked of a client's supporters and has not ended. Three queries."""
    return _asked(connection, Side.CLIENT, {"client_id": client_id}, now)


def of_supporter(connection: Connection, supporter_id: int, now: datetime) -> tuple[Asked, ...]:
    """All that a supporter was asked, by anybody whose circle they belong to. Three queries."""
    return _asked(connection, Side.SUPPORTER, {"supporter_id": supporter_id}, now)


def all_voices(
    connection: Connection, client_id: int, step_ids: tuple[int, ...], since: date, until: date
) -> tuple[Voice, ...]:
    """What anybody said about some steps from `since` up to `until` (exclusive), for the client; newest day first."""
    parameters = {"client_id": client_id, "step_ids": list(step_ids), "since": since, "until": until}
    return tuple(Voice(*row) for row in connection.execute(_OF_EVERYBODY, parameters))


def both_voices(
    connection: Connection, client_id: int, supporter_id: int, step_ids: tuple[int, ...], since: date, until: date
) -> tuple[Voice, ...]:
    """What a supporter and the client each said about the supporter's own steps, newest day first.

    The client's reason and note are left out: they are the client's to share.
    """
    parameters = {
        "client_id": client_id,
        "supporter_id": supporter_id,
        "step_ids": list(step_ids),
        "since": since,
        "until": until,
    }
    return tuple(
        Voice(*row) if row.by_id == supporter_id else Voice(*row[:7], None, None, *row[9:])
        for row in connection.execute(_ON_STEPS, parameters)
    )


def own_check_in(connection: Connection, commitment_id: int, check_in_id: int, by_id: int) -> bool:
    """Say whether this is a check-in of theirs on the step of that commitment, undone or not."""
    ids = {"commitment_id": commitment_id, "check_in_id": check_in_id, "by_id": by_id}
    return connection.execute(_OWN_CHECK_IN, ids).first() is not None


def _asked(connection: Connection, side: Side, ids: dict[str, int], now: datetime) -> tuple[Asked, ...]:
    select_asked, select_cadences, select_events = _SIDES[side]
    rows = list(connection.execute(select_asked, {**ids, "now": now}))
    if not rows:
        return ()
    versions: defaultdict[int, list[Cadence]] = defaultdict(list)
    for row in connection.execute(select_cadences, ids):
        versions[row.step_id].append(cadences.from_row(row))
    events: defaultdict[int, list[Event]] = defaultdict(list)
    for row in connection.execute(select_events, ids):
        events[row.commitment_id].append(Event(*row[1:]))
    return tuple(_one(row, tuple(versions[row.step_id]), tuple(events[row.id]), now) for row in rows)


def _one(row: Row[*tuple[Any, ...]], versions: tuple[Cadence, ...], events: tuple[Event, ...], now: datetime) -> Asked:
    today = local_day(now, row.time_zone, row.day_starts_at)
    starts_on = min((version.valid_from for version in versions), default=None)
    return Asked(
        id=row.id,
        client_id=row.client_id,
        client_called=row.client_called,
        supporter_id=row.supporter_id,
        supporter_called=row.supporter_called,
        step_id=row.step_id,
        text=row.text,
        purpose=row.purpose,
        cue=row.cue,
        how_to=row.how_to,
        on_hold=row.status == "on_hold",
        state=state_on(State(row.state), starts_on, today),
        suggestion=row.suggestion,
        changed_at=row.changed_at,
        today=today,
        versions=versions,
        events=events,
        joined=row.joined,
        known=row.known,
    )
