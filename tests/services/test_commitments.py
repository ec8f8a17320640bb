"""Asking, answering and ending, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from tests.support.people import SIGNED, acting
from webapp.domain.commitments import NotNow, State, Verb, WordsNeeded
from webapp.domain.sharing import Scope
from webapp.models import ActionStep, CadenceVersion, Commitment, CommitmentEvent, Goal, SupporterLink
from webapp.services import commitments, sharing
from webapp.services.sharing import Terms


@pytest.fixture
def asked(cast: Cast, session: Session) -> int:
    """Nora is asked for Sam's ride too."""
    return commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW).id


def verbs(session: Session, commitment_id: int) -> list[str]:
    which = CommitmentEvent.commitment_id == commitment_id
    return list(session.scalars(select(CommitmentEvent.verb).where(which).order_by(CommitmentEvent.id)))


def test_an_ask_waits_for_the_supporter(asked: int, session: Session) -> None:
    assert session.get_one(Commitment, asked).state == State.PROPOSED
    assert verbs(session, asked) == ["propose"]


def test_asking_twice_is_one_ask(cast: Cast, session: Session, asked: int) -> None:
    assert commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW).id == asked
    assert verbs(session, asked) == ["propose"]


def test_a_no_is_not_asked_again_by_itself(cast: Cast, session: Session, asked: int) -> None:
    commitments.answer(session, asked, cast.nora, Verb.DECLINE, NOW, "I work on Thursdays")
    again = commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.theo, NOW)
    assert (again.id, again.state) == (asked, State.DECLINED)
    assert commitments.answer(session, asked, cast.clara, Verb.ASK_AGAIN, NOW).state == State.PROPOSED


def test_a_yes_holds_at_once_and_is_kept_with_its_words(cast: Cast, session: Session, asked: int) -> None:
    assert commitments.answer(session, asked, cast.nora, Verb.ACCEPT, NOW, " Gladly ").state == State.ACTIVE
    event = session.scalars(select(CommitmentEvent).where(CommitmentEvent.verb == "accept")).one()
    assert (event.by_id, event.words, event.at) == (cast.nora, "Gladly", NOW)


def test_a_yes_to_a_step_that_begins_later_is_accepted_until_then(cast: Cast, session: Session, asked: int) -> None:
    later = (
        update(CadenceVersion).where(CadenceVersion.step_id == cast.ride).values(valid_from=NOW.date().replace(day=30))
    )
    session.execute(later)
    assert commitments.answer(session, asked, cast.nora, Verb.ACCEPT, NOW).state == State.ACCEPTED


def test_a_change_agreed_to_is_what_holds(cast: Cast, session: Session, asked: int) -> None:
    commitments.answer(session, asked, cast.nora, Verb.SUGGEST, NOW, "Every other week")
    agreed = commitments.answer(session, asked, cast.clara, Verb.AGREE, NOW)
    assert (agreed.state, agreed.suggestion) == (State.ACTIVE, "Every other week")
    assert verbs(session, asked) == ["propose", "suggest", "agree"]


def test_a_change_not_taken_asks_as_it_was(cast: Cast, session: Session, asked: int) -> None:
    commitments.answer(session, asked, cast.nora, Verb.SUGGEST, NOW, "Every other week")
    kept = commitments.answer(session, asked, cast.clara, Verb.KEEP, NOW)
    assert (kept.state, kept.suggestion) == (State.PROPOSED, None)


def test_a_suggestion_needs_words_and_leaves_nothing_behind(cast: Cast, session: Session, asked: int) -> None:
    with pytest.raises(WordsNeeded):
        commitments.answer(session, asked, cast.nora, Verb.SUGGEST, NOW, "  ")
    assert verbs(session, asked) == ["propose"]


def test_what_ended_answers_no_more_but_can_be_asked_anew(cast: Cast, session: Session, asked: int) -> None:
    commitments.answer(session, asked, cast.clara, Verb.END, NOW)
    with pytest.raises(NotNow):
        commitments.answer(session, asked, cast.nora, Verb.ACCEPT, NOW)
    assert commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW).id != asked


def test_a_stranger_is_no_side_of_a_promise(cast: Cast, session: Session, asked: int) -> None:
    for stranger in (cast.sam, cast.theo, cast.otto):
        with pytest.raises(LookupError):
            commitments.answer(session, asked, stranger, Verb.ACCEPT, NOW)


def test_only_supporters_steps_of_the_own_plan_can_be_asked(cast: Cast, session: Session) -> None:
    for step in (cast.walk, cast.therapy, cast.otto_step):
        with pytest.raises(commitments.NotAskable):
            commitments.propose(session, cast.clara, step, cast.nora, cast.clara, NOW)


def test_only_people_of_the_circle_can_be_asked(cast: Cast, session: Session) -> None:
    for person in (cast.otto, cast.tess):
        with pytest.raises(commitments.NotAskable):
            commitments.propose(session, cast.clara, cast.ride, person, cast.clara, NOW)
    session.execute(update(SupporterLink).where(SupporterLink.supporter_id == cast.nora).values(ended_at=NOW))
    with pytest.raises(commitments.NotAskable):
        commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW)


def test_only_the_client_tells_a_supporter_about_a_step_on_substance_use(cast: Cast, session: Session) -> None:
    session.execute(update(ActionStep).where(ActionStep.id == cast.ride).values(substance_use=True))
    with pytest.raises(commitments.NotAskable):
        commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.theo, NOW)
    sharing.grant(session, acting(cast.clara), cast.nora, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)
    with pytest.raises(commitments.NotAskable):
        commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.theo, NOW)
    assert commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW).state == State.PROPOSED


@pytest.mark.parametrize("by_goal", [True, False])
def test_a_step_about_substance_use_is_asked_only_of_whom_it_is_shared_with(
    cast: Cast, session: Session, by_goal: bool
) -> None:
    of = ActionStep.id == cast.ride
    if by_goal:
        goal = Goal(client_id=cast.clara, plan_id=cast.plan, statement="Clear evenings", substance_use=True)
        session.add(goal)
        session.flush()
        session.execute(update(ActionStep).where(of).values(goal_id=goal.id))
    else:
        session.execute(update(ActionStep).where(of).values(substance_use=True))
    clara = acting(cast.clara)
    for scope in (Scope.PLAN, Scope.STEPS):
        sharing.grant(session, clara, cast.nora, scope, NOW)
    sharing.grant(session, clara, cast.sam, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)
    later = Terms(starts_at=NOW + timedelta(days=2), ends_at=NOW + timedelta(days=3))
    sharing.grant(session, clara, cast.nora, Scope.SUBSTANCE_USE, NOW, later, SIGNED)
    for days in (0, 1, 3, 4):
        with pytest.raises(commitments.NotShared):
            commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW + timedelta(days=days))
    asked = commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW + timedelta(days=2))
    assert asked.state == State.PROPOSED
