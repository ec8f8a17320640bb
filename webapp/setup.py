"""Bring a database to the shape this code expects, before anybody is served."""

from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, OperationalError

from webapp import migrations
from webapp.config import Config, database_name
from webapp.db import Database
from webapp.guard import row_security
from webapp.keyring import NotOpened
from webapp.models.secret import keyring
from webapp.queries import field_keys
from webapp.services.passwords import email_key

MIGRATION_LOCK = 0xCA12
"""Any number will do, as long as every Cairn process takes the same one."""


HOW_TO_BIND = (
    "Make one role that owns the tables and another that is neither their owner nor a superuser and has no BYPASSRLS; "
    "set CAIRN_DATABASE_OWNER_URL to reach the database as the first and CAIRN_DATABASE_URL as the second. "
    "Cairn makes the tables, and gives the second role what it needs."
)


class DatabaseProblem(Exception):
    """The database can't be used as it is; the message says what to do."""


def prepare(database: Database, config: Config, tell: Callable[[int, int], None] = lambda _done, _of: None) -> None:
    """Migrate the database. Several processes may call this at once; one works, the others wait.

    `tell` hears how many migrations are done, and of how many.

    Raises DatabaseProblem when it can't be opened, was made by a newer Cairn, or, in production, would lie open to
    the role that serves people.
    """
    try:
        with database.owning() as session:
            if not database.embedded:
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            waiting = migrations.waiting(session.connection())
            loose = not database.embedded and not row_security.is_current(session.connection())
            bound = config.production and not database.embedded and not config.database_owner_url
            if loose and not waiting:
                bound = bound or not row_security.may_protect(session.connection())
            if (waiting or loose) and bound:
                raise DatabaseProblem(f"The tables of {database_name(config)} are not up to date. {HOW_TO_BIND}")
            for number, revision in enumerate(waiting):
                tell(number, len(waiting))
                migrations.upgrade(session.connection(), revision)
            if waiting:
                tell(len(waiting), len(waiting))
            elif loose:
                row_security.protect(session.connection())
            if not database.embedded:
                ensure_keys(session.connection())
            let_in(database, session.connection())
        if config.production:
            _ensure_bound(database)
    except (OperationalError, DatabaseError) as error:
        raise DatabaseProblem(_explain(database, config, error)) from error
    except NotOpened as error:
        raise DatabaseProblem(f"The field keys are not those of this database. {error}") from error
    except migrations.UnknownRevision as error:
        raise DatabaseProblem(
            "This database was made by a newer Cairn. Install that release or a later one."
        ) from error


def _ensure_bound(database: Database) -> None:
    """Refuse to work as a role past which everybody's records lie open. Raises DatabaseProblem."""
    with database.reading() as connection:
        if not database.embedded and (why := row_security.too_mighty(connection)):
            raise DatabaseProblem(
                f"Cairn will not start in production: the database's role {database.role} {why}, so that row security "
                f"does not bind it. {HOW_TO_BIND}"
            )


def let_in(database: Database, connection: Connection) -> None:
    """Let the role that serves people use the owner's tables, where these are two roles."""
    if not database.embedded and database.role != database.owner.url.username:
        row_security.grant(connection, database.role)


def ensure_keys(connection: Connection) -> None:
    """Look whether the keys open what is here, and find it: with others nobody could sign in. Raises NotOpened."""
    someone = field_keys.a_person(connection)
    if someone and keyring(connection.dialect).hash("people.email_key", email_key(someone.email)) != someone.hash:
        raise NotOpened("The key called lookup is another one.")


def _explain(database: Database, config: Config, error: DatabaseError) -> str:
    where = database_name(config)
    if database.embedded and "not a database" in str(error):
        return (
            f"{where} can't be opened with the key in {config.config / 'database.key'}. "
            "The key belongs to another database, or the file is damaged."
        )
    if database.embedded and ("unable to open" in str(error) or "readonly" in str(error)):
        return f"{where} can't be written: Cairn must be allowed to write in the folder {config.data} (CAIRN_DATA)."
    return f"{where} can't be used: {error.orig}"
