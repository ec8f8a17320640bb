"""how far a new account is in its first run; accounts that were there before have nothing to be asked."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCREENS = "'name', 'language', 'day', 'reminders', 'device', 'sharing'"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE people ADD COLUMN first_run VARCHAR "
        f"CONSTRAINT ck_people_first_run CHECK (first_run IN ({SCREENS}))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE people DROP COLUMN first_run")
