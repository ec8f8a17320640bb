"""Passkeys: sign in with one, add one, name it, take it away. The browser's half is static/js/passkeys.js."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from webapp import clock
from webapp.domain.throttle import ACCOUNT, NO_WAIT
from webapp.services import passkeys, recovery_codes
from webapp.services.passkeys import LONGEST_NAME, NotAccepted, Site, TooMany
from webapp.services.second_factor import LastOne
from webapp.views import challenges, edge, identity, mailing, second_factor, sign_in
from webapp.views.devices import device_name
from webapp.views.forms import PlainForm, trimmed
from webapp.views.translate import N_, _
from webapp.views.tries import count, led_in, too_many, wait_words, watched

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("passkeys", __name__)


class NameForm(PlainForm):
    name = StringField(N_("Name"), filters=[trimmed])

    def sentences(self) -> dict[str, str]:
        fits = 0 < len(self.name.data or "") <= LONGEST_NAME
        return {} if fits else {"name": _("Write a name for it, up to 60 letters.")}


@blueprint.post("/sign-in/passkey/options")
def ask() -> ResponseReturnValue:
    """Say what any passkey of this site is to sign. The same for everybody: it tells nothing of any account."""
    return _json(passkeys.ask(_site(), challenges.new(challenges.TO_SIGN_IN)))


@blueprint.post("/sign-in/passkey")
def enter() -> ResponseReturnValue:
    """Sign in with what a passkey signed. That is two things at once: what one has, and how one unlocks it."""
    target, seen = request.form.get("next"), watched("passkey")
    wait = count(seen, ACCOUNT)
    if wait > NO_WAIT:
        return too_many(sign_in.start(target, wait_words(wait)), wait)
    try:
        with edge.writing() as session:
            person_id = check(session)
            led_in(session, seen)
            entry = sign_in.Entry(sign_in.begin(session, person_id, both=True), whole=True)
    except NotAccepted:
        return sign_in.start(target, not_accepted_words()), 422
    return sign_in.go_on(entry, sign_in.local_address(target))


@blueprint.get("/settings/passkeys/new")
def new() -> ResponseReturnValue:
    return _new()


@blueprint.post("/settings/passkeys/options")
def offer() -> ResponseReturnValue:
    """Say what a new passkey is to be made of."""
    owner = identity.owner()
    return offered(owner.id, owner.email, owner.called)


@blueprint.post("/settings/passkeys/new")
def add() -> ResponseReturnValue:
    """Keep a new passkey. Whoever had nothing but a password gets recovery codes with it."""
    owner, now = identity.owner(), clock.now()
    try:
        with edge.writing() as session:
            keep(session, owner.id)
            codes = recovery_codes.first(session, owner.id, now)
            token = sign_in.complete(session) if identity.half() else None
    except NotAccepted:
        return _new(not_accepted_words()), 422
    except TooMany:
        return _new(_("You have twenty passkeys already. Remove one that you don't use any more first.")), 422
    mailing.changed(owner.email, mailing.Change.PASSKEY_ADDED)
    return second_factor.done(token, codes, _("You can sign in with this passkey from now on."))


@blueprint.post("/settings/passkeys/<int:passkey_id>/name")
def rename(passkey_id: int) -> ResponseReturnValue:
    form = NameForm(request.form)
    if not form.is_well():
        return second_factor.overview(renaming=passkey_id, name=form), 422
    with edge.writing() as session:
        passkeys.rename(session, edge.actor().id, passkey_id, str(form.name.data))
    flash(_("Saved."))
    return edge.see_other(url_for("second_factor.page"))


@blueprint.post("/settings/passkeys/<int:passkey_id>/remove")
def remove(passkey_id: int) -> ResponseReturnValue:
    owner = identity.owner()
    try:
        with edge.writing() as session:
            passkeys.remove(session, owner.id, passkey_id, owner.roles)
    except LastOne:
        return second_factor.overview(problem=second_factor.last_one_words()), 422
    mailing.changed(owner.email, mailing.Change.PASSKEY_REMOVED)
    flash(_("The passkey is removed. It opens nothing here any more."))
    return edge.see_other(url_for("second_factor.page"))


def offered(person_id: int, email: str, called: str) -> Response:
    """Say, as JSON for the browser, what a new passkey of this person's is to be made of."""
    site, challenge = _site(), challenges.new(challenges.to_add(person_id))
    with edge.writing() as session:
        options = passkeys.offer(session, site, person_id, email, called, challenge)
    return _json(options)


def keep(session: "Session", person_id: int) -> None:
    """Keep the new passkey that the form brings as this person's. Raises NotAccepted, TooMany."""
    challenge, site = challenges.take(challenges.to_add(person_id)), edge.site()
    if challenge is None or site is None:
        raise NotAccepted
    name = device_name(request.user_agent.string) or _("A passkey")
    passkeys.add(session, site, person_id, challenge, request.form.get("credential", ""), name, clock.now())


def check(session: "Session") -> int:
    """Check what a passkey signed, from the form, and return whose it is. Raises NotAccepted."""
    challenge, site = challenges.take(challenges.TO_SIGN_IN), edge.site()
    if challenge is None or site is None:
        raise NotAccepted
    return passkeys.use(session, site, challenge, request.form.get("credential", ""), clock.now())


def not_accepted_words() -> str:
    """Say what to do when a passkey's answer does not count."""
    return _("That did not work: this passkey is not known here, or too much time went by. Try again, or another way.")


def _site() -> Site:
    return edge.site() or abort(404)


def _json(options: str) -> Response:
    return Response(options, mimetype="application/json")


def _new(problem: str | None = None) -> str:
    return render_template(
        "passkeys/new.html", layout=second_factor.layout(), half=identity.half(), problem=problem, site=edge.site()
    )
