"""Cairn on a home screen: what a browser needs to know for it, and how one puts it there."""

from typing import Any

from flask import Blueprint, Response, current_app, json, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from webapp.views import edge, identity, names
from webapp.views.devices import device_name
from webapp.views.translate import _, in_language, offered, reader_language

blueprint = Blueprint("install", __name__)

PAPER = "#faf6ef"
NARROW, WIDE = ("720x1480", "narrow"), ("1280x800", "wide")


@blueprint.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """Describe the app in the language that the address names, or else in English, by the name that it asks for.

    A browser fetches it without the cookie, so nothing in it is about anybody: its start page is the front door,
    which sends everybody to their own first screen.
    """
    asked = request.args.get("lang", "")
    language = asked if asked in offered() else "en"
    neutral = request.args.get(names.ASKED) == names.NOTES
    with in_language(language):
        told = _manifest(language) | (_by_another_name() if neutral else {})
    response = Response(json.dumps(told), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.get("/home-screen")
def how() -> ResponseReturnValue:
    """Say in few words how Cairn comes on a home screen: on the device in hand first."""
    name = device_name(request.user_agent.string)
    here = "android" if "Android" in name else "apple" if any(one in name for one in ("iPhone", "iPad")) else "computer"
    return render_template("install/page.html", layout=identity.layout_of(edge.actor()), device=here)


@blueprint.app_context_processor
def address() -> dict[str, Any]:
    """Give the layout the address of the manifest in the reader's language."""

    def named() -> dict[str, Any]:
        return {"lang": reader_language(), **names.asked()}

    return {"manifest_address": lambda: url_for("install.manifest", **named())}


def _manifest(language: str) -> dict[str, Any]:
    return {
        "id": "/",
        "name": "Cairn",
        "short_name": "Cairn",
        "description": _("Your own notes and steps, day by day."),
        "lang": language,
        "dir": get_locale().text_direction,
        "scope": "/",
        "start_url": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": _icons("icons/"),
        "shortcuts": [
            {"name": name, "url": address, "icons": [_picture("icons/icon-192.png", "192x192")]}
            for name, address in ((_("Help now"), "/help-now"), (_("Today"), "/today"))
        ],
        "screenshots": [
            _picture(f"screenshots/{name}.png", size, form_factor=factor, label=label)
            for name, label, (size, factor) in (
                ("today", _("Today, one step after the other"), NARROW),
                ("coping", _("What helps"), NARROW),
                ("help-now", _("Help now, without a network too"), NARROW),
                ("today-wide", _("Today on a computer"), WIDE),
            )
        ],
    }


def _by_another_name() -> dict[str, Any]:
    """What differs for whoever wants nobody to ask: the name, the icons, and nothing that shows what is inside."""
    today = {"name": _("Today"), "url": "/today", "icons": [_picture("icons/notes-icon-192.png", "192x192")]}
    name = names.neutral_name()
    return {
        "name": name,
        "short_name": name,
        "icons": _icons("icons/notes-"),
        "shortcuts": [today],
        "screenshots": [],
    }


def _icons(start: str) -> list[dict[str, str]]:
    return [
        _picture(f"{start}{name}-{size}.png", f"{size}x{size}", purpose=purpose)
        for name, purpose in (("icon", "any"), ("maskable", "maskable"))
        for size in (192, 512)
    ]


def _picture(name: str, sizes: str, **more: str) -> dict[str, str]:
    asset: Any = current_app.jinja_env.globals["asset"]
    return {"src": asset(name), "sizes": sizes, "type": "image/png", **more}
