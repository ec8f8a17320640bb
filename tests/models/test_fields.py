"""Every text column is in the table of fields.py, and on PostgreSQL what is secret opens only where it stands."""

import json
from typing import Any

import pytest
from sqlalchemy import JSON, String, Text, bindparam, case, func, insert, literal, select, text, type_coerce, update
from sqlalchemy.exc import StatementError

from tests.support.cast import NOW, Cast
from webapp.db import Database
from webapp.keyring import NotOpened
from webapp.models import ActionStep, Base, CheckIn, CopingStrategy, Endpoint, Goal, Person, TeamMember
from webapp.models.base import insert_into
from webapp.models.bulk import Inserting
from webapp.models.fields import FOUND_BY_HASH, OPEN, SECRET
from webapp.models.secret import NotSealed, Sealed

on_server = pytest.mark.parametrize("config", ["postgresql"], indirect=True)


def listed() -> list[str]:
    named = [f"{table}.{name}" for part in (SECRET, FOUND_BY_HASH) for table in part for name in part[table].split()]
    return named + [place for places in OPEN.values() for place in places.split()]


def test_every_column_that_holds_text_is_secret_or_found_by_hash_or_open_with_a_reason() -> None:
    texts = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String | Text | JSON)
    }
    assert sorted(listed()) == sorted(texts)


def stored(database: Database, column: Any, row: int) -> str:
    with database.reading() as connection:
        table = column.class_.__table__
        return connection.execute(select(type_coerce(column, String)).where(table.c.id == row)).scalar_one()


def put(database: Database, place: str, row: int, value: str | None) -> None:
    """What somebody with a hand in the database may do."""
    table, name = place.split(".")
    with database.writing() as session:
        raw = text(f'UPDATE {table} SET "{name}" = :value WHERE id = :row')  # noqa: S608
        session.execute(raw, {"value": value, "row": row})


@on_server
def test_a_field_that_was_copied_moved_or_changed_does_not_open(database: Database, cast: Cast) -> None:
    mine = stored(database, ActionStep.text, cast.walk)
    assert "river" not in mine
    assert mine.startswith("1:")

    def opens(column: Any, row: int) -> str:
        with database.reading() as connection:
            return connection.execute(select(column).where(column.class_.id == row)).scalar_one()

    assert opens(ActionStep.text, cast.walk) == "Walk by the river"
    flipped = mine[:20] + ("A" if mine[20] != "A" else "B") + mine[21:]
    for place, column, row, value in (
        ("action_steps.text", ActionStep.text, cast.pills, mine),
        ("action_steps.purpose", ActionStep.purpose, cast.walk, mine),
        ("goals.statement", Goal.statement, cast.goal, mine),
        ("action_steps.text", ActionStep.text, cast.walk, flipped),
        ("action_steps.text", ActionStep.text, cast.walk, mine[:30]),
        ("action_steps.text", ActionStep.text, cast.walk, "Walk by the river"),
        ("action_steps.text", ActionStep.text, cast.walk, mine.replace("1:", "7:", 1)),
    ):
        put(database, place, row, value)
        with pytest.raises(NotOpened, match=place) as refused:
            opens(column, row)
        assert "river" not in str(refused.value)
    put(database, "action_steps.text", cast.walk, mine)
    assert opens(ActionStep.text, cast.walk) == "Walk by the river"


@on_server
def test_a_secret_can_be_read_through_what_queries_do_with_it(database: Database, cast: Cast) -> None:
    own = Person.__table__.alias("own")
    newest = select(Goal.statement).where(Goal.client_id == Person.id).order_by(Goal.id.desc()).limit(1)
    reads = {
        "coalesce": select(func.coalesce(ActionStep.own_words, ActionStep.text)).where(ActionStep.id == cast.walk),
        "of two tables": select(func.coalesce(Person.phone, TeamMember.name).label("a"))
        .join(TeamMember, TeamMember.person_id == Person.id)
        .where(Person.id == cast.theo),
        "case": select(case((Person.is_client, Person.called), else_=None)).where(Person.id == cast.clara),
        "case of nothing": select(case((Person.is_admin, Person.called))).where(Person.id == cast.clara),
        "alias": select(own.c.name).where(own.c.id == cast.clara),
        "scalar subquery": select(newest.scalar_subquery()).where(Person.id == cast.clara),
        "union": select(Person.name, literal(1).label("n")).where(Person.id == cast.ada).union_all(
            select(TeamMember.role, literal(0)).where(TeamMember.person_id == cast.theo)
        ).order_by("n").limit(1),
    }  # fmt: skip
    with database.reading() as connection:
        assert {name: connection.execute(read).scalar_one() for name, read in reads.items()} == {
            "coalesce": "Walk by the river",
            "of two tables": "Theo Lindqvist",
            "case": "Clara",
            "case of nothing": None,
            "alias": "Clara Reyes",
            "scalar subquery": "Feel at home outside again",
            "union": "therapist",
        }
        changed = update(Person).where(Person.id == cast.clara).values(phone="555").returning(Person.phone, Person.name)
        assert tuple(connection.execute(changed).one()) == ("555", "Clara Reyes")
        for lost in (func.lower(Person.name), select(Person.name).subquery().c.name):
            with pytest.raises(NotSealed):
                connection.execute(select(type_coerce(lost, Person.name.type)))


