"""How one signs in: passkeys, an app for codes, recovery codes. Also for staff half way in, who have none yet."""

from typing import TYPE_CHECKING

import segno
from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, StringField

from webapp import clock
from webapp.domain.second_factor import MANY
from webapp.domain.throttle import CODE, NO_WAIT
from webapp.queries import second_factor as queries
from webapp.services import recovery_codes, second_factor
from webapp.services.second_factor import LastOne, OfferOver, WrongCode
from webapp.views import edge, identity, mailing, sign_in
from webapp.views.second_step import code_words
from webapp.views.translate import N_, _, suggest
from webapp.views.tries import count, led_in, too_many, wait_words, watched

if TYPE_CHECKING:
    from webapp.views.passkeys import NameForm

blueprint = Blueprint("second_factor", __name__, url_prefix="/settings/sign-in")


class AppForm(Form):
    code = StringField(N_("The six digits it shows now"))


@blueprint.get("")
def page() -> ResponseReturnValue:
    return overview()


@blueprint.get("/app")
def app() -> ResponseReturnValue:
    """Show a secret that is kept nowhere yet; it travels in the form, sealed."""
    return _app(_offer())


@blueprint.post("/app")
def set_up() -> ResponseReturnValue:
    """Keep the secret once its code is right. Whoever had nothing but a password gets recovery codes with it."""
    owner, form, now = identity.owner(), AppForm(request.form), clock.now()
    offered, seen = request.form.get("offered", ""), watched("setting up", str(owner.id))
    wait = count(seen, CODE)
    if wait > NO_WAIT:
        return too_many(_app(_offer(), problem=wait_words(wait)), wait)
    try:
        with edge.writing() as session:
            second_factor.set_up(session, edge.config().secret_key, owner.id, offered, form.code.data or "", now)
            led_in(session, seen)
            codes = recovery_codes.first(session, owner.id, now)
            token = sign_in.complete(session) if identity.half() else None
    except OfferOver:
        return _app(_offer(), problem=_("That took a while. Here is a new picture: read this one with your app.")), 422
    except WrongCode:
        form.code.errors = [code_words()]
        return _app(offered, form), 422
    mailing.changed(owner.email, mailing.Change.APP_ADDED)
    return done(token, codes, _("From now on you are asked for a code of your app after your password."))


@blueprint.post("/app/remove")
def remove() -> ResponseReturnValue:
    owner = identity.owner()
    try:
        with edge.writing() as session:
            second_factor.remove(session, owner.id, owner.roles)
    except LastOne:
        return overview(problem=last_one_words()), 422
    mailing.changed(owner.email, mailing.Change.APP_REMOVED)
    flash(_("You are asked for no codes any more."))
    return edge.see_other(url_for("second_factor.page"))


@blueprint.post("/codes")
def renew() -> ResponseReturnValue:
    """Make new recovery codes; the old ones end."""
    owner = identity.owner()
    with edge.writing() as session:
        codes = recovery_codes.renew(session, owner.id, clock.now())
    mailing.changed(owner.email, mailing.Change.CODES_NEW)
    return _codes(codes)


def done(token: str | None, codes: tuple[str, ...], said: str) -> ResponseReturnValue:
    """Answer after something was set up: with the recovery codes if there are new ones, this once."""
    target = sign_in.local_address(identity.half_target())
    if token is not None:
        identity.enter(token, sign_in.on_borrowed())
    home = (target or url_for(identity.home_of(edge.actor()))) if token else url_for("second_factor.page")
    if codes:
        return _codes(codes, home, said)
    flash(said)
    return edge.see_other(home)


def overview(problem: str | None = None, renaming: int | None = None, name: "NameForm | None" = None) -> str:
    """Render the page on which one sees all ways one signs in."""
    owner = queries.owner(edge.reading(), edge.actor().id)
    return render_template(
        "second_factor/page.html",
        layout=layout(),
        owner=owner,
        keys=queries.keys(edge.reading(), owner.id),
        many=MANY,
        problem=problem,
        renaming=renaming,
        name=name,
        site=edge.site(),
    )


def last_one_words() -> str:
    """Say why the last second factor of staff stays."""
    return _("Your work with clients needs a second step, and this is the only one you have. Add another one first.")


def layout() -> str:
    """Name the layout of a page that people half way in may see as well."""
    half = identity.half()
    if half is None:
        return identity.layout_of(edge.actor())
    suggest(half.language)
    return "layouts/plain.html"


def _offer() -> str:
    return second_factor.offer(edge.config().secret_key, identity.owner().id, clock.now())


def _app(offered: str, form: AppForm | None = None, problem: str | None = None) -> str:
    owner = identity.owner()
    secret = second_factor.offered_secret(edge.config().secret_key, owner.id, offered, clock.now())
    address = second_factor.address_of(secret, owner.email)
    code = segno.make(address, error="m", micro=False)
    return render_template(
        "second_factor/app.html",
        layout=layout(),
        half=identity.half(),
        form=form or AppForm(),
        offered=offered,
        address=address,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        # Dark on white with a margin, in dark mode too: that is what cameras read.
        qr=code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"),
        problem=problem,
    )


def _codes(codes: tuple[str, ...], onward: str | None = None, said: str | None = None) -> str:
    return render_template(
        "second_factor/codes.html",
        layout=identity.layout_of(edge.actor()),
        codes=codes,
        onward=onward or url_for("second_factor.page"),
        said=said,
    )
