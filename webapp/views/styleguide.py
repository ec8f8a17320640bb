"""Every piece of the screens in every state, for whoever works on them. Made-up people; not in production."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from webapp.views import edge

blueprint = Blueprint("styleguide", __name__)


@blueprint.get("/styleguide")
def page() -> ResponseReturnValue:
    if edge.config().production:
        abort(404)
    return render_template("styleguide/page.html")
