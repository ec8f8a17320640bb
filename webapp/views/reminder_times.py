"""The times of day at which somebody is reminded of a step or a promise; other screens include this part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, cast

from flask import Blueprint, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, StringField

from webapp import clock
from webapp.domain.cadence import Cadence
from webapp.queries import access
from webapp.queries import reminders as queries
from webapp.queries.access import ClientAccess
from webapp.queries.reminders import OfStep
from webapp.services import reminders
from webapp.views import edge, seen_by_supporters
from webapp.views.forms import PlainForm, trimmed
from webapp.views.phrases import clock_words, list_words
from webapp.views.translate import N_, _

blueprint = Blueprint("reminder_times", __name__)

NONE = OfStep((), False, False, None)


class TimesForm(PlainForm):
    """Up to three times a day, and how."""

    first = StringField(N_("Remind me at"), filters=[trimmed])
    second = StringField(N_("and at"), filters=[trimmed])
    third = StringField(N_("and at"), filters=[trimmed])
    plain_words = BooleanField(N_("Say in the reminder what it is about"))
    anyway = BooleanField(N_("Yes, remind me even so"))

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
        "step_reminders": lambda step_id: part(step_id, url_for("reminder_times.own", step_id=step_id)),
        "promise_reminders": promise_part,
    }


def part(step_id: int, action: str, form: TimesForm | None = None, kept: bool = False) -> Part:
    """Gather one step's reminders of the actor: as they stand, or for a first one what fits."""
    standing = _own().get(step_id, NONE)
    begin = standing
    if not standing.times and form is None:
        step = queries.step(edge.reading(), step_id)
        begin = queries.suggested(_habit(), step.times, step.time_of_day)
    of_step = request.endpoint != "reminder_times.promise"
    return Part(step_id, standing, form or _filled(step_id, begin), action, of_step, kept)


def promise_part(step_id: int, commitment_id: int, cadence: Cadence | None) -> Part:
    """The same for a promise on a page that shows many: what each begins from is known already."""
    standing = _own().get(step_id, NONE)
    times = [f"{at:%H:%M}" for at in cadence.times] if cadence else []
    begin = standing if standing.times else queries.suggested(_habit(), times)
    action = url_for("reminder_times.promise", commitment_id=commitment_id)
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


@blueprint.post("/steps/<int:step_id>/reminders")
def own(step_id: int) -> ResponseReturnValue:
    """Set the client's reminders of a step of their plan."""
    back = url_for("steps.page", step_id=step_id)
    return _set(step_id, url_for("reminder_times.own", step_id=step_id), back)


@blueprint.post("/promises/<int:commitment_id>/reminders")
def promise(commitment_id: int) -> ResponseReturnValue:
    """Set a supporter's reminders of what they promised."""
    action = url_for("reminder_times.promise", commitment_id=commitment_id)
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
            _(
                "%(times)s is in your quiet hours. Tick this if you want it even so.",
                times=list_words([clock_words(at) for at in asleep.times]),
            )
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
    layout, client = "layouts/client.html", None
    if request.endpoint == "reminder_times.promise":
        layout, client = "layouts/supporter.html", _whose_promise(edge.record().client_id)
    words = queries.step(edge.reading(), reminder.step_id).words
    page = render_template(
        "reminders/again.html", reminder=reminder, words=words, back=back, layout=layout, client=client
    )
    return page, 422


def _whose_promise(client_id: int) -> ClientAccess | None:
    """Name the client of whom this supporter is shown something, and write down that they were."""
    seen_by_supporters.remember([client_id], "reminders")
    clients = access.supported_clients(edge.reading(), edge.actor().id, clock.now())
    return next((one for one in clients if one.client_id == client_id), None)
