"""Sessions of a care-team member with a client: plan, move, hold, cancel, and leave a receipt.

Times are typed in the care-team member's own zone.
"""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, Form, IntegerField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as May

from webapp import clock
from webapp.domain.sessions import Placed, may_be_held, place
from webapp.queries import sessions as queries
from webapp.queries.access import ClientAccess
from webapp.services import sessions as services
from webapp.views import edge
from webapp.views.translate import _

blueprint = Blueprint("sessions", __name__, url_prefix="/clients/<int:client_id>/sessions")

LONGEST_BACK, LONGEST_AHEAD = 366, 3 * 366
"""Days a session may lie away from today."""


class SessionForm(Form):
    """When, for how long, and where."""

    day = DateField(validators=[InputRequired()])
    at = TimeField(validators=[InputRequired()])
    minutes = IntegerField(validators=[InputRequired(), NumberRange(5, 480)], default=50)
    place = StringField(validators=[May(), Length(max=200)])

    def problems(self) -> dict[str, str]:
        """Say in a sentence what each field needs; empty when all is well."""
        self.validate()
        said = {
            "day": _("Choose a day, such as 2026-11-26."),
            "at": _("Choose a time, such as 14:30."),
            "minutes": _("Give the minutes as a number from 5 to 480."),
            "place": _("That is longer than 200 letters. A short name of the place will do."),
        }
        found = {name: said[name] for name in self.errors if name}
        if not found and self.placed() is None:
            found["day"] = _("That date does not exist where you are: the clocks skip it. Choose another day.")
        if not found and not self._near():
            found["day"] = _("That day is more than a year back or three years ahead. Is the year right?")
        return found

    def _near(self) -> bool:
        """A mistyped year would be the next or the last session for good."""
        days = (self.day.data - edge.today()).days if self.day.data else 0
        return -LONGEST_BACK <= days <= LONGEST_AHEAD

    def placed(self) -> Placed | None:
        return place(self.day.data, self.at.data, edge.actor().zone) if self.day.data and self.at.data else None


@blueprint.get("")
def page(client_id: int) -> ResponseReturnValue:
    return _page(SessionForm(), {})


@blueprint.post("")
def plan(client_id: int) -> ResponseReturnValue:
    form = SessionForm(request.form)
    problems = form.problems()
    placed = form.placed()
    if problems or placed is None:
        return _page(form, problems), 422
    with edge.writing() as session:
        services.plan(
            session,
            client_id,
            edge.actor().id,
            placed.at,
            form.minutes.data or 50,
            form.place.data or None,
            clock.now(),
        )
    return _back(client_id, placed)


@blueprint.get("/<int:session_id>")
def edit(client_id: int, session_id: int) -> ResponseReturnValue:
    meeting = _meeting(session_id)
    local = meeting.starts_at.astimezone(edge.actor().zone)
    form = SessionForm(
        day=local.date(), at=local.time().replace(tzinfo=None), minutes=meeting.minutes, place=meeting.place or ""
    )
    return _edit(meeting, form, {})


@blueprint.post("/<int:session_id>")
def move(client_id: int, session_id: int) -> ResponseReturnValue:
    form = SessionForm(request.form)
    problems = form.problems()
    placed = form.placed()
    if problems or placed is None:
        return _edit(_meeting(session_id), form, problems), 422
    with edge.writing() as session:
        _found(
            services.move,
            session,
            client_id,
            edge.actor().id,
            session_id,
            placed.at,
            form.minutes.data or 50,
            form.place.data or None,
        )
    return _back(client_id, placed)


@blueprint.post("/<int:session_id>/held")
def hold(client_id: int, session_id: int) -> ResponseReturnValue:
    access: ClientAccess = edge.record()
    try:
        with edge.writing() as session:
            _found(services.hold, session, client_id, edge.actor().id, session_id, access.rights, clock.now())
    except services.NotYet:
        sentence = _("This session has not begun yet. It can be marked as held from an hour before it starts.")
        return _page(SessionForm(), {"held": sentence}), 422
    return edge.see_other(url_for("sessions.page", client_id=client_id))


@blueprint.post("/<int:session_id>/cancelled")
def cancel(client_id: int, session_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        _found(services.cancel, session, client_id, edge.actor().id, session_id)
    return edge.see_other(url_for("sessions.page", client_id=client_id))


@blueprint.post("/<int:session_id>/planned")
def restore(client_id: int, session_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        _found(services.restore, session, client_id, edge.actor().id, session_id)
    return edge.see_other(url_for("sessions.page", client_id=client_id))


@blueprint.post("/<int:session_id>/reviewed")
def review(client_id: int, session_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        _found(services.review, session, client_id, edge.actor().id, session_id, clock.now())
    return edge.see_other(url_for("before_session.page", client_id=client_id))


def _found(verb: Any, *arguments: Any) -> None:
    """Do it, or answer 404: the session is somebody else's, or no longer in a state that allows it."""
    try:
        verb(*arguments)
    except LookupError:
        abort(404)


def _meeting(session_id: int) -> queries.Meeting:
    access: ClientAccess = edge.record()
    found = queries.together(edge.reading(), access.client_id, edge.actor().id, clock.now()).all
    meeting = next((one for one in found if one.id == session_id and one.status == "planned"), None)
    return meeting or abort(404)


def _page(form: SessionForm, problems: dict[str, str]) -> str:
    access: ClientAccess = edge.record()
    now = clock.now()
    meetings = queries.together(edge.reading(), access.client_id, edge.actor().id, now)
    return render_template(
        "sessions/page.html",
        client=access,
        meetings=meetings,
        form=form,
        problems=problems,
        may_be_held=lambda at: may_be_held(at, now),
        notice=request.args.get("clocks"),
        zone=edge.actor().time_zone.replace("_", " "),
    )


def _edit(meeting: queries.Meeting, form: SessionForm, problems: dict[str, str]) -> str:
    return render_template(
        "sessions/edit.html",
        client=edge.record(),
        meeting=meeting,
        form=form,
        problems=problems,
        zone=edge.actor().time_zone.replace("_", " "),
    )


def _back(client_id: int, placed: Placed) -> ResponseReturnValue:
    """Go back to the list, and say it when the clocks change at that time."""
    notice: dict[str, Any] = {"clocks": "moved" if placed.moved else "twice"} if placed.moved or placed.twice else {}
    return edge.see_other(url_for("sessions.page", client_id=client_id, **notice))
