"""Words for how often a step is promised, and for where it stands: whole sentences, alike on every screen."""

from datetime import timedelta

from flask import Flask

from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit
from webapp.domain.standing import Standing
from webapp.views import formats
from webapp.views.phrases import (
    clock_words,
    date_words,
    day_words,
    list_words,
    minutes_words,
    reader_today,
    reader_zone,
)
from webapp.views.translate import _, ngettext
from webapp.views.zones import place_words

DAY = timedelta(days=1)
LAST_OF_MONTH = 31
WORKING_DAYS = [0, 1, 2, 3, 4]
A_YEAR = 12
"""months"""


def init_app(app: Flask) -> None:
    """Give the templates these words as filters."""
    app.add_template_filter(cadence_words)
    app.add_template_filter(standing_words)


def cadence_words(cadence: Cadence, until: bool = True) -> str:
    """Say how often a step is promised: "at least twice a week, until May 2"."""
    parts = [_how_often(cadence)]
    if cadence.times:
        parts.append(_("at %(times)s", times=list_words([clock_words(at) for at in sorted(cadence.times)])))
    if cadence.tz_mode is TzMode.FIXED and cadence.tz:
        parts.append(_("by the clock in %(place)s", place=place_words(cadence.tz)))
    if cadence.minutes:
        parts.append(minutes_words(cadence.minutes, cadence.minutes_max))
    if cadence.valid_from > reader_today():
        parts.append(_("from %(day)s", day=date_words(cadence.valid_from)))
    if until and cadence.valid_to and cadence.kind is not Kind.ONCE:
        parts.append(_("until %(day)s", day=date_words(cadence.valid_to - DAY)))
    return ", ".join(parts)


def _how_often(c: Cadence) -> str:
    if c.kind is Kind.TARGET:
        return _target(c)
    if c.kind is Kind.FIXED:
        return {Unit.DAY: _days, Unit.WEEK: _weeks, Unit.MONTH: _months}[c.unit](c)
    if c.kind is Kind.ONCE:
        if c.due is None:
            return _("once, when it suits")
        return _("once, on %(day)s", day=day_words(c.due)) if c.times else _("once, by %(day)s", day=day_words(c.due))
    return _("as needed") if c.kind is Kind.AS_NEEDED else _("ongoing")


