"""Sign in with a password or a mailed link; sign out here or everywhere.

Nothing here tells whether an address has an account: same words, same status, and about the same time.
"""

import math
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Form, PasswordField, StringField

from webapp import clock
from webapp.domain.passwords import Problem
from webapp.domain.throttle import ACCOUNT, ADDRESS, MAILED_TO, NO_WAIT, Rule
from webapp.queries import sign_ins as queries
from webapp.services import passwords, settings, sign_in_links, sign_ins, throttles
from webapp.services.tokens import keyed_hash, token_hash
from webapp.views import edge, identity, mailing
from webapp.views.devices import device_name
from webapp.views.translate import N_, _, in_language, ngettext, suggest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("sign_in", __name__)

LONGEST_ADDRESS = 2000
"""Letters of an address to go to; proxies answer with an error where a header is much longer."""


class SignInForm(Form):
    email = StringField(N_("E-mail"), filters=[lambda text: (text or "").strip()[:254]])
    password = PasswordField(N_("Password"))


class NewPasswordForm(Form):
    password = PasswordField(N_("Your new password"))


class Watched(NamedTuple):
    """Keys of the throttle for this try."""

    account: str
    address: str

    def rules(self, account: Rule) -> dict[str, Rule]:
        return {self.account: account, self.address: ADDRESS}


@blueprint.get("/sign-in")
def page() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return edge.see_other(local_address(request.args.get("next")) or _home())
    return _page(SignInForm(), request.args.get("next"))


@blueprint.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    form, target = SignInForm(request.form), request.form.get("next")
    watched = _watched("sign-in", form.email.data or "")
    with edge.writing() as session:
        wait = throttles.try_once(session, watched.rules(ACCOUNT), clock.now())
    if wait > NO_WAIT:
        return _wait(_page(form, target, problem=wait_words(wait)), wait)
    account = queries.account(edge.reading(), passwords.email_key(form.email.data or ""))
    typed = form.password.data or ""
    edge.stop_reading()  # checking takes long; nobody needs to wait for this connection
    if not passwords.matches(account.password_hash if account else None, typed) or account is None:
        words = _("That e-mail and password don't belong together. Your e-mail is still here; try the password again.")
        return _page(form, target, problem=words), 422
    with edge.writing() as session:
        throttles.forget(session, watched.account)
        throttles.give_back(session, {watched.address: ADDRESS}, clock.now())
        sign_ins.refresh_hash(session, account.id, typed)
        token = begin(session, account.id)
    identity.enter(token, on_borrowed())
    return edge.see_other(local_address(target) or _home())


@blueprint.post("/sign-out")
def out() -> ResponseReturnValue:
    with edge.writing() as session:
        sign_ins.end(session, edge.actor(), clock.now())
    identity.leave()
    return edge.see_other(url_for("sign_in.page"))


@blueprint.post("/sign-out-everywhere")
def out_everywhere() -> ResponseReturnValue:
    with edge.writing() as session:
        sign_ins.end_everywhere(session, edge.actor().id, clock.now())
    identity.leave()
    return edge.see_other(url_for("sign_in.page"))


@blueprint.route("/sign-in/link", methods=["GET", "POST"])
def ask_link() -> ResponseReturnValue:
    """Mail a link, if there is an account; the answer is the same if there is none."""
    form, target = SignInForm(request.form), local_address(request.values.get("next"))
    if request.method == "GET":
        return _link_page(form, target)
    email = (form.email.data or "").strip()
    if "@" not in email:
        words = _("Write the e-mail address you were invited at, such as mary@example.org.")
        return _link_page(form, target, words), 422
    watched = _watched("link", email)
    with edge.writing() as session:
        wait = throttles.try_once(session, watched.rules(MAILED_TO), clock.now())
        token = None if wait > NO_WAIT else sign_in_links.ask(session, email, clock.now())
    if wait > NO_WAIT:
        return _wait(_link_page(form, target, wait_words(wait)), wait)
    if token:
        _mail_link(email, token, target)
    return _link_page(form, target, asked=True)


