"""The service worker: one script from the root (in /static/ it could look after no page), made of several files.

Its first line names this release and what belongs to it. The name changes with all that the kept pages are made of,
so a new release installs itself, and what it needs without a network is fetched before it takes over.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request

from webapp.views import edge, help_now, names, translate
from webapp.views.assets import bare
from webapp.views.offline import KEPT

blueprint = Blueprint("service_worker", __name__)

OFFLINE, PUSH = ("worker/kept.js", "worker/outbox.js"), "sw.js"
FILES = (
    "vendor/htmx.min.js",
    "icons/sprite.svg",
    "icons/favicon.svg",
    "icons/icon-192.png",
    "icons/badge-96.png",
    "icons/units.svg",
    "icons/notes-favicon.svg",
    "icons/notes-icon-192.png",
    "icons/notes-badge-96.png",
)
"""Files of a page besides styles and scripts, all of which belong to it."""
PATIENCE = 3000
"""ms until a page that is kept is shown instead of one that does not come."""
PAGES = ("/offline", "/offline/using", "/help-now", "/units")
"""Pages that are the same for everybody, fetched without a sign-in; so their address names language and name."""


@blueprint.get("/sw.js")
def script() -> Response:
    """Give the script, asked for anew each time so that a new release is not kept from anybody.

    It names the reader's language, so it changes with their settings, and the kept pages are fetched anew.
    """
    response = Response(_script(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(("Accept-Language", "Cookie"))
    response.add_etag()
    response.make_conditional(request)
    return response


def _script() -> str:
    asset = current_app.jinja_env.globals["asset"]
    language = translate.reader_language()
    asked = urlencode({translate.ASKED: language} | names.asked())
    pages = (f"{path}?{asked}" for path in PAGES)
    shell = [*pages, *(asset(name) for name in _files())]  # type: ignore[operator]
    told = {
        "release": _release(),
        "language": language,
        "asked": asked,
        "name": names.app_name(),
        "icon": asset(names.picture("icon-192.png")),  # type: ignore[operator]
        "badge": asset(names.picture("badge-96.png")),  # type: ignore[operator]
        "shell": shell,
        "pages": KEPT,
        "patience": current_app.config.get("PATIENCE", PATIENCE),
    }
    return f"const CAIRN = {json.dumps(told)};\n{_parts()}"


def _files() -> list[str]:
    """Name the files in static/ that pages may ask for."""
    folder = Path(current_app.static_folder or "")
    found = sorted(
        path.relative_to(folder).as_posix() for kind in ("css/*.css", "js/*.js") for path in folder.glob(kind)
    )
    return [*found, *FILES]


@cache
def _parts() -> str:
    folder = Path(current_app.static_folder or "")
    offline = "\n".join(_bare(folder / name) for name in OFFLINE)
    return f"(() => {{\n{offline}\n}})();\n{_bare(folder / PUSH)}"


def _bare(path: Path) -> str:
    return bare(path.read_text(), path.suffix)


def _release() -> str:
    """Name the release by all that a page without a network is made of. A corrected crisis line makes a new one."""
    lines = help_now.lines_file().read_bytes()
    return hashlib.sha256(b"".join((_of_files(), edge.config().country.encode(), lines))).hexdigest()[:12]


@cache
def _of_files() -> bytes:
    """Sum up what changes only with Cairn itself: files, templates, and the sentences in them."""
    folder = Path(current_app.static_folder or "")
    parts = [folder / name for name in (*OFFLINE, PUSH, *_files())]
    templates = sorted(Path(current_app.root_path, current_app.template_folder or "").rglob("*.html"))
    sentences = sorted(translate.FOLDER.rglob("*.po"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in (*parts, *templates, *sentences))).digest()
