"""Reminders: set them on a step or a promise, say when to be left alone, and read what was delivered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, cast

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from webapp import clock
from webapp.domain.cadence import Cadence
from webapp.domain.people import Role
from webapp.domain.throttle import MAILED_TO, NO_WAIT
from webapp.queries import deliveries
from webapp.queries import reminders as queries
from webapp.queries.reminders import OfStep
from webapp.services import quiet_hours, reminders, throttles, trial_messages
from webapp.services.tokens import keyed_hash
from webapp.views import edge, identity
from webapp.views.delivery_words import delivery_words, off_words
from webapp.views.forms import PlainForm, trimmed
from webapp.views.translate import _

blueprint = Blueprint("reminders", __name__)

NONE = OfStep((), False, False, None)


class TimesForm(PlainForm):
    """Up to three times a day, and how."""

    first = StringField(_l("Remind me at"), filters=[trimmed])
    second = StringField(_l("and at"), filters=[trimmed])
    third = StringField(_l("and at"), filters=[trimmed])
    plain_words = BooleanField(_l("Write in the mail what it is about"))
    anyway = BooleanField(_l("Yes, remind me even so"))

    def fields(self) -> Iterator[Any]:
        yield from (self.first, self.second, self.third)

    def times(self) -> list[str]:
        return [f"{time_of(field.data):%H:%M}" for field in self.fields() if field.data]

    def sentences(self) -> dict[str, str]:
        return {
            field.name: _("Write a time of day, such as 09:30.")
            for field in self.fields()
            if field.data and time_of(field.data) is None
        }


class QuietForm(PlainForm):
    """From when until when no reminder is wanted; both or neither."""

    quiet_from = StringField(_l("Quiet from"), filters=[trimmed])
    quiet_to = StringField(_l("until"), filters=[trimmed])

    def sentences(self) -> dict[str, str]:
        pair = (self.quiet_from, self.quiet_to)
        said = {
            field.name: _("Write a time of day, such as 22:00.")
            for field in pair
            if field.data and time_of(field.data) is None
        }
        empty = [field for field in pair if not field.data]
        if len(empty) == 1 and not said:
            said[empty[0].name] = _("Say both times, or leave both empty to have no quiet hours.")
        return said


def time_of(text: str | None) -> time | None:
    """Read a time of day as people and browsers write it, to the minute."""
    found = re.match(r"\s*([0-9]{1,2})\s*[:.]\s*([0-9]{1,2})(?![0-9])", text or "")
    try:
        return time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Part:
    """The reminders of one step, ready to draw. `own`: of one's own plan, not a promise. `kept`: just saved."""

    step_id: int
    standing: OfStep
    form: TimesForm
    action: str
    own: bool
    kept: bool = False


@blueprint.app_context_processor
def parts() -> dict[str, Any]:
    """Give the templates of other screens the parts that they include."""
    return {
        "step_reminders": lambda step_id: part(step_id, url_for("reminders.set", step_id=step_id)),
        "promise_reminders": promise_part,
        "reminder_settings": reminder_settings,
        "off_words": off_words,
    }


def part(step_id: int, action: str, form: TimesForm | None = None, kept: bool = False) -> Part:
    """Gather one step's reminders of the actor: as they stand, or for a first one what fits."""
    standing = _own().get(step_id, NONE)
    begin = standing
    if not standing.times and form is None:
        step = queries.step(edge.reading(), step_id)
        begin = queries.suggested(_habit(), step.times, step.time_of_day)
    own = request.endpoint != "reminders.set_promise"
    return Part(step_id, standing, form or _filled(step_id, begin), action, own, kept)


def promise_part(step_id: int, commitment_id: int, cadence: Cadence | None) -> Part:
    """The same for a promise on a page that shows many: what each begins from is known already."""
    standing = _own().get(step_id, NONE)
    times = [f"{at:%H:%M}" for at in cadence.times] if cadence else []
    begin = standing if standing.times else queries.suggested(_habit(), times)
    action = url_for("reminders.set_promise", commitment_id=commitment_id)
    return Part(step_id, standing, _filled(step_id, begin), action, own=False)


def _own() -> dict[int, OfStep]:
    """The actor's reminders, read once however many parts a page has."""
    if "reminders" not in g:
        g.reminders = queries.of_steps(edge.reading(), edge.actor().id)
    return cast(dict[int, OfStep], g.reminders)


def _habit() -> OfStep | None:
    return next(iter(_own().values()), None)


def _filled(step_id: int, begin: OfStep) -> TimesForm:
    given: dict[str, Any] = dict(zip(("first", "second", "third"), begin.times, strict=False))
    given |= {"plain_words": begin.plain_words, "anyway": begin.even_when_quiet}
    return TimesForm(prefix=prefix(step_id), data=given)


def prefix(step_id: int) -> str:
    """Keep the fields of several steps on one page apart."""
    return f"remind-{step_id}"


@blueprint.post("/steps/<int:step_id>/reminders", endpoint="set")
def set_own(step_id: int) -> ResponseReturnValue:
    """Set the client's reminders of a step of their plan."""
    back = url_for("steps.page", step_id=step_id)
    return _set(step_id, url_for("reminders.set", step_id=step_id), back)


