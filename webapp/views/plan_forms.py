"""The forms of the plan editor: one class per noun, and the step with its cadence."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, FileField, Form, RadioField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.queries.care_plans import CarePlanView, InCircle, StepCard
from webapp.services.steps import SELF, Taker
from webapp.views import edge
from webapp.views.cadence_form import CadenceForm
from webapp.views.fields import N_, Day, HouseForm, Line, Words
from webapp.views.forms import SelectChoice, options
from webapp.views.plan_words import INTERVENTIONS, intervention_words
from webapp.views.translate import _

WRITE = N_("Please write something here.")
TIMES_OF_DAY = (
    ("", N_("Any time")),
    ("morning", N_("Morning")),
    ("afternoon", N_("Afternoon")),
    ("evening", N_("Evening")),
    ("night", N_("Night")),
)
MOMENTS = (("everyday", N_("Every day")), ("early_signs", N_("Early signs")), ("crisis", N_("In a crisis")))
KINDS_OF_SUPPORT = (
    ("family", N_("Family")),
    ("friend", N_("Friend")),
    ("group", N_("Group, such as AA or NA")),
    ("community", N_("Community")),
    ("hotline", N_("Hotline")),
    ("other", N_("Something else")),
)
SCALE = [("", N_("not asked")), *((str(number), str(number)) for number in range(11))]


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def keep_choice(field: Any, value: str | None) -> None:
    """Offer a value the list doesn't know, such as one from a plan file, so that saving doesn't lose it."""
    if value and value not in {choice.value for choice in field.choices}:
        field.choices = [*field.choices, SelectChoice(value)]


class ChangeForm(HouseForm):
    """What every form of the editor ends with: why it changes."""

    def values(self) -> dict[str, Any]:
        """The fields by name, as the service takes them; "" becomes None."""
        return {name: data if data != "" else None for name, data in self.data.items()}


class LineForm(ChangeForm):
    text = Words(N_("In plain words"), WRITE, rows=2)
    substance_use = BooleanField(N_("This is about substance use"))


class ReviewForm(LineForm):
    text = Words(N_("What is looked at, or when"), WRITE, rows=2)
    on = Day(N_("On which day"))
    substance_use = BooleanField(N_("This is about substance use"))


class SupportForm(ChangeForm):
    name = Line(N_("Name"), N_("Write a name, such as “Ana” or “Tuesday group”."))
    kind = SelectField(N_("What it is"), choices=options(KINDS_OF_SUPPORT), validate_choice=False)
    relation = Line(N_("Relation to the client"))
    substance_use = BooleanField(N_("This is about substance use"))


class MonitoringForm(ChangeForm):
    what = Line(N_("Sign by which one can tell"), N_("Write what is watched, such as sleep or a questionnaire."))
    who = Line(N_("Who watches it"))
    how_often = Line(N_("How often"))
    substance_use = BooleanField(N_("This is about substance use"))


class TeamMemberForm(ChangeForm):
    kind = RadioField(
        N_("Who this is"),
        choices=options([("professional", N_("A professional")), ("natural_supporter", N_("Family or friend"))]),
        validators=[],
    )
    name = Line(N_("Name"), N_("Write a name. If it isn't known yet, write what they are, such as “a dietitian”."))
    role = Line(N_("Discipline or role"))
    relation = Line(N_("Relation to the client"))

    def validate_kind(self, field: Any) -> None:
        """A kind has to be chosen."""
        if field.data not in ("professional", "natural_supporter"):
            field.errors = [_("Choose who this is.")]


class ContactForm(ChangeForm):
    name = Line(N_("Name"), N_("Write who it is."))
    relation = Line(N_("Relation to the client"))
    phone = Line(N_("Phone"), longest=40)
    how = Line(N_("How to reach them"))


class GoalForm(ChangeForm):
    own_words = Words(N_("In the client's own words"), rows=2)
    statement = Words(N_("Goal, as the plan says it"), N_("Write the goal in a sentence."), rows=2)
    target_date = Day(N_("Target date"))
    priority = Line(N_("Priority"), longest=40)
    importance = SelectField(N_("How important it is to the client, 0 to 10"), choices=options(SCALE))
    confidence = SelectField(N_("How sure the client is to get there, 0 to 10"), choices=options(SCALE))
    status = SelectField(
        N_("Where it stands"),
        choices=options(
            [
                ("active", N_("In use")),
                ("on_hold", N_("Resting")),
                ("reached", N_("Reached")),
                ("ended", N_("Let go")),
            ]
        ),
    )
    substance_use = BooleanField(N_("This is about substance use"))

    def values(self) -> dict[str, Any]:
        numbers = {name: _number(self[name].data) for name in ("importance", "confidence")}
        return super().values() | numbers


class ObjectiveForm(ChangeForm):
    statement = Words(N_("What will have changed"), WRITE, rows=2)
    by = Line(N_("By when"))
    measure = Line(N_("How one can tell"))


class StrategyForm(ChangeForm):
    text = Line(N_("What helps"), N_("Write what helps."))
    use_when = RadioField(N_("When it helps"), choices=options(MOMENTS), default="everyday")
    cue = Line(N_("The moment, in the client's words"))
    how_to = Words(N_("How to do it"))
    category = Line(N_("Kind"), longest=60)
    sign_ids = SelectMultipleField(
        N_("Helps with these triggers and warning signs"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    substance_use = BooleanField(N_("This is about substance use"))

    def offer(self, signs: Iterable[Any]) -> None:
        self.sign_ids.choices = options([(sign.id, sign.values["text"]) for sign in signs])


class HeadForm(ChangeForm):
    vision = Words(N_("Vision: where the client wants to be"), rows=2)
    starts_on = Day(N_("Start"))
    ends_on = Day(N_("End"))
    review_on = Day(N_("Next review"))

    def validate_ends_on(self, field: Any) -> None:
        """An end before the start makes no plan."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            field.errors = [_("That day lies before the start.")]

    def validate_review_on(self, field: Any) -> None:
        """A review before the plan begins looks back at nothing."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            field.errors = [_("That day lies before the start.")]


class InformationForm(ChangeForm):
    born = Day(N_("Date of birth"))
    address = Words(N_("Address"), rows=2)
    stage_of_change = SelectField(
        N_("Stage of change"),
        choices=options(
            [
                ("", N_("not recorded")),
                ("precontemplation", N_("Not thinking of change yet")),
                ("contemplation", N_("Thinking about it")),
                ("preparation", N_("Getting ready")),
                ("action", N_("Doing it")),
                ("maintenance", N_("Keeping it up")),
            ]
        ),
        validate_choice=False,
    )
    cultural_preferences = Words(N_("Culture, faith and language"))
    history = Words(N_("History"))
    earlier_treatment = Words(N_("Earlier treatment and what came of it"))
    substance_use_history = Words(N_("History and earlier treatment about substance use"))

    def validate_born(self, field: Any) -> None:
        """Nobody is born tomorrow."""
        if field.data and field.data > edge.today():
            field.errors = [_("That day has not come yet. Look at the year.")]


class ImportForm(Form):
    file = FileField(N_("Plan file (.json)"))


ITEM_FORMS: dict[str, type[ChangeForm]] = {
    "strength": LineForm,
    "preference": LineForm,
    "concern": LineForm,
    "crisis_step": LineForm,
    "review": ReviewForm,
    "support": SupportForm,
    "monitoring": MonitoringForm,
    "team_member": TeamMemberForm,
    "emergency_contact": ContactForm,
    "crisis_contact": ContactForm,
    "trigger": LineForm,
    "warning_sign": LineForm,
    "goal": GoalForm,
    "objective": ObjectiveForm,
    "coping_strategy": StrategyForm,
}
COPING = ("trigger", "warning_sign", "coping_strategy")


class StepForm(CadenceForm):
    """A step, for the care team: who, what, how often, why."""

    who = RadioField(N_("Who takes this step"), default="self")
    new_name = Line(N_("Name"))
    new_what = Line(N_("Relation or discipline"))
    text = Words(N_("The step"), N_("Write what is done, in a sentence."), rows=2)
    own_words = Words(N_("The same in the client's own words"), rows=2)
    goal_id = SelectField(N_("For which goal"))
    intervention = SelectField(N_("Kind of step"))
    purpose = Words(N_("What it is for"), rows=2)
    how_to = Words(N_("How to do it"))
    cue = Line(N_("When …, then …"))
    smallest = Line(N_("Smallest version, for a hard day"))
    time_of_day = SelectField(N_("Time of day"), choices=options(TIMES_OF_DAY))
    substance_use = BooleanField(N_("This is about substance use"))
    why = Line(N_("Why it changes"))

    def offer(self, plan: CarePlanView, circle: Iterable[InCircle], step: StepCard | None = None) -> None:
        """Fill the choices: goals, kinds, and everybody who may take a step."""
        goals = [(str(goal.id), goal.words) for goal in plan.goals if goal.status in ("active", "on_hold")]
        if step and step.goal_id and str(step.goal_id) not in dict(goals) and (goal := plan.goal(step.goal_id)):
            goals.append((str(goal.id), goal.words))
        self.goal_id.choices = options([*goals, ("", _("No goal"))])
        kinds = [(kind, intervention_words(kind)) for kind in INTERVENTIONS]
        if step and step.intervention and step.intervention not in INTERVENTIONS:
            kinds.append((step.intervention, step.intervention))
        self.intervention.choices = options([("", _("not said")), *kinds])
        self.who.choices = options(_takers(plan, circle))

    def taker(self, plan: CarePlanView, circle: Iterable[InCircle]) -> Taker:
        """Whoever was chosen."""
        kind, _sep, number = (self.who.data or "").partition(":")
        if kind == "new":
            return Taker(number, None, None, self.new_name.data, self.new_what.data)
        return _chosen(kind, number, plan, circle)

    def validate_new_name(self, field: Any) -> None:
        """Somebody new needs a name, or at least what they are."""
        if (self.who.data or "").startswith("new:") and not field.data and not self.new_what.data:
            field.errors = [_("Write a name, or what they are.")]

    def step_values(self) -> dict[str, Any]:
        names = ("text", "own_words", "purpose", "how_to", "cue", "smallest", "substance_use")
        values = {name: self[name].data for name in names}
        values |= {name: self[name].data or None for name in ("intervention", "time_of_day")}
        return values | {"goal_id": _number(self.goal_id.data)}


class OwnStepForm(CadenceForm):
    """A step, for the client: a new one, or one of their own."""

    who = RadioField(N_("Who takes this step"), default="self")
    text = Words(N_("What I want to do"), N_("Write what you want to do, in your words."), rows=2)
    goal_id = SelectField(N_("For which goal"))
    purpose = Words(N_("Why it matters to me"), rows=2)
    cue = Line(N_("When …, then …"))
    smallest = Line(N_("My smallest version, for a hard day"))
    how_to = Words(N_("How I do it"))
    time_of_day = SelectField(N_("Time of day"), choices=options(TIMES_OF_DAY))
    substance_use = BooleanField(N_("This is about substance use"))

    def offer(self, plan: CarePlanView, circle: Iterable[InCircle]) -> None:
        """Fill the choices: goals, and everybody who may be asked."""
        goals = [(str(goal.id), goal.words) for goal in plan.goals if goal.status in ("active", "on_hold")]
        self.goal_id.choices = options([*goals, ("", _("No goal"))])
        self.who.choices = options([("self", _("Me")), *_others(plan, circle)])

    def taker(self, plan: CarePlanView, circle: Iterable[InCircle]) -> Taker:
        """Whoever was chosen."""
        kind, _sep, number = (self.who.data or "").partition(":")
        return _chosen(kind, number, plan, circle)


class OwnEditForm(OwnStepForm):
    """The client's wording and rhythm of a step of their own; `own_words` for a step the plan worded."""

    own_words = Words(N_("In my own words"), rows=2)


