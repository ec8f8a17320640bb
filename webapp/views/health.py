"""Is Cairn alive: for monitors."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from webapp import __version__, clock
from webapp.db import DatabaseDown
from webapp.queries import health
from webapp.views import edge

blueprint = Blueprint("health", __name__)

STALE = 120
"""Seconds after which a silent jobs process counts as down; it beats every 15."""


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 when database and jobs are well, 503 when one is down."""
    try:
        beat = health.last_heartbeat(edge.reading())
        database = "ok"
    except DatabaseDown:
        beat, database = None, "down"
    age = None if beat is None else round((clock.now() - beat).total_seconds(), 1)
    well = database == "ok" and age is not None and age < STALE
    body = {
        "status": "ok" if well else "down",
        "version": __version__,
        "database": database,
        "jobs_heartbeat_seconds": age,
    }
    return jsonify(body), 200 if well else 503
