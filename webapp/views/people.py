"""People: who sees what, grant and withdraw, whom to ask, whom to invite, who looked, and see as they see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby
from operator import attrgetter
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, TextAreaField

from webapp import clock
from webapp.domain.sharing import Scope
from webapp.domain.wall_time import local_day
from webapp.queries import invitations as invitation_queries
from webapp.queries import looks as look_queries
from webapp.queries import people as queries
from webapp.queries.looks import Glance
from webapp.queries.people import Member
from webapp.services import commitments as commitment_services
from webapp.services import invitations, sharing, supporters
from webapp.views import consents, edge, seen_as
from webapp.views.commitments import Card, cards
from webapp.views.commitments import tools as commitment_tools
from webapp.views.forms import options, stripped, trimmed
from webapp.views.grants import GrantForm, ScopeRow, scope_row, scopes_of
from webapp.views.invitations import InviteForm, known_words, told
from webapp.views.messages import say
from webapp.views.phrases import name_words
from webapp.views.translate import N_, _

blueprint = Blueprint("people", __name__, url_prefix="/people")
blueprint.add_app_template_filter(seen_as.still)

FEW_LOOKS, MANY_LOOKS = 30, 200


@dataclass(frozen=True, slots=True)
class MemberCard:
    """One person of the circle, what they see and what they promised."""

    member: Member
    rows: tuple[ScopeRow, ...]
    promises: tuple[Card, ...]

    @property
    def sees(self) -> list[ScopeRow]:
        return [row for row in self.rows if row.granted]


@dataclass(frozen=True, slots=True)
class Refused:
    """Whom a client would ask for a step about substance use, which they do not share with them."""

    step_id: int
    member: Member


@dataclass(frozen=True, slots=True)
class LooksOfDay:
    """The looks of one person at one page on one day, at local times, newest first."""

    name: str
    page: str
    times: tuple[time, ...]


class InviteSupporterForm(InviteForm):
    """Whom to invite into the circle, with a few words, and perhaps a step to ask them for."""

    relation = StringField(N_("What they are to you"), filters=[trimmed])
    message = TextAreaField(N_("A few words from you"), filters=[stripped])
    step_id = SelectField(N_("A step to ask them for"), validate_choice=False)

    def sentences(self) -> dict[str, str]:
        found = super().sentences()
        if len(self.relation.data or "") > 120:
            found["relation"] = _("That is longer than 120 letters.")
        if len(self.message.data or "") > 1000:
            found["message"] = _("That is longer than 1,000 letters.")
        return found

    @property
    def asked_step(self) -> int | None:
        text = self.step_id.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page()


@blueprint.post("/<int:person_id>/confirmed")
def confirm(person_id: int) -> ResponseReturnValue:
    """Say that somebody who joined is who they were invited as. From then on they see what they are asked."""
    member, at_today = _supporter(person_id), request.form.get("at") == "today"
    with edge.writing() as session:
        done = supporters.confirm(session, edge.actor(), person_id, clock.now())
    if done:
        undo = url_for("people.ask_again", person_id=person_id)
        say(_("%(name)s is in your circle now, and sees what you ask of them.", name=member.called), undo)
    return edge.see_other(url_for("today.page") if at_today else _card_of(person_id))


@blueprint.post("/<int:person_id>/unconfirmed")
def ask_again(person_id: int) -> ResponseReturnValue:
    """Take that back: they see nothing again."""
    member = _supporter(person_id)
    with edge.writing() as session:
        supporters.ask_again(session, edge.actor(), person_id, clock.now())
    say(_("Taken back. %(name)s sees nothing until you say that it is them.", name=member.called))
    return edge.see_other(_card_of(person_id))


@blueprint.post("/<int:person_id>/grants")
def grant(person_id: int) -> ResponseReturnValue:
    """Share one kind of record with one person."""
    member, scope = _member(person_id), _scope()
    if scope not in scopes_of(member):
        abort(404)
    form, actor = GrantForm(request.form), edge.actor()
    problems = form.problems(scope, edge.today())
    if not problems:
        consent = consents.signed(member, _organisation(), form) if scope is Scope.SUBSTANCE_USE else None
        try:
            with edge.writing() as session:
                sharing.grant(session, actor, person_id, scope, clock.now(), form.terms(), consent)
        except (sharing.NotInCircle, sharing.NoStepChosen):
            abort(404)
    typed = {"id": person_id, "scope": scope, "form": form, "problems": problems}
    return _card_or_page(person_id, typed if problems else None)


@blueprint.post("/<int:person_id>/withdrawals")
def withdraw(person_id: int) -> ResponseReturnValue:
    """Stop sharing one kind of record with one person; it counts at their very next request."""
    _member(person_id)
    with edge.writing() as session:
        sharing.withdraw(session, edge.actor(), person_id, _scope(), clock.now())
    return _card_or_page(person_id, None)


@blueprint.post("/<int:person_id>/withdrawals/undone")
def share_again(person_id: int) -> ResponseReturnValue:
    """Undo a withdrawal of just now, under the same terms; later it is simply shown how things stand."""
    _member(person_id)
    try:
        with edge.writing() as session:
            sharing.share_again(session, edge.actor(), person_id, _scope(), clock.now())
    except sharing.NotInCircle:
        abort(404)
    return _card_or_page(person_id, None)


@blueprint.get("/<int:person_id>/seen")
def seen(person_id: int) -> ResponseReturnValue:
    """Show the very page this person gets, with nothing to press on it."""
    member = _member(person_id)
    if member.kind == "supporter":
        return seen_as.promises_page(member)
    return seen_as.caseload_page(member)


@blueprint.get("/<int:person_id>/seen/session")
def seen_session(person_id: int) -> ResponseReturnValue:
    return seen_as.session_page(_care_team(person_id))


@blueprint.get("/<int:person_id>/seen/plan")
def seen_plan(person_id: int) -> ResponseReturnValue:
    return seen_as.plan_page(_care_team(person_id))


@blueprint.post("/<int:person_id>/end")
def end(person_id: int) -> ResponseReturnValue:
    """End a supporter's place in the circle: link, sharing and promises at once."""
    _supporter(person_id)
    with edge.writing() as session:
        supporters.end(session, edge.actor(), person_id, clock.now())
    return edge.see_other(url_for("people.page"))


