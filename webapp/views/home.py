"""The front door: everybody is sent to their own first screen."""

from flask import Blueprint, current_app, redirect, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.views.identity import home_of

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def page() -> ResponseReturnValue:
    if not current_user.is_authenticated:
        return redirect(url_for("sign_in.page"), code=303)
    return redirect(url_for(home_of(current_user.actor)), code=303)


@blueprint.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """The manifest stands at the root, so that its scope is the whole app."""
    folder = current_app.static_folder or ""
    return send_from_directory(folder, "manifest.webmanifest", mimetype="application/manifest+json")
