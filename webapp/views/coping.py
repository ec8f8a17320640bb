"""Coping: strategies by the moment they are for, "I'm using this now", and the client's own list."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length
from wtforms.validators import Optional as May

from webapp import clock
from webapp.domain.coping import MOMENTS, Told
from webapp.queries import coping as queries
from webapp.services import coping as services
from webapp.views import edge, ops
from webapp.views.forms import stripped
from webapp.views.translate import _, ngettext

blueprint = Blueprint("coping", __name__, url_prefix="/coping")
HELPED = ("yes", "a_little", "no")
LONGEST_NOTE = 1000


class StrategyForm(Form):
    """What helps, when, how, and with which triggers or warning signs."""

    text = StringField(filters=[stripped], validators=[InputRequired(), Length(max=300)])
    use_when = StringField(validators=[AnyOf(MOMENTS)], default="everyday")
    cue = StringField(filters=[stripped], validators=[May(), Length(max=300)])
    how_to = TextAreaField(filters=[stripped], validators=[May(), Length(max=2000)])
    signs = SelectMultipleField(coerce=edge.id_of, validate_choice=False)

    def problems(self) -> dict[str, str]:
        """Say in a sentence what each field needs; empty when all is well."""
        self.validate()
        said = {
            "text": _("Write what helps, in up to 300 letters."),
            "use_when": _("Choose when it helps."),
            "cue": _("That is longer than 300 letters."),
            "how_to": _("That is longer than 2,000 letters."),
            "signs": _("Choose from the list."),
        }
        found = {name: said[name] for name in self.errors if name}
        if not self.text.data:
            found["text"] = said["text"]
        return found

    def values(self) -> dict[str, Any]:
        return {
            "text": self.text.data,
            "use_when": self.use_when.data,
            "cue": self.cue.data or None,
            "how_to": self.how_to.data or None,
        }


@blueprint.get("")
def page() -> ResponseReturnValue:
    client = edge.actor().id
    return render_template(
        "coping/page.html",
        coping=queries.of_client(edge.reading(), client),
        in_hand=queries.use_in_hand(edge.reading(), client, clock.now()),
        retired=request.args.get("retired", type=int),
        done="done" in request.args,
        day=edge.today(),
    )


@blueprint.post("/strategies/<int:strategy_id>/uses")
def use(strategy_id: int) -> ResponseReturnValue:
    """Begin using a strategy; the number before is optional and comes from the button that was tapped."""
    before, day = _distress("before"), ops.day()
    if ops.named("op_id") is None or before == WRONG or day is None:
        abort(400)
    tap = ops.tap()
    try:
        with edge.writing() as session:
            heard = services.start_use(session, edge.actor().id, strategy_id, tap, before, day, clock.now())
    except services.OffTheList:
        said = _("This was taken off your list before. Nothing was saved.")
        return ops.refused(said, 410) if edge.wants_json() else abort(410)
    if heard.taken_back:
        return ops.done(_("Taken back."), url_for("coping.page"), superseded=True)
    if edge.wants_json():
        return ops.taken(_("Saved. Take your time with it."))
    return edge.see_other(url_for("coping.using", op_id=tap.id))


@blueprint.post("/uses/undo")
def undo() -> ResponseReturnValue:
    """Take back a use by the op that began it, arrived or not."""
    started = ops.named("undoes") or abort(400)
    with edge.writing() as session:
        services.undo_use(session, edge.actor().id, started, ops.tapped(), clock.now())
    return ops.done(_("Taken back."), url_for("coping.page"))


@blueprint.get("/uses/<uuid:op_id>")
def using(op_id: object) -> ResponseReturnValue:
    found = queries.use(edge.reading(), edge.actor().id, str(op_id)) or abort(404)
    return render_template("coping/using.html", use=found, problems={}, typed=None)


@blueprint.post("/uses/<uuid:op_id>")
def finish(op_id: object) -> ResponseReturnValue:
    return _finish(str(op_id))


@blueprint.post("/uses/finish")
def finish_op() -> ResponseReturnValue:
    """Likewise for a use that was begun without a network, `of` the op that began it."""
    return _finish(ops.named("of") or abort(400))


def _finish(started: str) -> ResponseReturnValue:
    """Take the number after, whether it helped, and a note; each may be left out."""
    found = queries.use(edge.reading(), edge.actor().id, started)
    if found is None and edge.wants_json():
        return ops.refused(_("What this belongs to was taken back, or never arrived here."), 404)
    if found is None:
        abort(404)
    after, helped = _distress("after"), request.form.get("helped") or None
    note = request.form.get("note", "").strip()
    problems = {}
    if after == WRONG:
        problems["after"] = _("Choose a number from 0 to 10, or none.")
    if helped not in (*HELPED, None):
        problems["helped"] = _("Choose yes, a little or no, or none of them.")
    if len(note) > LONGEST_NOTE:
        problems["note"] = _("That is longer than 1,000 letters. Keep what matters most.")
    if problems and edge.wants_json():
        return ops.refused(" ".join(problems.values()), 422, problems)
    if problems:
        return render_template("coping/using.html", use=found, problems=problems, typed=request.form), 422
    client, tap, now = edge.actor().id, ops.tap(), clock.now()
    with edge.writing() as session:
        heard = services.finish_use(session, client, started, after, helped, note or None, tap, now)
    if heard.superseded:
        return ops.done(ops.newer_words(found.day), url_for("coping.page"), superseded=True)
    if edge.wants_json():
        return ops.taken(_("Saved. You did something for yourself."))
    return edge.see_other(url_for("coping.page", done="1"))


@blueprint.get("/strategies/new")
def new() -> ResponseReturnValue:
    return _form(StrategyForm(), {}, None)


@blueprint.post("/strategies")
def add() -> ResponseReturnValue:
    form = StrategyForm(request.form)
    if problems := form.problems():
        return _form(form, problems, None), 422
    client = edge.actor().id
    with edge.writing() as session:
        values = form.values()
        services.add_strategy(
            session,
            client,
            client,
            values.pop("text") or "",
            values.pop("use_when") or "everyday",
            **values,
            sign_ids=form.signs.data or (),
            now=clock.now(),
        )
    return edge.see_other(url_for("coping.page"))


@blueprint.get("/strategies/<int:strategy_id>")
def edit(strategy_id: int) -> ResponseReturnValue:
    found = queries.strategy(edge.reading(), edge.actor().id, strategy_id) or abort(404)
    form = StrategyForm(
        text=found.text,
        use_when=found.use_when,
        cue=found.cue or "",
        how_to=found.how_to or "",
        signs=[sign.id for sign in found.signs],
    )
    return _form(form, {}, strategy_id)


@blueprint.post("/strategies/<int:strategy_id>")
def change(strategy_id: int) -> ResponseReturnValue:
    form = StrategyForm(request.form)
    if problems := form.problems():
        return _form(form, problems, strategy_id), 422
    client = edge.actor().id
    with edge.writing() as session:
        services.edit_strategy(
            session, client, strategy_id, client, now=clock.now(), sign_ids=form.signs.data or (), **form.values()
        )
    return edge.see_other(url_for("coping.page"))


@blueprint.post("/strategies/<int:strategy_id>/retired")
def retire(strategy_id: int) -> ResponseReturnValue:
    client = edge.actor().id
    with edge.writing() as session:
        services.retire_strategy(session, client, strategy_id, client, clock.now())
    return edge.see_other(url_for("coping.page", retired=strategy_id))


@blueprint.post("/strategies/<int:strategy_id>/back")
def bring_back(strategy_id: int) -> ResponseReturnValue:
    client = edge.actor().id
    try:
        with edge.writing() as session:
            services.bring_back(session, client, strategy_id, client, clock.now())
    except LookupError:
        abort(404)
    return edge.see_other(url_for("coping.page"))


@blueprint.app_template_filter("uses_words")
def uses_words(told: Told) -> str:
    """Say what came of a strategy: "used 3 times, helped once, how strong it was: from 7.5 to 6.5"."""
    said = [ngettext("used once", "used %(num)d times", told.uses)]
    if told.helped:
        said.append(ngettext("helped once", "helped %(num)d times", told.helped))
    if told.before is not None and told.after is not None:
        before, after = f"{told.before:.2g}", f"{told.after:.2g}"
        said.append(_("how strong it was: from %(before)s to %(after)s", before=before, after=after))
    return ", ".join(said)


WRONG = -1


def _distress(name: str) -> int | None:
    """Read a number 0 to 10; None where none was given, WRONG for anything else."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) <= 10 else WRONG


def _form(form: StrategyForm, problems: dict[str, str], strategy_id: int | None) -> str:
    signs = queries.signs_of(edge.reading(), edge.actor().id)
    return render_template("coping/form.html", form=form, problems=problems, signs=signs, strategy_id=strategy_id)
