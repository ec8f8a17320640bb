"""What phones send late, twice, out of order or at the same moment ends as if it had come in time and once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from tests.support.taps import tap
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.domain.commitments import NotNow, Verb
from webapp.domain.ops import LONGEST_WAIT, OpKind
from webapp.domain.people import Role
from webapp.domain.scores import Outcome
from webapp.models import ActionStep, BadDay, CadenceVersion, CheckIn, CopingStrategy, CopingUse, Op
from webapp.queries import check_ins as queries
from webapp.services import bad_days, check_ins, commitments, coping, housekeeping, ops, steps
from webapp.services.check_ins import NotRecorded, Recorded

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RACES = 200


def minutes(number: float) -> datetime:
    return NOW + number * MINUTE


def entry(outcome: str = "done", at: datetime | None = None, op_id: str | None = None, **more: Any) -> Entry:
    values = {"day": TODAY} | more
    return Entry(op_id or str(uuid4()), outcome=Outcome(outcome), at=at, **values)


def say(session: Session, cast: Cast, step: int, told: Entry, now: datetime = NOW) -> Recorded:
    return check_ins.check_in(session, acting(cast.clara), cast.clara, step, told, now)


def shown(session: Session, cast: Cast, step: int) -> list[str]:
    found = queries.marks_of_client(session.connection(), cast.clara, TODAY - 60 * DAY, TODAY + DAY)
    return [mark.outcome for mark in found.get(step, ())]


def count(session: Session, table: Any) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_double_keeps_its_name_so_that_a_late_retry_after_an_undo_ticks_nothing(cast: Cast, session: Session) -> None:
    double = entry(slot="08:00", note="with tea", at=minutes(5))
    first = say(session, cast, cast.pills, entry(slot="08:00"))
    assert say(session, cast, cast.pills, double).id == first.id
    assert check_ins.undo(session, acting(cast.clara), first.id, minutes(6))
    again = say(session, cast, cast.pills, double, minutes(90))
    assert (again.id, again.new, again.again) == (first.id, False, True)
    assert shown(session, cast, cast.pills) == []
    assert session.scalars(select(CheckIn.note)).all() == ["with tea"]


def test_an_older_word_is_recorded_as_superseded_and_changes_nothing_shown(cast: Cast, session: Session) -> None:
    say(session, cast, cast.pills, entry(slot="08:00", at=minutes(-2)))
    late = entry("not_today", slot="08:00", at=minutes(-30), reason="forgot")
    assert say(session, cast, cast.pills, late).superseded
    assert say(session, cast, cast.pills, late).superseded, "and is told so again"
    assert shown(session, cast, cast.pills) == ["done"]
    assert session.scalars(select(Op.superseded).where(Op.op_id == late.op_id)).all() == [True]


def test_an_undo_tapped_before_the_same_was_said_again_elsewhere_takes_nothing_back(
    cast: Cast, session: Session
) -> None:
    first = say(session, cast, cast.pills, entry(slot="08:00", at=minutes(-60)))
    say(session, cast, cast.pills, entry(slot="08:00", at=minutes(-10)))
    assert not check_ins.undo(session, acting(cast.clara), first.id, minutes(-30))
    assert shown(session, cast, cast.pills) == ["done"]


def test_a_tick_that_was_taken_back_elsewhere_since_it_was_tapped_stays_taken_back(
    cast: Cast, session: Session
) -> None:
    first = say(session, cast, cast.pills, entry(slot="08:00", at=minutes(-60)))
    check_ins.undo(session, acting(cast.clara), first.id, minutes(-10))
    assert say(session, cast, cast.pills, entry(slot="08:00", at=minutes(-30))).superseded
    assert shown(session, cast, cast.pills) == []


@pytest.mark.parametrize("step", ["walk", "pills"])
def test_what_was_taken_back_before_it_arrived_is_not_done_when_it_does(
    cast: Cast, session: Session, step: str
) -> None:
    clara, late = acting(cast.clara), entry(at=minutes(-5), note="The bridge")
    found = check_ins.undo_op(session, clara, late.op_id, minutes(-4), NOW)
    assert (found.check_in, found.superseded) == (None, False)
    assert say(session, cast, getattr(cast, step), late).superseded
    assert say(session, cast, getattr(cast, step), late).superseded
    assert shown(session, cast, getattr(cast, step)) == []
    assert session.scalars(select(CheckIn.note)).all() == ["The bridge"], "the words are kept"


def test_an_op_is_taken_back_by_its_name_also_when_it_only_joined_a_record(cast: Cast, session: Session) -> None:
    double = entry(slot="08:00", at=minutes(2))
    first = say(session, cast, cast.pills, entry(slot="08:00"))
    say(session, cast, cast.pills, double)
    found = check_ins.undo_op(session, acting(cast.clara), double.op_id, minutes(3), NOW)
    assert found.check_in is not None
    assert found.check_in.id == first.id
    assert shown(session, cast, cast.pills) == []


def test_nobody_takes_back_or_annotates_by_the_name_of_somebody_elses_op(cast: Cast, session: Session) -> None:
    told = entry()
    say(session, cast, cast.walk, told)
    found = check_ins.undo_op(session, acting(cast.otto), told.op_id, minutes(1), NOW)
    assert found.check_in is None
    assert queries.own_by_op(session.connection(), acting(cast.otto), told.op_id, NOW) is None
    assert shown(session, cast, cast.walk) == ["done"]


def test_the_newest_note_stays_and_the_same_note_again_changes_nothing(cast: Cast, session: Session) -> None:
    clara, said = acting(cast.clara), say(session, cast, cast.walk, entry())
    newer = tap(minutes(-1))
    assert check_ins.add_note(session, clara, said.id, "Sun", newer, NOW).counts
    assert check_ins.add_note(session, clara, said.id, "Rain", tap(minutes(-9)), NOW).superseded
    check_ins.add_note(session, clara, said.id, "Wind", tap(minutes(0)), NOW)
    assert check_ins.add_note(session, clara, said.id, "Sun", newer, NOW).again
    assert session.scalars(select(CheckIn.note)).all() == ["Wind"]


def test_a_day_that_could_be_told_of_when_it_was_tapped_can_still_be_sent(cast: Cast, session: Session) -> None:
    day = TODAY - 62 * DAY
    with pytest.raises(NotRecorded):
        say(session, cast, cast.walk, entry(day=day))
    assert say(session, cast, cast.walk, entry(day=day, at=NOW - 3 * DAY)).new


def test_a_step_that_was_let_go_after_the_tap_is_still_ticked_and_one_that_had_ended_is_not(
    cast: Cast, session: Session
) -> None:
    steps.retire(session, cast.clara, cast.walk, cast.clara, TODAY - 2 * DAY, NOW - 2 * DAY)
    assert session.get_one(ActionStep, cast.walk).status == "retired"
    for ago in (9, 2):
        assert say(session, cast, cast.walk, entry(day=TODAY - ago * DAY)).new
    with pytest.raises(NotRecorded) as refused:
        say(session, cast, cast.walk, entry(day=TODAY - DAY))
    assert refused.value.code == "ended"


def test_a_promise_that_ended_can_be_told_of_for_the_days_until_then(cast: Cast, session: Session) -> None:
    sam = acting(cast.sam, Role.SUPPORTER)
    ride = TODAY - 7 * DAY
    commitments.answer(session, cast.promise, cast.sam, Verb.END, NOW - 3 * DAY)
    with pytest.raises(NotNow):
        commitments.confirm(session, sam, cast.promise, entry(day=ride), NOW)
    commitments._note(session, session.get_one(commitments.Commitment, cast.promise), cast.sam, Verb.ACCEPT, None, NOW)
    assert commitments.confirm(session, sam, cast.promise, entry(day=ride), NOW).new
    with pytest.raises(NotNow):
        commitments.confirm(session, sam, cast.promise, entry(day=TODAY), NOW)


def test_what_a_supporter_says_is_only_added_to(cast: Cast, session: Session) -> None:
    sam = acting(cast.sam, Role.SUPPORTER)
    commitments.confirm(session, sam, cast.promise, entry("done", minutes(-2)), NOW)
    older = commitments.confirm(session, sam, cast.promise, entry("not_today", minutes(-40), note="No car"), NOW)
    assert (older.new, older.superseded) == (True, False)
    assert session.scalars(select(CheckIn.undone_at)).all() == [None, None]
    assert shown(session, cast, cast.ride) == ["done"], "the newer word counts"


def test_moved_to_another_day_is_another_word_than_not_that_day(cast: Cast, session: Session) -> None:
    sam = acting(cast.sam, Role.SUPPORTER)
    commitments.confirm(session, sam, cast.promise, entry("not_today", minutes(-9)), NOW)
    moved = entry("not_today", minutes(-2), moved_to=TODAY + DAY)
    stored = commitments.confirm(session, sam, cast.promise, moved, NOW)
    check_ins.undo(session, sam, stored.id, NOW)
    assert session.execute(select(CheckIn.moved_to, CheckIn.undone_at).order_by(CheckIn.id)).all() == [
        (None, None),
        (TODAY + DAY, NOW),
    ]


def test_words_that_come_late_with_the_same_tick_do_not_take_the_place_of_newer_ones(
    cast: Cast, session: Session
) -> None:
    for ago, reason in ((9, "forgot"), (2, "unwell"), (5, "no_ride")):
        say(session, cast, cast.pills, entry("not_today", minutes(-ago), reason=reason))
    assert session.scalars(select(CheckIn.reason)).all() == ["unwell"]


@pytest.mark.parametrize("step", ["walk", "pills"])
def test_what_others_get_in_the_way_of_again_and_again_is_given_up_and_leaves_nothing(
    cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    say(session, cast, cast.pills, entry())
    monkeypatch.setattr(ops, "keep", lambda *_args, **_more: False)
    with pytest.raises(check_ins.Meanwhile):
        say(session, cast, getattr(cast, step), entry())
    assert count(session, CheckIn) == 1


def test_a_use_is_begun_once_and_keeps_the_time_of_the_tap(cast: Cast, session: Session) -> None:
    start = tap(minutes(-30))
    for before in (7, 3):
        coping.start_use(session, cast.clara, cast.breathing, start, before, TODAY, NOW)
    assert session.execute(select(CopingUse.at, CopingUse.before)).all() == [(minutes(-30), 7)]


def test_an_older_end_of_a_use_does_not_take_the_place_of_a_newer_one(cast: Cast, session: Session) -> None:
    start = tap(minutes(-30))
    coping.start_use(session, cast.clara, cast.breathing, start, 7, TODAY, NOW)
    coping.finish_use(session, cast.clara, start.id, 3, "yes", None, tap(minutes(-2)), NOW)
    late = coping.finish_use(session, cast.clara, start.id, 6, "no", "x", tap(minutes(-20)), NOW)
    assert late.superseded
    assert session.execute(select(CopingUse.after, CopingUse.helped, CopingUse.note)).all() == [(3, "yes", None)]


def test_a_use_that_is_taken_back_is_gone_and_does_not_come_later_either(cast: Cast, session: Session) -> None:
    for start, arrived in ((tap(), True), (tap(), False)):
        if arrived:
            coping.start_use(session, cast.clara, cast.breathing, start, 7, TODAY, NOW)
        coping.undo_use(session, cast.clara, start.id, minutes(1), NOW)
        assert coping.start_use(session, cast.clara, cast.breathing, start, 7, TODAY, NOW).taken_back
        assert count(session, CopingUse) == 0
        with pytest.raises(LookupError):
            coping.finish_use(session, cast.clara, start.id, 3, None, None, tap(), NOW)


def test_what_was_on_the_list_when_it_was_tapped_can_be_used_and_what_was_not_cannot(
    cast: Cast, session: Session
) -> None:
    session.get_one(CopingStrategy, cast.breathing).retired_at = minutes(-10)
    coping.start_use(session, cast.clara, cast.breathing, tap(minutes(-20)), None, TODAY, NOW)
    with pytest.raises(coping.OffTheList):
        coping.start_use(session, cast.clara, cast.breathing, tap(minutes(-5)), None, TODAY, NOW)


def is_small(session: Session) -> bool:
    return session.scalars(select(BadDay.id).where(BadDay.ended_at.is_(None))).first() is not None


def test_the_newest_wish_about_a_day_holds_in_whatever_order_they_come(cast: Cast, session: Session) -> None:
    asked, took_back = tap(minutes(-30)), tap(minutes(-10))
    assert bad_days.end(session, cast.clara, TODAY, took_back, NOW).counts
    assert bad_days.begin(session, cast.clara, TODAY, asked, NOW).superseded
    assert not is_small(session)
    bad_days.begin(session, cast.clara, TODAY, tap(minutes(-5)), NOW)
    assert bad_days.end(session, cast.clara, TODAY, took_back, NOW).again
    assert is_small(session)


def test_a_bad_day_taken_back_before_it_arrived_does_not_begin_however_near_the_taps_were(
    cast: Cast, session: Session
) -> None:
    asked = tap(minutes(-0.2))
    bad_days.end(session, cast.clara, TODAY, tap(minutes(-0.1)), NOW, undoes=asked.id)
    assert bad_days.begin(session, cast.clara, TODAY, asked, NOW).taken_back
    assert not is_small(session)


def test_taking_back_touches_no_op_of_another_kind(cast: Cast, session: Session) -> None:
    asked = tap()
    bad_days.begin(session, cast.clara, TODAY, asked, NOW)
    coping.undo_use(session, cast.clara, asked.id, minutes(1), NOW)
    heard = ops.known(session, cast.clara, asked.id, OpKind.BAD_DAY)
    assert heard is not None
    assert not heard.taken_back


def test_a_name_that_comes_with_another_kind_is_another_op_and_nothing_is_lost(cast: Cast, session: Session) -> None:
    same = tap()
    bad_days.begin(session, cast.clara, TODAY, same, NOW)
    said = say(session, cast, cast.walk, entry(op_id=same.id))
    assert said.new
    assert check_ins.add_note(session, acting(cast.clara), said.id, "x", same, NOW).counts
    assert coping.start_use(session, cast.clara, cast.breathing, same, 5, TODAY, NOW).counts


def test_ops_are_put_away_after_three_months_and_their_ticks_are_known_all_the_same(
    cast: Cast, session: Session
) -> None:
    told = entry()
    say(session, cast, cast.walk, told)
    ops.keep(session, cast.clara, tap(), OpKind.BAD_DAY, "day", NOW + DAY)
    assert housekeeping.ops(session, NOW + LONGEST_WAIT + HOUR) == 1
    assert session.scalars(select(Op.kind)).all() == ["bad_day"]
    assert say(session, cast, cast.walk, told, NOW + HOUR).again
    assert count(session, CheckIn) == 1


class Told(NamedTuple):
    """One thing tapped: `about` names what an undo takes back, else it says `outcome`."""

    number: int
    outcome: str
    about: int | None = None


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Told], list[Told]]:
    """Some taps in the order of their times, and the order in which they arrive.

    Each is taken back once at most: a phone offers no second time, and one that has not arrived says no day.
    """
    told: list[Told] = []
    for number in range(draw(st.integers(2, 7))):
        gone = {one.about for one in told}
        said = [one.number for one in told if one.about is None and one.number not in gone]
        about = draw(st.none() | st.sampled_from(said)) if said else None
        told.append(Told(number, draw(st.sampled_from([one.value for one in Outcome])), about))
    return told, draw(st.permutations(told))


def play(session: Session, cast: Cast, step: int, told: Sequence[Told]) -> list[str]:
    """Say all that in this order, each with its own time, three minutes after another; return what is shown."""
    names = {one.number: str(uuid4()) for one in told}
    now = minutes(60)
    for one in told:
        at = minutes(3 * one.number)
        if one.about is None:
            say(session, cast, step, entry(one.outcome, at, names[one.number]), now)
        else:
            check_ins.undo_op(session, acting(cast.clara), names[one.about], at, now)
    return shown(session, cast, step)


_TWICE = [Told(0, "done"), Told(1, "done"), Told(2, "done", 0), Told(3, "done"), Told(4, "done", 0)]
TAKEN_BACK_TWICE = (_TWICE, [*_TWICE[:3], _TWICE[4], _TWICE[3]])


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
@pytest.mark.parametrize("step", ["pills", "walk"])
@example(TAKEN_BACK_TWICE)
@given(orders())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_whatever_order_things_arrive_the_end_is_the_same(
    database: Database, cast: Cast, step: str, order: tuple[list[Told], list[Told]]
) -> None:
    ends = []
    for told in order:
        with database.writing() as session:
            ends.append(play(session, cast, getattr(cast, step), told))
            session.rollback()
    assert ends[0] == ends[1]


Act = Callable[[Session], Any]


def race(database: Database, *acts: Act) -> list[Any]:
    """Do all of these at the same moment, each in its own transaction, as two requests would."""
    start = Barrier(len(acts))

    def run(act: Act) -> Any:
        start.wait()
        with database.writing() as session:
            return act(session)

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_two_devices_that_tick_the_same_at_the_same_moment_store_one_row(database: Database, cast: Cast) -> None:
    for number in range(RACES):
        slot = f"{number // 60:02}:{number % 60:02}"
        one, other = (entry(slot=slot) for _ in range(2))
        stored = race(
            database,
            lambda session, told=one: say(session, cast, cast.pills, told),  # type: ignore[misc]
            lambda session, told=other: say(session, cast, cast.pills, told),  # type: ignore[misc]
        )
        assert stored[0].id == stored[1].id
        assert sorted(told.new for told in stored) == [False, True]
    with database.writing() as session:
        assert (count(session, CheckIn), count(session, Op)) == (RACES, 2 * RACES)


def test_the_same_op_sent_twice_at_the_same_moment_has_one_effect_and_one_answer(
    database: Database, cast: Cast
) -> None:
    for _ in range(RACES // 4):
        told, start, note = entry(), tap(), tap()
        stored = race(database, *(lambda session, told=told: say(session, cast, cast.walk, told) for _ in "ab"))  # type: ignore[misc]
        assert (stored[0].id, stored[0].superseded) == (stored[1].id, stored[1].superseded)
        race(
            database,
            *(
                lambda session, start=start: coping.start_use(  # type: ignore[misc]
                    session, cast.clara, cast.breathing, start, 5, TODAY, NOW
                )
                for _ in "ab"
            ),
        )
        heard = race(
            database,
            *(
                lambda session, note=note, said=stored[0].id: check_ins.add_note(  # type: ignore[misc]
                    session, acting(cast.clara), said, "x", note, NOW
                )
                for _ in "ab"
            ),
        )
        assert sorted(one.again for one in heard) == [False, True]
    with database.writing() as session:
        assert (count(session, CheckIn), count(session, CopingUse)) == (RACES // 4, RACES // 4)
        assert count(session, Op) == 3 * (RACES // 4)


def test_an_undo_that_meets_its_tick_at_the_same_moment_leaves_nothing_ticked(database: Database, cast: Cast) -> None:
    for number in range(RACES // 4):
        told = entry(slot=f"{number // 60:02}:{number % 60:02}", at=minutes(-1))
        race(
            database,
            lambda session, told=told: say(session, cast, cast.pills, told),  # type: ignore[misc]
            lambda session, told=told: check_ins.undo_op(  # type: ignore[misc]
                session, acting(cast.clara), told.op_id, NOW, NOW
            ),
        )
    with database.writing() as session:
        assert session.scalars(select(CheckIn.id).where(CheckIn.undone_at.is_(None))).all() == []
        assert count(session, CheckIn) == RACES // 4


def test_a_tick_that_joins_a_record_just_as_it_is_taken_back_is_not_lost(database: Database, cast: Cast) -> None:
    """The tap that came later wins, whichever request comes first."""
    clara = acting(cast.clara)
    for number in range(RACES // 4):
        slot = f"{number // 60:02}:{number % 60:02}"
        with database.writing() as session:
            first = say(session, cast, cast.pills, entry(slot=slot, at=minutes(-30)))
        race(
            database,
            lambda session, slot=slot: say(session, cast, cast.pills, entry(slot=slot, at=NOW)),  # type: ignore[misc]
            lambda session, said=first.id: check_ins.undo(session, clara, said, minutes(-9)),  # type: ignore[misc]
        )
    with database.writing() as session:
        standing = session.scalars(select(CheckIn.slot).where(CheckIn.undone_at.is_(None))).all()
        assert len(standing) == len(set(standing)) == RACES // 4


def test_steps_without_dates_may_be_ticked_by_two_devices_at_once_and_both_count(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        assert session.scalars(select(CadenceVersion.kind).where(CadenceVersion.step_id == cast.walk)).one() == "target"
    race(database, *(lambda session: say(session, cast, cast.walk, entry()) for _ in "ab"))
    with database.writing() as session:
        assert shown(session, cast, cast.walk) == ["done", "done"]
