"""Thin: parse the request, call a service or a query, render. One blueprint per screen.

`BLUEPRINTS` names the modules that hold one; policies.py says who may enter which route.
"""

BLUEPRINTS = (
    "admin",
    "agenda",
    "bad_days",
    "before_session",
    "care_plan",
    "caseload",
    "check_ins",
    "commitments",
    "contacts",
    "coping",
    "crisis_lines",
    "endpoints",
    "health",
    "help_now",
    "home",
    "invitations",
    "outbox",
    "pauses",
    "people",
    "plan",
    "progress",
    "promises",
    "reminded",
    "reminder_times",
    "reminders",
    "service_worker",
    "sessions",
    "settings",
    "sign_in",
    "steps",
    "styleguide",
    "today",
)
