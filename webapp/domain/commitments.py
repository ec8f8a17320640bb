"""A supporter's promise on a step: who may say what in which state, and what becomes of it.

Saying yes makes a promise accepted; it is active from the first day of its step. That is usually the same
moment, so `answer` goes on to active at once unless the step begins later. Nobody has to do anything for
accepted to become active: `state_on` works it out when it is read.

Declining is a full answer: only the client, by their own hand, asks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    CHANGE_SUGGESTED = "change_suggested"
    DECLINED = "declined"
    ACTIVE = "active"
    ENDED = "ended"


class Side(StrEnum):
    """Who speaks: the person in recovery, or the one who promised."""

    CLIENT = "client"
    SUPPORTER = "supporter"


class Verb(StrEnum):
    ACCEPT = "accept"
    SUGGEST = "suggest"
    DECLINE = "decline"
    AGREE = "agree"
    KEEP = "keep"
    ASK_AGAIN = "ask_again"
    END = "end"


Moves = Mapping[Verb, State]

_SUPPORTER_ANSWERS: Moves = {
    Verb.ACCEPT: State.ACCEPTED,
    Verb.SUGGEST: State.CHANGE_SUGGESTED,
    Verb.DECLINE: State.DECLINED,
}
_END: Moves = {Verb.END: State.ENDED}

TABLE: Mapping[tuple[State, Side], Moves] = {
    (State.PROPOSED, Side.SUPPORTER): _SUPPORTER_ANSWERS,
    (State.PROPOSED, Side.CLIENT): _END,
    # Until the client answers, the supporter may say it in other words, take it back or step away.
    (State.CHANGE_SUGGESTED, Side.SUPPORTER): _SUPPORTER_ANSWERS,
    (State.CHANGE_SUGGESTED, Side.CLIENT): {Verb.AGREE: State.ACCEPTED, Verb.KEEP: State.PROPOSED, **_END},
    # "I can, after all" stays open to the supporter; being asked again takes the client.
    (State.DECLINED, Side.SUPPORTER): {Verb.ACCEPT: State.ACCEPTED, Verb.SUGGEST: State.CHANGE_SUGGESTED},
    (State.DECLINED, Side.CLIENT): {Verb.ASK_AGAIN: State.PROPOSED, **_END},
    (State.ACCEPTED, Side.SUPPORTER): _END,
    (State.ACCEPTED, Side.CLIENT): _END,
    (State.ACTIVE, Side.SUPPORTER): _END,
    (State.ACTIVE, Side.CLIENT): _END,
}
"""What each side may say in each state, and where it leads. What is not here is not allowed."""

IN_FORCE = (State.ACCEPTED, State.ACTIVE)
"""States in which the supporter has promised; the step's own dates say when anything is asked."""


class NotNow(Exception):
    """This side cannot say that in this state (any more)."""


class WordsNeeded(Exception):
    """A suggestion without words suggests nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said about a promise, at an aware instant."""

    side: Side
    verb: Verb
    at: datetime
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """Where a promise stands. `suggestion` is the change asked for and, once agreed, what holds."""

    state: State = State.PROPOSED
    suggestion: str | None = None
    history: tuple[Said, ...] = ()


def allowed(state: State, side: Side) -> frozenset[Verb]:
    """List what a side may say in a state."""
    return frozenset(TABLE.get((state, side), {}))


def state_on(state: State, starts_on: date | None, today: date) -> State:
    """Return the state as it stands on the client's `today`: an accepted promise is active once its step began."""
    begun = starts_on is None or starts_on <= today
    return State.ACTIVE if state is State.ACCEPTED and begun else state


def answer(
    promise: Promise,
    side: Side,
    verb: Verb,
    at: datetime,
    words: str | None = None,
    starts_on: date | None = None,
    today: date = date.max,
) -> Promise:
    """Say something about a promise and return what becomes of it.

    `starts_on` is the first day of the step and `today` the client's; without them the step has begun.
    Raises NotNow when the table does not allow it, WordsNeeded for a suggestion without words.
    """
    words = (words or "").strip() or None
    told = TABLE.get((promise.state, side), {}).get(verb)
    if told is None:
        raise NotNow(f"{side} cannot {verb} while {promise.state}")
    if verb is Verb.SUGGEST and words is None:
        raise WordsNeeded
    suggestion = promise.suggestion if verb in (Verb.AGREE, Verb.END) else words if verb is Verb.SUGGEST else None
    return replace(
        promise,
        state=state_on(told, starts_on, today),
        suggestion=suggestion,
        history=(*promise.history, Said(side, verb, at, words)),
    )
