"""the first tables."""

import sqlalchemy as sa
from alembic import op

from webapp.models import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "organisations",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", base.Utc(timezone=True), nullable=False),
        sa.Column("blocked_until", base.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    op.create_table(
        "people",
        sa.Column("organisation_id", base.Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("called", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("is_client", sa.Boolean(), nullable=False),
        sa.Column("is_supporter", sa.Boolean(), nullable=False),
        sa.Column("is_care_team", sa.Boolean(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("discipline", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("day_starts_at", sa.Integer(), nullable=False),
        sa.Column("week_starts_on", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("joined_at", base.Utc(timezone=True), nullable=True),
        sa.Column("deactivated_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.CheckConstraint("day_starts_at BETWEEN 0 AND 23", name=op.f("ck_people_day_starts_at")),
        sa.CheckConstraint("week_starts_on BETWEEN 0 AND 6", name=op.f("ck_people_week_starts_on")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_people_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email_key", name=op.f("uq_people_email_key")),
    )
    op.create_table(
        "assignments",
        sa.Column("care_team_id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.Column("assigned_at", base.Utc(timezone=True), nullable=False),
        sa.Column("ended_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["care_team_id"], ["people.id"], name=op.f("fk_assignments_care_team_id")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_assignments_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            "uq_assignments_active",
            ["care_team_id", "client_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "bad_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("ended_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_bad_days_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bad_days")),
        sa.UniqueConstraint("client_id", "day", name=op.f("uq_bad_days_client_id_day")),
    )
    with op.batch_alter_table("bad_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bad_days_client_id"), ["client_id"], unique=False)

    op.create_table(
        "care_plans",
        sa.Column("vision", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("source", base.Json, nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("created_by_id", base.Id, nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("ended_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_care_plans_client_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["people.id"], name=op.f("fk_care_plans_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plans")),
    )
    with op.batch_alter_table("care_plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_care_plans_client_id"), ["client_id"], unique=False)

    op.create_table(
        "client_information",
        sa.Column("client_id", base.Id, nullable=False),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("stage_of_change", sa.String(), nullable=True),
        sa.Column("cultural_preferences", sa.String(), nullable=True),
        sa.Column("history", sa.String(), nullable=True),
        sa.Column("earlier_treatment", sa.String(), nullable=True),
        sa.Column("reasons_for_living", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_client_information_client_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_information")),
    )
    op.create_table(
        "endpoints",
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("off_at", base.Utc(timezone=True), nullable=True),
        sa.Column("off_because", sa.String(), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.CheckConstraint("channel IN ('email')", name=op.f("ck_endpoints_channel")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_endpoints_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        sa.UniqueConstraint("person_id", "channel", "address", name=op.f("uq_endpoints_person_id_channel_address")),
    )
    op.create_table(
        "invitations",
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("invited_by_id", base.Id, nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("expires_at", base.Utc(timezone=True), nullable=False),
        sa.Column("accepted_at", base.Utc(timezone=True), nullable=True),
        sa.Column("withdrawn_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.CheckConstraint("role IN ('client', 'supporter', 'care_team', 'admin')", name=op.f("ck_invitations_role")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_invitations_client_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["people.id"], name=op.f("fk_invitations_invited_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_invitations_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_person_id"), ["person_id"], unique=False)

    op.create_table(
        "looks",
        sa.Column("by_id", base.Id, nullable=False),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_looks_by_id")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_looks_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    with op.batch_alter_table("looks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_looks_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_looks_client_id_at", ["client_id", "at"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("care_team_id", base.Id, nullable=False),
        sa.Column("starts_at", base.Utc(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("reviewed_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint("status IN ('planned', 'held', 'cancelled')", name=op.f("ck_sessions_status")),
        sa.ForeignKeyConstraint(["care_team_id"], ["people.id"], name=op.f("fk_sessions_care_team_id")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_sessions_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sessions_care_team_id_starts_at", ["care_team_id", "starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_sessions_client_id_starts_at", ["client_id", "starts_at"], unique=False)

    op.create_table(
        "sharing_grants",
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("granted_by_id", base.Id, nullable=False),
        sa.Column("granted_at", base.Utc(timezone=True), nullable=False),
        sa.Column("starts_at", base.Utc(timezone=True), nullable=False),
        sa.Column("ends_at", base.Utc(timezone=True), nullable=True),
        sa.Column("withdrawn_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint(
            "scope IN ('plan', 'steps', 'notes', 'coping', 'distress', 'agenda', 'substance_use')",
            name=op.f("ck_sharing_grants_scope"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_sharing_grants_client_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["people.id"], name=op.f("fk_sharing_grants_granted_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sharing_grants_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_grants")),
    )
    with op.batch_alter_table("sharing_grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_grants_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_grants_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_sharing_grants_open",
            ["client_id", "person_id", "scope"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "sign_in_links",
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("expires_at", base.Utc(timezone=True), nullable=False),
        sa.Column("used_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sign_in_links_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("expires_at", base.Utc(timezone=True), nullable=False),
        sa.Column("ended_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sign_ins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_person_id"), ["person_id"], unique=False)

    op.create_table(
        "supporter_links",
        sa.Column("supporter_id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("joined_at", base.Utc(timezone=True), nullable=False),
        sa.Column("ended_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_supporter_links_client_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["people.id"], name=op.f("fk_supporter_links_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_links")),
        sa.UniqueConstraint("supporter_id", "client_id", name=op.f("uq_supporter_links_supporter_id_client_id")),
    )
    with op.batch_alter_table("supporter_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supporter_links_client_id"), ["client_id"], unique=False)

    op.create_table(
        "agenda_items",
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("settled_at", base.Utc(timezone=True), nullable=True),
        sa.Column("session_id", base.Id, nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_agenda_items_client_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_agenda_items_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_items")),
    )
    with op.batch_alter_table("agenda_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agenda_items_client_id"), ["client_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("client_id", base.Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("how", sa.String(), nullable=True),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("plan_id", base.Id, nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_contacts_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_contacts_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_client_id"), ["client_id"], unique=False)

    op.create_table(
        "coping_strategies",
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("use_when", sa.String(), nullable=False),
        sa.Column("cue", sa.String(), nullable=True),
        sa.Column("how_to", sa.String(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("substance_use", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_by_id", base.Id, nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("retired_at", base.Utc(timezone=True), nullable=True),
        sa.Column("plan_id", base.Id, nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint(
            "use_when IN ('everyday', 'early_signs', 'crisis')", name=op.f("ck_coping_strategies_use_when")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_coping_strategies_client_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["people.id"], name=op.f("fk_coping_strategies_created_by_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_coping_strategies_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coping_strategies")),
    )
    with op.batch_alter_table("coping_strategies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coping_strategies_client_id"), ["client_id"], unique=False)

    op.create_table(
        "goals",
        sa.Column("plan_id", base.Id, nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("own_words", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("target_date", sa.Date(), nullable=True),
        sa.Column("importance", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("attainment_scale", base.Json, nullable=True),
        sa.Column("substance_use", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint("status IN ('active', 'reached', 'on_hold', 'ended')", name=op.f("ck_goals_status")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_goals_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_goals_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    with op.batch_alter_table("goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goals_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_goals_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "monitoring",
        sa.Column("plan_id", base.Id, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("how_often", sa.String(), nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_monitoring_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_monitoring_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring")),
    )
    with op.batch_alter_table("monitoring", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_monitoring_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_monitoring_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "plan_changes",
        sa.Column("plan_id", base.Id, nullable=False),
        sa.Column("by_id", base.Id, nullable=False),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("noun_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("before", base.Json, nullable=True),
        sa.Column("after", base.Json, nullable=True),
        sa.Column("substance_use", sa.Boolean(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_plan_changes_by_id")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_plan_changes_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_plan_changes_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_changes")),
    )
    with op.batch_alter_table("plan_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_changes_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_plan_changes_client_id_at", ["client_id", "at"], unique=False)

    op.create_table(
        "plan_lines",
        sa.Column("plan_id", base.Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint(
            "kind IN ('strength', 'preference', 'concern', 'crisis_step', 'review')", name=op.f("ck_plan_lines_kind")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_plan_lines_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_plan_lines_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_lines")),
    )
    with op.batch_alter_table("plan_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_lines_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_plan_lines_plan_id_kind", ["plan_id", "kind"], unique=False)

    op.create_table(
        "signs",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("plan_id", base.Id, nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint("kind IN ('trigger', 'warning_sign')", name=op.f("ck_signs_kind")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_signs_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_signs_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signs")),
    )
    with op.batch_alter_table("signs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signs_client_id"), ["client_id"], unique=False)

    op.create_table(
        "supports",
        sa.Column("plan_id", base.Id, nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_supports_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_supports_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supports")),
    )
    with op.batch_alter_table("supports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supports_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_supports_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "team_members",
        sa.Column("plan_id", base.Id, nullable=False),
        sa.Column("person_id", base.Id, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint("kind IN ('professional', 'natural_supporter')", name=op.f("ck_team_members_kind")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_team_members_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_team_members_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_team_members_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
    )
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_members_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_team_members_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_team_members_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "action_steps",
        sa.Column("plan_id", base.Id, nullable=False),
        sa.Column("goal_id", base.Id, nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("team_member_id", base.Id, nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("own_words", sa.String(), nullable=True),
        sa.Column("intervention", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("how_to", sa.String(), nullable=True),
        sa.Column("cue", sa.String(), nullable=True),
        sa.Column("smallest", sa.String(), nullable=True),
        sa.Column("time_of_day", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("substance_use", sa.Boolean(), nullable=False),
        sa.Column("duration", base.Json, nullable=True),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_by_id", base.Id, nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('self', 'natural_supporter', 'professional')", name=op.f("ck_action_steps_actor_kind")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'completed', 'on_hold', 'retired', 'suggested')", name=op.f("ck_action_steps_status")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_action_steps_client_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["people.id"], name=op.f("fk_action_steps_created_by_id")),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], name=op.f("fk_action_steps_goal_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plans.id"], name=op.f("fk_action_steps_plan_id")),
        sa.ForeignKeyConstraint(["team_member_id"], ["team_members.id"], name=op.f("fk_action_steps_team_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_steps")),
    )
    with op.batch_alter_table("action_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_steps_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_steps_goal_id"), ["goal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_steps_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_steps_team_member_id"), ["team_member_id"], unique=False)

    op.create_table(
        "coping_uses",
        sa.Column("strategy_id", base.Id, nullable=False),
        sa.Column("op_id", sa.String(), nullable=False),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("helped", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("ended_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint("helped IN ('yes', 'a_little', 'no')", name=op.f("ck_coping_uses_helped")),
        sa.CheckConstraint("after BETWEEN 0 AND 10", name=op.f("ck_coping_uses_after")),
        sa.CheckConstraint("before BETWEEN 0 AND 10", name=op.f("ck_coping_uses_before")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_coping_uses_client_id")),
        sa.ForeignKeyConstraint(["strategy_id"], ["coping_strategies.id"], name=op.f("fk_coping_uses_strategy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coping_uses")),
        sa.UniqueConstraint("client_id", "op_id", name=op.f("uq_coping_uses_client_id_op_id")),
    )
    with op.batch_alter_table("coping_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coping_uses_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_coping_uses_client_id_at", ["client_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_coping_uses_strategy_id"), ["strategy_id"], unique=False)

    op.create_table(
        "objectives",
        sa.Column("goal_id", base.Id, nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_objectives_client_id")),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], name=op.f("fk_objectives_goal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objectives")),
    )
    with op.batch_alter_table("objectives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objectives_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_objectives_goal_id"), ["goal_id"], unique=False)

    op.create_table(
        "strategy_signs",
        sa.Column("strategy_id", base.Id, nullable=False),
        sa.Column("sign_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["sign_id"], ["signs.id"], name=op.f("fk_strategy_signs_sign_id")),
        sa.ForeignKeyConstraint(["strategy_id"], ["coping_strategies.id"], name=op.f("fk_strategy_signs_strategy_id")),
        sa.PrimaryKeyConstraint("strategy_id", "sign_id", name=op.f("pk_strategy_signs")),
    )
    op.create_table(
        "cadences",
        sa.Column("step_id", base.Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("bound", sa.String(), nullable=False),
        sa.Column("target_min", sa.Integer(), nullable=True),
        sa.Column("target_max", sa.Integer(), nullable=True),
        sa.Column("per_unit", sa.String(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("weekdays", base.Json, nullable=False),
        sa.Column("monthday", sa.Integer(), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=True),
        sa.Column("times", base.Json, nullable=False),
        sa.Column("time_words", sa.String(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("minutes_max", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("tz_mode", sa.String(), nullable=False),
        sa.Column("tz", sa.String(), nullable=True),
        sa.Column("created_by_id", base.Id, nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint("bound IN ('at_least', 'exactly', 'at_most', 'about')", name=op.f("ck_cadences_bound")),
        sa.CheckConstraint(
            "kind IN ('target', 'fixed', 'once', 'as_needed', 'ongoing')", name=op.f("ck_cadences_kind")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_cadences_span")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_cadences_client_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["people.id"], name=op.f("fk_cadences_created_by_id")),
        sa.ForeignKeyConstraint(["step_id"], ["action_steps.id"], name=op.f("fk_cadences_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadences")),
        sa.UniqueConstraint("step_id", "valid_from", name=op.f("uq_cadences_step_id_valid_from")),
    )
    with op.batch_alter_table("cadences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cadences_client_id"), ["client_id"], unique=False)

    op.create_table(
        "check_ins",
        sa.Column("step_id", base.Id, nullable=False),
        sa.Column("by_id", base.Id, nullable=False),
        sa.Column("op_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("moved_to", sa.Date(), nullable=True),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.Column("undone_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint("outcome IN ('done', 'some', 'not_today')", name=op.f("ck_check_ins_outcome")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_check_ins_by_id")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_check_ins_client_id")),
        sa.ForeignKeyConstraint(["step_id"], ["action_steps.id"], name=op.f("fk_check_ins_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("by_id", "op_id", name=op.f("uq_check_ins_by_id_op_id")),
    )
    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_ins_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_check_ins_client_id_day", ["client_id", "day"], unique=False)
        batch_op.create_index("ix_check_ins_step_id_day", ["step_id", "day"], unique=False)

    op.create_table(
        "commitments",
        sa.Column("step_id", base.Id, nullable=False),
        sa.Column("supporter_id", base.Id, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("suggestion", sa.String(), nullable=True),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("changed_at", base.Utc(timezone=True), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'change_suggested', 'declined', 'active', 'ended')",
            name=op.f("ck_commitments_state"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_commitments_client_id")),
        sa.ForeignKeyConstraint(["step_id"], ["action_steps.id"], name=op.f("fk_commitments_step_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["people.id"], name=op.f("fk_commitments_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
    )
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitments_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitments_step_id"), ["step_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitments_supporter_id"), ["supporter_id"], unique=False)
        batch_op.create_index(
            "uq_commitments_open",
            ["step_id", "supporter_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'ended'"),
            postgresql_where=sa.text("state <> 'ended'"),
        )

    op.create_table(
        "pauses",
        sa.Column("step_id", base.Id, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_pauses_client_id")),
        sa.ForeignKeyConstraint(["step_id"], ["action_steps.id"], name=op.f("fk_pauses_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    with op.batch_alter_table("pauses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pauses_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_pauses_client_id_starts_on", ["client_id", "starts_on"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("step_id", base.Id, nullable=False),
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("at_time", sa.String(), nullable=False),
        sa.Column("next_at", base.Utc(timezone=True), nullable=True),
        sa.Column("next_day", sa.Date(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("even_when_quiet", sa.Boolean(), nullable=False),
        sa.Column("plain_words", sa.Boolean(), nullable=False),
        sa.Column("created_at", base.Utc(timezone=True), nullable=False),
        sa.Column("ended_at", base.Utc(timezone=True), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_reminders_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_reminders_person_id")),
        sa.ForeignKeyConstraint(["step_id"], ["action_steps.id"], name=op.f("fk_reminders_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("step_id", "person_id", "at_time", name=op.f("uq_reminders_step_id_person_id_at_time")),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminders_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            "ix_reminders_next_at",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_reminders_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminders_step_id"), ["step_id"], unique=False)

    op.create_table(
        "step_progress",
        sa.Column("step_id", base.Id, nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("facts", base.Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_step_progress_client_id")),
        sa.ForeignKeyConstraint(["step_id"], ["action_steps.id"], name=op.f("fk_step_progress_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_progress")),
    )
    with op.batch_alter_table("step_progress", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_progress_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_step_progress_step_id"), ["step_id"], unique=False)

    op.create_table(
        "commitment_events",
        sa.Column("commitment_id", base.Id, nullable=False),
        sa.Column("by_id", base.Id, nullable=False),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_commitment_events_by_id")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_commitment_events_client_id")),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitments.id"], name=op.f("fk_commitment_events_commitment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_events")),
    )
    with op.batch_alter_table("commitment_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_events_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitment_events_commitment_id"), ["commitment_id"], unique=False)

    op.create_table(
        "reminder_occurrences",
        sa.Column("reminder_id", base.Id, nullable=False),
        sa.Column("occ_key", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_at", base.Utc(timezone=True), nullable=False),
        sa.Column("expires_at", base.Utc(timezone=True), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_reminder_occurrences_client_id")),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminders.id"], name=op.f("fk_reminder_occurrences_reminder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_occurrences")),
        sa.UniqueConstraint("reminder_id", "occ_key", name=op.f("uq_reminder_occurrences_reminder_id_occ_key")),
    )
    with op.batch_alter_table("reminder_occurrences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_occurrences_client_id"), ["client_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("occurrence_id", base.Id, nullable=False),
        sa.Column("endpoint_id", base.Id, nullable=False),
        sa.Column("person_id", base.Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", base.Utc(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", base.Utc(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("sent_at", base.Utc(timezone=True), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'unknown', 'failed', 'cancelled', 'suppressed')",
            name=op.f("ck_deliveries_state"),
        ),
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
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_deliveries_person_id_due_at", ["person_id", "due_at"], unique=False)
        batch_op.create_index("ix_deliveries_state_due_at", ["state", "due_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_state_due_at")
        batch_op.drop_index("ix_deliveries_person_id_due_at")
        batch_op.drop_index(batch_op.f("ix_deliveries_client_id"))

    op.drop_table("deliveries")
    with op.batch_alter_table("reminder_occurrences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_occurrences_client_id"))

    op.drop_table("reminder_occurrences")
    with op.batch_alter_table("commitment_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitment_events_commitment_id"))
        batch_op.drop_index(batch_op.f("ix_commitment_events_client_id"))

    op.drop_table("commitment_events")
    with op.batch_alter_table("step_progress", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_step_progress_step_id"))
        batch_op.drop_index(batch_op.f("ix_step_progress_client_id"))

    op.drop_table("step_progress")
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminders_step_id"))
        batch_op.drop_index(batch_op.f("ix_reminders_person_id"))
        batch_op.drop_index(
            "ix_reminders_next_at",
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_reminders_client_id"))

    op.drop_table("reminders")
    with op.batch_alter_table("pauses", schema=None) as batch_op:
        batch_op.drop_index("ix_pauses_client_id_starts_on")
        batch_op.drop_index(batch_op.f("ix_pauses_client_id"))

    op.drop_table("pauses")
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_commitments_open",
            sqlite_where=sa.text("state <> 'ended'"),
            postgresql_where=sa.text("state <> 'ended'"),
        )
        batch_op.drop_index(batch_op.f("ix_commitments_supporter_id"))
        batch_op.drop_index(batch_op.f("ix_commitments_step_id"))
        batch_op.drop_index(batch_op.f("ix_commitments_client_id"))

    op.drop_table("commitments")
    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.drop_index("ix_check_ins_step_id_day")
        batch_op.drop_index("ix_check_ins_client_id_day")
        batch_op.drop_index(batch_op.f("ix_check_ins_client_id"))

    op.drop_table("check_ins")
    with op.batch_alter_table("cadences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cadences_client_id"))

    op.drop_table("cadences")
    op.drop_table("strategy_signs")
    with op.batch_alter_table("objectives", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objectives_goal_id"))
        batch_op.drop_index(batch_op.f("ix_objectives_client_id"))

    op.drop_table("objectives")
    with op.batch_alter_table("coping_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coping_uses_strategy_id"))
        batch_op.drop_index("ix_coping_uses_client_id_at")
        batch_op.drop_index(batch_op.f("ix_coping_uses_client_id"))

    op.drop_table("coping_uses")
    with op.batch_alter_table("action_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_steps_team_member_id"))
        batch_op.drop_index(batch_op.f("ix_action_steps_plan_id"))
        batch_op.drop_index(batch_op.f("ix_action_steps_goal_id"))
        batch_op.drop_index(batch_op.f("ix_action_steps_client_id"))

    op.drop_table("action_steps")
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_members_plan_id"))
        batch_op.drop_index(batch_op.f("ix_team_members_person_id"))
        batch_op.drop_index(batch_op.f("ix_team_members_client_id"))

    op.drop_table("team_members")
    with op.batch_alter_table("supports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_supports_plan_id"))
        batch_op.drop_index(batch_op.f("ix_supports_client_id"))

    op.drop_table("supports")
    with op.batch_alter_table("signs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signs_client_id"))

    op.drop_table("signs")
    with op.batch_alter_table("plan_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_lines_plan_id_kind")
        batch_op.drop_index(batch_op.f("ix_plan_lines_client_id"))

    op.drop_table("plan_lines")
    with op.batch_alter_table("plan_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_changes_client_id_at")
        batch_op.drop_index(batch_op.f("ix_plan_changes_client_id"))

    op.drop_table("plan_changes")
    with op.batch_alter_table("monitoring", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_monitoring_plan_id"))
        batch_op.drop_index(batch_op.f("ix_monitoring_client_id"))

    op.drop_table("monitoring")
    with op.batch_alter_table("goals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goals_plan_id"))
        batch_op.drop_index(batch_op.f("ix_goals_client_id"))

    op.drop_table("goals")
    with op.batch_alter_table("coping_strategies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coping_strategies_client_id"))

    op.drop_table("coping_strategies")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contacts_client_id"))

    op.drop_table("contacts")
    with op.batch_alter_table("agenda_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agenda_items_client_id"))

    op.drop_table("agenda_items")
    with op.batch_alter_table("supporter_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_supporter_links_client_id"))

    op.drop_table("supporter_links")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_ins_person_id"))

    op.drop_table("sign_ins")
    op.drop_table("sign_in_links")
    with op.batch_alter_table("sharing_grants", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sharing_grants_open",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_sharing_grants_person_id"))
        batch_op.drop_index(batch_op.f("ix_sharing_grants_client_id"))

    op.drop_table("sharing_grants")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_sessions_client_id_starts_at")
        batch_op.drop_index(batch_op.f("ix_sessions_client_id"))
        batch_op.drop_index("ix_sessions_care_team_id_starts_at")

    op.drop_table("sessions")
    with op.batch_alter_table("looks", schema=None) as batch_op:
        batch_op.drop_index("ix_looks_client_id_at")
        batch_op.drop_index(batch_op.f("ix_looks_client_id"))

    op.drop_table("looks")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_person_id"))
        batch_op.drop_index(batch_op.f("ix_invitations_client_id"))

    op.drop_table("invitations")
    op.drop_table("endpoints")
    op.drop_table("client_information")
    with op.batch_alter_table("care_plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_care_plans_client_id"))

    op.drop_table("care_plans")
    with op.batch_alter_table("bad_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bad_days_client_id"))

    op.drop_table("bad_days")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignments_active",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_assignments_client_id"))

    op.drop_table("assignments")
    op.drop_table("people")
    op.drop_table("throttles")
    op.drop_table("organisations")
    op.drop_table("heartbeats")
