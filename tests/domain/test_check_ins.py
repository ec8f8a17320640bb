"""Which of the things said about a step count."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.check_ins import CheckIn, Reason, counted, day_problem, is_dated, marks, op_id_of
from webapp.domain.scores import Mark, Outcome

THURSDAY = date(2026, 11, 19)
START = date(2026, 10, 5)
CLARA, SAM = 1, 2
WALK = (Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=START),)
PILLS = (Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(8), time(20)), valid_from=START),)
RIDE = (Cadence(Kind.FIXED, per_unit=Unit.WEEK, weekdays=frozenset({3}), valid_from=START),)
DONE, SOME, NOT_TODAY = Outcome


def said(number: int, outcome: Outcome = DONE, voice: int = CLARA, **more: object) -> CheckIn:
    """Check-ins said one minute after another, in the order of their numbers."""
    at = datetime(2026, 11, 19, 12, tzinfo=UTC) + timedelta(minutes=number)
    return CheckIn(number, voice, **({"day": THURSDAY, "outcome": outcome, "at": at} | more))  # type: ignore[arg-type]


def outcomes(told: list[CheckIn], versions: tuple[Cadence, ...]) -> list[str]:
    return [mark.outcome for mark in marks(told, versions)]


def test_on_a_fixed_step_the_newest_word_wins_slot_by_slot() -> None:
    told = [said(1, NOT_TODAY, slot="08:00"), said(2, slot="08:00"), said(3, slot="20:00"), said(4, SOME, slot="20:00")]
    assert outcomes(told, PILLS) == ["done", "some"]


def test_on_a_target_each_time_counts() -> None:
    assert outcomes([said(1), said(2), said(3, SOME)], WALK) == ["done", "done", "some"]


def test_what_was_begun_can_be_finished_and_counts_once() -> None:
    assert outcomes([said(1, SOME), said(2)], WALK) == ["done"]


def test_not_today_is_taken_back_by_doing_it_and_takes_nothing_back_itself() -> None:
    assert outcomes([said(1, NOT_TODAY), said(2)], WALK) == ["done"]
    assert outcomes([said(1), said(2, NOT_TODAY)], WALK) == ["done"]


@pytest.mark.parametrize("versions", [RIDE, WALK], ids=["fixed", "target"])
def test_two_voices_about_one_day_count_once_and_the_better_one_stands(versions: tuple[Cadence, ...]) -> None:
    assert outcomes([said(1), said(2, voice=SAM)], versions) == ["done"]
    assert outcomes([said(1, NOT_TODAY), said(2, voice=SAM)], versions) == ["done"]
    assert outcomes([said(1, SOME), said(2, NOT_TODAY, voice=SAM)], versions) == ["some"]


def test_each_voice_may_change_its_mind() -> None:
    told = [said(1, voice=SAM), said(2, NOT_TODAY, voice=SAM), said(3, SOME)]
    assert outcomes(told, RIDE) == ["some"]


@pytest.mark.parametrize(
    ("more", "excused"),
    [
        ({"reason": Reason.NO_RIDE}, True),
        ({"reason": Reason.UNWELL}, True),
        ({"reason": Reason.NO_TIME}, False),
        ({"reason": "my own words"}, False),
        ({"moved_to": THURSDAY + timedelta(days=1)}, True),
    ],
)
def test_what_nobody_could_help_or_was_moved_is_excused(more: dict[str, object], excused: bool) -> None:
    assert marks([said(1, NOT_TODAY, **more)], RIDE) == (Mark(THURSDAY, False, NOT_TODAY, excused),)


@pytest.mark.parametrize(
    ("days", "versions", "problem"),
    [
        (0, WALK, None),
        (-60, WALK, None),
        (-61, WALK, "too_long_ago"),
        (1, WALK, "to_come"),
        (1, PILLS, None),
        (7, RIDE, None),
        (6, RIDE, "to_come"),
        (14, RIDE, None),
        (21, RIDE, "to_come"),
        (1, (), "to_come"),
    ],
)
def test_a_check_in_is_about_what_was_or_about_a_fixed_day_soon(
    days: int, versions: tuple[Cadence, ...], problem: str | None
) -> None:
    assert day_problem(THURSDAY + timedelta(days=days), THURSDAY, versions) == problem


def test_a_uuid_has_one_spelling() -> None:
    assert op_id_of("{6F9619FF-8B86-D011-B42D-00C04FC964FF}") == "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    assert op_id_of("not one") is None
    assert op_id_of("") is None


@st.composite
def check_ins(draw: st.DrawFn) -> list[CheckIn]:
    number = draw(st.integers(0, 12))
    return [
        said(
            n,
            draw(st.sampled_from(Outcome)),
            draw(st.sampled_from((CLARA, SAM))),
            day=THURSDAY - timedelta(days=draw(st.integers(0, 2))),
            slot=draw(st.sampled_from(("", "08:00", "20:00"))),
        )
        for n in range(number)
    ]


every_kind = st.sampled_from((WALK, PILLS, RIDE, ()))


@given(check_ins(), every_kind, st.randoms())
def test_the_order_of_reading_is_irrelevant(told: list[CheckIn], versions: tuple[Cadence, ...], chance: object) -> None:
    mixed = list(told)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert marks(mixed, versions) == marks(told, versions)


@given(check_ins(), every_kind)
def test_hearing_the_other_voice_too_never_lowers_anything(told: list[CheckIn], versions: tuple[Cadence, ...]) -> None:
    def days_counted(heard: list[CheckIn]) -> dict[date, int]:
        found: dict[date, int] = {}
        for one in counted(heard, versions):
            found[one.day] = found.get(one.day, 0) + one.counts
        return found

    alone, both = days_counted([one for one in told if one.voice == CLARA]), days_counted(told)
    assert all(both[day] >= number for day, number in alone.items())


@given(check_ins())
def test_saying_more_about_a_target_never_lowers_its_count(told: list[CheckIn]) -> None:
    counts = [sum(mark.counts for mark in marks(told[:n], WALK)) for n in range(len(told) + 1)]
    assert counts == sorted(counts)


@given(check_ins())
def test_on_dates_a_slot_has_one_answer(told: list[CheckIn]) -> None:
    answers = [(one.day, one.slot) for one in counted(told, PILLS)]
    assert len(answers) == len(set(answers)) == len({(one.day, one.slot) for one in told})


def test_a_step_that_changed_its_kind_is_dated_only_while_it_is_asked_on_dates() -> None:
    until, since = date(2026, 11, 1), date(2026, 11, 10)
    first = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=START, valid_to=until)
    second = Cadence(Kind.FIXED, per_unit=Unit.DAY, valid_from=since)
    versions = (first, second)
    assert not is_dated(versions, START)
    assert is_dated(versions, THURSDAY)
    assert not is_dated(versions, date(2026, 11, 5))  # between the two, what was first holds
