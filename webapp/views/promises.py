"""My promises: what a supporter was asked, their answer, and what came of it. Nothing else unless granted."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, Form, StringField, TextAreaField
from wtforms.validators import Length
from wtforms.validators import Optional as May

from webapp import clock
from webapp.domain.check_ins import AHEAD, BACK, LONGEST_NOTE, Entry
from webapp.domain.commitments import NotNow, Side, State, Verb, WordsNeeded, allowed
from webapp.domain.people import Role
from webapp.domain.scores import Outcome
from webapp.domain.sharing import Scope
from webapp.queries import access, commitments, promises
from webapp.queries.access import ClientAccess, CommitmentRef
from webapp.queries.commitments import Asked
from webapp.queries.promises import Circle
from webapp.services import check_ins
from webapp.services import commitments as services
from webapp.services.check_ins import NotRecorded
from webapp.views import edge, ops, seen_by_supporters
from webapp.views.clock_times import SLOT
from webapp.views.commitments import told_words
from webapp.views.forms import stripped
from webapp.views.phrases import date_words, day_words
from webapp.views.translate import _

blueprint = Blueprint("promises", __name__, url_prefix="/promises")

LONGEST_WORDS = 1000
HAPPENED, MOVED, DID_NOT = "happened", "moved", "did_not"
ANSWERS = frozenset(verb for state in State for verb in allowed(state, Side.SUPPORTER))
SHOWS = (Scope.STEPS, Scope.PLAN)
"""What this page shows a supporter beyond their promises, where it is granted."""

Typed = dict[str, Any]
"""A form that needs another look: whose (`id`), which one (`form`), what was typed, and `problems` by field."""


class ConfirmForm(Form):
    """What came of a promise on a day."""

    outcome = StringField()
    day = DateField(validators=[May()])
    slot = StringField()
    moved_to = DateField(validators=[May()])
    note = TextAreaField(filters=[stripped], validators=[Length(max=LONGEST_NOTE)])

    def problems(self) -> dict[str, str]:
        """Say in a sentence what each field needs; empty when all is well."""
        self.validate()
        found = {}
        if self.day.errors or self.day.data is None:
            found["day"] = _("Choose a day.")
        if self.outcome.data == MOVED and (self.moved_to.errors or self.moved_to.data is None):
            found["moved_to"] = _("Choose the day it moved to.")
        elif self.outcome.data == MOVED and self.moved_to.data == self.day.data:
            found["moved_to"] = _("That is the day it was planned for. Choose another one.")
        if self.note.errors:
            found["note"] = _("That is longer than 2,000 letters. Keep what matters most.")
        return found

    def entry(self, op_id: str) -> Entry:
        moved = self.outcome.data == MOVED
        return Entry(
            op_id=op_id,
            day=self.day.data or date.min,
            outcome=Outcome.DONE if self.outcome.data == HAPPENED else Outcome.NOT_TODAY,
            slot=self.slot.data or "",
            note=self.note.data or None,
            moved_to=self.moved_to.data if moved else None,
            at=ops.tapped(),
        )


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page(None)


@blueprint.post("/<int:commitment_id>/answers")
def answer(commitment_id: int) -> ResponseReturnValue:
    """Say yes, suggest a change, say no, or end it. What was answered elsewhere meanwhile is simply shown."""
    verb, words = request.form.get("verb", ""), request.form.get("words", "").strip()
    if verb not in ANSWERS:
        abort(400)
    problem = _("That is longer than 1,000 letters.") if len(words) > LONGEST_WORDS else None
    try:
        if problem is None:
            with edge.writing() as session:
                services.answer(session, commitment_id, edge.actor().id, Verb(verb), clock.now(), words)
    except WordsNeeded:
        problem = _("Write what would work for you.")
    except NotNow:
        return _shown(commitment_id, None)
    typed = {"id": commitment_id, "form": verb, "words": words, "problems": {"words": problem}}
    return _shown(commitment_id, typed if problem else None)


@blueprint.post("/<int:commitment_id>/check-ins")
def confirm(commitment_id: int) -> ResponseReturnValue:
    """Say that it happened, moved or didn't, for one day."""
    form = ConfirmForm(request.form)
    op_id, superseded = ops.named("op_id"), False
    if op_id is None or form.outcome.data not in (HAPPENED, MOVED, DID_NOT) or not SLOT.fullmatch(form.slot.data or ""):
        abort(400)
    problems, entry, status = form.problems(), form.entry(op_id), 422
    try:
        if not problems:
            with edge.writing() as session:
                stored = services.confirm(session, edge.actor(), commitment_id, entry, clock.now())
            superseded = stored.superseded
    except NotRecorded as refused:
        problems = {"day": day_words_of(refused.code, form.day.data)}
        status = 410 if refused.code == "ended" else 422
    except NotNow:
        return _over(commitment_id)
    if problems and edge.wants_json():
        return ops.refused(" ".join(problems.values()), status, problems)
    if edge.wants_json():
        return ops.taken(_("Taken back.") if superseded else saved_words(form.outcome.data, entry.day), superseded)
    typed = {"id": commitment_id, "form": form.outcome.data, "values": request.form, "problems": problems}
    return _shown(commitment_id, typed if problems else None, said="" if superseded else str(form.outcome.data))


