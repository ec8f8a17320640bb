"""Words for cadences, days, instants and where a step stands: said in one place, alike on every screen.

They are Jinja filters too (`cadence|cadence_words`, `day|day_words`, …). Days are the reader's own.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.lists import format_list
from flask import Flask
from flask_babel import format_date, get_locale
from flask_login import current_user

from webapp import clock
from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit
from webapp.domain.standing import Standing
from webapp.domain.wall_time import is_zone
from webapp.views import edge
from webapp.views.translate import _, ngettext
from webapp.views.zones import place_words

DAY = timedelta(days=1)
LAST_OF_MONTH = 31
WORKING_DAYS = [0, 1, 2, 3, 4]
A_YEAR = 12
"""months"""


def init_app(app: Flask) -> None:
    """Give the templates these words as filters."""
    app.jinja_env.globals["get_locale"] = get_locale
    for said in (
        cadence_words,
        clock_words,
        date_words,
        day_before,
        day_words,
        list_words,
        minutes_words,
        outcome_words,
        reason_words,
        standing_words,
        when_words,
    ):
        app.add_template_filter(said)


# Days and instants


def date_words(day: date) -> str:
    """Say a date without its weekday: "2 May", with the year when it is another one."""
    return str(format_date(day, "d MMM" if day.year == _today().year else "d MMM y"))


def day_words(day: date) -> str:
    """Say a day as seen from the reader's today: "today", "yesterday", "tomorrow", "Thu 19 Nov"."""
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get((day - _today()).days)
    return near or str(format_date(day, "EEE d MMM" if day.year == _today().year else "EEE d MMM y"))


def day_before(day: date) -> date:
    """The last day of a stretch whose end is exclusive."""
    return day - DAY


def clock_words(at: time | str) -> str:
    """Say a wall time, "08:00"; a slot is one already."""
    return at if isinstance(at, str) else f"{at:%H:%M}"


def when_words(instant: datetime, zone: str | None = None) -> str:
    """Say an instant (aware) in the reader's zone, or another: "today, 08:00". After midnight is tomorrow."""
    local = instant.astimezone(ZoneInfo(zone) if zone and is_zone(zone) else _zone())
    day = date_words(local.date()) if abs((local.date() - _today()).days) > 1 else day_words(local.date())
    return f"{day}, {clock_words(local.time())}"


def minutes_words(minutes: int, most: int | None = None) -> str:
    if most and most != minutes:
        return _("%(least)d to %(most)d minutes", least=minutes, most=most)
    return ngettext("%(num)d minute", "%(num)d minutes", minutes)


def list_words(words: Sequence[str]) -> str:
    """Join words as one says them: "Monday, Tuesday and Friday"."""
    return str(format_list(list(words), locale=get_locale())).replace(", and ", " and ")


# Cadences


def cadence_words(cadence: Cadence, until: bool = True) -> str:
    """Say how often a step is promised: "at least twice a week, until 2 May"."""
    parts = [_how_often(cadence)]
    if cadence.times:
        parts.append(_("at %(times)s", times=list_words([clock_words(at) for at in sorted(cadence.times)])))
    if cadence.tz_mode is TzMode.FIXED and cadence.tz:
        parts.append(_("by the clock in %(place)s", place=place_words(cadence.tz)))
    if cadence.minutes:
        parts.append(minutes_words(cadence.minutes, cadence.minutes_max))
    if cadence.valid_from > _today():
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
    often = f"{_times(c)} {_per(c.unit, c.interval)}"
    if c.bound is Bound.AT_MOST:
        return _("at most %(often)s", often=often)
    if c.bound is Bound.ABOUT:
        return _("about %(often)s", often=often)
    ranged = c.target_max is not None and c.target_max != c.target_min
    return often if c.bound is Bound.EXACTLY or ranged else _("at least %(often)s", often=often)


def _times(c: Cadence) -> str:
    if c.bound is not Bound.AT_MOST and c.target_min and c.target_max and c.target_min < c.target_max:
        return _("%(least)d to %(most)d times", least=c.target_min, most=c.target_max)
    known = {1: _("once"), 2: _("twice")}
    return known.get(c.target) or ngettext("%(num)d time", "%(num)d times", c.target)


