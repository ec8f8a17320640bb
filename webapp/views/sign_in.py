"""Sign in with a password or a mailed link; sign out here or everywhere.

Nothing here tells whether an address has an account: same words, same status, and about the same time.
"""

from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Form, PasswordField, StringField

from webapp import clock
from webapp.domain.passwords import Problem
from webapp.domain.people import Actor
from webapp.domain.second_factor import is_compulsory, is_proved
from webapp.domain.throttle import ACCOUNT, MAILED_TO, NO_WAIT
from webapp.queries import second_factor
from webapp.queries import sign_ins as queries
from webapp.services import half_sign_ins, passwords, settings, sign_in_links, sign_ins, throttles
from webapp.services.tokens import new_token, token_hash
from webapp.views import edge, identity, mailing
from webapp.views.devices import device_name
from webapp.views.translate import N_, _, in_language, suggest
from webapp.views.tries import count, led_in, too_many, wait_words, watched

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


class Entry(NamedTuple):
    """A sign-in that has begun: the token for its cookie, and whether it is whole or waits for a second thing."""

    token: str
    whole: bool


@blueprint.get("/sign-in")
def page() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return edge.see_other(local_address(request.args.get("next")) or _home())
    return start(request.args.get("next"))


@blueprint.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    form, target = SignInForm(request.form), request.form.get("next")
    seen = watched("sign-in", passwords.email_key(form.email.data or ""))
    wait = count(seen, ACCOUNT)
    if wait > NO_WAIT:
        return too_many(start(target, wait_words(wait), form), wait)
    account = queries.account(edge.reading(), passwords.email_key(form.email.data or ""))
    typed = form.password.data or ""
    edge.stop_reading()  # checking takes long; nobody needs to wait for this connection
    if not passwords.matches(account.password_hash if account else None, typed) or account is None:
        return _not_together(target, form)
    try:
        with edge.writing() as session:
            sign_ins.still_right(session, account.id, account.password_hash, typed)
            led_in(session, seen)
            entry = let_in(session, account.id)
    except sign_ins.Overtaken:
        return _not_together(target, form)
    return go_on(entry, local_address(target))


@blueprint.post("/sign-out")
def out() -> ResponseReturnValue:
    with edge.writing() as session:
        sign_ins.end(session, _here(), clock.now())
    identity.leave()
    return edge.see_other(url_for("sign_in.page"))


@blueprint.post("/sign-out-everywhere")
def out_everywhere() -> ResponseReturnValue:
    with edge.writing() as session:
        sign_ins.end_everywhere(session, _here().id, clock.now())
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
    seen = watched("link", passwords.email_key(email))
    with edge.writing() as session:
        wait = throttles.try_once(session, seen.rules(MAILED_TO), clock.now())
        token = None if wait > NO_WAIT else sign_in_links.ask(session, email, clock.now())
    if wait > NO_WAIT:
        return too_many(_link_page(form, target, wait_words(wait)), wait)
    _mail_link(email, token, target)
    return _link_page(form, target, asked=True)


@blueprint.route("/sign-in/link/<token>", methods=["GET", "POST"])
def link(token: str) -> ResponseReturnValue:
    """Show a button; only pressing it uses the link up. Accounts with a password choose a new one with it.

    Where a second thing is asked for, it is shown first, and the link is used up afterwards: a mailbox alone neither
    changes a password nor signs anybody out.
    """
    found = queries.link(edge.reading(), token_hash(token), clock.now())
    if found is None:
        return render_template("sign_in/link_over.html"), 410
    suggest(found.language)
    form, target = NewPasswordForm(request.form), local_address(request.args.get("next"))
    both = found.chooses_password and second_factor.owner(edge.reading(), found.person_id).is_asked
    first = both and not _has_shown_both(found.person_id)
    if request.method == "GET":
        return render_template("sign_in/link.html", link=found, form=form, first=first)
    if first:
        with edge.writing() as session:
            entry = let_in(session, found.person_id)
        return go_on(entry, url_for("sign_in.link", token=token, next=target))
    try:
        with edge.writing() as session:
            person_id = sign_in_links.use(session, token, clock.now())
            if found.chooses_password:
                settings.choose_password(session, person_id, form.password.data or "", clock.now())
            entry = _anew(session, person_id) if both else let_in(session, person_id)
    except passwords.WeakPassword as weak:
        form.password.errors = [password_words(weak.problem)]
        return render_template("sign_in/link.html", link=found, form=form), 422
    except sign_in_links.NoLongerGood:
        return render_template("sign_in/link_over.html"), 410
    if found.chooses_password:
        mailing.changed(found.email, mailing.Change.PASSWORD)
    return go_on(entry, target)


