"""The mails beside reminders: which of them somebody wants. A part of the settings page."""

from typing import Any

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue

from webapp.queries import notices as queries
from webapp.queries.notices import Wishes
from webapp.services import notices
from webapp.views import edge
from webapp.views.translate import _

blueprint = Blueprint("notices", __name__)


@blueprint.app_context_processor
def parts() -> dict[str, Any]:
    """Give the settings page its part."""
    return {"other_mails": lambda: queries.wishes(edge.reading(), edge.actor().id)}


@blueprint.post("/settings/mails")
def keep() -> ResponseReturnValue:
    """Keep which mails are wanted; a switch that was not shown stays as it is."""
    shown = queries.wishes(edge.reading(), edge.actor().id)
    wanted = Wishes(
        look_back=_ticked("look_back", shown.look_back),
        digest=_ticked("digest", shown.digest),
        plan_dates=_ticked("plan_dates", shown.plan_dates),
    )
    with edge.writing() as session:
        notices.keep(session, edge.actor(), wanted)
    flash(_("Saved."))
    return edge.see_other(url_for("settings.page"))


def _ticked(name: str, shown: bool | None) -> bool | None:
    return None if shown is None else name in request.form
