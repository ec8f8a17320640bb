"""The numbered migrations and the models say the same, on both databases."""

import pytest
from sqlalchemy import text

from tests.conftest import settings
from webapp import db, migrations, setup
from webapp.config import Config
from webapp.db import Database


def test_an_empty_database_brought_up_to_date_has_no_difference_to_the_models(database: Database) -> None:
    with database.reading() as connection:
        assert migrations.differences(connection) == []
        assert not migrations.pending(connection)


def test_a_table_the_models_lack_is_a_difference(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE stray (id INTEGER PRIMARY KEY)"))
    with database.reading() as connection:
        assert migrations.differences(connection)


def test_downgrading_to_nothing_and_up_again_leaves_no_difference(database: Database) -> None:
    with database.writing() as session:
        migrations.downgrade(session.connection(), "base")
    with database.reading() as connection:
        assert migrations.pending(connection)
    with database.writing() as session:
        migrations.upgrade(session.connection())
    with database.reading() as connection:
        assert migrations.differences(connection) == []


def test_a_database_of_a_newer_cairn_is_refused_in_plain_words(database: Database, config: Config) -> None:
    with database.writing() as session:
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
