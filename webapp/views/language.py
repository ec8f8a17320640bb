"""What language a stranger reads in: chosen on the page, kept in a cookie, no script needed."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from webapp.views import edge
from webapp.views.sign_in import local_address
from webapp.views.translate import cookie_name, offered

blueprint = Blueprint("language", __name__)
A_YEAR = 365 * 24 * 3600


@blueprint.post("/language")
def choose() -> ResponseReturnValue:
    """Keep the choice and show the page again. Whoever is signed in has it among their settings instead."""
    chosen = request.form.get("language", "")
    if chosen not in offered():
        abort(400)
    answer = edge.see_other(local_address(request.form.get("to")) or "/")
    secure = edge.config().secure
    answer.set_cookie(cookie_name(), chosen, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer
