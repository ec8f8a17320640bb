"""grants for some steps only, the consent that was signed, and whether a client confirmed a supporter.

Whoever supported somebody before counts as confirmed. What was shared about substance use before was shared without
the elements that its consent must hold: it ends, and the client may sign for it anew.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ON_GRANTS = {
    "new_steps": "BOOLEAN NOT NULL DEFAULT true",
    "steps": "{json} NOT NULL DEFAULT '[]'",
    "consent": "{json}",
}
ON_LINKS = {"confirmed_at": "{instant}"}


def upgrade() -> None:
    _add("sharing_grants", ON_GRANTS)
    _add("supporter_links", ON_LINKS)
    op.execute("UPDATE supporter_links SET confirmed_at = joined_at")
    op.execute(
        "UPDATE sharing_grants SET withdrawn_at = CURRENT_TIMESTAMP "
        "WHERE scope = 'substance_use' AND withdrawn_at IS NULL"
    )


def downgrade() -> None:
    for table, columns in (("sharing_grants", ON_GRANTS), ("supporter_links", ON_LINKS)):
        for name in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _add(table: str, columns: dict[str, str]) -> None:
    embedded = op.get_bind().dialect.name == "sqlite"
    types = {"json": "JSON" if embedded else "JSONB", "instant": "DATETIME" if embedded else "TIMESTAMPTZ"}
    for name, words in columns.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {words.format(**types)}")
