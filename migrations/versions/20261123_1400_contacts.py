"""contacts: a client's lines and manners, who opted out, what waits for a person

Revision ID: 0014
Revises: 0013
Deploy: safe beside the old code, which knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision, branch_labels, depends_on = "0014", "0013", None, None

INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _create_lines()
    _create_contact_settings()
    _create_opt_outs()
    _create_attention_items()
    _index_attention_items()
    _create_unrouted()


def _create_lines() -> None:
    op.create_table(
        "lines",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("vapi_phone_number_id", sa.String(64)),
        sa.Column("messaging_service_sid", sa.String(34)),
        sa.Column("texts", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("number ~ '^[+][1-9][0-9]{6,14}$'", name=op.f("ck_lines_number")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_lines_client_id_clients")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lines")),
    )
    op.create_index("ix_lines_client_id", "lines", ["client_id"])
    op.create_index("uq_lines_vapi_phone_number_id", "lines", ["vapi_phone_number_id"], unique=True)


def _create_contact_settings() -> None:
    op.create_table(
        "contact_settings",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("texts", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("emails", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sender_email", sa.String(254)),
        sa.Column("reply_to", sa.String(254)),
        sa.Column(
            "reminder_minutes", postgresql.ARRAY(sa.Integer()), server_default=sa.text("'{1440,120}'"), nullable=False
        ),
        sa.Column("quiet_from", sa.Time(), server_default=sa.text("'21:00'"), nullable=False),
        sa.Column("quiet_until", sa.Time(), server_default=sa.text("'08:00'"), nullable=False),
        sa.Column("keep_days", sa.SmallInteger(), server_default="90", nullable=False),
        sa.Column("calls_per_day", sa.SmallInteger(), server_default="2", nullable=False),
        sa.Column("address", sa.String(300)),
        sa.Column("hand_over_to", sa.String(16)),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("calls_per_day BETWEEN 0 AND 10", name=op.f("ck_contact_settings_calls_per_day")),
        sa.CheckConstraint("cardinality(reminder_minutes) <= 5", name=op.f("ck_contact_settings_reminder_minutes")),
        sa.CheckConstraint("keep_days BETWEEN 1 AND 3650", name=op.f("ck_contact_settings_keep_days")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_contact_settings_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_contact_settings")),
    )


def _create_opt_outs() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(5), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'voice', 'email')", name=op.f("ck_opt_outs_channel")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_opt_outs_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "channel", "address_digest", name=op.f("pk_opt_outs")),
    )


def _create_attention_items() -> None:
    op.create_table(
        "attention_items",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("status", sa.String(5), server_default="open", nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("booking_id", sa.Uuid()),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("call_id", sa.Uuid()),
        sa.Column("phone", sa.String(16)),
        sa.Column("said", sa.Text()),
        sa.Column("code", sa.String(60)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT),
        sa.Column("done_by", sa.String(64)),
        sa.Column("note", sa.Text()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('open', 'done')", name=op.f("ck_attention_items_status")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_attention_items_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_attention_items")),
    )


def _index_attention_items() -> None:
    kept = "status = 'done' AND (said IS NOT NULL OR note IS NOT NULL OR phone IS NOT NULL)"
    op.create_index(
        "ix_attention_items_words_kept", "attention_items", ["client_id", "created_at"], postgresql_where=sa.text(kept)
    )
    for name, columns in (("open", ["client_id", "id"]), ("kind", ["kind", "updated_at"])):
        op.create_index(
            f"ix_attention_items_{name}", "attention_items", columns, postgresql_where=sa.text("status = 'open'")
        )
    op.create_index("ix_attention_items_customer_id", "attention_items", ["client_id", "customer_id"])
    op.create_index(
        "uq_attention_items_about",
        "attention_items",
        ["client_id", "kind", "about"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )


def _create_unrouted() -> None:
    op.create_table(
        "unrouted",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(10), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("line", sa.String(64)),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unrouted")),
    )
    op.create_index("ix_unrouted_received_at", "unrouted", ["received_at"])
    op.create_index("uq_unrouted_key", "unrouted", ["provider", "key"], unique=True)


def downgrade() -> None:
    for table in ("unrouted", "attention_items", "opt_outs", "contact_settings", "lines"):
        op.drop_table(table)