@on_server
def test_a_secret_is_written_with_its_row_or_not_at_all(database: Database, cast: Cast) -> None:
    endpoint = {"person_id": cast.nora, "channel": "email", "created_at": NOW}
    table = Endpoint.__table__
    with database.writing() as session:
        connection = session.connection()
        connection.execute(insert(table), [endpoint | {"address": name} for name in ("one@x.test", "two@x.test")])
        write = insert_into(connection.dialect, Endpoint)
        connection.execute(write.values(**endpoint, address="three@x.test").on_conflict_do_nothing())
        connection.execute(write.on_conflict_do_nothing(), [endpoint | {"address": "three@x.test"}])
        session.execute(update(Goal).where(Goal.id == cast.goal, Goal.client_id == cast.clara).values(facts={"é": [1]}))
        session.add(CopingStrategy(client_id=cast.clara, text="Cold water", created_by_id=cast.clara, created_at=NOW))
    with database.reading() as connection:
        found = connection.execute(select(Endpoint.address, type_coerce(Endpoint.address_key, String)).where(
            Endpoint.person_id == cast.nora).order_by(Endpoint.id)).all()  # fmt: skip
        assert [row[0] for row in found] == ["one@x.test", "two@x.test", "three@x.test"]
        assert not any("@" in row[1] for row in found)
        one = select(Endpoint.id).where(Endpoint.address_key == "two@x.test")
        assert connection.execute(one).scalar_one()
        assert connection.execute(select(Goal.facts).where(Goal.id == cast.goal)).scalar_one() == {"é": [1]}
    everybody = update(Person).where(Person.is_client)
    refused: list[tuple[Any, Any]] = [
        (everybody.values(phone="555"), None),
        (everybody, {"phone": "555"}),
        (update(Person).where(Person.organisation_id == cast.organisation).values(phone="555"), None),
        (update(Person).values(phone=Person.called), None),
        (update(Person).where(Person.id == cast.clara).values(phone=Person.called), None),
        (update(Person).where(Person.id == bindparam("at")).values(phone="5"), [{"at": 1}, {"at": 2}]),
        (insert(table).values([endpoint | {"address": "four@x.test"}]), None),
        (insert(table).from_select(["address"], select(Person.email)), None),
        (write.values(**endpoint, address="three@x.test").on_conflict_do_update(
            index_elements=["id"], set_={"address": "x"}), None),
        (insert(table).values(address="x"), [endpoint, endpoint]),
        (select(Person.id).where(Person.name == "Clara Reyes"), None),
        (select(Person.id).where(Person.name.like("Cl%")), None),
    ]  # fmt: skip
    for statement, parameters in refused:
        with database.writing() as session, pytest.raises((NotSealed, StatementError)) as error:
            session.connection().execute(statement, parameters)
        assert "NotSealed" in repr(error.value), statement
        assert "Clara" not in str(error.value)
    with database.writing() as session:
        add = Inserting(Endpoint, "person_id", "channel", "address", "address_key", "created_at")
        with pytest.raises(NotSealed):
            add(session.connection(), [endpoint | {"address": "five@x.test", "address_key": "k"}])
    assert "river" not in repr(Sealed(1, "river"))


def test_both_databases_give_back_what_was_put_in(database: Database, cast: Cast) -> None:
    told: dict[str, Any] = {"deep": [{"a": None}, "ñ", 1.5], "quote": '"\\'}
    with database.writing() as session:
        goal = session.get_one(Goal, cast.goal)
        goal.facts, goal.own_words, goal.priority = told, "", None
        session.flush()
        session.expire_all()
        assert (goal.facts, goal.own_words, goal.priority) == (told, "", None)
        session.execute(update(CheckIn).where(CheckIn.id == -1).values(note=None))
        assert json.loads(json.dumps(goal.facts)) == told
        session.execute(update(Goal).values(facts=None))
        session.expire_all()
        assert goal.facts is None
        assert session.scalars(select(Person.id).where(Person.email_key == "clara@example.test")).one() == cast.clara
