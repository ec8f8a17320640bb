"""The guard in SQLite: views in place of the tables, triggers before every write, and an authorizer beneath both.

Names are looked up among temporary things first, so that a query which says `check_ins` reads a view of that name. It
shows the rows in scope; SQLite folds it into the query, and the indices serve as before. Writes go to the table itself
(`statements` spells that out), past triggers that let through what is in scope. The clients of a scope stand in a
temporary table, everything else about it in functions of the connection, which fail while there is no scope.

The authorizer is asked whenever SQLite reads a new statement. It refuses somebody's table unless it is reached through
its view or is the one being written; so what a driver sends by itself gets no further, whoever wrote it. SQLite tells
it by which name a table is reached, and would say that of any `WITH name AS` just the same: so what stands between a
view and its table, and each trigger, has a name that nobody else knows. Views and triggers are laid out when a
connection is first scoped; what works for everyone, such as the jobs, does without.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlcipher3.dbapi2 as sqlite
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from webapp.domain.scopes import Scope
from webapp.guard.statements import SCOPE, Unscoped
from webapp.models import Base
from webapp.models.owners import HIDDEN, OWNED, Owned

YES, NO = int(sqlite.SQLITE_OK), int(sqlite.SQLITE_DENY)
_READS, _WRITES = {sqlite.SQLITE_READ}, {sqlite.SQLITE_INSERT, sqlite.SQLITE_UPDATE, sqlite.SQLITE_DELETE}
_PLAIN = {
    sqlite.SQLITE_SELECT,
    sqlite.SQLITE_FUNCTION,
    sqlite.SQLITE_TRANSACTION,
    sqlite.SQLITE_SAVEPOINT,
    sqlite.SQLITE_RECURSIVE,
}
_MARK = f"cairn_{secrets.token_hex(16)}"
"""How the names begin by which our views and triggers reach a table; drawn anew by each process."""
RULES = {
    "people_chain": {"look_chains"},
    "looks_next": {"looks", "look_chains"},
    "looks_kept": {"looks"},
    "looks_stay": {"looks", "departures"},
    "look_chains_forward": {"look_chains"},
    "look_chains_stay": {"look_chains", "departures"},
    "departures_kept": {"departures"},
    "departures_stay": {"departures"},
}
"""The triggers that migrations made, and what they reach. Their names are no secret: they count within a write only."""


class Watch:
    """What the guard knows of one connection. `trusted`: the guard itself is at work."""

    def __init__(self) -> None:
        self.scope: Scope | None = None
        self.target: str | None = None
        self.views = self.triggers = self.trusted = False

    def entered(self) -> Scope:
        if self.scope is None:
            raise Unscoped("no scope was entered")
        return self.scope

    def authorize(self, action: int, thing: str | None, column: str | None, where: str | None, by: str | None) -> int:
        """Answer SQLite, which asks about each table and column of a statement it reads for the first time."""
        scope = self.scope
        if self.trusted or (scope is not None and scope.everyone):
            return YES
        if action in _READS:
            allowed = self._may_read(thing, column, where, by)
        elif action in _WRITES:
            allowed = self._reaches(by, thing) or (where == "main" and (thing not in OWNED or self._may_write(thing)))
        else:
            allowed = action in _PLAIN or (scope is None and thing not in OWNED)
        return YES if allowed else NO

    def _may_read(self, thing: str | None, column: str | None, where: str | None, by: str | None) -> bool:
        """Let through what is free, what is reached by one of our names, and what a write looks at besides.

        No column is read ("") where rows are only counted. Of a table that has somebody's number as its key that is all
        SQLite says of its view, too: how many rows such a table has is no secret to a driver.
        """
        if where == "temp":
            return thing in OWNED or thing == "cairn_clients"
        if (thing or "").lower() not in HIDDEN or self._reaches(by, thing):
            return True
        if column == "" and self.scope is not None and (where is None or thing in _numbered()):
            return True
        return self.target is not None and (thing == self.target or (thing, column) in _keys())

    def _may_write(self, thing: str | None) -> bool:
        return self.scope is not None and self.triggers and thing == self.target

    def _reaches(self, by: str | None, thing: str | None) -> bool:
        """Say whether a view or trigger of ours is at work that has to do with this table."""
        return thing in _ways().get(by or "", ()) or (self.target is not None and thing in RULES.get(by or "", ()))


def watch(driver: Any, record: Any) -> None:
    """Put a new connection under guard."""
    found = record.info["cairn.watch"] = Watch()
    driver.create_function("cairn_everyone", 0, lambda: bool(found.entered().everyone))
    driver.create_function("cairn_accounts", 0, lambda: found.entered().accounts)
    driver.create_function("cairn_person", 0, lambda: found.entered().person_id)
    driver.set_authorizer(found.authorize)


def lay_out(connection: Connection, writes: bool) -> None:
    """Make the views, and the triggers where something is to be written, unless they are there."""
    found: Watch = connection.info["cairn.watch"]
    wanted = [] if found.views else [_views()]
    wanted += [_triggers()] if writes and not found.triggers else []
    if wanted:
        with _trusted(found):
            _driver(connection).executescript(f"BEGIN; {'; '.join(wanted)}; COMMIT")
        found.views, found.triggers = True, found.triggers or writes


def enter(connection: Connection, scope: Scope) -> None:
    """Open what is in scope; the clients in it are looked up now. Raises Unscoped where nothing was laid out."""
    found: Watch = connection.info["cairn.watch"]
    if not (scope.everyone or found.views):
        raise Unscoped("a connection that works for everyone can't be narrowed")
    found.scope = connection.info[SCOPE] = scope
    if scope.everyone:
        return
    driver = _driver(connection)
    with _trusted(found):
        driver.execute("DELETE FROM temp.cairn_clients")
        for client_id in scope.clients:
            driver.execute("INSERT INTO temp.cairn_clients VALUES (?)", (client_id,))
        if scope.circle:
            driver.execute(_CIRCLE, (scope.person_id,))
        if scope.caseload:
            driver.execute(_CASELOAD, (scope.person_id,))


_CIRCLE = (
    "INSERT OR IGNORE INTO temp.cairn_clients"
    " SELECT client_id FROM main.supporter_links"
    " WHERE supporter_id = ? AND ended_at IS NULL AND confirmed_at IS NOT NULL"
)
_CASELOAD = (
    "INSERT OR IGNORE INTO temp.cairn_clients"
    " SELECT client_id FROM main.assignments WHERE care_team_id = ? AND ended_at IS NULL"
)


@contextmanager
def _trusted(found: Watch) -> Iterator[None]:
    """Let the guard itself through. Raises OperationalError, as a statement would, where the database can't be read."""
    found.trusted = True
    try:
        yield
    except sqlite.Error as error:
        raise OperationalError(None, None, error) from error
    finally:
        found.trusted = False


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