def _has_shown_both(person_id: int) -> bool:
    """Tell whether it is they who are signed in here, and showed lately what that takes."""
    return is_here(person_id) and is_proved(edge.actor().proved_at, clock.now())


def _mail_link(email: str, token: str | None, target: str | None) -> None:
    """Mail a link, in the language of whoever it lets in. Nobody's link is written as well, and mailed to nobody."""
    written = token or new_token()
    found = queries.link(edge.reading(), token_hash(written), clock.now())
    with in_language(found.language if found else "en"):
        link = edge.config().origin + url_for("sign_in.link", token=written, next=target)
        mailing.sign_in_link(email if token else None, link)


def let_in(session: "Session", person_id: int) -> Entry:
    """Sign in somebody who has shown one thing; where a second is asked of them, only note that they are half way."""
    if not second_factor.owner(session.connection(), person_id).is_asked:
        return Entry(begin(session, person_id), whole=True)
    if (who := identity.here()) is not None:
        sign_ins.end(session, who, clock.now())
    return Entry(half_sign_ins.begin(session, person_id, clock.now()), whole=False)


def stay_in(session: "Session", person_id: int) -> Entry:
    """Let in whoever accepted an invitation. Who was signed in stays so, for no longer, and has proved nothing anew.

    Care team and admin showed two things for the sign-in they came by; nobody else is asked for less than by `let_in`.
    """
    if not is_here(person_id):
        return let_in(session, person_id)
    entry = _anew(session, person_id) if is_compulsory(edge.actor().roles) else let_in(session, person_id)
    if entry.whole:
        sign_ins.carry_over(session, edge.actor(), entry.token)
    return entry


def _anew(session: "Session", person_id: int) -> Entry:
    """Sign in anew whoever is signed in here and did all that takes, care team and admin by two things."""
    return Entry(begin(session, person_id, both=is_compulsory(edge.actor().roles)), whole=True)


def is_here(person_id: int) -> bool:
    """Tell whether it is they who are signed in here."""
    return current_user.is_authenticated and edge.actor().id == person_id


def go_on(entry: Entry, target: str | None) -> ResponseReturnValue:
    """Put what `let_in` began into the cookie, and lead to where one wanted to be or to the second step."""
    if not entry.whole:
        identity.halfway(entry.token, target, on_borrowed())
        return edge.see_other(url_for("second_step.page"))
    identity.enter(entry.token, on_borrowed())
    return edge.see_other(target or _home())


def complete(session: "Session") -> str:
    """Make whole the sign-in of whoever is half way in and has now shown a second thing; return its token."""
    try:
        person_id = half_sign_ins.finish(session, identity.half_token() or "", clock.now())
    except half_sign_ins.Over:  # another request with the same cookie was quicker
        abort(401)
    return begin(session, person_id, both=True)


def begin(session: "Session", person_id: int, *, both: bool = False) -> str:
    """Start a session on this device, ending the one the browser was in. `both`: two things were shown."""
    device, now, borrowed = device_name(request.user_agent.string), clock.now(), on_borrowed()
    if (who := identity.here()) is not None:
        return sign_ins.begin_anew(session, who, person_id, device, now, borrowed, both=both)
    if before := identity.last_token():
        return sign_ins.begin_after(session, before, person_id, device, now, borrowed, both=both)
    return sign_ins.begin(session, person_id, device, now, borrowed, both=both)


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


def start(target: str | None, problem: str | None = None, form: SignInForm | None = None) -> str:
    """Render the page on which everybody begins, with what went wrong."""
    return render_template(
        "sign_in/page.html", form=form or SignInForm(), next=local_address(target), problem=problem, site=edge.site()
    )


def _not_together(target: str | None, form: SignInForm) -> ResponseReturnValue:
    words = _("That e-mail and password don't belong together. Your e-mail is still here; try the password again.")
    return start(target, words, form), 422


def _link_page(form: SignInForm, target: str | None, problem: str | None = None, asked: bool = False) -> str:
    return render_template("sign_in/ask_link.html", form=form, next=target, problem=problem, asked=asked)


def _here() -> Actor:
    """Whoever signs out, though their phone may be locked."""
    return cast(Actor, identity.here())


def _home() -> str:
    return url_for(identity.home_of(edge.actor()))
