"""The client's own plan: goals and all steps with whose they are, own steps to add and change, what changed."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.sharing import OWN
from webapp.queries import cadences, care_plans, pauses, plan_changes, sessions
from webapp.queries.care_plans import CarePlanView, InCircle, StepCard
from webapp.queries.pauses import Resting
from webapp.services import care_plans as services
from webapp.services import steps
from webapp.views import edge
from webapp.views.cadence_form import entered
from webapp.views.fields import typed
from webapp.views.forms import options
from webapp.views.messages import say
from webapp.views.plan_forms import OwnEditForm, OwnStepForm, SuggestionForm, first_words
from webapp.views.translate import _

blueprint = Blueprint("plan", __name__, url_prefix="/plan")
WORDED = ("text", "goal_id", "purpose", "cue", "smallest", "how_to", "time_of_day", "substance_use")


@blueprint.get("")
def page() -> ResponseReturnValue:
    connection, client = edge.reading(), edge.actor().id
    found = plan_changes.recent(connection, client, OWN, 6)
    following, receipt = (
        sessions.next_session(connection, client, clock.now()),
        sessions.last_reviewed(connection, client),
    )
    return render_template(
        "plan/page.html", plan=_plan(), changes=found, following=following, receipt=receipt, rests=_rests()
    )


@blueprint.get("/changes")
def changes() -> ResponseReturnValue:
    return render_template("plan/changes.html", changes=plan_changes.recent(edge.reading(), edge.actor().id, OWN, 200))


@blueprint.get("/steps/new")
@blueprint.post("/steps/new", endpoint="add_step")
def new_step() -> ResponseReturnValue:
    """Add a step of one's own, or suggest one for somebody on the team. Without a plan, one begins here."""
    plan = _plan()
    form = OwnStepForm(typed(), place=edge.actor().time_zone, goal_id=request.args.get("goal_id", ""))
    _offer(form, plan)
    if request.method == "GET" or not _valid(form):
        return _form(form, None)
    with edge.writing() as session:
        if plan is None:
            services.begin(session, edge.actor().id, edge.actor().id, clock.now(), edge.today())
        taker = form.taker(plan, _circle()) if plan else steps.SELF
        steps.add(
            session, edge.actor().id, edge.actor().id, taker, _values(form), form.cadence(edge.today()), clock.now()
        )
    if taker.kind != "self":
        say(_("Suggested. Your care team sees it in the plan."))
    return edge.see_other(url_for(".page"))


@blueprint.get("/steps/<int:step_id>/edit")
@blueprint.post("/steps/<int:step_id>/edit", endpoint="change_step")
def edit_step(step_id: int) -> ResponseReturnValue:
    """Change a step the client takes: how they word it, and how often. The plan's wording stays beside it."""
    plan, step = _own_step(step_id)
    who, first = edge.actor(), first_words(step) | entered(step.coming or step.cadence)
    form = OwnEditForm(typed(), place=who.time_zone, data=first if request.method == "GET" else None)
    _offer(form, plan)
    _without_new_choices(form, step)
    versions = cadences.of_client(edge.reading(), who.id).get(step_id, ())
    form.changes(versions, edge.today(), who.week_starts_on)
    cadence = None
    if request.method == "POST" and _valid(form):
        cadence = form.edit(edge.today(), who.week_starts_on)
    if request.method == "GET" or form.errors:
        return _form(form, step)
    with edge.writing() as session:
        steps.change(
            session, edge.actor().id, step_id, edge.actor().id, _values(form, step), clock.now(), cadence=cadence
        )
    return edge.see_other(url_for(".page", _anchor=f"step-{step_id}"))


@blueprint.post("/steps/<int:step_id>/retire")
def retire_step(step_id: int) -> ResponseReturnValue:
    """Let go of a step the client takes; the message that follows takes it up again."""
    _own_step(step_id)
    with edge.writing() as session:
        steps.retire(session, edge.actor().id, step_id, edge.actor().id, edge.today(), clock.now())
    say(_("You let go of this step. What you recorded stays."), url_for(".restore_step", step_id=step_id))
    return edge.see_other(url_for(".page"))


@blueprint.post("/steps/<int:step_id>/restore")
def restore_step(step_id: int) -> ResponseReturnValue:
    _own_step(step_id)
    with edge.writing() as session:
        steps.bring_back(session, edge.actor().id, step_id, edge.actor().id, edge.today(), clock.now())
    return edge.see_other(url_for(".page", _anchor=f"step-{step_id}"))


@blueprint.get("/steps/<int:step_id>/suggestion")
@blueprint.post("/steps/<int:step_id>/suggestion", endpoint="send_suggestion")
def suggest(step_id: int) -> ResponseReturnValue:
    """Say what the client would change in a step that somebody else takes, or the care team worded."""
    step = (_plan() or abort(404)).step(step_id) or abort(404)
    form = SuggestionForm(typed())
    if request.method == "GET" or not form.validate():
        page = render_template("plan/suggestion.html", form=form, step=step)
        return page, 200 if request.method == "GET" else 422
    with edge.writing() as session:
        steps.suggest(session, edge.actor().id, step_id, form.words.data or "", clock.now())
    say(_("Kept. Your care team sees what you would change."))
    return edge.see_other(url_for(".page", _anchor=f"step-{step_id}"))


def _rests() -> dict[int, Resting]:
    """The steps that rest today by themselves. When everything does, Today says so."""
    day = edge.today()
    found = pauses.current(edge.reading(), edge.actor().id, day)
    return {one.step_id: one for one in found if one.step_id is not None and one.starts_on <= day}


def _plan() -> CarePlanView | None:
    return care_plans.care_plan(edge.reading(), edge.actor().id, OWN, edge.today())


def _circle() -> tuple[InCircle, ...]:
    return care_plans.circle(edge.reading(), edge.actor().id)


def _own_step(step_id: int) -> tuple[CarePlanView, StepCard]:
    """A step the client takes in the current plan; other people's are theirs to change."""
    plan = _plan() or abort(404)
    step = plan.step(step_id) or abort(404)
    if step.actor_kind != "self":
        abort(404)
    return plan, step


def _offer(form: OwnStepForm, plan: CarePlanView | None) -> None:
    if plan is not None:
        form.offer(plan, _circle())
    else:
        form.goal_id.choices, form.who.choices = options([("", _("No goal"))]), options([("self", _("Me"))])


def _without_new_choices(form: OwnEditForm, step: StepCard) -> None:
    """A step stays the client's, and one the care team worded keeps its words and goal beside the client's own."""
    del form.who
    if not step.own:
        del form.text, form.goal_id
    else:
        del form.own_words


def _valid(form: OwnStepForm) -> bool:
    fine = form.validate()
    return not form.cadence_problems(edge.today()) and fine and not form.errors


def _values(form: OwnStepForm, step: StepCard | None = None) -> dict[str, Any]:
    values = {name: form[name].data for name in (*WORDED, "own_words") if name in form}
    if "goal_id" in values:
        values["goal_id"] = int(values["goal_id"]) if values["goal_id"] else None
    return values | {"time_of_day": form.time_of_day.data or None}


def _form(form: OwnStepForm, step: StepCard | None) -> ResponseReturnValue:
    page = render_template("plan/step.html", form=form, step=step)
    return page, 200 if request.method == "GET" else 422
