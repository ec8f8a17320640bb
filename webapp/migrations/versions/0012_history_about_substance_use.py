"""a place of its own for history and earlier treatment about substance use; what stands in the others stays there."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE client_information ADD COLUMN substance_use_history VARCHAR")


def downgrade() -> None:
    op.execute("ALTER TABLE client_information DROP COLUMN substance_use_history")
