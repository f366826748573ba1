"""alerts: what is wrong now and was, who was told; and which failures there were

Revision ID: 0011
Revises: 0010
Deploy: safe beside the old code; adds tables only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision, down_revision, branch_labels, depends_on = "0011", "0010", None, None

INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "failure_groups",
        sa.Column("fingerprint", sa.String(16), primary_key=True),
        sa.Column("kind", sa.String(300), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("routes", ARRAY(sa.Text()), nullable=False),
        sa.Column("request_ids", ARRAY(sa.Text()), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False, index=True),
        sa.Column("first_commit", sa.String(64)),
        sa.Column("last_commit", sa.String(64)),
    )
    op.create_table(
        "failure_hours",
        sa.Column("fingerprint", sa.String(16), primary_key=True),
        sa.Column("hour", INSTANT, primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    _create_alerts()


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("rule", sa.String(50), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("told", sa.String(10)),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("streaks", ARRAY(sa.Integer()), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("fired_at", INSTANT),
        sa.Column("calm_since", INSTANT),
        sa.Column("resolved_at", INSTANT, index=True),
    )
    op.create_index("uq_alerts_rule", "alerts", ["rule"], unique=True, postgresql_where=sa.text("resolved_at IS NULL"))
    op.create_table(
        "alert_pages",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("alert_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, index=True),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("error", sa.String(100)),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ("alert_pages", "alerts", "failure_hours", "failure_groups"):
        op.drop_table(table)
