"""How often, in plain controls: fields for a cadence, shared by the care team's and the client's step forms.

Every kind has its own few fields, all of them there without JavaScript; CSS shows those of the chosen kind.
"""

import re
from datetime import date, time, timedelta
from typing import Any

from wtforms import Form, RadioField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.domain.cadence import Bound, Cadence, Kind, Problem, Unit, problems
from webapp.views.fields import N_, Day, Line, Number
from webapp.views.translate import _

KINDS = (
    ("target", N_("So many times, on any days")),
    ("fixed", N_("On set days or times")),
    ("once", N_("Once")),
    ("as_needed", N_("When it is needed")),
    ("ongoing", N_("Ongoing, nothing set")),
)
BOUNDS = (
    ("at_least", N_("at least")),
    ("exactly", N_("exactly")),
    ("about", N_("about")),
    ("at_most", N_("at most")),
)
UNITS = (("day", N_("day")), ("week", N_("week")), ("month", N_("month")))
WEEKDAYS = (
    ("0", N_("Mon")),
    ("1", N_("Tue")),
    ("2", N_("Wed")),
    ("3", N_("Thu")),
    ("4", N_("Fri")),
    ("5", N_("Sat")),
    ("6", N_("Sun")),
)
NTHS = (
    ("", N_("by the day of the month")),
    ("1", N_("the first of the month")),
    ("2", N_("the second of the month")),
    ("3", N_("the third of the month")),
    ("4", N_("the fourth of the month")),
    ("5", N_("the fifth of the month")),
    ("-1", N_("the last of the month")),
)
FROM_WHEN = (("next", N_("From the next period")), ("today", N_("From today")))
DAY = timedelta(days=1)


