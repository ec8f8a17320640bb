"""Granting and withdrawing: at once, kept in history, by the client's own hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import SIGNED, acting
from webapp.db import Database
from webapp.domain.sharing import Scope
from webapp.models import SharingGrant
from webapp.queries import access
from webapp.services import sharing
from webapp.services.sharing import Terms

WEEK = timedelta(days=7)


def rows(session: Session, person_id: int, scope: Scope) -> list[SharingGrant]:
    which = (SharingGrant.person_id == person_id) & (SharingGrant.scope == scope)
    return list(session.scalars(select(SharingGrant).where(which).order_by(SharingGrant.id)))


def sees(database: Database, cast: Cast, person_id: int, scope: Scope) -> bool:
    with database.reading() as connection:
        found = access.seen_by(connection, cast.clara, person_id, "supporter", NOW)
    return found is not None and found.rights.sees(scope)


def test_what_is_granted_and_withdrawn_counts_at_once(cast: Cast, database: Database) -> None:
    clara = acting(cast.clara)
    assert not sees(database, cast, cast.nora, Scope.STEPS)
    with database.writing() as session:
        sharing.grant(session, clara, cast.nora, Scope.STEPS, NOW)
    assert sees(database, cast, cast.nora, Scope.STEPS)
    with database.writing() as session:
        sharing.withdraw(session, clara, cast.nora, Scope.STEPS, NOW)
    assert not sees(database, cast, cast.nora, Scope.STEPS)


def test_granting_again_makes_a_new_row_and_keeps_the_old(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    sharing.withdraw(session, clara, cast.sam, Scope.STEPS, NOW)
    sharing.grant(session, clara, cast.sam, Scope.STEPS, NOW + WEEK, terms=Terms(purpose="for the move"))
    old, new = rows(session, cast.sam, Scope.STEPS)
    assert (old.withdrawn_at, new.withdrawn_at) == (NOW, None)
    assert (new.granted_at, new.purpose, new.granted_by_id) == (NOW + WEEK, "for the move", cast.clara)


def test_the_same_grant_sent_twice_is_one_row(cast: Cast, session: Session) -> None:
    for _ in range(2):
        sharing.grant(session, acting(cast.clara), cast.nora, Scope.PLAN, NOW, Terms(ends_at=NOW + WEEK))
    assert len(rows(session, cast.nora, Scope.PLAN)) == 1


def test_another_last_day_is_a_new_row_in_place_of_the_old(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    sharing.grant(session, clara, cast.nora, Scope.PLAN, NOW, Terms(ends_at=NOW + WEEK))
    sharing.grant(session, clara, cast.nora, Scope.PLAN, NOW, Terms(ends_at=NOW + 2 * WEEK))
    old, new = rows(session, cast.nora, Scope.PLAN)
    assert (old.withdrawn_at, new.ends_at) == (NOW, NOW + 2 * WEEK)


def test_a_grant_that_ran_out_can_be_given_again(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    sharing.grant(session, clara, cast.nora, Scope.PLAN, NOW, Terms(ends_at=NOW + WEEK))
    again = sharing.grant(session, clara, cast.nora, Scope.PLAN, NOW + 2 * WEEK)
    assert again.starts_at == NOW + 2 * WEEK


def test_substance_use_takes_its_own_tick(cast: Cast, session: Session) -> None:
    with pytest.raises(sharing.NotSigned):
        sharing.grant(session, acting(cast.clara), cast.theo, Scope.SUBSTANCE_USE, NOW)
    assert rows(session, cast.theo, Scope.SUBSTANCE_USE) == []
    assert sharing.grant(session, acting(cast.clara), cast.theo, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)


def test_nothing_is_shared_with_people_outside_the_circle(cast: Cast, session: Session) -> None:
    for stranger in (cast.tess, cast.ada, cast.otto, cast.clara):
        with pytest.raises(sharing.NotInCircle):
            sharing.grant(session, acting(cast.clara), stranger, Scope.STEPS, NOW)
    with pytest.raises(sharing.NotInCircle):
        sharing.grant(session, acting(cast.otto), cast.theo, Scope.STEPS, NOW)


def test_a_last_day_in_the_past_is_refused(cast: Cast, session: Session) -> None:
    with pytest.raises(sharing.AlreadyOver):
        sharing.grant(session, acting(cast.clara), cast.nora, Scope.STEPS, NOW, Terms(ends_at=NOW))


def test_nobody_withdraws_what_another_client_granted(cast: Cast, session: Session) -> None:
    sharing.withdraw(session, acting(cast.otto), cast.sam, Scope.STEPS, NOW)
    sharing.withdraw(session, acting(cast.sam), cast.sam, Scope.STEPS, NOW)
    assert [row.withdrawn_at for row in rows(session, cast.sam, Scope.STEPS)] == [None]


def test_what_was_shared_for_a_while_is_ended_as_of_then_and_makes_room(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    sharing.grant(session, clara, cast.nora, Scope.STEPS, NOW, Terms(ends_at=NOW + WEEK))
    sharing.grant(session, clara, cast.nora, Scope.PLAN, NOW)
    assert sharing.end_what_ran_out(session, NOW + WEEK - timedelta(seconds=1)) == 0
    assert sharing.end_what_ran_out(session, NOW + 2 * WEEK) == 1
    assert sharing.end_what_ran_out(session, NOW + 2 * WEEK) == 0
    (ended,) = rows(session, cast.nora, Scope.STEPS)
    session.refresh(ended)
    assert ended.withdrawn_at == NOW + WEEK
    again = sharing.grant(session, clara, cast.nora, Scope.STEPS, NOW + 2 * WEEK)
    assert again.id != ended.id
    assert [one.withdrawn_at for one in rows(session, cast.nora, Scope.PLAN)] == [None]


def test_what_ran_out_and_was_not_ended_yet_keeps_its_true_end(cast: Cast, session: Session) -> None:
    clara = acting(cast.clara)
    sharing.grant(session, clara, cast.nora, Scope.STEPS, NOW, Terms(ends_at=NOW + WEEK))
    sharing.grant(session, clara, cast.nora, Scope.STEPS, NOW + 2 * WEEK, Terms(ends_at=NOW + 3 * WEEK))
    sharing.withdraw(session, clara, cast.nora, Scope.STEPS, NOW + 4 * WEEK)
    assert [one.withdrawn_at for one in rows(session, cast.nora, Scope.STEPS)] == [NOW + WEEK, NOW + 3 * WEEK]
