"""The tick: one tap says done; some, not today, a note and another day live under the card."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, StringField, TextAreaField

from webapp import clock
from webapp.domain.check_ins import LONGEST_NOTE, LONGEST_REASON, Entry, op_id_of
from webapp.domain.scores import Outcome
from webapp.queries import check_ins as queries
from webapp.queries import today as today_queries
from webapp.queries.check_ins import CheckInRef
from webapp.services import check_ins
from webapp.services.check_ins import NoSuchStep, NotRecorded
from webapp.views import cards, edge, ops, today
from webapp.views import steps as step_page
from webapp.views.cards import CardView
from webapp.views.clock_times import SLOT
from webapp.views.forms import stripped
from webapp.views.messages import say
from webapp.views.phrases import date_words, day_words
from webapp.views.translate import _

blueprint = Blueprint("check_ins", __name__)


class CheckInForm(Form):
    """What a card sends; everything but the UUID may be left out."""

    op_id = StringField(filters=[stripped])
    outcome = StringField(filters=[stripped])
    day = StringField(filters=[stripped])
    slot = StringField(filters=[stripped])
    reason = StringField(filters=[stripped])
    other = StringField(filters=[stripped])
    note = TextAreaField(filters=[stripped])

    def problems(self) -> dict[str, str]:
        """Say in a sentence what can't be saved as it is; empty when all is well."""
        said = {
            "outcome": (self._outcome() is None, _("Choose done, did some, or not today.")),
            "day": (self._day() is None, _("Choose a day from the calendar.")),
            "slot": (not SLOT.fullmatch(self._text("slot")), _("That is not a time of day.")),
            "op_id": (op_id_of(self._text("op_id")) is None, _("That didn't arrive whole. Please tap once more.")),
            "other": (len(self._reason()) > LONGEST_REASON, _("That is longer than 200 letters. A few words will do.")),
            "note": (len(self._text("note")) > LONGEST_NOTE, too_long()),
        }
        return {name: words for name, (wrong, words) in said.items() if wrong}

    def entry(self) -> Entry:
        """The entry, once there are no problems."""
        outcome, day, op_id = self._outcome(), self._day(), op_id_of(self._text("op_id"))
        if outcome is None or day is None or op_id is None:
            raise ValueError("the form has problems")
        reason = self._reason() if outcome is Outcome.NOT_TODAY else ""
        note = self._text("note") or None
        return Entry(op_id, day, outcome, self._text("slot"), reason or None, note, at=ops.tapped())

    def _outcome(self) -> Outcome | None:
        told = self.outcome.data or "done"
        return Outcome(told) if told in set(Outcome) else None

    def _day(self) -> date | None:
        try:
            return date.fromisoformat(self.day.data) if self.day.data else edge.today()
        except ValueError:
            return None

    def _reason(self) -> str:
        """Own words win over the ones to choose from."""
        return self._text("other") or self._text("reason")

    def _text(self, name: str) -> str:
        return str(self[name].data or "")


@blueprint.post("/steps/<int:step_id>/check-ins")
def add(step_id: int) -> ResponseReturnValue:
    form = CheckInForm(request.form)
    problems = form.problems()
    if problems:
        return _again(step_id, problems)
    entry, who = form.entry(), edge.actor()
    try:
        with edge.writing() as session:
            stored = check_ins.check_in(session, who, who.id, step_id, entry, clock.now())
    except NoSuchStep:
        abort(404)
    except NotRecorded as refused:
        status = 410 if refused.code == "ended" else 422
        return _again(step_id, {refused.field: refusal(refused.code, entry.day)}, status=status)
    if stored.superseded:
        return _changed(step_id, entry.slot, ops.newer_words(entry.day), None, entry.day, superseded=True)
    return _changed(step_id, entry.slot, _saved(entry), stored.id, entry.day)


