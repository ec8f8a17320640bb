"""The first run: a few questions, one a screen. Each may be skipped, and what was said stands in Settings."""

from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, RadioField, SelectField, SelectMultipleField, StringField

from webapp import clock
from webapp.domain import first_run
from webapp.domain.first_run import Remindable, Screen
from webapp.domain.people import Role
from webapp.domain.sharing import Scope
from webapp.domain.today import Part
from webapp.queries import first_run as queries
from webapp.queries import people, reminders
from webapp.queries import settings as addresses
from webapp.queries.people import Member
from webapp.services import first_run as services
from webapp.services import settings
from webapp.services.first_run import Shared
from webapp.services.settings import Preferences
from webapp.views import edge, seen_by_supporters
from webapp.views.devices import device_name, turn_on_words
from webapp.views.forms import (
    PlainForm,
    SelectChoice,
    called_sentence,
    language_choices,
    trimmed,
    zone_choices,
    zone_sentence,
)
from webapp.views.grants import scope_words
from webapp.views.settings import hours
from webapp.views.translate import N_, _, offered

blueprint = Blueprint("welcome", __name__, url_prefix="/welcome")

PARTS = (
    (Part.MORNING, N_("In the morning")),
    (Part.AFTERNOON, N_("Around noon")),
    (Part.EVENING, N_("In the evening")),
)


class NameForm(PlainForm):
    called = StringField(N_("Name to be called"), filters=[trimmed])

    def sentences(self) -> dict[str, str]:
        said = called_sentence(self.called.data)
        return {"called": said} if said else {}


class LanguageForm(PlainForm):
    language = RadioField(N_("Language"), choices=language_choices)

    def sentences(self) -> dict[str, str]:
        return {"language": _("Choose one of the languages.")} if self.language.errors else {}


class DayForm(PlainForm):
    day_starts_at = SelectField(N_("My day starts at"), choices=hours, coerce=int)
    time_zone = SelectField(N_("Time zone"), choices=lambda: zone_choices(edge.actor().time_zone))

    def sentences(self) -> dict[str, str]:
        said = {
            "day_starts_at": self.day_starts_at.errors and _("Choose an hour from 0 to 23."),
            "time_zone": zone_sentence(self.time_zone.data),
        }
        return {name: str(sentence) for name, sentence in said.items() if sentence}


class RemindersForm(PlainForm):
    """None of them: no reminders."""

    parts = SelectMultipleField(choices=[SelectChoice(part.value) for part, _words in PARTS], validate_choice=False)

    def sentences(self) -> dict[str, str]:
        return {}

    def wanted(self) -> frozenset[Part]:
        return frozenset(part for part, _words in PARTS if part in (self.parts.data or ()))


class SharingForm(PlainForm):
    """What is ticked of what was `shown`: each a person's id and a scope, "7-plan"."""

    sees = SelectMultipleField(validate_choice=False)
    shown = SelectMultipleField(validate_choice=False)

    def sentences(self) -> dict[str, str]:
        return {}


FORMS: dict[Screen, type[PlainForm]] = {
    Screen.NAME: NameForm,
    Screen.LANGUAGE: LanguageForm,
    Screen.DAY: DayForm,
    Screen.REMINDERS: RemindersForm,
    Screen.SHARING: SharingForm,
}


@dataclass(frozen=True, slots=True)
class Sees:
    """One person of the circle on the last screen: what is shared with them now, and what they may be given here."""

    member: Member
    rows: tuple[tuple[str, str, str, bool], ...]
    """value, title, meaning, and whether it is shared"""


@blueprint.get("")
def page() -> ResponseReturnValue:
    """Go on where the person was, or home where nothing is left to ask."""
    return _to(first_run.resumed(_screens(), kept) if (kept := _kept()) else None)


@blueprint.get("/<screen>")
def ask(screen: str) -> ResponseReturnValue:
    at, screens = _named(screen), _screens()
    return _show(at, screens) if at in screens else edge.see_other(url_for("welcome.page"))


@blueprint.post("/<screen>")
def answer(screen: str) -> ResponseReturnValue:
    """Keep what was said, unless it is skipped, and go on."""
    at, screens = _named(screen), _screens()
    if at not in screens:
        return edge.see_other(url_for("welcome.page"))
    form = None if "skip" in request.form or at not in FORMS else FORMS[at](request.form)
    if form is not None and not form.is_well():
        return _show(at, screens, form), 422
    if form is not None:
        _keep(at, form)
        screens = _screens()  # what was said may lead to another question
    return _go_on(first_run.following(screens, at))


@blueprint.post("/end")
def end() -> ResponseReturnValue:
    """Leave out all the rest, for good."""
    return _go_on(None)


def _kept() -> Screen | None:
    kept = edge.actor().first_run
    return Screen(kept) if kept else None


def _named(name: str) -> Screen:
    return Screen(name) if name in set(Screen) else abort(404)


def _screens() -> tuple[Screen, ...]:
    """What this person is asked, and now: none once all is said, for pages of browsers and of yesterday outlive it."""
    if _kept() is None:
        return ()
    who, connection = edge.actor(), edge.reading()
    client = who.is_a(Role.CLIENT)
    return first_run.screens(
        client=client,
        languages=len(offered()),
        something_to_remind=bool(_steps()),
        reminded=bool(reminders.of_person(connection, who.id, clock.now())),
        circle=client and bool(_circle()),
    )


