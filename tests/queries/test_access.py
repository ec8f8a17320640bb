"""Before a client has joined, whoever draws up the plan may write all of it; afterwards only grants count."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.services.test_answers import came_due
from tests.support.cast import NOW, Cast
from tests.support.people import SIGNED, acting
from webapp.db import Database
from webapp.domain.commitments import State
from webapp.domain.people import Role
from webapp.domain.sharing import Rights, Scope, drawing_up
from webapp.models import ActionStep, Commitment, Person, Reminder, SupporterLink
from webapp.queries import access, calendar_feeds, commitments, deliveries, reminded, reminders
from webapp.services import sharing
from webapp.services.sharing import Terms


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


def share_substance_use(session: Session, cast: Cast, shared: str) -> None:
    """Make Sam's promise one about substance use, and share that with him, or not (any more, or yet)."""
    session.execute(update(ActionStep).where(ActionStep.id == cast.ride).values(substance_use=True))
    clara, day = acting(cast.clara), timedelta(days=1)
    terms = {"later": Terms(starts_at=NOW + day), "over": Terms(ends_at=NOW)}.get(shared, Terms())
    if shared != "not shared":
        sharing.grant(session, clara, cast.sam, Scope.SUBSTANCE_USE, NOW - day, terms, SIGNED)
    if shared == "withdrawn":
        sharing.withdraw(session, clara, cast.sam, Scope.SUBSTANCE_USE, NOW)


SHARED = ["not private", "shared", "not shared", "withdrawn", "later", "over"]


@pytest.mark.parametrize(
    ("belongs", "shared"),
    [*(("confirmed", one) for one in SHARED), *((one, "shared") for one in ("left", "not confirmed"))],
)
@pytest.mark.parametrize("state", list(State))
def test_every_reader_of_a_promise_agrees_on_whether_its_words_may_be_seen(
    cast: Cast, session: Session, state: State, belongs: str, shared: str
) -> None:
    occurrence = came_due(session, cast.sam, cast.ride)
    if shared != "not private":
        share_substance_use(session, cast, shared)
    session.execute(update(Commitment).values(state=state))
    ends = {"left": {"ended_at": NOW}, "not confirmed": {"confirmed_at": None}}.get(belongs)
    if ends:
        session.execute(update(SupporterLink).where(SupporterLink.supporter_id == cast.sam).values(ends))
    connection, sam = session.connection(), acting(cast.sam, Role.SUPPORTER)
    (basis,) = reminders.bases(connection, list(session.scalars(select(Reminder.id))), NOW)
    seen = {
        "reminded": basis.allowed and basis.known,
        "listed": bool(reminders.of_person(connection, cast.sam, NOW)),
        "answering": reminded.own(connection, sam, {"occurrence_id": occurrence}, NOW) is not None,
        "calendar": bool(calendar_feeds.steps(connection, cast.sam, NOW)),
        "ledger": [line.words for line in deliveries.ledger(connection, cast.sam, NOW)] == ["Drive Clara to choir"],
    }
    in_force = belongs == "confirmed" and state in (State.ACCEPTED, State.ACTIVE)
    assert set(seen.values()) == {in_force and shared in ("not private", "shared")}, seen
    assert basis.allowed is in_force, "the reminder goes on, so that it comes again with the consent"
    opened = access.promised(connection, sam, {"commitment_id": session.scalars(select(Commitment.id)).one()}, NOW)
    listed = commitments.of_supporter(connection, cast.sam, NOW)
    known = belongs == "confirmed" and shared in ("not private", "shared")
    assert (opened is not None, bool(listed)) == (known, known and state is not State.ENDED)
