"""The guard in PostgreSQL: row security that reads the scope from settings of the transaction.

Tables belong to the owner, who migrates; the app connects as another role, which is subject to the policies like
everybody but a superuser. A setting that was never made is an error, so that a statement outside of a scope fails. Each
is read in a subquery of its own, once for a statement and not for each row.
"""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from webapp.domain.scopes import Scope
from webapp.guard.statements import SCOPE
from webapp.models.owners import OWNED, Owned

_EVERYONE = "(SELECT current_setting('cairn.everyone')::boolean)"
_ACCOUNTS = "(SELECT current_setting('cairn.accounts')::boolean)"
_PERSON = "(SELECT current_setting('cairn.person')::bigint)"
_CLIENTS = "((SELECT current_setting('cairn.clients')::bigint[])::bigint[])"
_MARKED = "people"
"""The table whose policy says in a comment what all tables' policies are."""
_POLICIES = ("cairn_scope", "cairn_readers", "cairn_begins")


def enter(connection: Connection, scope: Scope) -> None:
    """Make the settings of this transaction; the clients in scope are looked up now. One round trip.

    Raises OperationalError when the database does not answer.
    """
    settings = {
        "everyone": str(bool(scope.everyone)).lower(),
        "accounts": str(scope.accounts).lower(),
        "person": str(int(scope.person_id)),
        "clients": f"{{{','.join(str(int(client)) for client in sorted(scope.clients))}}}",
    }
    made = "SELECT " + ", ".join(f"set_config('cairn.{name}', '{value}', true)" for name, value in settings.items())
    looked_up = list(_looked_up(scope))
    if looked_up:
        known = "SELECT unnest(current_setting('cairn.clients')::bigint[])"
        every = " UNION ".join([known, *looked_up])
        made += f"; SELECT set_config('cairn.clients', ARRAY({every})::text, true)"
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        driver.execute(made, prepare=False)
    except connection.dialect.loaded_dbapi.OperationalError as error:
        raise OperationalError(None, None, error) from error
    connection.info[SCOPE] = scope


def _looked_up(scope: Scope) -> Iterator[str]:
    person = int(scope.person_id)
    if scope.circle:
        links = f"SELECT client_id FROM supporter_links WHERE supporter_id = {person}"
        yield f"{links} AND ended_at IS NULL AND confirmed_at IS NOT NULL"
    if scope.caseload:
        yield f"SELECT client_id FROM assignments WHERE care_team_id = {person} AND ended_at IS NULL"


def protect(connection: Connection) -> None:
    """Give every table of somebody's that is there its policies. Repeat it at will."""
    there = set(inspect(connection).get_table_names())
    for name in sorted(there & OWNED.keys()):
        for statement in _protection(name, OWNED[name]):
            connection.execute(text(statement))
    connection.execute(text(f"COMMENT ON POLICY cairn_scope ON {_MARKED} IS '{_mark()}'"))


def is_current(connection: Connection) -> bool:
    """Say whether the policies are those of this code: rules change without a migration, too."""
    policy = f"polname = 'cairn_scope' AND polrelid = to_regclass('{_MARKED}')"
    found = connection.execute(text(f"SELECT obj_description(oid, 'pg_policy') FROM pg_policy WHERE {policy}"))
    return found.scalar_one_or_none() == _mark()


def may_protect(connection: Connection) -> bool:
    """Say whether this role owns the tables, so that it may change their policies."""
    owns = f"SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('{_MARKED}')"
    return connection.execute(text(owns)).scalar_one_or_none() is True


def _mark() -> str:
    """Name the policies as this code has them."""
    all_of_them = "\n".join(one for name in sorted(OWNED) for one in _protection(name, OWNED[name]))
    return f"cairn row security {sha256(all_of_them.encode()).hexdigest()}"


def expose(connection: Connection) -> None:
    """Take all policies away, as it was before there were any."""
    for name in sorted(set(inspect(connection).get_table_names()) & OWNED.keys()):
        for policy in _POLICIES:
            connection.execute(text(f"DROP POLICY IF EXISTS {policy} ON {name}"))
        connection.execute(text(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"))


def _protection(name: str, owner: Owned) -> Iterator[str]:
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    for policy in _POLICIES:
        yield f"DROP POLICY IF EXISTS {policy} ON {name}"
    kept = _in_scope(owner, name)
    yield f"CREATE POLICY cairn_scope ON {name} USING ({kept}) WITH CHECK ({kept})"
    if owner.readers or owner.shown:
        read = "true" if owner.shown else " OR ".join(f"{column} = {_PERSON}" for column in owner.readers)
        yield f"CREATE POLICY cairn_readers ON {name} FOR SELECT USING ({read})"
    if owner.begins:
        fresh = " AND ".join([_ACCOUNTS, *(f"{column} = {value}" for column, value in owner.begins)])
        yield f"CREATE POLICY cairn_begins ON {name} FOR INSERT WITH CHECK ({fresh})"


def _in_scope(owner: Owned, name: str) -> str:
    either = [_EVERYONE]
    either += [f"{column} = ANY ({_CLIENTS})" for column in owner.clients]
    either += [f"{column} = {_PERSON}" for column in owner.people]
    either += [_ACCOUNTS] if owner.accounts else []
    if owner.parent:
        column, table = owner.parent
        either.append(f"EXISTS (SELECT FROM {table} AS parent WHERE parent.id = {name}.{column})")
    return " OR ".join(either)


def grant(connection: Connection, role: str) -> None:
    """Let the app's role read and write rows, and nothing else."""
    name = connection.dialect.identifier_preparer.quote_identifier(role)
    for words in (
        "USAGE ON SCHEMA public",
        "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
        "USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public",
    ):
        connection.execute(text(f"GRANT {words} TO {name}"))
    connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}"))


_TRUSTED = text(
    "SELECT rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind = 'r' AND pg_has_role(current_user, c.relowner, 'MEMBER'))"
    " FROM pg_roles WHERE rolname = current_user"
)


def too_mighty(connection: Connection) -> str | None:
    """Say why the policies do not bind the role that is connected; None when they do."""
    superuser, bypasses, owns = connection.execute(_TRUSTED).one()
    if superuser:
        return "is a superuser"
    if bypasses:
        return "may bypass row security"
    return "owns the tables" if owns else None
