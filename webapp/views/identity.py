"""The signed-in person, as Flask-Login and the templates see them."""

from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Response, current_app, flash, g, request
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from webapp import clock
from webapp.db import TROUBLE
from webapp.domain.people import Actor, Role
from webapp.domain.scopes import DOOR
from webapp.domain.sign_ins import is_locked, is_worth_noting
from webapp.queries import second_factor, sign_ins
from webapp.queries.second_factor import Owner
from webapp.services import sign_ins as services
from webapp.services.tokens import token_hash
from webapp.views import edge
from webapp.views.same_site import SAFE
from webapp.views.translate import ngettext, suggest


class CurrentUser(UserMixin):  # type: ignore[misc]
    """An Actor with what Flask-Login asks for; its id is the sign-in token, so each device is its own session."""

    def __init__(self, actor: Actor, token: str) -> None:
        self.actor = actor
        self.token = token

    def get_id(self) -> str:
        return self.token

    @property
    def name(self) -> str:
        return self.actor.name

    @property
    def called(self) -> str:
        return self.actor.called

    @property
    def roles(self) -> frozenset[Role]:
        return self.actor.roles


login_manager = LoginManager()
# Flask-Login would mark the cookie when a phone changes its address, and so send it again, perhaps after
# sign-out. Who is signed in is a row; nothing here asks how fresh that is.
login_manager.session_protection = None


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> CurrentUser | None:
    """Find who holds this token, in one query; None when the session was ended or is over.

    While their phone is locked nobody is signed in: every page is a stranger's, and `here` says whose PIN is asked.
    """
    now = clock.now()
    with edge.within(DOOR):
        actor = sign_ins.actor(edge.reading(), token_hash(token), now)
    if actor is None:
        return None
    if actor.use is not None and is_locked(actor.use, actor.lock_after, now):
        g.locked = actor
        suggest(actor.language)
        return None
    return CurrentUser(actor, token)


def locked() -> Actor | None:
    """Return whose phone is locked, None when it is open or nobody is signed in."""
    return None if current_user.is_authenticated else g.get("locked")


def here() -> Actor | None:
    """Return whoever is signed in on this device, behind a lock or not."""
    return edge.actor() if current_user.is_authenticated else g.get("locked")


def last_token() -> str | None:
    """Return the token in the cookie, whether it counts or not."""
    token = cookie.get("_user_id")
    return token if isinstance(token, str) else None


def enter(token: str, on_borrowed: bool = False) -> Actor:
    """Put a new sign-in into the cookie, emptied of whatever it held before; return who it is.

    On a borrowed phone the cookie goes when the browser is closed, and says that nothing may be kept there.
    """
    cookie.clear()
    edge.stop_reading()  # what was read before the sign-in was written does not know it
    user = load(token)
    if user is None:
        raise LookupError("this sign-in does not count")
    login_user(user)
    actor: Actor = user.actor
    cookie.permanent = not on_borrowed
    if on_borrowed:
        cookie["borrowed"] = True
    elif actor.use is not None:
        cookie["until"] = actor.use.expires_at.isoformat()
    _say_what_was_lost(actor)
    return actor


def _say_what_was_lost(actor: Actor) -> None:
    """A quick exit deletes what it can't send any more. That is never silent, though it can be said only later."""
    if not actor.unsent_lost:
        return
    with edge.writing() as session:
        services.lost_was_said(session, actor.id)
    flash(
        ngettext(
            "When you left quickly, %(num)d change could not be sent. It was deleted from that phone, so that nobody"
            " finds it.",
            "When you left quickly, %(num)d changes could not be sent. They were deleted from that phone, so that"
            " nobody finds them.",
            actor.unsent_lost,
        ),
        "open",
    )


def halfway(token: str, target: str | None, on_borrowed: bool) -> None:
    """Put into the cookie that somebody has shown one thing, and where they wanted to be. It opens nothing yet."""
    cookie["half"] = [token, target]
    if on_borrowed:
        cookie["borrowed"] = True


