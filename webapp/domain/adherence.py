"""Adherence: kept of asked over closed periods; paused and excused time is left out.

Capping each period follows PDC (proportion of days covered): extra in one never pays for another.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.pauses import Pause
from webapp.domain.periods import Period, periods_between
from webapp.domain.scores import Mark, Outcome, PeriodScore, Run, State, once_score, runs, score
from webapp.domain.weeks import WeekStart

__all__ = ["Adherence", "Mark", "Outcome", "PeriodScore", "State", "adherence"]

JUDGED = (State.KEPT, State.PART, State.NONE)


@dataclass(frozen=True, slots=True)
class Adherence:
    """Sums over the closed periods that asked for something, and every period of the window in order.

    `weeks_kept` and `weeks_scored` count periods, whatever their length. The open period is the last
    of `periods` too, with the state open, and counts towards nothing.
    """

    kept: int
    asked: int
    weeks_kept: int
    weeks_scored: int
    periods: tuple[PeriodScore, ...]
    open_period: PeriodScore | None

    @property
    def share(self) -> float | None:
        """Kept over asked, from 0 to 1; None while nothing has been asked."""
        return self.kept / self.asked if self.asked else None


def adherence(
    versions: Iterable[Cadence],
    pauses: Iterable[Pause],
    marks: Iterable[Mark],
    today: date,
    week_start: WeekStart = 0,
    since: date | None = None,
    until: date | None = None,
) -> Adherence:
    """Score a step up to `today` (the person's day), from its versions in the order they were made.

    A period belongs to the window in which it closes: its end is after `since` and not after `until`
    (exclusive day), so windows that touch share no period. A target counts in its own periods, once in
    its one, the rest in weeks; as needed and ongoing steps ask for nothing and only count.
    """
    pauses, marks = tuple(pauses), tuple(marks)
    scores = [
        told
        for run in runs(versions)
        if run.start <= today
        for told in _scores(run, pauses, marks, today, week_start, since)
        if _in_window(told.period, today, since, until)
    ]
    judged = [told for told in scores if told.state in JUDGED]
    open_now = [told for told in scores if told.state is State.OPEN]
    return Adherence(
        kept=sum(told.kept for told in judged),
        asked=sum(told.asked for told in judged),
        weeks_kept=sum(told.state is State.KEPT for told in judged),
        weeks_scored=len(judged),
        periods=tuple(scores),
        open_period=open_now[-1] if open_now else None,
    )


def _scores(
    run: Run, pauses: Sequence[Pause], marks: Sequence[Mark], today: date, week_start: WeekStart, since: date | None
) -> Iterable[PeriodScore]:
    """Score the periods of a run; those that closed before the window are not even worked out."""
    if run.kind is Kind.ONCE:
        return [once_score(run, marks, pauses, today)]
    first = run.versions[0]
    target = run.kind is Kind.TARGET
    unit, interval = (first.unit, first.interval) if target else (Unit.WEEK, 1)
    stop = min(run.stop or date.max, today + timedelta(days=1))
    begin = max(run.start, min(since or run.start, stop - timedelta(days=1)))
    own = sorted(run.own(marks), key=_day)
    return [
        score(run, period, _within(period, own), pauses, today, week_start)
        for period in periods_between(begin, stop, unit, interval, week_start, first.first_day)
    ]


def _day(mark: Mark) -> date:
    return mark.day


def _within(period: Period, marks: list[Mark]) -> list[Mark]:
    """Cut the marks of a period out of a sorted list, so that a long record stays quick."""
    return marks[bisect_left(marks, period.start, key=_day) : bisect_left(marks, period.end, key=_day)]


def _in_window(period: Period, today: date, since: date | None, until: date | None) -> bool:
    last = period.end if period.end <= today else today + timedelta(days=1)
    return (since is None or period.end > since) and (until is None or last <= until)
