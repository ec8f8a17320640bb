"""In your calendar: a secret address at which a calendar program reads somebody's dates, and its own section."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, Form

from webapp import clock
from webapp.domain import scopes
from webapp.domain.people import Role
from webapp.domain.wall_time import local_day
from webapp.queries import calendar_feeds as queries
from webapp.services import calendar_feeds
from webapp.services.calendar_feeds import Titles
from webapp.services.tokens import token_hash
from webapp.views import edge, identity, mailing, names
from webapp.views.translate import N_, _, in_language

blueprint = Blueprint("calendar_feeds", __name__)

FRESH = "calendar"
"""Where the cookie keeps a new address until its owner has seen it."""


class WordsForm(Form):
    plain_words = BooleanField(N_("Say in each entry what it is about"))


@dataclass(frozen=True, slots=True)
class Part:
    """The section, ready to draw. `address` only right after it was made; `opens` makes a program subscribe to it."""

    form: WordsForm
    since: date | None
    address: str | None
    opens: str | None


@blueprint.app_context_processor
def parts() -> dict[str, Any]:
    """Give the templates of other screens the part that they include."""
    return {"has_dates": has_dates, "calendar_part": part}


def has_dates() -> bool:
    """Tell whether the signed-in person can have anything in a calendar."""
    return edge.actor().is_a(Role.CLIENT) or edge.actor().is_a(Role.SUPPORTER)


def part() -> Part:
    """Gather the section. A new address is shown once: after this, nobody can look it up."""
    standing = queries.standing(edge.reading(), edge.actor().id)
    token = cookie.pop(FRESH, None)
    form = WordsForm(prefix="calendar", data={"plain_words": bool(standing and standing.plain_words)})
    if standing is None:
        return Part(form, None, None, None)
    since = local_day(standing.created_at, edge.actor().zone)
    if token is None or token_hash(token) != standing.token_hash:
        return Part(form, since, None, None)
    address = edge.config().origin + url_for("calendar_feeds.feed", token=token)
    return Part(form, since, address, "webcal:" + address.partition(":")[2])


@blueprint.post("/reminders/calendar")
def begin() -> ResponseReturnValue:
    """Make an address; the one before, if there was one, leads nowhere from now on."""
    owner = identity.owner()
    with edge.writing() as session:
        cookie[FRESH] = calendar_feeds.begin(session, owner.id, _plain_words(), clock.now())
    mailing.changed(owner.email, mailing.Change.CALENDAR)
    return edge.see_other(url_for("reminders.page", _anchor="calendar"))


@blueprint.post("/reminders/calendar/words")
def words() -> ResponseReturnValue:
    """Choose what the entries say; the address stays."""
    with edge.writing() as session:
        kept = calendar_feeds.choose_words(session, edge.actor().id, _plain_words())
    if kept:
        flash(_("Your choice is kept. Your calendar follows when it next asks, often within some hours."))
    return edge.see_other(url_for("reminders.page"))


@blueprint.post("/reminders/calendar/off")
def end() -> ResponseReturnValue:
    with edge.writing() as session:
        calendar_feeds.end(session, edge.actor().id)
    off = _(
        "Your calendar address is off. Your calendar may keep what it read; you can remove %(app)s there.",
        app=names.app_name(),
    )
    flash(off)
    return edge.see_other(url_for("reminders.page"))


@blueprint.get("/calendar/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """Hand a calendar program the dates behind an address. Whoever asks needs nothing else, and changes nothing."""
    reader = queries.reader(edge.reading(), token_hash(token))
    if reader is None:
        abort(404)
    edge.enter(scopes.reader(reader.person_id))
    with in_language(reader.language):
        name = names.neutral_name() if reader.neutral_name else names.OURS
        titles = Titles(
            calendar=name,
            step=_("%(app)s: you have something for today", app=name),
            meeting=_("%(app)s: you have an appointment", app=name),
        )
    config = edge.config()
    body = calendar_feeds.calendar(edge.reading(), reader, titles, f"{config.origin}/", config.secret_key, clock.now())
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = "inline; filename=calendar.ics"
    # Kept by that one program, which asks each time whether it still holds: most often the answer is a short yes.
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(hashlib.sha256(body).hexdigest(), weak=True)
    return answer.make_conditional(request)


def _plain_words() -> bool:
    return bool(WordsForm(request.form, prefix="calendar").plain_words.data)