class CadenceForm(Form):
    """Fields for how often. `cadence()` gives what was entered, once `validate()` said yes."""

    kind = RadioField(N_("How often"), choices=KINDS, default="target")
    bound = SelectField(N_("At least or at most"), choices=BOUNDS, default="at_least")
    count = Number(N_("How many times"), 0, 100, default=1)
    count_max = Number(N_("Or up to"), 1, 100)
    interval = Number(N_("In every"), 1, 366, default=1)
    per_unit = SelectField(N_("Day, week or month"), choices=UNITS, default="week")
    fixed_interval = Number(N_("Repeats every"), 1, 366, default=1)
    fixed_unit = SelectField(N_("Day, week or month"), choices=UNITS, default="week")
    weekdays = SelectMultipleField(
        N_("Weekdays"), choices=WEEKDAYS, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    nth = SelectField(N_("Which weekday of the month"), choices=NTHS, default="")
    monthday = Number(N_("Day of the month"), 1, 31)
    times = Line(N_("Times of day"), longest=120)
    due = Day(N_("By which day"))
    minutes = Number(N_("Minutes each time"), 1, 1440)
    minutes_max = Number(N_("Or up to, minutes"), 1, 1440)
    starts_on = Day(N_("First day"))
    ends_on = Day(N_("Last day"))
    from_when = RadioField(N_("If how often changes, it holds"), choices=FROM_WHEN, default="next")

    def cadence(self, today: date) -> Cadence:
        """What was entered, from its first day (or today) on."""
        kind = Kind(self.kind.data)
        made: dict[str, Any] = {"kind": kind}
        if kind is Kind.TARGET:
            bound = Bound(self.bound.data)
            number = "target_max" if bound is Bound.AT_MOST else "target_min"
            made |= {"bound": bound, number: self.count.data, "per_unit": Unit(self.per_unit.data)}
            made["interval"] = self.interval.data or 1
            if bound is not Bound.AT_MOST and self.count_max.data:
                made["target_max"] = self.count_max.data
        if kind is Kind.FIXED:
            unit = Unit(self.fixed_unit.data)
            made |= {"bound": Bound.EXACTLY, "per_unit": unit, "interval": self.fixed_interval.data or 1}
            made |= self._days(unit)
        return Cadence(
            **made,
            times=tuple(self.clock_times()) if kind in (Kind.TARGET, Kind.FIXED) else (),
            minutes=self.minutes.data,
            minutes_max=self.minutes_max.data,
            valid_from=self.starts_on.data or today,
            valid_to=self.ends_on.data + DAY if self.ends_on.data and kind is not Kind.ONCE else None,
            due=self.due.data if kind is Kind.ONCE else None,
        )

    def _days(self, unit: Unit) -> dict[str, Any]:
        weekdays = frozenset(int(number) for number in self.weekdays.data or ())
        if unit is Unit.WEEK:
            return {"weekdays": weekdays}
        if unit is Unit.MONTH and self.monthday.data:
            return {"monthday": self.monthday.data}
        if unit is Unit.MONTH:
            return {"weekdays": weekdays, "nth": int(self.nth.data) if self.nth.data else None}
        return {}

    def clock_times(self) -> list[time]:
        """The times as typed, "8:00, 20:30"; raises ValueError for one that isn't."""
        words = [word for word in re.split(r"[,;\s]+", self.times.data or "") if word]
        return [_clock(word) for word in words]

    def cadence_problems(self, today: date) -> bool:
        """Put what is wrong with the cadence beside its fields; True when something is."""
        found: dict[str, str] = {}
        if self.kind.data == Kind.FIXED and self.fixed_unit.data == Unit.WEEK and not self.weekdays.data:
            found["weekdays"] = _("Choose at least one weekday.")
        if self.kind.data == Kind.FIXED and self.fixed_unit.data == Unit.MONTH and not self.monthday.data:
            if not self.weekdays.data:
                found["monthday"] = _("Write a day of the month, or choose a weekday and which one.")
            elif not self.nth.data:
                found["nth"] = _("Choose which one in the month.")
        try:
            self.clock_times()
        except ValueError:
            found["times"] = _("Write times like 8:00 or 20:30, with commas between them.")
        if not found and not self.errors:
            for problem in problems(self.cadence(today)):
                name = FIELDS.get(problem.field, problem.field)
                if name == "count_max" and self.bound.data == Bound.AT_MOST:
                    name = "count"
                found.setdefault(name, _sentence(problem))
        for name, sentence in found.items():
            self[name].errors = [*self[name].errors, sentence]
        return bool(found)


FIELDS = {
    "target_min": "count",
    "target_max": "count_max",
    "valid_to": "ends_on",
    "per_unit": "fixed_unit",
    "tz": "times",
}


def entered(cadence: Cadence | None, today: date) -> dict[str, Any]:
    """Fill the form with a cadence that holds already."""
    if cadence is None:
        return {}
    at_most = cadence.bound is Bound.AT_MOST
    counted, fixed = cadence.kind is Kind.TARGET, cadence.kind is Kind.FIXED
    values: dict[str, Any] = {
        "kind": str(cadence.kind),
        "times": ", ".join(f"{at:%H:%M}" for at in sorted(cadence.times)),
        "due": cadence.due,
        "minutes": cadence.minutes,
        "minutes_max": cadence.minutes_max,
        "ends_on": cadence.valid_to - DAY if cadence.valid_to else None,
    }
    if counted:
        values |= {
            "bound": str(cadence.bound),
            "count": cadence.target,
            "count_max": None if at_most or cadence.target_max == cadence.target_min else cadence.target_max,
            "interval": cadence.interval,
            "per_unit": str(cadence.unit),
        }
    if fixed:
        first = cadence.first_day
        weekdays = cadence.weekdays or ({first.weekday()} if cadence.unit is Unit.WEEK else frozenset())
        by_day = cadence.unit is Unit.MONTH and not cadence.weekdays
        values |= {
            "fixed_interval": cadence.interval,
            "fixed_unit": str(cadence.unit),
            "weekdays": [str(number) for number in sorted(weekdays)],
            "nth": str(cadence.nth or ""),
            "monthday": (cadence.monthday or first.day) if by_day else None,
        }
    return values


def _clock(word: str) -> time:
    found = re.fullmatch(r"([0-9]{1,2})[:.]([0-9]{2})", word)
    if found is None:
        raise ValueError(word)
    return time(int(found[1]), int(found[2]))


def _sentence(problem: Problem) -> str:
    """Say what the domain found, in a sentence that says what to do."""
    return {
        "needed": _("Please fill this in."),
        "too_small": _("This number is too small. Write 1 or more."),
        "too_large": _("This number is too large."),
        "below_min": _("This should not be less than the number before it."),
        "differs": _("“Exactly” has one number. Choose “at least” or “about” for a range."),
        "before_start": _("That day lies before the first day."),
        "after_end": _("That day lies after the last day."),
        "twice": _("A time stands there twice."),
    }.get(problem.code, _("Please look at this again."))
