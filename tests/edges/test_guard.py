"""Beneath every query: nothing is touched outside of a scope, and nothing of others' within one, on both databases.

Each table that is somebody's holds a row of mine and one of theirs, made up column by column, so that a new table is
tried like the others from the day it stands in webapp/models/owners.py.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, event, func, insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.support import cast
from tests.support.cast import NOW, TODAY, Cast
from webapp import checks, db, guard, migrations, setup
from webapp.config import Config
from webapp.db import Database
from webapp.domain import scopes
from webapp.domain.scopes import DOOR, Scope
from webapp.guard import embedded, row_security, statements
from webapp.guard.statements import Unscoped
from webapp.models import ActionStep, Base, LookChain, Op, Person
from webapp.models.owners import HIDDEN, OWNED, OWNERS, Free, Owned
from webapp.services import looks

ROOT = Path(__file__).resolve().parents[2]
ME, THEM = 1001, 1002
MINE = Scope(person_id=ME, clients=frozenset({ME}))
TABLES: dict[str, Table] = Base.metadata.tables  # type: ignore[assignment]


# The list


def test_every_table_is_somebodys_or_free_with_a_reason() -> None:
    assert OWNERS.keys() == TABLES.keys(), "say in webapp/models/owners.py whose a new table is"
    for name, owner in OWNERS.items():
        if isinstance(owner, Free):
            assert len(owner.because) > 20, name
            assert not {"client_id", "person_id"} & set(TABLES[name].c.keys()), f"{name} is about somebody"
            continue
        named = {*owner.clients, *owner.people, *owner.readers, *([owner.parent[0]] if owner.parent else [])}
        assert named, name
        assert not owner.shown or len(owner.shown) > 20, name
        assert named <= set(TABLES[name].c.keys()), name
        assert not (owner.clients or owner.people) or not owner.parent, name


def test_what_belongs_to_a_client_is_in_scope_by_its_client_alone() -> None:
    for name, table in TABLES.items():
        if "client_id" in table.c and not table.c.client_id.nullable:
            owner = OWNERS[name]
            assert isinstance(owner, Owned), name
            assert (owner.clients, owner.people, owner.parent) == (("client_id",), (), None), name
            assert owner.accounts is (name in ("assignments", "supporter_links")), name
            assert bool(owner.begins) is (name == "look_chains"), name


# Rows of mine and of theirs


@pytest.fixture
def rows(database: Database) -> Database:
    """A row of mine (its id is ME) and one of theirs in every table that is somebody's, and no other rule to keep."""
    if database.embedded:
        for engine in (database.engine, database.owner):
            event.listen(engine, "connect", _loosen)
    with database.owning() as session:
        if not database.embedded:
            for dropped in session.execute(text(LOOSER)).scalars().all():
                session.execute(text(dropped))
        for silenced in session.execute(text(TRIGGERS[database.embedded])).scalars().all():
            session.execute(text(silenced))
        for name in OWNED:
            session.execute(insert(TABLES[name]), [_row(TABLES[name], ME), _row(TABLES[name], THEM)])
    return database.within(None)


LOOSER = (
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint"
    " WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"
)


TRIGGERS = {
    True: "SELECT format('DROP TRIGGER %s', name) FROM sqlite_master WHERE type = 'trigger'",
    False: "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal",
}
"""Rules about looks, which know what comes next (migration 0008)."""


def _loosen(driver: Any, _record: object) -> None:
    driver.execute("PRAGMA foreign_keys = OFF")
    driver.execute("PRAGMA ignore_check_constraints = ON")


def _row(table: Table, number: int, **other: object) -> dict[str, Any]:
    made = {
        column.name: _value(getattr(column.type, "impl_instance", column.type).python_type, number)
        for column in table.columns
    }
    return made | other


def _value(kind: type, number: int) -> object:
    if kind in (datetime, date, time):
        return {datetime: NOW, date: TODAY, time: time(8)}[kind]
    return {int: number, str: f"word {number}", bytes: b"%d" % number, bool: True, dict: {}, list: []}.get(kind, {})


def _owner_columns(name: str) -> tuple[str, ...]:
    owner = OWNED[name]
    return tuple(dict.fromkeys((*owner.clients, *owner.people, *([owner.parent[0]] if owner.parent else []))))


def _found(connection: Connection, statement: Any) -> list[int]:
    return [row[0] for row in connection.execute(statement)]


