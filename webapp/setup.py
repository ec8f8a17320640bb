"""Bring a database to the shape this code expects, before anybody is served."""

from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, OperationalError

from webapp import migrations
from webapp.config import Config, database_name
from webapp.db import Database
from webapp.keyring import NotOpened
from webapp.models.secret import keyring
from webapp.queries import field_keys
from webapp.services.passwords import email_key

MIGRATION_LOCK = 0xCA12
"""Any number will do, as long as every Cairn process takes the same one."""


class DatabaseProblem(Exception):
    """The database can't be used as it is; the message says what to do."""


def prepare(database: Database, config: Config, tell: Callable[[int, int], None] = lambda _done, _of: None) -> None:
    """Migrate the database. Several processes may call this at once; one works, the others wait.

    `tell` hears how many migrations are done, and of how many.

    Raises DatabaseProblem when it can't be opened, or was made by a newer Cairn.
    """
    try:
        with database.writing() as session:
            if not database.embedded:
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            waiting = migrations.waiting(session.connection())
            for number, revision in enumerate(waiting):
                tell(number, len(waiting))
                migrations.upgrade(session.connection(), revision)
            if waiting:
                tell(len(waiting), len(waiting))
            if not database.embedded:
                ensure_keys(session.connection())
    except (OperationalError, DatabaseError) as error:
        raise DatabaseProblem(_explain(database, config, error)) from error
    except NotOpened as error:
        raise DatabaseProblem(f"The field keys are not those of this database. {error}") from error
    except migrations.UnknownRevision as error:
        raise DatabaseProblem(
            "This database was made by a newer Cairn. Install that release or a later one."
        ) from error


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
