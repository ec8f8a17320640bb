"""The last look before sending: what a reminder is about, and whether anything is left to say."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from webapp.domain.cadence import Cadence, Kind, Unit
from webapp.domain.last_look import Left, counted_from, day_meant, expiry, left_to_say, slot_meant
from webapp.domain.pauses import Pause
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reminders import Fire
from webapp.domain.scores import Mark

MONDAY = date(2026, 11, 16)
THURSDAY = date(2026, 11, 19)
FRIDAY = date(2026, 11, 20)
EIGHT = time(20)
NEW_YORK = "America/New_York"
NIGHT = QuietHours(time(22), time(7))
GRACE = timedelta(hours=2)

DAILY = Cadence(Kind.FIXED, per_unit=Unit.DAY, valid_from=MONDAY)
TWICE = Cadence(Kind.TARGET, target_min=2, per_unit=Unit.WEEK, valid_from=MONDAY)
THRICE_A_DAY = Cadence(Kind.TARGET, target_min=3, per_unit=Unit.DAY, valid_from=MONDAY)
NEEDED = Cadence(Kind.AS_NEEDED, valid_from=MONDAY)
ONCE = Cadence(Kind.ONCE, due=FRIDAY, valid_from=MONDAY)


def mark(day: date = THURSDAY, outcome: str = "done", slot: str = "") -> Mark:
    return Mark(day, outcome != "not_today", outcome, slot=slot)


def left(cadence: Cadence, *marks: Mark, pauses: tuple[Pause, ...] = (), day: date = THURSDAY) -> Left:
    return left_to_say((cadence,), pauses, marks, day, THURSDAY, EIGHT)


def test_nothing_said_leaves_everything_to_say() -> None:
    assert [left(cadence) for cadence in (DAILY, TWICE, THRICE_A_DAY, NEEDED)] == [Left()] * 4
    assert left(ONCE, day=FRIDAY) == Left()


@pytest.mark.parametrize("outcome", ["done", "some", "not_today"])
@pytest.mark.parametrize("cadence", [DAILY, TWICE, NEEDED])
def test_an_answer_for_the_day_is_an_answer(cadence: Cadence, outcome: str) -> None:
    assert left(cadence, mark(outcome=outcome)).done
    assert not left(cadence, mark(MONDAY, outcome)).done


def test_one_of_three_leaves_two_to_say() -> None:
    assert left(THRICE_A_DAY, mark(), mark()) == Left()
    assert left(THRICE_A_DAY, mark(), mark(), mark()) == Left(done=True, quota_met=True)


def test_a_target_is_met_for_its_week() -> None:
    assert left(TWICE, mark(MONDAY), mark(date(2026, 11, 17))) == Left(quota_met=True)


def test_a_once_done_early_is_done() -> None:
    assert left(ONCE, mark(MONDAY), day=FRIDAY).done


def test_a_pause_over_the_day_or_over_today_silences() -> None:
    assert left(DAILY, pauses=(Pause(THURSDAY),)).paused
    assert left(DAILY, day=MONDAY, pauses=(Pause(THURSDAY),)).paused
    assert not left(DAILY, pauses=(Pause(FRIDAY),)).paused


def test_a_day_that_is_no_longer_asked_for_has_ended() -> None:
    over = Cadence(Kind.FIXED, per_unit=Unit.DAY, valid_from=MONDAY, valid_to=THURSDAY)
    moved = Cadence(Kind.FIXED, per_unit=Unit.WEEK, weekdays=frozenset({4}), valid_from=MONDAY)
    assert left(over).ended
    assert left(moved).ended
    assert left_to_say((), (), (), THURSDAY, THURSDAY, EIGHT).ended


@pytest.mark.parametrize(
    ("at", "slot"), [("08:30", "08:00"), ("19:00", "20:00"), ("14:00", "08:00"), ("23:59", "20:00")]
)
def test_the_slot_meant_is_the_nearest_and_of_two_the_earlier(at: str, slot: str) -> None:
    assert slot_meant(("08:00", "20:00"), time.fromisoformat(at)) == slot
    assert slot_meant(("",), time.fromisoformat(at)) == ""


def test_of_two_slots_only_the_one_meant_counts() -> None:
    twice = Cadence(Kind.FIXED, per_unit=Unit.DAY, times=(time(8), EIGHT), valid_from=MONDAY)
    assert not left(twice, mark(slot="08:00")).done
    assert left(twice, mark(slot="20:00")).done


def test_dated_steps_mean_their_date_and_others_the_persons_day() -> None:
    assert day_meant((DAILY,), FRIDAY, THURSDAY) == FRIDAY
    assert day_meant((ONCE,), FRIDAY, THURSDAY) == FRIDAY
    assert day_meant((TWICE,), FRIDAY, THURSDAY) == THURSDAY
    assert day_meant((), FRIDAY, THURSDAY) == THURSDAY


def test_only_the_period_matters_except_for_a_once() -> None:
    assert counted_from((TWICE,), THURSDAY) == MONDAY
    assert counted_from((ONCE,), THURSDAY) is None
    assert counted_from((), THURSDAY) is None


def fire(text: str, day: date = THURSDAY) -> Fire:
    return Fire(datetime.fromisoformat(text).replace(tzinfo=UTC), day)


LATE = fire("2026-11-20T04:00")
"""23:00 in New York."""


@pytest.mark.parametrize(
    ("cadence", "quiet", "hours"),
    [
        (TWICE, None, 2),
        (TWICE, NIGHT, 10),
        (NEEDED, NIGHT, 10),
        (ONCE, NIGHT, 10),
        (DAILY, NIGHT, 2),
        (THRICE_A_DAY, NIGHT, 2),
        (None, NIGHT, 2),
    ],
)
def test_waiting_for_the_morning_is_for_what_still_stands_then(
    cadence: Cadence | None, quiet: QuietHours | None, hours: int
) -> None:
    assert expiry(LATE, GRACE, cadence, NEW_YORK, quiet, None) - LATE.at == timedelta(hours=hours)


def test_before_dawn_of_its_own_date_anything_may_wait() -> None:
    early = fire("2026-11-19T10:00")
    assert expiry(early, GRACE, DAILY, NEW_YORK, NIGHT, None) - early.at == timedelta(hours=4)


def test_by_day_quiet_hours_of_the_night_change_nothing() -> None:
    noon = fire("2026-11-19T17:00")
    assert expiry(noon, GRACE, TWICE, NEW_YORK, NIGHT, None) - noon.at == GRACE


def test_nothing_outlives_the_next_one() -> None:
    soon = LATE.at + timedelta(hours=9)
    assert expiry(LATE, GRACE, TWICE, NEW_YORK, NIGHT, soon) == soon
    assert expiry(LATE, GRACE, TWICE, NEW_YORK, NIGHT, LATE.at - timedelta(hours=1)) == LATE.at
