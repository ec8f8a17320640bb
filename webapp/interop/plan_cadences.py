"""How often and how long, between the words of a plan file and the domain's Cadence."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from webapp.domain.cadence import Bound, Cadence, Kind, TzMode, Unit, plus_months
from webapp.domain.wall_time import is_zone

if TYPE_CHECKING:
    from webapp.interop.plan_facts import Duration, Frequency, Step

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
TIMES_OF_DAY = ("morning", "afternoon", "evening", "night")
T = TypeVar("T")
MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Read:
    """What a step says about time: its cadence, a time as worded, and the part of the day it names."""

    cadence: Cadence
    time_words: str | None
    time_of_day: str | None


@dataclass(frozen=True, slots=True)
class Dates:
    """The days a duration works out to; `end` is exclusive."""

    start: date
    end: date | None = None
    due: date | None = None


def of_step(step: "Step", plan_start: date | None, today: date) -> Read:
    """Work out a step's cadence. Durations count from the plan's start, or from today when it has none.

    Nothing is asked before the plan is in Cairn: a cadence that is still running holds from today on, and
    its rhythm stays anchored to the start.
    """
    once = step.frequency is not None and step.frequency.kind == "once"
    dates = _dates(step.duration, plan_start or today, once)
    over = dates.end is not None and dates.end <= today
    words = step.frequency.time if step.frequency else None
    due = dates.due or (_day(_further(step.frequency, "due", str)) if once else None)
    zone = _further(step.frequency, "zone", str)
    often = _how_often(step.frequency) | ({"times": tuple(clock_times(words))} if due else {})
    cadence = Cadence(
        **often | ({"tz_mode": TzMode.FIXED, "tz": zone} if zone and is_zone(zone) else {}),
        minutes=step.minutes,
        minutes_max=step.minutes_max if step.minutes is not None else None,
        valid_from=dates.start if over else max(dates.start, today),
        valid_to=dates.end,
        anchor=dates.start,
        due=due,
    )
    return Read(cadence, words, _time_of_day(words))


def after(start: date, value: int, unit: str) -> date:
    """Return the day that lies `value` units after `start`; calendar months are clamped."""
    if unit in MONTHS:
        return plus_months(start, value * MONTHS[unit])
    return start + timedelta(days=value * DAYS[unit])


def frequency_of(cadence: Cadence, time_words: str | None) -> dict[str, Any]:
    """Say a cadence in the words of a plan file."""
    fixed = cadence.kind is Kind.FIXED
    times = ", ".join(f"{at:%H:%M}" for at in sorted(cadence.times)) or None
    said: dict[str, Any] = {
        "kind": "none" if cadence.kind is Kind.ONGOING else str(cadence.kind),
        "count": None,
        "count_max": None,
        "period": None,
        "period_count": None,
        "at_least": False,
        "weekdays": [WEEKDAYS[number] for number in sorted(cadence.weekdays)],
        "time": time_words or times,
    }
    if cadence.kind is Kind.ONCE:
        said["count"] = 1
    if fixed or cadence.kind is Kind.TARGET:
        ranged = cadence.target_max is not None and cadence.target_max != cadence.target_min
        said["count"] = max(1, len(cadence.times)) if fixed else max(1, cadence.target)
        said["count_max"] = cadence.target_max if ranged and cadence.bound is not Bound.AT_MOST else None
        said["period"], said["period_count"] = str(cadence.unit), cadence.interval
        said["at_least"] = not fixed and cadence.bound is Bound.AT_LEAST and not ranged
    extras = {
        "bound": str(cadence.bound) if cadence.bound in (Bound.AT_MOST, Bound.ABOUT) else None,
        "limit": cadence.target if cadence.bound is Bound.AT_MOST else None,
        "monthday": cadence.monthday,
        "nth": cadence.nth,
        "due": cadence.due.isoformat() if cadence.due else None,
        "zone": cadence.tz if cadence.tz_mode is TzMode.FIXED else None,
    }
    return said | {key: value for key, value in extras.items() if value is not None}


def _how_often(frequency: "Frequency | None") -> dict[str, Any]:
    if frequency is None or frequency.kind == "none":
        return {"kind": Kind.ONGOING}
    if frequency.kind in ("once", "as_needed"):
        return {"kind": Kind(frequency.kind)}
    unit, interval = Unit.DAY, frequency.period_count or 1
    if frequency.period is not None:
        yearly = frequency.period == "year"
        unit, interval = (Unit.MONTH, 12 * interval) if yearly else (Unit(frequency.period), interval)
    elif frequency.weekdays:
        unit = Unit.WEEK
    weekdays = frozenset(WEEKDAYS.index(name) for name in frequency.weekdays)
    times = tuple(clock_times(frequency.time))
    shared = {"per_unit": unit, "interval": interval, "weekdays": weekdays, "times": times}
    return _monthly(frequency, shared) or _counted(frequency, shared)


def _monthly(frequency: "Frequency", shared: dict[str, Any]) -> dict[str, Any] | None:
    """Read the days of a month, for which the published keys have no word."""
    monthday, nth = _further(frequency, "monthday", int), _further(frequency, "nth", int)
    if frequency.kind != "fixed" or shared["per_unit"] is not Unit.MONTH:
        return None
    if nth in (1, 2, 3, 4, 5, -1) and len(shared["weekdays"]) == 1:
        return {"kind": Kind.FIXED, "bound": Bound.EXACTLY, "nth": nth, **shared}
    if monthday is not None and 1 <= monthday <= 31 and not shared["weekdays"]:
        return {"kind": Kind.FIXED, "bound": Bound.EXACTLY, "monthday": monthday, **shared}
    return None


def _counted(frequency: "Frequency", shared: dict[str, Any]) -> dict[str, Any]:
    unit, weekdays, times = shared["per_unit"], shared["weekdays"], shared["times"]
    if frequency.kind == "fixed" and _names_its_days(frequency, unit, weekdays, times):
        # "Every day, Monday to Friday" is said by the week.
        by_week = {"per_unit": Unit.WEEK, "interval": 1} if weekdays and unit is Unit.DAY else {}
        return {"kind": Kind.FIXED, "bound": Bound.EXACTLY, **shared, **by_week}
    least, most = frequency.count or 1, frequency.count_max
    bound, limit = _further(frequency, "bound", str), _further(frequency, "limit", int)
    if bound == Bound.AT_MOST and limit is not None and 0 <= limit <= 100:
        return {"kind": Kind.TARGET, "bound": Bound.AT_MOST, "target_max": limit, **shared}
    if bound == Bound.ABOUT:
        return {"kind": Kind.TARGET, "bound": Bound.ABOUT, "target_min": least, "target_max": most, **shared}
    bound = Bound.AT_LEAST if frequency.at_least or (most or least) > least else Bound.EXACTLY
    return {"kind": Kind.TARGET, "bound": bound, "target_min": least, "target_max": most, **shared}


def _further(frequency: "Frequency | None", key: str, kind: type[T]) -> T | None:
    """One of our own further keys, if it is of the kind we mean by it; True is not a number."""
    value = frequency.said.get(key) if frequency else None
    return value if type(value) is kind else None


def _names_its_days(frequency: "Frequency", unit: Unit, weekdays: frozenset[int], times: tuple[time, ...]) -> bool:
    """Say whether a "fixed" frequency says on which days. "Three evenings a week at five" leaves them open."""
    if unit is Unit.MONTH:
        return False
    if weekdays:
        return True
    return unit is Unit.DAY and (frequency.count or 1) <= max(1, len(times)) and frequency.count_max is None


def clock_times(words: str | None) -> list[time]:
    """Find the wall times in words; of "23:00-07:00" the first, when it begins."""
    found: list[time] = []
    starts = re.sub(r"([0-9]{1,2}:[0-9]{2})\s*[-–]\s*[0-9]{1,2}:[0-9]{2}", r"\1", words or "")
    for hour, minute in re.findall(r"(?<![0-9])([0-9]{1,2}):([0-9]{2})(?![0-9])", starts):
        at = time(int(hour), int(minute))
        if at not in found:
            found.append(at)
    return found


def _time_of_day(words: str | None) -> str | None:
    return next((name for name in TIMES_OF_DAY if name in (words or "").lower()), None)


def _dates(duration: "Duration | None", start: date, once: bool) -> Dates:
    """Work out the days. A step to do once stays open until it is done: its end is a due day, not an end."""
    if duration is None:
        return Dates(start)
    if duration.type == "between" and duration.start and duration.end:
        last = duration.end
        return Dates(duration.start, due=last) if once else Dates(duration.start, last + timedelta(days=1))
    if duration.type in ("for", "within") and duration.value and duration.unit:
        end = after(start, duration.value_max or duration.value, duration.unit)
        return Dates(start, due=end) if once else Dates(start, end)
    if duration.type == "until" and (day := _day(duration.until)) is not None and day >= start:
        return Dates(start, due=day) if once else Dates(start, day + timedelta(days=1))
    return Dates(start)


def _day(words: str | None) -> date | None:
    try:
        return date.fromisoformat(words or "")
    except ValueError:
        return None
