"""Words for days, instants and check-ins: said in one place, alike on every screen.

They are Jinja filters too (`day|day_words`, …). Days are the reader's own.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask_login import current_user

from webapp import clock
from webapp.domain.people import LEFT
from webapp.domain.wall_time import is_zone
from webapp.views import edge, formats
from webapp.views.translate import _, ngettext
from webapp.views.zones import place_words

DAY = timedelta(days=1)


def init_app(app: Flask) -> None:
    """Give the templates these words as filters."""
    for said in (
        clock_words,
        date_words,
        day_before,
        day_words,
        list_words,
        minutes_words,
        name_words,
        outcome_words,
        place_words,
        reason_words,
        slot_words,
        when_words,
    ):
        app.add_template_filter(said)


# People


def name_words(name: str) -> str:
    """Say somebody's name, or that they have left and their name went with them."""
    return _("Somebody who has left") if name == LEFT else name


# Days and instants


def date_words(day: date) -> str:
    """Say a date without its weekday: "May 2", with the year when it is another one."""
    return formats.short_day(day, year=day.year != reader_today().year)


def day_words(day: date) -> str:
    """Say a day as seen from the reader's today: "today", "yesterday", "tomorrow", "Thu, Nov 19"."""
    today = reader_today()
    away = (day - today).days
    if abs(away) > 1:
        return formats.weekday_day(day, year=day.year != today.year)
    return _("today") if not away else _("tomorrow") if away == 1 else _("yesterday")


def day_before(day: date) -> date:
    """The last day of a stretch whose end is exclusive."""
    return day - DAY


def clock_words(at: time | str) -> str:
    """Say a wall time as the reader's clock shows it: "8:00 AM", "08:00". A slot is one, written "08:00".

    What was kept as a slot and is no time stands as it is.
    """
    try:
        return formats.clock(time.fromisoformat(at) if isinstance(at, str) else at)
    except ValueError:
        return str(at)


def when_words(instant: datetime, zone: str | None = None) -> str:
    """Say an instant (aware) in the reader's zone, or another: "today, 8:00 AM".

    What is to come after midnight is tomorrow; what was after midnight is today until the reader's day ends.
    """
    local = instant.astimezone(ZoneInfo(zone) if zone and is_zone(zone) else reader_zone())
    on = min(local.date(), reader_today()) if instant <= clock.now() else local.date()
    day = date_words(on) if abs((on - reader_today()).days) > 1 else day_words(on)
    return _("%(day)s, %(time)s", day=day, time=clock_words(local.time()))


def slot_words(day: date, slot: str) -> str:
    """Say a day, with its time of day where there is one: "today, 8:00 AM"."""
    return _("%(day)s, %(time)s", day=day_words(day), time=clock_words(slot)) if slot else day_words(day)


def minutes_words(minutes: int, most: int | None = None) -> str:
    if most and most != minutes:
        return _("%(least)d to %(most)d minutes", least=minutes, most=most)
    return ngettext("%(num)d minute", "%(num)d minutes", minutes)


def list_words(words: Sequence[str]) -> str:
    """Join words as one says them: "Monday, Tuesday and Friday"."""
    return formats.joined(words)


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


def reader_today() -> date:
    return edge.today() if current_user and current_user.is_authenticated else clock.now().date()


def reader_zone() -> ZoneInfo:
    return edge.actor().zone if current_user and current_user.is_authenticated else ZoneInfo("UTC")
