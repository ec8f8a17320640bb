"""What a browser keeps for when there is no network: which pages, whose they are, and the pages that say so."""

from typing import Any, cast

from flask import Blueprint, Flask, Response, g, get_flashed_messages, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp import clock
from webapp.domain.people import Actor, Role
from webapp.services import sign_ins
from webapp.views import edge, formats, identity
from webapp.views.pages import user_key
from webapp.views.translate import _, suggest_asked

blueprint = Blueprint("offline", __name__)

KEPT = ("/today", "/coping", "/help-now", "/plan", "/progress", "/promises")
"""Pages that may be kept on a phone: the person's own. Of somebody else's record the words of one's promises stand on
them, and nothing more: the worker leaves the rest out (data-unkept)."""
AHEAD = KEPT[:-1]
"""A client's, fetched before they are looked at."""
STRANGER = "-"


@blueprint.get("/offline")
def page() -> ResponseReturnValue:
    """Say that there is no connection. Kept by the worker, and the same for everybody."""
    suggest_asked()
    return render_template("offline/page.html")


@blueprint.get("/offline/using")
def using() -> ResponseReturnValue:
    """Show the form that ends the use of a strategy whose page was never fetched; the worker puts it at its address."""
    suggest_asked()
    return render_template("offline/using.html")


@blueprint.get("/whoami")
def whoami() -> ResponseReturnValue:
    """Name whoever is signed in by the key their pages carry; empty for nobody. Asked before kept changes are sent."""
    return jsonify(user=user_key())


@blueprint.post("/phone/forget")
def forget() -> ResponseReturnValue:
    """Sign out here and have the browser delete all that Cairn ever kept in it, the worker included."""
    with edge.writing() as session:
        sign_ins.end(session, cast(Actor, identity.here()), clock.now())
    identity.leave()
    answer = edge.see_other(url_for("sign_in.page"))
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


def keeps() -> bool:
    """Tell whether this person's browser keeps pages and changes: clients and supporters, on a device of their own."""
    if not (current_user and current_user.is_authenticated) or identity.borrowed():
        return False
    return edge.actor().is_a(Role.CLIENT) or edge.actor().is_a(Role.SUPPORTER)


def may_keep() -> bool:
    """Tell whether the page at this address may be kept for this person; elsewhere they find nothing, and no trace."""
    if request.path not in KEPT or not keeps():
        return False
    needed = {"/promises": Role.SUPPORTER, "/help-now": None}.get(request.path, Role.CLIENT)
    return needed is None or edge.actor().is_a(needed)


def lock_after() -> int | None:
    """Return the seconds without anybody here after which this page is shut, None for never."""
    if not (current_user and current_user.is_authenticated) or edge.actor().lock_after is None:
        return None
    return 60 * cast(int, edge.actor().lock_after)


def watched() -> bool:
    """Tell whether a page that stays on the screen asks by itself if its sign-in is over: where that takes minutes."""
    signed_in = current_user and current_user.is_authenticated
    return bool(signed_in) and (identity.borrowed() or edge.actor().is_staff)


def ahead() -> tuple[str, ...]:
    """Name the pages worth fetching while this one is looked at; a first visit comes before there is a worker."""
    return {"/today": AHEAD, "/promises": ("/promises",)}.get(request.path, ()) if may_keep() else ()


def flashed() -> list[tuple[str, Any]]:
    """Give what the next page is to say once. A page fetched ahead says nothing: nobody may ever look at it."""
    if is_ahead():
        return []
    found: list[tuple[str, Any]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]
    g.said_once = bool(found)
    return found


def is_ahead() -> bool:
    """Whether the worker asks, for later. It says so only to keep messages for the page that shows them."""
    return request.headers.get("Cairn-Ahead") == "1"


def kept_words() -> str | None:
    """Date this page in words, by the server's clock and the person's zone; None for a page that is not kept."""
    if not may_keep():
        return None
    local = clock.now().astimezone(edge.actor().zone)
    day, time = formats.long_day(edge.today()), formats.clock(local.time())
    if request.path == "/today":
        return _("The steps of %(day)s, kept on this phone at %(time)s.", day=day, time=time)
    return _("As it was on %(day)s at %(time)s, kept on this phone.", day=day, time=time)


def name_reader(response: Response) -> Response:
    """Say whose page this is, so that the worker throws away what it keeps of somebody else; and whether to keep it."""
    if response.mimetype != "text/html" or response.status_code >= 500 or request.endpoint == "static":
        return response
    response.headers["Cairn-User"] = user_key() or STRANGER
    if (lock := lock_after()) is not None:
        response.headers["Cairn-Lock"] = str(lock)
    # Such a page would say it again and again.
    said_once = getattr(g, "said_once", False) or bool(request.query_string)
    if response.status_code == 200 and request.method == "GET" and may_keep() and not said_once:
        response.headers["Cairn-Keep"] = "1"
    return response


def init_app(app: Flask) -> None:
    """Give the templates, and the macros they import, these functions."""
    app.jinja_env.globals |= {
        "flashed": flashed,
        "keeps": keeps,
        "pages_ahead": ahead,
        "kept_words": kept_words,
        "borrowed": identity.borrowed,
        "lock_after": lock_after,
        "watched": watched,
    }
    app.after_request(name_reader)
