"""One step: how, why, when, the smallest version, what was said lately, and rest from it."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.kept_weeks import Shown, StepDay
from webapp.domain.scores import Outcome
from webapp.queries import access
from webapp.queries import steps as queries
from webapp.views import edge, formats, ops, progress, today
from webapp.views.clock_times import SLOT
from webapp.views.phrases import outcome_words
from webapp.views.translate import _

blueprint = Blueprint("steps", __name__, url_prefix="/steps")


@blueprint.get("/<int:step_id>")
def page(step_id: int) -> ResponseReturnValue:
    """Show the step; with ?slot= its form for that time of day stands open: where Today's cards lead without script."""
    return show(step_id, chosen=_chosen())


def show(
    step_id: int,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
    chosen: date | None = None,
) -> ResponseReturnValue:
    """Render a step's page; after something could not be saved with what was typed and why.

    With a day `chosen` in its calendar, the form for it is open.
    """
    who = edge.actor()
    slot = typed.get("slot") if typed else request.args.get("slot")
    step = queries.page(edge.reading(), who.id, step_id, edge.today(), who.week_starts_on)
    return render_template(
        "steps/page.html",
        step=step,
        me=who.id,
        slot=slot if slot is not None and SLOT.fullmatch(slot) else None,
        typed=typed or ({"day": chosen.isoformat()} if chosen else {}),
        problems=problems or {},
        chosen=chosen,
        weekdays=[(formats.weekday(n), formats.short_weekday(n)) for n in (one.day.weekday() for one in step.days[0])],
        mark=progress.mark,
        legend=progress.legend((one.shown for week in step.days for one in week if one.open), day_shown_words),
        day_label=day_label,
        **today.context(),
    ), status


def day_label(one: StepDay) -> str:
    """Say a day of the calendar and what is recorded of it.

    With its number, which is what stands there to be read: who speaks to their phone says that.
    """
    day = formats.weekday_day(one.day, year=False)
    return day if one.shown is Shown.NOTHING else _("%(day)s: %(told)s", day=day, told=day_shown_words(one.shown))


def day_shown_words(shown: Shown) -> str:
    """Say what the mark of a day means."""
    said = {Shown.KEPT: outcome_words(Outcome.DONE), Shown.PART: outcome_words(Outcome.SOME)}.get(shown)
    return said or progress.shown_words(shown)


def _chosen() -> date | None:
    """The day tapped in the calendar; nothing for what is none, or can't be told about."""
    return ops.day_of(request.args.get("day", ""))


def own(step_id: int) -> int | None:
    """Give the id back if it is a step of the actor's plan; for forms that name one."""
    found = access.own_step(edge.reading(), edge.actor(), {"step_id": step_id}, clock.now())
    return found.id if found else None
