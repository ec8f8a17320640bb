"""Names of static files that change with their content, so that browsers may keep them for a year; and less of them."""

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Flask, Response, request
from markupsafe import Markup

YEAR = 31_536_000
COMMENT = {
    ".css": re.compile(r"/\*.*?\*/", re.S),
    ".js": re.compile(r"^\s*//.*$|[ ]+// [^'\"`\n]*$", re.M),
}
"""What is written for those who read the source. In scripts, what may stand in a string stays: its end is to come."""
POINTING = frozenset({"chevron-left", "chevron-right", "undo-2", "log-out", "external-link"})
"""Pictures that point along the line: turned round where people read from the right."""


def bare(text: str, kind: str) -> str:
    """Leave out comments and indents of a file of ours (`kind`: .css or .js): phones fetch them over and over."""
    lines = (line.strip() for line in COMMENT[kind].sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def init_app(app: Flask) -> None:
    folder = Path(app.static_folder or "")

    @cache
    def path(name: str) -> str:
        fingerprint = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
        return f"{app.static_url_path}/{name}?v={fingerprint}"

    def asset(name: str) -> str:
        """Give the address of a file in static/, with its fingerprint. A page asks for dozens: no url_for."""
        return request.script_root + path(name)

    @cache
    def drawn(root: str, name: str, classes: str) -> Markup:
        href = f"{root}{path('icons/sprite.svg')}#{name}"
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>').format(classes, href)

    def icon(name: str, also: str = "") -> Markup:
        """Draw a picture of the sprite, silent for screen readers. A page has dozens: no macro."""
        turned = "flip" if name in POINTING else ""
        return drawn(request.script_root, name, " ".join(filter(None, ("icon", also, turned))))

    def mark(name: str) -> Markup:
        """Draw one of the marks that say how far something is: full, half, open or dash."""
        return drawn(request.script_root, f"mark-{name}", f"mark mark-{name}")

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            kept = f"public, max-age={YEAR}, immutable" if "v" in request.args else "no-cache"
            response.headers["Cache-Control"] = kept
        return response

    app.jinja_env.globals |= {"asset": asset, "icon_drawn": icon, "mark_drawn": mark}
