"""The plan editor for the care team: one page, and a form for each part of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Flask, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.sharing import Scope
from webapp.domain.step_facts import Lack, hint, lacking
from webapp.domain.wall_time import local_day
from webapp.queries import cadences, care_plans, coping, plan_changes
from webapp.queries.access import ClientAccess
from webapp.queries.care_plans import CarePlanView, Item, StepCard
from webapp.services import care_plans as services
from webapp.services import coping as coping_services
from webapp.services import steps
from webapp.views import edge
from webapp.views.cadence_form import entered
from webapp.views.fields import typed
from webapp.views.messages import say
from webapp.views.plan_forms import (
    COPING,
    ITEM_FORMS,
    ChangeForm,
    HeadForm,
    ImportForm,
    InformationForm,
    StepForm,
    StrategyForm,
    SupportForm,
    first_words,
    keep_choice,
)
from webapp.views.plan_words import FILTERS, hint_words, noun_words
from webapp.views.translate import _

blueprint = Blueprint("care_plan", __name__, url_prefix="/clients/<int:client_id>/plan")
ITEM = "/<noun>"
LARGEST_FILE = 1024 * 1024
SHOWN = "history_shown"
"""Posted by a form that showed the history about substance use, so that what it says of it is all of it."""


@blueprint.record_once
def _filters(state: Any) -> None:
    app: Flask = state.app
    for words in FILTERS:
        app.add_template_filter(words)


@blueprint.get("")
def page(client_id: int) -> ResponseReturnValue:
    """Show the plan; the client can read who looked (policies.py)."""
    access: ClientAccess = edge.record()
    return render_template("care_plan/page.html", **shown(access))


def shown(access: ClientAccess) -> dict[str, Any]:
    """What the page needs, for whoever gets it and for the client who sees as they do."""
    plan = _plan_of(access)
    return {
        "client": access,
        "plan": plan,
        "lacks": _lacks(plan),
        "hints": _hints(plan),
        "changes": plan_changes.recent(edge.reading(), access.client_id, access.rights, 8),
        "suggestions": plan_changes.suggestions(edge.reading(), access.client_id, access.rights),
    }


@blueprint.post("")
def begin(client_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        services.begin(session, edge.actor().id, client_id, clock.now(), _today())
    return _back()


@blueprint.get("/changes")
def changes(client_id: int) -> ResponseReturnValue:
    access: ClientAccess = edge.record()
    found = plan_changes.recent(edge.reading(), client_id, access.rights, 200)
    return render_template("care_plan/changes.html", client=access, changes=found)


# Vision and dates, and what the plan says about the client


@blueprint.get("/vision")
@blueprint.post("/vision", endpoint="change_head")
def head(client_id: int) -> ResponseReturnValue:
    plan = _plan() or abort(404)
    form = HeadForm(typed(), obj=plan.head)
    if request.method == "GET" or not _valid(form):
        return _form(form, noun_words("plan"), "vision")
    with edge.writing() as session:
        services.change_head(session, client_id, edge.actor().id, form.values(), clock.now(), _why())
    return _back("vision")


@blueprint.get("/information")
@blueprint.post("/information", endpoint="change_information")
def information(client_id: int) -> ResponseReturnValue:
    plan = _plan() or abort(404)
    form = InformationForm(typed(), data=plan.information)
    keep_choice(form.stage_of_change, plan.information["stage_of_change"])
    private = edge.record().rights.sees(Scope.PLAN, substance_use=True)
    if request.method == "GET" or not _valid(form):
        return _form(form, noun_words("information"), "information", hidden={SHOWN: "y"} if private else {})
    shown = private and SHOWN in request.form  # a form opened before that was allowed did not show what stands there
    with edge.writing() as session:
        services.change_information(session, client_id, edge.actor().id, form.values(), clock.now(), _why(), shown)
    return _back("information")


# The lists of the plan


@blueprint.get(f"{ITEM}/new")
@blueprint.post(f"{ITEM}/new", endpoint="add_item")
def new_item(client_id: int, noun: str) -> ResponseReturnValue:
    plan = _plan_for(noun)
    goal = plan.goal(request.values.get("goal_id", type=int)) if noun == "objective" else None
    if noun == "objective" and goal is None:
        abort(404)
    form = _item_form(plan, noun, {})
    if request.method == "GET" or not _valid(form):
        return _form(form, noun_words(noun), _section(noun), hidden={"goal_id": goal.id} if goal else {})
    with edge.writing() as session:
        if noun == "coping_strategy":
            _add_strategy(session, client_id, form)
        else:
            goal_id = goal.id if goal else None
            services.add(session, client_id, noun, edge.actor().id, form.values(), clock.now(), _why(), goal_id=goal_id)
    return _back(_section(noun))


@blueprint.get(f"{ITEM}/<int:entry_id>")
@blueprint.post(f"{ITEM}/<int:entry_id>", endpoint="change_item")
def edit_item(client_id: int, noun: str, entry_id: int) -> ResponseReturnValue:
    plan = _plan_for(noun)
    values = _found(plan, noun, entry_id)
    form = _item_form(plan, noun, values)
    if request.method == "GET" or not _valid(form):
        return _form(form, noun_words(noun), _section(noun), item=(noun, entry_id))
    with edge.writing() as session:
        if noun == "coping_strategy":
            offered = [sign.id for sign in _signs(plan)]
            coping_services.edit_strategy(
                session, client_id, entry_id, edge.actor().id, now=clock.now(), offered=offered, **form.values()
            )
        else:
            services.change(session, client_id, noun, entry_id, edge.actor().id, form.values(), clock.now(), _why())
    return _back(_section(noun))


@blueprint.post(f"{ITEM}/<int:entry_id>/retire")
def retire_item(client_id: int, noun: str, entry_id: int) -> ResponseReturnValue:
    """Take something off the plan; the message that follows can put it back."""
    values = _found(_plan_for(noun), noun, entry_id)
    who, now = edge.actor().id, clock.now()
    undo = url_for(".add_item", client_id=client_id, noun=noun)
    fields = {name: str(value) for name, value in values.items() if value not in (None, "", False)}
    try:
        with edge.writing() as session:
            if noun == "coping_strategy":
                coping_services.retire_strategy(session, client_id, entry_id, who, now)
                undo, fields = url_for(".restore_strategy", client_id=client_id, strategy_id=entry_id), {}
            else:
                services.retire(session, client_id, noun, entry_id, who, now)
    except services.InUse:
        flash(_("They still have steps in the plan. Give those steps to somebody else first."), "open")
        return _back(_section(noun))
    if noun == "goal":
        undo = url_for(".change_item", client_id=client_id, noun=noun, entry_id=entry_id)
    say(_("Taken off the plan. What was recorded stays."), undo, fields)
    return _back(_section(noun))


@blueprint.post("/coping-strategies/<int:strategy_id>/restore")
def restore_strategy(client_id: int, strategy_id: int) -> ResponseReturnValue:
    access: ClientAccess = edge.record()
    private = coping.is_private(edge.reading(), client_id, strategy_id)
    if private is None or not access.rights.sees(Scope.COPING, private):
        abort(404)
    try:
        with edge.writing() as session:
            coping_services.bring_back(session, client_id, strategy_id, edge.actor().id, clock.now())
    except LookupError:
        abort(404)
    return _back("coping")


# Steps


@blueprint.get("/steps/new")
@blueprint.post("/steps/new", endpoint="add_step")
def new_step(client_id: int) -> ResponseReturnValue:
    plan = _plan() or abort(404)
    circle = care_plans.circle(edge.reading(), client_id)
    form = StepForm(typed(), place=edge.record().time_zone, goal_id=request.args.get("goal_id", ""))
    form.offer(plan, circle)
    if request.method == "GET" or not _valid_step(form, _today()):
        return _step_form(form, plan, None)
    with edge.writing() as session:
        steps.add(
            session,
            client_id,
            edge.actor().id,
            form.taker(plan, circle),
            form.step_values(),
            form.cadence(_today()),
            clock.now(),
            form.why.data,
        )
    return _hinted(form)


@blueprint.get("/steps/<int:step_id>")
@blueprint.post("/steps/<int:step_id>", endpoint="change_step")
def edit_step(client_id: int, step_id: int) -> ResponseReturnValue:
    plan = _plan() or abort(404)
    step = plan.step(step_id) or abort(404)
    circle = care_plans.circle(edge.reading(), client_id)
    access: ClientAccess = edge.record()
    first = first_words(step) | entered(step.coming or step.cadence)
    form = StepForm(typed(), place=access.time_zone, data=first if request.method == "GET" else None)
    form.offer(plan, circle, step)
    versions = cadences.of_client(edge.reading(), client_id).get(step_id, ())
    form.changes(versions, _today(), access.week_starts_on)
    cadence = None
    if request.method == "POST" and _valid_step(form, _today()):
        cadence = form.edit(_today(), access.week_starts_on)
    if request.method == "GET" or form.errors:
        return _step_form(form, plan, step)
    with edge.writing() as session:
        steps.change(
            session,
            client_id,
            step_id,
            edge.actor().id,
            form.step_values(),
            clock.now(),
            form.why.data,
            form.taker(plan, circle),
            cadence,
        )
    return _hinted(form)


@blueprint.post("/steps/<int:step_id>/retire")
def retire_step(client_id: int, step_id: int) -> ResponseReturnValue:
    _visible_step(step_id)
    with edge.writing() as session:
        steps.retire(session, client_id, step_id, edge.actor().id, _today(), clock.now())
    undo = url_for(".restore_step", client_id=client_id, step_id=step_id)
    say(_("The step was let go. What was recorded stays."), undo)
    return _back("goals")


@blueprint.post("/steps/<int:step_id>/restore")
def restore_step(client_id: int, step_id: int) -> ResponseReturnValue:
    _visible_step(step_id)
    with edge.writing() as session:
        steps.bring_back(session, client_id, step_id, edge.actor().id, _today(), clock.now())
    return _back("goals")


@blueprint.post("/steps/<int:step_id>/accept")
def accept_step(client_id: int, step_id: int) -> ResponseReturnValue:
    _visible_step(step_id)
    with edge.writing() as session:
        steps.accept(session, client_id, step_id, edge.actor().id, clock.now())
    return _back("goals")


@blueprint.post("/suggestions/<int:change_id>/settled")
def settle(client_id: int, change_id: int) -> ResponseReturnValue:
    access: ClientAccess = edge.record()
    if all(said.id != change_id for said in plan_changes.suggestions(edge.reading(), client_id, access.rights)):
        abort(404)
    with edge.writing() as session:
        steps.settle(session, client_id, change_id, edge.actor().id, clock.now())
    return _back()


# Plan files


@blueprint.get("/import")
@blueprint.post("/import", endpoint="take_in")
def import_file(client_id: int) -> ResponseReturnValue:
    """Take a plan in from a file, or say where the file is broken and why."""
    from webapp.services import plan_files  # pydantic is wanted here alone

    access: ClientAccess = edge.record()
    form, context = ImportForm(), {"client": access, "plan": _plan()}
    if request.method == "GET":
        return render_template("care_plan/import.html", form=form, problems=(), **context)
    given = request.files.get("file")
    if given is None or not given.filename:
        form.file.errors = [_("Choose a plan file first.")]
        return render_template("care_plan/import.html", form=form, problems=(), **context), 422
    try:
        with edge.writing() as session:
            report = plan_files.import_file(
                session, edge.actor().id, client_id, given.stream.read(LARGEST_FILE + 1), clock.now(), access.rights
            )
    except plan_files.BrokenPlan as error:
        form.file.errors = [_("The file was not taken in; the plan is as it was.")]
        return render_template("care_plan/import.html", form=form, problems=error.problems, **context), 422
    return render_template("care_plan/imported.html", report=report, client=access)


# What the views share


def _today() -> date:
    """The client's day."""
    return _day_of(edge.record())


