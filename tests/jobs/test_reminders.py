"""From due to delivered: what comes out of each edge case, on both databases, at a real mail server.

Clara is in New York (UTC-5). The evening tablet is her daily step; the walk is her target of twice a week.
"""

import threading
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select, update

from tests.support.cast import NOW, TODAY, Cast
from tests.support.engine import Engine, utc
from tests.support.people import SIGNED, acting
from tests.support.smtp import MailServer
from webapp import clock
from webapp.domain.cadence import Cadence, Kind, TzMode
from webapp.domain.deliveries import Channel
from webapp.domain.sharing import Scope
from webapp.models import (
    ActionStep,
    BadDay,
    CadenceVersion,
    CheckIn,
    Commitment,
    Delivery,
    Endpoint,
    Pause,
    Person,
    Reminder,
    ReminderOccurrence,
    SupporterLink,
)
from webapp.notify import email, smtp
from webapp.services import cadences, dispatch, reminders, sharing
from webapp.services.materialise import materialise
from webapp.services.sharing import Terms

EIGHT = "2026-11-20T01:00:00"
"""Tonight at 20:00 in New York."""
LATER = "2026-11-20T01:05:00"
MONDAY = date(2026, 11, 23)
SUNDAY_EIGHT = "2026-11-23T01:00:00"


def done(cast: Cast, step_id: int, outcome: str = "done", day: date = TODAY, **more: object) -> CheckIn:
    op_id = f"{step_id}-{outcome}-{day}"
    return CheckIn(
        client_id=cast.clara, step_id=step_id, by_id=cast.clara, op_id=op_id, day=day, outcome=outcome, at=NOW, **more
    )


