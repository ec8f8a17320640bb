"""The client's own people on Help now: add, change, take off."""

import re
from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, Form, StringField
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.validators import Optional as May

from webapp.queries.contacts import ContactCard
from webapp.services import contacts as services
from webapp.views import edge
from webapp.views.forms import stripped
from webapp.views.translate import _

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")
PHONE = re.compile(r"^[0-9+() ./*#-]*[0-9][0-9+() ./*#-]*$")


class ContactForm(Form):
    """Who, what they are to the client, and how to call them."""

    name = StringField(filters=[stripped], validators=[InputRequired(), Length(max=120)])
    relation = StringField(filters=[stripped], validators=[May(), Length(max=120)])
    phone = StringField(filters=[stripped], validators=[InputRequired(), Length(max=40), Regexp(PHONE)])
    emergency = BooleanField()

    def problems(self) -> dict[str, str]:
        """Say in a sentence what each field needs; empty when all is well."""
        self.validate()
        said = {
            "name": _("Write a name, up to 120 letters."),
            "relation": _("That is longer than 120 letters."),
            "phone": _("Write a phone number with digits, such as 555-0117. It is what the call button dials."),
        }
        found = {name: said[name] for name in self.errors if name in said}
        if not self.name.data:
            found["name"] = said["name"]
        return found


@blueprint.get("/new")
def new() -> ResponseReturnValue:
    return render_template("contacts/page.html", form=ContactForm(), problems={}, contact=None)


@blueprint.post("")
def add() -> ResponseReturnValue:
    form = ContactForm(request.form)
    if problems := form.problems():
        return render_template("contacts/page.html", form=form, problems=problems, contact=None), 422
    with edge.writing() as session:
        services.add(session, edge.actor().id, **_values(form))
    return edge.see_other(url_for("help_now.page"))


@blueprint.get("/<int:contact_id>")
def edit(contact_id: int) -> ResponseReturnValue:
    contact: ContactCard = edge.record()
    return render_template("contacts/page.html", form=ContactForm(**asdict(contact)), problems={}, contact=contact)


@blueprint.post("/<int:contact_id>")
def change(contact_id: int) -> ResponseReturnValue:
    form = ContactForm(request.form)
    if problems := form.problems():
        return render_template("contacts/page.html", form=form, problems=problems, contact=edge.record()), 422
    try:
        with edge.writing() as session:
            services.change(session, edge.actor().id, contact_id, **_values(form))
    except LookupError:
        abort(404)
    return edge.see_other(url_for("help_now.page"))


@blueprint.post("/<int:contact_id>/removed")
def remove(contact_id: int) -> ResponseReturnValue:
    """Take a contact off the list; the answer carries the contact, so that one tap brings it back."""
    contact: ContactCard = edge.record()
    try:
        with edge.writing() as session:
            services.remove(session, edge.actor().id, contact_id)
    except LookupError:
        abort(404)
    return render_template("contacts/removed.html", contact=contact)


def _values(form: ContactForm) -> dict[str, Any]:
    return {
        "name": form.name.data,
        "relation": form.relation.data or None,
        "phone": form.phone.data,
        "emergency": form.emergency.data,
    }
