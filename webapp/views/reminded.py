"""A reminder that came due: say done, later or not today to exactly that step, here or from the notification."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.check_ins import LONGEST_REASON, Reason
from webapp.domain.commitments import NotNow
from webapp.domain.scores import Outcome
from webapp.domain.snoozes import LEAST, MOST, until_evening
from webapp.queries import access
from webapp.queries import reminded as queries
from webapp.queries.reminded import Reminded
from webapp.services import answers, check_ins
from webapp.services.check_ins import NotRecorded
from webapp.views import edge, ops, seen_by_supporters
from webapp.views.forms import stripped
from webapp.views.reminded_words import (
    THIS_EVENING,
    can_wait,
    later_words,
    mine,
    refusal,
    saved,
    shown,
)
from webapp.views.translate import _

blueprint = Blueprint("reminded", __name__, url_prefix="/reminded")

OUTCOMES = {"done": Outcome.DONE, "not_today": Outcome.NOT_TODAY}
LATER, UNDO = "later", "undo"
USUAL = timedelta(hours=1)
"""How long "later" is when it is said to the notification, where there is nothing to choose."""


@blueprint.get("/<int:occurrence_id>")
def page(occurrence_id: int) -> ResponseReturnValue:
    return _page(edge.record())


@blueprint.post("/<int:occurrence_id>")
def answer(occurrence_id: int) -> ResponseReturnValue:
    """Take an answer from a form, from htmx, or from the service worker; the same `op_id` again is the same answer."""
    to: Reminded = edge.record()
    wanted = request.form.get("answer", "")
    try:
        if wanted == UNDO:
            return _take_back(to)
        if ops.named("op_id") is None:
            return _again(to, "answer", _("That didn't arrive whole. Please tap once more."))
        if wanted == LATER:
            return _later(to)
        if wanted in OUTCOMES:
            return _say(to, OUTCOMES[wanted])
    except NotRecorded as refused:
        return _again(to, "answer", refusal(refused.code, to), 410 if refused.code == "ended" else 422)
    except NotNow:
        return _again(to, "answer", _("This promise has ended meanwhile. There is nothing to say any more."), 409)
    return _again(to, "answer", _("Choose done, later, or not today."))


def _say(to: Reminded, outcome: Outcome) -> ResponseReturnValue:
    reason = stripped(request.form.get("other")) or stripped(request.form.get("reason"))
    if len(reason) > LONGEST_REASON:
        return _again(to, "other", _("That is longer than 200 letters. A few words will do."))
    reason = reason if outcome is Outcome.NOT_TODAY and to.commitment_id is None else ""
    before = mine(to)
    if reason and before is not None and before.outcome is Outcome.NOT_TODAY:
        with edge.writing() as session:
            heard = check_ins.add_reason(session, edge.actor(), before.id, reason, ops.tap(), clock.now())
        newer = heard.superseded
        return _told(to, ops.newer_words(to.day) if newer else _("Saved. Thank you for telling."), superseded=newer)
    with edge.writing() as session:
        stored = answers.check_in(session, edge.actor(), to, outcome, ops.tap(), clock.now(), reason or None)
    newer = stored.superseded
    return _told(to, ops.newer_words(to.day) if newer else saved(to, outcome), superseded=newer)


def _later(to: Reminded) -> ResponseReturnValue:
    wait = _wait(request.form.get("minutes", ""), clock.now())
    if wait is None:
        return _again(to, "minutes", _("Choose how much later, from 5 minutes to 12 hours."))
    if not can_wait(to):
        return _again(to, "answer", _("There is nothing to put off any more. See how it stands."), 409)
    with edge.writing() as session:
        comes = answers.later(session, edge.actor(), to, wait, ops.tap(), clock.now())
    return _told(to, later_words(comes, to), shown_nowhere=comes.at is None)


def _wait(text: str, now: datetime) -> timedelta | None:
    """Read how long to wait: minutes, "evening", or the usual where nothing was chosen."""
    if not text:
        return USUAL
    if text == THIS_EVENING:
        return until_evening(now, edge.actor().zone)
    minutes = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    wait = timedelta(minutes=minutes)
    return wait if LEAST <= wait <= MOST else None


def _take_back(to: Reminded) -> ResponseReturnValue:
    """Take back exactly what the button was about: sent twice, it takes back no second record."""
    wanted = request.form.get("check_in")
    if not wanted:
        return _again(to, "answer", _("That didn't arrive whole. Please tap once more."))
    said = next((one for one in to.said if one.voice == edge.actor().id and str(one.id) == wanted), None)
    done = True
    if said is not None:
        with edge.writing() as session:
            done = answers.take_back(session, edge.actor(), to, said.id, ops.tapped())
    return _told(to, _("Taken back.") if done else ops.newer_words(to.day), superseded=not done)


def _context(to: Reminded, **more: Any) -> dict[str, Any]:
    """Gather what is shown, which is a look where the step is a client's whom one supports."""
    seen_by_supporters.remember([to.client_id], "reminded")
    return {
        "to": to,
        "shown": shown(to),
        "own": to.commitment_id is None,
        "reasons": tuple(Reason),
        "today": edge.today(),
        "problems": {},
        "typed": request.form,
        "told": None,
        "tell": None,
    } | more


def _page(to: Reminded, **more: Any) -> str:
    context, whose = _context(to, **more), to.client_id
    if not context["own"]:
        context["client"] = access.seen_by(edge.reading(), whose, edge.actor().id, "supporter", clock.now())
    return render_template("reminded/page.html", **context)


def _told(before: Reminded, said: str, shown_nowhere: bool = False, superseded: bool = False) -> ResponseReturnValue:
    """Answer what was taken: a sentence for the service worker, the changed part for htmx, else 303 to the page.

    `shown_nowhere`: the page does not show it by itself, so that the sentence has to.
    """
    if edge.wants_json():
        return ops.taken(said, superseded)
    if not edge.from_htmx():
        if shown_nowhere:
            flash(said)
        return edge.see_other(url_for("reminded.page", occurrence_id=before.id))
    to = queries.own(edge.reading(), edge.actor(), {"occurrence_id": before.id}, clock.now())
    return render_template("reminded/_answer.html", **_context(to, told=said, tell=shown_nowhere)) if to else abort(404)


def _again(to: Reminded, name: str, sentence: str, status: int = 422) -> ResponseReturnValue:
    """Say what could not be taken as it is; whatever was typed is still there."""
    if edge.wants_json():
        return ops.refused(sentence, status, {name: sentence})
    problems = {name: sentence}
    if edge.from_htmx():
        return render_template("reminded/_answer.html", **_context(to, problems=problems)), status
    return _page(to, problems=problems), status
