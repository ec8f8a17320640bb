"""People: who sees what, grant and withdraw, whom to ask, whom to invite, who looked, and see as they see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, Form, SelectField, StringField, TextAreaField
from wtforms.validators import Length
from wtforms.validators import Optional as May

from webapp import clock
from webapp.domain.sharing import Grant, Scope
from webapp.domain.wall_time import local_day, start_of_day
from webapp.queries import access, promises
from webapp.queries import invitations as invitation_queries
from webapp.queries import looks as look_queries
from webapp.queries import people as queries
from webapp.queries.before_session import before_session
from webapp.queries.looks import Glance
from webapp.queries.people import Granted, Member
from webapp.services import commitments as commitment_services
from webapp.services import invitations, sharing, supporters
from webapp.views import edge
from webapp.views import promises as promises_view
from webapp.views.commitments import Card, cards
from webapp.views.commitments import tools as commitment_tools
from webapp.views.fields import LAST_YEAR
from webapp.views.forms import stripped, trimmed
from webapp.views.invitations import InviteForm, known_words, told
from webapp.views.phrases import day_words, name_words, when_words
from webapp.views.translate import N_, _

blueprint = Blueprint("people", __name__, url_prefix="/people")

DAY = timedelta(days=1)
SUPPORTER_SCOPES = (Scope.STEPS, Scope.PLAN, Scope.SUBSTANCE_USE)
"""What a supporter's page can show. Switches that do nothing would promise too much."""
FEW_LOOKS, MANY_LOOKS = 30, 200


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """One switch: a kind of record, in plain words, and the grant that holds now, or how the last one ended."""

    scope: Scope
    title: str
    meaning: str
    granted: Granted | None
    last_day: date | None
    ended: str | None


@dataclass(frozen=True, slots=True)
class MemberCard:
    """One person of the circle, what they see and what they promised."""

    member: Member
    rows: tuple[ScopeRow, ...]
    promises: tuple[Card, ...]

    @property
    def sees(self) -> list[str]:
        return [row.title for row in self.rows if row.granted]


@dataclass(frozen=True, slots=True)
class LooksOfDay:
    """The looks of one person at one page on one day, at local times, newest first."""

    name: str
    page: str
    times: tuple[time, ...]


class GrantForm(Form):
    """For how long and what for; both may be left out."""

    purpose = StringField(filters=[trimmed], validators=[Length(max=200)])
    until = DateField(validators=[May()])

    def problems(self, today: date) -> dict[str, str]:
        """Say in a sentence what each field needs; empty when all is well."""
        self.validate()
        found = {}
        if self.purpose.errors:
            found["purpose"] = _("That is longer than 200 letters.")
        if self.until.errors:
            found["until"] = _("Choose a day, or leave it empty.")
        elif self.until.data and self.until.data.year > LAST_YEAR:
            found["until"] = _("Choose an earlier day, or leave it empty.")
        elif self.until.data and self.until.data < today:
            found["until"] = _("That day is over. Choose today or a later one, or leave it empty.")
        return found


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


@blueprint.post("/<int:person_id>/grants")
def grant(person_id: int) -> ResponseReturnValue:
    """Share one kind of record with one person."""
    member, scope = _member(person_id), _scope()
    if scope not in scopes_of(member):
        abort(404)
    form, actor = GrantForm(request.form), edge.actor()
    problems = form.problems(edge.today())
    if not problems:
        last = form.until.data
        ends_at = start_of_day(last + DAY, actor.zone, actor.day_starts_at) if last else None
        understood = request.form.get("understood") == "yes"
        purpose = form.purpose.data or None
        try:
            with edge.writing() as session:
                sharing.grant(session, actor, person_id, scope, clock.now(), purpose, ends_at, understood)
        except sharing.NoticeNotTicked:
            problems = {"understood": _("Please tick that you have read this.")}
        except sharing.NotInCircle:
            abort(404)
    typed = {"id": person_id, "scope": scope, "values": request.form, "problems": problems}
    return _card_or_page(person_id, typed if problems else None)


@blueprint.post("/<int:person_id>/withdrawals")
def withdraw(person_id: int) -> ResponseReturnValue:
    """Stop sharing one kind of record with one person; it counts at their very next request."""
    _member(person_id)
    with edge.writing() as session:
        sharing.withdraw(session, edge.actor(), person_id, _scope(), clock.now())
    return _card_or_page(person_id, None)


@blueprint.get("/<int:person_id>/seen")
def seen(person_id: int) -> ResponseReturnValue:
    """Show the very page this person gets, with nothing to press on it."""
    member, client, now = _member(person_id), edge.actor(), clock.now()
    found = access.seen_by(edge.reading(), client.id, person_id, member.kind, now) or abort(404)
    if member.kind == "care_team":
        told_to = before_session(edge.reading(), found, person_id, now)
        return render_template("people/seen_session.html", client=found, told=told_to, seen_as=member)
    circle = promises.circle(edge.reading(), person_id, found, now)
    return render_template("people/seen.html", circle=circle, seen_as=member, typed=None, **promises_view.tools())


