"""Before a client has joined, whoever draws up the plan may write all of it; afterwards only grants count."""

from tests.support.cast import NOW, Cast
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.sharing import Rights, Scope, drawing_up
from webapp.models import Person
from webapp.queries import access
from webapp.services import sharing


def theos_rights(database: Database, cast: Cast) -> Rights:
    theo = acting(cast.theo)
    with database.reading() as connection:
        found = access.assigned_client(connection, theo, {"client_id": cast.clara}, NOW)
    assert found is not None
    return found.rights


def only_the_plan(database: Database, cast: Cast, joined: bool) -> None:
    with database.writing() as session:
        for scope in Scope:
            if scope is not Scope.PLAN:
                sharing.withdraw(session, acting(cast.clara), cast.theo, scope, NOW)
        if not joined:
            session.get_one(Person, cast.clara).joined_at = None


def test_a_plan_drawn_up_before_its_client_joins_includes_what_helps(database: Database, cast: Cast) -> None:
    only_the_plan(database, cast, joined=False)
    assert theos_rights(database, cast).scopes == {Scope.PLAN, Scope.COPING}


def test_once_the_client_has_joined_only_what_they_granted_counts(database: Database, cast: Cast) -> None:
    only_the_plan(database, cast, joined=True)
    assert theos_rights(database, cast).scopes == {Scope.PLAN}


def test_drawing_up_gives_nothing_to_whoever_may_not_read_the_plan() -> None:
    assert drawing_up(Rights(frozenset())) == Rights(frozenset())
