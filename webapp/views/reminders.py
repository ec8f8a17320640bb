"""Reminders, one calm page: one's times, where they come, when to be left alone, and what was delivered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectField, StringField

from webapp import clock
from webapp.domain.deliveries import Channel, MailUse, Way, first_ways
from webapp.domain.people import Role
from webapp.domain.sharing import Scope
from webapp.queries import access, deliveries
from webapp.queries import reminders as queries
from webapp.queries import today as bad_days
from webapp.queries.endpoints import GONE
from webapp.queries.reminders import Address, Reach
from webapp.services import quiet_hours, reminder_wishes
from webapp.views import edge, identity, seen_by_supporters
from webapp.views.delivery_words import entries, off_words
from webapp.views.devices import device_name, turn_on_words
from webapp.views.forms import PlainForm, SelectChoice, trimmed
from webapp.views.phrases import clock_words
from webapp.views.reminder_times import time_of
from webapp.views.translate import N_, _, ngettext

blueprint = Blueprint("reminders", __name__, url_prefix="/reminders")

OFF = "off"
LATELY = timedelta(days=30)
AFTER = (("30", N_("30 minutes")), ("60", N_("1 hour")), ("90", N_("1½ hours")))


def _choices(*more: tuple[str, Any]) -> Callable[[], list[SelectChoice]]:
    return lambda: [SelectChoice(value, str(words)) for value, words in (*more, *AFTER)]


class QuietForm(PlainForm):
    """From when until when no reminder is wanted, both or neither; and whether one that is not answered comes again."""

    quiet_from = StringField(N_("Quiet from"), filters=[trimmed])
    quiet_to = StringField(N_("until"), filters=[trimmed])
    follow_up = SelectField(N_("If I don't answer, remind me once more"), choices=_choices((OFF, N_("No"))))

    def sentences(self) -> dict[str, str]:
        pair = (self.quiet_from, self.quiet_to)
        said = {
            field.name: _("Write a time of day, such as 22:00.")
            for field in pair
            if field.data and time_of(field.data) is None
        }
        empty = [field for field in pair if not field.data]
        if len(empty) == 1 and not said:
            said[empty[0].name] = _("Say both times, or leave both empty to have no quiet hours.")
        if self.follow_up.errors:
            said[self.follow_up.name] = _("Choose one of the times, or no.")
        return said

    def after(self) -> int | None:
        return None if self.follow_up.data == OFF else int(self.follow_up.data)


class MailForm(PlainForm):
    """When a reminder comes by mail to somebody whose phone is told of it."""

    mail_use = RadioField(
        N_("Also by mail"),
        choices=[
            SelectChoice(MailUse.ALWAYS.value, N_("Every time")),
            SelectChoice(MailUse.UNREACHED.value, N_("Only when my phone could not be reached")),
            SelectChoice(MailUse.UNANSWERED.value, N_("When I have not answered there for some time")),
            SelectChoice(MailUse.NEVER.value, N_("Never")),
        ],
    )
    mail_after = SelectField(N_("How long to wait for an answer"), choices=_choices())

    def sentences(self) -> dict[str, str]:
        said = {}
        if self.mail_use.errors or not self.mail_use.data:
            said[self.mail_use.name] = _("Choose when a mail should come.")
        if self.mail_after.errors:
            said[self.mail_after.name] = _("Choose one of the times.")
        return said


@blueprint.app_context_processor
def parts() -> dict[str, Any]:
    """Give the settings page its part, and the templates their words."""
    return {"reminder_reach": reminder_reach, "off_words": off_words}


def reminder_reach() -> list[str] | None:
    """Say for the settings page where the actor is reached, and when not; None for people who are never reminded."""
    if not _is_reminded():
        return None
    reach = queries.reach(edge.reading(), edge.actor().id)
    quiet = _("no quiet hours")
    if reach.quiet:
        hours = {"start": clock_words(reach.quiet.start), "end": clock_words(reach.quiet.end)}
        quiet = _("quiet from %(start)s to %(end)s", **hours)
    return [*(_used(reach) or [_("nowhere yet")]), quiet]


def _used(reach: Reach) -> list[str]:
    """Name what reminders go to first."""
    used = [way.channel for way in _first(reach) if way.on]
    devices = used.count(Channel.PUSH)
    words = [ngettext("%(num)d device", "%(num)d devices", devices)] if devices else []
    words += [_("ntfy app")] if Channel.NTFY in used else []
    return words + ([_("by mail")] if Channel.EMAIL in used else [])


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page()


@blueprint.post("/settings")
def settings() -> ResponseReturnValue:
    """Keep the quiet hours, and whether a reminder that is not answered comes once more."""
    form = QuietForm(request.form)
    if not form.is_well():
        return _page(quiet=form), 422
    who = edge.actor()
    with edge.writing() as session:
        quiet_hours.keep(session, who.id, time_of(form.quiet_from.data), time_of(form.quiet_to.data), clock.now())
        reminder_wishes.follow_up(session, who.id, form.after())
    flash(_("Your quiet hours are kept.") if form.quiet_from.data else _("Kept. You have no quiet hours."))
    return edge.see_other(url_for("reminders.page", _anchor="quiet"))


@blueprint.post("/mail")
def mail() -> ResponseReturnValue:
    """Keep when a reminder comes by mail."""
    form = MailForm(request.form)
    if not form.is_well():
        return _page(mail=form), 422
    with edge.writing() as session:
        reminder_wishes.use_mail(session, edge.actor().id, MailUse(form.mail_use.data), int(form.mail_after.data))
    flash(_("Kept."))
    return edge.see_other(url_for("reminders.page", _anchor="where"))


def _page(quiet: QuietForm | None = None, mail: MailForm | None = None) -> str:
    who, now = edge.actor(), clock.now()
    reach = queries.reach(edge.reading(), who.id)
    client = who.is_a(Role.CLIENT)
    standing, told = queries.of_person(edge.reading(), who.id, now), deliveries.ledger(edge.reading(), who.id, now)
    shown = [(one.client_id, one.words) for one in standing] + [(one.client_id, one.words) for one in told]
    seen_by_supporters.remember([client_id for client_id, words in shown if client_id and words], "reminders")
    return render_template(
        "reminders/page.html",
        layout=identity.layout_of(who),
        standing=standing,
        by_law=who.is_a(Role.SUPPORTER) and _is_private(who.id, now),
        reminded=_is_reminded(),
        bad_day=bad_days.is_bad(edge.reading(), who.id, edge.today()) if client else None,
        devices=[one for one in reach.endpoints if one.channel == Channel.PUSH and one.off_at is None],
        gone=_gone(reach, now - LATELY),
        mails=[one for one in reach.endpoints if one.channel == Channel.EMAIL],
        ntfy=next((one for one in reach.endpoints if one.channel == Channel.NTFY and one.off_at is None), None),
        ntfy_url=edge.config().ntfy_url,
        silent=_is_silent(reach),
        turn_on=turn_on_words(device_name(request.user_agent.string)),
        quiet=quiet or _quiet(reach),
        mail=mail or MailForm(data={"mail_use": reach.mail_use, "mail_after": _near(reach.mail_after)}),
        entries=entries(told),
    )


def _is_private(supporter_id: int, now: datetime) -> bool:
    """Whether a client shares with them what is about substance use, so that it may be on this page."""
    clients = access.supported_clients(edge.reading(), supporter_id, now)
    return any(client.rights.sees(Scope.SUBSTANCE_USE) for client in clients)


def _is_reminded() -> bool:
    return any(edge.actor().is_a(role) for role in (Role.CLIENT, Role.SUPPORTER))


def _quiet(reach: Reach) -> QuietForm:
    given = {"follow_up": OFF if reach.follow_up_after is None else _near(reach.follow_up_after)}
    if reach.quiet:
        given |= {"quiet_from": f"{reach.quiet.start:%H:%M}", "quiet_to": f"{reach.quiet.end:%H:%M}"}
    return QuietForm(data=given)


def _near(minutes: int) -> str:
    """Give the choice that is nearest to what is kept."""
    return min((value for value, _words in AFTER), key=lambda value: abs(int(value) - minutes))


def _gone(reach: Reach, since: datetime) -> list[Address]:
    """Devices that stopped taking messages lately and were not turned on again."""
    on = {one.device for one in reach.endpoints if one.off_at is None}
    lost = [one for one in reach.endpoints if one.off_because == GONE and one.device not in on]
    return list({one.device: one for one in lost if one.off_at and one.off_at > since}.values())


def _is_silent(reach: Reach) -> bool:
    """Whether nothing reaches the person anywhere."""
    return not any(way.on for way in _first(reach))


def _first(reach: Reach) -> list[Way]:
    return first_ways([Way(one.id, one.channel, one.off_at is None) for one in reach.endpoints], reach.mail_use)
