"""Words for a plan: its nouns, kinds of step, changes and gaps; alike for the care team and the client."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from webapp.domain.step_facts import Fact, Hint, Lack
from webapp.services.steps import cadence_from
from webapp.views.cadence_words import cadence_words
from webapp.views.phrases import date_words
from webapp.views.translate import _

INTERVENTIONS = (
    "therapy",
    "medication",
    "skill_building",
    "self_help",
    "exercise_nutrition",
    "wellness",
    "spiritual_cultural",
    "natural_remedies",
    "community",
    "supported_living",
    "practical_help",
    "programmes",
)
SHOWN = ("own_words", "text", "statement", "name", "what", "vision")
LONGEST = 90


class Change(Protocol):
    """What a change of a plan tells, wherever it was read."""

    noun: str
    what: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Taken(Protocol):
    """A step that somebody takes."""

    @property
    def actor_kind(self) -> str: ...

    @property
    def who(self) -> str | None: ...


def intervention_words(kind: str | None) -> str:
    """Name a kind of intervention; one from a plan file that isn't ours stays as it is."""
    return {
        "therapy": _("Therapy or counselling"),
        "medication": _("Medication"),
        "skill_building": _("Skill building"),
        "self_help": _("Self-help and peer support"),
        "exercise_nutrition": _("Exercise and nutrition"),
        "wellness": _("Daily wellness (WRAP)"),
        "spiritual_cultural": _("Spiritual or cultural"),
        "natural_remedies": _("Homeopathic or naturopathic"),
        "community": _("Community activities and relationships"),
        "supported_living": _("Supported housing, education, work, community living"),
        "practical_help": _("Practical help with basic needs"),
        "programmes": _("Evidence-based programmes (family psychoeducation, illness management)"),
    }.get(kind or "", kind or "")


def noun_words(noun: str) -> str:
    """Name a part of the plan."""
    return {
        "plan": _("Vision and dates"),
        "information": _("About the client"),
        "history": _("History about substance use"),
        "strength": _("Strength"),
        "preference": _("Preference"),
        "concern": _("Concern"),
        "goal": _("Goal"),
        "objective": _("Objective"),
        "step": _("Step"),
        "coping_strategy": _("Coping strategy"),
        "trigger": _("Trigger"),
        "warning_sign": _("Warning sign"),
        "support": _("Support"),
        "monitoring": _("Sign to watch"),
        "review": _("Review"),
        "team_member": _("Team member"),
        "emergency_contact": _("Emergency contact"),
        "crisis_contact": _("Crisis contact"),
        "crisis_step": _("Crisis step"),
        "suggestion": _("Suggestion"),
    }.get(noun, noun.replace("_", " "))


def change_words(change: Change) -> str:
    """Say one change: "Goal added: “get fit”"."""
    if change.noun == "plan" and change.what in ("added", "imported"):
        return _("A new plan began") if change.what == "added" else _("A new plan was taken in from a file")
    what = {
        "added": _("added"),
        "changed": _("changed"),
        "retired": _("let go"),
        "brought_back": _("taken up again"),
        "suggested": _("a change was suggested"),
        "suggested_step": _("suggested"),
        "accepted": _("taken into the plan"),
        "settled": _("talked about"),
    }.get(change.what, change.what.replace("_", " "))
    noun, label = noun_words(change.noun), label_of(change)
    said = f"{noun} {what}" if change.what != "suggested" else f"{noun}: {what}"
    return f"{said}: “{label}”" if label else said


def label_of(change: Change) -> str | None:
    """The words by which one knows what was changed."""
    values = change.after or change.before or {}
    found = next((str(values[name]) for name in SHOWN if values.get(name)), None)
    return f"{found[:LONGEST].rstrip()} …" if found and len(found) > LONGEST else found


def differences(change: Change) -> list[tuple[str, str, str]]:
    """List what a change changed: field, before, after, in words."""
    if change.what != "changed" or not change.before or not change.after:
        return []
    names = field_words()
    return [
        (names[name], _value(name, change.before.get(name)), _value(name, change.after.get(name)))
        for name in names
        if change.before.get(name) != change.after.get(name)
    ]


def field_words() -> Mapping[str, str]:
    """Name the fields a change may tell of."""
    return {
        "text": _("Words"),
        "own_words": _("Own words"),
        "statement": _("Words"),
        "who": _("Who"),
        "cadence": _("How often"),
        "intervention": _("Kind"),
        "purpose": _("Why"),
        "how_to": _("How to"),
        "cue": _("When, then"),
        "smallest": _("Smallest version"),
        "time_of_day": _("Time of day"),
        "status": _("Status"),
        "priority": _("Priority"),
        "target_date": _("Target date"),
        "importance": _("Importance"),
        "confidence": _("Confidence"),
        "vision": _("Vision"),
        "starts_on": _("Start"),
        "ends_on": _("End"),
        "review_on": _("Review"),
        "name": _("Name"),
        "role": _("Role"),
        "relation": _("Relation"),
        "phone": _("Phone"),
        "how": _("How"),
        "what": _("What"),
        "by": _("By when"),
        "measure": _("Measure"),
        "how_often": _("How often"),
        "use_when": _("When"),
        "born": _("Date of birth"),
        "address": _("Address"),
        "stage_of_change": _("Stage of change"),
        "cultural_preferences": _("Culture and language"),
        "history": _("History"),
        "earlier_treatment": _("Earlier treatment"),
        "substance_use_history": _("History about substance use"),
        "on": _("Day"),
        "kind": _("Kind"),
    }


