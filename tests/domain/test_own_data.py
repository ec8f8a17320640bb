"""What is about whom: the one table says it of every table there is."""

import re
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import NOW
from webapp.domain.backups import kept, name_asked_for, name_put_aside, too_old
from webapp.domain.own_data import GRACE, NOBODYS, SECRETS, TIES, Obstacle, Then, leaves_at, obstacles, out_of_backups
from webapp.models import Base

NAMES_SOMEBODY = re.compile(r"(?:^|_)(?:client|person|by|supporter|care_team)_id$")
SOUNDS_SECRET = re.compile(r"hash|token|secret|(?:^|_)keys?$|mac$|seal|code|credential|address$")
NO_SECRET = {"client_information.address", "notices.key", "throttles.key", "people.email_key", "look_chains.mac"}
NO_SECRET |= {"reminder_occurrences.occ_key", "departures.mac", "used_challenges.hash"}


def test_every_table_is_named_and_every_column_for_a_person_is_a_tie_of_it() -> None:
    missing = []
    for table in Base.metadata.sorted_tables:
        ties = {tie.path for tie in TIES.get(table.name, ())}
        if not ties and table.name not in NOBODYS:
            missing.append(table.name)
        for column in table.c:
            points = any(key.column.table.name == "people" for key in column.foreign_keys)
            if (points or NAMES_SOMEBODY.search(column.name)) and column.name not in ties:
                missing.append(f"{table.name}.{column.name}")
    assert missing == [], "say in domain/own_data.py what is handed out of it, and what becomes of it"


def test_what_is_named_is_there_and_what_is_not_told_or_stays_has_a_reason() -> None:
    tables = Base.metadata.tables
    assert {*TIES, *NOBODYS, *SECRETS} <= tables.keys()
    for name, ties in TIES.items():
        for tie in ties:
            assert tie.path.split(".")[0] in tables[name].c
            assert {*(tie.told or ())} <= {*tables[name].c.keys()}
            assert tie.why or (tie.told is None and tie.then in (Then.DELETED, Then.EMPTIED)), f"{name}.{tie.path}"


def test_no_column_that_sounds_like_a_secret_is_told() -> None:
    told = []
    for table in Base.metadata.sorted_tables:
        for column in table.c:
            secret = column.name in SECRETS.get(table.name, ())
            if SOUNDS_SECRET.search(column.name) and not secret and f"{table.name}.{column.name}" not in NO_SECRET:
                told.append(f"{table.name}.{column.name}")
    assert told == [], "name it in SECRETS, or here, if it is none"


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 90))
def test_on_the_day_that_is_told_no_backup_of_the_nights_before_is_left(left: date, started: int) -> None:
    gone = out_of_backups(left)
    nights = [left + timedelta(days=n) for n in range(-started, (gone - left).days + 1)]
    held: frozenset[date] = frozenset()
    for night in nights:
        held = kept({*held, night}, night)
    assert not any(night <= left for night in held)
    late = datetime.combine(left, time(23, 59))
    before = name_put_aside(late)
    ends = {name_asked_for(late), before, f"{before}-wal", before.replace(".db", "-and-and.db")}
    assert too_old([*ends, "cairn-2020-01-01.db", "cairn.db", "cairn-before-it-rained.db"], gone) == ends
    assert too_old(ends, left + timedelta(days=56)) == frozenset()


def test_who_may_go_and_when() -> None:
    assert obstacles(0, is_admin=False, other_admins=0) == ()
    assert obstacles(0, is_admin=True, other_admins=1) == ()
    assert obstacles(2, is_admin=True, other_admins=0) == (Obstacle.CLIENTS, Obstacle.ONLY_ADMIN)
    assert leaves_at(NOW) - NOW == GRACE == timedelta(days=14)
