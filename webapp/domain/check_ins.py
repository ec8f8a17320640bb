"""Check-ins: what may be said about which day, and which of the things said count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.occurrences import occurs_on
from webapp.domain.ops import place
from webapp.domain.scores import Mark, Outcome
from webapp.domain.weeks import WeekStart

BACK, AHEAD = timedelta(days=60), timedelta(days=14)
LONGEST_REASON, LONGEST_NOTE = 200, 2000
DATED = frozenset({Kind.FIXED, Kind.ONCE})


class Reason(StrEnum):
    """Why something was not for today; any other words stand for themselves."""

    FORGOT = "forgot"
    NO_TIME = "no_time"
    NO_RIDE = "no_ride"
    UNWELL = "unwell"
    NO_LONGER_FITS = "no_longer_fits"


# What nobody can help: such a day is left out of what was asked.
EXCUSING = frozenset({Reason.NO_RIDE, Reason.UNWELL})


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One thing said and not undone. `voice` is the person who said it; `day` is the client's."""

    id: int
    voice: int
    day: date
    outcome: Outcome
    at: datetime
    slot: str = ""
    reason: str | None = None
    note: str | None = None
    moved_to: date | None = None

    @property
    def counts(self) -> bool:
        """Did part of it counts as much as did it."""
        return self.outcome is not Outcome.NOT_TODAY

    @property
    def excused(self) -> bool:
        """Nobody could help it, or it was moved to another day."""
        return not self.counts and (self.reason in EXCUSING or self.moved_to is not None)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody wants to say about one day of a step. `op_id` is a UUID made on the device.

    `at`: when it was tapped (aware UTC), where that was before it arrived.
    """

    op_id: str
    day: date
    outcome: Outcome = Outcome.DONE
    slot: str = ""
    reason: str | None = None
    note: str | None = None
    moved_to: date | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What the same person said before about the same day, and slot on dates; kept when it was taken back."""

    id: int
    outcome: Outcome
    at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where something that arrives takes its place among what was said before.

    `same` is the record that says so already. `undone_at`: it was taken back before it arrived. `superseded`: what
    stands is newer, and something else.
    """

    at: datetime
    same: int | None = None
    undone_at: datetime | None = None
    superseded: bool = False


def op_id_of(text: str) -> str | None:
    """Return a UUID in its one spelling, or None for anything else."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def day_problem(day: date, today: date, versions: Sequence[Cadence], week_start: WeekStart = 0) -> str | None:
    """Name what speaks against a check-in for `day`: "too_long_ago", "ended", "to_come", or nothing.

    A day to come can be answered only where it is a fixed day within two weeks: done early, or known
    beforehand not to work out. Anything else has not happened yet.
    """
    if day < today - BACK:
        return "too_long_ago"
    if day <= today:
        return "ended" if is_over(versions, day) else None
    if day > today + AHEAD:
        return "to_come"
    version = version_on(versions, day)
    planned = version is not None and version.kind in DATED and occurs_on(version, day, week_start)
    return None if planned else "to_come"


def is_over(versions: Sequence[Cadence], day: date) -> bool:
    """Tell whether a step had ended before `day`. Its last morning still counts: it may have been done by then."""
    ends = [version.valid_to for version in versions if version.valid_to is not None]
    return bool(ends) and len(ends) == len(versions) and max(ends) < day


def placed(before: Iterable[Before], outcome: Outcome, at: datetime, dated: bool) -> Placed:
    """Place something said `at`, so that late arrivals end as if all had come in the order of their times.

    On dates the newest word wins, the same word again is no second record, and taking it back took back all that
    said so until then. Elsewhere each stands for itself.
    """
    before = tuple(before)
    standing = [one for one in before if one.undone_at is None]
    newest = max(standing, key=lambda one: (one.at, one.id), default=None)
    after_words = place(at, newest.at if newest else None)
    if not dated:
        return Placed(after_words or at)
    undone = [one.undone_at for one in before if one.undone_at is not None and one.outcome is outcome]
    after_undo = place(at, max(undone, default=None))
    if after_undo is None:
        return Placed(at, undone_at=max(undone), superseded=True)
    if newest is not None and newest.outcome is outcome:
        return Placed(max(newest.at, at), same=newest.id)
    return Placed(at, superseded=True) if after_words is None else Placed(max(after_words, after_undo))


def is_dated(versions: Sequence[Cadence], day: date) -> bool:
    """Tell whether a step is asked for on dates on `day`, so that a second "done" says nothing new."""
    kinds = {version.kind for version in versions}
    if len(kinds) > 1:
        version = version_on(versions, day)
        kinds = {version.kind if version else versions[0].kind}
    return bool(kinds & DATED)


def counted(said: Iterable[CheckIn], versions: Sequence[Cadence]) -> list[CheckIn]:
    """Return the check-ins of one step that stand, by day.

    On dates the newest word of each voice wins, slot by slot. Elsewhere each counts on its own: what was
    begun can be finished, "not today" can be taken back by doing it, and doing it is never lost again.
    Where two voices speak about the same day, the better one stands and counts once.
    """
    stands: list[CheckIn] = []
    for day, group in groupby(sorted(said, key=lambda one: (one.day, one.voice, one.at, one.id)), key=lambda o: o.day):
        voices = [list(told) for _, told in groupby(group, key=lambda one: one.voice)]
        if is_dated(versions, day):
            newest = [one for told in voices for one in {one.slot: one for one in told}.values()]
            by_slot = groupby(sorted(newest, key=lambda one: one.slot), key=lambda one: one.slot)
            stands += [max(told, key=_weight) for _, told in by_slot]
        else:
            alone = [_one_by_one(told) for told in voices]
            stands += sorted(alone, key=_weights)[-1]
    return stands


def marks(said: Iterable[CheckIn], versions: Sequence[Cadence]) -> tuple[Mark, ...]:
    """Return the check-ins that stand as the rules of adherence see them."""
    return tuple(Mark(one.day, one.counts, one.outcome, one.excused, one.slot) for one in counted(said, versions))


def _one_by_one(told: Iterable[CheckIn]) -> list[CheckIn]:
    kept: list[CheckIn] = []
    for one in told:
        last = kept[-1] if kept else None
        if last and (not last.counts or (last.outcome is Outcome.SOME and one.outcome is Outcome.DONE)):
            kept[-1] = one
        elif last is None or one.counts:
            kept.append(one)
    return kept


def _weight(one: CheckIn) -> tuple[int, bool]:
    return {Outcome.DONE: 2, Outcome.SOME: 1}.get(one.outcome, 0), one.excused


def _weights(told: list[CheckIn]) -> tuple[int, int, bool]:
    weights = [_weight(one) for one in told]
    return sum(one.counts for one in told), sum(weight for weight, _ in weights), any(excused for _, excused in weights)