def _per(unit: Unit, interval: int) -> str:
    if unit is Unit.DAY:
        return _("a day") if interval == 1 else _("every %(n)d days", n=interval)
    if unit is Unit.WEEK:
        return _("a week") if interval == 1 else _("every %(n)d weeks", n=interval)
    if interval % A_YEAR == 0:
        return _("a year") if interval == A_YEAR else _("every %(n)d years", n=interval // A_YEAR)
    return _("a month") if interval == 1 else _("every %(n)d months", n=interval)


def _days(c: Cadence) -> str:
    return _("every day") if c.interval == 1 else _("every %(n)d days", n=c.interval)


def _weeks(c: Cadence) -> str:
    weekdays = sorted(c.weekdays) or [c.first_day.weekday()]
    if c.interval == 1 and len(weekdays) == 7:
        return _("every day")
    if c.interval == 1 and weekdays == WORKING_DAYS:
        return _("Monday to Friday")
    named = list_words([weekday_words(weekday) for weekday in weekdays])
    if c.interval == 1:
        return _("every %(weekdays)s", weekdays=named)
    return _("every %(n)d weeks, on %(weekdays)s", n=c.interval, weekdays=named)


def weekday_words(weekday: int) -> str:
    """Name a weekday, Monday 0."""
    locale = get_locale()
    return str(locale.days["format"]["wide"][weekday]) if locale else ""


def _months(c: Cadence) -> str:
    if c.nth is not None and c.weekdays:
        nth = {1: _("first"), 2: _("second"), 3: _("third"), 4: _("fourth"), 5: _("fifth"), -1: _("last")}[c.nth]
        named = _("on the %(nth)s %(weekday)s", nth=nth, weekday=weekday_words(min(c.weekdays)))
    else:
        number = c.monthday or c.first_day.day
        named = _("on the last day") if number == LAST_OF_MONTH else _("on day %(number)d", number=number)
    if c.interval % A_YEAR == 0:
        years = _("every year") if c.interval == A_YEAR else _("every %(n)d years", n=c.interval // A_YEAR)
        month = str(format_date(c.first_day, "LLLL"))
        return _("%(years)s, %(on_a_day)s of %(month)s", years=years, on_a_day=named, month=month)
    if c.interval == 1:
        return _("%(on_a_day)s of every month", on_a_day=named)
    return _("%(on_a_day)s, every %(n)d months", on_a_day=named, n=c.interval)


# Where a step stands


def standing_words(standing: Standing, cadence: Cadence | None) -> str:
    """Say where a step stands today: "1 of 2 this week, 3 days left", "today, at 08:00", "as needed"."""
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
        return f"{done} {span}"
    if done > asked:
        return _("%(done)d %(span)s, %(asked)d planned", done=done, span=span, asked=asked)
    counted = _("%(done)d of %(asked)d %(span)s", done=done, asked=asked, span=span)
    if done == asked or c.unit is Unit.DAY and c.interval == 1:
        return counted
    return f"{counted}, {_left(standing.days_left)}"


def _span(c: Cadence) -> str:
    if c.interval == 1:
        return {Unit.DAY: _("today"), Unit.WEEK: _("this week"), Unit.MONTH: _("this month")}[c.unit]
    if c.unit is Unit.DAY:
        return _("in these %(n)d days", n=c.interval)
    return _("in these %(n)d weeks", n=c.interval) if c.unit is Unit.WEEK else _("in these %(n)d months", n=c.interval)


def _left(days: int) -> str:
    return ngettext("last day", "%(num)d days left", days) if days else _("last day")


def _fixed_stands(standing: Standing, c: Cadence) -> str:
    if standing.asked_in_period is None:
        return _next(standing)
    if not c.times:
        return _("today")
    times = list_words([clock_words(at) for at in sorted(c.times)])
    if c.tz_mode is TzMode.FIXED and c.tz and c.tz != _zone().key:
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
    if c.due == _today():
        return _("today")
    return _("by %(day)s, %(left)s", day=day_words(c.due), left=_left(standing.days_left))


def _next(standing: Standing) -> str:
    return _("next %(day)s", day=day_words(standing.next_day)) if standing.next_day else _("not planned now")


# Check-ins


def outcome_words(outcome: str) -> str:
    """Say what a check-in says."""
    return {"done": _("done"), "some": _("did some"), "not_today": _("not today")}.get(outcome, outcome)


def reason_words(reason: str) -> str:
    """Say why something was not for today; a reason in own words stays as it is."""
    return {
        "forgot": _("I forgot"),
        "no_time": _("no time"),
        "no_ride": _("no ride"),
        "unwell": _("not well"),
        "no_longer_fits": _("it no longer fits"),
    }.get(reason, reason)


def _today() -> date:
    return edge.today() if current_user and current_user.is_authenticated else clock.now().date()


def _zone() -> ZoneInfo:
    return edge.actor().zone if current_user and current_user.is_authenticated else ZoneInfo("UTC")
