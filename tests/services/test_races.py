"""Two devices say the same at the same moment, and one record comes of it; nothing is shared past an ending."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import product
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.crowd import fill
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.domain.people import Role
from webapp.domain.sharing import Scope
from webapp.models import CheckIn, SharingGrant
from webapp.services import admin, check_ins, sharing, supporters

pytestmark = pytest.mark.unmeasured

PEOPLE, DAYS = 20, 50


def test_of_a_thousand_races_on_a_tick_each_leaves_one_record(database: Database) -> None:
    """Every other race is one tap sent twice; in the rest two devices tapped. Each day of a step is one race."""
    fill(database, PEOPLE, NOW, None)
    races = list(product(range(1, PEOPLE + 1), range(DAYS)))
    start, told, wrong = threading.Barrier(2), ([], []), []

    def tap_on(device: int, ids: list[int]) -> None:
        for person, days in races:
            name = f"{person} {days}" if days % 2 else f"{person} {days} {device}"
            entry = Entry(op_id=str(uuid5(NAMESPACE_URL, name)), day=TODAY - timedelta(days=days))
            start.wait(30)
            try:
                with database.writing() as session:
                    ids.append(check_ins.check_in(session, acting(person), person, person, entry, NOW).id)
            except Exception as error:
                wrong.append(repr(error)[:200])
                ids.append(0)

    threads = [threading.Thread(target=tap_on, args=(device, ids)) for device, ids in enumerate(told)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert told[0] == told[1]
    with database.reading() as connection:
        of_each = select(func.count()).select_from(CheckIn).group_by(CheckIn.step_id, CheckIn.day)
        assert connection.execute(of_each).scalars().all() == [1] * len(races)
    assert len(races) == 1000


SOON = 0.5
"""Seconds in which a second writer would be done, if nothing held it up."""


@pytest.mark.parametrize("grants_first", [True, False])
@pytest.mark.parametrize("who", ["theo", "sam"])
def test_a_grant_beside_an_ending_does_not_outlive_it(
    database: Database, cast: Cast, who: str, grants_first: bool
) -> None:
    """Whoever comes second waits: the ending finds the grant and ends it, or the grant finds nobody to share with."""
    person = getattr(cast, who)

    def grant(session: Session) -> None:
        sharing.grant(session, acting(cast.clara), person, Scope.PLAN, NOW, sharing.Terms(purpose="for the move"))

    def end(session: Session) -> None:
        if who == "theo":
            admin.unassign(session, acting(cast.ada, Role.ADMIN), cast.theo, cast.clara, NOW)
        else:
            supporters.end(session, acting(cast.clara), cast.sam, NOW)

    first, second = (grant, end) if grants_first else (end, grant)
    with database.writing() as session:
        first(session)
        beside = threading.Thread(target=_does_or_finds_nobody, args=(database, second))
        beside.start()
        beside.join(SOON)
    beside.join(30)
    with database.reading() as connection:
        still = (SharingGrant.person_id == person) & SharingGrant.withdrawn_at.is_(None)
        assert connection.execute(select(SharingGrant.scope).where(still)).all() == []


def _does_or_finds_nobody(database: Database, verb: Callable[[Session], None]) -> None:
    with suppress(sharing.NotInCircle), database.writing() as session:
        verb(session)
