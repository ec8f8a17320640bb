"""How often, in plain controls: fields for a cadence, shared by the care team's and the client's step forms.

Every kind has its own few fields, all of them there without JavaScript; CSS shows those of the chosen kind.
"""

from datetime import date, timedelta
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.domain.cadence import Bound, Cadence, Kind, Problem, TzMode, Unit, problems
from webapp.domain.cadence_edits import edited, holds_from
from webapp.domain.weeks import WeekStart
from webapp.views import formats
from webapp.views.cadence_words import A_YEAR
from webapp.views.clock_times import clock_times
from webapp.views.fields import N_, Day, HouseForm, Line, Number
from webapp.views.forms import options, zone_choices, zone_sentence
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
UNITS = (("day", N_("day")), ("week", N_("week")), ("month", N_("month")), ("year", N_("year")))
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
    ("", N_("by its number")),
    ("1", N_("the first such weekday")),
    ("2", N_("the second such weekday")),
    ("3", N_("the third such weekday")),
    ("4", N_("the fourth such weekday")),
    ("5", N_("the fifth, where there is one")),
    ("-1", N_("the last such weekday")),
)
FROM_WHEN = (("next", N_("From the next period on")), ("today", N_("From today on")))
TIMED = (Kind.TARGET, Kind.FIXED, Kind.ONCE)
DAY = timedelta(days=1)


class _Place(SelectField):
    """The place whose clock counts."""

    def pre_validate(self, form: Any) -> None:
        if sentence := zone_sentence(self.data):
            raise ValidationError(sentence)


