"""The numbered migrations and the models say the same, on both databases."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from tests.conftest import migrate, settings
from tests.support.cast import NOW, TODAY, Cast
from tests.support.people import acting
from webapp import db, migrations, setup
from webapp.config import Config
from webapp.db import Database
from webapp.domain.check_ins import Entry
from webapp.models import Delivery, Endpoint, Goal, Person, Reminder, ReminderOccurrence
from webapp.services import check_ins


def test_an_empty_database_brought_up_to_date_has_no_difference_to_the_models(database: Database) -> None:
    with database.owning() as session:
        assert migrations.differences(session.connection()) == []
        assert not migrations.pending(session.connection())


def test_a_table_the_models_lack_is_a_difference(database: Database) -> None:
    with database.owning() as session:
        session.execute(text("CREATE TABLE stray (id INTEGER PRIMARY KEY)"))
    with database.owning() as session:
        assert migrations.differences(session.connection())


def test_downgrading_to_nothing_and_up_again_leaves_no_difference(database: Database) -> None:
    with database.owning() as session:
        migrations.downgrade(session.connection(), "base")
    with database.reading() as connection:
        assert migrations.pending(connection)
    migrate(database)
    with database.owning() as session:
        assert migrations.differences(session.connection()) == []


def test_what_was_delivered_before_there_were_more_channels_is_kept(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        reminder = Reminder(client_id=cast.clara, step_id=cast.pills, person_id=cast.clara, at_time="08:00",
                            zone="America/New_York", created_at=NOW)  # fmt: skip
        session.add(reminder)
        session.flush()
        occurrence = ReminderOccurrence(client_id=cast.clara, reminder_id=reminder.id, occ_key="k", day=TODAY,
                                        due_at=NOW, expires_at=NOW, zone="America/New_York")  # fmt: skip
        session.add(occurrence)
        session.flush()
        endpoint = session.scalars(select(Endpoint.id).where(Endpoint.person_id == cast.clara)).one()
        session.add(Delivery(client_id=cast.clara, occurrence_id=occurrence.id, endpoint_id=endpoint, channel="email",
                             person_id=cast.clara, due_at=NOW, state="sent", sent_at=NOW))  # fmt: skip
    with database.owning() as session:
        migrations.downgrade(session.connection(), "0001")
    with database.owning() as session:
        assert session.execute(text("SELECT state FROM deliveries")).scalars().all() == ["sent"]
    migrate(database)
    with database.owning() as session:
        assert migrations.differences(session.connection()) == []
    with database.writing() as session:
        kept = session.scalars(select(Delivery)).one()
        assert (kept.state, kept.channel, kept.kind, kept.occurrence_id) == ("sent", "email", "first", occurrence.id)
        clara = session.get_one(Person, cast.clara)
        assert (clara.earlier_weeks, clara.mail_use, clara.look_back, clara.digest) == ([], "unreached", False, True)
        session.add(Delivery(client_id=cast.clara, occurrence_id=occurrence.id, endpoint_id=kept.endpoint_id, seq=1,
                             channel="email", person_id=cast.clara, due_at=NOW))  # fmt: skip


def test_what_was_ticked_before_phones_kept_anything_is_kept_and_known_again(database: Database, cast: Cast) -> None:
    told, clara = Entry(str(uuid4()), TODAY, slot="08:00"), acting(cast.clara)
    with database.writing() as session:
        before = check_ins.check_in(session, clara, cast.clara, cast.pills, told, NOW)
    with database.owning() as session:
        migrations.downgrade(session.connection(), "0002")
    with database.owning() as session:
        assert session.execute(text("SELECT slot FROM check_ins")).scalars().all() == ["08:00"]
    migrate(database)
    with database.owning() as session:
        assert migrations.differences(session.connection()) == []
    with database.writing() as session:
        again = check_ins.check_in(session, clara, cast.clara, cast.pills, told, NOW)
        assert (again.id, again.again) == (before.id, True)
        double = check_ins.check_in(session, clara, cast.clara, cast.pills, replace(told, op_id=str(uuid4())), NOW)
        assert (double.id, double.new) == (before.id, False)


def test_what_stood_there_in_plain_letters_is_encrypted_on_postgresql_and_says_the_same(
    database: Database, cast: Cast
) -> None:
    raw = "SELECT g.facts, g.statement, p.email, p.email_key, e.{key} FROM goals g, people p, endpoints e "
    raw += f"WHERE g.id = {cast.goal} AND p.id = {cast.sam} AND e.person_id = p.id"

    def stored(key: str) -> str:
        with database.surveying() as connection:
            return str(connection.execute(text(raw.format(key=key))).one())

    with database.writing() as session:
        session.get_one(Goal, cast.goal).facts = {"said": ["ñandú"]}
        session.get_one(Person, cast.sam).email = "Sam@Example.Test"
    with database.owning() as session:
        migrations.downgrade(session.connection(), "0004")
    before = stored("address")
    for word in ("Feel at home", "Sam@Example.Test", "'sam@example.test'", "said"):
        assert word in before
    migrate(database)
    after = stored("address_key")
    assert ("home" in after, "xample" in after, "said" in after) == (database.embedded,) * 3
    with database.writing() as session:
        goal = session.get_one(Goal, cast.goal)
        assert (goal.facts, goal.statement, goal.own_words) == ({"said": ["ñandú"]}, "Feel at home outside again", None)
        assert session.scalars(select(Person.id).where(Person.email_key == "sam@example.test")).one() == cast.sam
        sams = session.scalars(select(Endpoint).where(Endpoint.address_key == "sam@example.test")).one()
        assert (sams.person_id, sams.address) == (cast.sam, "sam@example.test")


def test_a_database_of_a_newer_cairn_is_refused_in_plain_words(database: Database, config: Config) -> None:
    with database.owning() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(setup.DatabaseProblem, match="made by a newer Cairn"):
        setup.prepare(database, config)


def test_preparing_twice_changes_nothing(database: Database, config: Config) -> None:
    setup.prepare(database, config)
    setup.prepare(database, config)
    with database.reading() as connection:
        assert not migrations.pending(connection)


def test_another_key_does_not_open_the_embedded_database(config: Config) -> None:
    if config.database_url is not None:
        with db.connect(config).reading() as connection:
            assert connection.dialect.name == "postgresql"
        return
    stranger = db.connect(settings(config.data, database_key="f" * 64))
    with pytest.raises(setup.DatabaseProblem, match="can't be opened with the key"):
        setup.prepare(stranger, config)
