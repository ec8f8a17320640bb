"""A check-in is stored once, however often and from wherever it is sent, and can be taken back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.domain.people import Actor, Role
from webapp.domain.scores import Outcome
from webapp.domain.weeks import Weeks
from webapp.models import CadenceVersion, CheckIn, Person
from webapp.queries import check_ins as queries
from webapp.services import check_ins
from webapp.services import settings as preferences
from webapp.services.check_ins import NoSuchStep, NotRecorded
from webapp.services.settings import Preferences


def acting(person_id: int, *roles: Role) -> Actor:
    return Actor(person_id, 1, "Clara Reyes", "Clara", frozenset(roles), "America/New_York", "en", 3, Weeks())


def entry(outcome: str = "done", day: date = TODAY, op_id: str | None = None, **more: object) -> Entry:
    return Entry(op_id or str(uuid4()), day, Outcome(outcome), **more)  # type: ignore[arg-type]


Say = Callable[..., int]


@pytest.fixture
def say(database: Database, cast: Cast) -> Say:
    """say(step, outcome, …) -> id of the stored check-in, each in a transaction of its own."""

    def say(step: int, *args: object, by: int | None = None, after: int = 0, **more: object) -> int:
        with database.writing() as session:
            told = entry(*args, **more)  # type: ignore[arg-type]
            moment = NOW + timedelta(minutes=after)
            return check_ins.check_in(session, acting(by or cast.clara), cast.clara, step, told, moment).id

    return say


@pytest.fixture
def undo(database: Database, cast: Cast) -> Callable[[int], None]:
    def undo(check_in_id: int, by: int | None = None) -> None:
        with database.writing() as session:
            check_ins.undo(session, acting(by or cast.clara), check_in_id, NOW)

    return undo


def rows(database: Database, step: int) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).where(CheckIn.step_id == step)).scalar_one()


def outcomes(database: Database, cast: Cast, step: int) -> list[str]:
    with database.reading() as connection:
        found = queries.marks_of_client(connection, cast.clara, TODAY - timedelta(days=70), TODAY + timedelta(days=20))
    return [mark.outcome for mark in found.get(step, ())]


def test_a_tick_sent_twice_is_one_check_in(database: Database, cast: Cast, say: Say) -> None:
    op_id = str(uuid4())
    assert say(cast.walk, op_id=op_id) == say(cast.walk, op_id=op_id)
    assert rows(database, cast.walk) == 1


def test_a_retry_after_undo_stays_undone(database: Database, cast: Cast, say: Say, undo: Callable[[int], None]) -> None:
    op_id = str(uuid4())
    undo(say(cast.walk, op_id=op_id))
    say(cast.walk, op_id=op_id)
    assert outcomes(database, cast, cast.walk) == []


def test_a_fixed_step_done_already_is_not_done_twice(database: Database, cast: Cast, say: Say) -> None:
    assert say(cast.pills, slot="08:00") == say(cast.pills, slot="08:00")
    assert rows(database, cast.pills) == 1


def test_a_note_that_comes_with_the_second_tick_is_kept(database: Database, cast: Cast, say: Say) -> None:
    say(cast.pills, slot="08:00", note="With tea")
    say(cast.pills, slot="08:00", note="And toast")
    say(cast.pills, slot="08:00", note="And toast")
    with database.reading() as connection:
        (recent,) = queries.recent(connection, cast.clara, cast.pills)
    assert recent.check_in.note == "With tea\nAnd toast"
    assert recent.called == "Clara"


def test_a_target_may_be_done_several_times_a_day(database: Database, cast: Cast, say: Say) -> None:
    say(cast.walk)
    say(cast.walk)
    assert outcomes(database, cast, cast.walk) == ["done", "done"]


def test_a_change_of_mind_is_the_newest_word(database: Database, cast: Cast, say: Say) -> None:
    say(cast.pills, "not_today", slot="08:00", reason="forgot")
    say(cast.pills, "done", slot="08:00", after=1)
    assert outcomes(database, cast, cast.pills) == ["done"]


def test_undoing_a_fixed_step_takes_its_doubles_along(
    database: Database, cast: Cast, say: Say, undo: Callable[[int], None]
) -> None:
    """Two devices at once may once have stored two rows; one Undo must leave nothing done."""
    first = say(cast.pills, slot="08:00")
    with database.writing() as session:
        row = session.get_one(CheckIn, first)
        values = {c.name: getattr(row, c.name) for c in CheckIn.__table__.c if c.name not in ("id", "op_id", "seq")}
        session.add(CheckIn(**values, op_id=str(uuid4())))
    undo(first)
    assert outcomes(database, cast, cast.pills) == []
    assert rows(database, cast.pills) == 2


def test_undoing_one_time_of_a_target_leaves_the_others(
    database: Database, cast: Cast, say: Say, undo: Callable[[int], None]
) -> None:
    say(cast.walk)
    undo(say(cast.walk))
    assert outcomes(database, cast, cast.walk) == ["done"]


def test_nobody_undoes_what_another_person_said(
    database: Database, cast: Cast, say: Say, undo: Callable[..., None]
) -> None:
    said_by_sam = say(cast.ride, by=cast.sam)
    undo(said_by_sam)
    assert outcomes(database, cast, cast.ride) == ["done"]
    undo(said_by_sam, by=cast.sam)
    assert outcomes(database, cast, cast.ride) == []


def test_client_and_supporter_agree_and_it_counts_once(database: Database, cast: Cast, say: Say) -> None:
    say(cast.ride, by=cast.sam)
    say(cast.ride)
    assert rows(database, cast.ride) == 2
    assert outcomes(database, cast, cast.ride) == ["done"]


def test_an_undone_tick_can_be_ticked_again(
    database: Database, cast: Cast, say: Say, undo: Callable[[int], None]
) -> None:
    undo(say(cast.pills, slot="08:00"))
    say(cast.pills, slot="08:00")
    assert outcomes(database, cast, cast.pills) == ["done"]


@pytest.mark.parametrize("days", [-61, 1])
def test_a_day_that_cannot_be_answered_is_refused(cast: Cast, session: Session, days: int) -> None:
    told = entry(day=TODAY + timedelta(days=days))
    with pytest.raises(NotRecorded) as refused:
        check_ins.check_in(session, acting(cast.clara), cast.clara, cast.walk, told, NOW)
    assert refused.value.field == "day"


def test_the_day_belongs_to_the_person_who_stays_up(cast: Cast, session: Session) -> None:
    """At 2 am it is still yesterday for a day that starts at three."""
    tomorrow, clara = entry(day=TODAY + timedelta(days=1)), acting(cast.clara)
    with pytest.raises(NotRecorded):
        check_ins.check_in(session, clara, cast.clara, cast.walk, tomorrow, NOW + timedelta(hours=14))
    assert check_ins.check_in(session, clara, cast.clara, cast.walk, tomorrow, NOW + timedelta(hours=16)).new


def test_a_step_of_another_client_is_not_there(cast: Cast, session: Session) -> None:
    with pytest.raises(NoSuchStep):
        check_ins.check_in(session, acting(cast.clara), cast.clara, cast.otto_step, entry(), NOW)


def test_two_devices_at_the_same_moment_store_one_row(database: Database, cast: Cast) -> None:
    op_id, start = str(uuid4()), Barrier(4)

    def send(_: int) -> int:
        start.wait()
        with database.writing() as session:
            told = entry(op_id=op_id)
            return check_ins.check_in(session, acting(cast.clara), cast.clara, cast.walk, told, NOW).id

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(send, range(4)))
    assert len(ids) == 1
    assert rows(database, cast.walk) == 1


STEPS = ("walk", "pills", "ride")
DATED = ("pills", "ride")
actions = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(STEPS), st.sampled_from(Outcome), st.integers(0, 1)),
        st.tuples(st.sampled_from(("undo", "retry")), st.integers(0, 9)),
    ),
    max_size=14,
)


@dataclass
class Told:
    """What the model remembers of one stored check-in."""

    id: int
    step: str
    entry: Entry
    undone: bool = False

    def like(self, step: str, told: Entry) -> bool:
        return not self.undone and (self.step, self.entry.day) == (step, told.day)


class Model:
    """The simplest thing that is right: on dates only the last word of a day is heard."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def say(self, step: str, entry: Entry, stored: int) -> None:
        before = [one for one in self.told if one.like(step, entry)]
        repeated = step in DATED and before and before[-1].entry.outcome == entry.outcome
        if repeated:
            assert stored == before[-1].id
        else:
            assert stored not in {one.id for one in self.told}
            self.told.append(Told(stored, step, entry))

    def undo(self, this: Told) -> None:
        for one in self.told:
            double = this.step in DATED and one.like(this.step, this.entry)
            if one is this or (double and one.entry.outcome == this.entry.outcome):
                one.undone = True

    def heard(self, step: str) -> list[tuple[date, str]]:
        words: list[tuple[date, str]] = []
        for one in sorted(self.told, key=lambda one: one.entry.day):
            if one.step == step and not one.undone:
                day, outcome = one.entry.day, one.entry.outcome
                last = words[-1][1] if words and words[-1][0] == day else None
                if last and (step in DATED or last == "not_today" or (last == "some" and outcome == "done")):
                    words[-1] = (day, outcome)
                elif last is None or outcome != "not_today":
                    words.append((day, outcome))
        return words


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
@given(actions)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mixture_of_ticks_undos_and_retries_says_what_was_meant(
    database: Database, cast: Cast, did: list[tuple[Any, ...]]
) -> None:
    clara, model = acting(cast.clara), Model()
    with database.writing() as session:
        for minute, (what, *how) in enumerate(did):
            now = NOW + timedelta(minutes=minute)
            if what == "say":
                step, outcome, ago = how
                told = entry(outcome, TODAY - timedelta(days=ago))
                stored = check_ins.check_in(session, clara, cast.clara, getattr(cast, step), told, now)
                model.say(step, told, stored.id)
            elif model.told:
                this = model.told[how[0] % len(model.told)]
                if what == "undo":
                    check_ins.undo(session, clara, this.id, now)
                    model.undo(this)
                else:
                    again = check_ins.check_in(session, clara, cast.clara, getattr(cast, this.step), this.entry, now)
                    assert (again.id, again.new) == (this.id, False)
        found = queries.marks_of_client(session.connection(), cast.clara, TODAY - timedelta(days=5), NOW.date())
        found_today = queries.marks_of_client(session.connection(), cast.clara, TODAY, TODAY + timedelta(days=1))
        for step in STEPS:
            marks = [*found.get(getattr(cast, step), ()), *found_today.get(getattr(cast, step), ())]
            assert [(mark.day, mark.outcome) for mark in marks] == model.heard(step)
        session.rollback()


