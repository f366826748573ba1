"""deleted calls: what Vapi keeps of a call is deleted there once its words are forgotten here

Revision ID: 0019
Revises: 0018
Deploy: safe beside the old code.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0019", "0018", None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("calls", sa.Column("deletion_asked_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("calls", sa.Column("provider_deleted_at", sa.TIMESTAMP(timezone=True)))
    waiting = sa.text("words_deleted_at IS NOT NULL AND deletion_asked_at IS NULL AND vapi_id IS NOT NULL")
    op.create_index("ix_calls_to_delete", "calls", ["words_deleted_at"], postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index("ix_calls_to_delete", "calls")
    op.drop_column("calls", "provider_deleted_at")
    op.drop_column("calls", "deletion_asked_at")
