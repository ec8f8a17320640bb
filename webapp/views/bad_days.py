"""A bad day: Today shrinks to the smallest versions and what helps, until tomorrow."""

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.services import bad_days
from webapp.views import edge, ops
from webapp.views.phrases import day_words
from webapp.views.translate import _

blueprint = Blueprint("bad_days", __name__, url_prefix="/bad-day")


@blueprint.post("")
def begin() -> ResponseReturnValue:
    day = ops.day() or abort(400)
    with edge.writing() as session:
        heard = bad_days.begin(session, edge.actor().id, day, ops.tap(), clock.now())
    if heard.superseded or heard.taken_back:
        return ops.done(ops.newer_words(day), url_for("today.page"), superseded=True)
    if edge.wants_json():
        return ops.taken(_("Saved: a small day, %(day)s.", day=day_words(day)))
    return edge.see_other(url_for("today.page"))  # which shows it


@blueprint.post("/undo")
def undo() -> ResponseReturnValue:
    day = ops.day() or abort(400)
    with edge.writing() as session:
        heard = bad_days.end(session, edge.actor().id, day, ops.tap(), clock.now(), ops.named("undoes"))
    said = ops.newer_words(day) if heard.superseded else _("Your whole day is back.")
    return ops.done(said, url_for("today.page"), heard.superseded)
