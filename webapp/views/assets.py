"""Names of static files that change with their content, so that a browser may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

YEAR = 31_536_000


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
