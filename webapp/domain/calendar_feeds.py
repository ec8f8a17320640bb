"""Calendar feeds: each version of a cadence as one series of days that a calendar program repeats by itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from webapp.domain.cadence import Cadence, Kind, timeline
from webapp.domain.occurrences import days, next_day
from webapp.domain.pauses import Pause
from webapp.domain.periods import Period
from webapp.domain.weeks import WeekStart, as_weeks


@dataclass(frozen=True, slots=True)
class Series:
    """The days of one version from `first` on, which is one that is asked for.

    `cadence` ends (`valid_to`, exclusive) where a pause begins that nobody knows the end of. `without` are the
    days of shorter pauses, in order. `begins` names the version: its own first day. Every-n weeks are counted in
    weeks that start on the weekday `week_start` (0 = Monday).
    """

    cadence: Cadence
    begins: date
    first: date
    week_start: int
    without: tuple[date, ...]


def told(today: date) -> Period:
    """Return the years a feed tells of: last year, this one and the next two.

    They change once a year only, so that a calendar is not handed a new first day every time it asks.
    """
    return Period(date(today.year - 1, 1, 1), date(today.year + 3, 1, 1))


def series(
    versions: Sequence[Cadence], years: Period, pauses: Iterable[Pause] = (), week_start: WeekStart = 0
) -> list[Series]:
    """List what a calendar is to repeat for one step; inside `years` that is exactly its occurrences.

    A series may go on beyond them. Targets, as needed and ongoing steps, and a once without a date, have no days.
    """
    pauses = tuple(pauses)
    found = []
    for version in timeline(versions):
        if version.kind is not Kind.FIXED and (version.kind is not Kind.ONCE or version.due is None):
            continue
        cut = replace(version, valid_to=_end(version, years, pauses))
        first = next_day([cut], years.start, pauses, week_start)
        if first is not None:
            without = sorted(set(_paused(cut, Period(first, years.end), pauses, week_start)))
            weekday = as_weeks(week_start).start_on(cut.first_day)
            found.append(Series(cut, version.valid_from, first, weekday, tuple(without)))
    return found


def _end(version: Cadence, years: Period, pauses: Sequence[Pause]) -> date | None:
    """The version's own end, or the start of a pause that outlasts the years told of: years of paused days
    would fill the feed, and the days after them are told of in time."""
    outlasting = (pause.start for pause in pauses if pause.end is None or pause.start < years.end <= pause.end)
    return min((end for end in (version.valid_to, *outlasting) if end is not None), default=None)


def _paused(version: Cadence, span: Period, pauses: Sequence[Pause], week_start: WeekStart) -> Iterator[date]:
    for pause in pauses:
        if pause.end is not None:
            yield from days(version, max(span.start, pause.start), min(span.end, pause.end), week_start)
