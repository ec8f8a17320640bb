"""What every page may ask for: opaque names for who is signed in and for their device, a fresh one for each tap."""

from uuid import uuid4

from flask import Flask
from flask_login import current_user

from webapp.domain.endpoints import mark_of
from webapp.domain.people import Role
from webapp.services.tokens import keyed_hash
from webapp.views import edge, identity


def init_app(app: Flask) -> None:
    """Give the templates, and the macros they import, these functions."""
    app.jinja_env.globals |= {"new_op_id": new_op_id, "user_key": user_key, "push_mark": push_mark}


def new_op_id() -> str:
    """Make the id that lets the same form sent twice count once; app.js makes a newer one for every tap."""
    return str(uuid4())


def user_key(person_id: int | None = None) -> str:
    """Name whoever is signed in, or a person, without telling who; "" for nobody. app.js compares it going back."""
    if person_id is None:
        if not (current_user and current_user.is_authenticated):
            return ""
        person_id = edge.actor().id
    return keyed_hash(edge.config().secret_key, "page", str(person_id))[:16]


def push_mark() -> str | None:
    """Name the subscription that is known of this device, "" for none; None where none may be."""
    if not (current_user and current_user.is_authenticated) or identity.borrowed():
        return None
    who = edge.actor()
    reminded = who.is_a(Role.CLIENT) or who.is_a(Role.SUPPORTER)
    return mark_of(who.device_address) if reminded else None
