"""A bad day: Today shrinks to the smallest versions and what helps, until tomorrow."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.services import bad_days
from webapp.views import edge, ops
from webapp.views.messages import say
from webapp.views.translate import _

blueprint = Blueprint("bad_days", __name__, url_prefix="/bad-day")


@blueprint.post("")
def begin() -> ResponseReturnValue:
    with edge.writing() as session:
        bad_days.begin(session, edge.actor().id, edge.today(), clock.now())
    if edge.wants_json():
        return ops.taken(_("Saved: a small day."))
    return edge.see_other(url_for("today.page"))


@blueprint.post("/undo")
def undo() -> ResponseReturnValue:
    with edge.writing() as session:
        bad_days.end(session, edge.actor().id, edge.today(), clock.now())
    if edge.wants_json():
        return ops.taken(_("Your whole day is back."))
    say(_("Your whole day is back."))
    return edge.see_other(url_for("today.page"))
