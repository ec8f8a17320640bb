"""row security on PostgreSQL: the policies themselves follow webapp/models/owners.py, after every migration."""

from alembic import op

from webapp.guard import row_security

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing by itself: webapp.migrations.upgrade protects every table that is there, from here on."""


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        row_security.expose(op.get_bind())
