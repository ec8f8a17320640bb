"""From which day an edited cadence holds."""

from dataclasses import replace
from datetime import date

from webapp.domain.cadence import Cadence, version_on
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
    if _same(wanted, latest):
        if wanted.valid_to == latest.valid_to:
            return None
        return replace(wanted, valid_from=max(today, latest.valid_from), anchor=None)
    current = version_on(versions, today)
    if current is None:
        start = max(today, latest.valid_from)
    else:
        start = today if at_once else next_period_start(current, today, week_start)
    return replace(wanted, valid_from=start, anchor=None if _rhythm(wanted) == _rhythm(latest) else start)


def _same(one: Cadence, other: Cadence) -> bool:
    """Compare what is asked, not from when until when."""
    return _asked(one) == _asked(other)


def _asked(cadence: Cadence) -> Cadence:
    times = tuple(sorted(cadence.times))
    return replace(cadence, valid_from=date.min, valid_to=None, anchor=None, times=times, per_unit=cadence.unit)


def _rhythm(cadence: Cadence) -> tuple[object, ...]:
    return cadence.kind, cadence.unit, cadence.interval