def _day_of(access: ClientAccess) -> date:
    return local_day(clock.now(), access.time_zone, access.day_starts_at)


def _plan() -> CarePlanView | None:
    return _plan_of(edge.record())


def _plan_of(access: ClientAccess) -> CarePlanView | None:
    return care_plans.care_plan(edge.reading(), access.client_id, access.rights, _day_of(access))


def _plan_for(noun: str) -> CarePlanView:
    """The plan, if this part of it is the reader's to see."""
    plan = _plan()
    if plan is None or noun not in ITEM_FORMS or (noun in COPING and not plan.coping_shared):
        abort(404)
    return plan


def _found(plan: CarePlanView, noun: str, entry_id: int) -> Mapping[str, Any]:
    """The fields of one item, or 404: what one doesn't see doesn't exist."""
    pools: dict[str, Any] = {
        "goal": plan.goals,
        "team_member": plan.team,
        "coping_strategy": plan.strategies,
        "objective": [objective for goal in plan.goals for objective in goal.objectives],
    }
    pool = pools.get(noun, plan.lists.get(noun, ()))
    item = next((item for item in pool if item.id == entry_id), None) or abort(404)
    values = getattr(item, "values", None)
    if values is None:
        values = {name: getattr(item, name) for name in ITEM_FORMS[noun]()._fields}
    return {name: values.get(name) for name in ITEM_FORMS[noun]()._fields}


