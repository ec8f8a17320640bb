"""Who sees what, as the client is shown it: the kinds of record in plain words, and the form that shares one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wtforms import BooleanField, DateField, Form, SelectMultipleField, StringField
from wtforms.validators import Length
from wtforms.validators import Optional as May

from webapp.domain.sharing import EVERY_STEP, PER_STEP, Grant, Reach, Scope, reach_of, was_just_withdrawn
from webapp.domain.wall_time import local_day, start_of_day
from webapp.queries.people import Granted, Member, StepChoice
from webapp.services.sharing import Terms
from webapp.views import edge
from webapp.views.fields import LAST_YEAR
from webapp.views.forms import trimmed
from webapp.views.phrases import day_words, when_words
from webapp.views.translate import _

DAY = timedelta(days=1)
SUPPORTER_SCOPES = (Scope.STEPS, Scope.PLAN, Scope.SUBSTANCE_USE)
"""What a supporter's page can show. Switches that do nothing would promise too much."""
LONGEST_NAME, LONGEST_PURPOSE = 120, 200


@dataclass(frozen=True, slots=True)
class Tick:
    """One step that may be shared by itself, and whether it is."""

    step: StepChoice
    on: bool


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """One switch: a kind of record, in plain words, and the grant that holds now or is to begin, or how one ended.

    `ticks` are the steps it can be shared for, and `new_steps` whether steps yet to come are.
    """

    scope: Scope
    title: str
    meaning: str
    granted: Granted | None
    coming: Granted | None
    first_day: date | None
    last_day: date | None
    ended: str | None
    undo: bool
    ticks: tuple[Tick, ...]
    new_steps: bool

    @property
    def given(self) -> Granted | None:
        return self.granted or self.coming

    @property
    def narrow(self) -> str | None:
        """Say of which steps it is, where it is not of all."""
        if self.given is None or self.given.grant.reach == EVERY_STEP:
            return None
        named = [tick.step.text for tick in self.ticks if tick.on is not self.new_steps]
        if self.new_steps:
            return _("All steps, also new ones, but not: %(steps)s.", steps=", ".join(named)) if named else None
        return _("Only: %(steps)s.", steps=", ".join(named)) if named else _("Only steps that are over.")


class GrantForm(Form):
    """What for, from when, for how long, and of which steps; all may be left out. Two fields sign a consent."""

    purpose = StringField(filters=[trimmed], validators=[Length(max=LONGEST_PURPOSE)])
    first = DateField(validators=[May()])
    until = DateField(validators=[May()])
    offered = SelectMultipleField(validate_choice=False)
    step = SelectMultipleField(validate_choice=False)
    new_steps = BooleanField()
    understood = BooleanField()
    signature = StringField(filters=[trimmed], validators=[Length(max=LONGEST_NAME)])

    def problems(self, scope: Scope, today: date) -> dict[str, str]:
        """Say in a sentence what each field needs; empty when all is well."""
        self.validate()
        found = {"purpose": _("That is longer than 200 letters.")} if self.purpose.errors else {}
        for field in (self.first, self.until):
            if sentence := _day_sentence(field, today):
                found[field.name] = sentence
        if not found and self.first.data and self.until.data and self.until.data < self.first.data:
            found["until"] = _("That is before the first day. Choose a later one, or leave it empty.")
        if self.reach() == Reach(new=False):
            found["steps"] = _("Tick one step at least. To share none of them, stop sharing this.")
        if scope is Scope.SUBSTANCE_USE:
            found |= self._unsigned()
        return found

    def _unsigned(self) -> dict[str, str]:
        found = {} if self.understood.data else {"understood": _("Please tick that you have read this.")}
        if not self.signature.data or self.signature.errors:
            found["signature"] = _("Write your name here, up to 120 letters.")
        return found

    def reach(self) -> Reach:
        """Of which steps; of all where the form did not ask."""
        if not self.offered.data:
            return EVERY_STEP
        return reach_of(_ids(self.offered.data), _ids(self.step.data or ()), bool(self.new_steps.data))

    def terms(self) -> Terms:
        actor, first, last = edge.actor(), self.first.data, self.until.data
        return Terms(
            purpose=self.purpose.data or None,
            starts_at=start_of_day(first, actor.zone, actor.day_starts_at) if first and first > edge.today() else None,
            ends_at=start_of_day(last + DAY, actor.zone, actor.day_starts_at) if last else None,
            reach=self.reach(),
        )