@contextmanager
def _tried(session: Session) -> Iterator[Connection]:
    """Try something and take it back."""
    with session.begin_nested() as nested:
        yield session.connection()
        nested.rollback()


def _refused(session: Session, statement: Any, because: str = "out of scope|row-level security") -> None:
    with pytest.raises(DBAPIError, match=because), session.begin_nested():
        session.execute(statement)


def test_outside_of_a_scope_no_statement_on_anybodys_table_is_let_through(rows: Database) -> None:
    with rows.writing() as session:
        for name, table in TABLES.items():
            if name not in OWNED:
                session.execute(select(func.count()).select_from(table))
                continue
            column = _owner_columns(name)[0]
            reads = select(table), text(f"SELECT 1 FROM {name}"), text(f"SELECT (SELECT count(*) FROM {name.upper()})")
            if name not in HIDDEN:
                assert all(len(session.execute(read).all()) for read in reads), name
            for statement in (
                *(reads if name in HIDDEN else ()),
                update(table).values({column: ME}),
                delete(table),
                insert(table).values(_row(table, 1003)),
            ):
                with pytest.raises(Unscoped, match=name):
                    session.execute(statement)
            with pytest.raises(Unscoped, match=name):
                session.connection().exec_driver_sql(f"DELETE FROM {name}")


def test_within_a_scope_rows_of_others_are_not_there_and_none_can_be_made(rows: Database) -> None:
    for name, table in TABLES.items():
        if name in OWNED:
            with rows.writing(MINE) as session:
                _walk(session, name, table)
    with rows.reading(scopes.everyone("what is left is counted")) as connection:
        for name in OWNED:
            assert connection.execute(select(func.count()).select_from(TABLES[name])).scalar_one() == 2, name


def _seen(name: str) -> list[int]:
    """Whose rows of a table are there for me."""
    return [ME] if name in HIDDEN else [ME, THEM]


def _walk(session: Session, name: str, table: Table) -> None:
    key, owners = next(iter(table.primary_key)), _owner_columns(name)
    everyones = dict.fromkeys(owners, ME)
    seen = _seen(name)
    assert _found(session.connection(), select(key).order_by(key)) == seen, name
    assert _found(session.connection(), text(f"SELECT {key.name} FROM {name} ORDER BY 1")) == seen, name
    assert _found(session.connection(), select(key).where(key == THEM)) == seen[1:], name
    with _tried(session) as connection:
        assert connection.execute(update(table).values(everyones)).rowcount == 1, name
    with _tried(session) as connection:
        assert connection.execute(text(f"UPDATE {name} SET {owners[0]} = {owners[0]}")).rowcount == 1, name
    with _tried(session) as connection:
        assert connection.execute(update(table).values(everyones).where(key == THEM)).rowcount == 0, name
    with _tried(session) as connection:
        assert connection.execute(delete(table)).rowcount == 1, name
    fresh = _row(table, 1003) | everyones
    with _tried(session) as connection:
        connection.execute(delete(table))  # some tables hold one row of each
        connection.execute(insert(table).values(fresh))
    theirs = dict.fromkeys(owners, THEM)
    _refused(session, insert(table).values(fresh | theirs))
    _refused(session, update(table).values(theirs))
    _refused(session, text(f"UPDATE {name} SET {', '.join(f'{column} = {THEM}' for column in owners)}"))


def test_on_a_connection_for_reading_nothing_can_be_written_past_the_guard(rows: Database) -> None:
    for name in OWNED:
        with rows.reading(MINE) as connection:
            try:
                given = connection.execute(text(f"DELETE FROM {name} RETURNING {_owner_columns(name)[0]}")).scalars()
            except DBAPIError:
                continue
            assert set(given) <= {ME}, name


def test_who_may_look_accounts_up_finds_nobodys_record(rows: Database) -> None:
    with rows.reading(DOOR) as connection:
        for name, owner in OWNED.items():
            number = connection.execute(select(func.count()).select_from(TABLES[name])).scalar_one()
            assert number == (2 if owner.accounts else 0), name


def _chains(database: Database) -> set[tuple[int, int, str]]:
    with database.reading() as connection:
        return {tuple(row) for row in connection.execute(select(LookChain.client_id, LookChain.seq, LookChain.mac))}