def _item_form(plan: CarePlanView, noun: str, values: Mapping[str, Any]) -> ChangeForm:
    text = {name: "" if value is None else str(value) for name, value in values.items() if name in SELECTS}
    form = ITEM_FORMS[noun](typed(), data={**values, **text})
    if isinstance(form, StrategyForm):
        form.offer(_signs(plan))
    if isinstance(form, SupportForm):
        keep_choice(form.kind, values.get("kind"))
    return form


def _signs(plan: CarePlanView) -> tuple[Item, ...]:
    return (*plan.lists.get("trigger", ()), *plan.lists.get("warning_sign", ()))


SELECTS = ("importance", "confidence")


def _add_strategy(session: Any, client_id: int, form: ChangeForm) -> None:
    values = form.values()
    coping_services.add_strategy(
        session, client_id, edge.actor().id, values.pop("text"), values.pop("use_when"), now=clock.now(), **values
    )


def _valid(form: Any) -> bool:
    return bool(form.validate()) and not form.errors


def _valid_step(form: StepForm, today: date) -> bool:
    """Check the fields, then what they mean together; all that is wrong is said at once."""
    fine = form.validate()
    return not form.cadence_problems(today) and fine and not form.errors


def _visible_step(step_id: int) -> StepCard:
    plan = _plan() or abort(404)
    return plan.step(step_id) or abort(404)