def scopes_of(member: Member) -> tuple[Scope, ...]:
    return SUPPORTER_SCOPES if member.kind == "supporter" else tuple(Scope)


def scope_words(scope: Scope, kind: str) -> tuple[str, str]:
    """Name a kind of record and say in plain words what somebody sees with it."""
    plan = _("Your goals, your steps and the dates of your plan.")
    if kind == "care_team":
        plan = _("Your goals, steps, strengths and dates. With it they can change the plan together with you.")
    return {
        Scope.PLAN: (_("The plan"), plan),
        Scope.STEPS: (_("Your weeks"), _("Which steps you did, week by week. Not the words you write beside them.")),
        Scope.NOTES: (_("Your notes"), _("The words and reasons you write beside a step.")),
        Scope.COPING: (_("Coping"), _("Your coping strategies and when you used them.")),
        Scope.DISTRESS: (_("How strong it was"), _("The numbers 0 to 10 before and after coping.")),
        Scope.AGENDA: (_("What to talk about"), _("What you write down for the next session.")),
        Scope.SUBSTANCE_USE: (
            _("Substance use"),
            _(
                "Steps, goals, strategies, history and whatever else is about substance use. "
                "Without this it stays out of all the rest."
            ),
        ),
    }[scope]


def scope_row(
    scope: Scope, member: Member, given: Sequence[Granted], choices: Sequence[StepChoice], now: datetime
) -> ScopeRow:
    """Put together one switch from all that was ever granted of it, newest first."""
    of_scope = [one for one in given if one.grant.scope is scope]
    holds = next((one for one in of_scope if one.grant.holds(now)), None)
    coming = next((one for one in of_scope if one.grant.is_to_begin(now)), None)
    open_now = holds or coming
    newest = of_scope[0].grant if of_scope and open_now is None else None
    reach = open_now.grant.reach if open_now else EVERY_STEP
    title, meaning = scope_words(scope, member.kind)
    return ScopeRow(
        scope=scope,
        title=title,
        meaning=meaning,
        granted=holds,
        coming=None if holds else coming,
        first_day=_first_day(coming.grant.starts_at) if coming and not holds else None,
        last_day=last_day(open_now.grant.ends_at) if open_now and open_now.grant.ends_at else None,
        ended=ended_words(newest, now) if newest else None,
        undo=newest is not None and was_just_withdrawn(newest.withdrawn_at, newest.ends_at, now),
        ticks=tuple(Tick(step, reach.covers(step.id)) for step in choices if _goes_by_step(scope, member, step)),
        new_steps=reach.new,
    )


def ended_words(grant: Grant, now: datetime) -> str | None:
    """Say how a grant ended, that no longer counts; None for one that is still to begin."""
    ended_at = grant.ended_at(now)
    if ended_at is None:
        return None
    if ended_at == grant.ends_at:
        return _("It was shared up to and including %(day)s.", day=day_words(last_day(ended_at)))
    return _("Sharing stopped: %(when)s.", when=when_words(ended_at))


def _first_day(starts_at: datetime) -> date:
    actor = edge.actor()
    return local_day(starts_at, actor.zone, actor.day_starts_at)


def last_day(ends_at: datetime) -> date:
    """The instant is the first that is no longer shared; people think of the last day that is."""
    actor = edge.actor()
    return local_day(ends_at, actor.zone, actor.day_starts_at) - DAY


def _goes_by_step(scope: Scope, member: Member, step: StepChoice) -> bool:
    """A supporter's page shows the weeks of the client's own steps alone."""
    own_only = scope is Scope.STEPS and member.kind == "supporter"
    return scope in PER_STEP and (step.actor_kind == "self" or not own_only)


def _day_sentence(field: DateField, today: date) -> str | None:
    if field.errors:
        return _("Choose a day, or leave it empty.")
    if field.data and field.data.year > LAST_YEAR:
        return _("Choose an earlier day, or leave it empty.")
    if field.data and field.data < today:
        return _("That day is over. Choose today or a later one, or leave it empty.")
    return None


def _ids(texts: Sequence[str]) -> frozenset[int]:
    return frozenset(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16)
