"""channels: calls and what tools answered, messages and dialogues

Revision ID: 0015
Revises: 0014
Deploy: safe beside the old code, which knows nothing of these tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision, branch_labels, depends_on = "0015", "0014", None, None

INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _create_assistants()
    _create_calls()
    _index_calls()
    _create_tool_answers()
    _create_messages()
    _index_messages()
    _create_line_paces()
    _create_dialogues()
    _create_templates()


def _create_assistants() -> None:
    op.create_table(
        "assistants",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("vapi_id", sa.String(64), nullable=False),
        sa.Column("tool_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("fingerprint", sa.String(64), server_default="", nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_assistants_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_assistants")),
    )
    op.create_index("uq_assistants_vapi_id", "assistants", ["vapi_id"], unique=True)


def _create_calls() -> None:
    op.create_table(
        "calls",
        *_columns_of_calls(),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_calls_direction")),
        sa.CheckConstraint(
            "status IN ('queued', 'dispatching', 'unknown', 'not_placed',"
            " 'withdrawn', 'ringing', 'in_progress', 'forwarding', 'ended', 'failed')",
            name=op.f("ck_calls_status"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "booking_id"],
            ["bookings.client_id", "bookings.id"],
            name=op.f("fk_calls_client_id_booking_id_bookings"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "customer_id"],
            ["customers.client_id", "customers.id"],
            name=op.f("fk_calls_client_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_calls_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_calls")),
    )


def _columns_of_calls() -> list[sa.Column[Any]]:
    return [
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vapi_id", sa.String(64)),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("purpose", sa.String(10)),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("phone", sa.String(16)),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("booking_id", sa.Uuid()),
        sa.Column("attention_id", sa.Uuid()),
        sa.Column("due_at", INSTANT),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("error_code", sa.String(60)),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_reason", sa.String(120)),
        sa.Column("ended_kind", sa.String(30)),
        sa.Column("cost_usd", sa.Numeric(12, 5)),
        sa.Column("transcript", sa.Text()),
        sa.Column("summary", sa.Text()),
        sa.Column("recording_url", sa.String(2000)),
        sa.Column("reported_at", INSTANT),
        sa.Column("compared_at", INSTANT),
        sa.Column("words_deleted_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    ]


def _index_calls() -> None:
    op.create_index("ix_calls_booking_id", "calls", ["client_id", "booking_id"])
    op.create_index("ix_calls_created_at", "calls", ["client_id", "created_at", "id"])
    op.create_index("ix_calls_customer_id", "calls", ["client_id", "customer_id"])
    op.create_index(
        "ix_calls_due_at",
        "calls",
        ["due_at"],
        postgresql_where=sa.text("status IN ('queued', 'dispatching', 'unknown')"),
    )
    op.create_index("ix_calls_phone", "calls", ["client_id", "phone", "created_at"])
    op.create_index(
        "ix_calls_unreported",
        "calls",
        ["ended_at"],
        postgresql_where=sa.text("reported_at IS NULL AND vapi_id IS NOT NULL"),
    )
    op.create_index("uq_calls_vapi_id", "calls", ["vapi_id"], unique=True)


def _create_tool_answers() -> None:
    op.create_table(
        "tool_answers",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("tool_call_id", sa.String(100), nullable=False),
        sa.Column("tool", sa.String(64), nullable=False),
        sa.Column("wish", sa.String(64)),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(600)),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("booking_id", sa.Uuid()),
        sa.Column("starts_at", INSTANT),
        sa.Column("run_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "call_id"],
            ["calls.client_id", "calls.id"],
            name=op.f("fk_tool_answers_client_id_call_id_calls"),
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_tool_answers")),
    )
    op.create_index(
        "uq_tool_answers_tool_call_id", "tool_answers", ["client_id", "call_id", "tool_call_id"], unique=True
    )
    op.create_index(
        "uq_tool_answers_wish",
        "tool_answers",
        ["client_id", "call_id", "wish"],
        unique=True,
        postgresql_where=sa.text("wish IS NOT NULL"),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        *_columns_of_messages(),
        sa.CheckConstraint("channel IN ('sms', 'email')", name=op.f("ck_messages_channel")),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_messages_direction")),
        sa.CheckConstraint(
            "status IN ('queued', 'sending', 'unknown', 'not_sent', 'withdrawn', 'suppressed',"
            " 'accepted', 'sent', 'delivered', 'undelivered', 'failed',"
            " 'read', 'received', 'answered')",
            name=op.f("ck_messages_status"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "booking_id"],
            ["bookings.client_id", "bookings.id"],
            name=op.f("fk_messages_client_id_booking_id_bookings"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "customer_id"],
            ["customers.client_id", "customers.id"],
            name=op.f("fk_messages_client_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_messages_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_messages")),
    )


def _columns_of_messages() -> list[sa.Column[Any]]:
    return [
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("channel", sa.String(5), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("booking_id", sa.Uuid()),
        sa.Column("booking_version", sa.Integer()),
        sa.Column("address", sa.String(254)),
        sa.Column("line", sa.String(254)),
        sa.Column("subject", sa.String(200)),
        sa.Column("body", sa.Text()),
        sa.Column("segments", sa.SmallInteger()),
        sa.Column("media", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("once", sa.String(120)),
        sa.Column("sid", sa.String(40)),
        sa.Column("error_code", sa.String(60)),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("woken_at", INSTANT),
        sa.Column("turn_at", INSTANT),
        sa.Column("tried_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    ]


def _index_messages() -> None:
    op.create_index(
        "ix_messages_body_kept", "messages", ["client_id", "created_at"], postgresql_where=sa.text("body IS NOT NULL")
    )
    op.create_index("ix_messages_booking_id", "messages", ["client_id", "booking_id"])
    op.create_index("ix_messages_created_at", "messages", ["client_id", "created_at", "id"])
    op.create_index("ix_messages_customer_id", "messages", ["client_id", "customer_id"])
    op.create_index(
        "ix_messages_due_at",
        "messages",
        ["due_at"],
        postgresql_where=sa.text("status IN ('queued', 'sending', 'unknown')"),
    )
    op.create_index(
        "ix_messages_texts",
        "messages",
        ["client_id", "address", "created_at"],
        postgresql_where=sa.text("direction = 'in'"),
    )
    op.create_index(
        "uq_messages_once", "messages", ["client_id", "once"], unique=True, postgresql_where=sa.text("once IS NOT NULL")
    )
    op.create_index("uq_messages_sid", "messages", ["sid"], unique=True, postgresql_where=sa.text("sid IS NOT NULL"))


def _create_line_paces() -> None:
    op.create_table(
        "line_paces",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.String(64), nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_line_paces_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "line", name=op.f("pk_line_paces")),
    )


def _create_dialogues() -> None:
    op.create_table(
        "dialogues",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(16), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_dialogues_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "phone", name=op.f("pk_dialogues")),
    )
    op.create_index("ix_dialogues_updated_at", "dialogues", ["updated_at"])


def _create_templates() -> None:
    op.create_table(
        "templates",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(5), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(200)),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'email')", name=op.f("ck_templates_channel")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_templates_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", "channel", "kind", name=op.f("pk_templates")),
    )


def downgrade() -> None:
    for table in ("templates", "dialogues", "line_paces", "messages", "tool_answers", "calls", "assistants"):
        op.drop_table(table)
