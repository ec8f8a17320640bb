"""Accounts, who works with whom, and the organisation. Nothing of any plan is read here."""

from collections import defaultdict

from babel import Locale
from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, StringField

from webapp import clock
from webapp.domain.crisis_lines import lines_for
from webapp.domain.people import Role
from webapp.domain.scopes import everyone
from webapp.queries import admin as queries
from webapp.queries import invitations as invited
from webapp.queries.admin import Member
from webapp.services import admin, invitations
from webapp.views import backups, edge, outbox
from webapp.views.forms import PlainForm, SelectChoice, trimmed
from webapp.views.help_now import all_lines
from webapp.views.invitations import InviteForm, known_words, told
from webapp.views.messages import say
from webapp.views.translate import N_, _

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


class OrganisationForm(PlainForm):
    name = StringField(N_("Name"), filters=[trimmed])
    country = StringField(N_("Country"), filters=[lambda text: trimmed(text).upper()])

    def sentences(self) -> dict[str, str]:
        found = {}
        if not 0 < len(self.name.data or "") <= 120:
            found["name"] = _("Write the organisation's name, up to 120 letters.")
        country = self.country.data or ""
        if not (len(country) == 2 and country.isascii() and country.isalpha()):
            found["country"] = _("Write the two letters of the country, such as US.")
        elif country not in Locale("en").territories:
            found["country"] = _("No country has these two letters. The United States are US, Great Britain is GB.")
        return found


class NewAccountForm(InviteForm):
    role = RadioField(
        N_("What the account is for"),
        choices=[
            SelectChoice(Role.CARE_TEAM.value, N_("Care team: works with clients who share with them")),
            SelectChoice(Role.CLIENT.value, N_("Client: has a plan of their own")),
            SelectChoice(Role.ADMIN.value, N_("Administration: looks after accounts, sees no plans")),
        ],
    )
    discipline = StringField(N_("Discipline"), filters=[trimmed])

    def sentences(self) -> dict[str, str]:
        found = super().sentences()
        if self.role.errors or not self.role.data:
            found["role"] = _("Choose what the account is for.")
        if len(self.discipline.data or "") > 80:
            found["discipline"] = _("That is longer than 80 letters.")
        return found


@blueprint.get("")
def page() -> ResponseReturnValue:
    facts = queries.organisation(edge.reading(), edge.actor().organisation_id)
    return _page(OrganisationForm(name=facts.name, country=facts.country))


@blueprint.post("/organisation")
def organisation() -> ResponseReturnValue:
    form = OrganisationForm(request.form)
    if not form.is_well():
        return _page(form), 422
    with edge.writing() as session:
        admin.rename(session, edge.actor(), str(form.name.data), str(form.country.data))
    _say_saved(str(form.country.data))
    return edge.see_other(url_for("admin.page"))


@blueprint.get("/people/new")
def new() -> ResponseReturnValue:
    return render_template("admin/new.html", form=NewAccountForm(role=Role.CARE_TEAM.value))


@blueprint.post("/people/new")
def invite() -> ResponseReturnValue:
    form = NewAccountForm(request.form)
    if form.is_well():
        try:
            with edge.writing() as session:
                made = invitations.invite_member(
                    session,
                    edge.actor(),
                    str(form.name.data),
                    str(form.email.data),
                    Role(str(form.role.data)),
                    form.discipline.data or None,
                    clock.now(),
                    form.language.data or "",
                )
            return told(made, str(form.email.data))
        except (invitations.OwnAddress, invitations.AlreadyHere) as known:
            form.say("email", known_words(known))
    return render_template("admin/new.html", form=form), 422


@blueprint.get("/people/<int:person_id>")
def person(person_id: int) -> ResponseReturnValue:
    return _person(edge.record())


@blueprint.post("/people/<int:person_id>/deactivated")
def deactivate(person_id: int) -> ResponseReturnValue:
    try:
        with edge.writing() as session:
            admin.deactivate(session, edge.actor(), person_id, clock.now())
    except admin.LastAdmin:
        words = _("This is the only admin. Give somebody else that role first, so that Cairn is looked after.")
        return _person(edge.record(), words), 422
    return edge.see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/people/<int:person_id>/reactivated")
def reactivate(person_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        admin.reactivate(session, edge.actor(), person_id)
    return edge.see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/people/<int:person_id>/assigned")
def assign(person_id: int) -> ResponseReturnValue:
    """Let a care-team member work with this client."""
    try:
        with edge.writing() as session:
            admin.assign(session, edge.actor(), _care_team_id(), person_id, clock.now())
    except (LookupError, admin.NotPossible):
        abort(404)
    return edge.see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/people/<int:person_id>/unassigned")
def unassign(person_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        admin.unassign(session, edge.actor(), _care_team_id(), person_id, clock.now())
    return edge.see_other(url_for("admin.person", person_id=person_id))


def _say_saved(country: str) -> None:
    """Say that it is saved, and openly when Help now has nobody to call in this country."""
    if lines_for(country, all_lines()).lines:
        say(_("Saved."))
        return
    words = _(
        "Saved. Cairn has no crisis line for %(country)s yet, so Help now shows people's own contacts alone. "
        "“See all crisis lines” says how to add one.",
        country=country,
    )
    flash(words, "open")


def _care_team_id() -> int:
    typed = request.form.get("care_team_id", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else abort(404)


def _page(form: OrganisationForm) -> str:
    read, organisation_id = edge.reading(), edge.actor().organisation_id
    team = defaultdict(list)
    for working in queries.assignments(read, organisation_id):
        team[working.client_id].append(working.name)
    with edge.within(everyone("how sending went is told in numbers alone, over everybody's messages")):
        sending = queries.sending(edge.reading(), organisation_id, clock.now())
    read = edge.reading()
    return render_template(
        "admin/page.html",
        form=form,
        members=queries.members(read, organisation_id),
        team=team,
        countries=sorted({line.country for line in all_lines() if len(line.country) == 2}),
        outbox=outbox.is_here(),
        backup=backups.standing(),
        sending=sending,
        waiting=invited.waiting(read, edge.actor().id, clock.now()),
    )


def _person(member: Member, problem: str | None = None) -> str:
    read, organisation_id = edge.reading(), edge.actor().organisation_id
    working = [each for each in queries.assignments(read, organisation_id) if each.client_id == member.id]
    taken = {each.care_team_id for each in working} | {member.id}
    free = [
        each
        for each in queries.members(read, organisation_id)
        if Role.CARE_TEAM in each.roles and each.state == "active" and each.id not in taken
    ]
    return render_template("admin/person.html", member=member, working=working, free=free, problem=problem)
