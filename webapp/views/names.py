"""By what name the app goes: "Cairn", or "Notes" for whoever wants nobody to ask what that is.

It is chosen once for all devices of a person. Each remembers it in a cookie, so that its sign-in page says the same;
the app on a home screen has the name it was put there with.
"""

from typing import Any

from flask import Flask, Response, g, request
from markupsafe import Markup

from webapp.views import edge, identity, readable
from webapp.views.translate import _

COOKIE, ASKED, NOTES = "name", "name", "notes"
OURS = "Cairn"
A_YEAR = 365 * 24 * 3600


def is_neutral() -> bool:
    """Tell whether the app goes by its other name: for whoever is here, or on this device."""
    if (who := identity.here()) is not None:
        return who.neutral_name
    return NOTES in (readable.asked(ASKED), request.cookies.get(edge.cookie_name(COOKIE)))


def app_name() -> str:
    return neutral_name() if is_neutral() else OURS


def neutral_name() -> str:
    return _("Notes")


def asked() -> dict[str, str]:
    """What the address of something that is fetched without a cookie says of the name."""
    return {ASKED: NOTES} if is_neutral() else {}


def picture(name: str) -> str:
    """Name the file of an icon, in the look that goes with the name."""
    return f"icons/notes-{name}" if is_neutral() else f"icons/{name}"


def titled(title: str) -> Markup:
    """Put the app's name where a page's title has ours."""
    title = title.strip()
    return Markup(title.removesuffix(OURS) + app_name() if title.endswith(OURS) and is_neutral() else title)


def remember(response: Response) -> Response:
    """Have this device remember the name, unless it is borrowed."""
    user: Any = g.get("_login_user")
    if response.mimetype != "text/html" or not isinstance(user, identity.CurrentUser) or identity.borrowed():
        return response
    name = edge.cookie_name(COOKIE)
    kept, wanted = request.cookies.get(name) == NOTES, user.actor.neutral_name
    if wanted and not kept:
        secure = edge.config().secure
        response.set_cookie(
            edge.cookie_name(COOKIE), NOTES, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax"
        )
    elif kept and not wanted:
        response.delete_cookie(name, secure=edge.config().secure, httponly=True, samesite="Lax")
    return response


def init_app(app: Flask) -> None:
    """Give the templates these functions."""
    app.jinja_env.globals |= {"app_name": app_name, "neutral": is_neutral, "picture": picture}
    app.jinja_env.filters["titled"] = titled
    app.after_request(remember)
