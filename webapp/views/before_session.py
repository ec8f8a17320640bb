"""Before the session: one page that answers in 60 seconds; and the front door of a client's record."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.queries.access import ClientAccess
from webapp.queries.before_session import before_session
from webapp.services import looks
from webapp.views import edge

blueprint = Blueprint("before_session", __name__)


@blueprint.get("/clients/<int:client_id>")
def client(client_id: int) -> ResponseReturnValue:
    return redirect(url_for("before_session.page", client_id=client_id), code=303)


@blueprint.get("/clients/<int:client_id>/before-session")
def page(client_id: int) -> ResponseReturnValue:
    """Show the page. That it was opened is the one thing a GET writes: the client can read who looked."""
    access: ClientAccess = edge.record()
    who, now = edge.actor(), clock.now()
    with edge.writing() as session:
        looks.looked(session, who.id, client_id, "before_session", now)
    told = before_session(edge.reading(), access, who.id, now)
    return render_template("before_session/page.html", client=access, told=told, now=now)
