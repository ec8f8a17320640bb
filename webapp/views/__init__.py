"""Thin: parse the request, call a service or a query, render. One blueprint per screen.

`BLUEPRINTS` names the modules that hold one; policies.py says who may enter which route.
"""

BLUEPRINTS = (
    "health",
    "home",
    "caseload",
    "before_session",
    "sessions",
    "agenda",
    "coping",
    "contacts",
    "help_now",
    "crisis_lines",
)
