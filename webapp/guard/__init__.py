"""Beneath every query: nothing of anybody's is read or written outside of a scope, whatever the statement forgot.

A scope (`webapp/domain/scopes.py`) is entered on a connection by `webapp.db`, for one transaction. Each table is
somebody's or free (`webapp/models/owners.py`). Two layers hold by themselves:

* `statements`: a statement that names somebody's table is refused while no scope is entered.
* `embedded`: on SQLite a scoped connection sees views in place of the tables, and triggers check what is written; its
  authorizer lets nothing past them, whatever drove the statement.
* `row_security`: on PostgreSQL policies in the database do the same, for a role that does not own the tables.

A row out of scope looks as if it were not there, to SELECT, UPDATE and DELETE alike; an INSERT of one is an error.
"""

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from webapp.domain.scopes import Scope
from webapp.guard import embedded, row_security, statements

__all__ = ["admit", "enter", "make_ready", "watch"]


def watch(engine: Engine) -> None:
    """Guard all connections of an engine; whatever scope one is given ends when it goes back to the pool."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", embedded.watch)
    event.listen(engine, "before_cursor_execute", statements.look, retval=True)
    event.listen(engine, "after_cursor_execute", statements.looked)
    event.listen(engine, "handle_error", statements.failed)
    event.listen(engine, "checkin", statements.leave)


def make_ready(connection: Connection, scope: Scope, writes: bool) -> None:
    """Lay out what a scope needs on a connection. Call it before the transaction begins, which may be undone."""
    if connection.dialect.name == "sqlite" and not scope.everyone:
        embedded.lay_out(connection, writes)


def enter(connection: Connection, scope: Scope | None) -> None:
    """Let a connection touch what is in scope, until its transaction ends. Call it in the transaction."""
    if scope is None:
        statements.leave(None, connection)
    else:
        (embedded if connection.dialect.name == "sqlite" else row_security).enter(connection, scope)


def admit(session: Session, client_id: int) -> None:
    """Let a session touch one more client's record: one made just now, or one to take somebody's access from."""
    connection = session.connection()
    enter(connection, statements.scope_of(connection).also(client_id))