def half_token() -> str | None:
    """Return the token of a sign-in that waits for a second thing, whether it counts or not."""
    return _half()[0]


def half_target() -> str | None:
    """Return the address somebody wanted to be at before they were asked for a second thing."""
    return _half()[1]


def _half() -> tuple[str | None, str | None]:
    token, target = cookie.get("half") or (None, None)
    return token, target


def half() -> Owner | None:
    """Find who is half way in on this device. Whoever is signed in is not."""
    if current_user.is_authenticated:
        return None
    if "half" not in g:
        token = half_token()
        g.half = second_factor.halfway(edge.reading(), token_hash(token), clock.now()) if token else None
    found: Owner | None = g.half
    return found


def owner() -> Owner:
    """Find whose way of signing in this request is about: the person signed in, or half way in and setting it up."""
    return half() or second_factor.owner(edge.reading(), edge.actor().id)


def borrowed() -> bool:
    """Tell whether this device is somebody else's: nothing is kept on it then, and it gets no reminders."""
    return bool(cookie.get("borrowed"))


class Cookies(SecureCookieSessionInterface):
    """The cookie of a sign-in ends with it, however often it is written anew in between."""

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        """Say when a browser drops the cookie, by the date of browsers, which `clock` need not be at.

        What is over holds nothing up: whoever is on the way in again needs the cookie for the second step.
        """
        usual = super().get_expiration_time(app, session)
        left = datetime.fromisoformat(session["until"]) - clock.now() if "until" in session else timedelta()
        return usual - app.permanent_session_lifetime + left if usual and left > timedelta() else usual


def leave() -> None:
    """Empty the cookie."""
    logout_user()
    cookie.clear()


def home_of(actor: Actor) -> str:
    """Name the endpoint a person starts at, by the first role they hold; a client's first run comes before it.

    A supporter's waits on *My promises* until they have answered what they came for. Whoever asked for their account to
    be deleted sees first that it will be.
    """
    if actor.leaves_at is not None:
        return "own_data.page"
    if actor.first_run and actor.is_a(Role.CLIENT):
        return "welcome.page"
    homes = {
        Role.CLIENT: "today.page",
        Role.SUPPORTER: "promises.page",
        Role.CARE_TEAM: "caseload.page",
        Role.ADMIN: "admin.page",
    }
    return next(home for role, home in homes.items() if actor.is_a(role))


def layout_of(actor: Actor) -> str:
    """Name the layout of pages that everybody has, by the first role a person holds."""
    return next(f"layouts/{role}.html" for role in Role if actor.is_a(role))


PASSIVE = frozenset({"offline.whoami", "backups.page", "service_worker.script", "endpoints.key", "endpoints.add"})
"""What pages ask for by themselves: nobody needs to be there for it."""


def note_use(response: Response) -> Response:
    """Note that the sign-in was used, once a minute at most and after the answer was made; never by a page alone."""
    user: Any = g.get("_login_user")
    if not isinstance(user, CurrentUser) or request.endpoint in PASSIVE or request.headers.get("Cairn-Ahead"):
        return response
    who, now = user.actor, clock.now()
    writes = request.method not in SAFE
    if who.use is None or not is_worth_noting(who.use, who.is_staff, who.lock_after, now, writes):
        return response
    try:
        with edge.within(DOOR), edge.writing() as session:
            services.seen(session, cast(int, who.sign_in_id), now)
    except TROUBLE as trouble:  # whoever only reads is not kept from it by a full disk
        current_app.logger.warning("could not note the use of a sign-in: %s", type(trouble).__name__)
    return response


def ran_out() -> bool:
    """Tell whether a sign-in on this device is over without anybody having signed out here."""
    return last_token() is not None and here() is None


def init_app(app: Flask) -> None:
    login_manager.init_app(app)
    app.session_interface = Cookies()
    app.after_request(note_use)
    app.jinja_env.globals["ran_out"] = ran_out
