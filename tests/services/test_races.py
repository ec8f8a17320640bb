"""Two devices say the same at the same moment: one record comes of it, and both are told which."""

import threading
from datetime import timedelta
from itertools import product
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import func, select

from tests.support.cast import NOW, TODAY
from tests.support.crowd import fill
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.models import CheckIn
from webapp.services import check_ins

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
