"""What each side reads of a promise, in a number of queries that does not grow."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.counting import counting
from tests.support.people import acting
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.domain.commitments import State, Verb
from webapp.domain.scores import Outcome
from webapp.models import ActionStep, CheckIn, SupporterLink
from webapp.queries import access, commitments, promises
from webapp.services import check_ins
from webapp.services import commitments as services

WEEK = timedelta(days=7)


def told(session: Session, cast: Cast, by: int, days_ago: int = 0, note: str | None = None) -> int:
    entry = Entry(op_id=str(uuid4()), day=TODAY - timedelta(days=days_ago), note=note)
    return services.confirm(session, acting(by), cast.promise, entry, NOW).id


def test_what_a_supporter_reads_is_the_ask_and_nothing_else(cast: Cast, database: Database) -> None:
    with database.reading() as connection:
        (asked,) = commitments.of_supporter(connection, cast.sam, NOW)
        assert commitments.of_supporter(connection, cast.nora, NOW) == ()
    assert (asked.text, asked.client_called, asked.state) == ("Drive Clara to choir", "Clara", State.ACTIVE)
    assert asked.cadence is not None
    assert asked.may("supporter", "end")
    assert not asked.may("supporter", "accept")


def test_a_supporter_who_left_or_a_step_that_is_over_reads_nothing(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        session.get_one(ActionStep, cast.ride).status = "retired"
    with database.reading() as connection:
        assert commitments.of_supporter(connection, cast.sam, NOW) == ()
    with database.writing() as session:
        session.get_one(ActionStep, cast.ride).status = "active"
        for link in session.query(SupporterLink).filter_by(supporter_id=cast.sam):
            link.ended_at = NOW
    with database.reading() as connection:
        assert commitments.of_supporter(connection, cast.sam, NOW) == ()
        assert [asked.id for asked in commitments.of_client(connection, cast.clara, NOW)] == [cast.promise]


def test_what_was_said_stands_in_its_order(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        made = services.propose(session, cast.clara, cast.ride, cast.nora, cast.theo, NOW)
        services.answer(session, made.id, cast.nora, Verb.SUGGEST, NOW, "Saturdays")
        services.answer(session, made.id, cast.clara, Verb.KEEP, NOW)
    with database.reading() as connection:
        (asked,) = commitments.of_supporter(connection, cast.nora, NOW)
    assert [(event.verb, event.called) for event in asked.events] == [
        ("propose", "Theo"),
        ("suggest", "Nora"),
        ("keep", "Clara"),
    ]
    assert asked.reply is not None
    assert asked.reply.words == "Saturdays"


def test_voices_leave_out_what_was_undone_and_other_days_steps_and_clients(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        kept, undone = told(session, cast, cast.sam, 7), told(session, cast, cast.sam)
        told(session, cast, cast.clara)
        check_ins.undo(session, acting(cast.sam), undone, NOW)
    with database.reading() as connection:
        ride = (cast.ride,)
        voices = commitments.all_voices(connection, cast.clara, ride, TODAY - 2 * WEEK, TODAY + WEEK)
        theirs = [(voice.check_in_id, voice.called, voice.step_id) for voice in voices if voice.by_id == cast.sam]
        assert theirs == [(kept, "Sam", cast.ride)]
        assert {voice.called for voice in voices} == {"Sam", "Clara"}
        later = TODAY - WEEK + timedelta(days=1)
        assert commitments.all_voices(connection, cast.clara, ride, later, TODAY) == ()
        assert commitments.all_voices(connection, cast.otto, ride, TODAY - 2 * WEEK, TODAY + WEEK) == ()


def test_a_supporter_hears_the_clients_word_without_reason_and_note(cast: Cast, database: Database) -> None:
    with database.writing() as session:
        told(session, cast, cast.clara, note="a word of my own")
        told(session, cast, cast.sam, note="Good singing")
    with database.reading() as connection:
        heard = commitments.both_voices(connection, cast.clara, cast.sam, (cast.ride,), TODAY, TODAY + WEEK)
    assert {(voice.by_id, voice.note) for voice in heard} == {(cast.clara, None), (cast.sam, "Good singing")}


def card_of(database: Database, cast: Cast) -> promises.Card:
    with database.reading() as connection:
        client = access.supported_clients(connection, cast.sam, NOW)[0]
        return promises.circle(connection, cast.sam, client, NOW).cards[0]


def test_a_promised_day_waits_a_week_to_be_told_of(cast: Cast, database: Database) -> None:
    assert card_of(database, cast).ask.day == TODAY
    with database.writing() as session:
        told(session, cast, cast.sam)
    card = card_of(database, cast)
    assert card.ask is None
    assert card.stands.next_day == TODAY + WEEK
    assert [said.mine.day for said in card.said] == [TODAY]


def test_moved_and_did_not_answer_the_day_too(cast: Cast, database: Database) -> None:
    entry = Entry(str(uuid4()), TODAY, Outcome.NOT_TODAY, moved_to=TODAY + timedelta(days=2))
    with database.writing() as session:
        services.confirm(session, acting(cast.sam), cast.promise, entry, NOW)
    assert card_of(database, cast).ask is None


def test_the_page_takes_the_same_number_of_queries_however_long_the_record(cast: Cast, database: Database) -> None:
    def queries() -> int:
        with database.reading() as connection, counting(database.engine) as seen:
            found = access.supported_clients(connection, cast.sam, NOW)
            promises.circles(connection, cast.sam, found, TODAY, NOW)
        return len(seen)

    before = queries()
    with database.writing() as session:
        for ago in range(1, 50):
            row = CheckIn(
                client_id=cast.clara,
                step_id=cast.ride,
                by_id=cast.sam,
                op_id=str(uuid4()),
                day=TODAY - timedelta(days=ago),
                outcome="done",
                at=NOW,
            )
            session.add(row)
    assert queries() == before <= 11
