"""Today: what is on it, in which part of the day, and how each thing stands there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from webapp.domain.cadence import Cadence, Kind, version_on
from webapp.domain.check_ins import CheckIn, counted, marks
from webapp.domain.occurrences import occurs_on, slots_of
from webapp.domain.pauses import Pause
from webapp.domain.periods import cadence_period
from webapp.domain.standing import Standing, standing
from webapp.domain.weeks import WeekStart

NOON, FIVE = time(12), time(17)
WEEK_BACK = timedelta(days=14)
LONG_BACK = timedelta(days=400)


class Part(StrEnum):
    """A part of the day, in the order Today shows them."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    ANY_TIME = "any_time"
    AS_NEEDED = "as_needed"


# A plan says when in many words; these decide where the step stands on Today, in this order.
WORDS = (
    (Part.EVENING, ("evening", "night", "bed", "dinner", "supper", "noche", "cena", "dormir")),
    (Part.AFTERNOON, ("afternoon", "lunch", "noon", "tarde", "almuerzo", "mediodía")),
    (Part.MORNING, ("morning", "breakfast", "wak", "mañana", "desayuno", "despertar")),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One card of a step: its slot, where the step stands, and what was said about the slot today.

    `open` asks for an answer; `answered` was given one today. A step that can be done again is both.
    `moved_here`: a promise that was moved to today.
    """

    slot: str
    part: Part
    standing: Standing
    open: bool
    said: tuple[CheckIn, ...] = ()
    moved_here: bool = False

    @property
    def answered(self) -> bool:
        return bool(self.said)


def part_of(slot: str, words: str | None = None, kind: Kind | None = None) -> Part:
    """Return the part of the day a slot "HH:MM" falls into, or what the plan's words say, or any time."""
    if slot:
        at = time.fromisoformat(slot)
        return Part.MORNING if at < NOON else Part.AFTERNOON if at < FIVE else Part.EVENING
    told = (words or "").lower()
    known = next((part for part, hints in WORDS if any(hint in told for hint in hints)), None)
    return known or (Part.AS_NEEDED if kind is Kind.AS_NEEDED else Part.ANY_TIME)


def part_now(at: datetime) -> Part:
    """Return the part of the day it is by a local time; after midnight it is still evening."""
    hour = at.time()
    return Part.EVENING if hour < time(4) else part_of(f"{hour:%H:%M}")


def look_back(versions: Sequence[Cadence], today: date, week_start: WeekStart = 0) -> date:
    """Return the first day whose check-ins decide where a step stands today."""
    version = version_on(versions, today)
    if version is None:
        return today - WEEK_BACK
    return min(today - WEEK_BACK, cadence_period(version, today, week_start).start)


def places(
    versions: Sequence[Cadence],
    pauses: Iterable[Pause],
    said: Iterable[CheckIn],
    today: date,
    week_start: WeekStart = 0,
    words: str | None = None,
) -> list[Place]:
    """Lay out one step on `today`: a place for each slot of a fixed day, else one; none when it rests.

    `said` are the check-ins on the step that were not undone.
    """
    said = list(said)
    stands = standing(versions, pauses, marks(said, versions), today, week_start)
    version = version_on(versions, today)
    now = _today(said, versions, today)
    moved = any(one.moved_to == today for one in counted(said, versions))
    if version is None or (version.kind is Kind.FIXED and not occurs_on(version, today, week_start)):
        told = tuple(now)
        moved = moved and not stands.paused
        return [Place("", part_of("", words), stands, moved and not told, told, moved)] if told or moved else []
    if version.kind is Kind.FIXED:
        by_slot = _by_slot(slots_of(version), now)
        return [
            Place(slot, part_of(slot, words), stands, not told and not stands.paused, tuple(told))
            for slot, told in by_slot.items()
            if told or not stands.paused
        ]
    asks = (stands.due or stands.open) and not stands.settled_today
    part = part_of("", words, version.kind)
    return [Place("", part, stands, asks, tuple(now), moved)] if asks or now else []


def _today(said: Iterable[CheckIn], versions: Sequence[Cadence], today: date) -> list[CheckIn]:
    """Return what stands of today, each voice for itself, in the order it was said."""
    voices: dict[int, list[CheckIn]] = {}
    for one in said:
        if one.day == today:
            voices.setdefault(one.voice, []).append(one)
    stands = [one for told in voices.values() for one in counted(told, versions)]
    return sorted(stands, key=lambda one: (one.at, one.id))


def _by_slot(slots: Sequence[str], said: Iterable[CheckIn]) -> dict[str, list[CheckIn]]:
    """Put each check-in to its slot; one for a slot the day does not have goes to the first still empty."""
    found: dict[str, list[CheckIn]] = {slot: [] for slot in slots}
    loose = []
    for one in said:
        if one.slot in found:
            found[one.slot].append(one)
        else:
            loose.append(one)
    for one in loose:
        empty = next((slot for slot in slots if not found[slot]), slots[-1])
        found[empty].append(one)
    return found
