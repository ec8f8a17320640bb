"""What the client wants to talk about next time."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.sharing import OWN
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
    text, private = request.form.get("text", "").strip(), bool(request.form.get("substance_use"))
    if not text:
        return _page(text, _("Write a few words about it first."), private), 422
    if len(text) > LONGEST:
        return _page(text, _("That is longer than %(most)d letters. Split it into two.", most=LONGEST), private), 422
    with edge.writing() as session:
        services.add(session, edge.actor().id, text, clock.now(), private)
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
            text, private = services.remove(session, edge.actor().id, item_id)
    except LookupError:
        abort(404)
    removed = {"text": text} | ({"substance_use": "y"} if private else {})
    if not edge.from_htmx():
        say(_("It is off the list."), url_for("agenda.add"), removed)
    return _done(removed)


def _done(removed: dict[str, str] | None = None) -> ResponseReturnValue:
    if edge.from_htmx():
        return render_template("agenda/_list.html", **_lists(), text="", problem=None, removed=removed)
    return edge.see_other(url_for("agenda.page"))


def _page(text: str, problem: str | None, private: bool = False) -> str:
    whole = "agenda/_list.html" if edge.from_htmx() else "agenda/page.html"
    client = edge.actor().id
    following = sessions.next_session(edge.reading(), client, clock.now())
    return render_template(whole, **_lists(), text=text, private=private, problem=problem, following=following)


def _lists() -> dict[str, object]:
    client, connection = edge.actor().id, edge.reading()
    return {"items": queries.open_items(connection, client, OWN), "settled": queries.settled_items(connection, client)}
