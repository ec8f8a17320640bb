"""What the outbox of a phone sends: by whom it was meant, when it was tapped, and answers that it can read.

The service worker keeps what is tapped without a network and sends it later, perhaps twice. A form that it may keep
has `data-op` (whose order is kept), `data-op-words` (how its owner knows it) and a hidden `op_id`, new for each tap.
Scripts add `op_at` and `op_sent` (see domain/ops.py) and `op_for`, the page's `data-user`: what was tapped by one
person must not land in the record of another who has the phone now.
"""

from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Conflict

from webapp import clock
from webapp.domain.check_ins import BACK, op_id_of
from webapp.domain.ops import Tap, instant_of, tapped_at
from webapp.views import edge
from webapp.views.messages import say
from webapp.views.pages import new_op_id, user_key
from webapp.views.phrases import day_words
from webapp.views.same_site import SAFE
from webapp.views.translate import _


class SomebodyElse(Conflict):
    """Whoever tapped this is not who is signed in now."""


def tap() -> Tap:
    """The tap behind this request, with a name of ours where none arrived."""
    return Tap(op_id_of(request.form.get("op_id", "")) or new_op_id(), tapped())


def tapped() -> datetime:
    """When the form was sent off by hand; now, where no script says so."""
    return tapped_at(clock.now(), instant_of(request.form.get("op_at")), instant_of(request.form.get("op_sent")))


def named(field: str) -> str | None:
    """The op that this one is about, by the name of the field that says so."""
    return op_id_of(request.form.get(field, ""))


def day() -> date | None:
    """The day that the form was drawn for, today where it says none; None for what no page of ours says."""
    text = request.form.get("day", "")
    return day_of(text) if text else edge.today()


def day_of(text: str) -> date | None:
    """Read a day that can be told of: up to 60 days back; None for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if edge.today() - BACK <= found <= edge.today() else None


def taken(said: str, superseded: bool = False) -> ResponseReturnValue:
    """Tell the worker that it is done with an op. `superseded`: something newer stands, the page wants reading anew."""
    return jsonify(ok=True, said=said, superseded=superseded)


def newer_words(day: date) -> str:
    return _("You said something newer about %(day)s. It was left as it is.", day=day_words(day))


def done(said: str, page: str, superseded: bool = False) -> ResponseReturnValue:
    """Answer what changed no piece of a page that could be shown: in JSON, or with a sentence on the next page."""
    if edge.wants_json():
        return taken(said, superseded)
    say(said)
    return edge.see_other(page)


def refused(said: str, status: int, problems: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """Tell the worker why an op can't be taken; it shows that beside the words that were typed."""
    return jsonify(ok=False, said=said, problems=dict(problems or {})), status


def guard() -> None:
    """Refuse what somebody else tapped, before anything about the record is looked up: it stays in their outbox."""
    if request.method in SAFE or not current_user.is_authenticated:
        return
    meant_for = request.form.get("op_for")
    if meant_for and meant_for != user_key():
        raise SomebodyElse


def init_app(app: Flask) -> None:
    app.before_request(guard)
