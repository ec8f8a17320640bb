"""What the client wants to talk about next time."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.queries import agenda as queries
from webapp.queries import sessions
from webapp.services import agenda as services
from webapp.views import edge
from webapp.views.messages import say
from webapp.views.translate import _

blueprint = Blueprint("agenda", __name__)
LONGEST = 500


@blueprint.get("/agenda")
def page() -> ResponseReturnValue:
    return _page("", None)


@blueprint.post("/agenda")
def add() -> ResponseReturnValue:
    text = request.form.get("text", "").strip()
    if not text:
        return _page(text, _("Write a few words about it first.")), 422
    if len(text) > LONGEST:
        return _page(text, _("That is longer than %(most)d letters. Split it into two.", most=LONGEST)), 422
    with edge.writing() as session:
        services.add(session, edge.actor().id, text, clock.now())
    return _done()


@blueprint.post("/agenda/<int:item_id>/settled")
def settle(item_id: int) -> ResponseReturnValue:
    try:
        with edge.writing() as session:
            services.settle(session, edge.actor().id, item_id, clock.now())
    except LookupError:
        abort(404)
    return _done()


@blueprint.post("/agenda/<int:item_id>/open")
def reopen(item_id: int) -> ResponseReturnValue:
    try:
        with edge.writing() as session:
            services.reopen(session, edge.actor().id, item_id)
    except LookupError:
        abort(404)
    return _done()


@blueprint.post("/agenda/<int:item_id>/removed")
def remove(item_id: int) -> ResponseReturnValue:
    try:
        with edge.writing() as session:
            text = services.remove(session, edge.actor().id, item_id)
    except LookupError:
        abort(404)
    if not edge.from_htmx():
        say(_("It is off the list."), url_for("agenda.add"), {"text": text})
    return _done(removed=text)


def _done(removed: str = "") -> ResponseReturnValue:
    if edge.from_htmx():
        return render_template("agenda/_list.html", **_lists(), text="", problem=None, removed=removed)
    return edge.see_other(url_for("agenda.page"))


def _page(text: str, problem: str | None) -> str:
    whole = "agenda/_list.html" if edge.from_htmx() else "agenda/page.html"
    client = edge.actor().id
    following = sessions.next_session(edge.reading(), client, clock.now())
    return render_template(whole, **_lists(), text=text, problem=problem, following=following)


def _lists() -> dict[str, object]:
    client, connection = edge.actor().id, edge.reading()
    return {"items": queries.open_items(connection, client), "settled": queries.settled_items(connection, client)}
