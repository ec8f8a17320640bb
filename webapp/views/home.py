"""The front door: everybody is sent to their own first screen."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.views.identity import home_of

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def page() -> ResponseReturnValue:
    if not current_user.is_authenticated:
        return redirect(url_for("sign_in.page"), code=303)
    return redirect(url_for(home_of(current_user.actor)), code=303)
