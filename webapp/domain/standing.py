"""Standing: where a step stands today, in the words of *Today* ("1 of 2 this week, 3 days left")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from webapp.domain.cadence import Bound, Cadence, Kind, timeline
from webapp.domain.occurrences import days, next_day, slots_of
from webapp.domain.pauses import Pause, is_paused, paused_days
from webapp.domain.periods import cadence_period
from webapp.domain.scores import Mark, Outcome, Run, day_tally, runs, score
from webapp.domain.weeks import WeekStart

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one step stands on one day.

    `due`: asked for today and not answered yet. `open`: may still be done in its period.
    `done_in_period` of `asked_in_period`: for a fixed cadence the period is today; None where there is
    nothing to count against. `days_left` counts today and leaves paused days out. `settled_today`:
    answered for today, be it with "not today". `next_day`: when it can next be asked, after today.
    """

    due: bool = False
    open: bool = False
    done_in_period: int = 0
    asked_in_period: int | None = None
    days_left: int = 0
    settled_today: bool = False
    paused: bool = False
    ended: bool = False
    next_day: date | None = None


def standing(
    versions: Iterable[Cadence],
    pauses: Iterable[Pause],
    marks: Iterable[Mark],
    today: date,
    week_start: WeekStart = 0,
) -> Standing:
    """Say where a step stands on `today` (the person's day), from versions in the order they were made.

    While paused it is neither due nor open. Nothing is ever overdue: a once step past its day just
    stays open until it is done or let go.
    """
    versions, pauses, marks = tuple(versions), tuple(pauses), tuple(marks)
    line = timeline(versions)
    run = next((run for run in runs(line) if any(v.in_force(today) for v in run.versions)), None)
    coming = next_day(line, today + DAY, pauses, week_start)
    if run is None:
        ended = bool(versions) and not any(version.valid_from > today for version in line)
        return Standing(ended=ended, paused=is_paused(today, pauses), next_day=coming)
    version = next(v for v in run.versions if v.in_force(today))
    look = {Kind.TARGET: _target, Kind.FIXED: _fixed, Kind.ONCE: _once}.get(run.kind, _counted)
    found = replace(look(run, version, pauses, marks, today, week_start), next_day=coming)
    if is_paused(today, pauses):
        return replace(found, due=False, open=False, paused=True)
    if run.kind is Kind.TARGET and not found.open:
        after = cadence_period(version, today, week_start).end
        return replace(found, next_day=next_day(line, after, pauses, week_start))
    return found


def _target(
    run: Run, version: Cadence, pauses: Sequence[Pause], marks: Sequence[Mark], today: date, week_start: WeekStart
) -> Standing:
    """Stand for a target: due only when its period is this one day; a limit is open, never due.

    A period too short to ask for anything (a step begun late in the week) is open without a number.
    """
    period = cadence_period(version, today, week_start)
    told = score(run, period, marks, pauses, today, week_start)
    limited = version.bound is Bound.AT_MOST
    short = told.count < (told.asked or version.target)
    one_day = period.nominal == 1
    answers = [mark for mark in run.own(marks) if mark.day == today]
    declined = any(mark.outcome == Outcome.NOT_TODAY for mark in answers)
    settled = not limited and (declined or (not short if one_day else bool(answers)))
    last = period.end if version.valid_to is None else min(period.end, version.valid_to)
    return Standing(
        due=one_day and short and not limited and not settled,
        open=short or limited,
        done_in_period=told.count,
        asked_in_period=told.limit if limited else told.asked or None,
        days_left=(last - today).days - paused_days(today, last, pauses),
        settled_today=settled,
    )


def _fixed(
    run: Run, version: Cadence, pauses: Sequence[Pause], marks: Sequence[Mark], today: date, week_start: WeekStart
) -> Standing:
    """Stand for a fixed cadence: today's occurrences only; one left unanswered keeps it due."""
    if not any(days(version, today, today + DAY, week_start)):
        return Standing()
    slots = set(slots_of(version))
    answers = [mark for mark in marks if mark.day == today]
    asked, done = day_tally(slots, answers)
    answered = [replace(mark, excused=mark.excused or not mark.counts) for mark in answers]
    left, filled = day_tally(slots, answered)
    return Standing(
        due=filled < left,
        open=filled < left,
        done_in_period=done,
        asked_in_period=asked,
        days_left=1,
        settled_today=filled >= left,
    )


def _once(
    run: Run, version: Cadence, pauses: Sequence[Pause], marks: Sequence[Mark], today: date, week_start: WeekStart
) -> Standing:
    """Stand for a once: due on its day, open until done, however late; undated it has no days left."""
    own = run.own(marks)
    done = any(mark.counts for mark in own)
    answered = any(mark.day == today for mark in own)
    left = max(0, (version.due - today).days + 1) if version.due else 0
    return Standing(
        due=version.due == today and not done and not answered,
        open=not done,
        done_in_period=int(done),
        asked_in_period=1,
        days_left=left,
        settled_today=done or answered,
    )


def _counted(
    run: Run, version: Cadence, pauses: Sequence[Pause], marks: Sequence[Mark], today: date, week_start: WeekStart
) -> Standing:
    """Stand for as needed and ongoing: always open, counted by the week, nothing to count against."""
    period = cadence_period(version, today, week_start)
    told = score(run, period, marks, pauses, today, week_start)
    return Standing(open=True, done_in_period=told.count, days_left=(period.end - today).days)