@blueprint.post("/<int:commitment_id>/check-ins/<int:check_in_id>/undone")
def undo(commitment_id: int, check_in_id: int) -> ResponseReturnValue:
    """Take back one of the supporter's own."""
    if not commitments.own_check_in(edge.reading(), commitment_id, check_in_id, edge.actor().id):
        abort(404)
    with edge.writing() as session:
        done = check_ins.undo(session, edge.actor(), check_in_id, ops.tapped())
    if edge.wants_json():
        return ops.taken(_("Taken back.") if done else said_again(), superseded=not done)
    return _shown(commitment_id, None)


@blueprint.post("/undo")
def undo_op() -> ResponseReturnValue:
    """Take back something by the name of its tap: the page that asks was made before it was sent."""
    op_id = ops.named("undoes") or abort(400)
    with edge.writing() as session:
        found = check_ins.undo_op(session, edge.actor(), op_id, ops.tapped(), clock.now())
    said = said_again() if found.superseded else _("Taken back.")
    return ops.done(said, url_for("promises.page"), found.superseded)


def said_again() -> str:
    return _("You said the same again since. It was left as it is.")


def saved_words(outcome: str, day: date) -> str:
    """Say what was taken down about a day."""
    if outcome == HAPPENED:
        return _("Saved: it happened, %(day)s.", day=day_words(day))
    if outcome == MOVED:
        return _("Saved: it moved, %(day)s.", day=day_words(day))
    return _("Saved: it didn't happen, %(day)s.", day=day_words(day))


def day_words_of(code: str, day: date | None) -> str:
    """Say why a day can't be told of."""
    if code == "ended":
        return _("This had ended by then. Days until then can be told of.")
    if code == "too_long_ago":
        return _("That is a while ago. Days up to 60 days back can be told of.")
    said = date_words(day) if day else ""
    return _("%(day)s has not come yet. You can tell of it then.", day=said)


def tools() -> dict[str, Any]:
    """What the cards need besides their data."""
    return {"told_words": told_words, "back": BACK, "ahead": AHEAD}


def _over(commitment_id: int) -> ResponseReturnValue:
    """Say that there is nothing to tell of any more. What was typed is in no record: it is shown to be copied."""
    if edge.wants_json():
        return ops.refused(_("This promise has ended meanwhile. There is nothing to say any more."), 410)
    ref: CommitmentRef = edge.record()
    client = _client(ref.client_id)
    card = promises.card(edge.reading(), edge.actor().id, client, commitment_id, edge.today(), clock.now())
    over = {"client": client, "note": stripped(request.form.get("note")), "ended": card is None}
    if not edge.from_htmx():
        return _page(None, over=over)
    if card is None:
        return render_template("promises/_ended.html", **over), 410
    seen_by_supporters.remember([client.client_id], "promises")
    anew = over | {"card": card, "typed": None, "said": "", "seen_as": None, "offer": False}
    return render_template("promises/_told.html", **anew, **tools()), 410


def _client(client_id: int) -> ClientAccess:
    found = access.supported_clients(edge.reading(), edge.actor().id, clock.now())
    return next(one for one in found if one.client_id == client_id)


def _shows(circle: Circle) -> bool:
    """Whether anything of a client's record stands on the page: what was asked, or what is shared beside it."""
    return bool(circle.cards) or any(circle.client.rights.sees(scope) for scope in SHOWS)


def _page(typed: Typed | None, over: dict[str, Any] | None = None) -> ResponseReturnValue:
    who, now = edge.actor(), clock.now()
    found = access.supported_clients(edge.reading(), who.id, now)
    circles = promises.circles(edge.reading(), who.id, found, edge.today(), now)
    seen_by_supporters.remember([one.client.client_id for one in circles if _shows(one)], "promises")
    asked = [card.asked for circle in circles for card in circle.cards]
    page = render_template(
        "promises/page.html",
        circles=circles,
        asked_first=access.is_asked_first(edge.reading(), who.id),
        typed=typed,
        over=over,
        seen_as=None,
        offer=_is_offered() and _all_answered(asked),
        **tools(),
    )
    return page, 422 if typed else 410 if over else 200


def _is_offered() -> bool:
    """Whether a first run waits for a quiet moment: a supporter came for a promise, not for questions."""
    return edge.actor().first_run is not None and not edge.actor().is_a(Role.CLIENT)


def _all_answered(asked: Iterable[Asked]) -> bool:
    """Whether something was promised and nothing waits for its first answer: the first run is not offered before."""
    states = {one.state for one in asked}
    return State.PROPOSED not in states and bool(states & {State.ACCEPTED, State.ACTIVE})


def _shown(commitment_id: int, typed: Typed | None, said: str = "") -> ResponseReturnValue:
    """Answer a form: the card for htmx, else the page; a form that needs another look keeps what was typed.

    `said` is what was just told of a day: the card thanks for it once.
    """
    if not edge.from_htmx():
        if typed:
            return _page(typed)
        return edge.see_other(url_for("promises.page", _anchor=f"promise-{commitment_id}"))
    ref: CommitmentRef = edge.record()
    who, now = edge.actor(), clock.now()
    client = _client(ref.client_id)
    card = promises.card(edge.reading(), who.id, client, commitment_id, edge.today(), now)
    if card is None:
        return render_template("promises/_ended.html", client=client)
    seen_by_supporters.remember([client.client_id], "promises")
    offer = _is_offered() and _all_answered(commitments.of_supporter(edge.reading(), who.id, now))
    context = {"card": card, "typed": typed, "said": said, "seen_as": None, "offer": offer}
    fragment = render_template("promises/_told.html", **context, **tools())
    return fragment, 422 if typed else 200
