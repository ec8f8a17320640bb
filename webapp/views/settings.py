"""Settings of one's own account: name, place, days, password, devices."""

from datetime import time

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, PasswordField, SelectField, StringField

from webapp import clock
from webapp.domain.people import Actor
from webapp.domain.throttle import ACCOUNT, NO_WAIT
from webapp.domain.weeks import Weeks
from webapp.queries import settings as queries
from webapp.queries import sign_ins as devices
from webapp.services import passwords, settings, sign_ins
from webapp.services.settings import Preferences
from webapp.views import edge, formats, identity, mailing, outbox
from webapp.views.forms import (
    PlainForm,
    SelectChoice,
    called_sentence,
    language_choices,
    trimmed,
    zone_choices,
    zone_sentence,
)
from webapp.views.sign_in import password_words
from webapp.views.translate import N_, _, in_language
from webapp.views.tries import count, led_in, too_many, wait_words, watched

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


def hours() -> list[SelectChoice]:
    return [SelectChoice(str(hour), formats.clock(time(hour))) for hour in range(24)]


def _weekdays() -> list[SelectChoice]:
    return [SelectChoice(str(day), formats.weekday(day, alone=True)) for day in range(7)]


class PreferencesForm(PlainForm):
    """How to be called, and how days and weeks are counted."""

    called = StringField(N_("Name to be called"), filters=[trimmed])
    time_zone = SelectField(N_("Time zone"), choices=lambda: zone_choices(edge.actor().time_zone))
    language = SelectField(N_("Language"), choices=language_choices)
    day_starts_at = SelectField(N_("My day starts at"), choices=hours, coerce=int)
    week_starts_on = SelectField(N_("My week starts on"), choices=_weekdays, coerce=int)

    def sentences(self) -> dict[str, str]:
        said = {
            "called": called_sentence(self.called.data),
            "time_zone": zone_sentence(self.time_zone.data),
            "language": self.language.errors and _("Choose one of the languages."),
            "day_starts_at": self.day_starts_at.errors and _("Choose an hour from 0 to 23."),
            "week_starts_on": self.week_starts_on.errors and _("Choose a day of the week."),
        }
        return {name: str(sentence) for name, sentence in said.items() if sentence}


class PasswordForm(Form):
    present = PasswordField(N_("Current password"))
    new = PasswordField(N_("New password"))


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page(_preferences(edge.actor()))


@blueprint.post("")
def keep() -> ResponseReturnValue:
    form = PreferencesForm(request.form)
    if not form.is_well():
        return _page(form), 422
    wanted = Preferences(
        called=str(form.called.data),
        time_zone=str(form.time_zone.data),
        language=str(form.language.data),
        day_starts_at=form.day_starts_at.data,
        week_starts_on=form.week_starts_on.data,
    )
    with edge.writing() as session:
        weeks = settings.keep(session, edge.actor(), wanted, clock.now())
    with in_language(wanted.language):
        changing = wanted.week_starts_on != edge.actor().week_starts_on.start and _changing(weeks)
        flash(f"{_('Saved.')} {changing}" if changing else _("Saved."))
    return edge.see_other(url_for("settings.page"))


@blueprint.post("/password")
def password() -> ResponseReturnValue:
    """Set or change the password; it is never shown again, so the fields come back empty."""
    form, seen = PasswordForm(request.form), watched("proof", str(edge.actor().id))
    wait = count(seen, ACCOUNT)
    if wait > NO_WAIT:
        form.present.errors = [wait_words(wait)]
        return too_many(_page(_preferences(edge.actor()), form), wait)
    try:
        with edge.writing() as session:
            settings.change_password(session, edge.actor(), form.present.data, form.new.data or "", clock.now())
            led_in(session, seen)
    except settings.WrongPassword:
        form.present.errors = [_("This is not your current password.")]
    except passwords.WeakPassword as weak:
        form.new.errors = [password_words(weak.problem)]
    if form.errors:
        return _page(_preferences(edge.actor()), form), 422
    mailing.changed(queries.email_of(edge.reading(), edge.actor().id), mailing.Change.PASSWORD)
    flash(_("Your password is kept. Other devices were signed out."))
    return edge.see_other(url_for("settings.page"))


@blueprint.post("/devices/<int:sign_in_id>/end")
def end_device(sign_in_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        sign_ins.end_one(session, edge.actor().id, sign_in_id, clock.now())
    return edge.see_other(url_for("settings.page"))


@blueprint.post("/devices/end-others")
def end_others() -> ResponseReturnValue:
    with edge.writing() as session:
        sign_ins.end_others(session, edge.actor(), clock.now())
    flash(_("All your other devices are signed out."))
    return edge.see_other(url_for("settings.page", _anchor="devices"))


def _preferences(actor: Actor) -> PreferencesForm:
    return PreferencesForm(
        called=actor.called,
        time_zone=actor.time_zone,
        language=actor.language,
        day_starts_at=actor.day_starts_at,
        week_starts_on=actor.week_starts_on.start,
    )


def _changing(weeks: Weeks) -> str | None:
    """Say from when a changed start of weeks holds, until it does."""
    short_week = weeks.changing_on(edge.today())
    if short_week is None:
        return None
    first, end = (formats.long_day(day) for day in short_week)
    return _(
        "The new weeks begin on %(end)s. The days from %(first)s until then are a short week.", first=first, end=end
    )


def _page(form: PreferencesForm, password: PasswordForm | None = None) -> str:
    return render_template(
        "settings/page.html",
        layout=identity.layout_of(edge.actor()),
        form=form,
        password=password or PasswordForm(),
        email=queries.email_of(edge.reading(), edge.actor().id),
        changing=_changing(edge.actor().week_starts_on),
        devices=devices.devices(edge.reading(), edge.actor().id, clock.now()),
        outbox=outbox.is_here(),
    )
