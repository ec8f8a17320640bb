"""Numbered changes of the database's shape, and how to bring one up to date."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from webapp.guard import row_security
from webapp.models import Base

PROTECTED = "0009"
"""From this migration on tables have policies. They follow the code, not the migration that made a table."""


class UnknownRevision(Exception):
    """The database has a revision this code doesn't know."""


def _settings(connection: Connection | None = None) -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to `revision`. Run it in a writing transaction; it is one."""
    command.upgrade(_settings(connection), revision)
    if connection.dialect.name == "postgresql" and not _before(connection, PROTECTED):
        row_security.protect(connection)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the database back to `revision` ("base" is before the first table)."""
    command.downgrade(_settings(connection), revision)


def pending(connection: Connection) -> bool:
    """Say whether the database is older than this code. Raises UnknownRevision when it is newer."""
    here = revision(connection)
    if not is_known(here):
        raise UnknownRevision(here)
    return here != ScriptDirectory.from_config(_settings()).get_current_head()


def is_known(revision: str) -> bool:
    """Say whether this code has a migration of that name; a newer Cairn has more."""
    try:
        ScriptDirectory.from_config(_settings()).get_revision(revision)
    except CommandError:
        return False
    return True


def revision(connection: Connection) -> str:
    """Name the last migration that this database has had."""
    return MigrationContext.configure(connection).get_current_revision() or "base"


def waiting(connection: Connection) -> list[str]:
    """List the migrations the database still lacks, the next one first. Raises UnknownRevision when it is newer."""
    if not pending(connection):
        return []
    here = MigrationContext.configure(connection).get_current_revision()
    numbered = ScriptDirectory.from_config(_settings())
    return [each.revision for each in numbered.iterate_revisions("head", here or "base")][::-1]


def _before(connection: Connection, revision: str) -> bool:
    here = MigrationContext.configure(connection).get_current_revision()
    return here is None or here < revision


def differences(connection: Connection) -> list[object]:
    """List how the database differs from the models; empty when it doesn't."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def new(connection: Connection, message: str, number: str) -> None:
    """Write the next numbered migration from what the models have and the database lacks."""
    command.revision(_settings(connection), message, autogenerate=True, rev_id=number)
