"""What supporters promised, from the client's side: answer a change, say what happened too, ask again, end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.check_ins import Entry
from webapp.domain.commitments import NotNow, Side, State, Verb, allowed
from webapp.domain.scores import Outcome
from webapp.queries import commitments as queries
from webapp.queries.access import CommitmentRef
from webapp.queries.commitments import Asked, Event, Voice
from webapp.services import commitments as services
from webapp.services.check_ins import NotRecorded
from webapp.views import edge, ops
from webapp.views.clock_times import SLOT
from webapp.views.translate import _

if TYPE_CHECKING:
    from sqlalchemy import Connection

blueprint = Blueprint("commitments", __name__, url_prefix="/commitments")

ANSWERS = frozenset(verb for state in State for verb in allowed(state, Side.CLIENT))
SHOWN = timedelta(days=14)
DAY = timedelta(days=1)
MOST = 4


@dataclass(frozen=True, slots=True)
class Said:
    """What the supporter said about a day, and what the client said about the same one, if anything."""

    theirs: Voice
    mine: Voice | None


@dataclass(frozen=True, slots=True)
class Card:
    """One commitment as its client sees it, with what was said lately."""

    asked: Asked
    said: tuple[Said, ...]


@blueprint.post("/<int:commitment_id>/answers")
def answer_change(commitment_id: int) -> ResponseReturnValue:
    """Agree to a suggested change, keep it as it was, ask again, or end it."""
    verb = request.form.get("verb", "")
    if verb not in ANSWERS:
        abort(400)
    try:
        with edge.writing() as session:
            services.answer(session, commitment_id, edge.actor().id, Verb(verb), clock.now())
    except NotNow:
        return _shown(commitment_id)  # answered meanwhile: show how it stands
    return _shown(commitment_id)


@blueprint.post("/<int:commitment_id>/check-ins")
def confirm(commitment_id: int) -> ResponseReturnValue:
    """Say, beside the supporter, what came of a day."""
    op_id, slot = ops.named("op_id"), request.form.get("slot", "")
    outcome = {"happened": Outcome.DONE, "did_not": Outcome.NOT_TODAY}.get(request.form.get("outcome", ""))
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        day = None
    if op_id is None or outcome is None or day is None or not SLOT.fullmatch(slot):
        abort(400)
    entry = Entry(op_id=op_id, day=day, outcome=outcome, slot=slot, at=ops.tapped())
    superseded = False
    try:
        with edge.writing() as session:
            superseded = services.confirm(session, edge.actor(), commitment_id, entry, clock.now()).superseded
    except (NotNow, NotRecorded):
        # Only days that are shown are offered, so somebody came first.
        if edge.wants_json():
            return ops.refused(_("This has ended meanwhile. There is nothing to say any more."), 410)
        if not edge.from_htmx():
            abort(410)
        return str(_shown(commitment_id)), 410
    if edge.wants_json():
        return ops.taken(ops.newer_words(day) if superseded else _("Saved."), superseded)
    return _shown(commitment_id)


def cards(connection: "Connection", client_id: int) -> tuple[Card, ...]:
    """Gather a client's commitments with what was said in the last two weeks. Four queries at most."""
    asked = queries.of_client(connection, client_id, clock.now())
    today = edge.today()
    steps = tuple({one.step_id for one in asked})
    voices = queries.all_voices(connection, client_id, steps, today - SHOWN, today + SHOWN) if steps else ()
    return tuple(_card(one, voices) for one in asked)


def told_words(event: Event, reader_id: int) -> str:
    """Say in a sentence what was said about a promise, as its reader would hear it."""
    if event.by_id == reader_id:
        return {
            "propose": _("You asked"),
            "accept": _("You said yes"),
            "suggest": _("You suggested a change"),
            "decline": _("You said you can't"),
            "agree": _("You agreed to the change"),
            "keep": _("You would keep it as it was"),
            "ask_again": _("You asked again"),
            "end": _("You ended it"),
        }.get(event.verb, "")
    return {
        "propose": _("%(name)s asked", name=event.called),
        "accept": _("%(name)s said yes", name=event.called),
        "suggest": _("%(name)s suggested a change", name=event.called),
        "decline": _("%(name)s can't", name=event.called),
        "agree": _("%(name)s agreed to the change", name=event.called),
        "keep": _("%(name)s would keep it as it was", name=event.called),
        "ask_again": _("%(name)s asked again", name=event.called),
        "end": _("%(name)s ended it", name=event.called),
    }.get(event.verb, "")


def _card(asked: Asked, voices: Sequence[Voice]) -> Card:
    mine: defaultdict[tuple[date, str], list[Voice]] = defaultdict(list)
    for voice in voices:
        if voice.step_id == asked.step_id and voice.by_id == asked.client_id:
            mine[voice.day, voice.slot].append(voice)
    theirs = [v for v in voices if v.step_id == asked.step_id and v.by_id == asked.supporter_id][:MOST]
    return Card(asked, tuple(Said(v, next(iter(mine[v.day, v.slot]), None)) for v in theirs))


def _shown(commitment_id: int) -> ResponseReturnValue:
    if not edge.from_htmx():
        ref: CommitmentRef = edge.record()
        return edge.see_other(url_for("people.page", open=ref.supporter_id, _anchor=f"commitment-{commitment_id}"))
    found = next((card for card in cards(edge.reading(), edge.actor().id) if card.asked.id == commitment_id), None)
    if found is None:
        return render_template("commitments/_ended.html", commitment_id=commitment_id)
    return render_template("commitments/_commitment.html", card=found, **tools())


def tools() -> dict[str, object]:
    """What the cards need besides their data."""
    return {"told_words": told_words, "today": edge.today()}