@blueprint.post("/check-ins/<int:check_in_id>/undo")
def undo(check_in_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        done = check_ins.undo(session, edge.actor(), check_in_id, ops.tapped())
    return _taken_back(edge.record(), done)


@blueprint.post("/check-ins/undo")
def undo_op() -> ResponseReturnValue:
    """Take back something by the name of its tap: the page that asks was made before it was sent."""
    op_id = ops.named("undoes") or abort(400)
    with edge.writing() as session:
        found = check_ins.undo_op(session, edge.actor(), op_id, ops.tapped(), clock.now())
    if found.check_in is not None:
        return _taken_back(found.check_in, not found.superseded)
    return ops.done(_("Taken back."), url_for("today.page"))


@blueprint.post("/check-ins/<int:check_in_id>/note")
def note(check_in_id: int) -> ResponseReturnValue:
    return _noted(edge.record())


@blueprint.post("/check-ins/note")
def note_op() -> ResponseReturnValue:
    """Put a note beside a check-in that is known by its tap, `of`."""
    op_id = ops.named("of") or abort(400)
    return _noted(queries.own_by_op(edge.reading(), edge.actor(), op_id, clock.now()) or abort(404))


def _noted(ref: CheckInRef) -> ResponseReturnValue:
    """Put a note beside a check-in, in place of the one there."""
    text = stripped(request.form.get("note"))
    if len(text) > LONGEST_NOTE:
        return _again(ref.step_id, {"kept_note": too_long()}, ref.slot)
    with edge.writing() as session:
        heard = check_ins.add_note(session, edge.actor(), ref.id, text or None, ops.tap(), clock.now())
    said = _("There is a newer note. It was left as it is.") if heard.superseded else _("Note saved.")
    return _changed(ref.step_id, ref.slot, said, None, ref.day, heard.superseded)


def _taken_back(ref: CheckInRef, done: bool) -> ResponseReturnValue:
    said = _("Taken back.") if done else ops.newer_words(ref.day)
    return _changed(ref.step_id, ref.slot, said, None, ref.day, superseded=not done)


def too_long() -> str:
    return _("That is longer than 2,000 letters. Keep what matters.")


def refusal(code: str, day: date) -> str:
    """Say why a day can't be told of, and what can be done."""
    if code == "too_long_ago":
        return _("%(day)s is a while ago. You can add days up to 60 days back.", day=date_words(day))
    if code == "ended":
        return _("This step ended before %(day)s. You can add the days until then.", day=date_words(day))
    return _("%(day)s is still to come. You can add it on the day.", day=date_words(day))


def _changed(
    step_id: int, slot: str, said: str, undoable: int | None, day: date, superseded: bool = False
) -> ResponseReturnValue:
    """Answer with the changed card, or 303 back to where the form stood."""
    if edge.wants_json():
        return ops.taken(said, superseded)
    undo_at = url_for("check_ins.undo", check_in_id=undoable) if undoable is not None else None
    kept: dict[str, Any] = {"undo": undo_at, "item": cards.item_of(step_id), "words": said}
    if not edge.from_htmx():
        say(said, **kept)
        return edge.see_other(_back(step_id))
    elsewhere = superseded or day != edge.today()
    card = _card(step_id, slot)
    return render_template(
        "today/_changed.html", one=card, said=said, elsewhere=elsewhere or card is None, **kept, **today.context()
    )


def _again(
    step_id: int, problems: Mapping[str, str], slot: str | None = None, status: int = 422
) -> ResponseReturnValue:
    """Show the card again with a sentence where it is needed; everything typed is still there."""
    if step_page.own(step_id) is None:
        abort(404)
    if edge.wants_json():
        return ops.refused(" ".join(problems.values()), status, problems)
    if request.form.get("back") == "step":
        return step_page.show(step_id, request.form, problems, status)
    card = _card(step_id, request.form.get("slot", "") if slot is None else slot)
    changed = replace(card, typed=request.form.to_dict(), problems=problems) if card else None
    if edge.from_htmx() and changed:
        return render_template("today/_changed.html", one=changed, **today.context()), status
    if changed is None:
        return step_page.show(step_id, request.form, problems, status)
    return today.show(changed, status)


def _card(step_id: int, slot: str) -> CardView | None:
    """The card of this step and slot as it stands now; the step's first one where the times were changed."""
    who = edge.actor()
    found = today_queries.step(edge.reading(), who.id, step_id, edge.today(), who.week_starts_on)
    here = next((card for card in found if card.place.slot == slot), found[0] if found else None)
    return cards.view(here, who.id) if here else None


def _back(step_id: int) -> str:
    if request.form.get("back") == "step":
        return url_for("steps.page", step_id=step_id)
    return url_for("today.page")


def _saved(entry: Entry) -> str:
    words = {
        Outcome.DONE: _("Saved: done, %(day)s.", day=day_words(entry.day)),
        Outcome.SOME: _("Saved: did some, %(day)s. That counts.", day=day_words(entry.day)),
        Outcome.NOT_TODAY: _("Saved: not today. That is all right."),
    }
    if entry.outcome is Outcome.NOT_TODAY and entry.day != edge.today():
        return _("Saved: not on %(day)s. That is all right.", day=date_words(entry.day))
    return words[entry.outcome]
