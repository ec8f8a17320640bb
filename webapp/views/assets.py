"""Names of static files that change with their content, so that browsers may keep them for a year; and less of them."""

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

YEAR = 31_536_000
COMMENT = {".css": re.compile(r"/\*.*?\*/", re.S), ".js": re.compile(r"^\s*//.*$", re.M)}
"""What is written for those who read the source: in scripts only lines of their own, which no string looks like."""


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

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            kept = f"public, max-age={YEAR}, immutable" if "v" in request.args else "no-cache"
            response.headers["Cache-Control"] = kept
        return response

    app.jinja_env.globals["asset"] = asset
