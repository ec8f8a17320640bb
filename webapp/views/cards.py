"""A card of Today: its words are made here, so that the template only lays them out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import url_for

from webapp.domain.cadence import Bound, Kind
from webapp.domain.check_ins import CheckIn, Reason, counted
from webapp.domain.scores import Outcome
from webapp.queries.today import Card
from webapp.views import edge
from webapp.views.pages import new_op_id
from webapp.views.phrases import outcome_words, reason_words, standing_words
from webapp.views.translate import _


@dataclass(frozen=True, slots=True)
class Said:
    """One line of what was said today; `undo` is the address to take it back, for one's own."""

    check_in: CheckIn
    words: str
    own: bool


@dataclass(frozen=True, slots=True)
class CardView:
    """What the template of one card needs. `typed` and `problems` after something could not be saved."""

    id: str
    step_id: int
    slot: str
    title: str
    where: str
    state: str
    action: str | None
    kept: int | None
    asked: int | None
    owner: str | None
    said: tuple[Said, ...]
    own: CheckIn | None
    open: bool
    card: Card
    day: date
    outcome: str = "done"
    next: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """The hidden inputs of the tick: a page kept since yesterday ticks yesterday. Script makes an id per tap."""
        return {"op_id": new_op_id(), "slot": self.slot, "day": self.day.isoformat()}

    @property
    def item(self) -> str:
        """What the outbox keeps the order of."""
        return item_of(self.step_id)


REASONS = tuple(Reason)


def item_of(step_id: int) -> str:
    return f"step-{step_id}"


def card_id(step_id: int, slot: str) -> str:
    return f"step-{step_id}-{slot.replace(':', '')}" if slot else f"step-{step_id}"


def view(card: Card, me: int, small: bool = False) -> CardView:
    """Put one card into words for its client `me`; `small` shows the smallest version in its place."""
    place, step = card.place, card.step
    own = next((one for one in reversed(place.said) if one.voice == me), None)
    state = "open" if place.open else str(_best(card))
    smallest = step.smallest if small and place.open else None
    kept, asked = _dots(card)
    return CardView(
        id=card_id(step.id, place.slot),
        step_id=step.id,
        slot=place.slot,
        title=smallest or step.words,
        where=step.words if smallest else _where(card),
        state=state,
        action=_action(step.id, own, state),
        kept=kept,
        asked=asked,
        owner=_("your supporter") if step.owner == "" else step.owner,
        said=tuple(Said(one, _words(one, step.owner, one.voice == me), one.voice == me) for one in place.said),
        own=own,
        open=place.open,
        card=card,
        day=edge.today(),
        outcome="some" if smallest else "done",
    )


def _best(card: Card) -> Outcome:
    stands = counted(card.place.said, card.step.versions)
    return stands[-1].outcome if stands else Outcome.DONE


def _action(step_id: int, own: CheckIn | None, state: str) -> str | None:
    """A kept card's tick takes the own word back; where only somebody else spoke there is nothing to take back."""
    if state == "open":
        return url_for("check_ins.add", step_id=step_id)
    return url_for("check_ins.undo", check_in_id=own.id) if own else None


def _dots(card: Card) -> tuple[int | None, int | None]:
    c = card.cadence
    if c is None or c.kind is not Kind.TARGET or c.bound is Bound.AT_MOST:
        return None, None
    return card.place.standing.done_in_period, card.place.standing.asked_in_period


def _where(card: Card) -> str:
    place = card.place
    if place.moved_here:
        return _("moved to today")
    if card.cadence is not None and card.cadence.kind is Kind.FIXED and place.slot:
        return _("today, at %(times)s", times=place.slot)
    if card.cadence is not None and card.cadence.kind is Kind.FIXED and place.answered:
        return _("today")
    return standing_words(place.standing, card.cadence)


def _words(one: CheckIn, owner: str | None, own: bool) -> str:
    if own:
        said = outcome_words(one.outcome)
        return f"{said} ({reason_words(one.reason)})" if one.reason else said
    who = owner or _("your supporter")
    if one.moved_to:
        return _("%(who)s: it moved to another day", who=who)
    if one.counts:
        return _("%(who)s: it happened", who=who)
    return _("%(who)s: it didn't happen", who=who)
