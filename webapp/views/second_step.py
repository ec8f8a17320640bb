"""The second step of signing in: a code of the app, a recovery code, a passkey; or setting one of them up."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import Form, StringField

from webapp import clock
from webapp.domain.throttle import CODE, NO_WAIT
from webapp.queries.second_factor import Owner
from webapp.services import recovery_codes, second_factor
from webapp.views import edge, identity, mailing, sign_in
from webapp.views.translate import N_, _, suggest
from webapp.views.tries import count, led_in, too_many, wait_words, watched

blueprint = Blueprint("second_step", __name__, url_prefix="/sign-in/second-step")


class CodeForm(Form):
    code = StringField(N_("The six digits in your app"))
    recovery = StringField(N_("A recovery code"))


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page(_owner(), CodeForm())


@blueprint.post("")
def answer() -> ResponseReturnValue:
    """Take a code; when it is right, the sign-in is whole."""
    owner, form, now = _owner(), CodeForm(request.form), clock.now()
    recovers = bool((form.recovery.data or "").strip())
    seen = watched("recovery code" if recovers else "code", str(owner.id))
    wait = count(seen, CODE)
    if wait > NO_WAIT:
        return too_many(_page(owner, CodeForm(), wait_words(wait)), wait)
    key, target = edge.config().secret_key, identity.half_target()
    with edge.writing() as session:
        if recovers:
            right = recovery_codes.use(session, owner.id, form.recovery.data or "", now)
        else:
            right = second_factor.use_code(session, key, owner.id, form.code.data or "", now)
        if right:
            led_in(session, seen)
            entry = sign_in.Entry(sign_in.complete(session), whole=True)
    if not right:
        said = form.recovery if recovers else form.code
        said.errors = [_recovery_words() if recovers else code_words()]
        return _page(owner, form), 422
    if recovers:
        mailing.changed(owner.email, mailing.Change.CODE_USED)
    return sign_in.go_on(entry, sign_in.local_address(target))


def code_words() -> str:
    """Say what to do about a code that does not fit."""
    return _("That is not the code of this moment. A code works once: wait for the next one in your app.")


def _recovery_words() -> str:
    return _("That is none of your codes that still work. Each one works once.")


def _owner() -> Owner:
    owner = identity.half() or abort(401)
    suggest(owner.language)
    return owner


def _page(owner: Owner, form: CodeForm, problem: str | None = None) -> str:
    name = "choose" if owner.sets_up else "code"
    return render_template(
        f"second_step/{name}.html",
        owner=owner,
        form=form,
        problem=problem,
        site=edge.site(),
        next=identity.half_target(),
    )