def _why() -> str | None:
    return (request.form.get("why") or "").strip()[:300] or None


def _section(noun: str) -> str:
    """The place on the page a noun is listed in."""
    return {
        "goal": "goals",
        "objective": "goals",
        "coping_strategy": "coping",
        "trigger": "coping",
        "warning_sign": "coping",
        "emergency_contact": "information",
        "crisis_contact": "crisis",
        "crisis_step": "crisis",
        "support": "support",
        "team_member": "team",
        "monitoring": "monitoring",
        "review": "review",
    }.get(noun, "strengths")


def _back(section: str | None = None) -> ResponseReturnValue:
    return edge.see_other(url_for(".page", client_id=edge.record().client_id, _anchor=section))


def _form(
    form: ChangeForm,
    title: str,
    section: str,
    item: tuple[str, int] | None = None,
    hidden: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "care_plan/item.html",
        form=form,
        title=title,
        section=section,
        item=item,
        hidden=hidden or {},
        why=request.form.get("why", ""),
        client=edge.record(),
    )
    return page, 200 if request.method == "GET" else 422


def _step_form(form: StepForm, plan: CarePlanView, step: StepCard | None) -> ResponseReturnValue:
    access: ClientAccess = edge.record()
    if step is None:
        form.why.label.text = _("Why it is added")
    page = render_template(
        "care_plan/step.html",
        form=form,
        step=step,
        client=access,
        suggestions=[
            said
            for said in plan_changes.suggestions(edge.reading(), access.client_id, access.rights)
            if step and said.noun_id == step.id
        ],
        lacks=_lacks_of(step) if step else (),
        hint=_hints(plan).get(step.id) if step else None,
    )
    return page, 200 if request.method == "GET" else 422


def _lacks(plan: CarePlanView | None) -> dict[int, tuple[Lack, ...]]:
    """What each professional step in use doesn't say yet, by step."""
    steps_in_use = [step for step in plan.steps if not step.over] if plan else []
    return {step.id: _lacks_of(step) for step in steps_in_use}


def _lacks_of(step: StepCard) -> tuple[Lack, ...]:
    if step.actor_kind != "professional":
        return ()
    member = step.member
    cadence = step.coming or step.cadence
    name, role = (member.name, member.role) if member else (None, None)
    return lacking(name, role, step.text, cadence, step.purpose, span_said=bool(step.duration))


def _hinted(form: StepForm) -> ResponseReturnValue:
    """Go back to the plan; for a self-directed step that adds little, to the top, where a gentle word says why."""
    plan = _plan()
    theirs = [step.text for step in plan.steps if step.actor_kind == "professional" and not step.over] if plan else []
    found = hint(form.text.data or "", theirs) if form.who.data == "self" else None
    if found is None:
        return _back("goals")
    say(f"{_('“%(step)s” is saved.', step=form.text.data)} {hint_words(found)}")
    return _back()


def _hints(plan: CarePlanView | None) -> dict[int, Any]:
    """The gentle word for self-directed steps that add little, by step."""
    in_use = [step for step in plan.steps if not step.over] if plan else []
    theirs = [step.text for step in in_use if step.actor_kind == "professional"]
    found = {step.id: hint(step.text, theirs) for step in in_use if step.actor_kind == "self"}
    return {step_id: said for step_id, said in found.items() if said}