def test_a_due_reminder_is_sent_once_and_neutral(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at("2026-11-20T00:59:59")
    assert mail_server.messages == []
    engine.look_at(EIGHT)
    engine.look_at("2026-11-20T01:00:05")
    (mail,) = mail_server.messages
    assert mail.recipients == ["clara@example.test"]
    assert mail.message["Subject"] == "Cairn: you have something for today"
    assert "http://localhost/reminded/" in mail.text
    assert "pills" not in mail.text
    assert engine.states() == [("sent", None)]
    assert engine.occurrences() == [("2026-11-19 20:00", "due")]
    assert engine.next_at() == [utc("2026-11-21T01:00:00")]


def test_the_steps_own_words_stand_in_the_mail_only_where_chosen(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00", plain=True)
    engine.look_at(EIGHT)
    (mail,) = mail_server.messages
    assert "Take the morning pills" in mail.text
    assert "pills" not in mail.message["Subject"]


def test_under_the_neutral_name_the_subject_and_the_foot_do_not_say_cairn(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.change(cast.clara, NOW, neutral_name=True)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    (mail,) = mail_server.messages
    assert mail.message["Subject"] == "Notes: you have something for today"
    assert "Cairn" not in mail.text


def test_a_supporter_is_sent_to_their_promises(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.ride, cast.sam, "20:00")
    engine.look_at(EIGHT)
    (mail,) = mail_server.messages
    assert mail.recipients == ["sam@example.test"]
    assert "http://localhost/reminded/" in mail.text


@pytest.mark.parametrize("outcome", ["done", "not_today"])
def test_answered_before_sending_is_silence(engine: Engine, cast: Cast, mail_server: MailServer, outcome: str) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    engine.add(done(cast, cast.pills, outcome))
    engine.dispatch_at(LATER)
    assert mail_server.messages == []
    assert engine.states() == [("cancelled", "cancelled_done")]


def test_undone_is_not_done(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.add(done(cast, cast.pills, undone_at=NOW))
    engine.look_at(EIGHT)
    assert len(mail_server.messages) == 1


def test_a_target_is_nudged_only_while_it_is_short(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.walk, cast.clara, "20:00")
    engine.add(done(cast, cast.walk, day=date(2026, 11, 16)))
    engine.look_at(EIGHT)
    assert len(mail_server.messages) == 1
    engine.add(done(cast, cast.walk, day=date(2026, 11, 17)))
    engine.look_at("2026-11-21T01:00:00")
    assert len(mail_server.messages) == 1
    assert engine.states()[1] == ("cancelled", "cancelled_quota")
    engine.look_at("2026-11-24T01:00:00")
    assert len(mail_server.messages) == 2, "a new week is short again"


@pytest.mark.parametrize("which", ["everything", "step"])
def test_a_pause_that_starts_while_it_waits_silences_it(
    engine: Engine, cast: Cast, mail_server: MailServer, which: str
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    step = cast.pills if which == "step" else None
    engine.add(Pause(client_id=cast.clara, step_id=step, starts_on=TODAY, created_at=NOW))
    engine.dispatch_at(LATER)
    assert mail_server.messages == []
    assert engine.states() == [("suppressed", "suppressed_paused")]


def test_a_bad_day_is_quiet_until_tomorrow(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.add(BadDay(client_id=cast.clara, day=TODAY, created_at=NOW))
    engine.look_at(EIGHT)
    assert engine.states() == [("suppressed", "suppressed_paused")]
    engine.look_at("2026-11-21T01:00:00")
    assert len(mail_server.messages) == 1


def test_a_bad_day_taken_back_is_a_day_like_any_other(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.add(BadDay(client_id=cast.clara, day=TODAY, created_at=NOW, ended_at=NOW))
    engine.look_at(EIGHT)
    assert len(mail_server.messages) == 1


def test_the_clients_bad_day_does_not_silence_a_supporters_promise(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.ride, cast.sam, "20:00")
    engine.add(BadDay(client_id=cast.clara, day=TODAY, created_at=NOW))
    engine.look_at(EIGHT)
    assert len(mail_server.messages) == 1


def test_quiet_hours_hold_it_back_until_the_morning_while_it_still_stands(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.walk, cast.clara, "23:00")
    engine.change(cast.clara, NOW, quiet_from=time(22), quiet_to=time(7))
    engine.look_at("2026-11-20T04:00:00")
    assert mail_server.messages == []
    assert engine.states() == [("pending", "deferred_quiet")]
    engine.look_at("2026-11-20T11:59:00")
    assert mail_server.messages == []
    engine.look_at("2026-11-20T12:00:00")
    assert len(mail_server.messages) == 1


def test_what_was_for_yesterday_is_not_sent_the_morning_after(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "23:00")
    engine.change(cast.clara, NOW, quiet_from=time(22), quiet_to=time(7))
    engine.look_at("2026-11-20T04:00:00")
    assert mail_server.messages == []
    assert engine.states() == [("cancelled", "expired")]


def test_a_time_agreed_to_inside_quiet_hours_is_kept(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.change(cast.clara, NOW, quiet_from=time(22), quiet_to=time(7))
    engine.remind(cast.pills, cast.clara, "23:00")
    engine.look_at("2026-11-20T04:00:00")
    assert len(mail_server.messages) == 1


def test_after_three_days_of_outage_there_is_one_late_nudge(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at("2026-11-22T02:00:00")
    assert len(mail_server.messages) == 1
    assert engine.occurrences() == [
        ("2026-11-19 20:00", "expired"),
        ("2026-11-20 20:00", "expired"),
        ("2026-11-21 20:00", "due"),
    ]
    assert engine.next_at() == [utc("2026-11-23T01:00:00")]


def test_after_an_outage_that_ends_too_late_there_is_none(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at("2026-11-22T12:00:00")
    assert mail_server.messages == []
    assert [state for _, state in engine.occurrences()] == ["expired"] * 3


def test_a_clock_a_day_ahead_gives_one_and_set_back_an_hour_none_again(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at("2026-11-21T01:00:00")
    assert len(mail_server.messages) == 1
    engine.look_at("2026-11-21T00:00:00")
    engine.look_at("2026-11-21T01:00:00")
    assert len(mail_server.messages) == 1


def test_clocks_set_back_in_november_remind_once(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    then = utc("2026-10-31T12:00:00")
    engine.remind(cast.walk, cast.clara, "01:30", now=then)
    engine.look_at("2026-11-01T05:30:00")
    engine.look_at("2026-11-01T06:30:00")
    assert len(mail_server.messages) == 1


def test_a_zone_that_changes_while_it_waits_gives_the_same_key_anew(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    engine.change(cast.clara, utc(LATER), time_zone="America/Los_Angeles")
    assert engine.states() == [("cancelled", "rekeyed")]
    engine.dispatch_at(LATER)
    assert mail_server.messages == []
    engine.look_at("2026-11-20T04:00:00")
    assert len(mail_server.messages) == 1
    assert engine.occurrences() == [("2026-11-19 20:00", "due")]
    assert engine.states() == [("cancelled", "rekeyed"), ("sent", None)]


def test_a_zone_changed_behind_the_engines_back_is_noticed_at_the_last_look(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    with engine.database.writing() as session:
        session.execute(update(Person).where(Person.id == cast.clara).values(time_zone="America/Los_Angeles"))
    engine.dispatch_at(LATER)
    assert engine.states() == [("cancelled", "rekeyed")]
    assert engine.next_at() == [utc("2026-11-20T04:00:00")]
    engine.look_at("2026-11-20T04:00:00")
    assert len(mail_server.messages) == 1


def test_moving_west_after_it_fired_does_not_repeat_it(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    engine.change(cast.clara, utc(LATER), time_zone="America/Los_Angeles")
    engine.look_at("2026-11-20T04:00:00")
    assert len(mail_server.messages) == 1
    assert engine.next_at() == [utc("2026-11-21T04:00:00")]


def test_moving_east_past_tonights_time_waits_for_the_next_date(engine: Engine, cast: Cast) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.change(cast.clara, utc("2026-11-19T21:00:00"), time_zone="Europe/Berlin")
    assert engine.next_at() == [utc("2026-11-20T19:00:00")]


# A step at home until Sunday and at a place in Berlin from Monday on. In New York, 20:00 there is 14:00.


@pytest.fixture
def away(engine: Engine, cast: Cast) -> Engine:
    with engine.database.writing() as session:
        there = Cadence(Kind.FIXED, valid_from=MONDAY, anchor=MONDAY, tz_mode=TzMode.FIXED, tz="Europe/Berlin")
        cadences.append(session, session.get_one(ActionStep, cast.pills), there, cast.theo, NOW)
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    return engine


def zones(engine: Engine) -> list[tuple[str, str, str]]:
    """Date, zone and state of every occurrence since Sunday."""
    found = select(ReminderOccurrence).where(ReminderOccurrence.day >= MONDAY - timedelta(days=1))
    with engine.database.writing() as session:
        rows = session.scalars(found.order_by(ReminderOccurrence.day))
        return [(f"{row.day:%a}", row.zone, row.state) for row in rows]


def test_the_first_day_in_another_place_is_reminded_of_at_its_own_time(away: Engine) -> None:
    for at in (SUNDAY_EIGHT, "2026-11-23T18:59:00", "2026-11-23T19:00:00", "2026-11-24T19:00:00"):
        away.tick_at(at)
    assert zones(away) == [
        ("Sun", "America/New_York", "due"),
        ("Mon", "Europe/Berlin", "due"),
        ("Tue", "Europe/Berlin", "due"),
    ]
    assert away.next_at() == [utc("2026-11-25T19:00:00")]


def test_what_an_outage_left_behind_on_the_way_is_told_in_the_zone_of_each_day(away: Engine) -> None:
    away.tick_at("2026-11-24T19:00:00")
    assert zones(away) == [
        ("Sun", "America/New_York", "expired"),
        ("Mon", "Europe/Berlin", "expired"),
        ("Tue", "Europe/Berlin", "due"),
    ]


def test_what_waits_from_before_the_place_changed_stands_when_computed_anew_after(away: Engine, cast: Cast) -> None:
    away.tick_at(SUNDAY_EIGHT)
    away.change(cast.clara, utc("2026-11-23T13:00:00"), week_starts_on=6)  # Monday in New York
    assert zones(away) == [("Sun", "America/New_York", "due")]
    assert away.next_at() == [utc("2026-11-23T19:00:00")]


def test_moving_frees_what_waits_at_home_and_not_what_waits_at_the_place(away: Engine, cast: Cast) -> None:
    away.tick_at(SUNDAY_EIGHT)
    away.tick_at("2026-11-23T19:00:00")
    away.change(cast.clara, utc("2026-11-23T19:00:30"), time_zone="America/Los_Angeles")
    assert zones(away) == [("Sun", "America/New_York", "rekeyed"), ("Mon", "Europe/Berlin", "due")]


def test_what_is_due_at_the_place_and_only_waits_for_the_next_look_is_not_passed_over(away: Engine, cast: Cast) -> None:
    away.tick_at(SUNDAY_EIGHT)
    away.change(cast.clara, utc("2026-11-23T19:00:02"), time_zone="Pacific/Auckland")
    away.tick_at("2026-11-23T19:00:05")
    assert zones(away)[-1] == ("Mon", "Europe/Berlin", "due")


def test_changing_settings_in_the_moment_between_due_and_looked_at_loses_nothing(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.change(cast.clara, utc("2026-11-20T01:00:02"), week_starts_on=6)
    engine.look_at("2026-11-20T01:00:05")
    assert len(mail_server.messages) == 1


def test_a_step_that_ended_or_rests_is_silent(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    for step, status in ((cast.pills, "retired"), (cast.walk, "on_hold")):
        engine.remind(step, cast.clara, "20:00")
        engine.tick_at(EIGHT)
        with engine.database.writing() as session:
            session.execute(update(ActionStep).where(ActionStep.id == step).values(status=status))
        engine.dispatch_at(LATER)
    assert mail_server.messages == []
    assert engine.states() == [("cancelled", "ended"), ("suppressed", "suppressed_paused")]
    engine.look_at("2026-11-21T01:00:00")
    assert engine.next_at() == [None, None], "it rests instead of being cancelled every day"


def test_a_promise_about_substance_use_reminds_only_while_that_is_shared_and_again_by_itself(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    shared_from, day = utc(EIGHT) + timedelta(hours=20), timedelta(days=1)
    with engine.database.writing() as session:
        session.execute(update(ActionStep).where(ActionStep.id == cast.ride).values(substance_use=True))
        session.execute(
            update(CadenceVersion)
            .where(CadenceVersion.step_id == cast.ride)
            .values(kind="fixed", times=["20:00"], weekdays=[], per_unit="day")
        )
        terms = Terms(starts_at=shared_from, ends_at=shared_from + day)
        sharing.grant(session, acting(cast.clara), cast.sam, Scope.SUBSTANCE_USE, NOW, terms, SIGNED)
    engine.remind(cast.ride, cast.sam, "20:00")
    with engine.database.writing() as session:
        session.execute(update(Reminder).values(plain_words=True))
    engine.look_at(EIGHT)
    assert (mail_server.messages, engine.states()) == ([], [("cancelled", "revoked")])
    engine.look_at("2026-11-21T01:00:00")
    (mail,) = mail_server.messages
    assert "choir" not in mail.text, "its words would need the notice of the law"
    engine.look_at("2026-11-22T01:00:00")
    assert len(mail_server.messages) == 1


@pytest.mark.parametrize("ends", ["promise", "link", "account"])
def test_a_supporter_who_is_no_longer_there_hears_nothing(
    engine: Engine, cast: Cast, mail_server: MailServer, ends: str
) -> None:
    engine.remind(cast.ride, cast.sam, "20:00")
    engine.tick_at(EIGHT)
    with engine.database.writing() as session:
        if ends == "promise":
            session.execute(update(Commitment).values(state="ended"))
        elif ends == "link":
            session.execute(update(SupporterLink).values(ended_at=NOW))
        else:
            session.execute(update(Person).where(Person.id == cast.sam).values(deactivated_at=NOW))
    engine.dispatch_at(LATER)
    assert mail_server.messages == []
    assert engine.states() == [("cancelled", "revoked")]


def test_an_address_that_is_off_is_told_in_the_ledger(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    with engine.database.writing() as session:
        session.execute(update(Endpoint).values(off_at=NOW, off_because="mail server answered 550"))
    engine.dispatch_at(LATER)
    engine.look_at("2026-11-21T01:00:00")
    assert mail_server.messages == []
    assert engine.states() == [("failed", "address_off")] * 2


def test_one_that_waited_too_long_is_let_go(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    engine.dispatch_at("2026-11-20T03:00:00")
    assert engine.states() == [("cancelled", "expired")]


def test_a_time_taken_away_while_it_waits_is_silent(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    engine.remind(cast.pills, cast.clara)
    engine.dispatch_at(LATER)
    assert engine.states() == [("cancelled", "ended")]


def test_of_several_times_a_day_only_the_one_still_open_is_reminded_of(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    with engine.database.writing() as session:
        from webapp.models import CadenceVersion

        session.execute(
            update(CadenceVersion).where(CadenceVersion.step_id == cast.pills).values(times=["08:00", "20:00"])
        )
    engine.remind(cast.pills, cast.clara, "19:30", "08:30", now=utc("2026-11-19T11:00:00"))
    engine.add(done(cast, cast.pills, slot="08:00"))
    engine.look_at("2026-11-19T13:30:00")
    engine.look_at("2026-11-20T00:30:00")
    assert len(mail_server.messages) == 1
    assert engine.states() == [("cancelled", "cancelled_done"), ("sent", None)]


# Several workers


def in_four_threads(work: object) -> None:
    gate = threading.Barrier(4)
    wrong: list[BaseException] = []

    def go() -> None:
        gate.wait()
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_four_workers_make_one_occurrence_and_one_delivery_and_send_it_once(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    from jobs.dispatch import dispatch as send_due
    from jobs.tick import tick

    engine.remind(cast.pills, cast.clara, "20:00")
    with clock.standing_at(utc(EIGHT)):
        in_four_threads(lambda: tick(engine.database))
        assert len(engine.occurrences()) == len(engine.states()) == 1
        in_four_threads(
            lambda: send_due(
                engine.config, engine.database, str(threading.get_ident()), threading.Event(), Channel.EMAIL
            )
        )
    assert len(mail_server.messages) == 1
    assert engine.states() == [("sent", None)]


def test_four_workers_claim_each_delivery_for_one_of_them(engine: Engine, cast: Cast) -> None:
    for step in (cast.pills, cast.walk, cast.hotline):
        engine.remind(step, cast.clara, "20:00", "20:01", "20:02")
    engine.tick_at("2026-11-20T01:02:00")
    claimed: list[int] = []

    def claim() -> None:
        with engine.database.writing() as session:
            claimed.extend(dispatch.claim(session, str(threading.get_ident()), "email", utc(LATER), most=3))

    in_four_threads(claim)
    in_four_threads(claim)
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 9


def test_who_lost_the_lease_before_sending_does_not_send(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    one = engine.claimed("sleeper", utc(EIGHT))
    engine.steal_lease(utc(EIGHT))
    assert engine.begin(one, "sleeper", utc(EIGHT)) == []


def test_who_slept_past_the_lease_does_not_send_although_nobody_took_it(engine: Engine, cast: Cast) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    one = engine.claimed("sleeper", utc(EIGHT))
    later = utc(EIGHT) + dispatch.CLAIM_LASTS + timedelta(seconds=1)
    assert engine.begin(one, "sleeper", later) == []
    engine.reap_at(later)
    assert engine.states() == [("pending", None)]


def test_who_slept_while_sending_changes_nothing_that_was_settled_meanwhile(engine: Engine, cast: Cast) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    one = engine.claimed("sleeper", utc(EIGHT))
    (what,) = engine.begin(one, "sleeper", utc(EIGHT))
    engine.reap_at(utc(EIGHT) + dispatch.SENDING_LASTS + timedelta(seconds=1))
    assert engine.states()[0][0] == "unknown"
    with engine.database.writing() as session:
        assert dispatch.record(session, [dispatch.Result(what)], "sleeper", utc(LATER)) == set()
    assert engine.states()[0][0] == "unknown"


def test_what_may_have_left_is_never_sent_again(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    one = engine.claimed("gone", utc(EIGHT))
    assert engine.begin(one, "gone", utc(EIGHT))
    engine.reap_at("2026-11-20T01:06:00")
    engine.look_at("2026-11-20T01:06:05")
    assert mail_server.messages == []
    assert engine.states() == [("unknown", "the process that was sending it ended")]


def test_what_is_told_to_stop_gives_back_what_it_had_not_begun(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.tick_at(EIGHT)
    engine.claimed("stopping", utc(EIGHT))
    with engine.database.writing() as session:
        dispatch.release(session, "stopping", "email")
    assert engine.states() == [("pending", None)]
    engine.stopping.set()
    engine.dispatch_at(LATER)
    assert mail_server.messages == []


# What the mail server says


def test_a_server_that_says_later_is_tried_again_after_1_5_and_30_minutes_with_one_message_id(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    mail_server.answer("451 Later, please", times=3)
    for minute, tries in ((0, 1), (0.5, 1), (1, 2), (5, 2), (6, 3), (35, 3), (36, 4)):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
        assert mail_server.tries == tries, minute
    assert len(mail_server.messages) == 1
    assert engine.states() == [("sent", None)]
    with engine.database.reading() as connection:
        delivery_id = connection.execute(select(Delivery.id)).scalar_one()
    assert mail_server.messages[0].message["Message-ID"] == email.message_id_of(engine.config, delivery_id)


def test_trying_ends_when_the_reminder_expires(engine: Engine, cast: Cast, mail_server: MailServer) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    mail_server.answer("451 Later, please")
    for minute in (0, 1, 6, 36, 80, 119):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert engine.states() == [("failed", "mail server answered 451")]
    with engine.database.reading() as connection:
        assert connection.execute(select(Endpoint.refused).where(Endpoint.person_id == cast.clara)).scalar_one() == 0


def test_a_server_that_is_away_is_tried_again(engine: Engine, cast: Cast) -> None:
    from dataclasses import replace

    engine.config = replace(engine.config, smtp_url="smtp://127.0.0.1:9")
    engine.remind(cast.pills, cast.clara, "20:00")
    engine.look_at(EIGHT)
    assert engine.states()[0][0] == "pending"


def test_an_address_refused_three_times_in_a_row_is_switched_off_and_says_why(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    mail_server.answer("550 No such person", to="RCPT")
    for day in range(20, 23):
        engine.look_at(f"2026-11-{day}T01:00:00")
    engine.look_at("2026-11-23T01:00:00")
    assert engine.states() == [("failed", "mail server answered 550")] * 3 + [("failed", "address_off")]
    with engine.database.reading() as connection:
        off = connection.execute(
            select(Endpoint.off_at, Endpoint.off_because).where(Endpoint.person_id == cast.clara)
        ).one()
    assert off == (utc("2026-11-22T01:00:00"), "mail server answered 550")


def test_one_mail_that_went_through_begins_the_counting_anew(
    engine: Engine, cast: Cast, mail_server: MailServer
) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    for day, answer in ((20, True), (21, True), (22, False), (23, True), (24, True)):
        mail_server.accept()
        if answer:
            mail_server.answer("550 No such person", to="RCPT")
        engine.look_at(f"2026-11-{day}T01:00:00")
    with engine.database.reading() as connection:
        assert connection.execute(
            select(Endpoint.off_at, Endpoint.refused).where(Endpoint.person_id == cast.clara)
        ).one() == (None, 2)


def test_silence_after_the_text_was_handed_over_is_in_doubt_and_never_sent_again(
    engine: Engine, cast: Cast, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    engine.remind(cast.pills, cast.clara, "20:00")
    mail_server.hang()
    engine.look_at(EIGHT)
    assert engine.states()[0][0] == "unknown"
    mail_server.accept()
    for minute in (1, 6, 36):
        engine.look_at(utc(EIGHT) + timedelta(minutes=minute))
    assert mail_server.messages == []
    assert mail_server.tries == 1


# Many


def test_five_hundred_at_once_and_the_rest_after(engine: Engine, cast: Cast) -> None:
    with engine.database.writing() as session:
        session.add_all(
            Reminder(
                client_id=cast.clara,
                step_id=cast.pills,
                person_id=cast.clara,
                at_time=f"{n // 60:02}:{n % 60:02}",
                zone="America/New_York",
                next_at=utc(EIGHT),
                created_at=NOW,
            )
            for n in range(510)
        )
    with engine.database.writing() as session:
        assert materialise(session, utc(EIGHT)) == 500
    with engine.database.writing() as session:
        assert materialise(session, utc(EIGHT)) == 10
        assert materialise(session, utc(EIGHT)) == 0


def test_resting_reminders_are_woken_by_the_daily_round(engine: Engine, cast: Cast) -> None:
    engine.remind(cast.pills, cast.clara, "20:00")
    with engine.database.writing() as session:
        session.execute(update(Reminder).values(next_at=None))
        reminders.recompute_resting(session, NOW)
    assert engine.next_at() == [utc(EIGHT)]
    with engine.database.reading() as connection:
        assert connection.execute(select(ReminderOccurrence.id)).all() == []


def test_what_waits_past_midnight_is_judged_by_the_zone_of_its_own_date(
    away: Engine, cast: Cast, mail_server: MailServer
) -> None:
    away.change(cast.clara, NOW, day_starts_at=0)
    with away.database.writing() as session:
        session.execute(update(Reminder).values(grace_minutes=600))
    away.tick_at(SUNDAY_EIGHT)
    away.dispatch_at("2026-11-23T05:30:00")  # Monday 00:30 in New York
    assert zones(away) == [("Sun", "America/New_York", "due")]
    assert len(mail_server.messages) == 1
