"""passkeys, codes of an app, recovery codes, and when somebody last showed that it is they.

Sign-ins from before showed one thing only: they let in no care team and no admin any more.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = base.Utc(timezone=True)


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("person_id", base.Id, autoincrement=False, nullable=False),
        sa.Column("handle", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("added_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_second_factors_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factors")),
        sa.UniqueConstraint("handle", name=op.f("uq_second_factors_handle")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", base.Id, nullable=False),
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_passkeys_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
    )
    op.create_index("ix_passkeys_person_id", "passkeys", ["person_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", base.Id, nullable=False),
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recovery_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_person_id_code_hash", "recovery_codes", ["person_id", "code_hash"], unique=True)
    op.create_table(
        "used_challenges",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_used_challenges")),
    )
    op.create_table(
        "half_sign_ins",
        sa.Column("id", base.Id, nullable=False),
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_half_sign_ins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_half_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_half_sign_ins_token_hash")),
    )
    op.create_index("ix_half_sign_ins_person_id", "half_sign_ins", ["person_id"])
    op.create_table(
        "proof_links",
        sa.Column("id", base.Id, nullable=False),
        sa.Column("sign_in_id", base.Id, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"], name=op.f("fk_proof_links_sign_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_proof_links_token_hash")),
    )
    op.create_index("ix_proof_links_sign_in_id", "proof_links", ["sign_in_id"])
    op.add_column("sign_ins", sa.Column("both", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sign_ins", sa.Column("proved_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("sign_ins", "proved_at")
    op.drop_column("sign_ins", "both")
    for table in ("proof_links", "half_sign_ins", "used_challenges", "recovery_codes", "passkeys", "second_factors"):
        op.drop_table(table)
