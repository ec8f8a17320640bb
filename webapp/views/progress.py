"""Progress: weeks as numbers and as a calendar, best kept first. No grade, no streak."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.domain.periods import Period
from webapp.domain.progress import Record, Week
from webapp.domain.scores import State
from webapp.queries import progress as queries
from webapp.views import edge
from webapp.views.phrases import DAY, date_words
from webapp.views.translate import _, ngettext

blueprint = Blueprint("progress", __name__, url_prefix="/progress")
MARKS = {State.KEPT: "full", State.PART: "half", State.NONE: "dash", State.OPEN: "open"}


@blueprint.get("")
def page() -> ResponseReturnValue:
    who = edge.actor()
    found = queries.page(edge.reading(), who.id, edge.today(), who.week_starts_on)
    return render_template(
        "progress/page.html",
        progress=found,
        marks=MARKS,
        record_words=record_words,
        week_words=week_words,
        span_words=span_words,
    )


def record_words(told: Record) -> str:
    """Say how a step went in one sentence; what nobody wrote down is no record, not a nought."""
    if not told.count and not told.kept:
        return _("no record yet")
    if not told.asked:
        return ngettext("%(num)d time in these weeks", "%(num)d times in these weeks", told.count)
    kept = _("%(kept)d of %(asked)d", kept=told.kept, asked=told.asked)
    if not told.weeks_kept or any(week.period.nominal != 7 for week in told.weeks):
        return kept
    often = ngettext(
        "in full in %(kept)d of %(num)d week",
        "in full in %(kept)d of %(num)d weeks",
        told.weeks_asked,
        kept=told.weeks_kept,
    )
    return f"{kept}, {often}"


def week_words(week: Week) -> str:
    """Say one week of a step in words, the open one too."""
    if week.state is State.NEUTRAL:
        return ngettext("%(num)d time", "%(num)d times", week.count) if week.count else _("nothing asked")
    told = _("%(kept)d of %(asked)d", kept=week.kept, asked=week.asked) if week.asked else str(week.count)
    if week.state is State.OPEN:
        return _("%(told)s so far", told=told)
    return _("no record") if week.state is State.NONE and not week.count else told


def span_words(period: Period) -> str:
    """Say the days of a period by its first and last."""
    return f"{date_words(period.start)} – {date_words(period.end - DAY)}"
