"""Rest from a step, or from everything, and come back."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.check_ins import LONGEST_REASON
from webapp.queries import pauses as queries
from webapp.services import pauses
from webapp.services.pauses import NoSuchStep, Wish
from webapp.views import edge, steps
from webapp.views.messages import say
from webapp.views.phrases import date_words
from webapp.views.translate import _

blueprint = Blueprint("pauses", __name__, url_prefix="/pauses")
DAY = timedelta(days=1)
LONGEST = timedelta(days=366)


@blueprint.get("")
def page() -> ResponseReturnValue:
    """What rests or will, what did lately, and a way to rest from everything."""
    return _page({}, {})


@blueprint.post("")
def add() -> ResponseReturnValue:
    """Pause one step, or everything when the form names none. Its last day is a day of rest too."""
    step_id = request.form.get("step_id", type=edge.id_of)
    if step_id is None and request.form.get("step_id"):
        abort(404)
    first, problem_first = _day("starts_on", edge.today())
    last, problem_last = _day("last_day", None)
    problems = {name: words for name, words in (("starts_on", problem_first), ("last_day", problem_last)) if words}
    reason = request.form.get("reason", "").strip()
    if not problems and first is not None:
        problems = _problems(first, last)
    if len(reason) > LONGEST_REASON:
        problems["reason"] = _("That is longer than 200 letters. A few words will do.")
    if problems or first is None:
        return _again(step_id, problems)
    wish = Wish(first, last + DAY if last else None, step_id, reason or None)
    try:
        with edge.writing() as session:
            made = pauses.add(session, edge.actor().id, wish, clock.now())
    except NoSuchStep:
        abort(404)
    say(_said(first, last), url_for("pauses.take_back", pause_id=made))
    return edge.see_other(_back(step_id))


@blueprint.post("/<int:pause_id>/end")
def end(pause_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        pauses.end(session, edge.actor().id, pause_id, edge.today(), clock.now())
    say(_("The pause is over."))
    return edge.see_other(_back(edge.record().step_id))


@blueprint.post("/<int:pause_id>/take-back")
def take_back(pause_id: int) -> ResponseReturnValue:
    """The Undo of a pause just made, and for one that is over and should not have been."""
    with edge.writing() as session:
        pauses.take_back(session, edge.actor().id, pause_id, clock.now())
    say(_("Taken back. Those days count like any other."))
    return edge.see_other(_back(edge.record().step_id))


def _day(name: str, otherwise: date | None) -> tuple[date | None, str | None]:
    try:
        text = request.form.get(name, "").strip()
        return (date.fromisoformat(text) if text else otherwise), None
    except ValueError:
        return None, _("Choose a day from the calendar.")


def _problems(first: date, last: date | None) -> dict[str, str]:
    today = edge.today()
    if abs(first - today) > LONGEST:
        return {"starts_on": _("Choose a first day within a year from now.")}
    if last is not None and last < first:
        return {"last_day": _("The last day is before the first one, %(day)s.", day=date_words(first))}
    if last is not None and last > first + LONGEST:
        return {"last_day": _("That is longer than a year. Leave it empty to rest until you end it.")}
    return {}


def _said(first: date, last: date | None) -> str:
    if last is None:
        return _("Paused from %(first)s, until you end it.", first=date_words(first))
    return _("Paused from %(first)s to %(last)s.", first=date_words(first), last=date_words(last))


def _again(step_id: int | None, problems: dict[str, str]) -> ResponseReturnValue:
    if step_id is None:
        return _page(request.form, problems), 422
    found = steps.own(step_id)
    return steps.show(found, request.form, problems, 422) if found else abort(404)


def _page(typed: Mapping[str, str], problems: Mapping[str, str]) -> str:
    client, day = edge.actor().id, edge.today()
    return render_template(
        "pauses/page.html",
        resting=queries.current(edge.reading(), client, day),
        over=queries.over(edge.reading(), client, day),
        typed=typed,
        problems=problems,
        day=day,
    )


def _back(step_id: int | None) -> str:
    return url_for("pauses.page") if step_id is None else url_for("steps.page", step_id=step_id)
