"""From which day an edited cadence holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit, version_on
from webapp.domain.periods import next_period_start
from webapp.domain.weeks import WeekStart


def edited(
    versions: tuple[Cadence, ...], wanted: Cadence, today: date, week_start: WeekStart = 0, at_once: bool = False
) -> Cadence | None:
    """Return the version to append for an edit, or None when the latest version says the same already.

    By default it holds from the next period, so that the period under way keeps what it asked for; `at_once`
    means today, and the target of the period is then blended by days. An end date alone counts at once. A
    version that has not begun is replaced from its own first day. Where the rhythm itself changes, every-n
    counts from the new first day. Where nothing was promised yet, the wish stands as it is.
    """
    if not versions:
        return wanted
    latest = versions[-1]
    if asked(wanted) == asked(latest):
        if wanted.valid_to == latest.valid_to:
            return None
        return replace(wanted, valid_from=max(today, latest.valid_from), anchor=None)
    if version_on(versions, today) is None:
        start = max(today, latest.valid_from)
    else:
        start = today if at_once else holds_from(versions, today, week_start) or today
    return replace(wanted, valid_from=start, anchor=None if _rhythm(wanted) == _rhythm(latest) else start)


def holds_from(versions: Sequence[Cadence], today: date, week_start: WeekStart = 0) -> date | None:
    """Return the day from which an edit holds by default, or None where there is no period under way to wait for."""
    current = version_on(versions, today)
    start = next_period_start(current, today, week_start) if current else today
    return start if start > today else None


def asked(c: Cadence) -> Cadence:
    """Say in one way what a cadence asks for, not from when until when; what its kind has no use for is left out."""
    most = c.minutes_max if c.minutes_max != c.minutes else None
    plain = Cadence(c.kind, times=tuple(sorted(c.times)), minutes=c.minutes, minutes_max=most, valid_from=date.min)
    if c.tz_mode is TzMode.FIXED:
        plain = replace(plain, tz_mode=c.tz_mode, tz=c.tz)
    if c.kind is Kind.TARGET:
        return _number(replace(plain, bound=c.bound, per_unit=c.unit, interval=c.interval), c)
    if c.kind is Kind.FIXED:
        return _days(replace(plain, per_unit=c.unit, interval=c.interval), c)
    return replace(plain, due=c.due)


def _number(plain: Cadence, c: Cadence) -> Cadence:
    if c.bound is Bound.AT_MOST:
        return replace(plain, target_max=c.target)
    most = c.target_max if c.target_max != c.target else None
    return replace(plain, target_min=c.target, target_max=most)


def _days(plain: Cadence, c: Cadence) -> Cadence:
    if c.unit is Unit.WEEK:
        return replace(plain, weekdays=c.weekdays or frozenset({c.first_day.weekday()}))
    if c.unit is Unit.MONTH and not c.weekdays:
        return replace(plain, monthday=c.monthday or c.first_day.day)
    return replace(plain, weekdays=c.weekdays, nth=c.nth)


def _rhythm(cadence: Cadence) -> tuple[object, ...]:
    return cadence.kind, cadence.unit, cadence.interval
