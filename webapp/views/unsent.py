"""A form that met a sign-in which had run out, or a locked phone: its words are given back, to be sent afterwards.

They stand on the page that says so, and nowhere else; nothing of them is kept for somebody who is not signed in.
"""

import re
from dataclasses import dataclass

from flask import request

from webapp.queries import sign_ins
from webapp.services.tokens import token_hash
from webapp.views import edge, identity
from webapp.views.pages import user_key
from webapp.views.policies import POLICIES

SECRET = re.compile(r"password|credential|recovery|(^|_)code$|^(present|new|pin|again|token)$")
"""Fields that are never given back; a form that has one is not given back at all."""
FOR_SCRIPTS = ("op_at", "op_sent", "op_about")
MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Unsent:
    """What was in a form: its address, every field with its value, and which of them are words somebody wrote."""

    address: str
    fields: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


def fields() -> Unsent | None:
    """Return what this request would have sent, None when there is nothing that could be sent again.

    What is sent on the way in is all secret. `op_for` names its owner, so that it can't land in the record of whoever
    else signs in.
    """
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded" or request.endpoint is None:
        return None
    if POLICIES[request.endpoint].on_the_way_in:
        return None
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in FOR_SCRIPTS]
    if not sent or sum(map(len, request.form.values())) > MOST or any(SECRET.search(name) for name, _value in sent):
        return None
    if "op_for" not in request.form and (owner := _owner()):
        sent.append(("op_for", owner))
    words = tuple(value for _name, value in sent if " " in value.strip() or "\n" in value)
    return Unsent(request.path, tuple(sent), words)


def _owner() -> str:
    """Name whoever the sign-in in the cookie belonged to, though it is over."""
    token = identity.last_token()
    person = sign_ins.once_of(edge.reading(), token_hash(token)) if token else None
    return user_key(person) if person else ""
