"""Privacy on one's own phone: leaving quickly, the lock, and the name that others may see."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, SelectField

from webapp import clock
from webapp.domain.pins import PinProblem
from webapp.domain.sign_ins import LOCKS_AFTER, is_fresh
from webapp.services import locks, settings
from webapp.views import edge, identity, names
from webapp.views.forms import PlainForm, SelectChoice
from webapp.views.lock import RIGHT, signed_out, try_pin, wrong_words
from webapp.views.translate import N_, _, in_language, ngettext

blueprint = Blueprint("privacy", __name__, url_prefix="/settings/privacy")


def _after() -> list[SelectChoice]:
    return [
        SelectChoice(str(minutes), ngettext("After %(num)d minute", "After %(num)d minutes", minutes))
        for minutes in LOCKS_AFTER
    ]


class LockForm(PlainForm):
    """A PIN, and after how long away it is asked. `present` is asked where there is one, but not after signing in."""

    present = PasswordField(N_("Current PIN"))
    pin = PasswordField(N_("PIN"))
    again = PasswordField(N_("The same PIN once more"))
    after = SelectField(N_("Ask for it"), choices=_after, coerce=int)

    def sentences(self) -> dict[str, str]:
        return {"after": _("Choose one of these.")} if self.after.errors else {}


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page(LockForm(after=edge.actor().lock_after or 5))


@blueprint.post("/lock")
def keep() -> ResponseReturnValue:
    """Turn the lock on, or change it. A PIN that is left empty stays as it is."""
    form, who = LockForm(request.form), edge.actor()
    if not form.is_well():
        return _page(form), 422
    if (ended := _present_pin(form)) is not None:
        return ended
    pin = form.pin.data or ""
    if pin != (form.again.data or ""):
        form.say("again", _("The two are not the same. Please type the PIN twice."))
        return _page(form), 422
    try:
        with edge.writing() as session:
            if pin or who.lock_after is None:
                locks.keep(session, who, edge.config().secret_key, pin, form.after.data)
            else:
                locks.change(session, who, form.after.data)
    except locks.WeakPin as weak:
        form.say("pin", _pin_words(weak.problem))
        return _page(form), 422
    flash(_("The lock is on. Cairn asks for the PIN after you were away."))
    return edge.see_other(url_for("privacy.page"))


@blueprint.post("/lock/remove")
def remove() -> ResponseReturnValue:
    form = LockForm(request.form, after=edge.actor().lock_after or 5)
    form.after.errors = []
    if (ended := _present_pin(form)) is not None:
        return ended
    with edge.writing() as session:
        locks.remove(session, edge.actor())
    flash(_("The lock is off."))
    return edge.see_other(url_for("privacy.page"))


@blueprint.post("/name")
def name() -> ResponseReturnValue:
    """Choose by which name Cairn goes."""
    with edge.writing() as session:
        settings.go_by(session, edge.actor(), neutral=request.form.get("name") == names.NOTES)
    with in_language(edge.actor().language):
        flash(_("Saved."))
    return edge.see_other(url_for("privacy.page"))


def asks_present() -> bool:
    """Whether the current PIN is needed: there is one, and its owner did not sign in just now."""
    who = edge.actor()
    return who.lock_after is not None and not (who.use and is_fresh(who.use, clock.now()))


def _present_pin(form: LockForm) -> ResponseReturnValue | None:
    """Answer a current PIN that is needed and not right; None when all is well."""
    if not asks_present():
        return None
    left = try_pin(edge.actor(), form.present.data or "")
    if left == RIGHT:
        return None
    if not left:
        return signed_out(None)
    form.say("present", wrong_words(left))
    return _page(form), 422


def _pin_words(problem: PinProblem) -> str:
    return {
        PinProblem.NOT_DIGITS: _("Please use 4 to 8 digits, and nothing else."),
        PinProblem.EASY: _("This is one of the first that people try. Please choose another."),
    }[problem]


def _page(form: LockForm) -> str:
    return render_template(
        "privacy/page.html",
        layout=identity.layout_of(edge.actor()),
        form=form,
        asks_present=asks_present(),
        other_name=names.neutral_name(),
    )
