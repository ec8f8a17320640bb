"""The signed-in person, as Flask-Login and the templates see them."""

from flask import session as cookie
from flask_login import LoginManager, UserMixin, login_user, logout_user

from webapp import clock
from webapp.domain.people import Actor, Role
from webapp.domain.scopes import DOOR
from webapp.queries import sign_ins
from webapp.services.tokens import token_hash
from webapp.views import edge


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
    """Find who holds this token, in one query; None when the session was ended or is over."""
    with edge.within(DOOR):
        actor = sign_ins.actor(edge.reading(), token_hash(token), clock.now())
    return CurrentUser(actor, token) if actor else None


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
    cookie.permanent = not on_borrowed
    if on_borrowed:
        cookie["borrowed"] = True
    actor: Actor = user.actor
    return actor


def borrowed() -> bool:
    """Tell whether this device is somebody else's: nothing is kept on it then, and it gets no reminders."""
    return bool(cookie.get("borrowed"))


def leave() -> None:
    """Empty the cookie."""
    logout_user()
    cookie.clear()


def home_of(actor: Actor) -> str:
    """Name the endpoint a person starts at, by the first role they hold; a client's first run comes before it.

    A supporter's waits on *My promises* until they have answered what they came for.
    """
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
