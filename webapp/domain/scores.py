"""Scores: what one period asked of a step and what was kept of it.

Formulas are those of the design (periods of L days, D active days, N the sum of the target over them).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from webapp.domain.cadence import Bound, Cadence, Kind, timeline
from webapp.domain.occurrences import Occurrence, occurrences
from webapp.domain.pauses import Pause, is_paused, paused_days
from webapp.domain.periods import Period
from webapp.domain.weeks import WeekStart

DAY = timedelta(days=1)


class Outcome(StrEnum):
    """What a check-in says about its day."""

    DONE = "done"
    SOME = "some"
    NOT_TODAY = "not_today"


class State(StrEnum):
    """Where a period stands. Neutral asks nothing; open is not judged yet; none is no record."""

    NEUTRAL = "neutral"
    KEPT = "kept"
    PART = "part"
    NONE = "none"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Mark:
    """One check-in as the rules see it: its local day, whether it counts, and what it says."""

    day: date
    counts: bool
    outcome: str = Outcome.DONE
    excused: bool = False
    slot: str = ""


@dataclass(frozen=True, slots=True)
class PeriodScore:
    """One period: `asked` is t, `count` is c, `kept` is min(c, t).

    For an at-most target `asked` is 1, `kept` is 1 while `count` is within `limit`.
    """

    period: Period
    asked: int
    kept: int
    count: int
    some: int
    not_today: int
    state: State
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring versions that count in the same way, and the days whose check-ins are theirs."""

    versions: tuple[Cadence, ...]
    start: date
    stop: date | None
    marks_from: date
    marks_to: date

    @property
    def kind(self) -> Kind:
        """The kind all its versions share."""
        return self.versions[0].kind

    def own(self, marks: Iterable[Mark]) -> list[Mark]:
        """Return the marks on this run's days."""
        return [mark for mark in marks if self.marks_from <= mark.day < self.marks_to]


def runs(versions: Iterable[Cadence]) -> list[Run]:
    """Group the versions of a step into runs; a change of kind, unit or interval begins a new one.

    The first run also takes the check-ins made before it began.
    """
    groups = [tuple(group) for _, group in groupby(timeline(versions), key=_way)]
    starts = [group[0].valid_from for group in groups]
    return [
        Run(
            group,
            start,
            group[-1].valid_to,
            date.min if start == starts[0] else start,
            following,
        )
        for group, start, following in zip(groups, starts, [*starts, date.max][1:], strict=True)
    ]


def _way(c: Cadence) -> tuple[object, ...]:
    if c.kind is not Kind.TARGET:
        return (c.kind,)
    return c.kind, c.unit, c.interval, c.bound is Bound.AT_MOST, c.interval > 1 and c.first_day


