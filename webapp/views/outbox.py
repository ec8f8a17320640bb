"""Mails of a Cairn without a mail server, for trying it out.

People read what was sent to them. An admin sees that mails went out, to whom and when, but not what stands in
them: a link lets its reader into somebody else's account, and a reminder may name a step of a plan.
"""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from webapp.domain.people import Role
from webapp.notify import outbox
from webapp.queries import settings as queries
from webapp.views import edge, identity
from webapp.views.translate import _

blueprint = Blueprint("outbox", __name__)


def is_here() -> bool:
    """Tell whether this Cairn keeps its mails as files."""
    config = edge.config()
    return config.smtp_url is None and config.mode == "embedded"


@blueprint.get("/outbox")
def page() -> ResponseReturnValue:
    config = edge.config()
    if not is_here():
        abort(404)
    own = queries.email_of(edge.reading(), edge.actor().id)
    all_of_them = edge.actor().is_a(Role.ADMIN)
    mails = outbox.kept(config.outbox, to=None if all_of_them else own)
    return render_template(
        "outbox/page.html",
        layout=identity.layout_of(edge.actor()),
        mails=[(mail, _text(mail, own)) for mail in mails],
        all_of_them=all_of_them,
    )


def _text(mail: outbox.Kept, own: str) -> str:
    return mail.text if mail.to.casefold() == own.casefold() else _("What it says is for its receiver.")
