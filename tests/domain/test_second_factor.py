"""A code counts for a minute and a half, once, and none before it afterwards."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.people import Role
from webapp.domain.second_factor import (
    ALPHABET,
    PROOF_LASTS,
    STEP,
    accepted_step,
    grouped,
    is_asked,
    is_compulsory,
    is_proved,
    may_go,
    read_code,
    read_recovery_code,
    step_of,
)

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
NOON = step_of(NOW)
roles = st.frozensets(st.sampled_from(Role), min_size=1)


def own_code(step: int) -> str:
    """Another code for every step, as good as always."""
    return f"{step * 7919 % 1_000_000:06}"


@given(st.integers(-50, 50), st.none() | st.integers(-3, 3), st.integers(0, STEP - 1))
def test_a_code_counts_in_its_own_step_and_the_two_beside_it_and_after_the_last_used_one(
    off: int, last: int | None, seconds: int
) -> None:
    used = None if last is None else NOON + last
    step = accepted_step(own_code(NOON + off), own_code, used, NOW + timedelta(seconds=seconds))
    good = abs(off) <= 1 and (last is None or off > last)
    assert step == (NOON + off if good else None)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(-2, 2)), max_size=30))
def test_over_any_time_no_step_counts_twice_and_they_only_go_up(tries: list[tuple[int, int]]) -> None:
    last, counted = None, []
    for seconds, off in sorted(tries):
        now = NOW + timedelta(seconds=seconds)
        step = accepted_step(own_code(step_of(now) + off), own_code, last, now)
        if step is not None:
            counted.append(step)
            last = step
    assert counted == sorted(set(counted))


@given(st.text(max_size=12))
def test_what_is_no_code_is_never_taken_for_one(typed: str) -> None:
    read = read_code(typed)
    assert read == "" or (len(read) == 6 and read.isascii() and read.isdecimal())
    if not read:
        assert accepted_step(typed, own_code, None, NOW) is None


def test_a_code_is_read_however_the_app_groups_it() -> None:
    for typed in ("123456", " 123 456 ", "123-456", "\u0661\u0662\u0663\u0664\u0665\u0666", "123\u00a0456"):
        assert read_code(typed) == "123456"
    for typed in ("", "12345", "1234567", "12345a", "\u00bd12345"):
        assert read_code(typed) == ""


@given(st.text(alphabet=ALPHABET, min_size=16, max_size=16))
def test_a_recovery_code_is_read_as_it_was_written_down(signs: str) -> None:
    shown = grouped(signs)
    assert shown.count("-") == 3
    for typed in (shown, shown.upper(), shown.replace("-", " "), f"  {signs}\n", shown.replace("-", "\u2013")):
        assert read_recovery_code(typed) == signs


def test_no_letter_of_a_recovery_code_looks_like_another() -> None:
    assert len(set(ALPHABET)) == 31
    assert set("01ilo").isdisjoint(ALPHABET)


@given(roles, st.booleans(), st.integers(0, 3))
def test_care_team_and_admin_are_always_asked_and_keep_at_least_one(
    held: frozenset[Role], has_app: bool, others: int
) -> None:
    staff = bool(held & {Role.CARE_TEAM, Role.ADMIN})
    assert is_compulsory(held) is staff
    assert is_asked(held, has_app) is (staff or has_app)
    assert may_go(held, others) is (not staff or others > 0)


def test_a_proof_holds_for_ten_minutes() -> None:
    assert not is_proved(None, NOW)
    assert is_proved(NOW, NOW)
    assert is_proved(NOW, NOW + PROOF_LASTS - timedelta(seconds=1))
    assert not is_proved(NOW, NOW + PROOF_LASTS)
