"""The signed-in person, as Flask-Login and the templates see them."""

from flask_login import LoginManager, UserMixin

from webapp import clock
from webapp.domain.people import Actor, Role
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


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> CurrentUser | None:
    """Find who holds this token, in one query; None when the session was ended or is over."""
    actor = sign_ins.actor(edge.reading(), token_hash(token), clock.now())
    return CurrentUser(actor, token) if actor else None


def home_of(actor: Actor) -> str:
    """Name the endpoint a person starts at, by the first role they hold."""
    homes = {
        Role.CLIENT: "today.page",
        Role.SUPPORTER: "promises.page",
        Role.CARE_TEAM: "caseload.page",
        Role.ADMIN: "admin.page",
    }
    return next(home for role, home in homes.items() if actor.is_a(role))
