"""when a sign-in was last used, on whose phone, whether it is locked; a PIN, a neutral name, what a quick exit cost."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ON_SIGN_INS = {
    "seen_at": "{instant}",
    "borrowed": "BOOLEAN NOT NULL DEFAULT false",
    "locked_at": "{instant}",
    "wrong_pins": "INTEGER NOT NULL DEFAULT 0",
}
ON_PEOPLE = {
    "pin_hash": "VARCHAR",
    "lock_after": "INTEGER CONSTRAINT ck_people_lock_after CHECK (lock_after IN (1, 5, 15, 60))",
    "neutral_name": "BOOLEAN NOT NULL DEFAULT false",
    "unsent_lost": "INTEGER NOT NULL DEFAULT 0",
}


def upgrade() -> None:
    instant = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMPTZ"
    for table, columns in (("sign_ins", ON_SIGN_INS), ("people", ON_PEOPLE)):
        for name, words in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {words.format(instant=instant)}")


def downgrade() -> None:
    for table, columns in (("people", ON_PEOPLE), ("sign_ins", ON_SIGN_INS)):
        for name in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
