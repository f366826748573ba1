"""idempotency: answers kept for a day

Revision ID: 0008
Revises: 0007
Deploy: safe beside the old code; adds a table only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision, down_revision, branch_labels, depends_on = "0008", "0007", None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "idempotency_answers",
        sa.Column("principal", sa.String(100), primary_key=True),
        sa.Column("key_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("subjects", pg.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
    )
    op.create_index("ix_idempotency_answers_expires_at", "idempotency_answers", ["expires_at"])
    op.create_index("ix_idempotency_answers_subjects", "idempotency_answers", ["subjects"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("idempotency_answers")
