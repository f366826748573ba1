"""audit: who did what to what

Revision ID: 0002
Revises: 0001
Deploy: safe beside the old code; adds a table only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("data", pg.JSONB(), nullable=False),
    )
    op.create_index("ix_audit_log_client_id_id", "audit_log", ["client_id", "id"])


def downgrade() -> None:
    op.drop_table("audit_log")
