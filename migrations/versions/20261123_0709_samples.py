"""samples: what the processes have counted, and what an operator has set for a while

Revision ID: 0009
Revises: 0008
Deploy: safe beside the old code; adds tables only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision, down_revision, branch_labels, depends_on = "0009", "0008", None, None

INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "processes",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("instance", sa.String(100), nullable=False),
        sa.Column("commit", sa.String(64)),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False, index=True),
        sa.Column("state", JSONB(), nullable=False),
    )
    op.create_table(
        "samples",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("starts_at", INSTANT, primary_key=True),
        sa.Column("seconds", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("process_id", sa.Uuid(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("most", sa.Float(), nullable=False),
        sa.Column("bins", sa.LargeBinary(), nullable=False),
    )
    _create_shapes_and_controls()


def _create_shapes_and_controls() -> None:
    op.create_table(
        "query_shapes",
        sa.Column("shape", sa.String(16), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("routes", ARRAY(sa.Text()), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
    )
    op.create_table(
        "controls",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("value", JSONB(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, index=True),
        sa.Column("expires_at", INSTANT),
        sa.Column("ended_at", INSTANT),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ("controls", "query_shapes", "samples", "processes"):
        op.drop_table(table)
