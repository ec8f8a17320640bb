"""The first run: from an invitation to a useful first page, one question a screen, each of which may be left out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.cadence import Cadence, Kind
from webapp.domain.occurrences import slots_of
from webapp.domain.today import Part, part_of

USUAL: Mapping[Part, str] = {Part.MORNING: "09:00", Part.AFTERNOON: "12:30", Part.EVENING: "19:00"}
"""When somebody is reminded of what has no time of its own."""


class Screen(StrEnum):
    """The screens, in their order. `DEVICE` goes on with the question of `REMINDERS`, where there are any."""

    NAME = "name"
    LANGUAGE = "language"
    DAY = "day"
    REMINDERS = "reminders"
    DEVICE = "device"
    SHARING = "sharing"


def screens(
    *, client: bool, languages: int, something_to_remind: bool, reminded: bool, circle: bool
) -> tuple[Screen, ...]:
    """Return the screens somebody gets: only those whose question has more than one answer for them."""
    asked = {
        Screen.NAME: True,
        Screen.LANGUAGE: languages > 1,
        Screen.DAY: client,
        Screen.REMINDERS: something_to_remind,
        Screen.DEVICE: something_to_remind and reminded,
        Screen.SHARING: client and circle,
    }
    return tuple(screen for screen in Screen if asked[screen])


def resumed(all_of_them: Sequence[Screen], kept: Screen) -> Screen | None:
    """Return the screen to go on with; one that is not asked any more gives way to the next. None: all is said."""
    return next((screen for screen in all_of_them if _place(screen) >= _place(kept)), None)


def following(all_of_them: Sequence[Screen], screen: Screen) -> Screen | None:
    """Return the screen after one; None after the last."""
    return next((one for one in all_of_them if _place(one) > _place(screen)), None)


def preceding(all_of_them: Sequence[Screen], screen: Screen) -> Screen | None:
    """Return the screen before one; None before the first."""
    return next((one for one in reversed(all_of_them) if _place(one) < _place(screen)), None)


def is_new(kept: Screen, screen: Screen) -> bool:
    """Tell whether nothing was said on a screen yet, by the one that is `kept` to go on with."""
    return _place(kept) <= _place(screen)


def farther(kept: Screen, screen: Screen | None) -> Screen | None:
    """Return the screen to go on with, which is not moved back by going back. None: all is said."""
    return screen and max(kept, screen, key=_place)


def progress(all_of_them: Sequence[Screen], screen: Screen) -> tuple[int, int]:
    """Return which question of how many a screen asks, counted from 1."""
    questions = [one for one in all_of_them if one is not Screen.DEVICE]
    asked = Screen.REMINDERS if screen is Screen.DEVICE else screen
    return questions.index(asked) + 1, len(questions)


def _place(screen: Screen) -> int:
    return tuple(Screen).index(screen)


@dataclass(frozen=True, slots=True)
class Remindable:
    """A step at a part of the day at which somebody could be reminded of it; `slot` is its own time "HH:MM"."""

    step_id: int
    part: Part
    slot: str = ""


def remindables(step_id: int, cadence: Cadence, words: str | None) -> tuple[Remindable, ...]:
    """Return when one could be reminded of a step; never of what is only for when it is needed."""
    if cadence.kind is Kind.AS_NEEDED:
        return ()
    slots = slots_of(cadence) if cadence.kind is Kind.FIXED else ("",)
    return tuple(Remindable(step_id, part_of(slot, words), slot) for slot in slots)


def first_times(steps: Iterable[Remindable], parts: Collection[Part]) -> dict[int, list[str]]:
    """Choose for each part of the day the one step that fits it best, and return the times ("HH:MM") by step.

    One message at a time of day is what somebody asks for who says "in the morning", not one for every step. A step
    of that part comes before one that fits any time, one with a time of its own before one without, and one that
    was not chosen yet before all. A part that nothing fits gets no reminder.
    """
    steps, found = tuple(steps), dict[int, list[str]]()
    for part in (one for one in USUAL if one in parts):
        fitting = [one for one in steps if one.part in (part, Part.ANY_TIME)]
        best = min(fitting, key=lambda one: (one.step_id in found, one.part is not part, not one.slot), default=None)
        if best is not None:
            found.setdefault(best.step_id, []).append(best.slot or USUAL[part])
    return found
