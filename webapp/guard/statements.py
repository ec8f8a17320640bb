"""Read a statement before it is sent: which tables it names, and whether that is allowed here at all."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import ExceptionContext

from webapp.domain.scopes import Scope
from webapp.models.owners import HIDDEN, OWNED

SCOPE = "cairn.scope"
"""Where a connection keeps its scope, as long as it is lent."""

_NAMES = "|".join(sorted(HIDDEN, key=len, reverse=True))
_NAMED = re.compile(rf"\b({_NAMES})\b", re.IGNORECASE)
_WRITES = re.compile(
    r"\s*(?:INSERT(?:\s+OR\s+IGNORE)?\s+INTO|UPDATE|DELETE\s+FROM)\s+(?P<table>\"\w+\"|\w+\b)", re.IGNORECASE
)
_SETS = r"\bset_config\b|^\s*(?:SET|RESET)\b"
_BESIDE = re.compile(
    r"\b(?:main|temp)\b[\"'`\]]?\s*\."  # a table past its view
    rf"|\bcairn_clients\b|\bcairn\.|{_SETS}"  # the scope itself
    r"|/\*|--",  # and what could stand between the words of these
    re.IGNORECASE,
)
"""What no query of ours says."""
_SETTING = re.compile(_SETS, re.IGNORECASE)
"""What would stay on a connection that has no scope yet, for whoever is lent it next."""


class Unscoped(Exception):
    """A statement on somebody's data outside of any scope."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a statement names: what needs a scope, the table it writes (free ones, too), and whether it reaches beneath.

    `sent` is the statement with its target spelled out: on SQLite, views stand in place of the tables, and only the
    tables themselves can be written.
    """

    tables: frozenset[str]
    target: str | None
    beside: bool
    sent: str


@lru_cache(4096)
def understood(statement: str) -> Understood:
    """Read a statement once; the same text comes again and again."""
    tables = frozenset(name.lower() for name in _NAMED.findall(statement))
    writes = _WRITES.match(statement)
    target = writes["table"].strip('"').lower() if writes else None
    sent = statement
    if writes and target in OWNED:
        at = writes.start("table")
        sent = f"{statement[:at]}main.{statement[at:]}"
        tables |= {target}
    return Understood(tables, target, bool(_BESIDE.search(statement)), sent)


def look(
    connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """Refuse what has no scope (raises Unscoped); on SQLite, spell out what is written."""
    said, info = understood(statement), connection.info
    scope: Scope | None = info.get(SCOPE)
    if said.tables and scope is None:
        raise Unscoped(f"no scope was entered for {', '.join(sorted(said.tables))}")
    if said.beside and (_SETTING.search(statement) if scope is None else not scope.everyone):
        raise Unscoped("a statement names what lies beneath the guard")
    if connection.dialect.name != "sqlite":
        return statement, parameters
    info["cairn.watch"].target = said.target
    return said.sent, parameters


def looked(connection: Connection, *_: Any) -> None:
    """Forget on SQLite what was written, as soon as that is over: a write may look at its own table, nobody else."""
    if (watch := connection.info.get("cairn.watch")) is not None:
        watch.target = None


def failed(context: ExceptionContext) -> None:
    """Forget it, too, when it went wrong."""
    if context.connection is not None:
        looked(context.connection)


def scope_of(connection: Connection) -> Scope:
    """Return the scope a connection is in. Raises Unscoped."""
    found: Scope | None = connection.info.get(SCOPE)
    if found is None:
        raise Unscoped("no scope was entered")
    return found


def leave(_driver: Any, record: Any) -> None:
    """Forget the scope of a connection that is given back."""
    record.info.pop(SCOPE, None)
    if (watch := record.info.get("cairn.watch")) is not None:
        watch.scope = watch.target = None