@cache
def _keys() -> frozenset[tuple[str, str]]:
    """List the columns that lead from row to row and say nothing else."""
    return frozenset(
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.primary_key or column.foreign_keys
    )


@cache
def _numbered() -> frozenset[str]:
    """List the tables whose rows are somebody's by their key."""
    keys = {name: {column.name for column in Base.metadata.tables[name].primary_key} for name in OWNED}
    return frozenset(name for name, owner in OWNED.items() if keys[name] & {*owner.clients, *owner.people})


@cache
def _ways() -> dict[str, frozenset[str]]:
    """List which tables are reached by which of our names: its own, and those above whose rows decide."""
    verbs = ("seen", "INSERT", "UPDATE", "DELETE")
    return {_named(name, verb): frozenset(_above(name)) for name in OWNED for verb in verbs}


def _above(name: str) -> Iterator[str]:
    yield name
    if parent := OWNED[name].parent:
        yield from _above(parent[1])


def _named(table: str, verb: str = "seen") -> str:
    return f"{_MARK}_{table}_{verb}"


@cache
def _views() -> str:
    made = ["CREATE TEMP TABLE cairn_clients (id INTEGER PRIMARY KEY)"]
    for name, owner in OWNED.items():
        if owner.shown:
            continue
        shown = _in_scope(owner, "", owner.people + owner.readers)
        rows = f"{_named(name)} AS (SELECT * FROM main.{name} WHERE {shown})"
        made.append(f"CREATE TEMP VIEW {name} AS WITH {rows} SELECT * FROM {_named(name)}")
    return "; ".join(made)


@cache
def _triggers() -> str:
    made = []
    for name, owner in OWNED.items():
        before, after = _in_scope(owner, "OLD.", owner.people), _in_scope(owner, "NEW.", owner.people)
        unseen, refused = "RAISE(IGNORE)", f"RAISE(ABORT, 'a row of {name} is out of scope')"
        for verb, when, answer in (
            ("INSERT", f"NOT ({after} OR {_begins(owner)})", refused),
            ("UPDATE", f"NOT ({before} AND {after})", f"CASE WHEN {before} THEN {refused} ELSE {unseen} END"),
            ("DELETE", f"NOT {before}", unseen),
        ):
            head = f"CREATE TEMP TRIGGER {_named(name, verb)} BEFORE {verb} ON main.{name}"
            made.append(f"{head} WHEN {when} BEGIN SELECT {answer}; END")
    return "; ".join(made)


def _begins(owner: Owned) -> str:
    fresh = [f"NEW.{column} = {value}" for column, value in owner.begins]
    return " AND ".join(["(SELECT cairn_accounts())", *fresh]) if fresh else "0"


def _in_scope(owner: Owned, row: str, people: tuple[str, ...]) -> str:
    """Say in SQL that a row is in scope. A function in a subquery of its own is asked once for a whole statement."""
    either = ["(SELECT cairn_everyone())"]
    either += [f"{row}{column} IN (SELECT id FROM cairn_clients)" for column in owner.clients]
    either += [f"{row}{column} = (SELECT cairn_person())" for column in people]
    either += ["(SELECT cairn_accounts())"] if owner.accounts else []
    if owner.parent:
        column, table = owner.parent
        above = _in_scope(OWNED[table], "parent.", OWNED[table].people)
        either.append(f"EXISTS (SELECT 1 FROM main.{table} AS parent WHERE parent.id = {row}{column} AND ({above}))")
    return f"({' OR '.join(either)})"
