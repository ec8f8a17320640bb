"""One step: how, why, when, the smallest version, what was said lately, and rest from it."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.queries import access
from webapp.queries import steps as queries
from webapp.views import edge, today
from webapp.views.clock_times import SLOT

blueprint = Blueprint("steps", __name__, url_prefix="/steps")


@blueprint.get("/<int:step_id>")
def page(step_id: int) -> ResponseReturnValue:
    """Show the step; with ?slot= its form for that time of day stands open: where Today's cards lead without script."""
    return show(step_id)


def show(
    step_id: int,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """Render a step's page; after something could not be saved with what was typed and why."""
    who = edge.actor()
    slot = typed.get("slot") if typed else request.args.get("slot")
    step = queries.page(edge.reading(), who.id, step_id, edge.today(), who.week_starts_on)
    return render_template(
        "steps/page.html",
        step=step,
        me=who.id,
        slot=slot if slot is not None and SLOT.fullmatch(slot) else None,
        typed=typed or {},
        problems=problems or {},
        **today.context(),
    ), status


def own(step_id: int) -> int | None:
    """Give the id back if it is a step of the actor's plan; for forms that name one."""
    found = access.own_step(edge.reading(), edge.actor(), {"step_id": step_id}, clock.now())
    return found.id if found else None