def whose_words(step: "Taken", client: str) -> str:
    """Say whose a step is; one that a plan gives to nobody by name is not the client's for that."""
    if step.actor_kind == "self":
        return client
    return step.who or (_("care team") if step.actor_kind == "professional" else _("a supporter"))


def lack_words(lack: Lack) -> str:
    """Say which of WHO, WHAT, WHEN, WHY a professional step doesn't say yet: "WHEN (minutes, until when)"."""
    title = {Fact.WHO: _("WHO"), Fact.WHAT: _("WHAT"), Fact.WHEN: _("WHEN"), Fact.WHY: _("WHY")}[lack.fact]
    parts = {
        "name": _("name"),
        "discipline": _("discipline"),
        "modality": _("what is done"),
        "how_often": _("how often"),
        "minutes": _("minutes"),
        "period": _("until when"),
        "day": _("by which day"),
        "purpose": _("what it is for"),
    }
    return f"{title} ({', '.join(parts[part] for part in lack.parts)})"


def hint_words(hint: Hint) -> str:
    """Say gently why a self-directed step adds little, and what works."""
    why = {
        Hint.ATTENDS: _("This is about turning up for treatment. The plan says that already."),
        Hint.REPEATS: _("This is close to a professional step in the plan."),
    }[hint]
    works = _(
        "What helps most is something the person does on their own, from what they like and are good at: what, "
        "how often, and what it is for. For example: play pick-up basketball at least twice a week, to use exercise "
        "against stress. You can keep it as it is."
    )
    return f"{why} {works}"


def stage_words(stage: str | None) -> str:
    """Name a stage of change; one from a plan file that isn't ours stays as it is."""
    return {
        "precontemplation": _("Not thinking of change yet"),
        "contemplation": _("Thinking about it"),
        "preparation": _("Getting ready"),
        "action": _("Doing it"),
        "maintenance": _("Keeping it up"),
    }.get(stage or "", stage or "")


def counted_words(what: str) -> str:
    """Name what came in from a plan file."""
    return {
        "goals": _("Goals"),
        "objectives": _("Objectives"),
        "steps": _("Steps"),
        "team": _("Team members"),
        "coping_strategies": _("Coping strategies"),
        "triggers": _("Triggers"),
        "warning_signs": _("Warning signs"),
        "supports": _("People and groups who support"),
        "crisis_contacts": _("Crisis contacts"),
        "monitoring": _("Signs to watch"),
        "strengths": _("Strengths"),
        "preferences": _("Preferences"),
        "concerns": _("Concerns"),
        "crisis_steps": _("Crisis steps"),
        "reviews": _("Reviews"),
        "progress_notes": _("Notes on progress"),
    }.get(what, what.replace("_", " "))


def status_words(status: str) -> str:
    """Say where a goal or step stands in the plan."""
    return {
        "active": _("in use"),
        "reached": _("reached"),
        "completed": _("done"),
        "on_hold": _("resting"),
        "ended": _("let go"),
        "retired": _("let go"),
        "suggested": _("suggested"),
    }.get(status, status)


def time_of_day_words(name: str | None) -> str:
    return {
        "morning": _("Morning"),
        "afternoon": _("Afternoon"),
        "evening": _("Evening"),
        "night": _("Night"),
    }.get(name or "", _("Any time"))


def moment_words(moment: str) -> str:
    """Name the moment a coping strategy is for."""
    return {"everyday": _("Every day"), "early_signs": _("Early signs"), "crisis": _("In a crisis")}.get(moment, moment)


def _value(name: str, value: Any) -> str:
    if value in (None, ""):
        return _("nothing")
    if name == "cadence":
        return cadence_words(cadence_from(value))
    special = {
        "status": status_words,
        "stage_of_change": stage_words,
        "intervention": intervention_words,
        "time_of_day": time_of_day_words,
    }
    if name in special:
        return special[name](str(value))
    if name in ("starts_on", "ends_on", "review_on", "target_date", "born", "on"):
        return date_words(date.fromisoformat(value))
    return str(value)


FILTERS = (
    change_words,
    counted_words,
    differences,
    hint_words,
    intervention_words,
    lack_words,
    whose_words,
    moment_words,
    noun_words,
    stage_words,
    status_words,
    time_of_day_words,
)
