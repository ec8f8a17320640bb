"""Strategies can be added, changed, taken off and brought back, with a history; a use sent twice is one."""

from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.taps import tap
from webapp.models import CopingStrategy, CopingUse, PlanChange, Sign, StrategySign
from webapp.services import coping


def changes(session: Session) -> list[tuple[str, bool]]:
    return [(change.what, change.substance_use) for change in session.query(PlanChange).order_by(PlanChange.id)]


def sign_of(session: Session, client: int) -> int:
    sign = Sign(client_id=client, kind="trigger", text="Evenings alone")
    session.add(sign)
    session.flush()
    return sign.id


def test_what_the_client_adds_is_their_own(session: Session, cast: Cast) -> None:
    own = coping.add_strategy(session, cast.clara, cast.clara, "Sing in the car", "everyday", now=NOW)
    given = coping.add_strategy(session, cast.clara, cast.theo, "Cold water", "crisis", cue="panic", now=NOW)
    assert session.get_one(CopingStrategy, own).own
    made = session.get_one(CopingStrategy, given)
    assert (made.own, made.use_when, made.cue, made.created_by_id) == (False, "crisis", "panic", cast.theo)
    assert changes(session) == [("added", False), ("added", False)]


def test_a_change_keeps_what_it_was_before(session: Session, cast: Cast) -> None:
    coping.edit_strategy(
        session, cast.clara, cast.breathing, cast.clara, now=NOW, text="Breathe out slowly", use_when="crisis"
    )
    made = session.get_one(CopingStrategy, cast.breathing)
    assert (made.text, made.use_when) == ("Breathe out slowly", "crisis")
    (change,) = session.query(PlanChange)
    assert change.before
    assert change.after
    assert (change.before["text"], change.after["text"]) == ("Slow breathing", "Breathe out slowly")


def test_saving_without_a_change_writes_no_history(session: Session, cast: Cast) -> None:
    coping.edit_strategy(session, cast.clara, cast.breathing, cast.clara, now=NOW, text="Slow breathing")
    assert changes(session) == []


def test_a_change_of_something_private_stays_private_when_the_mark_is_taken_away(session: Session, cast: Cast) -> None:
    made = coping.add_strategy(session, cast.clara, cast.clara, "Ring my sponsor", now=NOW, substance_use=True)
    coping.edit_strategy(session, cast.clara, made, cast.clara, now=NOW, text="Ring Lou", substance_use=False)
    assert changes(session) == [("added", True), ("changed", True)]


def test_signs_are_linked_and_those_of_others_left_out(session: Session, cast: Cast) -> None:
    own, foreign = sign_of(session, cast.clara), sign_of(session, cast.otto)
    made = coping.add_strategy(session, cast.clara, cast.clara, "Sing", now=NOW, sign_ids=[own, foreign])
    assert [link.sign_id for link in session.query(StrategySign).filter_by(strategy_id=made)] == [own]
    coping.edit_strategy(session, cast.clara, made, cast.clara, now=NOW, sign_ids=[])
    assert session.query(StrategySign).count() == 0


def test_a_strategy_taken_off_can_be_brought_back(session: Session, cast: Cast) -> None:
    coping.retire_strategy(session, cast.clara, cast.breathing, cast.clara, NOW)
    coping.retire_strategy(session, cast.clara, cast.breathing, cast.clara, NOW)
    assert session.get_one(CopingStrategy, cast.breathing).retired_at == NOW
    coping.bring_back(session, cast.clara, cast.breathing, cast.clara, NOW)
    coping.bring_back(session, cast.clara, cast.breathing, cast.clara, NOW)
    assert session.get_one(CopingStrategy, cast.breathing).retired_at is None
    assert [what for what, _ in changes(session)] == ["retired", "brought_back"]


def test_without_a_plan_there_is_no_history_to_write(session: Session, cast: Cast) -> None:
    coping.add_strategy(session, cast.sam, cast.sam, "Run", now=NOW)
    assert changes(session) == []


def test_a_use_sent_twice_is_one_use(session: Session, cast: Cast) -> None:
    op_id = str(uuid4())
    for before in (7, 3):
        coping.start_use(session, cast.clara, cast.breathing, tap(op_id=op_id), before, TODAY, NOW)
    (use,) = session.query(CopingUse)
    assert (use.before, use.day, use.ended_at) == (7, TODAY, None)


def test_how_it_went_is_kept_and_newer_words_win(session: Session, cast: Cast) -> None:
    op_id = str(uuid4())
    coping.start_use(session, cast.clara, cast.breathing, tap(op_id=op_id), None, TODAY, NOW)
    coping.finish_use(session, cast.clara, op_id, 5, "no", None, tap(), NOW)
    coping.finish_use(session, cast.clara, op_id, 4, "a_little", "outside", tap(), NOW)
    (use,) = session.query(CopingUse)
    assert (use.before, use.after, use.helped, use.note, use.ended_at) == (None, 4, "a_little", "outside", NOW)


def test_nobody_touches_the_strategies_or_uses_of_somebody_else(session: Session, cast: Cast) -> None:
    op_id = str(uuid4())
    coping.start_use(session, cast.clara, cast.breathing, tap(op_id=op_id), None, TODAY, NOW)
    for attempt in (
        lambda: coping.start_use(session, cast.otto, cast.breathing, tap(), None, TODAY, NOW),
        lambda: coping.finish_use(session, cast.otto, op_id, 1, None, None, tap(), NOW),
        lambda: coping.edit_strategy(session, cast.otto, cast.breathing, cast.otto, now=NOW, text="x"),
        lambda: coping.retire_strategy(session, cast.otto, cast.breathing, cast.otto, NOW),
        lambda: coping.bring_back(session, cast.otto, cast.breathing, cast.otto, NOW),
    ):
        with pytest.raises(LookupError):
            attempt()
