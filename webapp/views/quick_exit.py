"""Quick exit: signed out and away at once, to a page of another kind that works and says nothing of Cairn.

It is a page of ours, because no request may leave for a third party, and no other site should learn who left where.
"""

from flask import Blueprint, Flask, Response, current_app, g, jsonify, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin, current_user

from webapp import clock
from webapp.db import TROUBLE
from webapp.domain.units import KINDS, UNITS, converted, number
from webapp.services import sign_ins
from webapp.views import edge, formats, identity
from webapp.views.translate import N_, suggest_asked

blueprint = Blueprint("quick_exit", __name__)

LEFT = "units"
"""A cookie that says somebody left here a short while ago; what it holds could be anything's."""
A_WHILE = 10 * 60
"""Seconds in which going back in the browser leads nowhere."""
MOST_UNSENT = 1000
UNIT_WORDS = {
    "cm": N_("centimeters"),
    "in": N_("inches"),
    "ft": N_("feet"),
    "m": N_("meters"),
    "km": N_("kilometers"),
    "mi": N_("miles"),
    "g": N_("grams"),
    "oz": N_("ounces"),
    "lb": N_("pounds"),
    "kg": N_("kilograms"),
    "ml": N_("milliliters"),
    "fl oz": N_("fluid ounces"),
    "cup": N_("cups"),
    "l": N_("liters"),
    "gal": N_("gallons"),
    "°C": N_("degrees Celsius"),
    "°F": N_("degrees Fahrenheit"),
}
DOORS = frozenset({"help_now.page", "sign_in.page"})
ALWAYS = frozenset(
    {"static", "quick_exit.units", "offline.whoami", "install.manifest", "service_worker.script", "health.healthz"}
)


@blueprint.post("/quick-exit")
def leave() -> ResponseReturnValue:
    """Sign out here and have the browser forget. `unsent`: how many changes its worker deleted with that."""
    try:
        who = identity.here()
        if who is not None:
            with edge.writing() as session:
                sign_ins.left_quickly(session, who, _unsent(), clock.now())
    except TROUBLE as trouble:
        return away_all_the_same(trouble)
    return _away()


@blueprint.errorhandler(TROUBLE[0])
@blueprint.errorhandler(TROUBLE[1])
def away_all_the_same(trouble: Exception) -> ResponseReturnValue:
    """Leave, whatever the database does: the browser loses its cookie, and the sign-in runs out by itself."""
    current_app.logger.error("a quick exit could not end its sign-in: %s", type(trouble).__name__)
    g._login_user = AnonymousUserMixin()
    return _away()


@blueprint.get("/units")
def units() -> ResponseReturnValue:
    """Turn one unit into another. The page has nothing in common with the others, not even their styles."""
    suggest_asked()
    amount, unit = number(request.args.get("amount", "")), request.args.get("unit", "")
    kind = KINDS.get(unit, "length")
    found = [] if amount is None else [(into, converted(amount, unit, into)) for into in UNITS[kind] if into != unit]
    return render_template(
        "quick_exit/units.html",
        kinds=UNITS,
        words=UNIT_WORDS,
        amount=request.args.get("amount", "")[:20],
        unit=unit,
        found=[(into, formats.amount(number)) for into, number in found if number is not None],
    )


def stay_away() -> ResponseReturnValue | None:
    """For a while after leaving, going back leads to the other page.

    Whoever opens the app, or types an address that is open to anybody, comes on purpose. Browsers send the same with
    going back to what was once typed, so that other pages are not shown for it.
    """
    if (
        request.method != "GET"
        or edge.cookie_name(LEFT) not in request.cookies
        or request.endpoint in ALWAYS
        or edge.wants_json()
    ):
        return None
    if current_user.is_authenticated:
        return None
    typed = request.headers.get("Sec-Fetch-Site") == "none"
    if request.endpoint == "home.page" or (typed and request.endpoint in DOORS):
        g.came_back = True
        return None
    return edge.see_other(url_for("quick_exit.units"))


def come_back(response: Response) -> Response:
    if g.get("came_back"):
        response.delete_cookie(edge.cookie_name(LEFT), secure=edge.config().secure, httponly=True, samesite="Lax")
    return response


def init_app(app: Flask) -> None:
    app.before_request(stay_away)
    app.after_request(come_back)


def _away() -> Response:
    identity.leave()
    cookie.clear()
    by_script = edge.wants_json()
    answer = jsonify(ok=True) if by_script else edge.see_other(url_for("quick_exit.units"))
    # Emptying the cache can take seconds, so it is asked for where nobody waits. A worker that says how much it deleted
    # empties the rest by itself, but for what somebody else left unsent: told to, the browser would stop it at once.
    cleared = ['"cache"'] * by_script + ['"storage"'] * ("unsent" not in request.args)
    answer.headers["Clear-Site-Data"] = ", ".join(cleared)
    secure = edge.config().secure
    answer.set_cookie(edge.cookie_name(LEFT), "1", max_age=A_WHILE, secure=secure, httponly=True, samesite="Lax")
    return answer


def _unsent() -> int:
    told = request.args.get("unsent", "")
    return min(int(told), MOST_UNSENT) if told.isascii() and told.isdigit() and len(told) < 6 else 0
