"""Deliveries: the last look before sending, and what follows an error."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.deliveries import (
    Answer,
    Channel,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    MailUse,
    Retry,
    SendFacts,
    Verdict,
    Way,
    address_off,
    fallback_ways,
    first_ways,
    lease_expired,
    retry_after,
    verdict,
)
from webapp.domain.quiet_hours import QuietHours

NIGHT = QuietHours(time(22), time(7))
EVENING = datetime(2026, 11, 12, 20, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 12, 23, 0, tzinfo=UTC)
FACTS = SendFacts(now=EVENING, expires_at=EVENING + timedelta(hours=12), zone="UTC", zone_now="UTC")
REASONS = (
    ({"granted": False}, Verdict.REVOKED),
    ({"ended": True}, Verdict.ENDED),
    ({"done": True}, Verdict.CANCELLED_DONE),
    ({"quota_met": True}, Verdict.CANCELLED_QUOTA),
    ({"answered": True, "kind": "follow_up"}, Verdict.ANSWERED),
    ({"paused": True}, Verdict.SUPPRESSED_PAUSED),
    ({"zone_now": "Europe/Berlin"}, Verdict.REKEYED),
    ({"expires_at": EVENING}, Verdict.EXPIRED),
    ({"endpoint_on": False}, Verdict.ADDRESS_OFF),
)


def test_a_reminder_with_something_to_say_is_sent() -> None:
    assert verdict(FACTS) == Answer(Verdict.SEND)
    assert verdict(replace(FACTS, quiet=NIGHT)) == Answer(Verdict.SEND)


@pytest.mark.parametrize(("facts", "expected"), REASONS)
def test_any_reason_is_enough_for_silence(facts: dict[str, object], expected: Verdict) -> None:
    assert verdict(replace(FACTS, **facts)) == Answer(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(("first", "second"), list(combinations(REASONS, 2)))
def test_of_two_reasons_the_person_s_rights_and_wishes_come_first(
    first: tuple[dict[str, object], Verdict], second: tuple[dict[str, object], Verdict]
) -> None:
    both = replace(FACTS, **(second[0] | first[0]))  # type: ignore[arg-type]
    assert verdict(both).verdict is first[1]


def test_done_before_the_send_or_during_a_snooze_cancels_it() -> None:
    assert verdict(replace(FACTS, done=True)).verdict.state is DeliveryState.CANCELLED


def test_a_pause_that_starts_while_it_is_pending_suppresses_it() -> None:
    assert verdict(replace(FACTS, paused=True)).verdict.state is DeliveryState.SUPPRESSED


def test_quiet_22_to_07_due_23_waits_for_07_while_it_is_still_valid() -> None:
    morning = datetime(2026, 11, 13, 7, 0, tzinfo=UTC)
    facts = replace(FACTS, now=LATE, quiet=NIGHT)
    assert verdict(facts) == Answer(Verdict.DEFERRED_QUIET, morning)
    assert verdict(facts).verdict.state is DeliveryState.PENDING
    assert verdict(replace(facts, now=morning)) == Answer(Verdict.SEND)
    assert verdict(replace(facts, expires_at=morning)) == Answer(Verdict.EXPIRED)
    assert verdict(replace(facts, expires_at=morning + timedelta(seconds=1))).until == morning


def test_a_yes_to_a_time_inside_quiet_hours_holds() -> None:
    assert verdict(replace(FACTS, now=LATE, quiet=NIGHT, even_when_quiet=True)) == Answer(Verdict.SEND)


def test_a_zone_changed_while_pending_is_cancelled_here_and_re_keyed() -> None:
    moved = verdict(replace(FACTS, zone="America/New_York", zone_now="Europe/Berlin")).verdict
    assert (moved, moved.state) == (Verdict.REKEYED, DeliveryState.CANCELLED)


@pytest.mark.parametrize("kind", list(DeliveryKind))
def test_what_was_handed_over_somewhere_is_not_re_keyed_at_another_endpoint(kind: DeliveryKind) -> None:
    assert verdict(replace(FACTS, kind=kind, zone_now="Europe/Berlin", begun=True)) == Answer(Verdict.SEND)


@pytest.mark.parametrize(
    ("kind", "silent"),
    [("first", True), ("later", False), ("notice", False), ("follow_up", True), ("fallback", True)],
)
def test_an_answer_silences_all_but_what_it_asked_for(kind: str, silent: bool) -> None:
    expected = Verdict.ANSWERED if silent else Verdict.SEND
    assert verdict(replace(FACTS, kind=kind, answered=True)) == Answer(expected)


PHONE, TABLET, MAIL = Way(1, Channel.PUSH), Way(2, Channel.NTFY), Way(3, Channel.EMAIL)
OFF = {way: replace(way, on=False) for way in (PHONE, TABLET, MAIL)}


@pytest.mark.parametrize(
    ("use", "ways", "first", "fallback"),
    [
        ("always", [MAIL, PHONE, TABLET], [PHONE, TABLET, MAIL], []),
        ("unreached", [MAIL, PHONE, TABLET], [PHONE, TABLET], [MAIL]),
        ("unanswered", [MAIL, PHONE], [PHONE], [MAIL]),
        ("never", [MAIL, PHONE], [PHONE], []),
        ("never", [MAIL, OFF[PHONE]], [], []),
        ("unreached", [MAIL, OFF[PHONE]], [MAIL], [MAIL]),
        ("unreached", [OFF[MAIL], OFF[PHONE]], [OFF[MAIL]], []),
        ("unreached", [OFF[MAIL], PHONE], [PHONE], []),
        ("always", [], [], []),
    ],
)
def test_where_a_reminder_is_said_first_and_what_stands_in(
    use: str, ways: list[Way], first: list[Way], fallback: list[Way]
) -> None:
    assert first_ways(ways, use) == first
    assert fallback_ways(ways, use) == fallback


WAYS = st.lists(st.builds(Way, st.integers(1, 9), st.sampled_from(Channel), st.booleans()), max_size=5)


@given(WAYS, st.sampled_from(MailUse))
def test_nothing_that_is_off_but_a_mail_address_is_ever_used(ways: list[Way], use: MailUse) -> None:
    assert all(way.on or way.channel == Channel.EMAIL for way in first_ways(ways, use))
    assert all(way.on and way.channel == Channel.EMAIL for way in fallback_ways(ways, use))
    assert {*first_ways(ways, use), *fallback_ways(ways, use)} <= set(ways)


@given(WAYS, st.sampled_from([use for use in MailUse if use is not MailUse.NEVER]))
def test_whoever_has_any_way_that_is_on_is_reached_in_one(ways: list[Way], use: MailUse) -> None:
    assert any(way.on for way in first_ways(ways, use)) or not any(way.on for way in ways)


def test_sending_is_the_state_of_what_is_sent() -> None:
    assert Verdict.SEND.state is DeliveryState.SENDING


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


FAILED = Retry(DeliveryState.FAILED)
GONE = Retry(DeliveryState.FAILED, endpoint_gone=True)
UNKNOWN = Retry(DeliveryState.UNKNOWN)


def again(wait: timedelta) -> Retry:
    return Retry(DeliveryState.PENDING, wait)


@pytest.mark.parametrize(
    ("channel", "attempt", "error", "expected"),
    [
        (Channel.EMAIL, 1, ErrorClass.TEMPORARY, again(minutes(1))),
        (Channel.EMAIL, 2, ErrorClass.TEMPORARY, again(minutes(5))),
        (Channel.EMAIL, 3, ErrorClass.TEMPORARY, again(minutes(30))),
        (Channel.EMAIL, 4, ErrorClass.TEMPORARY, FAILED),
        (Channel.EMAIL, 1, ErrorClass.REFUSED, FAILED),
        (Channel.EMAIL, 1, ErrorClass.IN_DOUBT, UNKNOWN),
        (Channel.NTFY, 1, ErrorClass.IN_DOUBT, UNKNOWN),
        (Channel.PUSH, 1, ErrorClass.IN_DOUBT, again(minutes(1))),
        (Channel.PUSH, 1, ErrorClass.NOT_FOUND, again(minutes(1))),
        (Channel.PUSH, 2, ErrorClass.NOT_FOUND, GONE),
        (Channel.PUSH, 1, ErrorClass.GONE, GONE),
        (Channel.PUSH, 1, ErrorClass.REFUSED, FAILED),
    ],
)
def test_each_error_has_its_consequence(channel: Channel, attempt: int, error: ErrorClass, expected: Retry) -> None:
    assert retry_after(channel, attempt, error) == expected


def test_a_push_server_that_asks_to_wait_is_heard() -> None:
    asked = retry_after(Channel.PUSH, 1, ErrorClass.TEMPORARY, asked_wait=minutes(7))
    assert asked == again(minutes(7))
    earlier = retry_after(Channel.PUSH, 1, ErrorClass.TEMPORARY, asked_wait=-minutes(7))
    assert earlier == again(minutes(0))


def test_a_wait_past_expiry_ends_the_trying() -> None:
    assert retry_after(Channel.EMAIL, 3, ErrorClass.TEMPORARY, left=minutes(30)) == FAILED
    assert retry_after(Channel.EMAIL, 3, ErrorClass.TEMPORARY, left=minutes(31)) == again(minutes(30))


def test_the_third_refusal_in_a_row_turns_an_address_off() -> None:
    assert [address_off(refused) for refused in (1, 2, 3, 4)] == [False, False, True, True]


def test_a_lease_that_ran_out_while_sending_is_repeated_only_on_push() -> None:
    assert lease_expired(Channel.PUSH) == "pending"
    assert lease_expired(Channel.EMAIL) == "unknown"
    assert lease_expired(Channel.NTFY) == "unknown"
    for channel in Channel:
        assert lease_expired(channel, DeliveryState.CLAIMED) == "pending"
