"""Everything about oneself is handed out, and goes when one leaves; nothing of anybody else."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from jobs.own_data import own_data as nightly
from tests.support.cast import NOW
from tests.support.people import acting
from webapp import audit, clock, setup
from webapp.config import Config
from webapp.db import Database
from webapp.domain.own_data import GRACE, SECRETS, TIES, Obstacle, Then
from webapp.domain.people import LEFT, Role
from webapp.models import (
    AgendaItem,
    Base,
    CalendarFeed,
    Commitment,
    Departure,
    Endpoint,
    Look,
    Notice,
    Person,
    PlanChange,
    Reminder,
    SharingGrant,
    SignIn,
)
from webapp.notify import email, outbox
from webapp.notify.email import Mail
from webapp.queries import own_data as queries
from webapp.services import calendar_feeds, demo, looks, own_data, passwords, sign_ins

ROLES = {"mary": Role.CLIENT, "edythe": Role.SUPPORTER, "ruth": Role.CARE_TEAM, "ada": Role.ADMIN}


@pytest.fixture
def people(database: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The demo people, whose weeks look lived in, and some of everything that they left out."""
    monkeypatch.setattr(passwords, "hash_new", lambda *_, **__: "canary-hash")  # the real one takes its time
    demo.load(database, "US", NOW)
    with database.writing() as session:
        found = {email.split("@")[0]: number for email, number in session.execute(select(Person.email, Person.id))}
        for name in ROLES:
            sign_ins.begin(session, found[name], f"device of {name}", NOW)
            calendar_feeds.begin(session, found[name], plain_words=False, now=NOW)
            session.add(Notice(person_id=found[name], client_id=found["mary"], kind="review", key=name, due_at=NOW,
                               expires_at=NOW, created_at=NOW))  # fmt: skip
        session.add(Endpoint(person_id=found["mary"], channel="push", address="https://push.test/canary-endpoint",
                             keys={"auth": "canary-key"}, created_at=NOW))  # fmt: skip
        session.add(AgendaItem(client_id=found["joe"], text="canary of joe", created_at=NOW))
        looks.looked(session, found["ruth"], found["mary"], "care_plan", NOW)
        looks.looked(session, found["edythe"], found["mary"], "promises", NOW)
        looks.looked(session, found["ruth"], found["joe"], "sessions", NOW)
    return found


def test_everybody_is_handed_every_row_that_is_theirs_without_secrets_or_others(
    database: Database, people: dict[str, int]
) -> None:
    for name in ROLES:
        number = people[name]
        with database.reading() as connection:
            found = queries.everything(connection, number)
            for table, ties in TIES.items():
                columns = queries.table(table)
                every = sum(
                    connection.execute(
                        select(func.count()).select_from(columns).where(queries.hangs(columns, tie.path)),
                        {"whose": number},
                    ).scalar_one()
                    for tie in ties
                    if tie.told is None
                )
                assert len(found.whole.get(table, ())) == every, f"{table} of {name}"
            addresses = {email for (email,) in connection.execute(select(Person.email).where(Person.id != number))}
        said = json.dumps([dict(found.whole), dict(found.parts)], default=str)
        assert not [one for one in addresses if one in said], f"{name} is handed another's address"
        assert ("canary of joe" in said) is False
        assert "canary-key" not in said
        assert "canary-hash" not in said
        assert "canary-endpoint" not in said
        for table, secret in SECRETS.items():
            for row in (*found.whole.get(table, ()), *found.parts.get(table, ())):
                assert not secret & row.keys()
    with database.reading() as connection:
        mary = queries.everything(connection, people["mary"])
        assert {"looks", "sharing_grants", "check_ins", "deliveries", "action_steps"} <= mary.whole.keys()
        names = [mary.names[look["by_id"]].split()[0] for look in mary.whole["looks"]]
        assert sorted(names) == ["Edythe", "Ruth"]
        ruth, edythe = (queries.everything(connection, people[name]) for name in ("ruth", "edythe"))
        steps = connection.execute(text("SELECT text FROM action_steps")).scalars().all()
    for other in (ruth, edythe):
        said = json.dumps([dict(other.whole), dict(other.parts), dict(other.names)], default=str)
        assert "Mary" not in said
        assert not [step for step in steps if step in said]
    assert [sorted(row) for row in ruth.parts["looks"]] == [["at", "page"]] * 2


def test_at_the_request_everything_stops_and_can_be_taken_back(
    database: Database, config: Config, people: dict[str, int]
) -> None:
    mary, edythe = people["mary"], people["edythe"]
    with database.writing() as session:
        before = session.execute(select(Reminder.person_id, Reminder.next_at).order_by(Reminder.id)).all()
        assert {row.person_id for row in before if row.next_at} >= {mary, edythe}
        assert own_data.ask(session, acting(mary), NOW) == NOW + GRACE
        assert own_data.ask(session, acting(mary), NOW + timedelta(days=3)) == NOW + GRACE
    with database.writing() as session:
        for table, of, still in (
            (SignIn, SignIn.person_id, SignIn.ended_at.is_(None)),
            (SharingGrant, SharingGrant.client_id, SharingGrant.withdrawn_at.is_(None)),
            (CalendarFeed, CalendarFeed.person_id, CalendarFeed.id.is_not(None)),
            (Endpoint, Endpoint.person_id, (Endpoint.channel != "email") & Endpoint.off_at.is_(None)),
            (Reminder, Reminder.client_id, Reminder.next_at.is_not(None)),
        ):
            assert session.scalar(select(func.count()).select_from(table).where(of == mary, still)) == 0, table
        own_data.keep(session, acting(mary), NOW)
    with database.writing() as session:
        assert session.execute(select(Reminder.person_id, Reminder.next_at).order_by(Reminder.id)).all() == before
    with clock.standing_at(NOW + GRACE):
        nightly(config, database)
    with database.writing() as session:
        assert session.get_one(Person, mary).left_at is None, "it was taken back"


