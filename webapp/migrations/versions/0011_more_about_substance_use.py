"""more of what a plan lists, and what is to be talked about, can be about substance use; so far none of it is."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("signs", "supports", "monitoring", "plan_lines", "agenda_items")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN substance_use BOOLEAN NOT NULL DEFAULT false")
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"ALTER TABLE {table} ALTER COLUMN substance_use DROP DEFAULT")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN substance_use")
