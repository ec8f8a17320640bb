"""what phones sent, and two devices that tick the same at the same moment.

Ticks from before keep no line in `ops`: their own `op_id` is enough to know them again.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models import base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = "'check_in', 'note', 'reason', 'later', 'use', 'use_ended', 'bad_day'"


def upgrade() -> None:
    op.create_table(
        "ops",
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("op_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.Column("received_at", base.Utc(timezone=True), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("row_id", base.Id, nullable=True),
        sa.Column("answer", base.Json, nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_ops_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ops_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops")),
        sa.UniqueConstraint("person_id", "op_id", name=op.f("uq_ops_person_id_op_id")),
    )
    op.create_index("ix_ops_person_id_item", "ops", ["person_id", "item"])
    op.add_column("check_ins", sa.Column("seq", sa.Integer(), nullable=True))
    dated = sa.text("seq IS NOT NULL")
    op.create_index(
        "uq_check_ins_dated",
        "check_ins",
        ["step_id", "by_id", "day", "slot", "seq"],
        unique=True,
        sqlite_where=dated,
        postgresql_where=dated,
    )


def downgrade() -> None:
    op.drop_index("uq_check_ins_dated", "check_ins")
    op.drop_column("check_ins", "seq")
    op.drop_table("ops")
