"""what tools promised: with whom, and for whom

Revision ID: 0018
Revises: 0017
Deploy: safe beside the old code.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0018", "0017", None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("tool_answers", sa.Column("resource_id", sa.Uuid))
    op.add_column("tool_answers", sa.Column("named", sa.String(120)))


def downgrade() -> None:
    op.drop_column("tool_answers", "named")
    op.drop_column("tool_answers", "resource_id")
