"""Put a backup in the place of the database that is here: read whole, brought up to date and checked, or not at all."""

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from webapp import audit, backups, db, migrations, setup
from webapp.backups import departures, embedded, sealed, server
from webapp.backups.departures import Again
from webapp.backups.problems import Damaged, NotRestored
from webapp.config import Config
from webapp.disk import on_disk
from webapp.domain import backups as rules
from webapp.keyring import NotOpened, parse
from webapp.models.sealing import secrets_of
from webapp.queries import field_keys

Check = Callable[[Connection, Config], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was in the backup, by table, and where is what stood there before, if anything did.

    `again` are the accounts in it that were deleted since it was made, and were deleted from it, too.
    """

    rows: dict[str, int]
    aside: Path | None
    again: Again


def every_field_opens(connection: Connection, _config: Config) -> None:
    """Open everything that is secret in PostgreSQL. Raises Damaged when a key is missing or a field was moved."""
    if connection.dialect.name != "postgresql":
        return
    try:
        setup.ensure_keys(connection)
        for table in field_keys.tables():
            names = sorted(secrets_of(table))
            for _row in connection.execute(select(*(table.c[name] for name in names))).yield_per(1000):
                pass
    except NotOpened as error:
        raise Damaged(str(error)) from error


def every_look_is_there(connection: Connection, config: Config) -> None:
    """Read who looked, chain by chain. Raises Damaged. A backup may well be older than the last checkpoint."""
    if problems := audit.broken(connection, config.audit_key):
        past = "Say --despite-looks to restore it all the same; cairn audit verify will go on saying so."
        raise Damaged(f"Who looked is not as it was written. {' '.join(problems)} {past}")


CHECKS: list[Check] = [every_field_opens, every_look_is_there]
"""What must hold of a restored database before it counts, beside its rows; each raises Damaged where it doesn't."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How far to go: over people who are here, and although the looks in the backup are not as they were written."""

    over_people: bool = False
    despite_looks: bool = False

    @property
    def checks(self) -> list[Check]:
        return [check for check in CHECKS if not (self.despite_looks and check is every_look_is_there)]


def restore(config: Config, path: Path, now: datetime, wish: Wish = Wish()) -> Restored:
    """Restore a backup. What is here is kept aside, and stays in its place when anything is wrong.

    Accounts that were deleted since the backup was made are deleted from it before it takes its place.

    Raises Damaged, NotRestored (there are people here and that was not wished, or it is in use), OSError.
    """
    rows = backups.verify(path, config)
    if sealed.is_sealed(path) is (config.database_url is None):
        kind = "the embedded database" if config.database_url else "PostgreSQL"
        raise NotRestored(f"{path.name} is a backup of {kind}, and the database here is of the other kind.")
    try:
        return (_embedded if config.database_url is None else _server)(config, path, rows, now, wish)
    except (setup.DatabaseProblem, migrations.UnknownRevision) as error:
        raise NotRestored(f"{path.name} can't be brought up to date: {error}") from error


def _refuse(people: int | None, over_people: bool) -> None:
    if people == 0 or over_people:
        return
    here = "The database here can't be opened."
    if people is not None:
        here = f"There are {people} people in the database here."
    raise NotRestored(f"{here} Say --replace to put the backup in its place; what is here is kept aside.")


def _embedded(config: Config, path: Path, rows: dict[str, int], now: datetime, wish: Wish) -> Restored:
    target = config.data / "cairn.db"
    people: int | None = 0
    if target.exists() and target.stat().st_size:
        try:
            people = embedded.have_to_oneself(target, config.database_key)
        except Damaged:
            people = None
    _refuse(people, wish.over_people)
    folder = config.data / f"{backups.RESTORING}{secrets.token_hex(8)}"
    folder.mkdir(0o700)
    try:
        draft = folder / target.name
        draft.touch(0o600)
        shutil.copyfile(path, draft)
        database = db.connect(replace(config, data=folder))
        try:
            with closing(database.owner.raw_connection()) as connection:
                if embedded.count(connection.driver_connection) != rows:
                    raise Damaged(f"{path.name} was copied, but its rows are not all there.")
            setup.prepare(database, config)
            with database.owning() as session:
                again = departures.leave_again(session, config, path.parent, now)
            with database.surveying() as connection:
                for check in wish.checks:
                    check(connection, config)
        finally:
            database.dispose()
        embedded.have_to_oneself(draft, config.database_key)
        on_disk(draft)
        aside = _put_aside(target, now) if people != 0 else None
        draft.replace(target)
        on_disk(target.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Restored(rows, aside, again)


def _server(config: Config, path: Path, rows: dict[str, int], now: datetime, wish: Wish) -> Restored:
    keys, database = parse(config.field_keys), db.connect(config)
    inventory = server.read_through(path, keys)
    if not migrations.is_known(inventory.revision):
        raise NotRestored(f"{path.name} was made by a newer Cairn. Install that release or a later one.")
    with database.surveying() as connection:
        people = 0
        if inspect(connection).has_table("people"):
            people = connection.execute(text("SELECT count(*) FROM people")).scalar_one()
    _refuse(people, wish.over_people)
    aside = backups.at_once(database, config, now) if people else None
    with database.owning() as session:
        connection = session.connection()
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": setup.MIGRATION_LOCK})
        server.empty(connection)
        migrations.upgrade(connection, inventory.revision)
        server.fill(connection, path, keys)
        if server.count(connection, inventory.columns) != rows:
            raise Damaged(f"{path.name} was read, but its rows are not all there.")
        migrations.upgrade(connection)
        setup.let_in(database, connection)
        again = departures.leave_again(session, config, path.parent, now)
        for check in wish.checks:
            check(connection, config)
    database.dispose()
    return Restored(rows, aside, again)


def _put_aside(target: Path, now: datetime) -> Path:
    """Keep what is here for some weeks under another name; until the new one takes its place it has both names."""
    aside = target.with_name(rules.name_put_aside(now.astimezone()))
    while aside.exists():
        aside = aside.with_name(f"{aside.stem}-and.db")
    os.link(target, aside)
    for left in ("-wal", "-shm"):  # beside a database that could not be opened
        with suppress(FileNotFoundError):
            target.with_name(target.name + left).rename(aside.with_name(aside.name + left))
    return aside
