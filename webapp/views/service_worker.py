"""The service worker. It has to come from the root: a script in /static/ could look after no page."""

from flask import Blueprint, Response, current_app

blueprint = Blueprint("service_worker", __name__)


@blueprint.get("/sw.js")
def script() -> Response:
    """Give the script, asked for anew each time so that a new release is not kept from anybody."""
    response = current_app.send_static_file("sw.js")
    response.headers["Cache-Control"] = "no-cache"
    return response
