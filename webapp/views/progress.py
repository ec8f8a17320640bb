"""Progress: a calendar of kept weeks, what came of each step, and what helped. No grade, no streak."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal

from webapp.domain.check_ins import BACK
from webapp.domain.kept_weeks import ORDER, CalendarWeek, Shown
from webapp.domain.periods import ORIGIN, Period
from webapp.domain.progress import Record, Week
from webapp.domain.scores import State
from webapp.queries import progress as queries
from webapp.queries import recorded
from webapp.queries.progress import Helped
from webapp.queries.recorded import Used
from webapp.views import edge, formats, pictures
from webapp.views.phrases import DAY, date_words, list_words
from webapp.views.pictures import Marks
from webapp.views.translate import _, ngettext

blueprint = Blueprint("progress", __name__, url_prefix="/progress")
A_CELL, A_STRIP = 5, 27
"""marks in a row: of a week in the calendar, and of a step's weeks on the width of a small phone"""


@dataclass(frozen=True, slots=True)
class WeekLink:
    """A week of the calendar to tap: its picture, and all of it in words."""

    href: str
    first_day: date
    words: str
    drawn: Marks
    now: bool


@blueprint.get("")
def page() -> ResponseReturnValue:
    who = edge.actor()
    found = queries.page(edge.reading(), who.id, edge.today(), who.week_starts_on)
    return render_template(
        "progress/page.html",
        progress=found,
        months=months(found.calendar),
        columns=columns(found.calendar),
        legend=legend(one for week in found.calendar for one in marks_of(week)),
        **context(),
    )


@blueprint.get("/<day>")
def week(day: str) -> ResponseReturnValue:
    """The week around a day, with everything that was recorded in it."""
    who, today = edge.actor(), edge.today()
    found = recorded.week(edge.reading(), who.id, _day(day, today), today, who.week_starts_on)
    before, after = found.period.start - DAY, found.period.end
    return render_template(
        "progress/week.html",
        found=found,
        title=_("Week from %(first)s to %(last)s", first=date_words(found.period.start), last=date_words(after - DAY)),
        heading=formats.long_day,
        before=before if before > ORIGIN else None,
        after=after if after <= today else None,
        first_day=today - BACK,
        legend=legend(step.shown for step in found.steps),
        **context(),
    )


def context() -> dict[str, object]:
    """The words and pictures both pages draw with."""
    return {
        "Shown": Shown,
        "mark": mark,
        "strip": lambda shown: pictures.marks(shown, min(A_STRIP, len(shown))),
        "fall": pictures.fall,
        "counted": counted,
        "distress_words": distress_words,
        "mean_words": mean_words,
        "record_words": record_words,
        "week_words": week_words,
        # Tables of a year say the same few words and dates over and over: each is looked up once for a page.
        "shown_words": cache(shown_words),
        "span_words": cache(span_words),
    }


def _day(text: str, today: date) -> date:
    """Read a day from the address; 404 for what is none, or lies after today or before any record."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(404)
    return day if day.isoformat() == text and ORIGIN <= day <= today else abort(404)


# The calendar


def months(calendar: Iterable[CalendarWeek]) -> list[tuple[str, list[WeekLink]]]:
    """Group weeks by the month they begin in, the newest month first."""
    weeks = list(calendar)
    rows = -(-max(len(marks_of(week)) for week in weeks) // A_CELL)
    links = [_link(week, rows) for week in weeks]
    by_month = groupby(links, key=lambda link: link.first_day.replace(day=1))
    this_year = edge.today().year
    return [(formats.short_month(first, first.year != this_year), list(found)) for first, found in by_month][::-1]


def marks_of(week: CalendarWeek) -> tuple[Shown, ...]:
    """All marks of a week: those of its steps, and one of rest for each small day."""
    return week.shown + (Shown.REST,) * week.small_days


def _link(week: CalendarWeek, rows: int) -> WeekLink:
    first = week.days.start
    told = {"day": date_words(first), "told": counted(week.shown, week.small_days)}
    return WeekLink(
        href=url_for("progress.week", day=first.isoformat()),
        first_day=first,
        words=_("This week, from %(day)s: %(told)s", **told) if week.now else _("Week from %(day)s: %(told)s", **told),
        drawn=pictures.marks(marks_of(week), A_CELL, rows),
        now=week.now,
    )


def columns(calendar: Iterable[CalendarWeek]) -> list[Shown]:
    """The kinds of marks that the table of the calendar needs a column for."""
    seen = {one for week in calendar for one in week.shown} | {Shown.KEPT, Shown.PART, Shown.BLANK}
    return [one for one in Shown if one in seen]


def mark(shown: Shown) -> Marks:
    """One mark by itself."""
    return pictures.marks((shown,), 1)


def legend(shown: Iterable[Shown], says: Callable[[Shown], str] | None = None) -> list[tuple[Marks, str]]:
    """What the marks that are to be seen mean, of weeks unless `says` has other words."""
    seen = set(shown) - {Shown.NOTHING}
    return [(mark(one), (says or shown_words)(one)) for one in Shown if one in seen]


# Words


def shown_words(shown: Shown) -> str:
    """Say what a mark means."""
    match shown:
        case Shown.KEPT:
            return _("in full")
        case Shown.PART:
            return _("in part")
        case Shown.EXTRA:
            return _("done, nothing was asked")
        case Shown.BEGUN:
            return _("begun, still open")
        case Shown.OPEN:
            return _("still open")
        case Shown.NOT_TODAY:
            return _("not today")
        case Shown.BLANK:
            return _("no record")
        case Shown.REST:
            return _("rest")
        case Shown.NOTHING:
            return _("nothing asked")


def counted(shown: Iterable[Shown], small_days: int = 0) -> str:
    """Say how many marks of each kind there are: "3 in full, 1 in part"."""
    words = [_how_many(one, number) for one, number in sorted(Counter(shown).items(), key=_by_kind)]
    if small_days:
        words.append(ngettext("%(num)d small day", "%(num)d small days", small_days))
    return list_words([told for told in words if told]) or _("nothing asked")


def _by_kind(counted: tuple[Shown, int]) -> int:
    return ORDER.index(counted[0])


def _how_many(shown: Shown, number: int) -> str:
    match shown:
        case Shown.KEPT:
            return ngettext("%(num)d in full", "%(num)d in full", number)
        case Shown.PART:
            return ngettext("%(num)d in part", "%(num)d in part", number)
        case Shown.EXTRA:
            return ngettext("%(num)d done unasked", "%(num)d done unasked", number)
        case Shown.BEGUN:
            return ngettext("%(num)d begun", "%(num)d begun", number)
        case Shown.OPEN:
            return ngettext("%(num)d still open", "%(num)d still open", number)
        case Shown.BLANK:
            return ngettext("%(num)d without a record", "%(num)d without a record", number)
        case Shown.REST:
            return ngettext("%(num)d at rest", "%(num)d at rest", number)
        case _:
            return ""


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


def distress_words(use: Used) -> str:
    """Say what one use of a strategy did."""
    return _("distress from %(before)d to %(after)d", before=use.before, after=use.after)


def mean_words(helped: Helped) -> str:
    """Say what the uses of a strategy did on average, those with numbers."""
    before, after = (format_decimal(mean, "0.#") for mean in (helped.before, helped.after))
    return ngettext(
        "from %(before)s to %(after)s, once",
        "from %(before)s to %(after)s, the mean of %(num)d uses",
        helped.measured,
        before=before,
        after=after,
    )


def span_words(period: Period) -> str:
    """Say the days of a period by its first and last."""
    return f"{date_words(period.start)} – {date_words(period.end - DAY)}"