@blueprint.post("/<int:person_id>/end")
def end(person_id: int) -> ResponseReturnValue:
    """End a supporter's place in the circle: link, sharing and promises at once."""
    if _member(person_id).kind != "supporter":
        abort(404)
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
    except commitment_services.NotAskable:
        abort(404)
    return edge.see_other(url_for("people.page", open=person_id, _anchor=f"person-{person_id}"))


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
            _("Steps, goals and strategies that are about substance use. Without this they stay out of all the rest."),
        ),
    }[scope]


def page_words(page: str) -> str:
    """Say which page somebody opened."""
    return {
        "before_session": _("opened the page before the session"),
        "caseload": _("saw you in the list of clients"),
        "promises": _("saw what you share on My promises"),
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
    """Group looks by the client's day, then by person and page, newest first; none is left out."""
    actor = edge.actor()
    days = []
    for day, of_day in groupby(glances, key=lambda one: local_day(one.at, actor.zone, 0)):
        found: dict[tuple[int | None, str], list[Glance]] = {}
        for one in of_day:
            found.setdefault((one.by_id, one.page), []).append(one)
        same = [
            LooksOfDay(looker_words(g[0]), g[0].page, tuple(dict.fromkeys(_minute(one.at) for one in g)))
            for g in found.values()
        ]
        days.append((day, same))
    return days


def _minute(at: datetime) -> time:
    return at.astimezone(edge.actor().zone).time().replace(second=0, microsecond=0)


def _member(person_id: int) -> Member:
    return queries.member(edge.reading(), edge.actor().id, person_id) or abort(404)


def _scope() -> Scope:
    text = request.form.get("scope", "")
    return Scope(text) if text in set(Scope) else abort(400)


def _cards(promised: Sequence[Card]) -> tuple[MemberCard, ...]:
    client, now, connection = edge.actor(), clock.now(), edge.reading()
    given = queries.grants(connection, client.id)
    return tuple(
        MemberCard(
            member=member,
            rows=tuple(_row(scope, member, given.get(member.id, ()), now) for scope in scopes_of(member)),
            promises=tuple(card for card in promised if card.asked.supporter_id == member.id),
        )
        for member in queries.circle(connection, client.id)
    )


def _row(scope: Scope, member: Member, given: Sequence[Granted], now: datetime) -> ScopeRow:
    of_scope = [one for one in given if one.grant.scope is scope]
    holds = next((one for one in of_scope if one.grant.holds(now)), None)
    last_day = _last_day(holds.grant.ends_at) if holds and holds.grant.ends_at else None
    ended = ended_words(of_scope[0].grant, now) if of_scope and not holds else None
    return ScopeRow(scope, *scope_words(scope, member.kind), holds, last_day, ended)


def ended_words(grant: Grant, now: datetime) -> str | None:
    """Say how a grant ended, that no longer counts; None for one that is still to begin."""
    ended_at = grant.ended_at(now)
    if ended_at is None:
        return None
    if ended_at == grant.ends_at:
        return _("It was shared up to and with %(day)s.", day=day_words(_last_day(ended_at)))
    return _("You stopped sharing it: %(when)s.", when=when_words(ended_at))


def _last_day(ends_at: datetime) -> date:
    """The instant is the first that is no longer shared; people think of the last day that is."""
    actor = edge.actor()
    return local_day(ends_at, actor.zone, actor.day_starts_at) - DAY


def _page(typed: Mapping[str, Any] | None = None) -> ResponseReturnValue:
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
        opened=typed["id"] if typed else request.args.get("open", type=int),
        typed=typed,
        page_words=page_words,
        **commitment_tools(),
    )
    return html, 422 if typed else 200


def _card_or_page(person_id: int, typed: Mapping[str, Any] | None) -> ResponseReturnValue:
    """Answer a switch: the person's card for htmx, else the page with that card open."""
    if not edge.from_htmx():
        if typed:
            return _page(typed)
        return edge.see_other(url_for("people.page", open=person_id, _anchor=f"person-{person_id}"))
    promised = cards(edge.reading(), edge.actor().id)
    card = next((one for one in _cards(promised) if one.member.id == person_id), None) or abort(404)
    html = render_template("people/_person.html", card=card, opened=person_id, typed=typed, **commitment_tools())
    return html, 422 if typed else 200


def _invite(form: InviteSupporterForm) -> str:
    askable = queries.askable(edge.reading(), edge.actor().id)
    form.step_id.choices = [("", _("Nothing for now")), *((str(step.id), step.text) for step in askable)]
    return render_template("people/invite.html", form=form, askable=askable)