class SuggestionForm(Form):
    words = Words(N_("What I would change"), N_("Write what you would change."), longest=1000)


def _chosen(kind: str, number: str, plan: CarePlanView, circle: Iterable[InCircle]) -> Taker:
    """Find whom a choice names, "member" of the plan's team or "person" of the circle; else the client."""
    if kind == "member":
        member = next(member for member in plan.team if member.id == int(number))
        return Taker(member.kind, member_id=member.id)
    if kind == "person":
        person = next(person for person in circle if person.person_id == int(number))
        return Taker(person.kind, None, person.person_id, person.name, person.role or person.relation)
    return SELF


def _takers(plan: CarePlanView, circle: Iterable[InCircle]) -> Iterable[tuple[str, str]]:
    yield "self", _("The client")
    yield from _others(plan, circle)
    yield "new:natural_supporter", _("Somebody else: family or friend")
    yield "new:professional", _("Somebody else: a professional")


def _others(plan: CarePlanView, circle: Iterable[InCircle]) -> Iterable[tuple[str, str]]:
    """Name the plan's team, and whoever of the circle is not on it yet."""
    known = {member.person_id for member in plan.team}
    for member in plan.team:
        what = member.relation or member.role
        name = member.name or what or _("somebody without a name yet")
        yield f"member:{member.id}", f"{name} ({what})" if member.name and what else name
    for person in circle:
        if person.person_id not in known:
            what = person.role or person.relation
            yield f"person:{person.person_id}", f"{person.name} ({what})" if what else person.name


def first_words(step: StepCard) -> dict[str, Any]:
    """Fill a step form with a step."""
    names = ("text", "own_words", "purpose", "how_to", "cue", "smallest", "substance_use")
    values: dict[str, Any] = {name: getattr(step, name) for name in names}
    values |= {"intervention": step.intervention or "", "time_of_day": step.time_of_day or ""}
    who = f"member:{step.member.id}" if step.member else "self"
    return values | {"goal_id": str(step.goal_id or ""), "who": who}
