"""Asking, answering and ending, on both databases."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.domain.commitments import NotNow, State, Verb, WordsNeeded
from webapp.models import ActionStep, CadenceVersion, Commitment, CommitmentEvent, SupporterLink
from webapp.services import commitments


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
    assert commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW).state == State.PROPOSED