@blueprint.post("/promises/<int:commitment_id>/reminders")
def set_promise(commitment_id: int) -> ResponseReturnValue:
    """Set a supporter's reminders of what they promised."""
    action = url_for("reminders.set_promise", commitment_id=commitment_id)
    return _set(edge.record().step_id, action, url_for("promises.page", _anchor=f"promise-{commitment_id}"))


def _set(step_id: int, action: str, back: str) -> ResponseReturnValue:
    form = TimesForm(request.form, prefix=prefix(step_id))
    off = "off" in request.form
    if not off and not form.is_well():
        return _again(part(step_id, action, form), back)
    try:
        with edge.writing() as session:
            reminders.set_times(
                session,
                step_id,
                edge.actor().id,
                [] if off else form.times(),
                bool(form.plain_words.data),
                bool(form.anyway.data),
                clock.now(),
            )
    except reminders.NeedsYes as asleep:
        form.anyway.errors = [
            _("%(times)s is in your quiet hours. Tick this if you want it even so.", times=", ".join(asleep.times))
        ]
        return _again(part(step_id, action, form), back)
    if edge.from_htmx():
        return render_template("reminders/_form.html", reminder=part(step_id, action, kept=True))
    flash(_("Reminders are off for this step.") if off or not form.times() else _("Your reminder is kept."))
    return edge.see_other(back)


def _again(reminder: Part, back: str) -> ResponseReturnValue:
    """Show what was typed and what it needs: the part alone for htmx, else a page around it."""
    if edge.from_htmx():
        return render_template("reminders/_form.html", reminder=reminder), 422
    words = queries.step(edge.reading(), reminder.step_id).words
    layout = "layouts/client.html" if request.endpoint == "reminders.set" else "layouts/supporter.html"
    page = render_template("reminders/again.html", reminder=reminder, words=words, back=back, layout=layout)
    return page, 422


# One's own settings and the ledger


def reminder_settings() -> dict[str, Any] | None:
    """Give the settings page its part; None for people who are never reminded of anything."""
    who = edge.actor()
    if not (who.is_a(Role.CLIENT) or who.is_a(Role.SUPPORTER)):
        return None
    reach = queries.reach(edge.reading(), who.id)
    quiet = reach.quiet
    given = {"quiet_from": f"{quiet.start:%H:%M}", "quiet_to": f"{quiet.end:%H:%M}"} if quiet else {}
    return {"form": QuietForm(data=given), "reach": reach}


@blueprint.get("/reminders")
def page() -> ResponseReturnValue:
    return _page()


def _page(form: QuietForm | None = None) -> str:
    connection, who, now = edge.reading(), edge.actor(), clock.now()
    lines = deliveries.ledger(connection, who.id, now)
    settings = reminder_settings() or {"form": QuietForm(), "reach": queries.reach(connection, who.id)}
    return render_template(
        "reminders/page.html",
        layout=identity.layout_of(who),
        settings=settings if form is None else settings | {"form": form},
        standing=queries.of_person(connection, who.id),
        lines=[(line, *delivery_words(line)) for line in lines],
    )


@blueprint.post("/reminders/settings")
def settings() -> ResponseReturnValue:
    """Keep the quiet hours, or use an address again that was switched off."""
    who = edge.actor()
    wanted = request.form.get("switch_on", "")
    if wanted:
        with edge.writing() as session:
            known = wanted.isdecimal() and quiet_hours.switch_on(session, who.id, min(int(wanted), 2**31))
        if not known:
            abort(404)
        flash(_("Mails to this address are on again."))
        return edge.see_other(url_for("reminders.page"))
    form = QuietForm(request.form)
    if not form.is_well():
        return _page(form), 422
    with edge.writing() as session:
        quiet_hours.keep(session, who.id, time_of(form.quiet_from.data), time_of(form.quiet_to.data), clock.now())
    flash(_("Your quiet hours are kept.") if form.quiet_from.data else _("You have no quiet hours now."))
    return edge.see_other(url_for("reminders.page"))


@blueprint.post("/reminders/test")
def test() -> ResponseReturnValue:
    """Send a test message now, so that nobody has to wait for tomorrow to know."""
    who, config, now = edge.actor(), edge.config(), clock.now()
    watched = {keyed_hash(config.secret_key, "test message", str(who.id)): MAILED_TO}
    with edge.writing() as session:
        wait = throttles.try_once(session, watched, now)
    if wait > NO_WAIT:
        flash(_("You sent some already. Please wait a few minutes before the next one."), "open")
        return edge.see_other(url_for("reminders.page"))
    addresses = queries.reach(edge.reading(), who.id).endpoints
    edge.stop_reading()  # a mail server may take long; nobody needs to wait for this connection
    _say_what_became(trial_messages.send(config, addresses, who.language, now))
    return edge.see_other(url_for("reminders.page"))


def _say_what_became(told: list[trial_messages.Told]) -> None:
    for one in told:
        if one.ending == "sent":
            flash(_("A test message is on its way to %(address)s.", address=one.endpoint.address))
        else:
            flash(_("The test message did not get through to %(address)s. That is our side, not yours.",
                    address=one.endpoint.address), "open")  # fmt: skip
    if not told:
        flash(_("There is no address to write to. Switch one on first."), "open")
