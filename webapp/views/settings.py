"""Settings of one's own account: name, place, days, password, devices."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, PasswordField, SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Length

from webapp import clock
from webapp.domain.people import Actor
from webapp.domain.wall_time import is_zone
from webapp.queries import settings as queries
from webapp.queries import sign_ins as devices
from webapp.services import passwords, settings, sign_ins
from webapp.services.settings import Preferences
from webapp.views import edge
from webapp.views.sign_in import password_words
from webapp.views.translate import _
from webapp.views.zones import zones

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

LANGUAGES = (("en", "English"), ("es", "Español"))
HOURS = range(24)
WEEKDAYS = range(7)


class PreferencesForm(Form):
    """How to be called, and how days and weeks are counted."""

    called = StringField(filters=[lambda text: (text or "").strip()], validators=[InputRequired(), Length(max=60)])
    time_zone = StringField(filters=[lambda text: (text or "").strip()])
    language = StringField(validators=[AnyOf([code for code, _name in LANGUAGES])])
    day_starts_at = SelectField(choices=[(hour, str(hour)) for hour in HOURS], coerce=int)
    week_starts_on = SelectField(choices=[(day, str(day)) for day in WEEKDAYS], coerce=int)

    def problems(self) -> dict[str, str]:
        """Say in a sentence what each field needs; empty when all is well."""
        self.validate()
        said = {
            "called": _("Write the name you want to be called, up to 60 letters."),
            "language": _("Choose one of the languages."),
            "day_starts_at": _("Choose an hour from 0 to 23."),
            "week_starts_on": _("Choose a day of the week."),
        }
        found = {name: said[name] for name in self.errors if name in said}
        if not self.called.data:
            found["called"] = said["called"]
        if not is_zone(self.time_zone.data or ""):
            found["time_zone"] = _("Choose a place from the list, such as New York.")
        return found


class PasswordForm(Form):
    present = PasswordField()
    new = PasswordField()


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page(_preferences(edge.actor()))


@blueprint.post("")
def keep() -> ResponseReturnValue:
    form = PreferencesForm(request.form)
    if problems := form.problems():
        return _page(form, problems), 422
    wanted = Preferences(
        called=str(form.called.data),
        time_zone=str(form.time_zone.data),
        language=str(form.language.data),
        day_starts_at=form.day_starts_at.data,
        week_starts_on=form.week_starts_on.data,
    )
    with edge.writing() as session:
        settings.keep(session, edge.actor(), wanted)
    return edge.see_other(url_for("settings.page", kept="preferences"))


@blueprint.post("/password")
def password() -> ResponseReturnValue:
    """Set or change the password; it is never shown again, so the fields come back empty."""
    form = PasswordForm(request.form)
    try:
        with edge.writing() as session:
            settings.change_password(session, edge.actor(), form.present.data, form.new.data or "", clock.now())
    except settings.WrongPassword:
        return _page(_preferences(edge.actor()), {"present": _("This is not your present password.")}), 422
    except passwords.WeakPassword as weak:
        return _page(_preferences(edge.actor()), {"new": password_words(weak.problem)}), 422
    return edge.see_other(url_for("settings.page", kept="password"))


@blueprint.post("/devices/<int:sign_in_id>/end")
def end_device(sign_in_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        sign_ins.end_one(session, edge.actor().id, sign_in_id, clock.now())
    return edge.see_other(url_for("settings.page"))


def _preferences(actor: Actor) -> PreferencesForm:
    return PreferencesForm(
        called=actor.called,
        time_zone=actor.time_zone,
        language=actor.language,
        day_starts_at=actor.day_starts_at,
        week_starts_on=actor.week_starts_on,
    )


def _page(form: PreferencesForm, problems: dict[str, str] | None = None) -> str:
    return render_template(
        "settings/page.html",
        form=form,
        problems=problems or {},
        kept=request.args.get("kept"),
        email=queries.email_of(edge.reading(), edge.actor().id),
        devices=devices.devices(edge.reading(), edge.actor().id, clock.now()),
        zones=zones(),
        languages=LANGUAGES,
        hours=HOURS,
        weekdays=WEEKDAYS,
    )