def test_whoever_leaves_is_gone_from_every_table_but_what_is_said_to_stay(
    database: Database, config: Config, people: dict[str, int]
) -> None:
    """All in one database, one after the other: the client, the supporter, then the therapist; and the chains hold."""
    audit.checkpoint(database, config, NOW)
    for name in ("mary", "joe"):
        email.post(config, Mail(f"{name}@demo.example", "Hello", "A note"), NOW)
    for name in ("mary", "edythe"):
        _leave(database, config, people[name], ROLES[name])
        nothing_hangs(database, people[name])
        assert audit.verify(database, config, NOW).problems == (), "a chain that went with its client is not missed"
    assert {mail.to for mail in outbox.kept(config.outbox)} == {"joe@demo.example"}
    with database.writing() as session:
        with pytest.raises(own_data.InTheWay) as stays:
            own_data.ask(session, acting(people["ruth"], Role.CARE_TEAM), NOW)
        assert (stays.value.obstacles, stays.value.clients) == ((Obstacle.CLIENTS,), 3)
        with pytest.raises(own_data.InTheWay, match=Obstacle.ONLY_ADMIN):
            own_data.ask(session, acting(people["ada"], Role.ADMIN), NOW)
        wrote = session.scalar(select(func.count()).where(PlanChange.by_id == people["ruth"]))
        session.execute(text("UPDATE assignments SET ended_at = :now"), {"now": NOW})
    _leave(database, config, people["ruth"], Role.CARE_TEAM)
    nothing_hangs(database, people["ruth"])
    with database.writing() as session:
        ruth, mary = session.get_one(Person, people["ruth"]), session.get_one(Person, people["mary"])
        assert (ruth.name, ruth.discipline, ruth.email, ruth.called) == ("Ruth Okafor", "psychotherapist", "", "")
        assert (mary.name, mary.email, mary.phone, mary.is_client) == (LEFT, "", None, False)
        assert session.scalar(select(func.count()).where(PlanChange.by_id == people["ruth"])) == wrote
        assert session.scalar(select(func.count()).where(Look.client_id == people["joe"])) == 1
        assert {one.person_id for one in session.scalars(select(Departure))} == {
            people["mary"], people["edythe"], people["ruth"]
        }  # fmt: skip
        session.add(AgendaItem(client_id=people["joe"], text="the others go on", created_at=NOW))
    assert audit.verify(database, config, NOW).problems == ()


def test_once_the_first_of_all_accounts_is_deleted_cairn_starts_as_before(
    database: Database, config: Config, people: dict[str, int]
) -> None:
    with database.writing() as session:
        session.execute(update(Person).where(Person.id == people["edythe"]).values(is_admin=True))
        session.execute(text("UPDATE assignments SET ended_at = :now"), {"now": NOW})
        first = session.scalars(select(func.min(Person.id))).one()
    _leave(database, config, first, Role.CLIENT)
    setup.prepare(database, config)


def test_a_deletion_that_cairn_did_not_do_is_found(database: Database, config: Config, people: dict[str, int]) -> None:
    audit.checkpoint(database, config, NOW)
    with database.writing() as session:
        session.add(Departure(person_id=people["mary"], left_at=NOW, seq=0, head="", mac="0" * 64))
        session.flush()
        session.execute(text("DELETE FROM looks WHERE client_id = :mary"), {"mary": people["mary"]})
        session.execute(text("DELETE FROM look_chains WHERE client_id = :mary"), {"mary": people["mary"]})
    problems = audit.verify(database, config, NOW).problems
    assert any("said to be deleted, but not by Cairn" in line for line in problems)
    assert any("cut off the end" in line for line in problems)


def test_somebody_who_must_not_go_yet_is_held_until_it_is_seen_to(
    database: Database, config: Config, people: dict[str, int]
) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE assignments SET ended_at = :now"), {"now": NOW})
        own_data.ask(session, acting(people["ruth"], Role.CARE_TEAM), NOW)
        session.execute(update(Person).where(Person.id == people["ada"]).values(leaves_at=NOW))
        assert not own_data.leave(session, people["ruth"], NOW), "the grace is not over"
        session.execute(text("UPDATE assignments SET ended_at = NULL"))
    with clock.standing_at(NOW + GRACE):
        nightly(config, database)
    with database.writing() as session:
        assert session.scalars(select(Person.left_at).where(Person.left_at.is_not(None))).all() == []


def _leave(database: Database, config: Config, number: int, role: Role) -> None:
    with database.writing() as session:
        own_data.ask(session, acting(number, role), NOW)
    with clock.standing_at(NOW + GRACE - timedelta(seconds=1)):
        nightly(config, database)
    with database.writing() as session:
        assert session.get_one(Person, number).left_at is None
    with clock.standing_at(NOW + GRACE):
        nightly(config, database)
    with database.writing() as session:
        assert session.get_one(Person, number).left_at is not None
        asked = session.scalars(select(Commitment.state).where(Commitment.supporter_id == number))
        assert {*asked} <= {"ended"}


def nothing_hangs(database: Database, number: int) -> None:
    """Walk the database itself, not the table of ties: every column that could still name the person."""
    kept = {(name, tie.path) for name, ties in TIES.items() for tie in ties if tie.then in (Then.KEPT, Then.EMPTIED)}
    with database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            for column in queries.people_in(table):
                if (table.name, column.name) in kept:
                    continue
                found = connection.execute(select(func.count()).select_from(table).where(column == number)).scalar_one()
                assert found == 0, f"{table.name}.{column.name}"