def _target(c: Cadence) -> str:
    if c.bound is Bound.AT_MOST and c.target == 0:
        return _("not at all")
    ranged = c.target_max is not None and c.target_max != c.target_min
    bound = Bound.EXACTLY if c.bound is Bound.AT_LEAST and ranged else c.bound
    years = c.unit is Unit.MONTH and c.interval % A_YEAR == 0
    return _RHYTHMS["year" if years else str(c.unit)](bound, _times(c), c.interval // A_YEAR if years else c.interval)


def _times(c: Cadence) -> str:
    if c.bound is not Bound.AT_MOST and c.target_min and c.target_max and c.target_min < c.target_max:
        return _("%(least)d to %(most)d times", least=c.target_min, most=c.target_max)
    known = {1: _("once"), 2: _("twice")}
    return known.get(c.target) or ngettext("%(num)d time", "%(num)d times", c.target)


# Each a whole sentence, so that every language can put the times where they belong; `often` is "once", "3 times".


def _in_days(bound: Bound, often: str, n: int) -> str:
    return {
        Bound.AT_LEAST: ngettext("at least %(often)s a day", "at least %(often)s every %(num)d days", n, often=often),
        Bound.AT_MOST: ngettext("at most %(often)s a day", "at most %(often)s every %(num)d days", n, often=often),
        Bound.ABOUT: ngettext("about %(often)s a day", "about %(often)s every %(num)d days", n, often=often),
        Bound.EXACTLY: ngettext("%(often)s a day", "%(often)s every %(num)d days", n, often=often),
    }[bound]


def _in_weeks(bound: Bound, often: str, n: int) -> str:
    return {
        Bound.AT_LEAST: ngettext("at least %(often)s a week", "at least %(often)s every %(num)d weeks", n, often=often),
        Bound.AT_MOST: ngettext("at most %(often)s a week", "at most %(often)s every %(num)d weeks", n, often=often),
        Bound.ABOUT: ngettext("about %(often)s a week", "about %(often)s every %(num)d weeks", n, often=often),
        Bound.EXACTLY: ngettext("%(often)s a week", "%(often)s every %(num)d weeks", n, often=often),
    }[bound]


def _in_months(bound: Bound, often: str, n: int) -> str:
    return {
        Bound.AT_LEAST: ngettext(
            "at least %(often)s a month", "at least %(often)s every %(num)d months", n, often=often
        ),
        Bound.AT_MOST: ngettext("at most %(often)s a month", "at most %(often)s every %(num)d months", n, often=often),
        Bound.ABOUT: ngettext("about %(often)s a month", "about %(often)s every %(num)d months", n, often=often),
        Bound.EXACTLY: ngettext("%(often)s a month", "%(often)s every %(num)d months", n, often=often),
    }[bound]


def _in_years(bound: Bound, often: str, n: int) -> str:
    return {
        Bound.AT_LEAST: ngettext("at least %(often)s a year", "at least %(often)s every %(num)d years", n, often=often),
        Bound.AT_MOST: ngettext("at most %(often)s a year", "at most %(often)s every %(num)d years", n, often=often),
        Bound.ABOUT: ngettext("about %(often)s a year", "about %(often)s every %(num)d years", n, often=often),
        Bound.EXACTLY: ngettext("%(often)s a year", "%(often)s every %(num)d years", n, often=often),
    }[bound]


_RHYTHMS = {"day": _in_days, "week": _in_weeks, "month": _in_months, "year": _in_years}


def _days(c: Cadence) -> str:
    return ngettext("every day", "every %(num)d days", c.interval)


def _weeks(c: Cadence) -> str:
    weekdays = sorted(c.weekdays) or [c.first_day.weekday()]
    if c.interval == 1 and len(weekdays) == 7:
        return _("every day")
    if c.interval == 1 and weekdays == WORKING_DAYS:
        return _("Monday to Friday")
    named = list_words([formats.weekday(weekday) for weekday in weekdays])
    return ngettext("every %(weekdays)s", "every %(num)d weeks, on %(weekdays)s", c.interval, weekdays=named)


def _months(c: Cadence) -> str:
    named = _on_a_day(c)
    if c.interval % A_YEAR == 0:
        return ngettext(
            "every year, %(on_a_day)s of %(month)s",
            "every %(num)d years, %(on_a_day)s of %(month)s",
            c.interval // A_YEAR,
            on_a_day=named,
            month=formats.month(c.first_day),
        )
    return ngettext("%(on_a_day)s of every month", "%(on_a_day)s, every %(num)d months", c.interval, on_a_day=named)


def _on_a_day(c: Cadence) -> str:
    if c.nth is None or not c.weekdays:
        number = c.monthday or c.first_day.day
        return _("on the last day") if number == LAST_OF_MONTH else _("on day %(number)d", number=number)
    weekday = formats.weekday(min(c.weekdays))
    return {
        1: _("on the first %(weekday)s", weekday=weekday),
        2: _("on the second %(weekday)s", weekday=weekday),
        3: _("on the third %(weekday)s", weekday=weekday),
        4: _("on the fourth %(weekday)s", weekday=weekday),
        5: _("on the fifth %(weekday)s", weekday=weekday),
        -1: _("on the last %(weekday)s", weekday=weekday),
    }[c.nth]


# Where a step stands


def standing_words(standing: Standing, cadence: Cadence | None) -> str:
    """Say where a step stands today: "1 of 2 this week, 3 days left", "today, at 8:00 AM", "as needed"."""
    if standing.paused:
        return _("paused, back %(day)s", day=day_words(standing.next_day)) if standing.next_day else _("paused")
    if cadence is None:
        return _("ended") if standing.ended else _next(standing)
    say = {Kind.TARGET: _target_stands, Kind.FIXED: _fixed_stands, Kind.ONCE: _once_stands}.get(cadence.kind)
    if say:
        return say(standing, cadence)
    name = _("as needed") if cadence.kind is Kind.AS_NEEDED else _("any time")
    counted = ngettext("%(num)d this week", "%(num)d this week", standing.done_in_period)
    return f"{name}, {counted}" if standing.done_in_period else name


def _target_stands(standing: Standing, c: Cadence) -> str:
    span = _span(c)
    done, asked = standing.done_in_period, standing.asked_in_period
    if c.bound is Bound.AT_MOST:
        return _("%(done)d %(span)s, at most %(most)d", done=done, span=span, most=asked or 0)
    if asked is None:
        return _("%(done)d %(span)s", done=done, span=span)
    if done > asked:
        return _("%(done)d %(span)s, %(asked)d planned", done=done, span=span, asked=asked)
    counted = _("%(done)d of %(asked)d %(span)s", done=done, asked=asked, span=span)
    if done == asked or c.unit is Unit.DAY and c.interval == 1:
        return counted
    return f"{counted}, {_left(standing.days_left)}"


def _span(c: Cadence) -> str:
    if c.interval == 1:
        return {Unit.DAY: _("today"), Unit.WEEK: _("this week"), Unit.MONTH: _("this month")}[c.unit]
    return {
        Unit.DAY: ngettext("in this day", "in these %(num)d days", c.interval),
        Unit.WEEK: ngettext("in this week", "in these %(num)d weeks", c.interval),
        Unit.MONTH: ngettext("in this month", "in these %(num)d months", c.interval),
    }[c.unit]


def _left(days: int) -> str:
    return ngettext("last day", "%(num)d days left", days) if days else _("last day")


def _fixed_stands(standing: Standing, c: Cadence) -> str:
    if standing.asked_in_period is None:
        return _next(standing)
    if not c.times:
        return _("today")
    times = list_words([clock_words(at) for at in sorted(c.times)])
    if c.tz_mode is TzMode.FIXED and c.tz and c.tz != reader_zone().key:
        times = _("%(times)s by the clock in %(place)s", times=times, place=place_words(c.tz))
    if len(c.times) > 1 and standing.done_in_period:
        return _(
            "%(done)d of %(asked)d today, at %(times)s",
            done=standing.done_in_period,
            asked=standing.asked_in_period,
            times=times,
        )
    return _("today, at %(times)s", times=times)


def _once_stands(standing: Standing, c: Cadence) -> str:
    if standing.done_in_period:
        return _("done")
    if c.due is None:
        return _("once, when it suits")
    if not standing.days_left:
        return _("planned for %(day)s, still open", day=day_words(c.due))
    if c.due == reader_today():
        return _("today")
    return _("by %(day)s, %(left)s", day=day_words(c.due), left=_left(standing.days_left))


def _next(standing: Standing) -> str:
    return _("next %(day)s", day=day_words(standing.next_day)) if standing.next_day else _("not planned now")