def test_whoever_may_look_accounts_up_begins_a_chain_of_looks_and_touches_none(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        looks.looked(session, cast.theo, cast.clara, "plan", NOW)
    before = _chains(database)
    with database.writing(DOOR) as session:
        connection = session.connection()
        assert connection.scalar(select(func.count()).select_from(LookChain)) == 0
        assert connection.execute(update(LookChain).values(seq=LookChain.seq + 1, mac="other")).rowcount == 0
        assert connection.execute(delete(LookChain)).rowcount == 0
        for begun in ({"seq": 5, "mac": ""}, {"seq": 0, "mac": "other"}):
            _refused(session, insert(LookChain).values(client_id=9999, **begun))
        made = Person(
            organisation_id=1, name="New", called="New", email="n@example.test", email_key="n", created_at=NOW
        )
        session.add(made)
    assert _chains(database) == before | {(made.id, 0, "")}
    assert (cast.clara, 1) in {chain[:2] for chain in before}


def test_an_account_is_changed_only_by_whoever_it_is_or_works_with_accounts(database: Database, cast: Cast) -> None:
    stolen = text("UPDATE people SET password_hash = 'stolen', pin_hash = 'stolen', is_admin = true")
    new = {"organisation_id": 1, "name": "New", "called": "New", "email": "n@a.test", "email_key": "n"}
    for scope in (
        Scope(cast.otto, frozenset({cast.otto})),
        Scope(cast.sam, circle=True),
        Scope(cast.theo, frozenset({cast.clara}), caseload=True),
    ):
        with database.writing(scope) as session:
            with _tried(session) as connection:
                assert connection.execute(stolen).rowcount == 1
                changed = select(Person.id).where(Person.password_hash == "stolen")
                assert connection.execute(changed).scalars().all() == [scope.person_id]
            with _tried(session) as connection:
                others = delete(Person).where(Person.id != scope.person_id)
                assert connection.execute(others).rowcount == 0
            _refused(session, insert(Person).values(new | {"created_at": NOW}))
    with database.writing(Scope(cast.ada, accounts=True)) as session:
        assert session.execute(stolen).rowcount == 7  # type: ignore[attr-defined]
    with database.within(None).writing() as session, pytest.raises(Unscoped, match="people"):
        session.execute(stolen)


# Each layer alone


@pytest.fixture
def deaf(rows: Database) -> Iterator[Database]:
    """The same database without the layer that reads statements: what lies beneath has to hold by itself."""
    event.remove(rows.engine, "before_cursor_execute", statements.look)
    yield rows
    event.listen(rows.engine, "before_cursor_execute", statements.look, retval=True)


def test_what_lies_beneath_refuses_by_itself_what_has_no_scope(deaf: Database) -> None:
    for name in OWNED:
        if name in HIDDEN:
            with deaf.reading() as connection, pytest.raises(DBAPIError):
                connection.execute(text(f"SELECT * FROM {name}")).all()
        with deaf.writing() as session, pytest.raises(DBAPIError):
            session.execute(text(f"DELETE FROM {name}"))


def test_what_lies_beneath_hides_rows_of_others_by_itself(deaf: Database) -> None:
    for name, table in TABLES.items():
        if name not in OWNED:
            continue
        key = next(iter(table.primary_key))
        with deaf.writing(MINE) as session:
            assert _found(session.connection(), select(key).order_by(key)) == _seen(name), name
            if deaf.embedded:  # the views that stand in place of the tables can't be written at all
                for statement in (delete(table), insert(table).values(_row(table, 1003))):
                    _refused(session, statement, "not authorized|view")
            else:
                _walk(session, name, table)


def _driven(connection: Connection, statement: str) -> list[Any]:
    driver = connection.connection.driver_connection
    assert driver is not None
    return list(driver.execute(statement).fetchall())


def _no_further(connection: Connection, statement: str) -> None:
    with pytest.raises(Exception, match="prohibited|not authorized"):
        _driven(connection, statement)


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_whatever_drives_the_embedded_database_gets_no_further(rows: Database) -> None:
    with rows.reading() as connection, pytest.raises(Exception, match="prohibited"):
        _driven(connection, "SELECT * FROM contacts")
    with rows.reading(MINE) as connection:
        assert [row[0] for row in _driven(connection, "SELECT client_id FROM contacts")] == [ME]
        assert _driven(connection, "SELECT count(*) FROM contacts") == [(1,)]
        for past in (
            "SELECT name FROM main.contacts",
            "SELECT 1 UNION SELECT id FROM main.contacts",
            "SELECT count(*) FROM main.contacts",
            "SELECT count(*) FROM MAIN.CONTACTS",
            "SELECT sql FROM sqlite_temp_master",
            "SELECT sql FROM temp.sqlite_schema",
            "DELETE FROM main.contacts",
            "INSERT INTO cairn_clients VALUES (1002)",
            "CREATE TEMP VIEW other AS SELECT * FROM main.contacts",
            "ATTACH ':memory:' AS other",
            "PRAGMA writable_schema = ON",
            "DROP VIEW contacts",
        ):
            _no_further(connection, past)


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_a_name_that_a_statement_gives_to_rows_opens_none(rows: Database) -> None:
    """SQLite says by which view or trigger a table is reached, and takes such a name for one."""
    names = ("x", "cairn_contacts_INSERT", *embedded.RULES)
    for scope, writes in ((MINE, False), (MINE, True), (None, True)):
        with (rows.writing if writes else rows.reading)(scope) as lent:
            connection = lent.connection() if isinstance(lent, Session) else lent
            for table in ("contacts", "looks", "look_chains", "departures", "strategy_signs"):
                for name in (*names, table, table.upper(), "coping_strategies"):
                    _no_further(connection, f"WITH {name} AS (SELECT * FROM main.{table}) SELECT * FROM {name}")
                    _no_further(connection, f"WITH {name} AS (SELECT * FROM main.{table}) SELECT count(*) FROM {name}")


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_what_a_write_may_look_at_is_closed_when_it_is_over(rows: Database) -> None:
    with rows.writing(MINE) as session:
        connection = session.connection()
        session.execute(text("UPDATE contacts SET name = name"))
        _no_further(connection, "SELECT name FROM main.contacts")
        session.execute(insert(TABLES["looks"]), [_row(TABLES["looks"], 1003 + one, client_id=ME) for one in range(2)])
        _no_further(connection, "SELECT page FROM main.looks")
        _no_further(connection, "WITH looks_next AS (SELECT page FROM main.looks) SELECT * FROM looks_next")
        with pytest.raises(DBAPIError, match="out of scope"):
            connection.execute(insert(TABLES["contacts"]).values(_row(TABLES["contacts"], 1003, client_id=THEM)))
        _no_further(connection, "SELECT name FROM main.contacts")
        _no_further(connection, "DELETE FROM main.contacts")


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_the_authorizer_knows_every_trigger_that_migrations_made(database: Database) -> None:
    with database.reading() as connection:
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        assert set(found) == embedded.RULES.keys()


def test_no_statement_in_a_scope_names_what_lies_beneath_it(rows: Database) -> None:
    for past in (
        "SELECT name FROM main.contacts",
        'SELECT name FROM "main" ."contacts"',
        "UPDATE contacts SET name = (SELECT name FROM main/**/.contacts LIMIT 1)",
        "SELECT id FROM cairn_clients",
        "SELECT set_config('cairn.everyone', 'true', true)",
        "SET LOCAL cairn.clients = '{1002}'",
        "RESET ALL",
    ):
        with rows.writing(MINE) as session, pytest.raises(Unscoped, match="beneath"):
            session.execute(text(past))
    for setting in ("SELECT set_config('cairn.everyone', 'true', false)", "SET cairn.clients = '{1002}'", "RESET ALL"):
        with rows.within(None).writing() as session, pytest.raises(Unscoped, match="beneath"):
            session.execute(text(setting))
    with rows.reading(MINE) as connection:
        assert tuple(connection.execute(text("SELECT 1 AS temp, 2 AS main")).one()) == (1, 2)


def test_a_scope_is_over_when_its_connection_is_given_back(rows: Database) -> None:
    for scope in (MINE, scopes.everyone("what comes after it is looked at"), Scope(THEM)):
        with rows.reading(scope) as connection:
            connection.execute(select(ActionStep.id)).all()
        with rows.reading() as connection, pytest.raises(Unscoped):
            connection.execute(select(ActionStep.id))
    with rows.reading(MINE) as connection:
        assert _found(connection, select(ActionStep.id)) == [ME]
        rows.change(connection, None)
        with pytest.raises(Unscoped):
            connection.execute(select(ActionStep.id))


def test_a_connection_that_works_for_everyone_is_never_narrowed_without_its_views(database: Database) -> None:
    with database.reading() as connection:
        if database.embedded:
            with pytest.raises(Unscoped, match="narrowed"):
                database.change(connection, MINE)
        else:
            database.change(connection, MINE)
            assert _found(connection, select(ActionStep.id)) == []


# Whom a scope holds


def _clients(database: Database, scope: Scope) -> set[int]:
    with database.reading(scope) as connection:
        return {row.client_id for row in connection.execute(select(ActionStep.client_id))}


def test_whose_records_are_in_scope_is_looked_up_when_it_is_entered(database: Database, cast: Cast) -> None:
    assert _clients(database, Scope(cast.clara, frozenset({cast.clara}))) == {cast.clara}
    assert _clients(database, Scope(cast.sam, circle=True)) == {cast.clara}
    assert _clients(database, Scope(cast.sam, caseload=True)) == set()
    assert _clients(database, Scope(cast.theo, caseload=True)) == {cast.clara}
    assert _clients(database, Scope(cast.tess, frozenset({cast.clara}), caseload=True)) == {cast.clara, cast.otto}
    assert _clients(database, Scope(cast.ada, accounts=True)) == set()
    with database.writing() as session:
        session.execute(text("UPDATE supporter_links SET confirmed_at = NULL"))
    assert _clients(database, Scope(cast.sam, circle=True)) == set()
    with database.writing() as session:
        session.execute(text("UPDATE assignments SET ended_at = assigned_at"))
        session.execute(text("UPDATE supporter_links SET confirmed_at = joined_at, ended_at = joined_at"))
    assert _clients(database, Scope(cast.theo, circle=True, caseload=True)) == set()
    assert _clients(database, Scope(cast.sam, circle=True, caseload=True)) == set()


def test_a_client_whom_a_session_made_itself_is_let_in(database: Database, cast: Cast) -> None:
    with database.writing(Scope(cast.ada, accounts=True)) as session:
        assert session.scalars(select(ActionStep.id)).all() == []
        guard.admit(session, cast.otto)
        assert set(session.scalars(select(ActionStep.client_id))) == {cast.otto}
    with database.within(None).writing() as session, pytest.raises(Unscoped):
        guard.admit(session, cast.otto)


def test_what_is_found_or_not_stays_the_same_with_upserts_and_returning(database: Database, cast: Cast) -> None:
    otto = Scope(cast.otto, frozenset({cast.otto}))
    with database.writing() as session:
        session.add(Op(person_id=cast.clara, op_id="one", kind="check_in", item="day", at=NOW, received_at=NOW))
    upsert = text(
        "INSERT INTO ops (person_id, op_id, kind, item, at, received_at, superseded, taken_back)"
        " VALUES (:person, 'one', 'check_in', 'mine', :now, :now, false, false)"
        " ON CONFLICT (person_id, op_id, kind) DO UPDATE SET item = 'mine' RETURNING item"
    )
    for person, said in ((cast.otto, ["mine"]), (cast.clara, [])):
        with database.writing(otto) as session:
            try:
                with session.begin_nested():
                    given = session.execute(upsert, {"person": person, "now": NOW}).scalars().all()
            except DBAPIError:
                given = []
            assert given == said
    with database.reading() as connection:
        assert {tuple(row) for row in connection.execute(select(Op.person_id, Op.item))} == {
            (cast.clara, "day"),
            (cast.otto, "mine"),
        }
    with database.writing(otto) as session:
        made = update(ActionStep).values(position=7).returning(ActionStep.client_id)
        assert set(session.execute(made).scalars()) == {cast.otto}


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_no_row_is_replaced_by_another_past_the_guard(database: Database, cast: Cast) -> None:
    with database.writing(Scope(cast.otto, frozenset({cast.otto}))) as session:
        for verb in ("INSERT OR REPLACE INTO", "REPLACE INTO"):
            statement = text(f"{verb} action_steps SELECT * FROM action_steps")
            with pytest.raises(DBAPIError, match="not authorized"):
                session.execute(statement)


# PostgreSQL


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_rules_that_changed_without_a_migration_are_put_in_place_at_the_next_start(
    database: Database, config: Config
) -> None:
    with database.owning() as session:
        session.execute(text("DROP POLICY cairn_scope ON check_ins"))
        session.execute(text("COMMENT ON POLICY cairn_scope ON people IS 'as an older Cairn had them'"))
    with pytest.raises(setup.DatabaseProblem, match="not up to date"):
        setup.prepare(database, replace(config, mode="production", database_owner_url=None))
    setup.prepare(database, config)
    with database.owning() as session:
        there = "SELECT count(*) FROM pg_policies WHERE tablename = 'check_ins' AND policyname = 'cairn_scope'"
        assert session.scalar(text(there)) == 1
        assert row_security.is_current(session.connection())


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_every_table_that_is_somebodys_has_its_policies_and_no_other_has(database: Database) -> None:
    asked = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
    with database.reading() as connection:
        assert set(connection.execute(text(asked)).scalars()) == OWNED.keys()
        policies = connection.execute(text("SELECT tablename, policyname, qual FROM pg_policies")).all()
        assert row_security.too_mighty(connection) is None
    wanted = {(name, "cairn_scope") for name in OWNED}
    wanted |= {(name, "cairn_readers") for name, owner in OWNED.items() if owner.readers or owner.shown}
    wanted |= {(name, "cairn_begins") for name, owner in OWNED.items() if owner.begins}
    assert {(table, policy) for table, policy, _ in policies} == wanted
    for table, policy, qual in policies:
        if policy == "cairn_begins":
            assert qual is None, "for rows that are made"
            continue
        named = OWNED[table].readers if policy == "cairn_readers" else _owner_columns(table)
        assert all(re.search(rf"\b{column}\b", qual) for column in named), (table, qual)


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_the_apps_role_can_change_neither_tables_nor_migrations(database: Database) -> None:
    for statement in (
        "TRUNCATE contacts",
        "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY",
        "DROP POLICY cairn_scope ON contacts",
        "DROP TABLE contacts",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE other (id int)",
    ):
        with database.writing() as session, pytest.raises(DBAPIError, match="permission denied|must be owner"):
            session.execute(text(statement))


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_even_the_owner_is_bound_where_it_is_no_superuser(database: Database, config: Config, cast: Cast) -> None:
    with database.owning() as session:
        session.execute(text("ALTER TABLE contacts OWNER TO cairn_app"))
    with database.within(None).reading() as connection:
        assert row_security.too_mighty(connection) == "owns the tables"
        event.remove(database.engine, "before_cursor_execute", statements.look)
        with pytest.raises(DBAPIError, match="cairn|boolean"):
            connection.execute(text("SELECT * FROM contacts")).all()
    event.listen(database.engine, "before_cursor_execute", statements.look, retval=True)


# Starting in production


def _prepared(database: Database, config: Config, **change: Any) -> str:
    """Prepare as in production; give what was wrong."""
    changed = replace(config, mode="production", **change)
    opened = db.connect(changed)
    try:
        setup.prepare(opened, changed)
    except setup.DatabaseProblem as problem:
        return str(problem)
    finally:
        opened.dispose()
    return ""


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_production_starts_only_as_a_role_that_the_policies_bind(database: Database, config: Config) -> None:
    assert _prepared(database, config) == ""
    superuser = _prepared(database, config, database_url=config.database_owner_url)
    assert "is a superuser" in superuser
    assert "CAIRN_DATABASE_OWNER_URL" in superuser
    with database.owning() as session:
        session.execute(text("CREATE ROLE cairn_bypass LOGIN BYPASSRLS"))
        session.execute(text("GRANT cairn_app TO cairn_bypass"))
    try:
        url = make_url(config.database_url or "").set(username="cairn_bypass").render_as_string()
        assert "may bypass row security" in _prepared(database, config, database_url=url)
    finally:
        with database.owning() as session:
            session.execute(text("DROP OWNED BY cairn_bypass"))
            session.execute(text("DROP ROLE cairn_bypass"))
    with database.owning() as session:
        session.execute(text("ALTER TABLE contacts OWNER TO cairn_app"))
    assert "owns the tables" in _prepared(database, config)
    words = [finding.words for finding in checks.all_of(config, NOW) if finding.about == "database"]
    assert any("owns the tables, so that row security does not bind it" in sentence for sentence in words)


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_the_owner_makes_the_tables_and_gives_the_apps_role_what_it_needs(database: Database, config: Config) -> None:
    with database.owning() as session:
        migrations.downgrade(session.connection(), "base")
    assert "not up to date" in _prepared(database, config, database_owner_url=None)
    assert _prepared(database, config) == ""
    with database.writing() as session:
        cast.enter(session)
    with database.reading(DOOR) as connection:
        assert connection.execute(text("SELECT count(*) FROM action_steps")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM assignments")).scalar_one() == 2


# Who works for everyone


def test_whoever_works_for_everyone_stands_in_this_list() -> None:
    """And says why, in the line itself: a new one is a decision."""
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("webapp", "jobs")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\beveryone\(", path.read_text()) and path.name != "scopes.py"
    }
    assert found == {
        "jobs/__main__.py",
        "webapp/cli.py",
        "webapp/db.py",
        "webapp/services/demo/__init__.py",
        "webapp/views/admin.py",
    }