def test_a_supporter_answers_in_the_clients_weeks_and_not_in_their_own(
    database: Database, cast: Cast, say: Say
) -> None:
    """Every other Sunday, of the weeks Clara's step began in: 22 November and 6 December."""
    with database.writing() as session:
        session.execute(
            update(CadenceVersion)
            .where(CadenceVersion.step_id == cast.ride)
            .values(weekdays=[6], interval=2, valid_from=date(2026, 10, 9), anchor=date(2026, 10, 9))
        )
        session.get_one(Person, cast.clara).week_starts_on = 6
    say(cast.ride, day=date(2026, 11, 29), by=cast.sam)
    with pytest.raises(NotRecorded):
        say(cast.ride, day=date(2026, 11, 22), by=cast.sam)


def test_a_recorded_day_stays_where_it_is_when_the_zone_changes(database: Database, cast: Cast, say: Say) -> None:
    say(cast.walk)
    for zone in ("Pacific/Auckland", "Pacific/Pago_Pago"):
        with database.writing() as session:
            preferences.keep(session, acting(cast.clara), Preferences("Clara", zone, "en", 3, 0), NOW)
        with database.reading() as connection:
            found = queries.marks_of_client(connection, cast.clara, date(2026, 9, 1), date(2027, 1, 1))
        assert [mark.day for mark in found[cast.walk]] == [TODAY]


def test_at_half_past_two_in_the_night_it_is_still_yesterday_and_last_week(database: Database, cast: Cast) -> None:
    """Clara's day turns at 3: on Monday at 2:30 Sunday can be told, and Monday has not come."""
    half_past_two = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)
    with database.writing() as session:
        clara = acting(cast.clara)
        check_ins.check_in(session, clara, cast.clara, cast.walk, entry(day=sunday), half_past_two)
        with pytest.raises(NotRecorded):
            check_ins.check_in(session, clara, cast.clara, cast.walk, entry(day=monday), half_past_two)
        at_three = half_past_two + timedelta(minutes=30)
        check_ins.check_in(session, clara, cast.clara, cast.walk, entry(day=monday), at_three)
