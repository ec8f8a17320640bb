"""reminders on more channels, what was answered, notices, calendar feeds, and how weeks started before.

Parents are altered in place and children made anew: SQLite can't drop a table that others refer to.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEPT = (
    "id, client_id, occurrence_id, endpoint_id, person_id, seq, state, due_at, lease_owner, lease_until, attempts, "
    "sent_at, because"
)
ON_PEOPLE = {
    "earlier_weeks": "{json} NOT NULL DEFAULT '[]'",
    "follow_up_after": "INTEGER CONSTRAINT ck_people_follow_up_after CHECK (follow_up_after BETWEEN 5 AND 720)",
    "mail_use": "VARCHAR NOT NULL DEFAULT 'unreached' CONSTRAINT ck_people_mail_use "
    "CHECK (mail_use IN ('always', 'unreached', 'unanswered', 'never'))",
    "mail_after": "INTEGER NOT NULL DEFAULT 60 CONSTRAINT ck_people_mail_after CHECK (mail_after BETWEEN 5 AND 720)",
    "look_back": "BOOLEAN NOT NULL DEFAULT false",
    "digest": "BOOLEAN NOT NULL DEFAULT true",
    "plan_dates": "BOOLEAN NOT NULL DEFAULT true",
}
ON_OCCURRENCES = {
    "answer": "VARCHAR CONSTRAINT ck_reminder_occurrences_answer CHECK (answer IN ('done', 'later', 'not_today'))",
    "answered_at": "{instant}",
}
OPEN_PLAN = ("ended_at IS NULL",) * 2
WHO_IS_TOLD = {  # index: its table, its column, and which rows, as SQLite and as PostgreSQL say it
    "ix_people_digest": ("people", "time_zone", "digest = 1 AND is_care_team = 1", "digest AND is_care_team"),
    "ix_people_look_back": ("people", "time_zone", "look_back = 1", "look_back"),
    "ix_care_plans_review_on": ("care_plans", "review_on", *OPEN_PLAN),
    "ix_care_plans_ends_on": ("care_plans", "ends_on", *OPEN_PLAN),
    "ix_cadences_valid_to": ("cadences", "valid_to", *("valid_to IS NOT NULL",) * 2),
    "ix_sharing_grants_ends_at": (
        "sharing_grants",
        "ends_at",
        *("withdrawn_at IS NULL AND ends_at IS NOT NULL",) * 2,
    ),
}
STATES = "'pending', 'claimed', 'sending', 'sent', 'unknown', 'failed', 'cancelled', 'suppressed'"


def upgrade() -> None:
    _put_deliveries_aside()
    _add("people", ON_PEOPLE)
    _add("reminder_occurrences", ON_OCCURRENCES)
    op.create_table(
        "calendar_feeds",
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("plain_words", sa.Boolean(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_calendar_feeds_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_feeds_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_table(
        "notices",
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("due_at", base.Utc(timezone=True), nullable=False),
        sa.Column("expires_at", base.Utc(timezone=True), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.CheckConstraint("kind IN ('sessions', 'look_back', 'review', 'ending')", name=op.f("ck_notices_kind")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_notices_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("person_id", "kind", "key", name=op.f("uq_notices_person_id_kind_key")),
    )
    op.create_index(op.f("ix_notices_client_id"), "notices", ["client_id"])
    for name, (table_name, column, embedded, other) in WHO_IS_TOLD.items():
        op.create_index(name, table_name, [column], sqlite_where=sa.text(embedded), postgresql_where=sa.text(other))
    with op.batch_alter_table("endpoints") as table:
        table.drop_constraint(op.f("ck_endpoints_channel"), type_="check")
        table.create_check_constraint(op.f("ck_endpoints_channel"), "channel IN ('email', 'push', 'ntfy')")
        table.add_column(sa.Column("keys", base.Json, nullable=True))
        table.add_column(sa.Column("device", sa.String(), nullable=True))
        table.add_column(sa.Column("sign_in_id", base.Id, nullable=True))
        table.create_index(op.f("ix_endpoints_sign_in_id"), ["sign_in_id"])
        table.create_foreign_key(
            op.f("fk_endpoints_sign_in_id"), "sign_ins", ["sign_in_id"], ["id"], ondelete="SET NULL"
        )
    on = sa.text("channel = 'push' AND off_at IS NULL")
    op.create_index("uq_endpoints_push", "endpoints", ["address"], unique=True, sqlite_where=on, postgresql_where=on)
    _make_deliveries(
        sa.Column("notice_id", base.Id, nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.CheckConstraint("(occurrence_id IS NULL) <> (notice_id IS NULL)", name=op.f("ck_deliveries_about")),
        sa.CheckConstraint("channel IN ('email', 'push', 'ntfy')", name=op.f("ck_deliveries_channel")),
        sa.CheckConstraint(
            "kind IN ('first', 'follow_up', 'later', 'fallback', 'notice')", name=op.f("ck_deliveries_kind")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id")),
        sa.UniqueConstraint("notice_id", "endpoint_id", "seq", name=op.f("uq_deliveries_notice_id_endpoint_id_seq")),
        about_needed=False,
    )
    op.create_index(op.f("ix_deliveries_endpoint_id"), "deliveries", ["endpoint_id"])
    pending, leased = "state = 'pending'", "state IN ('claimed', 'sending')"
    for name, columns, where in (
        ("ix_deliveries_pending", ["channel", "due_at", "id"], sa.text(pending)),
        ("ix_deliveries_leased", ["lease_until"], sa.text(leased)),
    ):
        op.create_index(name, "deliveries", columns, sqlite_where=where, postgresql_where=where)
    _bring_deliveries_back("channel, kind", "'email', 'first'")


def downgrade() -> None:
    op.execute("DELETE FROM deliveries WHERE occurrence_id IS NULL OR channel <> 'email'")
    _put_deliveries_aside()
    op.execute("DELETE FROM endpoints WHERE channel <> 'email'")
    op.drop_index("uq_endpoints_push", "endpoints")
    with op.batch_alter_table("endpoints") as table:
        table.drop_constraint(op.f("fk_endpoints_sign_in_id"), type_="foreignkey")
        table.drop_index(op.f("ix_endpoints_sign_in_id"))
        table.drop_constraint(op.f("ck_endpoints_channel"), type_="check")
        table.create_check_constraint(op.f("ck_endpoints_channel"), "channel IN ('email')")
        for column in ("sign_in_id", "device", "keys"):
            table.drop_column(column)
    _make_deliveries(sa.Column("message_id", sa.String(), nullable=True), about_needed=True)
    op.create_index("ix_deliveries_state_due_at", "deliveries", ["state", "due_at"])
    _bring_deliveries_back("", "")
    for name in WHO_IS_TOLD:
        op.drop_index(name)
    op.drop_table("notices")
    op.drop_table("calendar_feeds")
    for table_name, columns in (("reminder_occurrences", ON_OCCURRENCES), ("people", ON_PEOPLE)):
        for name in columns:
            op.execute(f"ALTER TABLE {table_name} DROP COLUMN {name}")


def _add(table: str, columns: dict[str, str]) -> None:
    embedded = op.get_bind().dialect.name == "sqlite"
    types = {"json": "JSON" if embedded else "JSONB", "instant": "DATETIME" if embedded else "TIMESTAMPTZ"}
    for name, words in columns.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {words.format(**types)}")


def _put_deliveries_aside() -> None:
    op.execute("CREATE TABLE deliveries_before AS SELECT * FROM deliveries")
    op.drop_table("deliveries")


def _make_deliveries(*more: sa.schema.SchemaItem, about_needed: bool) -> None:
    op.create_table(
        "deliveries",
        sa.Column("client_id", base.Id, nullable=not about_needed),
        sa.Column("occurrence_id", base.Id, nullable=not about_needed),
        sa.Column("endpoint_id", base.Id, nullable=False),
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", base.Utc(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", base.Utc(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", base.Utc(timezone=True), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        *more,
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_deliveries_state")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_deliveries_client_id")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoints.id"], name=op.f("fk_deliveries_endpoint_id")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["reminder_occurrences.id"], name=op.f("fk_deliveries_occurrence_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deliveries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "occurrence_id", "endpoint_id", "seq", name=op.f("uq_deliveries_occurrence_id_endpoint_id_seq")
        ),
    )
    op.create_index(op.f("ix_deliveries_client_id"), "deliveries", ["client_id"])
    op.create_index("ix_deliveries_person_id_due_at", "deliveries", ["person_id", "due_at"])


def _bring_deliveries_back(more: str, values: str) -> None:
    names, chosen = (f"{KEPT}, {more}", f"{KEPT}, {values}") if more else (KEPT, KEPT)
    op.execute(f"INSERT INTO deliveries ({names}) SELECT {chosen} FROM deliveries_before")  # noqa: S608
    op.drop_table("deliveries_before")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('deliveries', 'id'), "
            "coalesce((SELECT max(id) FROM deliveries), 0) + 1, false)"
        )
