"""Before the session: what a step's weeks say, what needs a look, and the one win to name.

Nothing here scores a person. Open weeks are told, never judged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from webapp.domain.adherence import Adherence
from webapp.domain.cadence import Unit
from webapp.domain.coping import Told
from webapp.domain.periods import last_weeks, periods_between
from webapp.domain.scores import Mark, PeriodScore, State
from webapp.domain.weeks import WeekStart

WEEKS_SHOWN = 8
QUIET_DAYS = 7
"""From so many days without a record on, the page says so."""
HIGH = 6.0
"""Distress from here on, after a strategy was used, counts as high (0 to 10)."""
MOST_LOOKS = 3
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeekCounts:
    """One step in one week: of `asked`, so many `done`, `some`, `not_today` and without a record.

    The numbers are those of the periods that close in the week (a month stands in its last week), and of
    the open one. `kept` is capped at `asked` per period. Where nothing was asked `asked` is 0; a limit has
    `limit` and no blank. While `open`, `no_record` is 0: the week is not over.
    """

    start: date
    asked: int = 0
    kept: int = 0
    done: int = 0
    some: int = 0
    not_today: int = 0
    no_record: int = 0
    limit: int | None = None
    open: bool = False

    @property
    def count(self) -> int:
        """How often it happened, in full or in part."""
        return self.done + self.some


def window(last_session: date | None, plan_start: date | None, today: date, week_start: WeekStart) -> date:
    """Return the first day the page tells of: the last session's, else the plan's start.

    Never more than 8 weeks back, so that the page stays one page and quick after years.
    """
    limit = last_weeks(today, WEEKS_SHOWN, week_start)[0].start
    return min(max(last_session or plan_start or limit, limit), today)


def weeks_of(since: date, today: date, week_start: WeekStart) -> tuple[date, ...]:
    """Return the first days of the weeks from the one around `since` to this one."""
    return tuple(week.start for week in periods_between(since, today + DAY, Unit.WEEK, 1, week_start))


def week_counts(told: Adherence, marks: Sequence[Mark], weeks: Sequence[date]) -> tuple[WeekCounts, ...]:
    """Lay a step's periods out by week: each stands in the week of its last day, open ones in the last."""
    return tuple(_week(start, end, told.periods, marks) for start, end in pairwise([*weeks, date.max]))


def _week(start: date, end: date, periods: Iterable[PeriodScore], marks: Sequence[Mark]) -> WeekCounts:
    own = [p for p in periods if _stands_in(p, start, end)]
    limits = [p.limit for p in own if p.limit is not None]
    return WeekCounts(
        start=start,
        asked=sum(p.asked for p in own),
        kept=sum(p.kept for p in own),
        done=sum(p.count - p.some for p in own),
        some=sum(p.some for p in own),
        not_today=sum(p.not_today for p in own),
        no_record=sum(_blank(p, marks) for p in own),
        limit=sum(limits) if limits else None,
        open=any(p.state is State.OPEN for p in own),
    )


def _stands_in(score: PeriodScore, start: date, end: date) -> bool:
    if score.state is State.OPEN:
        return end == date.max
    return start <= score.period.end - DAY < end


def _blank(score: PeriodScore, marks: Iterable[Mark]) -> int:
    """Count what was asked and nothing was said about: "not today" is an answer, an excuse was never asked."""
    if score.state is State.OPEN or score.limit is not None:
        return 0
    said_no = sum(score.period.covers(m.day) and not m.counts and not m.excused for m in marks)
    return max(0, score.asked - score.kept - said_no)


@dataclass(frozen=True, slots=True)
class StepStory:
    """A step of the client's own in the window, for the rules below."""

    words: str
    told: Adherence
    no_longer_fits: bool = False

    @property
    def count(self) -> int:
        return sum(period.count for period in self.told.periods)


class LookKind(StrEnum):
    """Why something needs a look."""

    NO_LONGER_FITS = "no_longer_fits"
    QUIET = "quiet"
    LESS_THAN_HALF = "less_than_half"
    STAYS_HIGH = "stays_high"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class NeedsLook:
    """One thing to look at together: `words` name the step or strategy, the numbers say the rest."""

    kind: LookKind
    words: str = ""
    number: int = 0
    of: int = 0


def needs_look(
    steps: Iterable[StepStory],
    quiet_days: int | None,
    strategies: Iterable[tuple[str, Told]],
    not_reached: int,
) -> tuple[NeedsLook, ...]:
    """Pick at most three things to look at, in this order; each input holds only what is shared.

    A step the client says no longer fits · no record for 7 days or more · a step kept less than half of
    what its closed periods asked, the least kept first · a strategy used twice or more after which
    distress stays at 6 or above · reminders that did not arrive.
    """
    found = _looks(tuple(steps), quiet_days, strategies, not_reached)
    return tuple(found)[:MOST_LOOKS]


def _looks(
    steps: Sequence[StepStory], quiet_days: int | None, strategies: Iterable[tuple[str, Told]], not_reached: int
) -> Iterator[NeedsLook]:
    for step in steps:
        if step.no_longer_fits:
            yield NeedsLook(LookKind.NO_LONGER_FITS, step.words)
    if quiet_days is not None and quiet_days >= QUIET_DAYS:
        yield NeedsLook(LookKind.QUIET, number=quiet_days)
    little = [s for s in steps if not s.no_longer_fits and 2 * s.told.kept < s.told.asked]
    for step in sorted(little, key=lambda s: s.told.kept / s.told.asked):
        yield NeedsLook(LookKind.LESS_THAN_HALF, step.words, step.told.kept, step.told.asked)
    for words, told in strategies:
        if told.measured >= 2 and told.after is not None and told.after >= HIGH:
            yield NeedsLook(LookKind.STAYS_HIGH, words, told.measured)
    if not_reached:
        yield NeedsLook(LookKind.NOT_REACHED, number=not_reached)


@dataclass(frozen=True, slots=True)
class Win:
    """The one thing to name: kept so many of so many, or (`first`) kept for the first time in the window."""

    words: str
    kept: int
    asked: int
    count: int
    first: bool = False


def win(steps: Iterable[StepStory]) -> Win | None:
    """Choose what to name: all kept, else kept for the first time, else the best kept, else what was done most.

    A "first time" needs an earlier closed period of the window that was not kept.
    """
    told = [step for step in steps if step.count]
    best = max(told, key=lambda s: (s.told.share or 0.0, s.told.kept, s.count), default=None)
    if best is None:
        return None
    first = next((step for step in told if _first_kept(step.told)), None)
    chosen = best if best.told.share == 1.0 or first is None else first
    return Win(chosen.words, chosen.told.kept, chosen.told.asked, chosen.count, first=chosen is first)


def _first_kept(told: Adherence) -> bool:
    closed = [p.state for p in told.periods if p.state in (State.KEPT, State.PART, State.NONE)]
    return len(closed) > 1 and closed[-1] is State.KEPT and State.KEPT not in closed[:-1]
