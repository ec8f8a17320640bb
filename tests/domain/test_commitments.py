"""A promise moves only as the table allows, and nothing said about it is lost."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.commitments import (
    IN_FORCE,
    TABLE,
    NotNow,
    Promise,
    Side,
    State,
    Verb,
    WordsNeeded,
    allowed,
    answer,
    state_on,
)

NOW = datetime(2026, 11, 19, 17, tzinfo=UTC)
DAY = date(2026, 11, 19)
LATER = DAY + timedelta(days=9)

turns = st.lists(st.tuples(st.sampled_from(Side), st.sampled_from(Verb), st.sampled_from(["Saturdays", "", None])))


def walk(said: list[tuple[Side, Verb, str | None]], starts_on: date = DAY) -> list[Promise]:
    """Say all of it in turn; what is not allowed leaves the promise as it was."""
    path = [Promise()]
    for side, verb, words in said:
        try:
            path.append(answer(path[-1], side, verb, NOW, words, starts_on, DAY))
        except (NotNow, WordsNeeded):
            path.append(path[-1])
    return path


@given(turns, st.sampled_from([DAY, LATER]))
def test_no_sequence_of_verbs_leaves_the_table(said, starts_on) -> None:
    path = walk(said, starts_on)
    for before, after in zip(path, path[1:], strict=False):
        if after is not before:
            last = after.history[-1]
            told = TABLE[before.state, last.side][last.verb]
            assert after.state is state_on(told, starts_on, DAY)


@given(turns)
def test_what_has_ended_stays_ended(said) -> None:
    states = [promise.state for promise in walk(said)]
    if State.ENDED in states:
        assert set(states[states.index(State.ENDED) :]) == {State.ENDED}


@given(turns)
def test_history_only_grows(said) -> None:
    path = walk(said)
    for before, after in zip(path, path[1:], strict=False):
        assert after.history[: len(before.history)] == before.history
        assert len(after.history) - len(before.history) == (after is not before)


@given(turns)
def test_only_the_supporter_or_an_agreed_suggestion_of_theirs_makes_a_promise(said) -> None:
    for promise in walk(said):
        if promise.state in IN_FORCE:
            last = promise.history[-1]
            assert (last.side, last.verb) in {(Side.SUPPORTER, Verb.ACCEPT), (Side.CLIENT, Verb.AGREE)}
            assert (last.verb is Verb.AGREE) == (promise.suggestion is not None)


@given(turns)
def test_after_a_no_only_the_client_brings_the_question_back(said) -> None:
    path = walk(said)
    for before, after in zip(path, path[1:], strict=False):
        if before.state is State.DECLINED and after.state is State.PROPOSED:
            assert (after.history[-1].side, after.history[-1].verb) == (Side.CLIENT, Verb.ASK_AGAIN)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("verb", Verb)
def test_what_is_offered_is_exactly_what_is_taken(state: State, side: Side, verb: Verb) -> None:
    if verb in allowed(state, side):
        assert answer(Promise(state), side, verb, NOW, "Saturdays").history
    else:
        with pytest.raises(NotNow):
            answer(Promise(state), side, verb, NOW, "Saturdays")


def test_both_sides_can_end_a_promise_that_holds() -> None:
    for state in IN_FORCE:
        assert all(Verb.END in allowed(state, side) for side in Side)


def test_a_yes_is_active_at_once_when_the_step_has_begun() -> None:
    assert answer(Promise(), Side.SUPPORTER, Verb.ACCEPT, NOW, None, DAY, DAY).state is State.ACTIVE


def test_a_yes_to_a_later_step_becomes_active_on_its_first_day() -> None:
    promise = answer(Promise(), Side.SUPPORTER, Verb.ACCEPT, NOW, None, LATER, DAY)
    assert promise.state is State.ACCEPTED
    assert state_on(promise.state, LATER, LATER - timedelta(days=1)) is State.ACCEPTED
    assert state_on(promise.state, LATER, LATER) is State.ACTIVE


def test_an_agreed_change_holds_as_suggested_and_a_kept_one_asks_again_as_it_was() -> None:
    suggested = answer(Promise(), Side.SUPPORTER, Verb.SUGGEST, NOW, "  Saturdays  ")
    assert suggested.suggestion == "Saturdays"
    agreed = answer(suggested, Side.CLIENT, Verb.AGREE, NOW)
    assert (agreed.state, agreed.suggestion) == (State.ACTIVE, "Saturdays")
    kept = answer(suggested, Side.CLIENT, Verb.KEEP, NOW)
    assert (kept.state, kept.suggestion) == (State.PROPOSED, None)


@pytest.mark.parametrize("words", [None, "", "  \n"])
def test_a_suggestion_needs_words(words: str | None) -> None:
    with pytest.raises(WordsNeeded):
        answer(Promise(), Side.SUPPORTER, Verb.SUGGEST, NOW, words)