@blueprint.post("/asks")
def ask() -> ResponseReturnValue:
    """Ask a supporter for a step of the plan."""
    step_id, person_id = request.form.get("step_id", type=edge.id_of), request.form.get("person_id", type=edge.id_of)
    if step_id is None or person_id is None:
        abort(400)
    client = edge.actor().id
    try:
        with edge.writing() as session:
            commitment_services.propose(session, client, step_id, person_id, client, clock.now())
    except commitment_services.NotShared:
        return _page(refused=Refused(step_id, _member(person_id)))
    except commitment_services.NotAskable:
        abort(404)
    return edge.see_other(_card_of(person_id))


@blueprint.get("/invite")
def invite() -> ResponseReturnValue:
    return _invite(InviteSupporterForm())


@blueprint.post("/invite")
def send_invitation() -> ResponseReturnValue:
    """Invite a supporter; the link is mailed and shown once. A step asked for waits until they join."""
    form, actor, now = InviteSupporterForm(request.form), edge.actor(), clock.now()
    if not form.is_well():
        return _invite(form), 422
    name, email = str(form.name.data), str(form.email.data)
    relation, message = form.relation.data or None, form.message.data or None
    try:
        with edge.writing() as session:
            invited = invitations.invite_supporter(
                session, actor, name, email, relation, message, now, form.language.data or ""
            )
            if form.asked_step is not None:
                step_id = form.asked_step
                commitment_services.propose(session, actor.id, step_id, invited.person_id, actor.id, now)
    except (invitations.OwnAddress, invitations.AlreadyHere) as known:
        form.say("email", known_words(known))
        return _invite(form), 422
    except commitment_services.NotShared:
        form.say("step_id", not_yet_words())
        return _invite(form), 422
    except commitment_services.NotAskable:
        abort(404)
    return told(invited, email)


@blueprint.get("/looks")
def looks() -> ResponseReturnValue:
    """List who looked, newest first, a page at a time, back to the very first."""
    before = request.args.get("before", type=edge.id_of)
    glances = look_queries.latest(edge.reading(), edge.actor().id, MANY_LOOKS + 1, before)
    shown = glances[:MANY_LOOKS]
    earlier = shown[-1].seq if len(glances) > len(shown) else None
    return render_template(
        "people/looks.html", days=by_day(shown), earlier=earlier, before=before, page_words=page_words
    )


def page_words(page: str) -> str:
    """Say which page somebody opened."""
    return {
        "before_session": _("opened the page before the session"),
        "caseload": _("saw you in the list of clients"),
        "promises": _("saw what you ask and share on My promises"),
        "reminded": _("opened a reminder of what they promised you"),
        "reminders": _("saw what they promised you among their reminders"),
        "care_plan": _("opened your plan"),
        "plan": _("opened your plan"),
        "sessions": _("opened your sessions"),
        "coping": _("opened your coping strategies"),
        "export": _("wrote your plan to a file, at the server"),
    }.get(page, _("opened a page of yours"))


def looker_words(glance: Glance) -> str:
    """Say who looked."""
    return _("Whoever runs the server") if glance.name is None else name_words(glance.name)