def _steps() -> tuple[Remindable, ...]:
    who, connection = edge.actor(), edge.reading()
    if who.is_a(Role.CLIENT):
        return queries.own_steps(connection, who.id, edge.today())
    return queries.promised(connection, who.id, clock.now())


def _go_on(screen: Screen | None) -> ResponseReturnValue:
    who, kept = edge.actor(), _kept()
    with edge.writing() as session:
        services.go_on(session, who.id, first_run.farther(kept, screen) if kept else None)
    if screen is None:
        flash(
            _("That is all. This is your day; anything more stands under Settings.")
            if who.is_a(Role.CLIENT)
            else _("That is all. What you promise stands here; anything more stands under Settings.")
        )
    return _to(screen)


def _to(screen: Screen | None) -> ResponseReturnValue:
    if screen is not None:
        return edge.see_other(url_for("welcome.ask", screen=screen))
    return edge.see_other(url_for("today.page" if edge.actor().is_a(Role.CLIENT) else "promises.page"))


def _keep(at: Screen, form: Any) -> None:
    who, now = edge.actor(), clock.now()
    if at is Screen.REMINDERS:
        steps = _steps()
        with edge.writing() as session:
            services.remind(session, who.id, steps, form.wanted(), now)
    elif at is Screen.SHARING:
        held = _held()
        offered = _offered(held)
        shown = {one for one in offered if _value(one) in (form.shown.data or ())}
        ticked = {one for one in offered if _value(one) in (form.sees.data or ())}
        with edge.writing() as session:
            services.share(session, who, (shown & held) - ticked, ticked - held, now)
    else:
        wanted = Preferences(**(_as_it_is() | {field.name: field.data for field in form}))
        with edge.writing() as session:
            settings.keep(session, who, wanted, now)


def _as_it_is() -> dict[str, Any]:
    who = edge.actor()
    return {
        "called": who.called,
        "time_zone": who.time_zone,
        "language": who.language,
        "day_starts_at": who.day_starts_at,
        "week_starts_on": who.week_starts_on.start,
    }


def _filled(at: Screen) -> Form | None:
    """The screen's form as things stand now; most of what it shows of sharing comes from elsewhere."""
    parts = {"parts": _parts_now()} if at is Screen.REMINDERS else {}
    return FORMS[at](data=_as_it_is() | parts) if at in FORMS else None


def _parts_now() -> list[Part]:
    """The parts of the day that were chosen before, for somebody who came back."""
    return list(services.parts_now(reminders.of_person(edge.reading(), edge.actor().id, clock.now())))


def _show(at: Screen, screens: tuple[Screen, ...], form: Form | None = None) -> str:
    who = edge.actor()
    before = first_run.preceding(screens, at)
    number, of = first_run.progress(screens, at)
    return render_template(
        "welcome/page.html",
        screen=at,
        form=form or _filled(at),
        first=form is None and (kept := _kept()) is not None and first_run.is_new(kept, at),
        number=number,
        of=of,
        back=url_for("welcome.ask", screen=before) if before else None,
        last=at is not Screen.REMINDERS and first_run.following(screens, at) is None,  # a yes is asked where
        client=who.is_a(Role.CLIENT),
        **_more(at),
    )


def _more(at: Screen) -> dict[str, Any]:
    """What some screens show besides their form."""
    who = edge.actor()
    if at is Screen.DAY:
        return {"now": clock.now().astimezone(who.zone).time()}
    if at is Screen.REMINDERS:
        return {"parts": PARTS}
    if at is Screen.DEVICE:
        standing = reminders.of_person(edge.reading(), who.id, clock.now())
        seen_by_supporters.remember([one.client_id for one in standing], "reminders")
        return {
            "standing": standing,
            "email": addresses.email_of(edge.reading(), who.id),
            "turn_on": turn_on_words(device_name(request.user_agent.string)),
        }
    return {"people": _people()} if at is Screen.SHARING else {}


def _circle() -> tuple[Member, ...]:
    """Who is in the client's circle, read once: whether to ask, and what, depend on it."""
    if "circle" not in g:
        g.circle = tuple(one for one in people.circle(edge.reading(), edge.actor().id) if one.confirmed)
    return cast(tuple[Member, ...], g.circle)


def _held() -> set[Shared]:
    """What is shared with whom now."""
    now = clock.now()
    given = people.grants(edge.reading(), edge.actor().id)
    return {
        (person_id, one.grant.scope) for person_id, grants in given.items() for one in grants if one.grant.holds(now)
    }


def _offered(held: set[Shared]) -> list[Shared]:
    """What stands on the screen: all that is shared, and the plan for those who are to draw it up."""
    return [
        (member.id, scope)
        for member in _circle()
        for scope in Scope
        if (member.id, scope) in held or (scope is Scope.PLAN and member.kind == "care_team")
    ]


def _people() -> list[Sees]:
    held = _held()
    offered = _offered(held)
    return [
        Sees(
            member,
            tuple(
                (_value(one), *scope_words(one[1], member.kind), one in held) for one in offered if one[0] == member.id
            ),
        )
        for member in _circle()
    ]


def _value(one: Shared) -> str:
    person_id, scope = one
    return f"{person_id}-{scope.value}"
