"""Caseload: the clients of a care-team member, by next session."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.wall_time import start_of_day
from webapp.queries import caseload
from webapp.services import looks
from webapp.views import edge

blueprint = Blueprint("caseload", __name__)


@blueprint.get("/caseload")
def page() -> ResponseReturnValue:
    """Show everybody the actor is assigned to; the counts are a look, remembered once a day per client."""
    who, now = edge.actor(), clock.now()
    clients = caseload.clients(edge.reading(), who.id, now)
    seen = [client.id for client in clients if client.rights.scopes]
    if seen:
        since = start_of_day(edge.today(), who.time_zone, who.day_starts_at)
        with edge.writing() as session:
            looks.looked_over(session, who.id, seen, "caseload", since, now)
    lines = caseload.lines(edge.reading(), clients, now) if clients else ()
    return render_template("caseload/page.html", lines=lines)