class CadenceForm(HouseForm):
    """Fields for how often. `cadence()` gives what was entered, once `validate()` and `cadence_problems()` are fine.

    `place` is the zone of the person who takes the step: the first one offered for an appointment.
    """

    kind = RadioField(N_("How often"), choices=options(KINDS), default="target")
    bound = SelectField(N_("Meant as"), choices=options(BOUNDS), default="at_least")
    count = Number(N_("How many times"), 0, 100, default=1)
    count_max = Number(N_("Or up to"), 1, 100)
    interval = Number(N_("In every"), 1, 366, default=1)
    per_unit = SelectField(N_("Day, week, month or year"), choices=options(UNITS), default="week")
    fixed_interval = Number(N_("Repeats every"), 1, 366, default=1)
    fixed_unit = SelectField(N_("Day, week, month or year"), choices=options(UNITS), default="week")
    nth = SelectField(N_("Which day of the month"), choices=options(NTHS), default="")
    monthday = Number(N_("Number of the day"), 1, 31)
    weekdays = SelectMultipleField(
        N_("Weekdays"), choices=options(WEEKDAYS), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    due = Day(N_("By which day"))
    times = Line(N_("Times of day"), longest=120)
    stays = BooleanField(N_("The time stays with the place of the appointment"))
    tz = _Place(N_("Place"))
    minutes = Number(N_("Minutes each time"), 1, 1440)
    minutes_max = Number(N_("Or up to, minutes"), 1, 1440)
    starts_on = Day(N_("First day"))
    ends_on = Day(N_("Last day"))
    from_when = RadioField(N_("If how often changes, it holds"), choices=options(FROM_WHEN), default="next")

    def __init__(self, formdata: Any = None, *, place: str, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.tz.data = self.tz.data or place
        self.tz.choices = zone_choices(self.tz.data)
        self.versions: tuple[Cadence, ...] = ()

    def changes(self, versions: tuple[Cadence, ...], today: date, week_start: WeekStart) -> None:
        """Let it change what was agreed. From which day is asked only where a period is under way."""
        self.versions = versions
        start = holds_from(versions, today, week_start)
        if start is None:
            del self.from_when
        else:
            day = formats.long_day(start)
            self.from_when.choices = options(
                [
                    ("next", _("From %(day)s on; until then it stays as it is", day=day)),
                    ("today", _("From today on; what is under way is asked for in parts")),
                ]
            )

    def edit(self, today: date, week_start: WeekStart) -> Cadence | None:
        """Return the version to append, if any; an end before it would begin is said beside the field."""
        at_once = "from_when" in self and self.from_when.data == "today"
        cadence = edited(self.versions, self.cadence(today), today, week_start, at_once)
        if cadence and cadence.valid_to and cadence.valid_to <= cadence.valid_from:
            sentence = _("That day lies before the new rhythm begins. Choose “From today on”, or a later day.")
            self.ends_on.errors = [sentence]
        return cadence

    def cadence(self, today: date) -> Cadence:
        """What was entered, from its first day (or today) on."""
        kind = Kind(self.kind.data)
        made = {Kind.TARGET: self._target, Kind.FIXED: self._fixed}.get(kind, dict[str, Any])()
        if kind in TIMED:
            made["times"] = clock_times(self.times.data or "")
            made |= {"tz_mode": TzMode.FIXED, "tz": self.tz.data} if self.stays.data else {}
        return Cadence(
            kind,
            **made,
            minutes=self.minutes.data,
            minutes_max=self.minutes_max.data,
            valid_from=self.starts_on.data or today,
            valid_to=self.ends_on.data + DAY if self.ends_on.data and kind is not Kind.ONCE else None,
            due=self.due.data if kind is Kind.ONCE else None,
        )

    def _target(self) -> dict[str, Any]:
        bound = Bound(self.bound.data)
        made = {"bound": bound} | _rhythm(self.per_unit.data, self.interval.data)
        if bound is Bound.AT_MOST:
            return made | {"target_max": self.count.data}
        return made | {"target_min": self.count.data, "target_max": self.count_max.data}

    def _fixed(self) -> dict[str, Any]:
        weekdays = frozenset(int(number) for number in self.weekdays.data or ())
        made = {"bound": Bound.EXACTLY} | _rhythm(self.fixed_unit.data, self.fixed_interval.data)
        unit = made["per_unit"]
        if unit is Unit.WEEK:
            return made | {"weekdays": weekdays}
        if unit is Unit.MONTH and self.nth.data:
            return made | {"weekdays": weekdays, "nth": int(self.nth.data)}
        return made | ({"monthday": self.monthday.data} if unit is Unit.MONTH else {})

    def cadence_problems(self, today: date) -> bool:
        """Put what is wrong with the cadence beside its fields; True when something is."""
        found = self._left_out()
        try:
            clock_times(self.times.data or "")
        except ValueError:
            found["times"] = _("Write times like 8:00, 20:30 or 8 pm, with commas between them.")
        if not found and not self.errors and self._is_new(today):
            for problem in problems(self.cadence(today)):
                name = FIELDS.get(problem.field, problem.field)
                if name == "count_max" and self.bound.data == Bound.AT_MOST:
                    name = "count"
                if name == "interval" and self.kind.data == Kind.FIXED:
                    name = "fixed_interval"
                found.setdefault(name, _sentence(problem))
        for name, sentence in found.items():
            self[name].errors = [*self[name].errors, sentence]
        return bool(found)

    def _is_new(self, today: date) -> bool:
        """What was agreed and stays as it was need not make sense today: its day may have passed."""
        return not self.versions or edited(self.versions, self.cadence(today), today) is not None

    def _left_out(self) -> dict[str, str]:
        if self.kind.data != Kind.FIXED:
            return {}
        if self.fixed_unit.data == Unit.WEEK and not self.weekdays.data:
            return {"weekdays": _("Choose at least one weekday.")}
        if self.fixed_unit.data in ("month", "year") and not self.nth.data and not self.monthday.data:
            return {"monthday": _("Write a day of the month, or choose which weekday of it.")}
        return {}


FIELDS = {
    "target_min": "count",
    "target_max": "count_max",
    "valid_to": "ends_on",
    "per_unit": "fixed_unit",
}


def entered(cadence: Cadence | None) -> dict[str, Any]:
    """Fill the form with a cadence that holds already."""
    if cadence is None:
        return {}
    values: dict[str, Any] = {
        "kind": str(cadence.kind),
        "times": ", ".join(f"{at:%H:%M}" for at in sorted(cadence.times)),
        "stays": cadence.tz_mode is TzMode.FIXED,
        "tz": cadence.tz,
        "due": cadence.due,
        "minutes": cadence.minutes,
        "minutes_max": cadence.minutes_max,
        "ends_on": cadence.valid_to - DAY if cadence.valid_to else None,
    }
    yearly = cadence.unit is Unit.MONTH and cadence.interval % A_YEAR == 0
    unit, every = ("year", cadence.interval // A_YEAR) if yearly else (str(cadence.unit), cadence.interval)
    if cadence.kind is Kind.TARGET:
        at_most = cadence.bound is Bound.AT_MOST
        values |= {
            "bound": str(cadence.bound),
            "count": cadence.target,
            "count_max": None if at_most or cadence.target_max == cadence.target_min else cadence.target_max,
            "interval": every,
            "per_unit": unit,
        }
    if cadence.kind is Kind.FIXED:
        first = cadence.first_day
        weekdays = cadence.weekdays or ({first.weekday()} if cadence.unit is Unit.WEEK else frozenset())
        by_number = cadence.unit is Unit.MONTH and not cadence.weekdays
        values |= {
            "fixed_interval": every,
            "fixed_unit": unit,
            "weekdays": [str(number) for number in sorted(weekdays)],
            "nth": str(cadence.nth or ""),
            "monthday": (cadence.monthday or first.day) if by_number else None,
        }
    return values


def _rhythm(unit: str, every: int | None) -> dict[str, Any]:
    """A year is twelve months; the number left empty is 1."""
    if unit == "year":
        return {"per_unit": Unit.MONTH, "interval": A_YEAR * (every or 1)}
    return {"per_unit": Unit(unit), "interval": every or 1}


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
        "exactly_one": _("Choose one weekday."),
    }.get(problem.code, _("Please look at this again."))
