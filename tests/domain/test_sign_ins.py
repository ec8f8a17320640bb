"""How long a sign-in counts, and when a phone asks for its PIN: rules without a clock of their own."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import NOW
from webapp.domain.sign_ins import (
    AT_WORK,
    BORROWED,
    LOCKS_AFTER,
    OWN,
    SEEN_EVERY,
    Use,
    counts,
    ends_at,
    is_fresh,
    is_worth_noting,
    limits,
)
from webapp.domain.sign_ins import is_locked as locked

spans = st.integers(0, 40 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))
staff = st.booleans()
TICK = timedelta(microseconds=1)


@st.composite
def uses(draw: st.DrawFn) -> Use:
    """A sign-in that began at NOW, was used some time later, and was given some span to count."""
    seen = NOW + draw(spans)
    return Use(NOW, NOW + draw(spans), seen, draw(st.booleans()), draw(st.none() | st.just(seen)))


def test_the_limits_are_the_ones_people_are_told() -> None:
    assert limits(staff=False) == OWN
    assert limits(staff=True) == AT_WORK
    assert limits(staff=False, borrowed=True) == limits(staff=True, borrowed=True) == BORROWED
    assert (AT_WORK.idle, AT_WORK.absolute) == (timedelta(minutes=30), timedelta(hours=12))
    assert (OWN.idle, OWN.absolute) == (timedelta(days=30),) * 2
    assert (BORROWED.idle, BORROWED.absolute) == (timedelta(minutes=30), timedelta(hours=2))


@given(uses(), staff, spans)
def test_a_sign_in_counts_before_its_end_and_never_again(use: Use, staff: bool, later: timedelta) -> None:
    end = ends_at(use, staff)
    assert not counts(use, staff, end + later)
    assert counts(use, staff, end - TICK - later)
    assert end <= use.expires_at
    assert end <= use.created_at + OWN.absolute


@given(uses(), spans)
def test_nothing_makes_a_sign_in_of_staff_or_on_a_borrowed_phone_last_longer(use: Use, later: timedelta) -> None:
    assert ends_at(use, staff=True) <= ends_at(use, staff=False)
    borrowed = Use(use.created_at, use.expires_at, use.seen_at, borrowed=True)
    assert ends_at(borrowed, staff=False) <= min(ends_at(use, staff=False), NOW + timedelta(hours=2))
    used_later = Use(use.created_at, use.expires_at, use.seen_at + later, use.borrowed)
    assert ends_at(use, staff=True) <= ends_at(used_later, staff=True) <= NOW + AT_WORK.absolute


@given(uses(), st.sampled_from(LOCKS_AFTER), st.integers(0, 200 * 60))
def test_a_phone_is_locked_after_the_minutes_that_were_chosen_and_never_early(use: Use, after: int, away: int) -> None:
    now: datetime = use.seen_at + timedelta(seconds=away)
    assert not locked(use, None, now)
    if use.locked_at:
        assert locked(use, after, now)
    else:
        assert locked(use, after, now) == (away >= after * 60 + SEEN_EVERY.total_seconds())


@given(uses(), staff, st.sampled_from((None, *LOCKS_AFTER)), st.booleans(), spans)
def test_use_is_noted_soon_enough_that_nobody_who_is_there_is_sent_away(
    use: Use, staff: bool, after: int | None, writes: bool, later: timedelta
) -> None:
    now = use.seen_at + later
    noted = is_worth_noting(use, staff, after, now, writes)
    assert not noted or later >= SEEN_EVERY
    if not noted:
        assert later < limits(staff, use.borrowed).idle / 2
        assert use.locked_at or not locked(use, after, now + timedelta(minutes=after or 0) - TICK)


@given(uses())
def test_signing_in_is_fresh_for_ten_minutes(use: Use) -> None:
    assert is_fresh(use, NOW + timedelta(minutes=10) - TICK)
    assert not is_fresh(use, NOW + timedelta(minutes=10))