@blueprint.route("/sign-in/link/<token>", methods=["GET", "POST"])
def link(token: str) -> ResponseReturnValue:
    """Show a button; only pressing it uses the link up. Accounts with a password choose a new one with it."""
    found = queries.link(edge.reading(), token_hash(token), clock.now())
    if found is None:
        return render_template("sign_in/link_over.html"), 410
    suggest(found.language)
    form = NewPasswordForm(request.form)
    if request.method == "GET":
        return render_template("sign_in/link.html", link=found, form=form)
    try:
        with edge.writing() as session:
            person_id = sign_in_links.use(session, token, clock.now())
            if found.chooses_password:
                settings.choose_password(session, person_id, form.password.data or "", clock.now())
            sign_in_token = begin(session, person_id)
    except passwords.WeakPassword as weak:
        form.password.errors = [password_words(weak.problem)]
        return render_template("sign_in/link.html", link=found, form=form), 422
    except sign_in_links.NoLongerGood:
        return render_template("sign_in/link_over.html"), 410
    identity.enter(sign_in_token, on_borrowed())
    return edge.see_other(local_address(request.args.get("next")) or _home())


def _mail_link(email: str, token: str, target: str | None) -> None:
    """Mail a link, in the language of whoever it lets in."""
    found = queries.link(edge.reading(), token_hash(token), clock.now())
    with in_language(found.language if found else "en"):
        mailing.sign_in_link(email, edge.config().origin + url_for("sign_in.link", token=token, next=target))


def begin(session: "Session", person_id: int) -> str:
    """Start a session on this device, ending the one the browser was in."""
    device = device_name(request.user_agent.string)
    if current_user.is_authenticated:
        return sign_ins.begin_anew(session, edge.actor(), person_id, device, clock.now(), on_borrowed())
    if before := identity.last_token():
        return sign_ins.begin_after(session, before, person_id, device, clock.now(), on_borrowed())
    return sign_ins.begin(session, person_id, device, clock.now(), on_borrowed())


def on_borrowed() -> bool:
    """Whether the form says that the phone is borrowed, or who was signed in here before did; ask before `enter`."""
    return "borrowed" in request.form or identity.borrowed()


def local_address(target: str | None) -> str | None:
    """Return the address to go to after signing in if it lies on this site, else None.

    Browsers take a backslash for a slash and leave control characters out, so neither may be in it.
    """
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return None
    if len(target) > LONGEST_ADDRESS:
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc or target.startswith("//") else target


def password_words(problem: Problem) -> str:
    """Say what to do about a password that is not good enough."""
    return {
        Problem.TOO_SHORT: _("Please use at least 15 characters. A short sentence works well."),
        Problem.TOO_LONG: _("Please use at most 1,000 characters."),
        Problem.COMMON: _("Many people use this one, so it is among the first to be guessed. Please choose another."),
        Problem.REPEATED: _("The same few characters repeat. Please choose something less regular."),
        Problem.ABOUT_YOU: _("This is mostly your name, your e-mail or Cairn's name. Please choose something else."),
    }[problem]


def wait_words(wait: timedelta) -> str:
    """Say how long to wait, in seconds or whole minutes."""
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        return ngettext(
            "There were many tries. Please wait %(num)d second, then try again.",
            "There were many tries. Please wait %(num)d seconds, then try again.",
            seconds,
        )
    return ngettext(
        "There were many tries. Please wait %(num)d minute, then try again.",
        "There were many tries. Please wait %(num)d minutes, then try again.",
        math.ceil(seconds / 60),
    )


def _page(form: SignInForm, target: str | None, problem: str | None = None) -> str:
    return render_template("sign_in/page.html", form=form, next=local_address(target), problem=problem)


def _link_page(form: SignInForm, target: str | None, problem: str | None = None, asked: bool = False) -> str:
    return render_template("sign_in/ask_link.html", form=form, next=target, problem=problem, asked=asked)


def _wait(page: str, wait: timedelta) -> ResponseReturnValue:
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


def _home() -> str:
    return url_for(identity.home_of(edge.actor()))


def _watched(kind: str, email: str) -> Watched:
    secret = edge.config().secret_key
    return Watched(
        keyed_hash(secret, f"{kind} account", passwords.email_key(email)),
        keyed_hash(secret, f"{kind} address", _network(request.remote_addr or "")),
    )


def _network(address: str) -> str:
    """An IPv6 household has a whole /64 to try from; it counts as one address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