def by_day(glances: Sequence[Glance]) -> list[tuple[date, list[LooksOfDay]]]:
    """Group looks by the client's day, then by person and page, by the newest look of each; none is left out."""
    actor = edge.actor()
    days = []
    # They are numbered in the order they were written down: at the same moment, that need not be the order in time.
    newest_first = sorted(glances, key=attrgetter("at", "seq"), reverse=True)
    for day, of_day in groupby(newest_first, key=lambda one: local_day(one.at, actor.zone, 0)):
        found: dict[tuple[int | None, str], list[Glance]] = {}
        for one in of_day:
            found.setdefault((one.by_id, one.page), []).append(one)
        same = [LooksOfDay(looker_words(g[0]), g[0].page, _minutes(g)) for g in found.values()]
        days.append((day, same))
    return days


def _minutes(glances: Sequence[Glance]) -> tuple[time, ...]:
    """The minutes of some looks, each once; the same time on both sides of a change of clocks is two."""
    minutes = dict.fromkeys(one.at.replace(second=0, microsecond=0) for one in glances)
    return tuple(at.astimezone(edge.actor().zone).time() for at in minutes)


def _member(person_id: int) -> Member:
    return queries.member(edge.reading(), edge.actor().id, person_id) or abort(404)


def _supporter(person_id: int) -> Member:
    found = _member(person_id)
    return found if found.kind == "supporter" else abort(404)


def _care_team(person_id: int) -> Member:
    found = _member(person_id)
    return found if found.kind == "care_team" else abort(404)


def _card_of(person_id: int) -> str:
    return url_for("people.page", open=person_id, _anchor=f"person-{person_id}")


def _organisation() -> str:
    return queries.organisation(edge.reading(), edge.actor().organisation_id)


def _scope() -> Scope:
    text = request.form.get("scope", "")
    return Scope(text) if text in set(Scope) else abort(400)


def _cards(promised: Sequence[Card]) -> tuple[MemberCard, ...]:
    client, now, connection = edge.actor(), clock.now(), edge.reading()
    given, choices = queries.grants(connection, client.id), queries.choices(connection, client.id)
    return tuple(
        MemberCard(
            member=member,
            rows=tuple(scope_row(scope, member, given.get(member.id, ()), choices, now) for scope in scopes_of(member)),
            promises=tuple(card for card in promised if card.asked.supporter_id == member.id),
        )
        for member in sorted(
            queries.circle(connection, client.id), key=attrgetter("confirmed")
        )  # who waits comes first
    )


def not_yet_words() -> str:
    """Say why somebody can't be asked for a step about substance use in an invitation."""
    return _(
        "You can ask for a step about substance use once they have joined, and you share substance use with them. "
        "Nothing was sent yet."
    )


def _page(typed: Mapping[str, Any] | None = None, refused: Refused | None = None) -> ResponseReturnValue:
    client, connection = edge.actor(), edge.reading()
    promised = cards(connection, client.id)
    waiting = [
        one
        for one in invitation_queries.waiting(connection, client.id, clock.now())
        if one.role == "supporter" and one.client_id == client.id
    ]
    html = render_template(
        "people/page.html",
        cards=_cards(promised),
        not_joined=[card.asked for card in promised if not card.asked.joined],
        askable=queries.askable(connection, client.id),
        waiting=waiting,
        days=by_day(look_queries.latest(connection, client.id, FEW_LOOKS)),
        opened=typed["id"] if typed else refused.member.id if refused else request.args.get("open", type=int),
        typed=typed,
        refused=refused,
        page_words=page_words,
        **_tools(),
    )
    return html, 422 if typed or refused else 200


def _tools() -> dict[str, Any]:
    """What the cards need besides their data."""
    organisation = _organisation()
    return commitment_tools() | {
        "elements": lambda member: consents.elements(member, organisation),
        "open_end": consents.open_end,
        "first_day": edge.today(),
    }


def _card_or_page(person_id: int, typed: Mapping[str, Any] | None) -> ResponseReturnValue:
    """Answer a switch: the person's card for htmx, else the page with that card open."""
    if not edge.from_htmx():
        if typed:
            return _page(typed)
        return edge.see_other(_card_of(person_id))
    promised = cards(edge.reading(), edge.actor().id)
    card = next((one for one in _cards(promised) if one.member.id == person_id), None) or abort(404)
    html = render_template("people/_person.html", card=card, opened=person_id, typed=typed, **_tools())
    return html, 422 if typed else 200


def _invite(form: InviteSupporterForm) -> str:
    askable = queries.askable(edge.reading(), edge.actor().id)
    choices = [(str(step.id), step.text) for step in askable if not step.private or step.id == form.asked_step]
    form.step_id.choices = options([("", _("Nothing for now")), *choices])
    left_out = any(step.private for step in askable)
    return render_template("people/invite.html", form=form, askable=len(choices) > 0, left_out=left_out)