def asked_of(total: int, active: int, length: int) -> int:
    """Return t for a period of `length` days, `active` of them, whose targets add up to `total`.

    0 (neutral) when fewer than half the days are active, else the rounded mean, at least 1.
    """
    return 0 if 2 * active < length else max(1, (2 * total + length) // (2 * length))


def score(
    run: Run,
    period: Period,
    marks: Iterable[Mark],
    pauses: Sequence[Pause],
    today: date,
    week_start: WeekStart = 0,
) -> PeriodScore:
    """Score one period of a run that is not a once; a period is open until `today` reaches its end."""
    own = [mark for mark in run.own(marks) if period.covers(mark.day)]
    count = sum(mark.counts for mark in own)
    if run.kind is Kind.FIXED:
        due = occurrences(run.versions, period.start, period.end, pauses, week_start)
        return _told(period, *_fixed(due, own), own, today)
    if run.kind is not Kind.TARGET:
        return _told(period, 0, 0, own, today)
    active, total = _asking(run.versions, period, pauses)
    if run.versions[0].bound is Bound.AT_MOST:
        return _at_most(run, period, own, today, asked_of(total, active, period.nominal))
    t = asked_of(total, active, period.nominal)
    excused = {mark.day for mark in own if mark.excused and not is_paused(mark.day, pauses)}
    spared = [version.target for day in excused for version in run.versions if version.in_force(day)]
    fewer = asked_of(total - sum(spared), active - len(spared), period.nominal)
    asked = max(fewer, min(count, t))
    return _told(period, asked, min(count, asked), own, today)


def _asking(versions: Iterable[Cadence], period: Period, pauses: Sequence[Pause]) -> tuple[int, int]:
    """Return D, the active days of a period, and N, the sum of the target over them."""
    active = total = 0
    for version in versions:
        first = max(version.valid_from, period.start)
        last = period.end if version.valid_to is None else min(version.valid_to, period.end)
        if first < last:
            days = (last - first).days - paused_days(first, last, pauses)
            active, total = active + days, total + days * version.target
    return active, total


def _at_most(run: Run, period: Period, own: list[Mark], today: date, t: int) -> PeriodScore:
    """Score a limit: kept while the count is within it. The highest limit in force that period holds.

    Going over is shown as part, never as nothing; a pause does not shrink the limit.
    """
    inside = [v.target for v in run.versions if _meets(v, period)]
    limit = max(inside, default=0)
    asked = min(t, 1)
    kept = asked if sum(mark.counts for mark in own) <= limit else 0
    return replace(_told(period, asked, kept, own, today), limit=limit)


def _meets(version: Cadence, period: Period) -> bool:
    return version.valid_from < period.end and (version.valid_to is None or version.valid_to > period.start)


def _fixed(due: Iterable[Occurrence], own: Iterable[Mark]) -> tuple[int, int]:
    """Return due less excused, and done, day by day: nothing done on one day pays for another."""
    asked = kept = 0
    for day, group in groupby(due, key=lambda occurrence: occurrence.day):
        slots = {occurrence.slot for occurrence in group}
        due_that_day, done_that_day = day_tally(slots, [mark for mark in own if mark.day == day])
        asked, kept = asked + due_that_day, kept + done_that_day
    return asked, kept


def day_tally(slots: set[str], marks: Iterable[Mark]) -> tuple[int, int]:
    """Return how many of one day's slots are due (excused ones left out) and how many are done.

    A mark for a slot the day does not have (untimed, or from before the times were changed) fills
    whichever is still empty; an excuse without such a slot excuses all that is left.
    """
    counted = Counter(mark.slot for mark in marks if mark.counts)
    exact = slots & counted.keys()
    loose = sum(number for slot, number in counted.items() if slot not in slots)
    done = min(len(slots), len(exact) + loose)
    excuses = {mark.slot for mark in marks if mark.excused}
    excused = len(slots) if excuses - slots else len(excuses - exact)
    return len(slots) - min(excused, len(slots) - done), done


def once_score(run: Run, marks: Iterable[Mark], pauses: Sequence[Pause], today: date) -> PeriodScore:
    """Score a once: one period that ends with its due day or, undated, stays open until it is done.

    Done after the due day shows as part. Ended before it was due, excused, or due on a paused day is
    neutral; an undated step done on a paused day counts as soon as another day's check-in says done.
    """
    own = run.own(marks)
    due = run.versions[-1].due
    in_time = [mark for mark in own if due is None or mark.day <= due]
    done = [mark.day for mark in in_time if mark.counts]
    unpaused = [day for day in done if not is_paused(day, pauses)]
    ended = run.stop is not None and (run.stop <= today if due is None else run.stop <= due)
    if due is not None:
        kept = bool(done) and not is_paused(due, pauses)
        let_off = is_paused(due, pauses) or ended or any(mark.excused for mark in in_time)
        end = min(due + DAY, run.stop or date.max)
    else:
        kept = bool(unpaused)
        let_off = bool(done) or ended
        end = min(unpaused or done, default=(run.stop or today) - DAY if ended else today) + DAY
    asked = 1 if kept or not let_off else 0
    return _told(Period(run.start, max(end, run.start + DAY)), asked, int(kept), own, today)


def _told(period: Period, asked: int, kept: int, own: Sequence[Mark], today: date) -> PeriodScore:
    count = sum(mark.counts for mark in own)
    if period.end > today:
        state = State.OPEN
    elif not asked:
        state = State.NEUTRAL
    elif kept >= asked:
        state = State.KEPT
    else:
        state = State.PART if count else State.NONE
    outcomes = Counter(mark.outcome for mark in own)
    return PeriodScore(period, asked, kept, count, outcomes[Outcome.SOME], outcomes[Outcome.NOT_TODAY], state)
